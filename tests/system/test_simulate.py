"""The simulation of a policy: day by day as the reference says, page by page, changing nothing; and those whom it names are
those whom the publication changes."""
import random
from html.parser import HTMLParser

import pytest

from harness import browser, dump, paths, policies, standing
from harness.process import wait_until
from harness.simulating import differing, draft_on, simulate
from harness.standing import DAY, Policy

SEED = 7
SHIPPED = policies.read(paths.POLICY.read_text(encoding="utf-8"))
DRAFT = Policy(window_months=5, bands=(("green", 80_000_00), ("red", 3_000_00)), below_lowest="red", floor_bp=8000)


@pytest.fixture(scope="module")
def accounts(trading):
    """Customers with trades over a year and a half, some of them with a grade that they do not deserve: number -> trades.
    One has none."""
    source, today, out = random.Random(SEED), trading.today(), {}
    for n in range(40):
        number = trading.customer(source.choice([*standing.GRADES, None]), hint="S")
        trades = []
        for _ in range(source.randrange(1, 25)):
            issued = today - source.randrange(0, 540) * DAY
            due = issued + source.randrange(0, 90) * DAY
            late = source.random() < .15
            settled = None if late or due > today else due - source.randrange(0, 5) * DAY
            trades.append(trading.trade(source.choice((300_00, 3_000_00, 30_000_00)), issued, due,
                                        None if settled is None or settled < issued else settled))
        trading.give(number, *trades)
        out[number] = trades
    trading.settled()
    trading.customer("green", hint="none")
    return out


@pytest.fixture
def text():
    """The draft as a file."""
    return policies.whole(DRAFT)


def history_of(trading, number):
    """The customer's standing history: (first day, (tier, grade)), as recorded."""
    rows = trading.rows("SELECT s.valid_from, s.tier, s.grade FROM standing_history s JOIN customer c "
                        "USING (home_id, customer_id) WHERE c.number = %s ORDER BY s.seq", number)
    return [(since, (("key", "ordinary")[tier - 1], None if grade is None else standing.GRADES[grade - 1]))
            for since, tier, grade in rows]


def test_every_day_is_as_the_reference_says(trading, accounts, text):
    today = trading.today()
    first = today - 250 * DAY
    customers, _ = simulate(trading.connect("maker"), text, **{"from": first.isoformat()})
    told = {c["number"]: c for c in customers}
    assert accounts.keys() <= told.keys() and not any(n.startswith("none") for n in told)
    for number, trades in accounts.items():
        history = history_of(trading, number)
        for day in (first + n * DAY for n in range(251)):
            was = ([standing.ORDINARY] + [put for since, put in history if since <= day])[-1]
            assert draft_on(told[number], day) == (was, standing.computed(DRAFT, trades, day, was[0])), (number, day)
        assert (told[number]["computed_tier"], told[number].get("computed_grade")) == standing.computed(
            SHIPPED, trades, today, was[0])


def test_pages_and_what_stands_on_the_first(trading, accounts, text):
    whole, first = simulate(trading.connect("maker"), text)
    parts, page = simulate(trading.connect("maker"), text, limit=7)
    assert parts == whole and page["total"] == first["total"] > len(accounts)
    assert {"unit": "R1", "role": "verifier", "people": 2} in page["staff"]
    assert {"unit": "HQ", "role": "approver", "people": 2} in page["staff"]


def test_nothing_is_changed_and_reading_is_recorded(trading, accounts, text):
    before = dump.everything(trading.owner, but=("command", "session", "repeats", "read_audit"))
    seen = trading.rows("SELECT count(*) FROM read_audit WHERE method = 96")
    simulate(trading.connect("maker"), text)
    assert dump.everything(trading.owner, but=("command", "session", "repeats", "read_audit")) == before
    assert trading.rows("SELECT count(*) FROM read_audit WHERE method = 96") > seen


def test_who_sees_a_part_is_told_of_that_part(trading, accounts, text):
    customers, _ = simulate(trading.connect("aud1"), text)
    assert {c["region"] for c in customers} <= {"R1"}


@pytest.mark.parametrize(("fields", "reason", "field"), [
    ({}, "FIELD_REQUIRED", "text"), ({"text": "clocks = {"}, "POLICY_INVALID", "text"),
    ({"text": "\x07"}, "FIELD_INVALID", "text"), ({"text": "#" * 65537}, "LIMIT_EXCEEDED", "text"),
    ({"from": "2026-13-01"}, "FIELD_INVALID", "from"), ({"to": "soon"}, "FIELD_INVALID", "to"),
    ({"to": "2099-01-01"}, "FIELD_INVALID", "to"), ({"from": "2001-01-01"}, "FIELD_INVALID", "from"),
    ({"from": "2026-02-01", "to": "2026-01-01"}, "FIELD_INVALID", "from"), ({"limit": 501}, "FIELD_INVALID", "limit"),
    ({"after": "x"}, "FIELD_INVALID", "after")])
def test_refusals(trading, text, fields, reason, field):
    if reason != "FIELD_REQUIRED":
        fields = {"text": text, **fields}
    answer = trading.connect("maker").call("policy_simulate", **fields)
    assert (answer.reason, answer.field) == (reason, field)


def test_pages_while_the_organisation_is_read_anew(trading, accounts, text):
    """A branch that is not known makes the server read it; what a page rests on stays."""
    connect = trading.connect
    whole = simulate(connect("maker"), text, limit=3)
    for _ in range(5):
        asked = [connect("app").post("customer_add", number="X", name="X", branch=f"nope{n}") for n in range(20)]
        assert simulate(connect("maker"), text, limit=3) == whole
        assert {connect("app").wait(a).reason for a in asked} == {"NOT_FOUND"}


