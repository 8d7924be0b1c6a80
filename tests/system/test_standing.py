"""Standing follows from trades: the floor, bands and criteria, what ends with a demotion, admission by application,
what an answer explains and to whom. The numbers are those of the reference, harness/standing.py."""
import datetime as dt
import random
from dataclasses import replace

import pytest

from harness import dump, ledger, standing
from harness.process import wait_until
from harness.standing import DAY, ORDINARY, Policy
from harness.trading import OPEN_STATES, civil, found_in, instant, period_end, row_of, trade_of

SEED = 11
POLICY = Policy(rates=(("USD", dt.date(2020, 1, 1), "7.1"), ("USD", dt.date(2026, 1, 1), "6.95")))
SUBMIT_DAYS, WHOLE_DAYS = 2, 10
ZONES = {"B11": "Asia/Shanghai", "B12": "Asia/Tokyo", "B21": "America/New_York"}


@pytest.fixture(scope="module", autouse=True)
def whole(pg, server):
    """In the end the database's own check and the ledger find nothing."""
    yield
    assert dump.integrity(pg.owner) == []
    assert ledger.faults(dump.take(pg.owner)) == []


def mixture(trading, kept, due, amount=100_00):
    """`due` trades of one amount that were due, `kept` of them in time."""
    today = trading.today()
    dates = today - 60 * DAY, today - 30 * DAY
    return [*trading.kept(kept, amount, *dates), *trading.missed(due - kept, amount, *dates)]


