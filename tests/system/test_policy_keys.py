"""Every key of the policy that is shipped, changed once by two hands: what it does is seen from outside, a case that is
running keeps what it began with, and after the rollback all is as it was."""
import pytest

from harness import assessing, paths, policies
from harness.standing import DAY
from harness.trading import civil

TEXT = paths.POLICY.read_text(encoding="utf-8")
DAY_US = 86_400_000_000
MILLION = 1_000_000_00


def keys_of(value, path=""):
    """Keys of a text as dotted paths; the members of a list of groups count once."""
    if isinstance(value, dict):
        return {key for name, member in value.items() for key in keys_of(member, f"{path}.{name}" if path else name)}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {key for member in value for key in keys_of(member, path)}
    return {path}


# ---- what is seen: each gives one value, of the policy in force ----

def days(application, since):
    """Whole days from the start of the step to its end, as the policy says them."""
    return (application["due_at_us"] - since) // DAY_US


def submit_days(trading):
    """From the day on which a criterion was detected."""
    number = trading.customer("red")
    trading.give(number, *trading.kept(4, MILLION, trading.today() - 60 * DAY, trading.today() - 30 * DAY))
    criterion = trading.criteria()[number]
    return (criterion["due_at_us"] - criterion["detected_at_us"]) // DAY_US


def verify_days(trading):
    application = trading.apply(trading.customer("red"), "green")
    return days(application, application["submitted_at_us"])


def verified(trading):
    application = trading.apply(trading.customer("red"), "green")
    return trading.connect("ver1").do("application_verify", application=application["id"], finding="confirmed",
                                      opinion="o")["application"]


def decide_days(trading):
    return days(verified(trading), trading.now())


def whole_days(trading):
    """A decided case is to be recorded by the end of the whole."""
    approved = trading.connect("app").do("application_approve", application=verified(trading)["id"])["application"]
    return days(approved, approved["submitted_at_us"])


def counting(trading):
    """Are there days in the ten of the whole that do not count?"""
    return whole_days(trading) > 10


def extended_decide_days(trading):
    """What HQ has in all with an extension."""
    return (verified(trading)["extension_latest_us"] - trading.now()) // DAY_US


def pause_days(trading):
    """How many days the clock may stand still while the customer is waited for."""
    case = trading.apply(trading.customer("red"), "green")
    reply = trading.connect("ver1").call("application_pause", application=case["id"], waits_for="the licence")
    return reply.reason or round((reply.body["application"]["due_at_us"] - case["due_at_us"]) / DAY_US)


def remind_days(trading):
    """Is a step that ends in three days due soon?"""
    return trading.apply(trading.customer("red"), "green")["due_soon"]


def escalate_days(trading):
    """Who is told of a step that the region has just missed."""
    case = trading.apply(trading.customer("red"), "green")
    trading.advance_to(case["due_at_us"])
    missed = {c["application"]["id"]: c.get("told", []) for c in trading.connect("app").do("due_list", purpose="t")["cases"]}
    return "cmo" in missed[case["id"]]


def reserve_days(trading):
    """A correction that came late: what is left of the whole without the reserve bounds the region's step."""
    case = {"application": trading.apply(trading.customer("red"), "green")["id"]}
    began = trading.now()
    trading.connect("ver1").do("application_return", reason="r", **case)
    trading.advance_to(began + 7 * DAY_US)
    return days(trading.connect("sub11").do("application_resubmit", **case)["application"], began)


def items(trading):
    """Is `colour` one of the items that are verified?"""
    case = {"application": trading.apply(trading.customer("red"), "green")["id"]}
    told = trading.connect("ver1").call("application_verify", finding="confirmed", opinion="o",
                                        items=[{"name": "colour", "ok": True}], **case)
    return told.reason


def explained(trading, *trades, grade="red"):
    """What is computed of a new customer with these trades."""
    number = trading.customer(grade)
    trading.give(number, *trades)
    return trading.show(number)["explanation"]


def kept(trading, amount, days_ago=60, count=1):
    """Trades of which all were settled in time."""
    return trading.kept(count, amount, trading.today() - days_ago * DAY, trading.today() - 30 * DAY)


