"""The scoreboard blames whoever had the step, in the month of the deadline, and nobody gains by doing nothing."""
import pytest

from harness.standing import DAY, Policy
from harness.trading import civil, instant
from test_delegation import step, submit
from test_emergency import ask, review
from test_extension import answer as answered, ask as asked
from test_reorganisation import merge, move, org
from test_scoreboard import board

MISSED = ("submit_missed", "verify_missed", "decide_missed", "record_missed")


def month_of(trading):
    return trading.today().isoformat()[:7]


def counts(trading, month, *names):
    """unit -> those counts, of units where one is not 0."""
    rows = {unit: tuple(row[n] for n in names) for unit, row in board(trading, month).items()}
    return {unit: row for unit, row in rows.items() if any(row)}


def begin_month(trading, day=5):
    """A day early in the next month; gives that month."""
    trading.go_to((trading.today().replace(day=1) + 32 * DAY).replace(day=day))
    return month_of(trading)


def later(trading, days):
    trading.go_to(trading.today() + days * DAY)
    trading.noted()


def unnoted(trading, case, days):
    """So many days later the deadline of the case is not noted, as if no server had run since."""
    with trading.owner.cursor() as cursor:
        cursor.execute("UPDATE creditd.timer SET due_at = due_at + 400 * 86400000000 WHERE kind = 20 AND subject_id = %s",
                       (int(case["id"].split("-")[-1]),))
        assert cursor.rowcount == 1
    later(trading, days)


# ---- whose ----

def test_what_a_unit_did_stays_its_own(apart):
    """Overrides, emergencies and reviews, too, count for the units of then."""
    trading = apart(Policy())
    month, number, other = begin_month(trading), trading.customer("red"), trading.customer("red")
    trading.connect("appb").do("customer_override", customer=number, grade="green", reason="r",
                               until=(trading.today() + 3 * DAY).isoformat())
    ask(trading, other, login="appb")
    later(trading, 1)
    names = ("overrides", "emergencies", "reviews_unjustified")
    assert counts(trading, month, *names) == {u: (1, 1, 0) for u in ("HQ", "R1", "B11")}
    for customer in (number, other):
        move(trading, customer, "B21")
    assert counts(trading, month, *names) == {u: (1, 1, 0) for u in ("HQ", "R1", "B11")}
    later(trading, 1)
    review(trading, other, login="app", finding="unjustified")
    assert counts(trading, month, *names) == {
        "HQ": (1, 1, 1), **{u: (1, 1, 0) for u in ("R1", "B11")}, **{u: (0, 0, 1) for u in ("R2", "B21")}}


def test_who_has_the_step_is_blamed(apart):
    trading = apart(Policy())
    month, case = begin_month(trading), submit(trading)
    move(trading, case["customer_id"], "B21")
    later(trading, 6)
    step(trading, case, "verify", "ver2")
    missed = "verified", "verified_in_time", "verify_missed", "missed"
    assert counts(trading, month, *missed) == {u: (1, 0, 1, 1) for u in ("HQ", "R2", "B21")}


def test_a_case_counts_for_each_unit_that_had_it(apart):
    trading = apart(Policy())
    month, case = begin_month(trading), trading.bring(submit(trading), "verified")
    before = board(trading, month)
    assert before["R1"]["verified"] == 1 and "R2" not in before
    move(trading, case["customer_id"], "B12")
    move(trading, case["customer_id"], "B21")
    assert board(trading, month) == before, "a move is nobody's work"
    later(trading, 5)
    blamed = "decide_missed", "missed", "overdue_now"
    assert counts(trading, month, *blamed) == {u: (1, 1, 1) for u in ("HQ", "R2", "B21")}
    step(trading, case, "return", "app")
    later(trading, 3)
    assert counts(trading, month, *blamed) == {u: (1, 2, 1) for u in ("HQ", "R2", "B21")}
    move(trading, case["customer_id"], "B11")
    assert counts(trading, month, *blamed) == {u: (1, 2, 0) for u in ("HQ", "R2", "B21")}, "the step has begun anew"
    assert counts(trading, month, "returned") == {u: (1,) for u in ("HQ", "R2", "B21")}
    assert counts(trading, month, "verified") == {u: (1,) for u in ("HQ", "R1", "B11")}


