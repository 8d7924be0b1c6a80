"""The tests' own reference of standing (harness/standing.py), on numbers that were worked out by hand."""
import datetime as dt
import random
from dataclasses import replace

import pytest

from harness import policies, standing
from harness.standing import Account, Policy, Trade

POLICY = Policy()
TODAY = dt.date(2026, 3, 31)


def trade(document="D", amount=100_00, issued="2026-01-01", due="2026-02-01", settled="2026-02-01", **more):
    day = dt.date.fromisoformat
    return Trade(document, amount, day(issued), day(due), settled and day(settled), **more)


@pytest.mark.parametrize("day, months, first", [
    ("2026-03-31", 12, "2025-04-01"), ("2026-03-31", 1, "2026-03-01"), ("2024-03-31", 1, "2024-03-01"),
    ("2026-03-30", 13, "2025-03-01"), ("2024-02-29", 12, "2023-03-01"), ("2025-02-28", 12, "2024-02-29"),
    ("2026-01-15", 1, "2025-12-16"), ("2026-12-31", 6, "2026-07-01")])
def test_the_window(day, months, first):
    policy = replace(POLICY, window_months=months)
    assert standing.window_first(policy, dt.date.fromisoformat(day)) == dt.date.fromisoformat(first)


def test_volume_and_fulfilment_are_counted_at_their_own_dates():
    trades = [trade("first day", issued="2025-04-01", due="2025-04-30"),
              trade("a day before", issued="2025-03-31", due="2025-04-01", settled="2025-04-01"),
              trade("due today", issued="2026-03-31", due="2026-03-31", settled=None),
              trade("due yesterday", issued="2026-03-01", due="2026-03-30", settled=None),
              trade("a day late", due="2026-02-01", settled="2026-02-02"),
              trade("cancelled", cancelled=True), trade("no rate", currency="XAU")]
    assert standing.sums(POLICY, trades, TODAY) == standing.Sums(400_00, 4, 4, 1, 400_00, 100_00)


@pytest.mark.parametrize("kept, due, bp, below", [(3, 4, 7500, False), (74, 99, 7474, True), (75, 100, 7500, False),
                                                  (2, 3, 6666, True), (0, 1, 0, True), (1, 1, 10000, False)])
def test_the_floor_is_strict_and_the_rate_is_rounded_down(kept, due, bp, below):
    counted = standing.Sums(due=due, fulfilled=kept)
    assert (standing.rate_bp(POLICY, counted), standing.below_floor(POLICY, counted)) == (bp, below)


def test_nothing_due_is_not_below_the_floor():
    assert standing.rate_bp(POLICY, standing.Sums()) is None and not standing.below_floor(POLICY, standing.Sums())


@pytest.mark.parametrize("volume, key, ordinary", [
    (100_000_00, ("key", "green"), ("key", "green")), (99_999_99, ("key", "yellow"), ("key", "yellow")),
    (999_99, ("key", "black"), standing.ORDINARY)])
def test_bands_and_what_lies_below_them(volume, key, ordinary):
    counted = standing.Sums(volume=volume)
    assert standing.judged(POLICY, counted, "key") == key
    assert standing.judged(POLICY, counted, "ordinary") == ordinary


@pytest.mark.parametrize("issued, amount, minor", [
    ("2025-12-31", 1_00, 7_00), ("2026-01-01", 1_00, 7_00), ("2026-02-01", 1_01, 7_18), ("2024-01-01", 1_00, 7_00)])
def test_the_rate_of_the_day_of_issue(issued, amount, minor):
    """1.01 at 7.105 is 7.17605; the first rate counts for the days before it too."""
    policy = replace(POLICY, rates=(("USD", dt.date(2026, 1, 1), "7"), ("USD", dt.date(2026, 2, 1), "7.105")))
    assert standing.converted(policy, trade(issued=issued, amount=amount, currency="USD")) == minor


def test_half_a_cent_is_rounded_up():
    policy = replace(POLICY, rates=(("USD", dt.date(2026, 1, 1), "0.5"),))
    assert [standing.converted(policy, trade(amount=n, currency="USD")) for n in (1, 2, 3)] == [1, 1, 2]


