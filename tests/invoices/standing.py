"""The standing of the 100 customers of the invoices (acceptance 1), through a mapping and creditctl.

A country is a region with one branch, every customer a key account, the window long enough for the whole file. Below
75 % by count 49 customers become ordinary, by amount 51; two at exactly 75 % stay. What the server tells is compared
with sums over the CSV, to the cent and the basis point: for the file as it is, imported twice, shuffled, and cut into
seven parts of one import. The full run:

    /usr/bin/python3 tests/invoices/standing.py --invoices ../shared/data/ar-invoices.csv

It starts `creditd --embedded` in a temporary directory, once for each basis, and ends with 0 when all is as computed.
"""
import argparse
import collections
import csv
import pathlib
import random
import sys
import tempfile
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import paths, policies  # noqa: E402
from harness.cli import Cli  # noqa: E402
from harness.creditproto import Client  # noqa: E402
from harness.server import Server  # noqa: E402
from harness.standing import Policy  # noqa: E402

MAPPING = pathlib.Path(__file__).with_name("mapping.cfg")
POLICY = Policy(currency="USD", window_months=300, bands=(("green", 2_000_00), ("yellow", 1_400_00), ("red", 800_00)))
FLOOR = Decimal(POLICY.floor_bp) / 10_000
BELOW = {"count": 49, "amount": 51}
AT_THE_FLOOR = 2  # by count
ROWS, CUSTOMERS, PARTS, SEED = 2_466, 100, 7, 2013
HQ_PASSWORD = "invoices of hq1"

Counted = collections.namedtuple("Counted", "country volume trades due_minor fulfilled kept_minor")


# ---- what is in the file ----

def read_rows(path):
    """(header, rows) as texts."""
    with open(path, encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))
    return rows[0], rows[1:]


def count(path):
    """Sums of every customer over the CSV: an invoice with DaysLate 0 was kept, and every one was due long ago."""
    header, rows = read_rows(path)
    out = {}
    for values in rows:
        row = dict(zip(header, values))
        minor, kept = int(Decimal(row["InvoiceAmount"]) * 100), row["DaysLate"] == "0"
        one = out.get(row["customerID"], Counted(row["countryCode"], 0, 0, 0, 0, 0))
        assert one.country == row["countryCode"]
        out[row["customerID"]] = Counted(one.country, one.volume + minor, one.trades + 1, one.due_minor + minor,
                                         one.fulfilled + kept, one.kept_minor + minor * kept)
    return out


def rate(counted, basis):
    """The contract fulfilment rate, exactly."""
    part, whole = ((counted.fulfilled, counted.trades) if basis == "count" else
                   (counted.kept_minor, counted.due_minor))
    return Decimal(part) / whole, part * 10_000 // whole


def expected(counted, basis):
    """What an explanation must say of a customer, and the tier in force."""
    exact, bp = rate(counted, basis)
    below = exact < FLOOR
    numbers = {"volume_minor": counted.volume, "volume_trades": counted.trades, "due": counted.trades,
               "fulfilled": counted.fulfilled, "due_minor": counted.due_minor, "fulfilled_minor": counted.kept_minor,
               "rate_bp": bp, "below_floor": below, "currency": "USD", "basis": basis, "floor_bp": POLICY.floor_bp,
               "band": next((grade for grade, least in POLICY.bands if counted.volume >= least), None)}
    return numbers, "ordinary" if below else "key"


# ---- one set of regions ----

