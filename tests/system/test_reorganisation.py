"""Units that move, split, are merged and closed while cases run: cases, tasks and delegations follow by rule, nothing is
stuck, and what was written before stays as it is."""
import contextlib

import pytest

from harness import chain, dump, held
from harness.cli import Cli
from harness.creditproto import method_number
from harness.process import wait_until
from harness.standing import DAY, ORDINARY, Policy
from harness.trading import civil, instant, period_end, refused, row_of
from test_audit import first_fault
from test_delegation import explained, grant, inbox, step, submit
from test_inbox_watch import Watcher

POLICY = Policy()
OPEN = ("submitted", "returned", "verified", "approved")
ZONES = {"B11": "Asia/Shanghai", "B12": "Asia/Tokyo", "B21": "America/New_York", "R1": "Asia/Shanghai",
         "R2": "America/New_York", "HQ": "Asia/Shanghai"}
REGION = {"B11": "R1", "B12": "R1", "B21": "R2"}
SUBMITTER = {"B11": "sub11", "B12": "sub12", "B21": "sub21"}
VERIFIER = {"R1": "ver1", "R2": "ver2"}


def move(trading, customer, branch, login="app", reason="the office has moved"):
    return trading.connect(login).do("customer_move", customer=customer, branch=branch, reason=reason)["customer"]


def org(trading, name, /, **fields):
    trading.connect("admin").do(name, **fields)


def merge(trading, code, into):
    org(trading, "unit_merge", code=code, into=into, reason="one office")


def shown(trading, case, login="aud"):
    return trading.connect(login).do("application_show", application=case["id"], purpose="t")["application"]


def sees(trading, case, login):
    return trading.connect(login).call("application_show", application=case["id"], purpose="t").reason != "NOT_FOUND"


def finish(trading, case, submitter, verifier, approver="app"):
    """The rest of the way, by these people; gives the last state."""
    while (now := shown(trading, case))["state"] in OPEN:
        name, login = {"submitted": ("verify", verifier), "returned": ("resubmit", submitter),
                       "verified": ("approve", approver), "approved": ("record", submitter)}[now["state"]]
        step(trading, case, name, login)
    return now["state"]


def moves(trading, case):
    """The moves of a case in its history."""
    told = trading.connect("aud").do("application_history", application=case["id"], purpose="t")["entries"]
    return [(e["actor"], e["from_branch"], e["to_branch"], e.get("text")) for e in told if e["kind"] == "case_moved"]


def history(trading):
    """Every event as it stands in the database."""
    return {(e["home"], e["customer"], e["seq"]): tuple(sorted((k, repr(v)) for k, v in e.items()))
            for e in dump.take(trading.owner)["events"]}


def kept(before, after):
    """What was there is there, byte for byte."""
    return before.items() <= after.items()


def verified(trading):
    """No chain is broken, by the server's walk and by ours."""
    found = chain.chains(dump.take(trading.owner)["events"])
    return first_fault(trading.connect("aud")) is None and not any(chain.first_fault(events) for events in found.values())


# ---- a case follows its customer ----

@pytest.mark.parametrize("branch", ["B12", "B21"])
@pytest.mark.parametrize("state", OPEN)
def test_a_case_goes_along_and_is_finished_there(trading, state, branch):
    case = trading.bring(submit(trading), state)
    before, past = shown(trading, case), history(trading)
    told = move(trading, case["customer_id"], branch)
    assert (told["branch"], told["region"]) == (branch, REGION[branch])
    after = shown(trading, case)
    anew = after["turn_unit"] != before["turn_unit"]
    assert anew == (state in ("returned", "approved") or (state == "submitted" and branch == "B21"))
    assert {k: after[k] for k in ("state", "version", "complete_by_us")} == \
        {k: before[k] for k in ("state", "version", "complete_by_us")}
    days = {"submitted": 3, "returned": 2}.get(state)
    due = period_end(ZONES[after["turn_unit"]], trading.now(), days) if anew and days else before["due_at_us"]
    assert after["due_at_us"] == due
    assert not sees(trading, case, "sub11") and sees(trading, case, SUBMITTER[branch])
    assert (sees(trading, case, "ver1"), sees(trading, case, "ver2")) == (branch == "B12", branch == "B21")
    assert explained(trading, case)["holders"], "somebody can act on it"
    assert moves(trading, case) == [("app", "B11", branch, "the office has moved")]
    assert finish(trading, case, SUBMITTER[branch], VERIFIER[REGION[branch]]) == "recorded"
    assert kept(past, history(trading))


