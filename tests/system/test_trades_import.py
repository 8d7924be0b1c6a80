"""Imports of trades through the protocol: every rule of a row, documents once within a home, chunks sent again, the
same rows in any order and number, dry runs, rights, bounds."""
import datetime as dt
import os
import random

import pytest

from harness import creditproto as wire
from harness import dump, held, ledger, standing
from harness.process import wait_until
from harness.server import limits
from harness.standing import DAY, Policy
from harness.trading import ZONE, instant, refused, row_of, trade_of

SEED = 7
POLICY = Policy(rates=(("USD", dt.date(2020, 1, 1), "7.1"),))
COUNTS = ("added", "changed", "unchanged", "refused", "customers_added", "customers")


@pytest.fixture(scope="module", autouse=True)
def whole(pg, server):
    """Whatever was imported: the database's own check and the ledger find nothing in the end."""
    yield
    assert dump.integrity(pg.owner) == []
    assert ledger.faults(dump.take(pg.owner)) == []


@pytest.fixture
def number(trading):
    """A fresh key account of B11."""
    return trading.customer("red")


@pytest.fixture
def row(trading, number):
    """A good row of that customer, under a new document."""
    today = trading.today()
    return row_of(number, trading.trade(1_000_00, today - 60 * DAY, today - 30 * DAY, today - 31 * DAY))


# ---- the rules of a row ----

LONG = "长" * 201
# What is changed in a good row, the reason, the field that is named. "+n": n days from today.
ROW_RULES = [
    ({"branch": None}, "FIELD_REQUIRED", "branch"), ({"branch": "B99"}, "NOT_FOUND", "branch"),
    ({"branch": "R1"}, "FIELD_INVALID", "branch"), ({"region": "R2"}, "FIELD_INVALID", "region"),
    ({"region": "R9"}, "FIELD_INVALID", "region"),
    ({"customer": None}, "FIELD_REQUIRED", "customer"), ({"customer": ""}, "FIELD_REQUIRED", "customer"),
    ({"customer": "c" * 65}, "FIELD_TOO_LONG", "customer"), ({"customer": "nobody"}, "NOT_FOUND", "customer"),
    ({"document": None}, "FIELD_REQUIRED", "document"), ({"document": " "}, "FIELD_REQUIRED", "document"),
    ({"document": "d" * 65}, "FIELD_TOO_LONG", "document"), ({"document": "a\nb"}, "FIELD_INVALID", "document"),
    ({"customer_name": LONG}, "FIELD_TOO_LONG", "customer_name"),
    ({"amount_minor": None}, "FIELD_REQUIRED", "amount_minor"), ({"amount_minor": 0}, "FIELD_INVALID", "amount_minor"),
    ({"amount_minor": -1}, "FIELD_INVALID", "amount_minor"), ({"amount_minor": 10**15 + 1}, "FIELD_INVALID", "amount_minor"),
    ({"currency": None}, "FIELD_REQUIRED", "currency"), ({"currency": "cny"}, "FIELD_INVALID", "currency"),
    ({"currency": "YUAN"}, "FIELD_INVALID", "currency"), ({"currency": "EUR"}, "NO_RATE", "currency"),
    ({"issued_on": None}, "FIELD_REQUIRED", "issued_on"), ({"issued_on": "2024-02-30"}, "FIELD_INVALID", "issued_on"),
    ({"issued_on": "01/02/2024"}, "FIELD_INVALID", "issued_on"),
    ({"issued_on": "+1", "due_on": "+30", "settled_on": None}, "FIELD_INVALID", "issued_on"),
    ({"due_on": None}, "FIELD_REQUIRED", "due_on"), ({"due_on": "2024-13-01"}, "FIELD_INVALID", "due_on"),
    ({"due_on": "-61"}, "FIELD_INVALID", "due_on"),
    ({"settled_on": "+1"}, "FIELD_INVALID", "settled_on"), ({"settled_on": "soon"}, "FIELD_INVALID", "settled_on"),
]


def dated(value, today):
    """A number of days with its sign as a date; everything else as it is."""
    signed = isinstance(value, str) and value[:1] in ("+", "-")
    return (today + int(value) * DAY).isoformat() if signed else value


