"""Standing by time alone, and what was known when: the clock of the database is moved and nothing else happens; late
facts change the past as it is known today, and not as it was known then."""
import datetime as dt
import random
from dataclasses import replace

from harness import paths, policies, standing
from harness.standing import DAY, ORDINARY, Account, Policy, Trade
from harness.trading import civil, found_in, row_of

SEED = 3
ZONES = {"B11": "Asia/Shanghai", "B12": "Asia/Tokyo"}
SHORT = Policy(window_months=2)
MOMENTS = 30


def story(trading, number, zone):
    """(date, what) of everything that happened to a customer's standing after its opening."""
    out = []
    for event in trading.events(number, "standing_changed", "criterion_met", "criterion_gone"):
        what = event["payload"]["cause"] if event["kind"] == "standing_changed" else event["kind"]
        if what != "opening":
            out.append((civil(event["at_us"], zone), what))
    return out


def future_trade(trading, source, today):
    """A trade that is known today; most are due in the weeks to come, some of these are settled already."""
    issued = today - source.randrange(0, 55) * DAY
    due = issued + source.randrange(0, 100) * DAY
    settled = due if due <= today and source.random() < .9 else None
    if settled is None and due > today and source.random() < .6:
        settled = today - source.randrange(0, max(1, (today - issued).days)) * DAY
    return trading.trade(source.choice((300_00, 3_000_00, 30_000_00)), issued, due, settled)


def test_the_clock_alone_demotes_and_tasks_on_the_right_days(apart):
    """Seventy-five days over due dates and window ends, day by day, against the reference evaluated day by day."""
    source = random.Random(SEED)
    trading = apart(SHORT)
    today = trading.today()
    accounts, branches = {}, {}
    for n in range(30):
        grade, branch = source.choice([*standing.GRADES, None]), source.choice(("B11", "B12"))
        number = trading.customer(grade, branch)
        accounts[number], branches[number] = Account.opened(grade, today), branch
        accounts[number].learn(*(future_trade(trading, source, today) for _ in range(1 + n % 9)))
    taken = trading.take([row_of(n, t, branches[n]) for n, a in accounts.items() for t in a.trades.values()], "app")
    assert not taken.refused
    for day in (today + n * DAY for n in range(76)):
        if day > today:
            trading.go_to(day, hour=1)
        for account in accounts.values():
            account.evaluate(SHORT, day)
    wrong = {}
    for number, account in accounts.items():
        told = story(trading, number, ZONES[branches[number]])
        if told != account.story or trading.in_force(number) != (account.tier, account.grade):
            wrong[number] = told, account.story
    assert not wrong
    whats = [what for account in accounts.values() for _, what in account.story]
    assert all(whats.count(what) > 5 for what in ("demotion", "criterion_met", "criterion_gone"))
    later = {day for account in accounts.values() for day, what in account.story if what == "demotion"} - {today}
    assert len(later) > 3, "not all of them at once"


def test_a_jump_over_many_days_ends_where_the_days_would(apart):
    """The server may have been off for weeks: what was due meanwhile is done on the day it comes back."""
    trading = apart(SHORT)
    today = trading.today()
    number = trading.customer("red")
    trading.give(number, *trading.missed(1, 2_000_00, today - DAY, today + 5 * DAY))
    trading.go_to(today + 20 * DAY)
    assert trading.in_force(number) == ORDINARY
    assert story(trading, number, ZONES["B11"]) == [(today + 20 * DAY, "demotion")]
    trading.go_to(today + 90 * DAY)
    assert trading.in_force(number) == ORDINARY and "criterion_grade" not in trading.show(number)["customer"]


def test_the_next_date_that_is_told_is_the_one(apart):
    trading = apart(SHORT)
    today = trading.today()
    number = trading.customer("red")
    trades = trading.missed(1, 2_000_00, today - 3 * DAY, today + 6 * DAY)
    trading.give(number, *trades)
    told = trading.show(number)["explanation"]["next_on"]
    assert told == standing.next_on(SHORT, trades, today).isoformat() == (today + 7 * DAY).isoformat()
    trading.go_to(today + 6 * DAY, hour=23)
    assert trading.in_force(number) == ("key", "red")
    trading.go_to(today + 7 * DAY, hour=0)
    trading.settled()
    assert trading.in_force(number) == ORDINARY


def changed_dates(trades, settled):
    """The trades with another settlement."""
    return [replace(t, settled=settled(t)) for t in trades]


def test_a_demotion_taken_back_says_what_changed(apart):
    trading = apart(standing.Policy())
    today = trading.today()
    number = trading.customer("yellow")
    late = trading.missed(2, 6_000_00, today - 60 * DAY, today - 30 * DAY)
    trading.give(number, *late)
    assert trading.in_force(number) == ORDINARY
    trading.go_to(today + 4 * DAY)
    taken = trading.give(number, *changed_dates(late, lambda t: t.due))
    assert taken.counts("evaluated", "corrected") == (1, 1)
    assert trading.in_force(number) == ("key", "yellow")
    event = trading.events(number, "standing_changed")[-1]
    assert event["actor"] == "system"
    told = event["payload"]
    assert (told["tier"], told["grade"], told["cause"]) == ("key", "yellow", "correction")
    assert (told["valid_from"], told["on"]) == (today.isoformat(),) * 2, "the demotion that is taken back"
    assert (found_in(told, "due"), found_in(told, "fulfilled"), found_in(told, "rate_bp")) == (2, 2, 10_000)
    rows = trading.rows("""SELECT s.valid_from, s.cause FROM standing_history s JOIN customer c
                           USING (home_id, customer_id) WHERE c.number = %s ORDER BY s.seq""", number)
    assert rows[1:] == [(today, 3), (today, 5)]


