"""Criteria for which no application is submitted until their end: noted once, told to the branch's head and the region's, and
listed until one is."""
import pytest

from harness import dump, paths
from harness.cli import Cli
from harness.process import wait_until
from harness.standing import DAY, Policy
from harness.trading import civil, instant
from test_delegation import grant
from test_due import later
from test_inbox_tasks import row, watching  # noqa: F401  a fixture
from test_inbox_watch import Screen
from test_routes import do
from test_standing import rises
from test_timers import copy_rows, former

HEAD, REGION = "sub11b", "ver1b"
NEW_YORK = "America/New_York"


def noted(trading, number):
    return [e["payload"] for e in trading.events(number, "criterion_missed")]


def criteria(trading, login="aud", **fields):
    """{customer: criterion}"""
    told = trading.connect(login).do("criterion_list", purpose="t", limit=1000, **fields)
    return {c["customer_number"]: c for c in told.get("criteria", [])}


def escalated(trading, login):
    return set(criteria(trading, login, escalated=True))


def met(trading):
    """A criterion; its customer and its end."""
    number, _ = rises(trading)
    return number, criteria(trading)[number]["due_at_us"]


def pass_by(trading, due):
    """Its end is past, and the watch has looked."""
    trading.advance_to(due)
    wait_until(lambda: trading.rows("SELECT count(*) FROM customer WHERE criterion_answer = 1 "
                                    "AND criterion_due_at <= business_now()") == [(0,)], 20, "the notes")


def sound(trading):
    assert dump.integrity(trading.owner) == []


def test_one_that_is_never_submitted(apart):
    trading = apart(Policy())
    number, due = met(trading)
    assert criteria(trading, days=3).keys() == {number} and not criteria(trading, days=1)
    trading.advance_to(due - 60_000_000)
    assert not noted(trading, number) and not escalated(trading, HEAD)
    pass_by(trading, due)
    (event,) = noted(trading, number)
    assert event == {"due_before_us": due, "met_on": event["met_on"], "from_grade": "black", "to_grade": "yellow",
                     "branch": "B11", "region": "R1"}
    assert criteria(trading, days=0)[number]["told"] == [HEAD]
    assert escalated(trading, HEAD) == {number}
    assert not any(escalated(trading, login) for login in (REGION, "sub11", "sub12", "cmo", "clerk11"))
    later(trading, 1)
    assert escalated(trading, HEAD) == escalated(trading, REGION) == {number}
    assert not escalated(trading, "ver1") and not escalated(trading, "cmo"), "no head, and two levels above"
    told = trading.connect("clerk11").do("customer_history", customer=number, purpose="t")["events"]
    assert "criterion_missed" not in {e["kind"] for e in told}, "it is credit information that it happened"
    later(trading, 30)
    assert len(noted(trading, number)) == 1
    sound(trading)


def test_a_late_submission_ends_it(apart):
    trading = apart(Policy())
    number, due = met(trading)
    pass_by(trading, due)
    case = trading.apply(number, "yellow")
    assert not escalated(trading, HEAD) and not criteria(trading, days=365)
    do(trading, case, "withdraw", "sub11")
    assert escalated(trading, HEAD) == {number} and len(noted(trading, number)) == 1
    case = trading.apply(number, "yellow")
    do(trading, case, "verify", "ver1", finding="confirmed", opinion="o")
    do(trading, case, "reject", "app", reason="r")
    assert number in criteria(trading) and not escalated(trading, HEAD), "HQ has answered it"
    later(trading, 3)
    assert len(noted(trading, number)) == 1
    sound(trading)


@pytest.mark.parametrize("then, missed", [(None, False), ("withdraw", True), ("reject", False)])
def test_a_submission_in_time(apart, then, missed):
    """What is withdrawn before the end leaves the criterion as it was."""
    trading = apart(Policy())
    number, due = met(trading)
    case = trading.apply(number, "yellow")
    if then == "withdraw":
        do(trading, case, "withdraw", "sub11")
    elif then == "reject":
        do(trading, case, "verify", "ver1", finding="confirmed", opinion="o")
        do(trading, case, "reject", "app", reason="r")
    pass_by(trading, due)
    assert bool(noted(trading, number)) == missed and escalated(trading, HEAD) == ({number} if missed else set())
    if then is None:
        do(trading, case, "withdraw", "sub11")
        later(trading, 1)
        assert not noted(trading, number) and not escalated(trading, HEAD), "it was submitted in time"
    sound(trading)


def test_one_that_has_gone(apart):
    """He meets it no longer; a new one has an end of its own."""
    trading = apart(Policy())
    number, trades = rises(trading)
    due = criteria(trading)[number]["due_at_us"]
    other, due_of_other = met(trading)
    for trade in trades:
        trading.connect("sub11").do("trade_cancel", customer=number, document=trade.document, reason="r")
    trading.settled()
    assert number not in criteria(trading)
    pass_by(trading, max(due, due_of_other))
    assert not noted(trading, number) and noted(trading, other) and escalated(trading, HEAD) == {other}
    sound(trading)


