"""The clock of a case stands still while the customer is waited for, and goes on."""
import pytest

from harness import policies
from harness.standing import DAY, Policy
from harness.trading import civil, instant, period_end, refused
from test_calendar import counting, holidays, next_weekday
from test_extension import HQ_ZONE, answer, ask, kinds, verified
from test_routes import DECIDE, VERIFY, do, on

MINUTE_US = 60_000_000


def submitted(trading, branch="B11"):
    """A case that waits for its region."""
    return trading.apply(trading.customer("red", branch), "green", login="sub11" if branch == "B11" else "sub21")


def stop_clock(trading, case, login="ver1", **more):
    return trading.connect(login).do("application_pause", application=case["id"],
                                     **{"waits_for": "the statement of the third quarter", **more})["application"]


def resume(trading, case, login="ver1", **more):
    return trading.connect(login).do("application_resume", application=case["id"], **more)["application"]


def verify(trading, case):
    return trading.connect("ver1").do("application_verify", application=case["id"], finding="confirmed",
                                      opinion="o")["application"]


def shown(trading, case):
    return trading.connect("aud").do("application_show", application=case["id"], purpose="test")["application"]


def entry(trading, case, kind):
    """The last event of that kind."""
    told = trading.connect("aud").do("application_history", application=case["id"], purpose="test")["entries"]
    return [e for e in told if e["kind"] == kind][-1]


def later(trading, days):
    trading.go_to(trading.today() + days * DAY)


def test_step_and_whole_end_as_many_days_later(apart):
    trading = apart(Policy())
    began = trading.now()
    case = submitted(trading)
    paused = stop_clock(trading, case)
    assert (paused["paused_by"], paused["version"]) == ("ver1", case["version"])
    assert began <= paused["paused_at_us"] <= trading.now()
    assert paused["due_at_us"] == period_end(HQ_ZONE, began, 3 + 5), "while it runs, as late as it can be"
    assert paused["complete_by_us"] == period_end(HQ_ZONE, began, 10 + 5)
    later(trading, 2)
    resumed = resume(trading, case)
    assert "paused_at_us" not in resumed and resumed["paused_days"] == 2
    assert resumed["due_at_us"] == period_end(HQ_ZONE, began, 3 + 2)
    assert resumed["complete_by_us"] == period_end(HQ_ZONE, began, 10 + 2)
    assert kinds(trading, case)[-2:] == ["paused", "resumed"]
    assert entry(trading, case, "paused")["text"] == "the statement of the third quarter"
    assert verify(trading, case)["due_at_us"] == period_end(HQ_ZONE, trading.now(), 3), "the next step has its own days"


def test_a_pause_that_began_before_the_end_of_the_whole_was_kept(apart):
    """As a migration leaves it: the whole is counted from its beginning."""
    trading = apart(Policy())
    began, case = trading.now(), submitted(trading)
    stop_clock(trading, case)
    trading.run_stopped()
    assert trading.rows("UPDATE application SET paused_complete_by = NULL WHERE paused_at IS NOT NULL RETURNING 1") == [(1,)]
    trading.run_again()
    later(trading, 2)
    resumed = resume(trading, case)
    assert resumed["due_at_us"] == period_end(HQ_ZONE, began, 3 + 2)
    assert resumed["complete_by_us"] == period_end(HQ_ZONE, began, 10 + 2)


def test_a_pause_of_the_same_day_gives_nothing(apart):
    trading = apart(Policy())
    case = submitted(trading)
    stop_clock(trading, case)
    resumed = resume(trading, case)
    assert (resumed["due_at_us"], resumed["complete_by_us"]) == (case["due_at_us"], case["complete_by_us"])
    assert "paused_days" not in resumed