def test_what_a_turn_had_ends_with_it(trading):
    case = submit(trading)
    client = trading.connect("ver1")
    client.do("application_claim", application=case["id"])
    trading.connect("sub11").do("application_urge", application=case["id"])
    move(trading, case["customer_id"], "B12")
    assert shown(trading, case)["claimed_by"] == "ver1", "it is still the turn of R1"
    move(trading, case["customer_id"], "B21")
    after = shown(trading, case)
    assert "claimed_by" not in after and "urged_by" not in after and after["turn_unit"] == "R2"
    assert case["id"] in inbox(trading, "ver2") and case["id"] not in inbox(trading, "ver1")
    move(trading, case["customer_id"], "B11")
    assert finish(trading, case, "sub11", "ver1") == "recorded"
    assert [m[1:3] for m in moves(trading, case)] == [("B11", "B12"), ("B12", "B21"), ("B21", "B11")]


def test_hands_go_along(trading):
    """Whoever entered or verified a case does not judge it, wherever it goes and he goes."""
    case = trading.bring(submit(trading), "verified")
    move(trading, case["customer_id"], "B21")
    back = step(trading, case, "return", "app")
    assert back["turn_unit"] == "B21"
    step(trading, case, "resubmit", "sub21")
    assert not sees(trading, case, "ver1")
    assert finish(trading, case, "sub21", "ver2") == "recorded"


def test_a_move_with_a_case_that_is_refused(trading):
    case = submit(trading)
    reply = trading.connect("app").call("customer_move", customer=case["customer_id"], branch="B12", reason=" ")
    assert (reply.reason, reply.field) == ("REASON_REQUIRED", "reason")
    reply = trading.connect("app").call("customer_move", customer=case["customer_id"], branch="B12", reason="r", if_version=1)
    assert reply.reason == "STALE_VERSION"
    assert shown(trading, case)["version"] == case["version"] and sees(trading, case, "sub11")


@pytest.fixture
def watching(server, tokens):
    """watching(*logins): each on a new connection, watching from now on."""
    clients = []

    def start(*logins):
        clients.extend(server.client(tokens[login]) for login in logins)
        watchers = dict(zip(logins, map(Watcher, clients[-len(logins):])))
        for watcher in watchers.values():
            watcher.ask()
        return watchers
    yield start
    for client in clients:
        client.close()


@pytest.mark.parametrize("state, branch, gone, come", [
    ("submitted", "B21", "ver1", "ver2"), ("returned", "B12", "sub11", "sub12"), ("approved", "B21", "sub11", "sub21")])
def test_a_watch_sees_it_go_and_come(trading, watching, state, branch, gone, come):
    case = trading.bring(submit(trading), state)
    watchers = watching(gone, come, "clerk11", "sub12", "ver2")
    move(trading, case["customer_id"], branch)
    assert watchers[gone].hint() == watchers[come].hint() == method_number("inbox_watch")
    (left,), reread = watchers[gone].ask()
    assert (left["application_id"], left["kind"], left.get("on_desk", False), reread) == (case["id"], "case_moved", False, False)
    assert "application" not in left, "it is not his to see any more"
    (came,), _ = watchers[come].ask()
    assert (came["kind"], came["on_desk"], came["application"]["id"]) == ("case_moved", True, case["id"])
    others = {login: watchers[login].changes() for login in {"sub12", "ver2"} - {gone, come}}
    assert others == dict.fromkeys(others, []), "whom it does not concern sees nothing"


