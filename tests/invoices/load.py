"""The invoices of 100 customers in five countries as an organisation: loaded through creditctl, then changes of grade
run by many users at once to the ends that were planned for them (acceptance 2).

A country code becomes a region with one branch, a customer ID a customer of that branch; the opening grade is the
quartile of the invoiced volume (most: green). The full run, against a server whose administrator's password is in a
file:

    /usr/bin/python3 tests/invoices/load.py --server localhost:PORT --ca DIR/tls/ca.pem \\
        --admin-password-file DIR/admin.password --invoices ../shared/data/ar-invoices.csv --changes 200

`--own-server` in place of these three starts `creditd --embedded` in a temporary directory by itself. It ends with 0
when every customer's grade in force, history and chain are as planned.
"""
import argparse
import collections
import csv
import pathlib
import queue
import random
import sys
import tempfile
import threading
import time
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import paths  # noqa: E402
from harness.cli import Cli  # noqa: E402
from harness.server import Server  # noqa: E402

PASSWORD = "invoices {login} password"
GRADES = ("green", "yellow", "red", "black")
LOOK_EVERY = 5  # steps: how often who only looks does so
ENDS = ("recorded", "recorded", "between", "rejected", "withdrawn", "returned once", "returned by HQ")

Person = collections.namedtuple("Person", "login unit level roles")
Customer = collections.namedtuple("Customer", "number region branch grade")
# steps: (role that takes it, verb, words after the id)
Change = collections.namedtuple("Change", "number customer requested steps state grade_after")


# ---- what is in the file ----