@pytest.mark.parametrize("change, reason, field", ROW_RULES, ids=lambda v: str(v)[:40])
def test_a_row_that_is_refused(trading, number, row, change, reason, field):
    """It alone is: the good row beside it is taken."""
    today = trading.today()
    bad = {**row, "document": trading.document(), **{k: dated(v, today) for k, v in change.items()}}
    taken = trading.take([bad, row], "app")
    (place, told), = taken.refused.items()
    assert (place, told["reason"].upper(), told["field"]) == (0, reason, field)
    assert taken.counts("added", "refused") == (1, 1)
    assert list(trading.trades(number)) == [row["document"]]


def test_the_edges_that_are_allowed(trading, number):
    today = trading.today()
    trading.give(number, trading.trade(1, today, today), trading.trade(1, today - DAY, today - DAY, today),
                 trading.trade(10**15, today, today + 4000 * DAY), trading.trade(1, dt.date(1990, 1, 1), today),
                 trading.trade(100_00, today, today, currency="USD"))
    assert len(trading.trades(number)) == 5


def test_today_is_that_of_the_branch(trading):
    """In New York it is still the day before."""
    today = trading.today(ZONE)
    trading.advance_to(instant(today + DAY, hour=8))
    today = trading.today(ZONE)
    assert trading.today("America/New_York") == today - DAY
    there, here = trading.customer("red", "B21"), trading.customer("red")
    rows = [row_of(there, trading.trade(1, today, today), "B21"), row_of(here, trading.trade(1, today, today))]
    assert {n: r["field"] for n, r in trading.take(rows, "app").refused.items()} == {0: "issued_on"}


def test_an_unknown_enum_value_refuses_the_chunk(trading, row):
    import_id = trading.begin()
    good = wire.encode("trade_import_chunk", {"command_id": wire.new_command_id(), "import": import_id, "rows": [row]})
    length = good.index(b"\x0a\x03B11") - 1  # the row is the last field, and shorter than 128 bytes
    bad = good[:length] + bytes([good[length] + 2]) + good[length + 1:] + b"\x60\x09"  # its field 12: stage 9
    client = trading.connect("sub11")
    reply = client.wait(client.post_body("trade_import_chunk", bad))
    assert (reply.reason, reply.executed) == ("UNKNOWN_VALUE", False)
    assert trading.finish(import_id).get("added", 0) == 0


# ---- customers ----

def test_an_unknown_customer_is_created_where_that_was_asked(trading, row):
    new = f"N-{row['document']}"
    rows = [{**row, "customer": new, "customer_name": "新客户有限公司", "stage": "new"},
            {**row, "customer": new, "document": trading.document()}]
    assert trading.take(rows).counts("added", "refused") == (0, 2)
    assert trading.take(rows, create_customers=True).counts(*COUNTS) == (2, 0, 0, 0, 1, 1)
    shown = trading.show(new)["customer"]
    assert (shown["name"], shown["stage"], shown["branch"], shown["tier"]) == ("新客户有限公司", "new", "B11", "ordinary")
    assert [e["kind"] for e in trading.events(new)][:2] == ["customer_added", "trades_imported"]


def test_a_created_customer_without_a_name_has_its_number(trading, row):
    new = f"N-{row['document']}"
    trading.take([{**row, "customer": new}], create_customers=True)
    shown = trading.show(new)["customer"]
    assert (shown["name"], shown["stage"]) == (new, "existing")


def test_an_opening_grade_is_brought_by_hq_only(trading, row):
    new = f"N-{row['document']}"
    rows = [{**row, "customer": new, "opening_grade": "green"}]
    taken = trading.take(rows, "sub11", create_customers=True)
    assert (taken.refused[0]["reason"], taken.refused[0]["field"]) == ("role_missing", "opening_grade")
    assert trading.take(rows, "appclerk", create_customers=True).refused[0]["reason"] == "level_too_low"
    assert not trading.take(rows, "app", create_customers=True).refused
    assert trading.in_force(new) == ("key", "green")
    assert trading.events(new, "standing_changed")[0]["payload"]["cause"] == "opening"
    again = [{**row, "customer": new, "opening_grade": "black", "document": trading.document()}]
    assert not trading.take(again, "app", create_customers=True).refused
    assert trading.in_force(new) == ("key", "green"), "of a customer who is there it says nothing"


