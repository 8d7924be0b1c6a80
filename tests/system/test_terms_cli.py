"""What a grade brings, with creditctl: measures, overrides, appeals, tasks, and a case on another version."""
import pytest

from harness.standing import DAY


def test_a_measure_is_a_task_until_it_is_applied(cli, trading):
    number = trading.customer("yellow")
    shown = cli("sub11", "customer", "show", number).json
    assert shown["measures_open"] == ["payment terms 45 days", "quarterly visit"] and shown["measures_applied"] == []
    mine = [t for t in cli("sub11", "task", "list", "--kind", "measure").json if t["customer_number"] == number]
    assert [t["measure"] for t in mine] == shown["measures_open"] and mine[0]["kind"] == "measure"
    after = cli("sub11", "customer", "measure", number, "quarterly visit", "--note", "seen").json
    assert (after["measures_open"], after["measures_applied"]) == (["payment terms 45 days"], ["quarterly visit"])
    error = cli("sub11", "customer", "measure", number, "holiday gift", code=7).error
    assert (error["reason"], error["field"]) == ("UNKNOWN_MEASURE", "measure") and "holiday gift" in error["message"]
    table = cli("sub11", "customer", "show", number, "--lang", "zh_CN", output="table").stdout
    assert "待落实措施" in table and "已落实措施" in table


def test_an_override_begins_is_shown_and_ends(cli, trading):
    number = trading.customer("red")
    until = (trading.today() + 10 * DAY).isoformat()
    made = cli("appb", "customer", "override", number, "--grade", "green", "--until", until, "--reason", "r").json
    assert (made["grade"], made["override_until"], made["override_from"], made["override_by"]) == (
        "green", until, "red", "appb")
    error = cli("appb", "customer", "override", number, "--ordinary", "--until", until, "--reason", "r", code=6).error
    assert error["reason"] == "OVERRIDE_IN_FORCE" and until in error["message"]
    cli("appb", "customer", "override", number, "--end", "--reason", "taken back")
    trading.settled()
    assert cli("appb", "customer", "show", number).json["grade"] == "red"
    kinds = [e["kind"] for e in cli("aud", "customer", "history", number).json]
    assert kinds[-2:] == ["override_ended", "standing_changed"]


@pytest.mark.parametrize("words", [
    ["--reason", "r"], ["--reason", "r", "--grade", "green"], ["--reason", "r", "--grade", "green", "--ordinary"],
    ["--reason", "r", "--end", "--until", "2026-12-01"], ["--grade", "green", "--until", "2026-12-01"]])
def test_an_override_is_said_whole(cli, words):
    assert cli("appb", "customer", "override", "K11-01", *words, code=2).error["reason"] == "USAGE"


def test_an_appeal_without_a_notice(cli, trading):
    error = cli("sub11", "customer", "appeal", trading.customer("red"), "--reason", "r", code=7).error
    assert error["reason"] == "NO_NOTICE"


def test_a_case_is_not_moved_to_where_it_is(cli, trading):
    case = trading.apply(trading.customer("red"), "green")
    shown = cli("app", "application", "show", case["id"]).json
    error = cli("app", "application", "policy", case["id"], "--version", str(shown["policy_version"]), "--reason", "r",
                code=7).error
    assert error["reason"] == "NOTHING_TO_CHANGE"