def rises(trading, grade="black", amount=20_000_00):
    """A customer whose volume lies in a better band than the grade in force; his number and trades."""
    number, today = trading.customer(grade), trading.today()
    trades = trading.kept(2, amount // 2, today - 60 * DAY, today - 30 * DAY)
    trading.give(number, *trades)
    return number, trades


# ---- the floor ----

@pytest.mark.parametrize("kept, due, stays", [(3, 4, True), (75, 100, True), (74, 99, False), (74, 100, False),
                                              (0, 1, False), (300, 400, True), (299, 399, False)])
def test_the_floor_is_strict(trading, kept, due, stays):
    number = trading.customer("red")
    trading.give(number, *mixture(trading, kept, due))
    assert trading.in_force(number)[0] == ("key" if stays else "ordinary")
    assert len(trading.events(number, "standing_changed")) == (1 if stays else 2)


def test_by_amount_it_is_a_cent(apart):
    """Each pair of trades: 75.00 or 74.99 of 100.00 were kept."""
    trading = apart(replace(POLICY, basis="amount"))
    today = trading.today()
    dates = today - 60 * DAY, today - 30 * DAY
    for cents, stays in ((75_00, True), (74_99, False)):
        number = trading.customer("black")
        trading.give(number, *trading.kept(1, cents, *dates), *trading.missed(1, 100_00 - cents, *dates))
        assert (trading.in_force(number) == ("key", "black")) == stays
    many = trading.customer("black")
    trading.give(many, *trading.kept(1, 75_01, *dates), *trading.missed(99, 25, *dates))
    assert trading.in_force(many)[0] == "key", "by count it would be 1 of 100"


def test_a_demotion_carries_its_evidence(trading):
    number = trading.customer("yellow")
    trades = mixture(trading, 2, 3, 7_777_77)
    before = trading.now()
    taken = trading.give(number, *trades)
    assert taken.counts("customers", "evaluated", "demoted") == (1, 1, 1)
    event = trading.events(number, "standing_changed")[-1]
    told = event["payload"]
    assert event["actor"] == "system" and before <= event["at_us"] <= trading.now()
    assert (told["tier"], told["cause"], told.get("grade")) == ("ordinary", "demotion", None)
    assert [found_in(told, name) for name in ("due", "fulfilled", "rate_bp", "floor_bp")] == [3, 2, 6666, 7500]
    row, = trading.rows("""SELECT valid_from, s.recorded_at, s.tier, s.grade, s.cause FROM standing_history s
                           JOIN customer c USING (home_id, customer_id) WHERE c.number = %s
                           ORDER BY s.seq DESC LIMIT 1""", number)
    assert row == (trading.today(), event["at_us"], 2, None, ledger.DEMOTION)


def test_an_ordinary_customer_below_the_floor_stays_one(trading):
    number = trading.customer()
    trading.give(number, *mixture(trading, 0, 3))
    assert trading.in_force(number) == ORDINARY and not trading.events(number, "standing_changed")


def test_what_is_not_due_yet_does_not_count(trading):
    number, today = trading.customer("red"), trading.today()
    trading.give(number, *trading.missed(3, 400_00, today - DAY, today), *trading.missed(3, 400_00, today, today + DAY))
    assert trading.in_force(number) == ("key", "red")
    explanation = trading.show(number)["explanation"]
    assert "rate_bp" not in explanation and explanation.get("due", 0) == 0


def test_a_customer_without_trades_is_never_evaluated(trading):
    number = trading.customer("green")
    assert "explanation" not in trading.show(number)
    assert trading.rows("SELECT evaluated_policy FROM customer WHERE number = %s", number) == [(None,)]


def test_a_key_account_below_the_lowest_band_gets_what_the_policy_says(trading):
    number = trading.customer("red")
    trading.give(number, *mixture(trading, 1, 1, 999_99))
    shown = trading.show(number)["customer"]
    assert (shown["grade"], shown["criterion_grade"]) == ("red", "black")
    ordinary = trading.customer()
    trading.give(ordinary, *mixture(trading, 1, 1, 999_99))
    assert "criterion_grade" not in trading.show(ordinary)["customer"]


# ---- a demotion ends an open application ----

@pytest.mark.parametrize("state", OPEN_STATES)
def test_an_open_application_lapses(trading, state):
    number = trading.customer("red")
    application = trading.apply(number, "green")
    if state != "submitted":
        application = trading.bring(application, state)
    version = application["version"]
    trading.give(number, *mixture(trading, 0, 4))
    shown = trading.connect("aud").do("application_show", application=application["id"], purpose="t")["application"]
    assert (shown["state"], shown["version"]) == ("lapsed", version + 1)
    assert not {"due_at_us", "turn_unit"} & shown.keys()
    assert trading.in_force(number) == ORDINARY
    assert "open_application_id" not in trading.show(number)["customer"]
    kinds = [e["kind"] for e in trading.events(number)]
    assert kinds.count("lapse") == 1 and kinds.count("standing_changed") == 2
    lapse, = trading.events(number, "lapse")
    assert (lapse["actor"], lapse["application_id"]) == ("system", application["id"])
    for login, step in (("ver1", "return"), ("app", "approve"), ("sub11", "record"), ("sub11", "withdraw")):
        more = {"reason": "r"} if step == "return" else {}
        reply = trading.connect(login).call(f"application_{step}", application=application["id"], **more)
        assert reply.reason in ("STATE_CHANGED", "ALREADY_DECIDED")
    for login in ("sub11", "ver1", "app"):
        inbox = trading.connect(login).do("inbox", purpose="t").get("applications", [])
        assert application["id"] not in {a["id"] for a in inbox}


# ---- criteria ----

def test_a_criterion_is_kept_with_its_dates_and_stands_in_the_inbox(trading):
    before = trading.now()
    number, trades = rises(trading)
    shown, today = trading.show(number)["customer"], trading.today()
    assert trading.in_force(number) == ("key", "black"), "a criterion changes nothing by itself"
    assert shown["criterion_grade"] == "yellow"
    assert before <= shown["criterion_detected_at_us"] <= trading.now()
    assert shown["criterion_met_on"] == standing.met_on(POLICY, trades, today, "key", today).isoformat()
    assert shown["criterion_due_at_us"] == period_end(ZONES["B11"], shown["criterion_detected_at_us"], SUBMIT_DAYS)
    listed = trading.criteria()[number]
    assert (listed["from_grade"], listed["to_grade"], listed["branch"]) == ("black", "yellow", "B11")
    for name in ("met_on", "detected_at_us", "due_at_us"):
        assert listed[name] == shown[f"criterion_{name}"]
    assert not listed.get("overdue") and listed["customer_version"] == shown["version"]
    event, = trading.events(number, "criterion_met")
    assert event["at_us"] == shown["criterion_detected_at_us"] and event["actor"] == "system"
    assert "yellow" in str(event["payload"]) and shown["criterion_met_on"] in str(event["payload"])


def test_met_lies_before_detected(trading):
    """An ordinary customer who has long been what only now becomes known."""
    number, today = trading.customer(), trading.today()
    first, second = trading.kept(2, 600_00, today - 200 * DAY, today - 170 * DAY)
    second = replace(second, issued=today - 100 * DAY, due=today - 90 * DAY, settled=today - 90 * DAY)
    trading.give(number, first, second)
    shown = trading.show(number)["customer"]
    assert shown["criterion_grade"] == "red"
    assert shown["criterion_met_on"] == (today - 100 * DAY).isoformat()
    listed = trading.criteria()[number]
    assert "from_grade" not in listed and listed["to_grade"] == "red"


def test_who_has_it_in_the_inbox(trading):
    number, _ = rises(trading)
    assert number in trading.criteria("sub11") and number in trading.criteria("sub11b")
    for login in ("sub12", "ver1", "app", "aud", "sub21"):
        assert number not in trading.criteria(login), login
    for login, sees in (("ver1", True), ("aud", True), ("sub12", False), ("ver2", False)):
        assert (number in trading.criteria(login, inbox=False)) == sees, login
    assert number in trading.criteria("aud", inbox=False, branch="B11")
    assert number not in trading.criteria("aud", inbox=False, branch="B12")
    assert trading.criteria("ver1", inbox=False, limit=1).keys() == trading.criteria("ver1", inbox=False).keys()


def test_an_open_application_takes_it_out_of_the_inbox(trading):
    number, _ = rises(trading)
    application = trading.apply(number, "yellow", None)
    assert number not in trading.criteria() and number not in trading.criteria("aud", inbox=False)
    trading.connect("sub11").do("application_withdraw", application=application["id"])
    assert trading.criteria()[number]["to_grade"] == "yellow"


def test_a_criterion_goes_with_its_difference(trading):
    number, trades = rises(trading)
    assert trading.criteria()[number]["to_grade"] == "yellow"
    trading.take([row_of(number, replace(trades[0], cancelled=True)), row_of(number, replace(trades[1], amount=1_00))])
    shown = trading.show(number)["customer"]
    assert not [name for name in shown if name.startswith("criterion")] and number not in trading.criteria()
    assert [e["kind"] for e in trading.events(number, "criterion_met", "criterion_gone")] == ["criterion_met",
                                                                                             "criterion_gone"]


def test_the_same_criterion_keeps_its_dates(trading):
    """More of the same changes nothing; another band is another criterion."""
    number, trades = rises(trading)
    first = trading.show(number)["customer"]
    trading.give(number, *mixture(trading, 1, 1, 500_00))
    kept = trading.show(number)["customer"]
    for name in ("criterion_met_on", "criterion_detected_at_us", "criterion_due_at_us"):
        assert kept[name] == first[name]
    trading.take([row_of(number, replace(trades[0], amount=200_000_00))])
    other = trading.show(number)["customer"]
    assert other["criterion_grade"] == "green"
    assert other["criterion_detected_at_us"] > first["criterion_detected_at_us"]


def test_a_criterion_that_nobody_takes_up_is_overdue(apart):
    trading = apart(POLICY)
    number, _ = rises(trading)
    due = trading.criteria()[number]["due_at_us"]
    trading.advance_to(due)
    listed = trading.criteria()[number]
    assert listed["overdue"] is True and listed["due_at_us"] == due


# ---- by application ----

def test_an_application_from_a_criterion_takes_its_clock(apart):
    """Without a reason, and the whole counts from the day it was detected; by recording the criterion is gone."""
    trading = apart(POLICY)
    number, _ = rises(trading)
    detected = trading.show(number)["customer"]["criterion_detected_at_us"]
    met = trading.show(number)["customer"]["criterion_met_on"]
    trading.go_to(trading.today() + DAY)
    application = trading.apply(number, "yellow", None)
    assert not application.get("off_criteria")
    assert application["complete_by_us"] == period_end(ZONES["B11"], detected, WHOLE_DAYS)
    assert (application["criterion_met_on"], application["criterion_detected_at_us"]) == (met, detected)
    trading.bring(application, "recorded")
    assert trading.in_force(number) == ("key", "yellow")
    assert "criterion_grade" not in trading.show(number)["customer"] and number not in trading.criteria()
    assert trading.events(number)[-1]["kind"] in ("criterion_gone", "standing_changed")


def test_another_grade_than_computed_needs_a_reason(trading):
    number, _ = rises(trading)
    reply = trading.connect("sub11").call("application_submit", customer=number, to_grade="green")
    assert reply.reason == "REASON_REQUIRED"
    application = trading.apply(number, "green")
    assert application["off_criteria"] is True
    assert application["complete_by_us"] == period_end(ZONES["B11"], application["submitted_at_us"], WHOLE_DAYS)
    trading.bring(application, "recorded")
    assert trading.in_force(number) == ("key", "green")
    assert trading.criteria()[number]["to_grade"] == "yellow", "what is computed is still another grade"


def test_admission(trading):
    number, _ = rises(trading, None)
    listed = trading.criteria()[number]
    assert "from_grade" not in listed and listed["to_grade"] == "yellow"
    trading.bring(trading.apply(number, "yellow", None), "recorded")
    assert trading.in_force(number) == ("key", "yellow") and number not in trading.criteria()
    change = trading.events(number, "standing_changed")[-1]
    assert (change["payload"]["cause"], change["actor"]) == ("application", "sub11")


def test_admission_of_somebody_who_has_no_volume_is_off_criteria(trading):
    number = trading.customer()
    reply = trading.connect("sub11").call("application_submit", customer=number, to_grade="green")
    assert reply.reason == "REASON_REQUIRED"
    assert trading.apply(number, "green")["off_criteria"] is True


def test_readmission(apart):
    """Demoted, kept every contract afterwards, and back by the same application."""
    trading = apart(POLICY)
    number = trading.customer("red")
    trading.give(number, *mixture(trading, 1, 2, 1_000_00))
    demoted = trading.today()
    assert trading.in_force(number) == ORDINARY
    trading.go_to(demoted + 5 * DAY)
    trading.give(number, *trading.kept(2, 1_000_00, demoted + DAY, demoted + 2 * DAY))
    assert trading.in_force(number) == ORDINARY, "on the day of the demotion it was right"
    shown = trading.show(number)["customer"]
    assert shown["criterion_grade"] == "red"
    assert shown["criterion_met_on"] == (demoted + 3 * DAY).isoformat()
    trading.bring(trading.apply(number, "red", None), "recorded")
    assert trading.in_force(number) == ("key", "red")
    causes = [e["payload"]["cause"] for e in trading.events(number, "standing_changed")]
    assert causes == ["opening", "demotion", "application"]


# ---- by hand ----

def test_a_trade_corrected_or_cancelled_by_hand(trading):
    number, trades = rises(trading)
    client = trading.connect("sub11")
    fields = {"customer": number, "document": trades[0].document}
    assert client.call("trade_correct", amount_minor=1, **fields).reason == "REASON_REQUIRED"
    assert client.call("trade_correct", amount_minor=1, reason="r", if_version=7, **fields).reason == "STALE_VERSION"
    assert client.call("trade_correct", reason="r", **fields).reason == "NOTHING_TO_CHANGE"
    wrong = client.call("trade_correct", due_on="1990-01-01", reason="r", **fields)
    assert (wrong.reason, wrong.field) == ("FIELD_INVALID", "due_on")
    told = client.do("trade_correct", unsettled=True, amount_minor=9_999_99, if_version=1, reason="bounced", **fields)
    assert (told["trade"]["version"], told["trade"]["amount_minor"]) == (2, 9_999_99)
    assert "settled_on" not in told["trade"] and "import" not in told["trade"]
    wait_until(lambda: trading.in_force(number) == ORDINARY, 10, "the evaluation")
    assert trading.events(number, "trade_corrected")[0]["payload"]["reason"] == "bounced"
    client.do("trade_cancel", reason="sent back", **fields)
    wait_until(lambda: trading.in_force(number) == ("key", "black"), 10, "the correction")
    for again in (client.call("trade_cancel", reason="again", **fields),
                  client.call("trade_correct", reason="again", amount_minor=5, **fields)):
        assert (again.reason, again.field) == ("FIELD_INVALID", "document"), "it is cancelled"
    kinds = [e["kind"] for e in trading.events(number)]
    assert kinds.count("trade_cancelled") == 1 and kinds.count("standing_changed") == 3
    shown = client.do("trade_show", purpose="t", **fields)
    assert shown["trade"]["cancelled"] is True and [v["version"] for v in shown["past"]] == [1, 2]


RIGHTS = {"sub11": None, "sub11b": None, "app": None, "clerk11": "LEVEL_TOO_LOW", "appclerk": "LEVEL_TOO_LOW",
          "ver1": "ROLE_MISSING", "aud": "ROLE_MISSING", "sync11": "ROLE_MISSING", "sub12": "NOT_FOUND",
          "sub21": "NOT_FOUND", "admin": "ADMINISTRATOR_ONLY_UNITS_AND_USERS"}


@pytest.mark.parametrize("login", RIGHTS)
def test_who_may_change_a_trade_by_hand(trading, login):
    number, trades = rises(trading)
    client = trading.connect(login)
    fields = {"customer": number, "reason": "r"}
    corrected = client.call("trade_correct", document=trades[0].document, amount_minor=1, **fields)
    cancelled = client.call("trade_cancel", document=trades[1].document, **fields)
    assert (corrected.reason, cancelled.reason) == (RIGHTS[login],) * 2
    nothing = client.call("trade_cancel", document="no such", **fields)
    assert nothing.reason == (RIGHTS[login] or "NOT_FOUND")


# ---- what is explained, to whom ----

def any_trade(trading, source, today):
    """A trade of the last years, in one of two currencies; some are late, open, cancelled."""
    issued = today - source.randrange(0, 800) * DAY
    due = issued + source.choice((0, 7, 30, 90)) * DAY
    paid = source.choice((None, due, due, due, due + DAY, max(issued, due - 3 * DAY)))
    return trading.trade(source.randrange(1, 5_000_00), issued, due, paid if paid and paid <= today else None,
                         currency=source.choice(("CNY", "CNY", "USD")), cancelled=source.random() < .05)


def test_every_number_is_that_of_the_reference(trading):
    source = random.Random(SEED)
    asked = 0
    for branch in ("B11", "B12", "B21", "B11", "B12") * 4:
        number = trading.customer(source.choice([*standing.GRADES, None]), branch)
        today = trading.today(ZONES[branch])
        trades = [any_trade(trading, source, today) for _ in range(source.randrange(1, 40))]
        trading.give(number, *trades, login="app", branch=branch)
        shown = trading.show(number)
        tier = shown["customer"]["tier"]
        assert {trade_of(t) for t in trading.trades(number).values()} == set(trades)
        assert standing.told(shown["explanation"]) == standing.explained(POLICY, trades, today, tier)
        listed = [c.get("fulfilled", False) for c in shown["explanation"].get("counted", ())]
        assert listed == sorted(listed), "late ones first"
        asked += shown["explanation"].get("below_floor", False)
    assert 0 < asked < 20, "some are below the floor"


def test_more_due_trades_than_are_listed(trading):
    number = trading.customer("red")
    trading.give(number, *mixture(trading, 1_190, 1_200, 1_00))
    explanation = trading.show(number)["explanation"]
    assert (len(explanation["counted"]), explanation["counted_more"], explanation["due"]) == (1_000, True, 1_200)
    assert sum(not c.get("fulfilled", False) for c in explanation["counted"]) == 10


def test_a_clerk_sees_verdicts_only(trading):
    number, _ = rises(trading)
    today = trading.today().isoformat()
    clerk = trading.connect("clerk11")
    for more in ({}, {"on": today, "known": today}):
        shown = trading.show(number, "clerk11", **more)
        assert shown.keys() == {"customer"} and "verdict" in shown["customer"]
        assert not [k for k in shown["customer"] if k == "grade" or k.startswith("criterion")]
    events = clerk.do("customer_history", customer=number, purpose="t")["events"]
    assert events and not [e for e in events if "payload" in e]
    listed = clerk.call("criterion_list", purpose="t")
    credit = {"from_grade", "to_grade"}
    assert not listed.ok or not [c for c in listed.body.get("criteria", ()) if credit & c.keys()]
    assert {"explanation", "as_of"} <= trading.show(number, "sub11", on=today).keys()


def test_other_regions_find_nothing(trading):
    number, _ = rises(trading)
    for login in ("sub12", "ver2", "sub21"):
        for method in ("customer_show", "customer_history", "trade_list"):
            reply = trading.connect(login).call(method, customer=number, purpose="t")
            assert (reply.reason, reply.field) == ("NOT_FOUND", "customer"), (login, method)


READS = {"customer_show": {}, "customer_history": {}, "trade_list": {}, "trade_show": {"document"},
         "criterion_list": None}


@pytest.mark.parametrize("method", READS)
def test_reads_of_credit_information_are_recorded(trading, method):
    number, trades = rises(trading)
    fields = {} if READS[method] is None else {"customer": number, **dict.fromkeys(READS[method], trades[0].document)}

    def written():
        return trading.rows("""SELECT login, purpose, read_audit.customer_id FROM read_audit
                               JOIN app_user USING (user_id) WHERE purpose LIKE 'why %%' ORDER BY read_audit_id""")
    purpose, before = f"why {method}", len(written())
    trading.connect("ver1b").do(method, purpose=purpose, **fields)
    trading.connect("clerk11").call(method, purpose=purpose, **fields)
    (login, why, customers), = written()[before:]
    (identity,), = trading.rows("SELECT customer_id FROM customer WHERE number = %s", number)
    assert (login, why) == ("ver1b", purpose) and identity in customers


def test_below_the_floor_recorded_during_an_import(trading):
    """What waits for the end of the import does not wait in vain, and nothing is refused meanwhile."""
    number, today = trading.customer(), trading.today()
    trading.give(number, *trading.missed(3, 10_00, today - 60 * DAY, today - 30 * DAY))
    application = trading.bring(trading.apply(number, "red", "off-criteria"), "approved")
    import_id = trading.begin()
    late = trading.trade(10_00, today - 60 * DAY, today - 30 * DAY)
    trading.chunk(import_id, [row_of(number, late)])
    trading.connect("sub11").do("application_record", application=application["id"])
    assert trading.in_force(number) == ("key", "red")
    trading.finish(import_id)
    assert trading.in_force(number) == standing.ORDINARY


# ---- another policy ----

def test_another_policy_evaluates_everybody_anew(apart):
    source = random.Random(SEED + 1)
    trading = apart(POLICY)
    today = trading.today()
    numbers = {}
    for _ in range(25):
        number = trading.customer(source.choice(standing.GRADES))
        numbers[number] = [any_trade(trading, source, today) for _ in range(source.randrange(1, 30))]
    trading.take([row_of(n, t) for n, trades in numbers.items() for t in trades], "app")
    untouched = trading.customer("green")
    before = {n: trading.in_force(n) for n in numbers}
    version = trading.show(next(iter(numbers)))["explanation"]["policy_version"]
    stricter = replace(POLICY, floor_bp=9_500, window_months=18,
                       bands=(("green", 30_000_00), ("yellow", 3_000_00), ("red", 300_00)))
    trading.again(stricter)
    trading.settled()
    changed = 0
    for number, trades in numbers.items():
        shown = trading.show(number)
        tier, grade = trading.in_force(number)
        assert shown["explanation"]["policy_version"] == version + 1
        assert standing.told(shown["explanation"]) == standing.explained(stricter, trades, today, tier)
        came = standing.computed(stricter, trades, today, tier)
        assert came == (tier, grade) or shown["customer"]["criterion_grade"] == came[1]
        changed += before[number] != (tier, grade)
    assert changed > 3, "some were demoted by the stricter floor"
    assert "explanation" not in trading.show(untouched)


def test_a_currency_that_loses_its_rate_counts_nowhere(apart):
    trading = apart(POLICY)
    number, today = trading.customer("red"), trading.today()
    trading.give(number, *trading.kept(2, 1_000_00, today - 9 * DAY, today - 8 * DAY),
                 *trading.kept(3, 1_000_00, today - 9 * DAY, today - 8 * DAY, currency="USD"))
    assert trading.show(number)["explanation"]["due"] == 5
    trading.again(replace(POLICY, rates=()))
    trading.settled()
    explanation = trading.show(number)["explanation"]
    assert (explanation["due"], explanation["volume_minor"], explanation["not_converted"]) == (2, 2_000_00, 3)


# ---- imports by the day ----

def test_the_date_is_that_of_the_branch(apart):
    """At noon in New York it is already tomorrow in Asia: what is due today there was due yesterday here."""
    trading = apart(POLICY)
    day = civil(trading.now(), ZONES["B21"]) + 2 * DAY
    trading.advance_to(instant(day, ZONES["B21"], hour=20))
    here, there = trading.customer("red", "B11"), trading.customer("red", "B21")
    trades = {n: trading.missed(1, 2_000_00, day - 20 * DAY, day) for n in (here, there)}
    trading.give(here, *trades[here], login="app")
    trading.give(there, *trades[there], login="app", branch="B21")
    assert trading.in_force(here) == ORDINARY and trading.in_force(there) == ("key", "red")
    for number, branch in ((here, "B11"), (there, "B21")):
        assert trading.show(number)["explanation"]["on"] == trading.today(ZONES[branch]).isoformat()
    trading.advance_to(instant(day + DAY, ZONES["B21"]))
    trading.settled()
    assert trading.in_force(there) == ORDINARY


def test_pages_of_trades_and_of_history(trading):
    number, today = trading.customer("red"), trading.today()
    documents = [trading.kept(1, 1_00, today, today)[0] for _ in range(7)]
    for trade in documents:
        trading.give(number, trade)
    client, seen, after = trading.connect("aud"), [], None
    while True:
        page = client.do("trade_list", customer=number, purpose="t", limit=3, after=after)
        seen += [t["document"] for t in page.get("trades", ())]
        after = page.get("next")
        if after is None:
            break
    assert seen == sorted(t.document for t in documents)
    page = client.do("customer_history", customer=number, purpose="t", limit=3)
    rest = client.do("customer_history", customer=number, purpose="t", after=page["next"])
    assert [e["seq"] for e in page["events"] + rest["events"]] == list(range(1, len(trading.events(number)) + 1))