def test_a_watch_sees_what_stays_on_the_desk(trading, watching):
    case = submit(trading)
    watchers = watching("ver1", "app")
    move(trading, case["customer_id"], "B12")
    assert watchers["ver1"].changes() == [(case["id"], "case_moved", True)]
    assert watchers["app"].changes() == []


def test_tasks_and_criteria_follow(apart):
    trading = apart(POLICY)
    number, today = trading.customer("black"), trading.today()
    trading.give(number, *trading.kept(1, 2_000_00, today - 60 * DAY, today - 30 * DAY))

    def tasks(login):
        listed = trading.connect(login).do("task_list", purpose="t", limit=1000).get("tasks", [])
        return [t["kind"] for t in listed if t["customer_number"] == number]
    due = trading.criteria("sub11")[number]["due_at_us"]
    assert (before := tasks("sub11"))
    merge(trading, "B11", "B12")
    trading.followed()
    org(trading, "user_grant", login="sub11", unit="B21")
    assert tasks("sub12") == before and tasks("sub11") == []
    assert trading.criteria("sub12")[number]["due_at_us"] == due and number not in trading.criteria("sub11")


# ---- units that move, are merged and closed ----

@pytest.fixture
def demoted_today(apart):
    """A server of its own, and a customer of B11 whom the system has demoted on this day, which is the next one in B21."""
    trading = apart(Policy())
    number, today = trading.customer("red"), trading.begin_day()
    trading.give(number, *trading.missed(4, 2_000_00, today - 60 * DAY, today - 30 * DAY))
    trading.settled()
    assert trading.in_force(number) == ORDINARY and civil(trading.now(), ZONES["B21"]) == today - DAY
    return trading, number, today


def since(trading, number):
    """The standing, and its date in the row and in the history."""
    row = trading.rows("SELECT home_id, customer_id, in_force_since FROM customer WHERE number = %s", number)[0]
    last = trading.rows("SELECT valid_from FROM standing_history WHERE home_id = %s AND customer_id = %s"
                        " ORDER BY seq DESC LIMIT 1", *row[:2])[0]
    assert last[0] == row[2] and trading.rows("SELECT * FROM integrity_violation") == []
    return trading.in_force(number), row[2]


def test_an_override_ends_where_it_is_still_the_day_before(demoted_today):
    trading, number, today = demoted_today
    hq = trading.connect("appb")
    hq.do("customer_override", customer=number, grade="yellow", until=(today + 3 * DAY).isoformat(), reason="r")
    move(trading, number, "B21")
    trading.settled()
    hq.do("customer_override", customer=number, end=True, reason="r")
    trading.settled()
    assert since(trading, number) == (ORDINARY, today), "the demotion holds since that date"


def test_authority_acts_where_it_is_still_the_day_before(demoted_today):
    trading, number, today = demoted_today
    move(trading, number, "B21")
    hq = trading.connect("appb")
    hq.do("customer_emergency", customer=number, grade="yellow", minutes=30, reason="r")
    assert since(trading, number) == (("key", "yellow"), today)
    hq.do("customer_override", customer=number, end=True, reason="r")
    trading.settled()
    assert since(trading, number) == (ORDINARY, today)
    hq.do("customer_override", customer=number, grade="red", until=(today - DAY).isoformat(), reason="r")
    assert since(trading, number) == (("key", "red"), today)
    trading.advance_to(instant(today, ZONES["B21"]))
    trading.settled()
    assert since(trading, number) == (ORDINARY, today)


def test_a_grade_is_recorded_where_it_is_still_the_day_before(demoted_today):
    trading, number, today = demoted_today
    move(trading, number, "B21")
    case = trading.apply(number, "red", login="sub21")
    assert finish(trading, case, "sub21", "ver2") == "recorded"
    trading.settled()
    assert since(trading, number)[1] == today