# ---- creditctl ----

class Cells(HTMLParser):
    """The numbers of the first table, and everything that would be fetched."""

    def __init__(self):
        super().__init__()
        self.numbers, self.fetched, self.tables, self._cell = [], [], 0, False

    def handle_starttag(self, tag, attrs):
        self.tables += tag == "table"
        self._cell = tag == "td" and self.tables == 1
        self.fetched += [v for k, v in attrs if k in ("src", "href")]

    def handle_data(self, data):
        if self._cell:
            self.numbers.append(int(data))
        self._cell = False


@pytest.mark.parametrize(("language", "title"), [("en", "Simulation of a policy"), ("zh_CN", "政策模拟")])
def test_record_and_page_agree(cli, trading, accounts, text, tmp_path, language, title):
    draft, page = tmp_path / "draft.cfg", tmp_path / "page.html"
    draft.write_text(text, encoding="utf-8")
    first = trading.today() - 200 * DAY
    record = cli("maker", "policy", "simulate", draft, "--from", first.isoformat(), "--html", page, "--lang",
                 language).json
    customers, _ = simulate(trading.connect("maker"), text, **{"from": first.isoformat()})
    names = (*standing.GRADES, "ordinary")
    cells = {(m["in_force"], m["draft"]): m["customers"] for m in record["matrix"]}
    assert sum(cells.values()) == record["evaluated"] == len(customers)
    for customer in customers:
        was, draft_says = draft_on(customer, trading.today())
        cells[was[1] or "ordinary", draft_says[1] or "ordinary"] -= 1
    assert not any(cells.values())
    assert {c["number"] for c in record["changed"]} == differing(customers) != set()
    assert record["trend"][-1]["on"] == trading.today().isoformat() and len(record["trend"]) in (7, 8)
    assert all(sum(t[k].values()) == len(customers) for t in record["trend"] for k in ("in_force", "draft"))
    cases = {w["unit"]: w["cases"] for w in record["workload"]}
    assert cases["HQ"] == cases["R1"] + cases["R2"] == sum(t["tasks"] for t in record["tasks"]) > 0
    html = page.read_text(encoding="utf-8")
    cells = Cells()
    cells.feed(html)
    assert title in html and cells.fetched == [] and "<script" not in html
    shown = {(m["in_force"], m["draft"]): m["customers"] for m in record["matrix"]}
    assert cells.numbers == [shown.get((was, to), 0) for was in names for to in names]


@pytest.mark.skipif(browser.CHROMIUM is None, reason="needs Debian's chromium")
@pytest.mark.parametrize(("language", "grade"), [("en", "yellow"), ("zh_CN", "黄")])
def test_the_page_in_a_browser(cli, accounts, text, tmp_path, language, grade):
    """It asks for nothing, is read in its language, and shows the numbers of the record."""
    draft, page = tmp_path / "draft.cfg", tmp_path / "page.html"
    draft.write_text(text, encoding="utf-8")
    record = cli("maker", "policy", "simulate", draft, "--from", "2026-06-01", "--html", page, "--lang", language).json
    shown, asked = browser.opened(page, tmp_path)
    assert not asked and grade in shown
    cells = Cells()
    cells.feed(shown)
    names, counts = (*standing.GRADES, "ordinary"), {(m["in_force"], m["draft"]): m["customers"] for m in record["matrix"]}
    assert sum(cells.numbers) == record["evaluated"] >= len(accounts)
    assert cells.numbers == [counts.get((was, to), 0) for was in names for to in names]
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", "<img src='http://127.0.0.1:9/x.png'></body>"),
                    encoding="utf-8")
    assert browser.opened(page, tmp_path)[1] == ["http://127.0.0.1:9/x.png"], "what a page asks for is seen"


def test_line_ends_of_other_systems(cli, accounts, text, tmp_path):
    draft = tmp_path / "draft.cfg"
    draft.write_bytes(text.replace("\n", "\r\n").encode())
    record = cli("maker", "policy", "simulate", draft, "--from", "2026-06-01").json
    assert record["evaluated"] >= len(accounts)


def test_as_a_table(cli, accounts, text, tmp_path):
    draft = tmp_path / "draft.cfg"
    draft.write_text(text, encoding="utf-8")
    out = cli("maker", "policy", "simulate", draft, "--from", "2026-06-01", output="table").stdout
    assert "Customers of whom the draft says something else" in out and "each_week" in out.lower().replace(" ", "_")


def test_those_whom_it_names_are_those_whom_it_changes(trading, accounts, text):
    named = differing(simulate(trading.connect("maker"), text)[0])
    computed = "SELECT number, tier, computed_grade, computed_admits FROM customer WHERE evaluated_policy <> 0"

    def says():
        return {number: (grade if tier == 1 else grade if admits else None)
                for number, tier, grade, admits in trading.rows(computed)}
    before = says()
    tiers = dict(trading.rows("SELECT number, tier FROM customer"))
    version = policies.proposed(trading.connect("maker"), text)
    trading.connect("checker").do("policy_publish", version=version)
    wait_until(lambda: trading.rows("SELECT count(*) FROM customer WHERE evaluated_policy <> %s", version) == [(0,)],
               60, "the evaluation of all")
    # A demotion takes the tier: what is computed is compared for the tier of before.
    after = {number: (grade if tiers[number] == 1 else grade if admits else None)
             for number, tier, grade, admits in trading.rows(computed)}
    assert {number for number in before if before[number] != after[number]} == named
    trading.connect("checker").do("policy_roll_back", version=version, reason="end")