def test_settled_too_late_takes_nothing_back(apart):
    """Known later, and still not in time; and in time, when the rate has been below the floor since for another
    reason."""
    trading = apart(standing.Policy())
    today = trading.today()
    one, other = trading.customer("red"), trading.customer("red")
    late = {n: trading.missed(2, 1_000_00, today - 60 * DAY, today - 30 * DAY) for n in (one, other)}
    for number, trades in late.items():
        trading.give(number, *trades)
    trading.give(other, *trading.missed(4, 100_00, today - 2 * DAY, today + DAY))
    trading.go_to(today + 4 * DAY)
    trading.give(one, *changed_dates(late[one], lambda t: t.due + DAY))
    trading.give(other, *changed_dates(late[other], lambda t: t.due))
    for number in (one, other):
        assert trading.in_force(number) == ORDINARY
        assert [what for _, what in story(trading, number, ZONES["B11"])] == ["demotion"]


def tell(trading, account, number, today, *trades):
    """Trades become known: to the server, and to the reference."""
    trading.give(number, *trades)
    account.learn(*trades)
    account.evaluate(trading.policy, today)
    assert trading.in_force(number) == (account.tier, account.grade)


def test_what_applied_when_as_known_when(apart):
    """A demotion, its correction, another demotion, readmission; then fifty pairs of dates."""
    trading = apart(standing.Policy())
    opened = trading.today()
    number, account = trading.customer("red"), Account.opened("red", opened)
    day = opened + 2 * DAY
    trading.go_to(day)
    first = trading.missed(2, 1_000_00, day - 60 * DAY, day - 30 * DAY)
    tell(trading, account, number, day, *first)
    trading.go_to(day + 3 * DAY)
    tell(trading, account, number, day + 3 * DAY, *changed_dates(first, lambda t: t.due))
    trading.go_to(day + 6 * DAY)
    second = trading.missed(2, 100_00, day + 4 * DAY, day + 5 * DAY)
    tell(trading, account, number, day + 6 * DAY, *second)
    trading.go_to(day + 9 * DAY)
    tell(trading, account, number, day + 9 * DAY, *trading.kept(8, 100_00, day + 6 * DAY, day + 7 * DAY))
    trading.bring(trading.apply(number, "red", None), "recorded")
    account.put("key", "red", day + 9 * DAY, day + 9 * DAY, "application")
    trading.go_to(day + 12 * DAY)
    tell(trading, account, number, day + 12 * DAY, *changed_dates(second, lambda t: t.due))
    causes = [row.cause for row in account.history]
    assert causes == ["opening", "demotion", "correction", "demotion", "application"]
    source, seen = random.Random(SEED), set()
    for _ in range(50):
        on, known = (opened + source.randrange(-2, 15) * DAY for _ in range(2))
        shown = trading.show(number, on=on.isoformat(), known=known.isoformat())["as_of"]
        told = shown["tier"], shown.get("grade"), shown.get("cause")
        assert told == standing.as_of(account.history, on, known), (on, known)
        assert (shown["on"], shown["known"]) == (on.isoformat(), known.isoformat())
        seen.add(told)
    assert len(seen) == 5, "the pairs see every part of it"
    for more in ({"on": "2026-02-30"}, {"known": "yesterday"}):
        reply = trading.connect("aud").call("customer_show", customer=number, purpose="t", **more)
        assert (reply.reason, reply.field) == ("FIELD_INVALID", next(iter(more)))


def test_a_day_ends_in_the_zone_of_the_branch(apart):
    """Known at the end of a day: what was recorded in its last hour is, what was recorded in the first hour of the next
    one is not."""
    trading = apart(standing.Policy())
    today = trading.today()
    for hour, date in ((23, today), (0, today + DAY)):
        trading.go_to(date, hour)
        number = trading.customer("red")
        trading.give(number, Trade(trading.document(), 1_000_00, date - 9 * DAY, date - 2 * DAY))
        for known, cause in ((date - DAY, None), (date, "demotion")):
            shown = trading.show(number, on=date.isoformat(), known=known.isoformat())["as_of"]
            assert shown.get("cause") == cause, (hour, known)
            assert (dt.date.fromisoformat(shown["valid_from"]) == date) if cause else "valid_from" not in shown


def test_a_policy_that_is_in_force_for_a_moment_only(apart):
    """Published and rolled back while evaluations are under way: whoever was evaluated under it is evaluated again."""
    trading = apart(Policy())
    today = trading.today()
    number, trade = trading.customer("red"), trading.trade(20_000_00, today - 40 * DAY, today - 10 * DAY, today - 10 * DAY)
    trading.give(number, trade)
    sub, checker = trading.connect("sub11"), trading.connect("checker")
    under = set()
    for n in range(MOMENTS):
        version = policies.proposed(trading.connect("maker"), policies.whole(Policy()) + f"// {n}\n")
        corrected = sub.post("trade_correct", customer=number, document=trade.document, amount_minor=20_000_00 + n + 1,
                             reason="r")
        published = checker.post("policy_publish", version=version)
        assert sub.wait(corrected).ok and checker.wait(published).ok
        checker.do("policy_roll_back", version=version, reason="r")
        under.add(trading.rows("SELECT evaluated_policy FROM customer WHERE number = %s", number)[0][0] == version)
        trading.settled(10)
    assert any(under), "it was evaluated in that moment"