def test_a_branch_goes_to_another_region_with_all_its_customers(apart):
    trading = apart(POLICY)
    client = trading.connect("app")
    posted = [client.post("customer_add", number=f"M-{n:04}", name="M", branch="B12", stage="existing", opening_grade="red")
              for n in range(320)]
    assert all(client.wait(p).ok for p in posted)
    sub = trading.connect("sub12")
    posted = [sub.post("application_submit", customer=f"M-{n:04}", to_grade="green", reason="r") for n in range(40)]
    cases = [sub.wait(p).body["application"] for p in posted]
    for n, state in enumerate(OPEN * 2):
        cases[n] = bring(trading, cases[n], state, "sub12", "ver1")
    past, before = history(trading), {c["id"]: shown(trading, c) for c in cases}
    org(trading, "unit_move", code="B12", parent="R2")
    trading.followed()
    assert kept(past, history(trading)) and verified(trading)
    for case in cases[:8]:
        after = shown(trading, case)
        assert after["region"] == "R2" and after["turn_unit"] in ("R2", "B12", "HQ")
        same = before[case["id"]]["turn_unit"] == after["turn_unit"]
        assert (after["due_at_us"] == before[case["id"]]["due_at_us"]) or not same
        assert not sees(trading, case, "ver1") and sees(trading, case, "ver2") and sees(trading, case, "sub12")
        assert moves(trading, case) == [("system", "B12", "B12", None)]
        assert finish(trading, case, "sub12", "ver2") == "recorded"
    moved = trading.events("M-0300", "customer_moved")
    assert [(e["actor"], e["payload"]["from_region"], e["payload"]["to_region"]) for e in moved] == [("system", "R1", "R2")]
    org(trading, "unit_move", code="B12", parent="R1")
    trading.followed()
    assert shown(trading, cases[9])["turn_unit"] == "R1"
    assert finish(trading, cases[9], "sub12", "ver1") == "recorded"


def test_a_substitute_above_the_branch_is_none_when_it_goes(apart):
    """What a substitute must be holds at the use: ver1 is above B12 only as long as it is below R1."""
    trading = apart(POLICY)
    case = step(trading, submit_of(trading, "K12-02"), "return", "ver1b")
    grant(trading, "sub12", "ver1")
    assert inbox(trading, "ver1")[case["id"]] == "sub12"
    org(trading, "unit_move", code="B12", parent="R2")
    trading.followed()
    reply = trading.connect("ver1").call("application_resubmit", application=case["id"], acting_for="sub12")
    assert reply.reason == "NOT_DELEGATED" and case["id"] not in inbox(trading, "ver1")
    org(trading, "unit_merge", code="R1", into="R2", reason="r")
    trading.followed()
    assert inbox(trading, "ver1")[case["id"]] == "sub12", "he is above it again"
    assert step(trading, case, "resubmit", "ver1", acting_for="sub12")["state"] == "submitted"
    assert refused(lambda: step(trading, case, "verify", "ver1")).reason == "OWN_CASE"
    assert finish(trading, case, "sub12", "ver2") == "recorded"


def bring(trading, case, state, submitter, verifier):
    """As Trading.bring, by these people."""
    if state == "returned":
        step(trading, case, "return", verifier)
    if state in ("verified", "approved"):
        step(trading, case, "verify", verifier)
    if state == "approved":
        step(trading, case, "approve", "app")
    return shown(trading, case)


def unit(trading, code):
    return next(u for u in trading.connect("aud").do("unit_list")["units"] if u["code"] == code)


def people_of(trading, code):
    listed = trading.connect("admin").do("user_list", unit=code).get("users", [])
    return {u["login"] for u in listed if u["unit"] == code}