def test_the_branch_of_then_is_named(apart):
    trading = apart(Policy())
    number, due = met(trading)
    trading.connect("app").do("customer_move", customer=number, branch="B21", reason="r")
    pass_by(trading, due)
    assert [(e["branch"], e["region"]) for e in noted(trading, number)] == [("B21", "R2")]
    assert escalated(trading, "sub21") == {number} and not escalated(trading, HEAD)
    trading.connect("app").do("customer_move", customer=number, branch="B11", reason="r")
    assert escalated(trading, HEAD) == {number} and not escalated(trading, "sub21")
    assert len(noted(trading, number)) == 1
    sound(trading)


def test_servers_that_were_away_and_two_of_them(apart):
    trading = apart(Policy())
    numbers = [met(trading)[0] for _ in range(20)]
    trading.run_stopped()
    trading.rows("UPDATE clock SET offset_us = offset_us + 9 * 86400000000 RETURNING 1")
    trading.run_again()
    second = trading.run.start(trading.database)
    wait_until(lambda: all(noted(trading, n) for n in numbers), 30, "the notes")
    trading.run.finish(second)
    assert [len(noted(trading, n)) for n in numbers] == [1] * 20
    sound(trading)


def test_it_comes_to_the_screens_and_goes(apart, tmp_path):
    trading = apart(Policy())
    number, due = met(trading)
    cli = Cli(tmp_path, trading.server, trading.tokens)
    branch, region = Screen(cli, HEAD), Screen(cli, REGION)
    assert [row(item) for item in branch.until("watching")] == [("item", "criterion", number)]
    assert region.until("watching") == []
    pass_by(trading, due)
    later(trading, 1)
    assert row(told := region.line(20)) == ("item", "escalation", number) and set(told["told"]) == {HEAD, REGION}
    assert number in [r.get("customer_number") for r in cli(REGION, "inbox").json]
    shown = [r for r in cli(REGION, "report", "due").json if r["customer_number"] == number]
    assert [(r["kind"], r["overdue"], set(r["told"])) for r in shown] == [("criterion", True, {HEAD, REGION})]
    assert [r["kind"] for r in cli(HEAD, "inbox").json if r["customer_number"] == number] == ["criterion"], "once"
    trading.apply(number, "yellow")
    assert region.line(20)["change"] == "submit", "the case comes to the region"
    assert row(region.line(20)) == ("task_gone", "escalation", number)
    assert row(branch.line(20)) == ("task_gone", "criterion", number)
    branch.end(), region.end()


def test_who_is_hinted(apart, watching):  # noqa: F811
    trading = apart(Policy())
    number, due = met(trading)
    head, other = watching(trading, HEAD), watching(trading, "sub12")
    pass_by(trading, due)
    assert head.hint(20) is not None and "escalations" in head.flags()
    other.flags()
    trading.apply(number, "yellow")
    assert head.hint() is not None and "escalations" in head.flags() and "escalations" not in other.flags()


def test_criteria_of_before(run, apart):
    """A database of the version before: what is past and was never submitted is noted, the rest is not."""
    trading = apart(Policy())
    late, submitted, withdrawn = (met(trading)[0] for _ in range(3))
    trading.apply(submitted, "yellow")
    do(trading, trading.apply(withdrawn, "yellow"), "withdraw", "sub11")
    trading.run_stopped()
    before = former(run, "criteria_before", sorted(p.name for p in paths.MIGRATIONS.glob("*.sql") if p.name < "0015"))
    copy_rows(trading.owner, before)
    with before.cursor() as cursor:
        cursor.execute("UPDATE clock SET offset_us = offset_us + 9 * 86400000000")
    server = run.start("criteria_before")
    try:
        with before.cursor() as cursor:
            def found():
                cursor.execute("SELECT number FROM event JOIN customer USING (home_id, customer_id) WHERE kind = 81")
                return cursor.fetchall()
            assert wait_until(found, 20, "the note") == [(late,)]
            cursor.execute("SELECT number, criterion_answer FROM customer WHERE criterion_answer IS NOT NULL")
            assert dict(cursor.fetchall()) == {late: 2, submitted: 3, withdrawn: 3}
        assert dump.integrity(before) == []
    finally:
        run.finish(server)
        before.close()
        trading.run_again()


# ---- nobody can submit ----

def rises_without(trading, branch="B11"):
    """As rises(), by what HQ enters."""
    number, today = trading.customer("black", branch), trading.today()
    trades = trading.kept(2, 10_000_00, today - 60 * DAY, today - 30 * DAY)
    trading.give(number, *trades, login="app", branch=branch)
    return number, trades



def without_submitters(trading):
    for login in ("sub11", "sub11b"):
        trading.connect("admin").do("user_disable", login=login)


