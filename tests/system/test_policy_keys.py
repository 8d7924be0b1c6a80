"""Every key of the policy that is shipped, changed once by two hands: what it does is seen from outside, a case that is
running keeps what it began with, and after the rollback all is as it was."""
import contextlib

import pytest

from harness import paths, policies
from harness.standing import DAY

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


@contextlib.contextmanager
def in_force(connect, text):
    """The text is in force within the block."""
    version = policies.proposed(connect("maker"), text)
    connect("checker").do("policy_publish", version=version)
    try:
        yield
    finally:
        connect("checker").do("policy_roll_back", version=version, reason="end")


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


USD = 'rates = ( { currency = "USD"; from = "2020-01-01"; rate = "7"; } );\n'
# keys that the change touches: (before, after, what is seen, its value before, its value after)
KEYS = {
    "clocks.submit_days": ("submit_days = 2;", "submit_days = 4;", submit_days, 2, 4),
    "clocks.verify_days": ("verify_days = 3;", "verify_days = 5;", verify_days, 3, 5),
    "clocks.decide_days": ("decide_days = 3;", "decide_days = 6;", decide_days, 3, 6),
    "clocks.whole_days": ("whole_days = 10;", "whole_days = 15;", whole_days, 10, 15),
    "clocks.reserve_days": ("reserve_days = 1;", "reserve_days = 2;", reserve_days, 9, 8),
    "verification.items": ('"licence",', '"licence", "colour",', items, "UNKNOWN_ITEM", None),
    "volume.currency": ('currency = "CNY";', 'currency = "USD";', currency, "CNY", "USD"),
    "volume.window_months": ("window_months = 12;", "window_months = 24;", window_months, 1, 2),
    "volume.bands.grade": ('grade = "yellow"; from', 'grade = "red"; from', band_grade, "yellow", "red"),
    "volume.bands.from": ('from = "2000000.00"', 'from = "2000000.01"', band_from, "yellow", "red"),
    "volume.below_lowest": ('below_lowest = "black"', 'below_lowest = "red"', below_lowest, "black", "red"),
    "fulfilment.basis": ('basis = "count"', 'basis = "amount"', basis, True, False),
    "fulfilment.floor_bp": ("floor_bp = 7500;", "floor_bp = 7000;", floor_bp, True, False),
    "rates.currency": ("rates = ( );\n", USD, rates, "no_rate", None),
    "tests.name": ('name = "the best band"', 'name = "the very best"', vectors, 5, 5),
}
# Keys that stand in one group with another one that is changed.
TOGETHER = {"rates": "rates.currency", "tests.tier": "tests.name", "tests.volume": "tests.name",
            "tests.rate_bp": "tests.name", "tests.expect": "tests.name"}


def test_every_key_has_its_turn():
    assert keys_of(policies.settings(TEXT)) == (KEYS.keys() - {"rates.currency"}) | TOGETHER.keys()


def changed(key):
    """The policy with that change, and what it needs beside it; without the tests where they would fail."""
    before, after, *_ = KEYS[key]
    assert TEXT.count(before) == 1, before
    text = TEXT.replace(before, after)
    if key == "volume.bands.grade":
        text = text.replace('{ grade = "red";    from = "500000.00"; }', '{ grade = "black"; from = "500000.00"; }')
    if key == "volume.currency":
        text = text.replace("rates = ( );\n", USD.replace("USD", "CNY"))
    return policies.without(text, "tests") if key.startswith(("volume", "fulfilment")) else text


@pytest.mark.parametrize("key", KEYS)
def test_a_key_and_what_it_does(trading, key):
    _, _, seen, before, after = KEYS[key]
    assert seen(trading) == before
    with in_force(trading.connect, changed(key)):
        assert seen(trading) == after
    assert seen(trading) == before


def test_a_running_case_is_not_affected(trading):
    """All clocks at once: a case that began before counts as before, to its end."""
    text = TEXT
    for key in ("clocks.verify_days", "clocks.decide_days", "clocks.whole_days", "clocks.reserve_days"):
        text = text.replace(*KEYS[key][:2])
    old = trading.apply(trading.customer("red"), "green")
    with in_force(trading.connect, text):
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
    with in_force(trading.connect, text):
        case = trading.apply(trading.customer("red"), "green")
        assert days(case, case["submitted_at_us"]) == 5
    assert verify_days(trading) == 3
    shown = trading.connect("ver1").do("application_verify", application=case["id"], finding="confirmed",
                                       opinion="o")["application"]
    assert days(shown, trading.now()) == 6
    shown = trading.connect("app").do("application_approve", application=case["id"])["application"]
    assert days(shown, shown["submitted_at_us"]) == 15
    trading.connect("sub11").do("application_record", application=case["id"])