def test_a_branch_is_merged_into_one_of_another_region(apart):
    trading = apart(POLICY)
    cases = {state: trading.bring(submit(trading), state) for state in OPEN}
    org(trading, "user_disable", login="clerk11")
    given = grant(trading, "sub11", "sub11b")
    past = history(trading)
    merge(trading, "B11", "B21")
    assert unit(trading, "B11")["closed"] and unit(trading, "B11")["merged_into"] == "B21"
    assert people_of(trading, "B21") == {"sub11", "sub11b", "clerk11", "sync11", "sub21"} and not people_of(trading, "B11")
    trading.followed()
    assert kept(past, history(trading)) and verified(trading)
    for state, case in cases.items():
        assert moves(trading, case) == [("system", "B11", "B21", None)], state
        assert sees(trading, case, "sub11") and not sees(trading, case, "ver1") and not sees(trading, case, "sub12")
        assert explained(trading, case)["holders"]
    step(trading, cases["returned"], "resubmit", "sub11b", acting_for="sub11")
    for case in cases.values():
        assert finish(trading, case, "sub21", "ver2") == "recorded"
    assert trading.connect("sub11").call("delegation_revoke", id=given).ok
    customer = trading.customer("red", branch="B21")
    assert trading.connect("sub11").call("application_submit", customer=customer, to_grade="green", reason="r").ok


def test_a_region_is_merged(apart):
    trading = apart(POLICY)
    cases = {state: trading.bring(submit(trading), state) for state in OPEN}
    merge(trading, "R1", "R2")
    assert {code: unit(trading, code)["parent"] for code in ("B11", "B12")} == {"B11": "R2", "B12": "R2"}
    assert {"ver1", "ver1b", "verclerk1", "aud1", "ver2"} == people_of(trading, "R2")
    (told,), = trading.rows("SELECT payload FROM event WHERE kind = 65")
    assert (told["code"], told["into"], told["reason"]) == ("R1", "R2", "one office")
    assert set(told["users"]) == {"ver1", "ver1b", "verclerk1", "aud1"} and set(told["units"]) == {"B11", "B12"}
    trading.followed()
    assert shown(trading, cases["submitted"])["turn_unit"] == "R2"
    assert sees(trading, cases["submitted"], "ver1"), "he belongs to R2 now"
    assert moves(trading, cases["submitted"]) == [("system", "B11", "B11", None)]
    for case in cases.values():
        assert finish(trading, case, "sub11", "ver2") == "recorded"
    assert trading.show("K11-01")["customer"]["id"].startswith("C-01-"), "the home stays"
    assert trading.show("K11-01")["customer"]["region"] == "R2"
    number = trading.customer("red")
    assert trading.show(number)["customer"]["id"].startswith("C-02-"), "a new file is opened where the branch stands"
    assert verified(trading)


def test_merged_again_before_its_customers_have_followed(apart):
    trading = apart(POLICY)
    case = submit(trading)
    with held.locked(trading.owner, "customer", "EXCLUSIVE"):
        merge(trading, "B11", "B12")
        merge(trading, "B12", "B21")
        refusal = trading.connect("admin").call("unit_close", code="B21")
        assert (refusal.reason, refusal.arguments["what"]) == ("UNIT_NOT_EMPTY", "users")
    trading.followed()
    assert shown(trading, case)["branch"] == "B21" and finish(trading, case, "sub12", "ver2") == "recorded"
    assert {m[1:3] for m in moves(trading, case)} <= {("B11", "B12"), ("B12", "B21"), ("B11", "B21")}


def test_no_unit_is_closed_with_customers_on_the_way_to_it(apart):
    trading = apart(POLICY)
    org(trading, "unit_create", code="B13", name="B13", level="branch", parent="R1")
    with held.locked(trading.owner, "customer", "EXCLUSIVE"):
        merge(trading, "B21", "B13")
        for login in people_of(trading, "B13"):
            org(trading, "user_grant", login=login, unit="B12")
        refusal = trading.connect("admin").call("unit_close", code="B13")
    assert (refusal.reason, refusal.arguments["what"]) == ("UNIT_NOT_EMPTY", "customers")
    trading.followed()
    assert trading.connect("admin").call("unit_close", code="B13").reason == "UNIT_NOT_EMPTY"