class Variant:
    """The customers under regions and branches of their own, so that several ways to import live in one database."""

    def __init__(self, cli, letter, directory, table):
        self.cli, self.letter, self.table = cli, letter, table
        self.mapping = directory / f"mapping-{letter}.cfg"
        text = MAPPING.read_text(encoding="utf-8")
        self.mapping.write_text(text.replace('"R"', f'"R{letter}"').replace('"B"', f'"B{letter}"'), encoding="utf-8")
        for country in sorted({c.country for c in table.values()}):
            cli("admin", "org", "create", f"R{letter}{country}", "--name", f"Country {country}", "--level", "region",
                "--parent", "HQ")
            cli("admin", "org", "create", f"B{letter}{country}", "--name", f"Branch {country}", "--level", "branch",
                "--parent", f"R{letter}{country}")

    def take(self, *files, added=ROWS):
        """Imports files as one import and waits for the evaluation."""
        told = self.cli("hq1", "trade", "import", *files, "--mapping", self.mapping).json
        assert (told["added"], told["changed"], told["unchanged"], told["refused"]) == (added, 0, ROWS - added, 0), told
        return told

    def judge(self, client, basis):
        """Every number and standing as computed; gives (number -> what is in force) for comparisons."""
        found = {}
        for country in sorted({c.country for c in self.table.values()}):
            page = client.do("customer_list", region=f"R{self.letter}{country}", limit=1_000, purpose="invoices")
            for listed in page["customers"]:
                shown = client.do("customer_show", customer=listed["id"], purpose="invoices")
                number, customer, told = listed["number"], shown["customer"], shown["explanation"]
                assert self.table[number].country == country
                numbers, tier = expected(self.table[number], basis)
                wrong = {k: (told.get(k), v) for k, v in numbers.items() if told.get(k, False) != v and v is not None}
                assert not wrong and ("band" in told) == (numbers["band"] is not None), (number, wrong)
                assert customer["tier"] == tier, (number, told)
                assert len(told["counted"]) == told["due"]
                found[number] = tier, customer.get("grade"), customer.get("criterion_grade"), told.get("grade")
        assert found.keys() == self.table.keys()
        ordinary = [number for number, (tier, *_) in found.items() if tier == "ordinary"]
        assert len(ordinary) == BELOW[basis], ordinary
        at_floor = [n for n, c in self.table.items() if rate(c, basis)[0] == FLOOR]
        assert basis == "amount" or len(at_floor) == AT_THE_FLOOR
        assert all(found[n][0] == "key" for n in at_floor)
        return found


def play(server, admin_password, invoices, directory, basis, portrait=None):
    """All ways to import the file into one server's database; gives figures. `portrait()`: the whole database as a
    text, when there is a way to it."""
    cli = Cli(directory, server)
    assert cli.login("admin", admin_password).code == 0
    cli("admin", "user", "add", "hq1", "--name", "HQ", "--unit", "HQ", "--level", "manager", "--role", "approver",
        "--password-stdin", stdin=HQ_PASSWORD + "\n")
    assert cli.login("hq1", HQ_PASSWORD).code == 0
    table = count(invoices)
    header, rows = read_rows(invoices)
    random.Random(SEED).shuffle(rows)

    def write(name, some):
        with open(directory / name, "w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\r\n").writerows([header, *some])
        return directory / name
    with Client(server.port, server.ca) as client:
        client.resume(bytes.fromhex(cli.token_file("hq1").read_text(encoding="ascii").strip()))
        plain = Variant(cli, "A", directory, table)
        told = plain.take(invoices)
        counts = told["customers_added"], told["customers"], told["demoted"]
        assert counts == (CUSTOMERS, CUSTOMERS, BELOW[basis]), told
        found = plain.judge(client, basis)
        before = portrait() if portrait else None
        again = plain.take(invoices, added=0)
        assert again["customers"] == 0 and plain.judge(client, basis) == found
        assert portrait is None or portrait() == before, "the second import changed something"
        shuffled = Variant(cli, "S", directory, table)
        shuffled.take(write("shuffled.csv", rows))
        assert shuffled.judge(client, basis) == found
        parts = Variant(cli, "P", directory, table)
        parts.take(*(write(f"part{n}.csv", rows[n::PARTS]) for n in range(PARTS)))
        assert parts.judge(client, basis) == found
    return {"basis": basis, "rows": ROWS, "customers": CUSTOMERS, "ordinary": BELOW[basis], "variants": 3,
            "criteria": sum(f[2] is not None for f in found.values())}


def own_server(directory, basis):
    """`creditd --embedded` with the policy of this run, and the administrator's password."""
    policy = policies.write(directory, Policy(**{**POLICY.__dict__, "basis": basis}))
    server = Server(["--embedded", directory / "d", "--listen", "127.0.0.1:0", "--test-clock", "--cheap-passwords",
                     "--migrations", paths.MIGRATIONS, "--policy", policy], directory)
    server.wait_ready(60)
    return server, (directory / "d" / "admin.password").read_text(encoding="utf-8").strip()


def main():
    """The full run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--invoices", type=pathlib.Path, default=paths.INVOICES)
    options = parser.parse_args()
    for basis in BELOW:
        with tempfile.TemporaryDirectory(prefix="creditd-standing-") as name:
            directory = pathlib.Path(name)
            directory.chmod(0o777)  # an embedded cluster runs as another user when started by root
            server, password = own_server(directory, basis)
            try:
                print(play(server, password, options.invoices, directory, basis))
            finally:
                server.stop()


if __name__ == "__main__":
    main()