def test_no_longer_than_the_policy_allows(apart):
    """Three days, then two; at the end of the fifth the clock goes on by itself, and the step is missed in its time."""
    trading = apart(Policy())
    began = trading.now()
    case = submitted(trading)
    stop_clock(trading, case)
    later(trading, 3)
    assert resume(trading, case)["due_at_us"] == period_end(HQ_ZONE, began, 6)
    paused = stop_clock(trading, case)
    assert paused["due_at_us"] == period_end(HQ_ZONE, began, 8)
    trading.advance_to(paused["due_at_us"] - MINUTE_US)
    trading.noted()
    assert "deadline_missed" not in kinds(trading, case)
    trading.advance_to(paused["due_at_us"] + MINUTE_US)
    trading.noted()
    resumed = resume(trading, case)
    assert (resumed["paused_days"], resumed["due_at_us"]) == (5, paused["due_at_us"])
    later(trading, 1)
    trading.noted()
    assert kinds(trading, case).count("deadline_missed") == 1, "what was missed is not missed again"
    case = verify(trading, case)
    reply = refused(lambda: stop_clock(trading, case, "app"))
    assert reply.reason == "NO_PAUSE_LEFT"
    assert case["complete_by_us"] == period_end(HQ_ZONE, began, 15)


def test_a_step_ends_the_pause(apart):
    """HQ pauses and then decides: the whole is longer by the days of the pause, nothing stands still."""
    trading = apart(Policy())
    began = trading.now()
    case = verified(trading)
    stop_clock(trading, case, "app")
    later(trading, 2)
    approved = trading.connect("app").do("application_approve", application=case["id"])["application"]
    assert "paused_at_us" not in approved and approved["paused_days"] == 2
    assert approved["due_at_us"] == approved["complete_by_us"] == period_end(HQ_ZONE, began, 12)


def test_a_signature_ends_the_pause(trading):
    """Of the two that the region gives, the first one is a step: the clock runs for the other desk."""
    with on(trading, VERIFY.replace("; }", "; need = 2; }"), DECIDE):
        began, case = trading.now(), submitted(trading)
        stop_clock(trading, case)
        later(trading, 1)
        signed = do(trading, case, "verify", "ver1b", finding="confirmed", opinion="o")
        assert (signed["state"], signed["signatures"]) == ("submitted", 1)
        assert "paused_at_us" not in signed and signed["paused_days"] == 1
        assert signed["due_at_us"] == period_end(HQ_ZONE, began, 3 + 1)
        assert signed["complete_by_us"] == period_end(HQ_ZONE, began, 10 + 1)
        trading.advance_to(signed["due_at_us"])
        trading.noted()
        assert kinds(trading, case).count("deadline_missed") == 1, "at its new end"


@pytest.mark.parametrize("back", [False, True])
def test_a_step_to_another_unit_of_the_same_state_ends_the_pause(trading, back):
    with on(trading, VERIFY, '{ name = "again"; step = "verify"; role = "submitter"; }', DECIDE):
        began, case = trading.now(), submitted(trading)
        if back:
            do(trading, case, "verify", "ver1", finding="confirmed", opinion="o")
        stop_clock(trading, case, "sub11b" if back else "ver1")
        later(trading, 1)
        after = (do(trading, case, "return_to_node", "sub11b", node="verify", reason="r") if back else
                 do(trading, case, "verify", "ver1b", finding="confirmed", opinion="o"))
        assert (after["state"], after["turn_unit"]) == ("submitted", "R1" if back else "B11")
        assert "paused_at_us" not in after and after["due_at_us"] == period_end(HQ_ZONE, began, 3 + 1)
        assert refused(lambda: resume(trading, case, "ver1" if back else "sub11b")).reason == "NOTHING_TO_CHANGE"


def test_a_used_up_pause_stops_nothing(apart):
    """HQ has paused and forgotten it: five days later the clock goes on, and the case is as if it had been resumed."""
    trading = apart(Policy())
    began, case = trading.now(), verified(trading)
    ask(trading, case, 2)
    paused = stop_clock(trading, case, "app")
    assert paused["paused_by"] == "app" and "extension_latest_us" not in paused
    later(trading, 5)
    assert refused(lambda: answer(trading, case, True)).reason == "PAUSED"
    assert shown(trading, case)["paused_by"] == "app"
    later(trading, 1)
    told = shown(trading, case)
    assert "paused_by" not in told and told["paused_days"] == 5
    assert told["extension_latest_us"] == period_end(HQ_ZONE, began, 7 + 5)
    reply = refused(lambda: stop_clock(trading, case, "app"))
    assert reply.reason == "NO_PAUSE_LEFT"
    granted = answer(trading, case, True)
    assert granted["due_at_us"] == period_end(HQ_ZONE, began, 3 + 5 + 2) and granted["paused_days"] == 5
    assert refused(lambda: resume(trading, case, "app")).reason == "NOTHING_TO_CHANGE"