@pytest.mark.parametrize("fields, reason, field", [
    ({"code": "HQ", "into": "R1"}, "UNIT_NOT_EMPTY", "code"), ({"code": "B11", "into": "B11"}, "FIELD_INVALID", "into"),
    ({"code": "B11", "into": "R2"}, "LEVELS_DIFFER", "into"), ({"code": "R1", "into": "HQ"}, "LEVELS_DIFFER", "into"),
    ({"code": "B99", "into": "B11"}, "NOT_FOUND", "code"), ({"code": "B11", "into": "B99"}, "NOT_FOUND", "into"),
    ({"code": "B11"}, "FIELD_REQUIRED", "into"), ({"code": "B11", "into": "B12", "reason": " "}, "REASON_REQUIRED", "reason"),
    ({"code": "B11", "into": "B12", "reason": "x" * 2001}, "FIELD_TOO_LONG", "reason"),
    ({"code": "BC", "into": "B12"}, "UNIT_CLOSED", "code"), ({"code": "B11", "into": "BC"}, "UNIT_CLOSED", "into")])
def test_a_merger_that_is_refused(trading, fields, reason, field):
    if "BC" in fields.values() and not any(u["code"] == "BC" for u in trading.connect("aud").do("unit_list")["units"]):
        org(trading, "unit_create", code="BC", name="B", level="branch", parent="R1")
        org(trading, "unit_close", code="BC")
    reply = trading.connect("admin").call("unit_merge", **{"reason": "r", **fields})
    assert (reply.reason, reply.field) == (reason, field)
    if reason == "LEVELS_DIFFER":
        level, other = ("branch", "region") if fields["code"] == "B11" else ("region", "hq")
        assert reply.arguments == {"level": level, "other": other, "into": fields["into"]}


@contextlib.contextmanager
def not_yet_followed(trading, *numbers):
    """These customers cannot follow their branch until the block ends; others can be added."""
    trading.owner.autocommit = False
    with trading.owner.cursor() as cursor:
        cursor.execute("SELECT FROM creditd.customer WHERE number = ANY (%s) FOR UPDATE", (list(numbers),))
    try:
        yield
    finally:
        trading.owner.rollback()
        trading.owner.autocommit = True


@pytest.mark.parametrize("name, fields, branch", [("unit_move", {"code": "B12", "parent": "R2"}, "B12"),
                                                  ("unit_merge", {"code": "B12", "into": "B21", "reason": "r"}, "B21")])
def test_no_file_is_opened_twice_while_customers_follow(apart, name, fields, branch):
    """The number of a customer who is about to come is taken."""
    trading = apart(POLICY)
    with not_yet_followed(trading, "K12-01"):
        org(trading, name, **fields)
        added = trading.connect("app").call("customer_add", number="K12-01", name="other", branch=branch)
        assert added.reason == "ALREADY_EXISTS"
    trading.followed()
    assert trading.show("K12-01")["customer"]["region"] == "R2"


def test_an_import_finds_whoever_is_about_to_follow(apart):
    trading = apart(POLICY)
    today = trading.today()
    org(trading, "unit_move", code="B12", parent="R2")
    trading.followed()
    with trading.owner.cursor() as cursor:  # as it was before it followed; the next change of the organisation lets it
        cursor.execute("UPDATE creditd.customer SET region_id = (SELECT unit_id FROM creditd.unit WHERE code = 'R1') "
                       "WHERE number = 'K12-01'")
    taken = trading.take([row_of("K12-01", trading.kept(1, 100, today, today)[0], "B12")], "app", create_customers=True)
    assert taken.refused == {} and taken.counts("added", "customers_added") == (1, 0)
    org(trading, "unit_edit", code="B12", name="another name")
    trading.followed()
    assert trading.rows("SELECT count(*) FROM customer WHERE number = 'K12-01'") == [(1,)]