@pytest.mark.parametrize("login, branch, reason, field", [
    ("sub11", "B12", "not_found", "branch"), ("sub11", "B21", "not_found", "branch"),
    ("sub12", "B11", "not_found", "branch"), ("app", "B12", "customer_elsewhere", "customer")])
def test_a_row_of_another_branch(trading, row, login, branch, reason, field):
    taken = trading.take([{**row, "branch": branch}], login)
    assert (taken.refused[0]["reason"], taken.refused[0]["field"]) == (reason, field)


def test_a_number_that_another_region_has_too_is_another_customer(trading, row):
    other = {**row, "branch": "B21"}
    assert not trading.take([row, other], "app", create_customers=True).refused
    assert trading.trades(row["customer"], "ver1").keys() == trading.trades(row["customer"], "ver2").keys()


# ---- documents ----

def test_the_same_document_twice_in_an_import(trading, number, row):
    other = {**row, "amount_minor": row["amount_minor"] + 1}
    taken = trading.take([row, row, other, {**row, "settled_on": None}], size=2)
    assert {n: r["reason"] for n, r in taken.refused.items()} == {2: "document_twice"}
    assert {a["name"]: a["value"] for a in taken.refused[2]["arguments"]}["document"] == row["document"]
    assert taken.counts("added", "changed", "unchanged", "refused") == (1, 0, 2, 1)
    assert trading.trades(number)[row["document"]]["version"] == 1


def test_a_document_of_another_customer(trading, row):
    other = trading.customer("red")
    trading.take([row])
    taken = trading.take([{**row, "customer": other}])
    assert taken.refused[0]["reason"] == "document_of_another"
    in_one = {**row, "document": trading.document()}
    taken = trading.take([in_one, {**in_one, "customer": other}])
    assert {n: r["reason"] for n, r in taken.refused.items()} == {1: "document_of_another"}


def test_a_later_file_settles_corrects_and_cancels(trading, number, row):
    """Each change is a version; an absent settlement is none that was taken back."""
    document, open_row = row["document"], {**row, "settled_on": None}
    changes = [open_row, row, open_row, {**row, "amount_minor": 2_000_00}, {**row, "amount_minor": 2_000_00},
               {**row, "amount_minor": 2_000_00, "cancelled": True}]
    told = [trading.take([change]).counts("added", "changed", "unchanged") for change in changes]
    assert told == [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 1, 0), (0, 0, 1), (0, 1, 0)]
    shown = trading.connect("aud").do("trade_show", customer=number, document=document, purpose="t")
    versions = [*shown["past"], shown["trade"]]
    assert [v["version"] for v in versions] == [1, 2, 3, 4]
    assert [v.get("settled_on") for v in versions] == [None] + [row["settled_on"]] * 3
    assert [v["amount_minor"] for v in versions] == [1_000_00, 1_000_00, 2_000_00, 2_000_00]
    assert [v.get("cancelled", False) for v in versions] == [False, False, False, True]
    assert len({v["import"] for v in versions}) == 4 and "fulfilled" not in versions[3]
    times = [v["recorded_at_us"] for v in versions]
    assert times == sorted(set(times))


# ---- the same rows in any order and number ----

def portfolio(trading, hint, seed=SEED):
    """Rows of twelve new customers, each with its own mixture, the same under every hint but for numbers and
    documents."""
    source, today, rows = random.Random(seed), trading.today(), []
    for n in range(12):
        number = trading.customer(source.choice([*standing.GRADES, None]), hint=hint)
        for _ in range(source.randrange(1, 60)):
            issued = today - source.randrange(1, 500) * DAY
            due = issued + source.randrange(0, 90) * DAY
            paid = min(today, due + source.choice((-1, 0, 0, 0, 1)) * DAY)
            trade = trading.trade(source.randrange(1, 3_000_00), issued, due,
                                  None if source.random() < .1 else max(issued, paid))
            rows.append((n, row_of(number, trade)))
    return rows


def outcome(trading, rows):
    """What became of a portfolio, without numbers of customers and documents."""
    customers = {n: row["customer"] for n, row in rows}
    out = []
    for n, number in sorted(customers.items()):
        trades = trading.trades(number)
        mine = [row["document"] for m, row in rows if m == n]
        assert set(mine) == set(trades)
        shown = trading.show(number)
        kept = {k: v for k, v in shown["explanation"].items() if k != "counted"}
        out.append((trading.in_force(number), shown["customer"].get("criterion_grade"), kept,
                    [standing_of(trades[d]) for d in mine]))
    return out