def test_months_that_are_over_stay_when_units_go(apart):
    trading = apart(Policy())
    month = begin_month(trading)
    org(trading, "unit_create", code="B13", name="B13", level="branch", parent="R1")
    org(trading, "user_grant", login="sub11b", unit="B13")
    number = trading.customer("red", "B13")
    trading.connect("appb").do("customer_override", customer=number, grade="green", reason="r",
                               until=(trading.today() + 3 * DAY).isoformat())
    done = trading.apply(trading.customer("red", "B13"), "green", login="sub11b")
    step(trading, done, "verify", "ver1")
    left = [submit(trading), trading.apply(trading.customer("red", "B12"), "green", login="sub12")]
    later(trading, 20)
    assert counts(trading, month, "missed")["R1"] == (3,) and counts(trading, month, "overrides")["B13"] == (1,)
    begin_month(trading)
    before = board(trading, month)
    merge(trading, "B13", "B11")
    org(trading, "unit_move", code="B12", parent="R2")
    trading.followed()
    merge(trading, "R1", "R2")
    trading.followed()
    after = board(trading, month)
    assert {u: {**r, "overdue_now": 0} for u, r in after.items()} == {u: {**r, "overdue_now": 0} for u, r in before.items()}
    for case in left:
        assert trading.connect("ver2").call("application_return", application=case["id"], reason="r").ok
    assert (before["R1"]["overdue_now"], board(trading, month)["R1"]["overdue_now"]) == (3, 1), "that of HQ is left"


# ---- when ----

def test_a_deadline_is_of_the_month_in_which_it_lay(apart):
    trading = apart(Policy())
    trading.go_to((trading.today().replace(day=1) + 63 * DAY).replace(day=1) - 4 * DAY)
    month, case = month_of(trading), submit(trading)
    due = case["due_at_us"]
    assert due == instant(trading.today() + 4 * DAY), "24:00 of the last day"
    trading.advance_to(due + 3_600_000_000)
    trading.noted()
    assert civil(trading.now()).isoformat()[:7] > month
    shown = "missed", "verify_missed", "overdue_now"
    assert counts(trading, month_of(trading), *shown) == {} and counts(trading, month, *shown)["R1"] == (1, 1, 1)
    step(trading, case, "verify", "ver1")
    assert counts(trading, month_of(trading), *shown) == {} and counts(trading, month, *shown)["R1"] == (1, 1, 0)


def test_what_is_noted_after_a_standstill_is_of_its_month(apart):
    trading = apart(Policy())
    month = begin_month(trading, 24)
    case = submit(trading)
    trading.run_stopped()
    with trading.owner.cursor() as cursor:
        cursor.execute("UPDATE creditd.clock SET offset_us = offset_us + 9 * 86400000000")
    trading.run_again()
    trading.noted()
    assert month_of(trading) > month
    assert counts(trading, month, "missed", "verify_missed", "overdue_now")["R1"] == (1, 1, 1)
    step(trading, case, "verify", "ver1")
    assert counts(trading, month, "missed", "verify_missed", "overdue_now")["R1"] == (1, 1, 0)
    assert counts(trading, month_of(trading), "verify_missed", "verified", "verified_in_time")["R1"] == (0, 1, 0)


# ---- not acting ----

