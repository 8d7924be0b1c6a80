"""A unit that is moved to another time zone while clocks run, against the instants that zoneinfo gives."""
import datetime as dt

from harness.standing import DAY, Policy
from harness.trading import civil, instant, period_end, refused
from test_delegation import step, submit
from test_extension import HQ_ZONE, kinds

URUMQI, TOKYO, HONOLULU, AUCKLAND = "Asia/Urumqi", "Asia/Tokyo", "Pacific/Honolulu", "Pacific/Auckland"


def move(trading, unit, zone):
    trading.connect("admin").do("unit_edit", code=unit, zone=zone)


def shown(trading, case):
    return trading.connect("aud").do("application_show", application=case["id"], purpose="t")["application"]


def test_a_running_step_keeps_its_end_and_the_next_one_is_counted_in_the_new_zone(apart):
    trading = apart(Policy())
    began = trading.now()
    case = submit(trading)
    move(trading, "R1", TOKYO)
    assert shown(trading, case)["due_at_us"] == case["due_at_us"] == period_end(HQ_ZONE, began, 3)
    verified = step(trading, case, "verify", "ver1")
    move(trading, "HQ", AUCKLAND)
    assert shown(trading, case)["due_at_us"] == verified["due_at_us"] == period_end(HQ_ZONE, trading.now(), 3)
    back = step(trading, case, "return", "app")
    move(trading, "B11", TOKYO)
    assert shown(trading, case)["due_at_us"] == back["due_at_us"]
    again = step(trading, case, "resubmit", "sub11")
    assert again["due_at_us"] == period_end(TOKYO, trading.now(), 3), "the region's, in its new zone"
    assert again["complete_by_us"] == case["complete_by_us"] == period_end(HQ_ZONE, began, 10), "the whole stays"
    assert step(trading, case, "verify", "ver1")["due_at_us"] == period_end(AUCKLAND, trading.now(), 3)


def test_nothing_is_due_after_the_whole(apart):
    """The branch goes to the west: its tenth day ends later there, but the case's end stays."""
    trading = apart(Policy())
    began = trading.now()
    case = submit(trading)
    move(trading, "B11", URUMQI)
    step(trading, case, "verify", "ver1")
    approved = step(trading, case, "approve", "app")
    assert approved["due_at_us"] == approved["complete_by_us"] == period_end(HQ_ZONE, began, 10)


def test_a_deadline_is_missed_at_the_end_that_was_shown(apart):
    trading = apart(Policy())
    case = submit(trading)
    move(trading, "R1", TOKYO)
    trading.advance_to(case["due_at_us"] - 60_000_000)
    assert not shown(trading, case).get("overdue")
    trading.advance_to(case["due_at_us"])
    trading.noted()
    assert shown(trading, case)["overdue"] and kinds(trading, case)[-1] == "deadline_missed"


def test_a_paused_step_goes_on_in_the_new_zone(apart):
    trading = apart(Policy())
    began = trading.now()
    case = submit(trading)
    trading.connect("ver1").do("application_pause", application=case["id"], waits_for="the licence")
    move(trading, "R1", TOKYO)
    trading.go_to(trading.today() + 2 * DAY)
    resumed = trading.connect("ver1").do("application_resume", application=case["id"])["application"]
    assert resumed["due_at_us"] == period_end(TOKYO, began, 3 + 2)


def test_no_date_runs_back(apart):
    trading = apart(Policy())
    trading.advance_to(instant(trading.today() + DAY, hour=3))
    assert civil(trading.now(), HONOLULU) < trading.today()
    reply = refused(lambda: move(trading, "B11", HONOLULU))
    assert (reply.reason, reply.field) == ("FIELD_INVALID", "zone")
    trading.advance_to(instant(trading.today(), hour=20))
    move(trading, "B11", HONOLULU)


def test_what_else_is_refused(connect, cli):
    admin = connect("admin")
    for fields, reason, field in (({"code": "B21"}, "NOTHING_TO_CHANGE", "code"), ({"code": "NONE", "name": "x"}, "NOT_FOUND", "code"),
                                  ({"code": "B21", "zone": "Mars/Base"}, "FIELD_INVALID", "zone"),
                                  ({"code": "B21", "name": "x" * 201}, "FIELD_TOO_LONG", "name")):
        reply = admin.call("unit_edit", **fields)
        assert (reply.reason, reply.field) == (reason, field), fields
    cli("admin", "org", "edit", "B21", "--name", "New York Office")
    assert [u["name"] for u in cli("admin", "org", "list").json if u["code"] == "B21"] == ["New York Office"]


def test_dates_of_customers_follow(apart):
    """What is evaluated and put in force after the move is dated in the new zone."""
    trading = apart(Policy())
    move(trading, "B11", AUCKLAND)
    trading.advance_to(instant(trading.today(), hour=21))
    assert civil(trading.now(), AUCKLAND) == trading.today() + DAY
    number = trading.customer("red")
    case = trading.apply(number, "green")
    trading.bring(case, "recorded")
    event, = trading.events(number, "standing_changed")[-1:]
    assert event["payload"]["cause"] == "application"
    valid_from, = trading.rows("SELECT valid_from FROM standing_history ORDER BY recorded_at DESC LIMIT 1")[0]
    assert valid_from == trading.today() + DAY
    assert isinstance(valid_from, dt.date)