def test_a_used_up_pause_does_not_keep_a_case_from_another_policy(apart):
    trading = apart(Policy())
    began, case = trading.now(), submitted(trading)
    stop_clock(trading, case)
    later(trading, 6)
    moved = moved_to(trading, case, "whole_days = 10;", "whole_days = 12;")
    assert moved["due_at_us"] == period_end(HQ_ZONE, began, 3 + 5)
    assert moved["complete_by_us"] == period_end(HQ_ZONE, began, 12 + 5) and moved["paused_days"] == 5


def test_what_is_overdue_does_not_stand_still(apart):
    """Paused on its last day, a Friday, the step ends five working days later; on the Saturday it may be urged."""
    trading = counting(apart, "working")
    friday = next_weekday(trading.today(), 5)
    trading.go_to(friday - 3 * DAY)
    case = submitted(trading)
    trading.go_to(friday)
    assert stop_clock(trading, case)["due_at_us"] == instant(friday + 8 * DAY)
    trading.go_to(friday + 7 * DAY)
    assert refused(lambda: trading.connect("sub11").do("application_urge", application=case["id"])).reason == "PAUSED"
    trading.go_to(friday + 8 * DAY)
    trading.noted()
    told = shown(trading, case)
    assert told["overdue"] and kinds(trading, case)[-1] == "deadline_missed" and "paused_by" not in told
    trading.connect("sub11").do("application_urge", application=case["id"])


def test_an_extension_beside_a_pause(apart):
    """Neither is asked for nor granted while the clock stands still; afterwards both count."""
    trading = apart(Policy())
    began = trading.now()
    case = verified(trading)
    stop_clock(trading, case, "app")
    ask = {"application": case["id"], "days": 4, "reason": "r"}
    assert refused(lambda: trading.connect("app").do("extension_ask", **ask)).reason == "PAUSED"
    later(trading, 1)
    resume(trading, case, "app")
    asked = trading.connect("app").do("extension_ask", **ask)["application"]
    assert asked["extension_latest_us"] == period_end(HQ_ZONE, began, 8)
    granted = trading.connect("cmo").do("extension_answer", application=case["id"], grant=True)["application"]
    assert granted["due_at_us"] == period_end(HQ_ZONE, began, 8)
    assert stop_clock(trading, case, "app")["due_at_us"] == period_end(HQ_ZONE, began, 12)


def test_a_paused_case_is_not_moved_to_another_policy(apart):
    trading = apart(Policy())
    case = submitted(trading)
    stop_clock(trading, case)
    version = policies.proposed(trading.connect("maker"), policies.whole(Policy()).replace("pause_days = 5;", ""))
    trading.connect("checker").do("policy_publish", version=version)
    move = {"application": case["id"], "policy_version": version, "reason": "r"}
    trading.connect("app").do("application_policy", **move)
    approve = {**move, "approve": True}
    assert refused(lambda: trading.connect("appb").do("application_policy", **approve)).reason == "PAUSED"
    resume(trading, case)
    trading.connect("appb").do("application_policy", **approve)


def test_a_step_that_began_under_another_policy_is_not_due_earlier_for_a_pause(apart):
    """Five days to verify, four are over, then the case goes on by a policy with two."""
    trading = apart(Policy())
    slow = policies.whole(Policy()).replace("verify_days = 3;", "verify_days = 5;")
    version = policies.proposed(trading.connect("maker"), slow)
    trading.connect("checker").do("policy_publish", version=version)
    case = submitted(trading)
    quick = policies.proposed(trading.connect("maker"), slow.replace("verify_days = 5;", "verify_days = 2;"))
    trading.connect("checker").do("policy_publish", version=quick)
    later(trading, 4)
    move = {"application": case["id"], "policy_version": quick, "reason": "r"}
    trading.connect("app").do("application_policy", **move)
    moved = trading.connect("appb").do("application_policy", **move, approve=True)["application"]
    assert moved["due_at_us"] == case["due_at_us"]
    assert stop_clock(trading, case)["due_at_us"] >= case["due_at_us"]
    assert resume(trading, case)["due_at_us"] == case["due_at_us"]