def test_doing_nothing_is_no_better_than_doing_it_late(apart):
    """One of ten in time: the score is that of one in ten, whether the others come late or never."""
    trading = apart(Policy())
    month, cases = begin_month(trading), [submit(trading) for _ in range(10)]
    step(trading, cases[0], "verify", "ver1")
    assert board(trading, month)["R1"]["score_bp"] == 10000
    later(trading, 6)
    row = board(trading, month)["R1"]
    assert (row["verified"], row["verified_in_time"], row["verify_missed"], row["overdue_now"]) == (1, 1, 9, 10)
    # verify weighs 2000, decide 1000 (missed by HQ), not returned 1000
    assert row["score_bp"] == (2000 * 1000 + 1000 * 0 + 1000 * 10000) // 4000
    for case in cases[1:]:
        step(trading, case, "verify", "ver1")
    row = board(trading, month)["R1"]
    assert (row["verified"], row["verified_in_time"], row["verify_missed"]) == (10, 1, 9), "no deadline is missed twice"
    assert row["score_bp"] == (2000 * 1000 + 1000 * 0 + 1000 * 10000) // 4000


def test_a_unit_that_never_acts_has_a_score_and_a_rank(apart):
    trading = apart(Policy())
    month, case = begin_month(trading), trading.apply(trading.customer("red", "B21"), "green", login="sub21")
    step(trading, case, "verify", "ver2")
    for _ in range(2):
        submit(trading)
    later(trading, 6)
    rows = board(trading, month)
    assert (rows["R1"]["score_bp"], rows["R1"]["rank"], rows["R2"]["rank"]) == (0, 2, 1)


@pytest.mark.parametrize("end", ["verify", "return", "recall", "withdraw", "move", "lapse"])
def test_what_nobody_noted_counts_when_the_wait_ends(apart, end):
    """Once, in the month of the deadline, for the unit whose step it was, whatever ends the wait."""
    trading = apart(Policy())
    month, case = begin_month(trading, 24), submit(trading)
    unnoted(trading, case, 9)
    assert counts(trading, month, "missed") == {}
    if end == "move":
        move(trading, case["customer_id"], "B21")
    elif end == "lapse":
        day = trading.today()
        trading.give(case["customer_number"], *trading.missed(4, 2_000_000_00, day - 60 * DAY, day - 30 * DAY))
    else:
        step(trading, case, end, "sub11" if end in ("recall", "withdraw") else "ver1")
    trading.noted()
    missed = {u: (1, 1, 0) for u in ("HQ", "R1", "B11")}
    assert counts(trading, month, "missed", "verify_missed", "overdue_now") == missed
    assert "R2" not in counts(trading, month_of(trading), "missed")
    row = board(trading, month_of(trading)).get("R1", {})
    assert (row.get("verified", 0), row.get("verify_missed", 0)) == (int(end in ("verify", "return")), 0)


def test_a_deadline_that_was_extended_can_be_missed_again(apart):
    trading = apart(Policy())
    month, case = begin_month(trading), trading.bring(submit(trading), "verified")
    later(trading, 4)
    assert counts(trading, month, "decide_missed", "overdue_now")["HQ"] == (1, 1)
    asked(trading, case, days=3)
    answered(trading, case, True)
    assert counts(trading, month, "decide_missed", "overdue_now")["HQ"] == (1, 0)
    later(trading, 4)
    assert counts(trading, month, "decide_missed", "overdue_now")["HQ"] == (2, 1)
    step(trading, case, "approve", "app")
    assert counts(trading, month, "decided", "decided_in_time", "decide_missed", "overdue_now")["HQ"] == (1, 0, 2, 0)


def test_the_new_deadline_that_nobody_noted_counts_too(apart):
    """Noted was the one before the extension."""
    trading = apart(Policy())
    month, case = begin_month(trading), trading.bring(submit(trading), "verified")
    later(trading, 4)
    asked(trading, case, days=3)
    answered(trading, case, True)
    unnoted(trading, case, 4)
    assert counts(trading, month, "decide_missed")["HQ"] == (1,)
    step(trading, case, "reject", "app")
    assert counts(trading, month, "decide_missed", "overdue_now")["HQ"] == (2, 0)