def standing_of(shown):
    return {k: shown.get(k) for k in ("version", "amount_minor", "issued_on", "due_on", "settled_on", "cancelled",
                                      "fulfilled")}


def test_shuffled_cut_into_parts_and_taken_twice(trading, pg):
    plain = portfolio(trading, "PA")
    taken = trading.take([row for _, row in plain])
    assert taken.counts("added", "refused", "customers") == (len(plain), 0, 12)
    expected = outcome(trading, plain)
    before = dump.portrait(pg.owner)
    again = trading.take([row for _, row in plain])
    assert again.counts(*COUNTS) == (0, 0, len(plain), 0, 0, 0)
    assert dump.portrait(pg.owner) == before

    shuffled = portfolio(trading, "PB")
    rows = [row for _, row in shuffled]
    random.Random(SEED).shuffle(rows)
    trading.take(rows, size=17)
    assert outcome(trading, shuffled) == expected

    cut = portfolio(trading, "PC")
    rows, source = [row for _, row in cut], os.urandom(32)
    random.Random(SEED + 1).shuffle(rows)
    for part in range(7):  # parts of one import, begun anew each time
        import_id = trading.begin(source=source)
        trading.chunk(import_id, rows[part::7])
        assert not trading.rows("SELECT 1 FROM trade_import WHERE evaluated > 0 AND finished_at IS NULL")
    shown = trading.finish(import_id)
    assert (shown["added"], shown["customers"], shown["evaluated"]) == (len(rows), 12, 12)
    assert outcome(trading, cut) == expected


def test_nothing_is_evaluated_before_the_last_row(trading, number):
    """The order of rows never matters: not even a customer who is below the floor half way."""
    today = trading.today()
    late = trading.missed(1, 1_000_00, today - 60 * DAY, today - 30 * DAY)
    kept = trading.kept(3, 1_000_00, today - 60 * DAY, today - 30 * DAY)
    import_id = trading.begin()
    for trade in [*late, *kept]:
        trading.chunk(import_id, [row_of(number, trade)])
    assert "explanation" in trading.show(number) and not trading.events(number, "standing_changed")[1:]
    shown = trading.finish(import_id)
    assert (shown["customers"], shown["evaluated"], shown.get("demoted", 0)) == (1, 1, 0)
    assert trading.in_force(number) == ("key", "red")
    assert [e["kind"] for e in trading.events(number)].count("trades_imported") == 1


def test_two_imports_at_once_on_the_same_customers(trading):
    """Each of them touches all; the last one to end leaves what both have brought."""
    rows = [row for _, row in portfolio(trading, "PD")]
    first, second = trading.begin(), trading.begin("app")
    for n, start in enumerate(range(0, len(rows), 40)):
        import_id, login = ((first, "sub11"), (second, "app"))[n % 2]
        assert not trading.chunk(import_id, rows[start:start + 40], login).get("refused")
    trading.connect("sub11").do("trade_import_finish", **{"import": first})
    after = trading.finish(second, "app")
    shown = trading.connect("sub11").do("trade_import_show", **{"import": first})["import"]
    trading.settled()
    for ended in (after, shown):
        assert 0 < ended["customers"] <= 12
    assert shown["added"] + after["added"] == len(rows)


def test_two_imports_of_one_customer_that_end_together(trading, number):
    """Their documents alternate, and both evaluations may be one batch: each event tells its own rows (see `whole`)."""
    today = trading.today()
    trades = trading.kept(8, 10_00, today - 60 * DAY, today - 30 * DAY)
    imports = [trading.begin(), trading.begin()]
    for n, trade in enumerate(trades):
        trading.chunk(imports[n % 2], [row_of(number, trade)])
    client = trading.connect("sub11")
    waits = [client.post("trade_import_finish", **{"import": i}) for i in imports]
    assert all(client.wait(w).ok for w in waits)
    trading.settled()
    assert [e["payload"]["added"] for e in trading.events(number, "trades_imported")] == [4, 4]


