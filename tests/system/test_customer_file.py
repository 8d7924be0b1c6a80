"""The customer's file: edited by its branch, moved to another one by HQ, and its history; nothing of it changes the
standing, and what a branch no longer looks after it no longer sees."""
import pytest

from harness import dump, ledger
from harness.process import wait_until
from harness.standing import DAY, ORDINARY, Policy
from harness.trading import row_of

POLICY = Policy()
LONG = "长" * 201


@pytest.fixture
def number(trading):
    """A key account of B11 with a trade."""
    value, today = trading.customer("red"), trading.today()
    trading.give(value, *trading.kept(1, 2_000_00, today - 60 * DAY, today - 30 * DAY))
    return value


def move(trading, number, branch="B12", login="app", **more):
    return trading.connect(login).call("customer_move", customer=number, branch=branch,
                                       **{"reason": "the office has moved", **more})


# ---- edit ----

def test_a_name_and_a_stage_are_edited(trading, number):
    version = trading.show(number)["customer"]["version"]
    client = trading.connect("sub11")
    told = client.do("customer_edit", customer=number, name="新名称有限公司", if_version=version)["customer"]
    assert (told["name"], told["stage"], told["version"]) == ("新名称有限公司", "existing", version + 1)
    told = client.do("customer_edit", customer=number, stage="new")["customer"]
    assert (told["name"], told["stage"], told["version"]) == ("新名称有限公司", "new", version + 2)
    events = trading.events(number, "customer_edited")
    assert [e["actor"] for e in events] == ["sub11", "sub11"]
    assert "新名称有限公司" in str(events[0]["payload"]) and "new" in str(events[1]["payload"])
    assert trading.in_force(number) == ("key", "red")


@pytest.mark.parametrize("fields, reason, field", [
    ({}, "NOTHING_TO_CHANGE", None), ({"stage": "existing"}, "NOTHING_TO_CHANGE", None),
    ({"name": LONG}, "FIELD_TOO_LONG", "name"), ({"name": " "}, "NOTHING_TO_CHANGE", None),
    ({"name": "x", "if_version": 77}, "STALE_VERSION", None)])
def test_an_edit_that_is_refused(trading, number, fields, reason, field):
    reply = trading.connect("sub11").call("customer_edit", customer=number, **fields)
    assert reply.reason == reason and field in (None, reply.field)
    assert not trading.events(number, "customer_edited")


EDITORS = {"sub11": None, "clerk11": None, "app": None, "ver1": "ROLE_MISSING", "aud": "ROLE_MISSING",
           "sync11": "ROLE_MISSING", "sub12": "NOT_FOUND", "sub21": "NOT_FOUND",
           "admin": "ADMINISTRATOR_ONLY_UNITS_AND_USERS"}


@pytest.mark.parametrize("login", EDITORS)
def test_who_may_edit(trading, number, login):
    reply = trading.connect(login).call("customer_edit", customer=number, name=f"by {login}")
    assert reply.reason == EDITORS[login]
    assert bool(trading.events(number, "customer_edited")) == (EDITORS[login] is None)


# ---- move ----

def test_a_customer_is_moved_and_keeps_its_home(trading, number):
    before = trading.show(number)["customer"]
    told = move(trading, number).body["customer"]
    assert (told["branch"], told["region"], told["id"], told["version"]) == ("B12", "R1", before["id"],
                                                                            before["version"] + 1)
    event, = trading.events(number, "customer_moved")
    assert event["payload"]["reason"] == "the office has moved" and "B12" in str(event["payload"])
    assert trading.connect("sub11").call("customer_show", customer=number, purpose="t").reason == "NOT_FOUND"
    assert trading.show(number, "sub12")["customer"]["branch"] == "B12"
    assert trading.in_force(number) == ("key", "red")