def test_a_criterion_is_missed_by_its_first_submission(apart):
    """Late after it was detected; and a second case for the same criterion misses nothing more."""
    trading = apart(Policy())
    month, number, today = begin_month(trading, 26), trading.customer("red"), trading.today()
    trading.give(number, *trading.kept(3, 4_000_000_00, today - 20 * DAY, today - 10 * DAY))
    trading.settled()
    assert number in trading.criteria()
    later(trading, 8)
    case = trading.apply(number, "green")
    names = "submit_missed", "met_missed", "missed"
    assert counts(trading, month, *names) == {u: (1, 1, 1) for u in ("HQ", "R1", "B11")}
    assert counts(trading, month_of(trading), "submitted", "submitted_in_time", *names)["B11"] == (1, 0, 0, 0, 0)
    step(trading, case, "withdraw", "sub11")
    trading.apply(number, "green")
    assert counts(trading, month, *names)["B11"] == (1, 1, 1)
    assert counts(trading, month_of(trading), "submitted", "submitted_in_time", *names)["B11"] == (2, 0, 0, 0, 0)


def test_the_missed_of_all_steps_are_the_missed(apart):
    trading = apart(Policy())
    month = begin_month(trading)
    for state in ("submitted", "verified", "approved", "returned"):
        trading.bring(submit(trading), state)
    later(trading, 20)
    row = board(trading, month)["B11"]
    assert [row[name] for name in MISSED] == [0, 1, 1, 1] and row["missed"] == 4 == row["overdue_now"]


def criterion_missed(trading, day=5):
    """The month that begins, and a customer whose criterion the branch has missed in it."""
    month, number, today = begin_month(trading, day), trading.customer("red"), trading.today()
    trading.give(number, *trading.kept(3, 4_000_000_00, today - 20 * DAY, today - 10 * DAY))
    trading.settled()
    later(trading, 3)
    return month, number


def test_a_criterion_that_nobody_answers_is_the_branchs_miss(apart):
    trading = apart(Policy())
    month, number = criterion_missed(trading, 24)
    names = "submitted", "submitted_in_time", "submit_missed", "met_missed", "missed", "overdue_now"
    assert counts(trading, month, *names)["B11"] == (0, 0, 1, 1, 1, 1)
    move(trading, number, "B21")
    assert counts(trading, month, *names)["B11"] == (0, 0, 1, 1, 1, 1) and "B21" not in counts(trading, month, *names)
    trading.apply(number, "green", login="sub21")
    assert counts(trading, month, *names)["B11"] == (0, 0, 1, 1, 1, 0), "late, and counted once"
    assert counts(trading, month, "submitted", "submitted_in_time", "submit_missed")["B21"] == (1, 0, 0)


def test_a_criterion_that_an_override_has_ended_is_not_overdue(apart):
    """There is none while it is in force; a new one comes after it."""
    trading = apart(Policy())
    month, number = criterion_missed(trading)
    names = "submit_missed", "missed", "overdue_now"
    assert counts(trading, month, *names)["B11"] == (1, 1, 1)
    trading.connect("appb").do("customer_override", customer=number, grade="green", reason="r",
                               until=(trading.today() + 5 * DAY).isoformat())
    assert not trading.criteria() and counts(trading, month, *names)["B11"] == (1, 1, 0)
    trading.go_to(trading.today() + 6 * DAY)
    trading.settled()
    assert counts(trading, month, *names)["B11"] == (1, 1, 0), "the new one is in time"
    later(trading, 3)
    assert counts(trading, month, *names)["B11"] == (2, 2, 1)


def test_an_emergency_leaves_a_missed_criterion_overdue(apart):
    trading = apart(Policy())
    month, number = criterion_missed(trading)
    ask(trading, number, login="appb")
    assert counts(trading, month, "missed", "overdue_now")["B11"] == (1, 1)
    later(trading, 1)
    assert counts(trading, month, "missed", "overdue_now")["B11"] == (1, 1)
