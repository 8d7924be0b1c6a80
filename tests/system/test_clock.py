"""Deadlines from outside (acceptance 4): counted like civil law, overdue from exactly the expected instant, and nothing
decided by that. The database's clock is moved forward by hand."""
import datetime as dt
import itertools
from zoneinfo import ZoneInfo

import pytest

from harness.process import wait_until

SECOND = 1_000_000
DAY = 86_400 * SECOND
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
ZONES = {"HQ": None, "R1": "Asia/Shanghai", "B11": "Asia/Shanghai", "B12": "Asia/Tokyo", "R2": "America/New_York",
         "B21": "America/New_York"}
VERIFY, DECIDE, RESUBMIT, WHOLE, RESERVE = 3, 3, 2, 10, 1
_numbers = itertools.count(1)


def period_end(zone, start_us, days):
    """24:00 of the last day: the start day does not count."""
    start = (EPOCH + dt.timedelta(microseconds=start_us)).astimezone(ZoneInfo(zone))
    end = dt.datetime.combine(start.date() + dt.timedelta(days=days + 1), dt.time(), ZoneInfo(zone))
    return int((end - EPOCH) / dt.timedelta(microseconds=1))


def step_due(zone, start_us, days, branch_zone, whole_start_us):
    return min(period_end(zone, start_us, days), period_end(branch_zone, whole_start_us, WHOLE - RESERVE))


@pytest.fixture(scope="module")
def zones(connect):
    units = {u["code"]: u["zone"] for u in connect("admin").do("unit_list")["units"]}
    assert all(units[code] == zone for code, zone in ZONES.items() if zone)
    return units


@pytest.fixture
def now(connect):
    return lambda: connect("aud").do("server_status")["now_us"]


@pytest.fixture
def advance_to(connect, now):
    """Moves the clock so that at least the instant is reached."""
    def move(instant_us):
        by = instant_us - now()
        if by > 0:
            connect("admin").do("clock_advance", by_us=by)
    return move


@pytest.fixture
def submit(connect):
    def one(branch="B11"):
        number = f"T-{next(_numbers):03}"
        connect("app").do("customer_add", number=number, name="时钟公司", branch=branch, opening_grade="red")
        return connect("sub" + branch[1:]).do("application_submit", customer=number, to_grade="green",
                                              reason="r")["application"]
    return one


def at_of(connect, application, kind):
    """Instant of the last event of that kind."""
    entries = connect("aud").do("application_history", application=application["id"], purpose="t")["entries"]
    return [e["at_us"] for e in entries if e["kind"] == kind][-1]


@pytest.mark.parametrize("branch, region", [("B11", "R1"), ("B12", "R1"), ("B21", "R2")])
def test_due_instants_of_every_step(connect, zones, submit, branch, region):
    submitter, verifier = connect("sub" + branch[1:]), connect("ver" + region[1:])
    application = submit(branch)
    start = application["submitted_at_us"]
    assert start == at_of(connect, application, "submit")
    assert application["complete_by_us"] == period_end(zones[branch], start, WHOLE)
    assert application["due_at_us"] == step_due(zones[region], start, VERIFY, zones[branch], start)

    step = {"application": application["id"]}
    returned = verifier.do("application_return", reason="r", **step)["application"]
    at = at_of(connect, application, "return")
    assert returned["due_at_us"] == step_due(zones[branch], at, RESUBMIT, zones[branch], start)
    again = submitter.do("application_resubmit", **step)["application"]
    at = at_of(connect, application, "resubmit")
    assert again["due_at_us"] == step_due(zones[region], at, VERIFY, zones[branch], start)
    assert again["complete_by_us"] == application["complete_by_us"], "the whole clock never restarts"
    verified = verifier.do("application_verify", finding="confirmed", opinion="o", **step)["application"]
    at = at_of(connect, application, "verify")
    assert verified["due_at_us"] == step_due(zones["HQ"], at, DECIDE, zones[branch], start)
    approved = connect("app").do("application_approve", **step)["application"]
    assert approved["due_at_us"] == approved["complete_by_us"]


def watch(region, now, application):
    """Looks at an application until it is overdue: (was it seen before that, as it was shown at last)."""
    seen_before, due = False, application["due_at_us"]
    while True:
        before = now()
        shown = region.do("application_show", application=application["id"], purpose="t")["application"]
        after = now()
        overdue = shown.get("overdue", False)
        assert not overdue or after >= due, "overdue too early"
        assert overdue or before < due, "overdue too late"
        if overdue:
            return seen_before, shown
        seen_before = True