def read_customers(path):
    """The customers with their quartile of invoiced volume as opening grade."""
    volume, country = collections.Counter(), {}
    with open(path, encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            volume[row["customerID"]] += int(Decimal(row["InvoiceAmount"]) * 100)
            country[row["customerID"]] = row["countryCode"]
    ranked = sorted(volume, key=lambda c: (-volume[c], c))
    quarter = -(-len(ranked) // 4)
    return [Customer(c, "R" + country[c], "B" + country[c], GRADES[place // quarter])
            for place, c in enumerate(ranked)]


def people_of(regions):
    """Twenty users for five regions: two submitters and a verifier each, and at HQ approvers, a CMO and an auditor."""
    people = []
    for region in regions:
        code = region[1:]
        people += [Person(f"sub{code}a", "B" + code, "supervisor", ("submitter",)),
                   Person(f"sub{code}b", "B" + code, "manager", ("submitter",)),
                   Person(f"ver{code}", region, "supervisor", ("verifier",))]
    return people + [Person("hq1", "HQ", "manager", ("approver",)), Person("hq2", "HQ", "director", ("approver",)),
                     Person("hq3", "HQ", "supervisor", ("approver",)), Person("cmo", "HQ", "director", ("cmo",)),
                     Person("auditor", "HQ", "supervisor", ("auditor",))]


# ---- the plan ----

def plan_steps(source, end, grade, requested):
    """(steps after the submission, state at the end, grade afterwards) of one change."""
    look = ("verifier", "verify", ("--finding", source.choice(("confirmed", "doubtful")), "--opinion", "as found"))
    record = ("submitter", "record", ())
    if end == "withdrawn":
        before = source.choice(([], [look]))
        return [*before, ("submitter", "withdraw", ())], "withdrawn", grade
    if end == "rejected":
        return [look, ("approver", "reject", ("--reason", "not yet"))], "rejected", grade
    if end == "returned once":
        back = [("verifier", "return", ("--reason", "more, please")), ("submitter", "resubmit", ())]
        return [*back, look, ("approver", "approve", ()), record], "recorded", requested
    if end == "returned by HQ":
        back = [("approver", "return", ("--reason", "explain")), ("submitter", "resubmit", ())]
        return [look, *back, look, ("approver", "approve", ()), record], "recorded", requested
    between = between_grades(grade, requested)
    if end == "between" and between:
        decided = source.choice(between)
        return [look, ("approver", "approve", ("--grade", decided, "--reason", "part of the way")), record], \
            "recorded", decided
    return [look, ("approver", "approve", ()), record], "recorded", requested


def between_grades(grade, requested):
    """Grades strictly between the two."""
    low, high = sorted((GRADES.index(grade), GRADES.index(requested)))
    return GRADES[low + 1:high]


def plan(customers, count, seed):
    """`count` changes, spread over the customers in rounds; each knows the grade that it starts from."""
    source = random.Random(seed)
    grade = {c.number: c.grade for c in customers}
    order = sorted(customers, key=lambda c: source.random())
    changes = []
    for n in range(count):
        customer = order[n % len(order)]
        now = grade[customer.number]
        requested = source.choice([g for g in GRADES if g != now])
        steps, state, after = plan_steps(source, ENDS[n % len(ENDS)], now, requested)
        grade[customer.number] = after
        changes.append(Change(n, customer, requested, steps, state, after))
    return changes, grade


# ---- loading ----

def load_organisation(cli, customers, people, directory):
    """Units, users and customers, all through creditctl."""
    for region in sorted({c.region for c in customers}):
        cli("admin", "org", "create", region, "--name", f"Country {region[1:]}", "--level", "region", "--parent", "HQ")
        cli("admin", "org", "create", "B" + region[1:], "--name", f"Branch {region[1:]}", "--level", "branch",
            "--parent", region)
    for p in people:
        roles = [word for role in p.roles for word in ("--role", role)]
        cli("admin", "user", "add", p.login, "--name", p.login, "--unit", p.unit, "--level", p.level, *roles,
            "--password-stdin", stdin=PASSWORD.format(login=p.login) + "\n")
        opened = cli.login(p.login, PASSWORD.format(login=p.login))
        assert opened.code == 0, opened
    table = directory / "customers.csv"
    with open(table, "w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["number", "name", "region", "branch", "stage", "opening_grade"])
        rows.writerows([c.number, f"Customer {c.number}", c.region, c.branch, "existing", c.grade] for c in customers)
    cli("hq1", "customer", "import", table)


# ---- playing ----

class Play:
    """All users at work: each takes the next task of its unit and role, does it with creditctl, and passes it on."""

    def __init__(self, cli, people, changes):
        self.cli, self.changes = cli, changes
        self.tasks = {(p.unit, role): queue.Queue() for p in people for role in p.roles}
        self.people = people
        self.ids, self.left, self.failures = {}, len(changes), []
        self.waiting = collections.defaultdict(collections.deque)  # later changes of a customer
        self.lock, self.finished = threading.Lock(), threading.Event()
        self.steps, self.looks = 0, 0
        for change in changes:
            self.waiting[change.customer.number].append(change)
        for line in self.waiting.values():
            self._put(line.popleft(), 0)

    def _put(self, change, place):
        """The submission is place 0; `steps` follow."""
        role = "submitter" if place == 0 else change.steps[place - 1][0]
        unit = {"submitter": change.customer.branch, "verifier": change.customer.region}.get(role, "HQ")
        self.tasks[unit, role].put((change, place))

    def _do(self, login, change, place):
        if place == 0:
            shown = self.cli(login, "application", "submit", change.customer.number, "--to", change.requested,
                             "--reason", f"change {change.number}").json
            self.ids[change.number] = shown["id"]
        else:
            _, verb, words = change.steps[place - 1]
            self.cli(login, "application", verb, self.ids[change.number], *words)
        with self.lock:
            self.steps += 1

    def _pass_on(self, change, place):
        if place < len(change.steps):
            self._put(change, place + 1)
            return
        with self.lock:
            self.left -= 1
            if self.left == 0:
                self.finished.set()
            line = self.waiting[change.customer.number]
            following = line.popleft() if line else None
        if following is not None:
            self._put(following, 0)

    def _work(self, person):
        mine = self.tasks[person.unit, person.roles[0]]
        while not self.finished.is_set():
            try:
                change, place = mine.get(timeout=0.05)
            except queue.Empty:
                continue
            self._do(person.login, change, place)
            self._pass_on(change, place)

    def _look(self, person):
        seen = -LOOK_EVERY
        while not self.finished.is_set():
            if self.steps < seen + LOOK_EVERY:
                self.finished.wait(0.02)
                continue
            seen = self.steps
            self.cli(person.login, "application", "list")
            self.cli(person.login, "inbox")
            with self.lock:
                self.looks += 1

    def _guarded(self, work, person):
        try:
            work(person)
        except BaseException as error:  # pylint: disable=broad-except
            self.failures.append(f"{person.login}: {error}")
            self.finished.set()

    def run(self):
        """Until every change has come to its end."""
        threads = [threading.Thread(target=self._guarded, args=(
            self._work if p.roles[0] in ("submitter", "verifier", "approver") else self._look, p), daemon=True)
            for p in self.people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.failures:
            raise AssertionError("\n".join(self.failures))


# ---- judging ----

def expected_history(change):
    """Verbs of a change in order, as the history must show them."""
    return ["submit", *(verb for _, verb, _ in change.steps)]


def judge(cli, play, people, grades):
    """Every history, state, grade in force and chain as planned; raises AssertionError."""
    units = {p.login: (p.unit, p.roles[0]) for p in people}
    for change in play.changes:
        identity = play.ids[change.number]
        shown = cli("auditor", "application", "show", identity).json
        assert shown["state"] == change.state, (change, shown)
        entries = [e for e in cli("auditor", "application", "history", identity).json if e.get("to_state")]
        assert [e["kind"] for e in entries] == expected_history(change), (change, entries)
        for entry, role in zip(entries, ["submitter", *(role for role, _, _ in change.steps)]):
            unit = {"submitter": change.customer.branch, "verifier": change.customer.region}.get(role, "HQ")
            assert units[entry["actor"]] == (unit, role), (change, entry)
    listed = {c["number"]: c for c in cli("auditor", "customer", "list").json}
    assert {n: c["grade"] for n, c in listed.items()} == grades
    assert not [c for c in listed.values() if "open_application_id" in c]
    told = cli("auditor", "audit", "verify").json
    assert told["chains"] == len(grades) + 1, told
    return told


def play_all(server, admin_password, customers, directory, changes, seed):
    """Load, play, judge; gives figures."""
    cli = Cli(directory, server)
    opened = cli.login("admin", admin_password)
    assert opened.code == 0, opened
    people = people_of(sorted({c.region for c in customers}))
    load_organisation(cli, customers, people, directory)
    planned, grades = plan(customers, changes, seed)
    play = Play(cli, people, planned)
    started = time.monotonic()
    play.run()
    lasted = time.monotonic() - started
    told = judge(cli, play, people, grades)
    return {"customers": len(customers), "users": len(people), "changes": changes, "steps": play.steps,
            "looks": play.looks, "seconds": round(lasted, 1), "events": told["events"],
            "ends": dict(collections.Counter(c.state for c in planned)), "seed": seed}


class Remote:
    """A server that somebody else started, as the command line client sees it."""

    def __init__(self, address, ca):
        self.port, self.ca = int(address.rpartition(":")[2]), ca


def own_server(directory):
    """`creditd --embedded` in `directory`, and the administrator's password."""
    server = Server(["--embedded", directory / "d", "--listen", "127.0.0.1:0", "--test-clock", "--cheap-passwords",
                     "--migrations", paths.MIGRATIONS, "--policy", paths.POLICY], directory)
    server.wait_ready(60)
    return server, (directory / "d" / "admin.password").read_text(encoding="utf-8").strip()


def main():
    """The full run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server")
    parser.add_argument("--ca")
    parser.add_argument("--admin-password-file", type=pathlib.Path)
    parser.add_argument("--own-server", action="store_true")
    parser.add_argument("--invoices", type=pathlib.Path, default=paths.INVOICES)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2013)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="creditd-invoices-") as name:
        directory = pathlib.Path(name)
        directory.chmod(0o777)  # an embedded cluster runs as another user when started by root
        if options.own_server:
            server, password = own_server(directory)
        else:
            server = Remote(options.server, options.ca)
            password = options.admin_password_file.read_text(encoding="utf-8").strip()
        customers = read_customers(options.invoices)
        try:
            print(play_all(server, password, customers, directory, options.changes, options.seed))
        finally:
            if options.own_server:
                server.stop()


if __name__ == "__main__":
    main()