def test_a_number_that_two_customers_of_a_region_have(trading, number, row):
    """One of them came from another region: it takes the id to tell them apart."""
    hq = trading.connect("app")
    hq.do("customer_add", number=number, name="双生公司", branch="B21")
    far = [c["id"] for c in hq.do("customer_list", region="R2", limit=1000, purpose="t")["customers"] if c["number"] == number]
    hq.do("customer_move", customer=far[0], branch="B12", reason="r")
    assert trading.take([row], "app").refused[0]["reason"] == "field_invalid"
    assert trading.connect("sub11").call("customer_edit", customer=number, name="x").reason == "FIELD_INVALID"
    assert hq.call("customer_add", number=number, name="third", branch="B11").reason == "ALREADY_EXISTS"


def test_a_branch_that_was_made_elsewhere_a_moment_ago(run, database, trading, tokens, row):
    """Another server makes it; a chunk that names it is not refused for want of news."""
    server = run.start(database, name="second")
    try:
        with server.client(tokens["admin"]) as admin:
            admin.do("unit_create", code="B19", name="新分公司", level="branch", parent="R1")
        new = {**row, "branch": "B19", "customer": f"N-{row['document']}"}
        assert trading.take([new], "app", create_customers=True).counts("added", "refused") == (1, 0)
    finally:
        run.finish(server)


# ---- chunks and imports ----

def test_a_chunk_that_is_sent_again(trading, number, row):
    client, import_id = trading.connect("sub11"), trading.begin()
    fields = {"import": import_id, "rows": [row], "command_id": wire.new_command_id()}
    body = wire.encode("trade_import_chunk", fields)
    first = client.wait(client.post_body("trade_import_chunk", body))
    again = client.wait(client.post_body("trade_import_chunk", body))
    assert first.body["added"] == 1 and again.ok and again.message is None
    other = client.call("trade_import_chunk", **{**fields, "rows": [{**row, "document": trading.document()}]})
    assert other.reason == "ID_REUSED"
    fresh = trading.chunk(import_id, [row])
    assert (fresh.get("added", 0), fresh["unchanged"]) == (0, 1)
    shown = trading.finish(import_id)
    assert (shown["added"], shown["unchanged"], len(trading.trades(number))) == (1, 1, 1)


def test_people_do_not_wait_behind_an_import(trading, pg, waiting, number, row):
    """While nothing can be written of trades, a case goes through all its steps; then the chunk is answered."""
    client, import_id, other = trading.connect("sub11"), trading.begin(), trading.customer("red")
    with held.locked(pg.owner, "trade", "EXCLUSIVE"):
        chunk = client.post("trade_import_chunk", **{"import": import_id, "rows": [row]})
        wait_until(waiting, 20, "the chunk at the database")
        trading.bring(trading.apply(other, "yellow"), "recorded")
        assert waiting() == 1
    assert client.wait(chunk).body["added"] == 1
    trading.finish(import_id)
    assert len(trading.trades(number)) == 1


@pytest.fixture
def narrow(run, database, tokens):
    """A connection to a server in which one command of people, and one row of imports, may wait."""
    server = run.start(database, *limits(run.private_directory("narrow"), commands_waiting_max=1, rows_waiting_max=1,
                                         lanes_max=1), name="narrow")
    with server.client(tokens["sub11"]) as client:
        yield client
    run.finish(server)


def fill(client, waiting, posts):
    """One under way, one that waits; the third has no room."""
    requests = []
    for n, post in enumerate(posts):
        requests.append(post())
        if n == 0:
            wait_until(waiting, 20, "the first at the database")
    reply = client.wait(requests.pop())
    assert (reply.status, reply.reason, reply.executed) == ("retry", "BUSY", False) and reply.answer.retry_after_ms >= 1000
    return requests


def test_an_import_that_has_no_room_leaves_that_of_people(trading, pg, waiting, narrow, row):
    import_id, case = trading.begin(), trading.customer("red")
    rows = [{**row, "document": trading.document()} for _ in range(3)]
    with held.locked(pg.owner, "trade", "EXCLUSIVE"):
        requests = fill(narrow, waiting, [lambda r=r: narrow.post("trade_import_chunk", **{"import": import_id, "rows": [r]})
                                          for r in rows])
        assert narrow.call("application_submit", customer=case, to_grade="yellow", reason="r").ok
    assert [narrow.wait(r).body["added"] for r in requests] == [1, 1]
    assert trading.finish(import_id)["added"] == 2