def test_one_that_nobody_can_submit(apart):
    """Told at once, to the branch's heads (there are none left) and the region's; until somebody can, or it has gone."""
    trading = apart(Policy())
    number, due = met(trading)
    other, _ = met(trading)
    assert set(criteria(trading)[number]["holders"]) == {"sub11", "sub11b"} and not escalated(trading, REGION)
    assert not criteria(trading, days=0)
    without_submitters(trading)
    told = criteria(trading, days=0)
    assert told.keys() == {number, other} == escalated(trading, REGION), "by whatever day"
    assert told[number]["told"] == [REGION] and "holders" not in told[number] and not told[number]["overdue"]
    assert not escalated(trading, "ver1") and not escalated(trading, "cmo") and not escalated(trading, "ver2")
    trading.advance_to(due)
    assert criteria(trading, days=0)[number]["told"] == [REGION] and escalated(trading, REGION) == {number, other}
    trading.connect("app").do("customer_move", customer=other, branch="B12", reason="r")
    assert escalated(trading, REGION) == {number}, "somebody there can"
    trading.connect("admin").do("user_add", login="new", name="N", unit="B11", job_level="supervisor", roles=["submitter"],
                                password="a good password")
    assert not escalated(trading, REGION) and criteria(trading, days=0)[number]["holders"] == ["new"]
    later(trading, 1)
    assert escalated(trading, REGION) == {number}, "as it is overdue"
    sound(trading)


def test_what_a_substitute_can_submit_is_not_stuck(apart):
    """By a delegation of one who is no submitter's colleague any more; not by one for something else, nor after its days."""
    trading = apart(Policy())
    number, _ = met(trading)
    trading.connect("admin").do("user_disable", login="sub11b")
    grant(trading, "sub11", "ver1", kinds=["demotion"])
    grant(trading, "sub11", "ver1b", kinds=["admission", "promotion"])
    found = criteria(trading, days=3)[number]
    assert found["holders"] == ["sub11", "ver1b"] and not escalated(trading, REGION)
    trading.connect("admin").do("user_grant", login="sub11", job_level="clerk")
    assert criteria(trading, days=0)[number]["told"] == [REGION], "whoever acts for a clerk is one"


def test_only_criteria_that_wait_are_stuck(apart):
    """Not one that HQ has answered, nor while an application is open."""
    trading = apart(Policy())
    answered, running = met(trading)[0], met(trading)[0]
    case = trading.apply(answered, "yellow")
    trading.apply(running, "yellow")
    do(trading, case, "verify", "ver1", finding="confirmed", opinion="o")
    do(trading, case, "reject", "app", reason="r")
    without_submitters(trading)
    assert answered in criteria(trading) and not escalated(trading, REGION) and not criteria(trading, days=0)


def test_what_nobody_can_submit_comes_to_the_screen_and_goes(apart, tmp_path):
    trading = apart(Policy())
    cli = Cli(tmp_path, trading.server, trading.tokens)
    region, elsewhere = Screen(cli, REGION), Screen(cli, "ver2")
    assert region.until("watching") == elsewhere.until("watching") == []
    number, _ = rises(trading)
    without_submitters(trading)
    told = region.line(20)
    assert row(told) == ("item", "escalation", number) and not told["overdue"] and told["holders"] == []
    (shown,) = [r for r in cli(REGION, "report", "due", "--days", "0").json if r["customer_number"] == number]
    assert (shown["kind"], shown["holders"], shown["told"], shown["due_soon"]) == ("criterion", [], [REGION], False)
    new, _ = rises_without(trading)
    assert row(region.line(20)) == ("item", "escalation", new), "one that is met when nobody is there"
    trading.connect("app").do("customer_move", customer=new, branch="B21", reason="r")
    assert row(region.line(20)) == ("task_gone", "escalation", new)
    trading.connect("admin").do("user_add", login="new", name="N", unit="B11", job_level="supervisor", roles=["submitter"],
                                password="a good password")
    assert row(region.line(20)) == ("task_gone", "escalation", number)
    assert elsewhere.end() == (130, b"") and elsewhere.rest == b""
    region.end()


def test_who_is_hinted_of_what_nobody_can_submit(apart, watching):  # noqa: F811
    trading = apart(Policy())
    without_submitters(trading)
    head, other, below = (watching(trading, login) for login in (REGION, "ver2", "ver1"))
    number, trades = rises_without(trading)
    assert head.hint(20) is not None and "escalations" in head.flags()
    assert "escalations" not in other.flags() | below.flags() and escalated(trading, REGION) == {number}
    for trade in trades:
        trading.connect("app").do("trade_cancel", customer=number, document=trade.document, reason="r")
    trading.settled()
    assert head.hint(20) is not None and "escalations" in head.flags() and not escalated(trading, REGION)


# ---- the report ----

def test_the_end_is_that_of_the_branchs_day(apart):
    """A branch in New York, whose day ends when it is noon of the next one at HQ."""
    trading = apart(Policy())
    number, _ = rises_without(trading, "B21")
    due = criteria(trading)[number]["due_at_us"]
    last = civil(due, NEW_YORK) - DAY
    seen = []
    for day, hour in ((last - DAY, 0), (last - DAY, 9), (last - DAY, 23), (last, 1)):
        trading.advance_to(instant(day, NEW_YORK, hour=hour))
        found = criteria(trading)[number]
        assert found["due_soon"]
        seen.append([days for days in (0, 1, 2) if number in criteria(trading, days=days)])
    assert seen == [[1, 2], [1, 2], [1, 2], [0, 1, 2]]