def moved_to(trading, case, before, after):
    """The case goes on by a new policy, which has this text instead."""
    text = policies.whole(Policy())
    assert text.count(before) == 1
    version = policies.proposed(trading.connect("maker"), text.replace(before, after))
    trading.connect("checker").do("policy_publish", version=version)
    move = {"application": case["id"], "policy_version": version, "reason": "r"}
    trading.connect("app").do("application_policy", **move)
    return trading.connect("appb").do("application_policy", **move, approve=True)["application"]


def test_a_step_that_began_under_another_policy_is_not_due_later_but_for_the_days_of_a_pause(apart):
    trading = apart(Policy())
    began, case = trading.now(), submitted(trading)
    assert moved_to(trading, case, "verify_days = 3;", "verify_days = 8;")["due_at_us"] == case["due_at_us"]
    stop_clock(trading, case)
    assert resume(trading, case)["due_at_us"] == case["due_at_us"], "of no days"
    assert stop_clock(trading, case)["due_at_us"] == period_end(HQ_ZONE, began, 3 + 5)
    later(trading, 2)
    assert resume(trading, case)["due_at_us"] == period_end(HQ_ZONE, began, 3 + 2)


@pytest.mark.parametrize("unit, days, kind", [("R1", (1, 2, 3, 4), "holiday"), ("HQ", (5, 6), "workday")])
@pytest.mark.parametrize("ended", [resume, verify])
def test_a_calendar_that_changes_does_not_move_the_ends_for_a_pause_of_no_days(apart, unit, days, kind, ended):
    """Neither later nor earlier, be it resumed or ended by a step, whose next one has what there is of the whole."""
    trading = counting(apart, "working")
    monday = next_weekday(trading.today(), 1)
    trading.go_to(monday)
    case = submitted(trading)
    holidays(trading, unit, *(monday + n * DAY for n in days), kind=kind)
    assert stop_clock(trading, case)["complete_by_us"] >= case["complete_by_us"]
    after = ended(trading, case)
    assert after["complete_by_us"] == case["complete_by_us"]
    assert ended is verify or after["due_at_us"] == case["due_at_us"]


def test_a_pause_of_a_day_is_counted_on_from_the_end_that_there_was(apart):
    """Monday's three days end with Thursday; Friday becomes a holiday of the region, so that one day more is Monday."""
    trading = counting(apart, "working")
    monday = next_weekday(trading.today(), 1)
    trading.go_to(monday)
    case = submitted(trading)
    holidays(trading, "R1", monday + 4 * DAY)
    stop_clock(trading, case)
    trading.go_to(monday + DAY)
    resumed = resume(trading, case)
    assert (resumed["paused_days"], resumed["due_at_us"]) == (1, instant(monday + 8 * DAY))
    assert resumed["complete_by_us"] == case["complete_by_us"] + 24 * 60 * MINUTE_US, "the branch has that holiday, too"


def test_the_whole_is_not_earlier_for_a_pause_when_the_branch_has_got_another_zone(apart):
    trading = apart(Policy())
    began, case = trading.now(), submitted(trading)
    trading.connect("admin").do("unit_edit", code="B11", zone="Asia/Tokyo")
    stop_clock(trading, case)
    assert resume(trading, case)["complete_by_us"] == case["complete_by_us"]
    stop_clock(trading, case)
    later(trading, 2)
    assert resume(trading, case)["complete_by_us"] == period_end("Asia/Tokyo", began, 12)


def test_the_calendar_changes_while_a_case_runs(apart):
    """Holidays that are set late do not put HQ's end behind that of the whole, which stays."""
    trading = counting(apart, "working")
    monday = next_weekday(trading.today(), 1)
    trading.go_to(monday)
    case = submitted(trading)
    whole = civil(case["complete_by_us"], HQ_ZONE)
    holidays(trading, "HQ", *(whole - n * DAY for n in (5, 4, 3, 2)))
    later(trading, 11)
    verified_now = verify(trading, case)
    assert verified_now["due_at_us"] <= verified_now["complete_by_us"] == case["complete_by_us"]