def test_met_on_and_next_on():
    trades = [trade(amount=20_000_00, issued="2026-01-10", due="2026-06-01", settled=None)]
    assert standing.computed(POLICY, trades, TODAY, "key") == ("key", "yellow")
    assert standing.met_on(POLICY, trades, TODAY, "key") == dt.date(2026, 1, 10)
    assert standing.met_on(POLICY, trades, TODAY, "key", dt.date(2026, 2, 2)) == dt.date(2026, 2, 2)
    assert standing.next_on(POLICY, trades, TODAY) == dt.date(2026, 6, 2), "the day after the missed due date"
    assert standing.next_on(POLICY, trades, dt.date(2026, 6, 2)) == dt.date(2027, 6, 1), "the day it leaves the window"
    assert standing.next_on(POLICY, trades, dt.date(2027, 6, 1)) is None


def test_the_lift():
    assert standing.lift(POLICY, standing.Sums(volume=9_000_00), "key") == ("yellow", 1_000_00, 0, 0)
    assert standing.lift(POLICY, standing.Sums(volume=100_000_00), "key") is None
    low = standing.Sums(volume=500_00, due=10, fulfilled=7, due_amount=10_00, fulfilled_amount=7_01)
    assert standing.lift(POLICY, low, "key") == ("black", 0, 2, 0)
    assert standing.lift(replace(POLICY, basis="amount"), low, "key") == ("black", 0, 0, 1_96)


def test_a_demotion_its_correction_and_what_was_known_when():
    account = Account.opened("red", dt.date(2026, 3, 1))
    late = trade(amount=5_000_00, issued="2026-02-01", due="2026-03-09", settled=None)
    account.learn(late)
    for day in (9, 10, 11):
        account.evaluate(POLICY, dt.date(2026, 3, day))
    assert (account.tier, account.since) == ("ordinary", dt.date(2026, 3, 10))
    account.learn(replace(late, settled=dt.date(2026, 3, 9)))
    account.evaluate(POLICY, dt.date(2026, 3, 20))
    assert account.story == [(dt.date(2026, 3, 10), "demotion"), (dt.date(2026, 3, 20), "correction")]

    def at(on, known):
        return standing.as_of(account.history, dt.date(2026, 3, on), dt.date(2026, 3, known))
    assert at(10, 19) == ("ordinary", None, "demotion") and at(10, 20) == ("key", "red", "correction")
    assert at(9, 20) == at(9, 1) == ("key", "red", "opening") and at(1, 1)[0] == "key"
    assert standing.as_of(account.history, dt.date(2026, 2, 28), TODAY) == ("ordinary", None, None)


def test_a_criterion_comes_and_goes_and_keeps_its_date():
    account = Account.opened("black", dt.date(2026, 1, 1))
    account.learn(trade(amount=20_000_00, issued="2026-01-10", due="2026-01-20", settled="2026-01-20"))
    account.evaluate(POLICY, dt.date(2026, 2, 1))
    account.evaluate(POLICY, dt.date(2026, 2, 2))
    assert account.criterion == (("key", "yellow"), dt.date(2026, 1, 10), dt.date(2026, 2, 1))
    account.learn(trade(cancelled=True))
    account.evaluate(POLICY, dt.date(2026, 2, 3))
    assert account.criterion is None
    assert [what for _, what in account.story] == ["criterion_met", "criterion_gone"]


def test_a_policy_is_read_back_as_it_was_written():
    source = random.Random(2)
    for _ in range(20):
        count = source.randrange(1, 5)
        limits = sorted(source.sample(range(0, 10**9), count), reverse=True)
        policy = Policy(currency=source.choice(("CNY", "USD")), window_months=source.randrange(1, 400),
                        bands=tuple(zip(standing.GRADES, limits)), below_lowest=source.choice(standing.GRADES),
                        basis=source.choice(("count", "amount")), floor_bp=source.randrange(10_001),
                        rates=(("EUR", dt.date(2026, 1, 1), "7.85"),))
        assert policies.read(policies.whole(policy)) == policy