def currency(trading):
    return explained(trading, *kept(trading, MILLION))["currency"]


def window_months(trading):
    """Of trades of 400 days ago and of today, those that count."""
    return explained(trading, *kept(trading, MILLION, 400), *kept(trading, MILLION))["volume_trades"]


def band_grade(trading):
    return explained(trading, *kept(trading, 3 * MILLION))["band"]


def band_from(trading):
    return explained(trading, *kept(trading, 2 * MILLION))["band"]


def below_lowest(trading):
    return explained(trading, *kept(trading, 1_00))["grade"]


def basis(trading):
    """One large trade was kept, two small ones were not: below the floor by count, not by amount."""
    today = trading.today()
    shown = explained(trading, *kept(trading, 9 * MILLION),
                      *trading.missed(2, 1_00, today - 60 * DAY, today - 30 * DAY))
    return shown["below_floor"]


def floor_bp(trading):
    today = trading.today()
    shown = explained(trading, *kept(trading, MILLION, count=7),
                      *trading.missed(3, MILLION, today - 60 * DAY, today - 30 * DAY))
    return shown["below_floor"]


def rates(trading):
    """May a trade in dollars be entered?"""
    number, today = trading.customer("red"), trading.today()
    import_id = trading.begin()
    told = trading.chunk(import_id, [{"customer": number, "branch": "B11", "document": trading.document(),
                                      "currency": "USD", "amount_minor": 1_00, "issued_on": today.isoformat(),
                                      "due_on": today.isoformat()}])
    trading.finish(import_id)
    return told["refused"][0]["reason"] if told.get("refused") else None


def vectors(trading):
    """How many tests the policy in force has."""
    version = trading.connect("aud").do("policy_show")["policy"]["version"]
    return len(trading.connect("aud").do("policy_check", version=version).get("vectors", []))


# ---- of the scorecard: an assessment is entered by the form of the policy in force ----

WORST = {"bank_dealings": "arrears", "internal_management": "no", "operator": "new", "industry": "shrinking"}
# 10 points less than the best for what is optional and absent, 23.5 less for these.
MIDDLE = {"bank_dealings": "arrears", "operator": "new", "internal_management": "no", "sales_growth": "1/1"}


def assessed(trading, **values):
    """What is computed of a new customer with the largest volume and such an assessment."""
    number = trading.customer("red")
    trading.give(number, *kept(trading, 6 * MILLION))
    assessing.enter(trading, number, **values)
    return trading.show(number)["explanation"]


def scored(trading, name, **values):
    """A factor of an assessment, as the explanation shows it."""
    factors = assessed(trading, **values)["assessment"]["factors"]
    return next((f for f in factors if f["factor"] == name), None)


def tried(trading, **fields):
    """(reason, kind of document) when such an assessment of a new key account is refused."""
    reply = assessing.call(trading, trading.customer("red"), **fields)
    return reply.reason, reply.arguments.get("kind")


def combine(trading):
    """A green volume and a score below all bands."""
    shown = assessed(trading, **WORST, sales_growth="0/1", equity_ratio="0/1")
    return shown["combine"], shown["grade"]


def valid_months(trading):
    """Months for which an assessment counts."""
    valid_to = assessing.valid_to(assessed(trading)["assessment"])
    today = trading.today()
    return (valid_to.year - today.year) * 12 + valid_to.month - today.month


def warn_days(trading):
    """Is one asked for anew that is made today, for half a year or a year?"""
    number = trading.customer("red")
    assessing.enter(trading, number)
    due = trading.connect("sub11").do("task_list", purpose="t", kind="assessment", limit=1000).get("tasks", [])
    return number in {d["customer_number"] for d in due}


def score_grade(trading):
    shown = assessed(trading, **MIDDLE)
    assert shown["assessment"]["score"] == 665_000
    return shown["assessment"]["grade"], shown["grade"]


def lowest_grade(trading):
    return assessed(trading, **WORST, sales_growth="0/1", equity_ratio="0/1")["grade"]


def factor_name(trading):
    return scored(trading, "years_in_business") is not None


def factor_group(trading):
    return scored(trading, "staff")["group"]