# ---- people ----

def test_people_who_go_keep_nothing_of_the_old_desk(apart):
    """A clock that runs, a claim and a delegation of who goes to another unit."""
    trading = apart(POLICY)
    case, back = submit(trading), trading.bring(submit(trading), "returned")
    trading.connect("ver1").do("application_claim", application=case["id"])
    trading.connect("sub11").do("application_claim", application=back["id"])
    grant(trading, "sub11", "sub11b")
    org(trading, "user_grant", login="ver1", unit="R2")
    org(trading, "user_grant", login="sub11", unit="B12")
    assert not sees(trading, case, "ver1") and not sees(trading, back, "sub11")
    assert case["id"] not in inbox(trading, "ver1") and back["id"] not in inbox(trading, "sub11")
    assert case["id"] in inbox(trading, "ver1b") and inbox(trading, "sub11b").get(back["id"], "no") is None
    assert explained(trading, case)["holders"] == ["ver1b"] and explained(trading, back)["holders"] == ["sub11b"]
    reply = trading.connect("sub11b").call("application_resubmit", application=back["id"], acting_for="sub11")
    assert reply.reason == "NOT_DELEGATED", "a substitute is of the same unit or of one above it"
    assert finish(trading, back, "sub11b", "ver1b") == finish(trading, case, "sub11b", "ver1b") == "recorded"
    reply = trading.connect("admin").call("user_grant", login="sub11", unit="R1")
    assert reply.reason == "ROLE_NOT_FOR_LEVEL"
    org(trading, "user_grant", login="sub11", unit="R1", grant=["verifier"], revoke=["submitter"])


def test_whoever_has_gone_to_the_region_does_not_verify_what_he_entered(apart):
    trading = apart(POLICY)
    case = submit(trading)
    org(trading, "user_grant", login="sub11", unit="R1", grant=["verifier"], revoke=["submitter"])
    assert refused(lambda: step(trading, case, "verify", "sub11")).reason == "OWN_CASE"


# ---- split ----

def test_a_branch_is_split(apart, tmp_path):
    trading = apart(POLICY)
    cli = Cli(tmp_path, trading.server, trading.tokens)
    case = submit(trading)
    cli("admin", "org", "create", "B13", "--name", "东区", "--level", "branch", "--parent", "R1")
    cli("admin", "user", "grant", "sub11b", "--unit", "B13")
    listed = tmp_path / "customers.txt"
    listed.write_text("K11-03\r\n\n  K11-04 \nK11-99\n", encoding="utf-8")
    done = cli("app", "customer", "move", "K11-01", case["customer_id"], "K11-02", "--file", listed, "--branch", "B13",
               "--reason", "split", code=9)
    assert [(r["customer"], r["outcome"], r.get("reason")) for r in done.json] == [
        ("K11-01", "moved", None), (case["customer_id"], "moved", None), ("K11-02", "moved", None),
        ("K11-03", "moved", None), ("K11-04", "moved", None), ("K11-99", "refused", "NOT_FOUND")]
    assert done.error["reason"] == "CUSTOMERS_REFUSED" and done.json[0]["branch"] == "B13"
    again = cli("app", "customer", "move", "--file", "-", "--branch", "B13", "--reason", "split",
                stdin="K11-01\nK11-05\n")
    assert [r["outcome"] for r in again.json] == ["unchanged", "moved"]
    assert cli("app", "customer", "move", "K11-98", "K11-99", "--branch", "B13", "--reason", "r", code=7).json
    assert cli("app", "customer", "move", "--branch", "B13", "--reason", "r", code=2).error["reason"] == "USAGE"
    assert cli("app", "customer", "move", "K11-01", "K11-02", "--branch", "B13", "--reason", "r", "--if-version", "1",
               code=2).error["reason"] == "USAGE"
    told = cli("aud", "application", "history", case["id"]).json
    assert (told[-1]["kind"], told[-1]["from_branch"], told[-1]["to_branch"], told[-1]["text"]) == \
        ("case_moved", "B11", "B13", "split")
    assert "申请已移交" in cli("aud", "--lang", "zh_CN", "application", "history", case["id"], output="table").stdout
    assert not sees(trading, case, "sub11") and finish(trading, case, "sub11b", "ver1") == "recorded"


