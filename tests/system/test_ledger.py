"""The checker's part on trades is checked: a good history passes, every kind of planted error is named."""
import copy
from dataclasses import replace

import pytest

from harness import dump, ledger
from harness.standing import DAY, Policy
from harness.trading import row_of

POLICY = Policy()


@pytest.fixture(scope="module")
def history(trading, connect, pg):
    """A dump after imports, a demotion, a correction of it, a criterion, and changes by hand."""
    today = trading.today()
    lower, kept, better = (trading.customer(grade, hint="L") for grade in ("red", "red", "black"))
    late = trading.missed(3, 500_00, today - 40 * DAY, today - 10 * DAY)
    trading.give(lower, *late)
    trading.give(lower, *[replace(t, settled=t.due) for t in late])
    trading.give(kept, *trading.missed(2, 500_00, today - 40 * DAY, today - 10 * DAY))
    rise = trading.kept(2, 20_000_00, today - 40 * DAY, today - 10 * DAY)
    trading.give(better, *rise)
    client = connect("sub11")
    client.do("trade_correct", customer=better, document=rise[0].document, amount_minor=19_000_00, reason="typed wrong")
    client.do("trade_cancel", customer=better, document=rise[1].document, reason="sent back")
    trading.settled()
    return dump.take(pg.owner)


@pytest.fixture
def good(history):
    """A copy to spoil."""
    return copy.deepcopy(history)


def kinds(held):
    return {text.partition(":")[0] for text in ledger.faults(held)}


def test_a_good_history_passes(good):
    assert ledger.faults(good) == []
    assert {r["cause"] for r in good["standings"]} >= {1, 3, 5}
    assert {c["method"] for c in good["commands"]} >= {ledger.BY_IMPORT, *ledger.BY_HAND}


def a_version_is_gone(held):
    held["past_trades"].pop()


def a_version_changed_hands(held):
    held["past_trades"][0]["customer"] += 1


def a_trade_of_no_command(held):
    held["trades"][0]["command"] = bytes(16)


def a_hand_without_event(held):
    held["events"] = [e for e in held["events"] if e["kind"] != ledger.TRADE_CANCELLED]


def a_customer_not_counted(held):
    held["imports"][-1]["customers"] -= 1


def an_import_told_twice(held):
    held["events"].append(next(e for e in held["events"] if e["kind"] == ledger.TRADES_IMPORTED))


def demoted(held):
    """Row of a customer whom the system has demoted."""
    return next(row for row in held["customers"].values() if row["demoted"][0] is not None)


def a_demotion_forgotten(held):
    row = demoted(held)
    row["tier"], row["grade"], row["demoted"] = "key", "red", (None, None, None)


def computed_wrong(held):
    demoted(held)["computed"] = ("green", True)


def a_criterion_not_noticed(held):
    next(row for row in held["customers"].values() if row["met_on"] is not None)["met_on"] = None


def never_evaluated(held):
    demoted(held)["policy"] = None


def demoted_by_a_person(held):
    row = next(r for r in held["standings"] if r["cause"] == ledger.DEMOTION)
    event = next(e for e in held["events"]
                 if (e["home"], e["customer"], e["seq"]) == (row["home"], row["customer"], row["seq"]))
    event["actor"] = 1


MUTATIONS = {a_version_is_gone: "trade_versions", a_version_changed_hands: "trade_versions",
             a_trade_of_no_command: "trade_without_command", a_hand_without_event: "trade_without_event",
             a_customer_not_counted: "import_counts", an_import_told_twice: "import_events",
             a_demotion_forgotten: "not_demoted", computed_wrong: "computed", a_criterion_not_noticed: "criterion",
             never_evaluated: "not_evaluated", demoted_by_a_person: "cause"}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.__name__)
def test_a_planted_error_is_named(good, mutation):
    mutation(good)
    assert MUTATIONS[mutation] in kinds(good)


def test_the_history_survives_a_replay(good, tmp_path):
    dump.save(good, tmp_path / "dump.json")
    assert ledger.faults(dump.load(tmp_path / "dump.json")) == []


def test_rows_for_one_customer_are_those_of_the_whole(good, pg):
    (home, number), row = next((k, r) for k, r in good["customers"].items() if r["demoted"][0] is not None)
    mine = dump.take(pg.owner, (home, number))
    assert mine["customers"] == {(home, number): row}
    assert [t["document"] for t in mine["trades"]] and all(t["customer"] == number for t in mine["trades"])
    assert row_of("x", ledger.known_trade(mine["trades"][0]))["document"] == mine["trades"][0]["document"]