def factor_input(trading):
    """May the growth be entered as one number?"""
    return tried(trading, sales_growth="1.5")[0]


def factor_weight(trading):
    return scored(trading, "years_in_business", years_in_business="1")["score"]


def factor_optional(trading):
    return tried(trading, collateral=None)[0]


def factor_evidence(trading):
    """The document that is missing, when none of the two stands behind the collateral."""
    return tried(trading, collateral="yes", documents={"guarantee": None, "legal_rep": None})


def points_from(trading):
    return scored(trading, "years_in_business", years_in_business="10")["points"]


def points_given(trading):
    return scored(trading, "staff", staff="50")["points"]


def points_choice(trading):
    return tried(trading, operator="skilled")[0]


def evidence_kind(trading):
    passport = assessing.document("passport", trading.today() - DAY)
    return tried(trading, documents={"passport": passport})[0]


def evidence_months(trading):
    old = assessing.document("statement_quarter", trading.today() - 230 * DAY)
    return tried(trading, documents={"statement_quarter": old})


def review_kind(trading):
    """What a periodic review asks for when the identity document is left out."""
    return tried(trading, documents={"legal_rep": None})


def review_evidence(trading):
    return tried(trading, documents={"guarantee": None})


def limit(grade, volume):
    """The limit of a grade in force, for a volume of the window."""
    def told(trading):
        number = trading.customer(grade)
        trading.give(number, *trading.kept(1, volume, trading.today() - 40 * DAY, trading.today() - 10 * DAY))
        return trading.show(number)["explanation"]["limit_in_force_minor"]
    return told


def measures(trading):
    """Those of a black account."""
    return [m["name"] for m in trading.show(trading.customer("black"))["customer"]["measures"]]


def override(login, days):
    """Why a grade is not overridden for so many days; None: it is."""
    def tried_by(trading):
        until = (trading.today() + days * DAY).isoformat()
        reply = trading.connect(login).call("customer_override", customer=trading.customer("red"), grade="green",
                                            until=until, reason="r")
        return reply.reason
    return tried_by


def emergency(login, minutes):
    """Why there is no emergency; else how many days its review has, None: it was asked for."""
    def tried_by(trading):
        with trading.another_approver():
            reply = trading.connect(login).call("customer_emergency", customer=trading.customer("red"), grade="green",
                                                minutes=minutes, reason="r")
        if not reply.ok or "review" not in reply.body["customer"]:
            return reply.reason
        return (civil(reply.body["customer"]["review"]["due_at_us"] - 1) - trading.today()).days
    return tried_by


def below_the_floor(trading):
    """A key account that has just come below the floor."""
    number = trading.customer("red")
    trading.give(number, *trading.missed(1, MILLION, trading.today() - 40 * DAY, trading.today() - 10 * DAY))
    return number


def notice(trading):
    """Is the demotion announced?"""
    return "noticed_on" in trading.show(below_the_floor(trading))["customer"]


def appeal(trading):
    """The day on which an appeal is possible last, counted from today."""
    number = below_the_floor(trading)
    tasks = trading.connect("sub11").do("task_list", purpose="t", kind="appeal", limit=1000).get("tasks", [])
    due = {t["customer_number"]: t["due_on"] for t in tasks}
    return due[number] == (trading.today() + 2 * DAY).isoformat() if number in due else None