def test_trades_follow_a_customer_to_another_region(trading, number):
    """The home stays, and with it the trades; who looks after them is another one."""
    row = row_of(number, trading.kept(1, 1_00, trading.today(), trading.today())[0])
    assert move(trading, number, "B21").ok
    shown = trading.show(number, "sub21")["customer"]
    assert shown["id"].startswith("C-01-") and shown["region"] == "R2"
    taken = trading.take([row], "app")
    assert taken.refused[0]["reason"] == "customer_elsewhere"
    assert len(trading.trades(number, "sub21")) == 1
    assert trading.connect("ver1").call("trade_list", customer=shown["id"], purpose="t").reason == "NOT_FOUND"


def test_a_criterion_goes_along_to_the_other_branch(trading):
    number, today = trading.customer("black"), trading.today()
    trading.give(number, *trading.kept(1, 2_000_00, today - 60 * DAY, today - 30 * DAY))
    assert number in trading.criteria("sub11")
    assert move(trading, number).ok
    assert number in trading.criteria("sub12") and number not in trading.criteria("sub11")


def test_a_timer_goes_by_the_new_zone(apart):
    """After a move the day begins with that of the new branch."""
    trading = apart(POLICY)
    number, today = trading.customer("red"), trading.today()
    trading.give(number, *trading.missed(1, 2_000_00, today - DAY, today + DAY))
    assert move(trading, number, "B21").ok
    trading.go_to(today + 2 * DAY, hour=8)
    assert trading.in_force(number) == ("key", "red"), "in New York it is still the due date"
    trading.go_to(today + 2 * DAY, hour=20)
    wait_until(lambda: trading.in_force(number) == ORDINARY, 10, "the demotion")


@pytest.mark.parametrize("fields, reason, field", [
    ({"branch": "B99"}, "NOT_FOUND", "branch"), ({"branch": "R1"}, "FIELD_INVALID", "branch"),
    ({"branch": None}, "FIELD_REQUIRED", "branch"), ({"branch": "B11"}, "NOTHING_TO_CHANGE", None),
    ({"reason": None}, "REASON_REQUIRED", "reason"), ({"reason": "长" * 2001}, "FIELD_TOO_LONG", "reason"),
    ({"if_version": 77}, "STALE_VERSION", None)])
def test_a_move_that_is_refused(trading, number, fields, reason, field):
    reply = move(trading, number, **fields)
    assert reply.reason == reason and field in (None, reply.field)
    assert trading.show(number)["customer"]["branch"] == "B11"


def test_an_open_application_goes_along(trading, number):
    application = trading.apply(number, "green")
    assert move(trading, number).ok
    assert trading.connect("sub11").call("application_withdraw", application=application["id"]).reason == "NOT_FOUND"
    trading.connect("sub12").do("application_withdraw", application=application["id"])


MOVERS = {"app": None, "appb": None, "appclerk": "LEVEL_TOO_LOW", "sub11": "ROLE_MISSING", "ver1": "ROLE_MISSING",
          "cmo": "ROLE_MISSING", "admin": "ADMINISTRATOR_ONLY_UNITS_AND_USERS"}


@pytest.mark.parametrize("login", MOVERS)
def test_who_may_move(trading, number, login):
    assert move(trading, number, login=login).reason == MOVERS[login]


# ---- history ----

def test_the_history_is_the_chain(trading, number, pg):
    trading.connect("sub11").do("customer_edit", customer=number, name="x")
    move(trading, number)
    events = trading.events(number)
    assert [e["kind"] for e in events] == ["customer_added", "standing_changed", "trades_imported", "customer_edited",
                                           "customer_moved"]
    home, customer = dump.customer_of(pg.owner, number)
    held = sorted(dump.take(pg.owner, (home, customer))["events"], key=lambda e: e["seq"])
    assert [(e["seq"], e["at_us"]) for e in events] == [(e["seq"], e["at"]) for e in held]
    assert [e["command_id"].replace("-", "") for e in events] == [e["command"].hex() for e in held]
    raw = trading.connect("aud").do("customer_history", customer=number, purpose="t")["events"]
    assert [e["payload"] for e in raw] == [e["payload"] for e in held], "the bytes that are hashed"


def test_in_the_end_all_is_whole(trading, pg):
    trading.settled()
    assert dump.integrity(pg.owner) == []
    assert ledger.faults(dump.take(pg.owner)) == []