def test_a_later_step_ends_with_the_whole_as_it_stays(apart):
    """Ten working days from a Monday end with the Monday two weeks later, less one with the Friday before, whatever days
    are made up since."""
    trading = counting(apart, "working")
    monday = next_weekday(trading.today(), 1)
    trading.go_to(monday)
    case = submitted(trading)
    holidays(trading, "HQ", monday + 5 * DAY, monday + 6 * DAY, kind="workday")
    trading.go_to(monday + 10 * DAY)
    assert verify(trading, case)["due_at_us"] == instant(monday + 12 * DAY)


def test_by_working_days(apart):
    """From Thursday to Tuesday are three working days: Friday, Monday, Tuesday; one less with a holiday of the region."""
    trading = counting(apart, "working")
    thursday = next_weekday(trading.today(), 4)
    trading.go_to(thursday)
    case = submitted(trading)
    stop_clock(trading, case)
    trading.go_to(thursday + 5 * DAY)
    assert resume(trading, case)["paused_days"] == 3
    assert shown(trading, case)["due_at_us"] == instant(thursday + 9 * DAY), "Friday to Monday, and three more"
    thursday = next_weekday(trading.today(), 4)
    holidays(trading, "R1", thursday + 4 * DAY)
    trading.go_to(thursday)
    case = submitted(trading)
    stop_clock(trading, case)
    trading.go_to(thursday + 5 * DAY)
    assert resume(trading, case)["paused_days"] == 2


def test_who_and_when(apart):
    trading = apart(Policy())
    case = submitted(trading)
    for login, fields, reason in (("sub11", {}, "NOT_YOUR_UNIT"), ("app", {}, "NOT_YOUR_UNIT"), ("clerk11", {}, "LEVEL_TOO_LOW"),
                                  ("ver2", {}, "NOT_FOUND"), ("ver1", {"waits_for": ""}, "FIELD_REQUIRED"),
                                  ("ver1", {"if_version": 9}, "STALE_VERSION")):
        assert refused(lambda w=login, f=fields: stop_clock(trading, case, w, **f)).reason == reason, (login, fields)
    assert refused(lambda: resume(trading, case)).reason == "NOTHING_TO_CHANGE"
    stop_clock(trading, case)
    assert refused(lambda: stop_clock(trading, case)).reason == "PAUSED"
    assert refused(lambda: resume(trading, case, "sub11")).reason == "NOT_YOUR_UNIT"
    approved = verified(trading)
    trading.connect("app").do("application_approve", application=approved["id"])
    assert refused(lambda: stop_clock(trading, approved, "sub11")).reason == "STATE_CHANGED"
    trading.connect("sub11").do("application_record", application=approved["id"])
    assert refused(lambda: stop_clock(trading, approved, "sub11")).reason == "ALREADY_DECIDED"


def test_what_is_overdue_is_not_paused(apart):
    trading = apart(Policy())
    case = submitted(trading)
    trading.advance_to(case["due_at_us"])
    reply = refused(lambda: stop_clock(trading, case))
    assert reply.reason == "OVERDUE" and reply.arguments["due"]


@pytest.mark.parametrize("lang,word", [("en", "paused by"), ("zh_CN", "暂停人")])
def test_at_the_desk(cli, trading, lang, word):
    case = submitted(trading)
    told = cli("ver1", "--lang", lang, "application", "pause", case["id"], "--for", "the licence", output="table")
    assert word in told.stdout.replace("_", " ") and "ver1" in told.stdout
    assert cli("ver1", "application", "show", case["id"], "--purpose", "t").json["paused_by"] == "ver1"
    again = cli("ver1", "application", "pause", case["id"], "--for", "the licence", code=6).error
    assert again["reason"] == "PAUSED" and f"application resume {case['id']}" in again["hint"]
    told = cli("ver1", "application", "resume", case["id"], "--reason", "it came").json
    assert "paused_by" not in told