USD = 'rates = ( { currency = "USD"; from = "2020-01-01"; rate = "7"; } );\n'
# keys that the change touches: (before, after, what is seen, its value before, its value after)
KEYS = {
    "clocks.counting": ('counting = "natural";', 'counting = "working";', counting, False, True),
    "clocks.extended_decide_days": ("extended_decide_days = 7;", "extended_decide_days = 5;", extended_decide_days, 7, 5),
    "clocks.pause_days": ("pause_days = 5;", "pause_days = 0;", pause_days, 5, "NO_PAUSE_LEFT"),
    "clocks.remind_days": ("remind_days = 1;", "remind_days = 3;", remind_days, False, True),
    "clocks.escalate_days": ("escalate_days = 1;", "escalate_days = 0;", escalate_days, False, True),
    "clocks.submit_days": ("submit_days = 2;", "submit_days = 4;", submit_days, 2, 4),
    "clocks.verify_days": ("verify_days = 3;", "verify_days = 5;", verify_days, 3, 5),
    "clocks.decide_days": ("decide_days = 3;", "decide_days = 6;", decide_days, 3, 6),
    "clocks.whole_days": ("whole_days = 10;", "whole_days = 15;", whole_days, 10, 15),
    "clocks.reserve_days": ("reserve_days = 1;", "reserve_days = 2;", reserve_days, 9, 8),
    "verification.items": ('"basic_info",', '"basic_info", "colour",', items, "UNKNOWN_ITEM", None),
    "volume.currency": ('currency = "CNY";', 'currency = "USD";', currency, "CNY", "USD"),
    "volume.window_months": ("window_months = 12;", "window_months = 24;", window_months, 1, 2),
    "volume.bands.grade": ('grade = "yellow"; from = "2', 'grade = "red"; from = "2', band_grade, "yellow", "red"),
    "volume.bands.from": ('from = "2000000.00"', 'from = "2000000.01"', band_from, "yellow", "red"),
    "volume.below_lowest": ('is not admitted.\n  below_lowest = "black"', 'is not admitted.\n  below_lowest = "red"',
                            below_lowest, "black", "red"),
    "fulfilment.basis": ('basis = "count"', 'basis = "amount"', basis, True, False),
    "fulfilment.floor_bp": ("floor_bp = 7500;", "floor_bp = 7000;", floor_bp, True, False),
    "rates.currency": ("rates = ( );\n", USD, rates, "no_rate", None),
    "tests.name": ('name = "the best band"', 'name = "the very best"', vectors, 7, 7),
    "scorecard.combine": ('combine = "worse"', 'combine = "better"', combine, ("worse", "black"), ("better", "green")),
    "scorecard.valid_months": ("valid_months = 12;\n", "valid_months = 24;\n", valid_months, 12, 24),
    "scorecard.warn_days": ("warn_days = 30;", "warn_days = 365;", warn_days, False, True),
    "scorecard.bands.grade": ('grade = "yellow"; from = "65"', 'grade = "red"; from = "65"', score_grade,
                              ("yellow", "yellow"), ("red", "red")),
    "scorecard.bands.from": ('from = "65"', 'from = "66.5001"', score_grade, ("yellow", "yellow"), ("red", "red")),
    "scorecard.below_lowest": ('"50"; } );\n  below_lowest = "black"', '"50"; } );\n  below_lowest = "red"',
                               lowest_grade, "black", "red"),
    "scorecard.factors.name": ('name = "years_in_business"', 'name = "years"', factor_name, True, False),
    "scorecard.factors.group": ('"staff"; group = "capability"', '"staff"; group = "basics"', factor_group,
                                "capability", "basics"),
    "scorecard.factors.input": ('"capability"; input = "ratio"', '"capability"; input = "number"', factor_input,
                                "FACTOR_VALUE", None),
    "scorecard.factors.weight_bp": ('input = "number"; weight_bp = 1000', 'input = "number"; weight_bp = 1500',
                                    factor_weight, 20_000, 30_000),
    "scorecard.factors.optional": ('true; evidence = "guarantee"', 'false; evidence = "guarantee"', factor_optional,
                                   None, "FACTOR_MISSING"),
    "scorecard.factors.evidence": ('evidence = "guarantee"', 'evidence = "legal_rep"', factor_evidence,
                                   ("EVIDENCE_MISSING", "guarantee"), ("EVIDENCE_MISSING", "legal_rep")),
    "scorecard.factors.points.from": ('from = "10"; points = 100', 'from = "11"; points = 100', points_from, 100, 80),
    "scorecard.factors.points.points": ('from = "50"; points = 70', 'from = "50"; points = 69', points_given, 70, 69),
    "scorecard.factors.points.choice": ('choice = "able"', 'choice = "skilled"', points_choice, "FACTOR_VALUE", None),
    "evidence.kind": ('evidence = ( {', 'evidence = ( { kind = "passport"; valid_months = 12; }, {', evidence_kind,
                      "UNKNOWN_EVIDENCE", None),
    "evidence.valid_months": ('"statement_quarter"; valid_months = 6', '"statement_quarter"; valid_months = 9',
                              evidence_months, ("EVIDENCE_EXPIRED", "statement_quarter"), (None, None)),
    "reviews.kind": ('kind = "periodic";  evidence', 'kind = "admission"; evidence', review_kind, (None, None),
                     ("EVIDENCE_MISSING", "legal_rep")),
    "grades.limit_volume_bp": ("limit_volume_bp = 3000", "limit_volume_bp = 2500", limit("green", 10 * MILLION),
                               3 * MILLION, 5 * MILLION // 2),
    "grades.limit_least": ('limit_least = "500000.00"', 'limit_least = "400000.00"', limit("green", MILLION),
                           MILLION // 2, MILLION * 2 // 5),
    "grades.limit_most": ('limit_most = "2000000.00"', 'limit_most = "1000000.00"', limit("yellow", 20 * MILLION),
                          2 * MILLION, MILLION),
    "grades.measures": ('"payment in advance"', '"payment in advance", "no gifts"', measures, ["payment in advance"],
                        ["payment in advance", "no gifts"]),
    "override.level": ('  level = "director"', '  level = "manager"', override("app", 1), "LEVEL_TOO_LOW", None),
    "override.most_days": ("most_days = 90", "most_days = 30", override("appb", 60), None, "OVERRIDE_UNTIL"),
    "emergency.minutes_most": ("minutes_most = 240", "minutes_most = 60", emergency("app", 61), None, "EMERGENCY_MINUTES"),
    "emergency.alone_level": ('alone_level = "director"', 'alone_level = "manager"', emergency("app", 60), None, 3),
    "emergency.ask_level": ('ask_level = "manager"', 'ask_level = "director"', emergency("app", 60), None, "LEVEL_TOO_LOW"),
    "emergency.review_days": ("review_days = 3", "review_days = 5", emergency("appb", 60), 3, 5),
    "demotion.notice_days": ("notice_days = 0", "notice_days = 5", notice, False, True),
    "demotion.appeal_days": ("appeal_days = 0", "appeal_days = 2", appeal, None, True),
    "reviews.evidence": ('"periodic";  evidence = [', '"periodic";  evidence = [ "guarantee",', review_evidence,
                         (None, None), ("EVIDENCE_MISSING", "guarantee")),
}
def deciders(trading):
    """Who could decide a promotion over two grades."""
    return trading.connect("aud").do("application_explain", application=verified(trading)["id"], purpose="t")["holders"]


def reason_taken(trading):
    """What is said to a reason with a certain word."""
    return trading.connect("sub11").call("application_submit", customer=trading.customer("red"), to_grade="green",
                                         reason="没有回扣").reason


def waits_for(trading):
    """The nodes of a case, and how many signatures the second one needs."""
    case = trading.connect("sub11").do("application_submit", customer=trading.customer("red"), to_grade="green",
                                       reason="r")["application"]
    decided = trading.bring(case, "verified")
    return case["node"], decided["node"], decided["signatures_needed"]


AUTHORITY = '{ level = "supervisor"; jump = 4; kinds = [ "admission", "promotion", "demotion" ]; }'
KEYS.update({
    "authority.level": ('level = "supervisor"; jump = 4', 'level = "director"; jump = 4', deciders, ["app", "appb"],
                        ["appb"]),
    "authority.jump": (AUTHORITY, AUTHORITY.replace("jump = 4", "jump = 1") + ", " + AUTHORITY.replace("supervisor", "director"),
                       deciders, ["app", "appb"], ["appb"]),
    "authority.kinds": (AUTHORITY, AUTHORITY.replace('"admission", "promotion", ', "") + ", "
                        + AUTHORITY.replace("supervisor", "director"), deciders, ["app", "appb"], ["appb"]),
    "route.name": ('{ name = "verify"; step = "verify"; },\n          { name = "decide"; step = "decide"; }',
                   '{ name = "look"; step = "verify"; }, { name = "sign"; step = "decide"; need = 2; }', waits_for,
                   ("verify", "decide", 1), ("look", "sign", 2)),
    "words.supervisor": ("supervisor = [ ]", 'supervisor = [ "回扣" ]', reason_taken, None, "WORD_FOR_HEAD"),
    "words.refuse": ("refuse = [ ]", 'refuse = [ "回扣" ]', reason_taken, None, "WORD_REFUSED"),
})
# What else has to be changed so that the text is a policy, or the change is seen.
BESIDE = {
    "volume.bands.grade": ('{ grade = "red";    from = "500000.00"; }', '{ grade = "black"; from = "500000.00"; }'),
    "volume.currency": ("rates = ( );\n", USD.replace("USD", "CNY")),
    "scorecard.warn_days": ("valid_months = 12;\n", "valid_months = 6;\n"),
    "scorecard.bands.grade": ('{ grade = "red";    from = "50"; }', '{ grade = "black"; from = "50"; }'),
    "scorecard.factors.weight_bp": ('input = "choice"; weight_bp = 1000; evidence',
                                    'input = "choice"; weight_bp = 500; evidence'),
    "demotion.appeal_days": ("notice_days = 0", "notice_days = 5"),
    "reviews.kind": ('kind = "admission"; evidence = [ "licence", "legal_rep"',
                     'kind = "periodic"; evidence = [ "licence", "legal_rep"'),
}
# Keys that stand in one group with another one that is changed.
TOGETHER = {"grades.grade": "grades.measures",
            "rates": "rates.currency", "tests.tier": "tests.name", "tests.volume": "tests.name",
            "route.step": "route.name", "tests.rate_bp": "tests.name", "tests.expect": "tests.name", "tests.score": "tests.name"}


def test_every_key_has_its_turn():
    """The weights of the scoreboard have theirs in test_scoreboard.py, where there is work to weigh."""
    keys = {k for k in keys_of(policies.settings(TEXT)) if not k.startswith("scoreboard.")}
    assert keys == (KEYS.keys() - {"rates.currency"}) | TOGETHER.keys()


def changed(key):
    """The policy with that change, and what it needs beside it; without the tests where they would fail."""
    text = TEXT
    for before, after in filter(None, (KEYS[key][:2], BESIDE.get(key))):
        assert TEXT.count(before) == 1, before
        text = text.replace(before, after)
    return policies.without(text, "tests") if key.startswith(("volume", "fulfilment", "scorecard")) else text


@pytest.mark.parametrize("key", KEYS)
def test_a_key_and_what_it_does(trading, key):
    _, _, seen, before, after = KEYS[key]
    assert seen(trading) == before
    with policies.in_force(trading.connect, changed(key)):
        assert seen(trading) == after
    assert seen(trading) == before


def test_a_running_case_is_not_affected(trading):
    """All clocks at once: a case that began before counts as before, to its end."""
    text = TEXT
    for key in ("clocks.verify_days", "clocks.decide_days", "clocks.whole_days", "clocks.reserve_days"):
        text = text.replace(*KEYS[key][:2])
    old = trading.apply(trading.customer("red"), "green")
    with policies.in_force(trading.connect, text):
        shown = trading.connect("ver1").do("application_verify", application=old["id"], finding="confirmed",
                                           opinion="o")["application"]
        assert days(shown, trading.now()) == 3
        shown = trading.connect("app").do("application_approve", application=old["id"])["application"]
        assert days(shown, shown["submitted_at_us"]) == 10
        assert decide_days(trading) == 6 and whole_days(trading) == 15


def test_a_case_stays_on_a_version_that_was_rolled_back(trading):
    text = TEXT
    for key in ("clocks.verify_days", "clocks.decide_days", "clocks.whole_days"):
        text = text.replace(*KEYS[key][:2])
    with policies.in_force(trading.connect, text):
        case = trading.apply(trading.customer("red"), "green")
        assert days(case, case["submitted_at_us"]) == 5
    assert verify_days(trading) == 3
    shown = trading.connect("ver1").do("application_verify", application=case["id"], finding="confirmed",
                                       opinion="o")["application"]
    assert days(shown, trading.now()) == 6
    shown = trading.connect("app").do("application_approve", application=case["id"])["application"]
    assert days(shown, shown["submitted_at_us"]) == 15
    trading.connect("sub11").do("application_record", application=case["id"])