def test_people_who_have_no_room_leave_that_of_imports(trading, pg, waiting, narrow, row):
    import_id, cases = trading.begin(), [trading.customer("red") for _ in range(3)]
    with held.locked(pg.owner, "application", "EXCLUSIVE"):
        requests = fill(narrow, waiting, [lambda c=c: narrow.post("application_submit", customer=c, to_grade="yellow",
                                                                  reason="r") for c in cases])
        assert narrow.call("trade_import_chunk", **{"import": import_id, "rows": [row]}).body["added"] == 1
    assert all(narrow.wait(r).ok for r in requests)
    assert trading.finish(import_id)["added"] == 1


def test_an_open_import_of_the_same_source_goes_on(trading, row):
    source = os.urandom(32)
    import_id = trading.begin(source=source)
    trading.chunk(import_id, [row])
    assert trading.begin(source=source) == import_id
    assert trading.begin("app", source=source) != import_id, "of another user"
    assert trading.begin(source=os.urandom(32)) != import_id, "of another file"
    assert trading.finish(import_id)["added"] == 1
    assert trading.begin(source=source) != import_id, "it has ended"


def test_an_import_tells_who_and_what(trading):
    before = trading.now()
    shown = trading.take([], name="发票 2026.csv").shown
    assert shown["id"].startswith("I-01-") and (shown["name"], shown["user"]) == ("发票 2026.csv", "sub11")
    assert before <= shown["started_at_us"] <= shown["finished_at_us"]
    assert trading.begin("app").startswith("I-00-")


def test_an_import_that_has_ended(trading, row):
    """No row comes after the end; to end it once more changes nothing."""
    import_id = trading.take([row]).id
    client = trading.connect("sub11")
    assert client.call("trade_import_chunk", **{"import": import_id, "rows": [row]}).reason == "IMPORT_FINISHED"
    before = client.do("trade_import_show", **{"import": import_id})
    assert client.do("trade_import_finish", **{"import": import_id}) == before
    assert client.do("trade_import_show", **{"import": import_id}) == before


@pytest.mark.parametrize("method", ["trade_import_chunk", "trade_import_finish", "trade_import_show"])
def test_an_import_that_is_not_there(trading, row, method):
    import_id = trading.begin()
    for login, asked in (("sub11", "I-01-999999"), ("sub11", "I-09-1"), ("sub11", "C-01-1"), ("sub11b", import_id),
                         ("app", import_id), ("sub21", import_id)):
        more = {"rows": [row]} if method == "trade_import_chunk" else {}
        reply = trading.connect(login).call(method, **{"import": asked}, **more)
        assert (reply.reason, reply.field) == ("NOT_FOUND", "import"), (login, asked)


@pytest.mark.parametrize("fields, reason, field", [
    ({"source": b"short"}, "FIELD_INVALID", "source"), ({"source": None}, "FIELD_INVALID", "source"),
    ({"name": None}, "FIELD_REQUIRED", "name"), ({"name": LONG}, "FIELD_TOO_LONG", "name")])
def test_fields_of_a_beginning(trading, fields, reason, field):
    reply = refused(lambda: trading.begin(**fields))
    assert (reply.reason, reply.field) == (reason, field)


@pytest.mark.parametrize("count, reason", [(0, {"FIELD_REQUIRED"}), (257, {"LIMIT_EXCEEDED"})])
def test_bounds_of_a_chunk(trading, row, count, reason):
    import_id = trading.begin()
    reply = refused(lambda: trading.chunk(import_id, [{**row, "document": f"{row['document']}-{n}"}
                                                      for n in range(count)]))
    assert reply.reason in reason and reply.field == "rows"
    full = [{**row, "document": f"{row['document']}-{n}"} for n in range(256)]
    assert trading.chunk(import_id, full)["added"] == 256
    assert trading.finish(import_id)["added"] == 256


RIGHTS = {"sub11": None, "clerk11": None, "sync11": None, "app": None, "appclerk": None, "ver1": "ROLE_MISSING",
          "aud": "ROLE_MISSING", "cmo": "ROLE_MISSING", "maker": "ROLE_MISSING",
          "admin": "ADMINISTRATOR_ONLY_UNITS_AND_USERS", "admaud": "ROLE_MISSING"}