def test_many_are_moved_by_one_command(apart, tmp_path):
    trading = apart(POLICY)
    cli = Cli(tmp_path, trading.server, trading.tokens)
    client = trading.connect("app")
    posted = [client.post("customer_add", number=f"N-{n:04}", name="N", branch="B11", stage="existing") for n in range(600)]
    assert all(client.wait(p).ok for p in posted)
    names = "".join(f"N-{n:04}\n" for n in range(600))
    done = cli("app", "customer", "move", "--file", "-", "--branch", "B21", "--reason", "r", stdin=names)
    assert [r["outcome"] for r in done.json] == ["moved"] * 600
    assert trading.rows("SELECT count(*) FROM customer c JOIN unit b ON b.unit_id = c.branch_id "
                        "WHERE b.code = 'B21' AND c.number LIKE 'N-%%'") == [(600,)]


def test_creditctl_merges(apart, tmp_path):
    trading = apart(POLICY)
    cli = Cli(tmp_path, trading.server, trading.tokens)
    assert cli("admin", "org", "merge", "B12", "--into", "B11", "--reason", "one office").json == {"code": "B12"}
    rows = {u["code"]: u for u in cli("aud", "org", "list").json}
    assert (rows["B12"]["closed"], rows["B12"]["merged_into"]) == (True, "B11")
    failed = cli("admin", "org", "merge", "B11", "--into", "R2", "--reason", "r", code=7)
    assert failed.error["reason"] == "LEVELS_DIFFER" and "org list" in failed.error["hint"]
    trading.followed()
    assert trading.show("K12-01")["customer"]["branch"] == "B11"


# ---- servers that end meanwhile ----

def test_another_server_goes_on_where_one_was_killed(apart):
    trading = apart(POLICY)
    client = trading.connect("app")
    posted = [client.post("customer_add", number=f"D-{n:04}", name="D", branch="B12", stage="existing") for n in range(1500)]
    assert all(client.wait(p).ok for p in posted)
    cases = [submit_of(trading, f"D-{n:04}") for n in range(0, 1500, 300)]
    target, killed = "R2", False
    for _ in range(6):
        server = trading.run.start(trading.database, name="killed", clean=False)
        with server.client(trading.tokens["admin"]) as admin:
            trading.run_stopped()
            admin.do("unit_move", code="B12", parent=target)
            killed = wait_until(lambda: trading.unfollowed() < 1200, 30, "some who have followed") and trading.unfollowed() > 0
        trading.run.kill(server)
        trading.run_again()
        trading.followed()
        if killed:
            break
        target = "R1" if target == "R2" else "R2"
    assert killed, "it was never killed in the middle"
    (twice,), = trading.rows("SELECT count(*) FROM (SELECT FROM event WHERE kind = 33 GROUP BY home_id, customer_id, "
                             "payload ->> 'to_region', at HAVING count(*) > 1) x")
    assert twice == 0 and verified(trading)
    region = shown(trading, cases[0])["region"]
    for case in cases:
        assert finish(trading, case, "sub12", VERIFIER[region]) == "recorded"


def submit_of(trading, customer, login="sub12"):
    return trading.connect(login).do("application_submit", customer=customer, to_grade="green", reason="r")["application"]