def test_overdue_from_exactly_the_instant(connect, cli, submit, now, advance_to):
    region = connect("ver1")
    for margin in (SECOND // 4, SECOND, 3 * SECOND):  # a busy machine may sleep through a short one
        application = submit()
        due = application["due_at_us"]
        advance_to(due - margin)
        seen_before, shown = watch(region, now, application)
        if seen_before:
            break
    assert seen_before, "the instant itself was not watched"
    assert (shown["state"], shown["version"], shown["due_at_us"]) == ("submitted", 1, due), "nothing was decided"

    def listed(method, **fields):
        return {a["id"]: a for a in region.do(method, purpose="t", **fields).get("applications", [])}
    assert listed("inbox")[application["id"]]["overdue"] is True
    assert application["id"] in listed("application_list", overdue_only=True)
    fresh = submit()
    assert fresh["id"] not in listed("application_list", overdue_only=True)
    assert not listed("inbox")[fresh["id"]].get("overdue")

    assert cli("ver1", "application", "show", application["id"]).json["overdue"] is True
    assert {a["id"]: a["overdue"] for a in cli("ver1", "inbox").json}[application["id"]] is True
    assert cli("ver1", "application", "show", fresh["id"]).json["overdue"] is False


def missed(connect, application):
    entries = connect("aud").do("application_history", application=application["id"], purpose="t")["entries"]
    return [e for e in entries if e["kind"] == "deadline_missed"]


def test_a_missed_deadline_is_noted_once(run, database, connect, pg, submit, advance_to):
    application = submit()
    second = run.start(database)  # two servers see the same timer
    try:
        advance_to(application["due_at_us"])
        wait_until(lambda: missed(connect, application), 10, "the note of the missed deadline")
        other = submit()
        advance_to(other["due_at_us"])
        wait_until(lambda: missed(connect, other), 10, "the next note")
    finally:
        run.finish(second)
    notes = missed(connect, application)
    assert len(notes) == 1 and notes[0]["at_us"] >= application["due_at_us"]
    shown = connect("aud").do("application_show", application=application["id"], purpose="t")["application"]
    assert (shown["state"], shown["version"], shown["overdue"]) == ("submitted", 1, True)
    with pg.owner.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM creditd.command WHERE command_id = %s::uuid", (notes[0]["command_id"],))
        assert cursor.fetchone() == (1,)


def test_a_late_step_is_recorded_as_late(connect, submit, advance_to):
    late, in_time = submit(), submit()
    connect("ver1").do("application_verify", application=in_time["id"], finding="confirmed", opinion="o")
    advance_to(late["due_at_us"])
    verified = connect("ver1").do("application_verify", application=late["id"], finding="confirmed", opinion="o")
    assert verified["application"]["state"] == "verified" and not verified["application"].get("overdue")

    def entry(application):
        entries = connect("aud").do("application_history", application=application["id"], purpose="t")["entries"]
        return next(e for e in entries if e["kind"] == "verify")
    assert entry(late)["late"] is True and entry(late)["due_at_us"] == late["due_at_us"]
    assert not entry(in_time).get("late")


def test_the_reserve_cuts_a_step(connect, zones, submit, advance_to):
    application = submit()
    start = application["submitted_at_us"]
    step = {"application": application["id"]}
    advance_to(start + 7 * DAY)
    verified = connect("ver1").do("application_verify", finding="confirmed", opinion="o", **step)["application"]
    own_end = period_end(zones["HQ"], at_of(connect, application, "verify"), DECIDE)
    whole = period_end(zones["B11"], start, WHOLE - RESERVE)
    assert verified["due_at_us"] == whole < own_end
    assert verified["complete_by_us"] - verified["due_at_us"] == DAY
    advance_to(application["complete_by_us"])
    connect("app").do("application_approve", **step)
    recorded = connect("sub11").do("application_record", **step)["application"]
    assert recorded["state"] == "recorded" and not recorded.get("overdue")


def next_short_day(zone, now_us):
    """The first date with 23 hours that begins at least three days from now."""
    day = (EPOCH + dt.timedelta(microseconds=now_us)).date() + dt.timedelta(days=4)
    while True:
        begin, end = (dt.datetime.combine(d, dt.time(), ZoneInfo(zone)) - EPOCH
                      for d in (day, day + dt.timedelta(days=1)))
        if end - begin == dt.timedelta(hours=23):
            return day
        day += dt.timedelta(days=1)


def test_a_clock_change_inside_a_period(submit, now, advance_to):
    """A day of 23 hours lies between the submission and its end."""
    short = next_short_day("America/New_York", now())
    noon = dt.datetime.combine(short - dt.timedelta(days=2), dt.time(12), ZoneInfo("America/New_York"))
    advance_to(int((noon - EPOCH) / dt.timedelta(microseconds=1)))
    application = submit("B21")
    expected = dt.datetime.combine(short + dt.timedelta(days=2), dt.time(), ZoneInfo("America/New_York"))
    assert application["due_at_us"] == int((expected - EPOCH) / dt.timedelta(microseconds=1))
    assert expected.utcoffset() != noon.utcoffset()


def test_only_forward_and_only_by_an_administrator(connect, now):
    assert connect("app").call("clock_advance", by_us=SECOND).reason == "ROLE_MISSING"
    for by in (0, -DAY):
        assert connect("admin").call("clock_advance", by_us=by).reason == "FIELD_INVALID"
    before = now()
    connect("admin").do("clock_advance", by_us=DAY)
    assert now() >= before + DAY


def test_a_database_starts_with_an_offset_or_without_a_clock(run):
    database = run.cluster.create("offset")
    password = run.directory / "offset.password"
    server = run.start(database, "--test-clock=-36h", "--admin-password-file", password)
    with server.client() as client:
        client.login("admin", password.read_text(encoding="utf-8").strip())
        real = dt.datetime.now(dt.timezone.utc) - EPOCH
        behind = real / dt.timedelta(microseconds=1) - client.do("server_status")["now_us"]
        assert abs(behind - 36 * 3600 * SECOND) < 60 * SECOND
    run.finish(server)
    run.cluster.drop(database)