@pytest.mark.parametrize("login", RIGHTS)
def test_who_may_import(trading, row, login):
    client, expected = trading.connect(login), RIGHTS[login]
    begun = client.call("trade_import_begin", source=os.urandom(32), name="x")
    dry = client.call("trade_import_chunk", dry_run=True, rows=[row])
    if login == "admaud":
        assert {begun.reason, dry.reason} <= {"ROLE_MISSING", "ADMINISTRATOR_ONLY_UNITS_AND_USERS"}
        return
    assert (begun.reason, dry.reason) == (expected, expected)
    if expected is None:
        shown = trading.take([row], login)
        assert shown.counts("added", "refused") == (1, 0)


def test_a_clerk_sees_no_amounts(trading, number, row):
    trading.take([row], "clerk11")
    credit = {"amount_minor", "currency", "settled_on", "fulfilled"}
    shown = trading.trades(number, "clerk11")[row["document"]]
    assert not credit & shown.keys() and credit <= trading.trades(number, "sub11")[row["document"]].keys()
    for login, seen in (("clerk11", set()), ("sub11", credit)):
        told = trading.connect(login).do("trade_show", customer=number, document=row["document"], purpose="t")
        assert credit & told["trade"].keys() == seen
    for login in ("sub12", "ver2"):
        assert trading.connect(login).call("trade_list", customer=number, purpose="t").reason == "NOT_FOUND"


# ---- dry runs ----

def test_a_dry_run_has_every_rule_and_no_effect(trading, pg, number, row):
    new = {**row, "customer": f"N-{row['document']}", "document": trading.document()}
    rows = [row, {**row, "amount_minor": 5}, {**row, "document": trading.document(), "due_on": "2024-13-01"}, new, row,
            {**row, "document": trading.document(), "branch": "B12"}]
    before = dump.everything(pg.owner)
    told = trading.connect("app").do("trade_import_chunk", dry_run=True, create_customers=True, rows=rows)
    assert dump.everything(pg.owner) == before
    taken = trading.take(rows, "app", create_customers=True)
    assert {n: r["reason"] for n, r in taken.refused.items()} == {
        r.get("row", 0): r["reason"] for r in told["refused"]} == {
            1: "document_twice", 2: "field_invalid", 5: "customer_elsewhere"}
    assert taken.counts("added", "customers_added") == (told["added"], told["customers_added"]) == (2, 1)
    before = dump.everything(pg.owner)
    settle = {**row, "amount_minor": 7}
    told = trading.connect("app").do("trade_import_chunk", dry_run=True, rows=[row, {**settle}])
    assert dump.everything(pg.owner) == before
    assert told.get("unchanged", 0) == 1
    assert trading.trades(number)[row["document"]]["amount_minor"] == row["amount_minor"]


# ---- an import that nobody ends ----

def test_an_import_that_was_left_ends_by_itself(apart):
    trading = apart(POLICY)
    today = trading.today()
    number, import_id = trading.customer("red"), trading.begin()
    late = trading.missed(2, 1_000_00, today - 60 * DAY, today - 30 * DAY)
    trading.chunk(import_id, [row_of(number, t) for t in late])
    trading.advance_to(instant(today + 2 * DAY))
    client = trading.connect("sub11")

    def ended():
        return client.do("trade_import_show", **{"import": import_id})["import"].get("finished_at_us")
    wait_until(ended, 60, "the end of the import")
    trading.settled()
    assert trading.in_force(number) == standing.ORDINARY
    reply = client.call("trade_import_chunk", **{"import": import_id, "rows": [row_of(number, late[0])]})
    assert reply.reason == "IMPORT_FINISHED"


def test_settlement_and_cancellation_go_with_the_reference(trading):
    """A portfolio taken in two files, the second of which settles, corrects and cancels: all numbers as computed."""
    rows = portfolio(trading, "PE", SEED + 3)
    trading.take([{**row, "settled_on": None} for _, row in rows])
    trading.take([{**row, "cancelled": n % 9 == 0 or None} for n, (_, row) in enumerate(rows)])
    for number in {row["customer"] for _, row in rows}:
        trades = [trade_of(t) for t in trading.trades(number).values()]
        shown = trading.show(number)["explanation"]
        counted = standing.sums(POLICY, trades, trading.today())
        assert (shown.get("volume_minor", 0), shown.get("due", 0), shown.get("fulfilled", 0)) == (
            counted.volume, counted.due, counted.fulfilled)
