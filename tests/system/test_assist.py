"""Whose step it is asks another one for his opinion, and takes the step when he has it."""
import psycopg2
import pytest

from harness.cli import Cli
from harness.process import wait_until
from harness.standing import DAY, Policy
from harness.trading import instant, refused
from test_claims import do, said, verified
from test_delegation import TEXTS, barred, grant, inbox, revoke, step, submit
from test_inbox_watch import Screen, Watcher, watching  # pylint: disable=unused-import # a fixture
from test_reorganisation import move, shown
from test_routes import DECIDE, VERIFY, on

ASKED = {"reason": "is the bank reference sound?"}


def ask(trading, case, login, to, **more):
    return do(trading, case, "assist", login, to=to, **ASKED, **more)


def give(trading, case, login, **more):
    return do(trading, case, "opinion", login, opinion="it is", **more)


def desk(trading, login):
    """{case: whether an opinion on it is wanted}"""
    listed = trading.connect(login).do("inbox", purpose="t", limit=1000).get("applications", [])
    return {row["id"]: row.get("wants_opinion", False) for row in listed}


def told(trading, case):
    entries = trading.connect("aud").do("application_history", application=case["id"], purpose="t")["entries"]
    return [(e["kind"], e["actor"], e.get("assistant"), e.get("text")) for e in entries if e["kind"].startswith("opinion")]


def test_the_decision_comes_back(trading):
    case = submit(trading)
    asked = ask(trading, case, "ver1", "ver1b")
    assert (asked["assistant"], asked["claimed_by"], asked["version"]) == ("ver1b", "ver1", case["version"])
    assert desk(trading, "ver1")[case["id"]] is False and desk(trading, "ver1b")[case["id"]] is True
    assert said(trading, case, "verify", "ver1", **TEXTS["verify"]) == ("OPINION_AWAITED", {"login": "ver1b"})
    assert said(trading, case, "return", "ver1", **TEXTS["return"])[0] == "OPINION_AWAITED"
    assert said(trading, case, "verify", "ver1b", **TEXTS["verify"]) == ("CLAIMED", {"login": "ver1"})
    assert said(trading, case, "opinion", "app", opinion="o") == ("NOT_ASKED", {"login": "ver1b"})
    assert said(trading, case, "opinion", "ver1b", opinion=" ") == ("OPINION_REQUIRED", {})
    assert "assistant" not in give(trading, case, "ver1b")
    assert desk(trading, "ver1")[case["id"]] is False and case["id"] not in desk(trading, "ver1b")
    assert said(trading, case, "verify", "ver1b", **TEXTS["verify"])[0] == "CLAIMED", "the decision is not his"
    assert step(trading, case, "verify", "ver1")["state"] == "verified"
    assert told(trading, case) == [("opinion_asked", "ver1", "ver1b", ASKED["reason"]),
                                   ("opinion_given", "ver1b", "ver1b", "it is")]


def test_an_opinion_from_another_desk(trading, watching):
    case = verified(trading)
    helper, other = watching("ver1b"), watching("ver1")
    ask(trading, case, "app", "ver1b")
    assert desk(trading, "ver1b")[case["id"]] is True and case["id"] not in desk(trading, "ver1")
    assert helper.changes() == [(case["id"], "opinion_asked", True)] and other.changes() == []
    give(trading, case, "ver1b")
    assert case["id"] not in desk(trading, "ver1b")
    assert helper.changes() == [(case["id"], "opinion_given", False)] and other.changes() == []
    assert step(trading, case, "approve", "app")["state"] == "approved"


def test_a_page_of_the_inbox_has_each_case_once(trading):
    cases = [verified(trading), submit(trading), submit(trading)]
    ask(trading, cases[0], "app", "ver1b")
    ask(trading, cases[1], "ver1", "ver1b")
    seen, after = [], {}
    while True:
        page = trading.connect("ver1b").do("inbox", purpose="t", limit=1, **after)
        seen += [row["id"] for row in page.get("applications", [])]
        if "next" not in page:
            break
        after = {"after": page["next"]}
    assert sorted(seen) == sorted(set(seen)) and {case["id"] for case in cases} <= set(seen)


def test_who_helped_to_verify_does_not_decide(trading):
    case = submit(trading)
    ask(trading, case, "ver1", "appb")
    give(trading, case, "appb")
    step(trading, case, "verify", "ver1")
    assert said(trading, case, "approve", "appb") == ("OWN_CASE", {})
    assert case["id"] not in desk(trading, "appb")
    assert step(trading, case, "approve", "app")["state"] == "approved"
    with pytest.raises(psycopg2.errors.CheckViolation) as error:
        trading.rows("""UPDATE application SET decided_by = (SELECT user_id FROM app_user WHERE login = 'appb')
                        WHERE application_id = %s RETURNING 1""", int(case["id"].split("-")[2]))
    assert error.value.diag.constraint_name == "application_four_eyes"


def test_who_helped_to_verify_verifies_the_corrected_case(trading):
    case = submit(trading)
    ask(trading, case, "ver1", "ver1b")
    give(trading, case, "ver1b")
    step(trading, case, "return", "ver1")
    step(trading, case, "resubmit", "sub11")
    assert step(trading, case, "verify", "ver1b")["state"] == "verified"


def test_somebody_is_left_to_decide(apart):
    """HQ has two approvers."""
    trading = apart(Policy())
    case, other = submit(trading), submit(trading)
    for _ in range(2):
        ask(trading, case, "ver1", "app")
        give(trading, case, "app")
    reply = refused(lambda: ask(trading, case, "ver1", "appb"))
    assert (reply.reason, reply.field, reply.arguments) == ("TOO_FEW_OTHERS", "to", {"login": "appb"})
    step(trading, case, "verify", "ver1")
    assert step(trading, case, "approve", "appb")["state"] == "approved"
    ask(trading, other, "ver1", "app")
    trading.connect("admin").do("user_disable", login="appb")
    assert said(trading, other, "opinion", "app", opinion="o") == ("TOO_FEW_OTHERS", {"login": "app"})
    assert other["id"] not in desk(trading, "app")
    do(trading, other, "assist", "ver1")
    step(trading, other, "verify", "ver1")
    assert step(trading, other, "approve", "app")["state"] == "approved"


@pytest.mark.parametrize("to, reason", [
    ("verclerk1", "CANNOT_ASSIST"), ("ver2", "CANNOT_ASSIST"), ("aud", "CANNOT_ASSIST"), ("admin", "CANNOT_ASSIST"),
    ("sub11", "OWN_CASE"), ("ver1", "FIELD_INVALID"), ("nobody", "NOT_FOUND")])
def test_who_cannot_assist(trading, to, reason):
    case = submit(trading)
    reply = refused(lambda: ask(trading, case, "ver1", to))
    assert (reply.reason, reply.field) == (reason, "to")


def test_who_cannot_ask(trading):
    case = submit(trading)
    assert said(trading, case, "assist", "sub11", to="ver1b", reason="r") == ("NOT_YOUR_UNIT", {"unit": "R1"})
    assert said(trading, case, "assist", "ver1", to="ver1b")[0] == "REASON_REQUIRED"
    assert said(trading, case, "assist", "ver1")[0] == "NO_OPINION_ASKED"
    assert said(trading, case, "opinion", "ver1b", opinion="o")[0] == "NO_OPINION_ASKED"
    do(trading, case, "claim", "ver1")
    assert said(trading, case, "assist", "ver1b", to="app", **ASKED) == ("CLAIMED", {"login": "ver1"})
    ask(trading, case, "ver1", "ver1b")
    assert said(trading, case, "assist", "ver1", to="app", **ASKED) == ("OPINION_AWAITED", {"login": "ver1b"})
    back = step(trading, submit(trading), "return", "ver1")
    assert said(trading, back, "assist", "sub11", to="sub11b", **ASKED)[0] == "STATE_CHANGED"
    closed = do(trading, case, "withdraw", "sub11")
    assert said(trading, closed, "assist", "ver1", to="ver1b", **ASKED)[0] == "ALREADY_DECIDED"


def test_called_back(trading):
    case = submit(trading)
    ask(trading, case, "ver1", "app")
    assert said(trading, case, "assist", "app")[0] == "CLAIMED", "he only gives his opinion"
    assert "assistant" not in do(trading, case, "assist", "ver1", reason="he is away")
    assert case["id"] not in desk(trading, "app")
    ask(trading, case, "ver1", "app")
    do(trading, case, "assist", "ver1b")  # a manager, the head of R1
    step(trading, case, "verify", "ver1")
    assert [(k, a, w) for k, a, w, _ in told(trading, case)][1] == ("opinion_called_back", "ver1", "app")


def test_whoever_was_asked_gets_the_step_himself(trading, watching):
    given, left = submit(trading), submit(trading)
    ask(trading, given, "ver1", "ver1b")
    ask(trading, left, "ver1", "ver1b")
    helper = watching("ver1b")
    do(trading, given, "transfer", "ver1", to="ver1b")
    do(trading, left, "release", "ver1")
    assert said(trading, left, "verify", "ver1b", **TEXTS["verify"]) == ("OPINION_AWAITED", {"login": "ver1b"})
    assert "assistant" not in do(trading, left, "claim", "ver1b")
    assert desk(trading, "ver1b")[given["id"]] is desk(trading, "ver1b")[left["id"]] is False
    assert helper.changes() == [(given["id"], "transferred", True), (left["id"], "released", True), (left["id"], "claimed", True)]
    for case in (given, left):
        assert step(trading, case, "verify", "ver1b")["state"] == "verified"


@pytest.mark.parametrize("name", ["withdraw", "recall"])
def test_it_ends_with_the_step(trading, watching, name):
    case = submit(trading)
    helper = watching("ver1b")
    ask(trading, case, "ver1", "ver1b")
    assert helper.changes() == [(case["id"], "opinion_asked", True)]
    assert "assistant" not in do(trading, case, name, "sub11")
    assert helper.changes() == [(case["id"], name, False)] and case["id"] not in desk(trading, "ver1b")


def test_it_ends_for_a_helper_of_another_desk(trading, watching):
    case = verified(trading)
    helper = watching("ver1b")
    ask(trading, case, "app", "ver1b")
    do(trading, case, "withdraw", "sub11")
    assert helper.changes() == [(case["id"], "opinion_asked", False), (case["id"], "withdraw", False)]


def test_when_whoever_asked_has_gone(apart):
    trading = apart(Policy())
    case = submit(trading)
    ask(trading, case, "ver1", "app")
    trading.connect("admin").do("user_disable", login="ver1")
    assert case["id"] in desk(trading, "ver1b")
    assert barred(trading, case, "verify", "ver1b") == "OPINION_AWAITED"
    do(trading, case, "assist", "ver1b")
    step(trading, case, "verify", "ver1b")


def leaves(trading, login):
    trading.connect("admin").do("user_disable", login=login)


def moves(trading, login):
    trading.connect("admin").do("user_grant", login=login, unit="R2", revoke=["approver"], grant=["verifier"])


def is_lowered(trading, login):
    trading.connect("admin").do("user_grant", login=login, job_level="clerk")


def is_tied_to_a_hand(trading, login):
    grant(trading, "sub11", login)


@pytest.mark.parametrize("happens", [leaves, moves, is_lowered, is_tied_to_a_hand])
def test_nobody_waits_for_one_who_cannot_give_it_any_more(apart, happens):
    trading = apart(Policy())
    case, other, back = submit(trading), submit(trading), submit(trading)
    for one in (case, other, back):
        ask(trading, one, "ver1", "app")
    happens(trading, "app")
    assert "assistant" not in shown(trading, case)
    row, = [r for r in trading.connect("ver1").do("inbox", purpose="t", limit=1000)["applications"] if r["id"] == case["id"]]
    assert "assistant" not in row and row["claimed_by"] == "ver1"
    due = trading.connect("ver1b").do("due_list", purpose="t", days=365, limit=1000)["cases"]
    assert [(d["holders"], d["application"].get("assistant")) for d in due] == [(["ver1"], None)] * 3
    assert case["id"] not in desk(trading, "ver1b"), "whoever asked has it claimed"
    step(trading, case, "verify", "ver1")
    assert told(trading, case) == [("opinion_asked", "ver1", "app", ASKED["reason"])], "history is as it was"
    assert ask(trading, other, "ver1", "ver1b")["assistant"] == "ver1b"
    assert desk(trading, "ver1b") == {other["id"]: True}
    assert [t[:3] for t in told(trading, other)] == [("opinion_asked", "ver1", "app"), ("opinion_asked", "ver1", "ver1b")]
    step(trading, back, "return", "ver1")


def test_nobody_waits_when_both_have_gone(apart):
    trading = apart(Policy())
    case = submit(trading)
    ask(trading, case, "ver1", "app")
    leaves(trading, "app")
    leaves(trading, "ver1")
    assert desk(trading, "ver1b") == {case["id"]: False}
    step(trading, case, "verify", "ver1b")


def test_it_is_waited_for_again_unless_called_back(apart):
    trading = apart(Policy())
    again, never = submit(trading), submit(trading)
    for case in (again, never):
        ask(trading, case, "ver1", "app")
    is_lowered(trading, "app")
    do(trading, never, "assist", "ver1")
    assert said(trading, never, "assist", "ver1")[0] == "NO_OPINION_ASKED"
    trading.connect("admin").do("user_grant", login="app", job_level="manager")
    assert shown(trading, again)["assistant"] == "app" and "assistant" not in shown(trading, never)
    assert desk(trading, "app") == {again["id"]: True}
    assert said(trading, again, "verify", "ver1", **TEXTS["verify"])[0] == "OPINION_AWAITED"
    step(trading, never, "verify", "ver1")
    give(trading, again, "app")
    step(trading, again, "verify", "ver1")


def test_a_signature_ends_what_nobody_could_give(apart):
    """Though the case stays at its node: the next signer has asked nobody."""
    trading = apart(Policy())
    with on(trading, VERIFY.replace("; }", "; need = 2; }"), DECIDE):
        case = submit(trading)
        ask(trading, case, "ver1", "app")
        is_lowered(trading, "app")
        assert step(trading, case, "verify", "ver1")["state"] == "submitted"
        trading.connect("admin").do("user_grant", login="app", job_level="manager")
        assert "assistant" not in shown(trading, case)
        assert step(trading, case, "verify", "ver1b")["state"] == "verified"


def test_the_screen_of_whoever_asked_tells(apart, tmp_path):
    trading = apart(Policy())
    cli = Cli(tmp_path, trading.server, trading.tokens)
    case = submit(trading)
    screen = Screen(cli, "ver1")
    screen.until("watching")
    ask(trading, case, "ver1", "app")
    assert (told_ := screen.line())["change"] == "opinion_asked" and told_["assistant"] == "app"
    is_lowered(trading, "app")
    told_ = screen.line(15)
    assert (told_["type"], told_["id"], told_.get("assistant")) == ("item", case["id"], None)
    trading.connect("admin").do("user_grant", login="app", job_level="manager")
    assert (told_ := screen.line(15))["type"] == "item" and told_["assistant"] == "app"
    assert screen.end()[0] == 130


def test_a_delegation_of_others_that_begins_by_its_date(apart):
    """It ties the one who was asked to the maker: the screen of whoever asked is read anew."""
    trading = apart(Policy())
    case = submit(trading)
    ask(trading, case, "ver1", "app")
    tomorrow = (trading.today() + DAY).isoformat()
    trading.connect("sub11").do("delegation_grant", substitute="app", **{"from": tomorrow, "until": tomorrow})
    watcher = Watcher(trading.server.client(trading.tokens["ver1"]))
    trading.advance_to(instant(trading.today() + DAY) - 2_000_000)
    watcher.ask()
    assert watcher.ask() == ([], False)
    wait_until(lambda: watcher.ask()[1], 10, "the beginning of the delegation")
    assert "assistant" not in shown(trading, case)
    watcher.client.close()


def test_it_ends_with_a_move_out_of_sight(trading, watching):
    """Of the desk that the case stays at: HQ's, or the region's when another branch of it looks after the case."""
    hq, region = verified(trading), submit(trading)
    helpers = {hq["id"]: watching("ver1b"), region["id"]: watching("sub11b")}
    ask(trading, hq, "app", "ver1b")
    ask(trading, region, "ver1", "sub11b")
    move(trading, hq["customer_id"], "B12")
    assert shown(trading, hq)["assistant"] == "ver1b", "it is still his region"
    move(trading, hq["customer_id"], "B21")
    move(trading, region["customer_id"], "B12")
    for case, asker in ((hq, "app"), (region, "ver1")):
        assert "assistant" not in shown(trading, case) and shown(trading, case)["claimed_by"] == asker
        assert (case["id"], "case_moved", False) in helpers[case["id"]].changes()
    step(trading, hq, "approve", "app")
    step(trading, region, "verify", "ver1")


def test_a_substitute_gives_it(apart):
    trading = apart(Policy())
    given = grant(trading, "ver1b", "appb")
    case = submit(trading)
    ask(trading, case, "ver1", "ver1b")
    assert inbox(trading, "appb")[case["id"]] == "ver1b"
    assert said(trading, case, "opinion", "appb", opinion="o") == ("NOT_ASKED", {"login": "ver1b"})
    give(trading, case, "appb", acting_for="ver1b")
    step(trading, case, "verify", "ver1")
    assert said(trading, case, "approve", "appb")[0] == "OWN_CASE"
    revoke(trading, given, "ver1b")
    assert said(trading, case, "approve", "appb")[0] == "OWN_CASE"


def test_who_is_barred_meanwhile_has_no_task(apart):
    trading = apart(Policy())
    case, other = submit(trading), submit(trading)
    ask(trading, case, "ver1", "ver1b")
    ask(trading, other, "ver1", "sub11b")
    given = grant(trading, "sub11", "ver1b")
    grant(trading, "sub11b", "sub11")
    for login in ("ver1b", "sub11b", "sub11"):
        assert desk(trading, login) == {}
    assert said(trading, case, "opinion", "ver1b", opinion="o")[0] == "TIED_TO_HAND"
    assert said(trading, other, "opinion", "sub11", opinion="o", acting_for="sub11b")[0] == "OWN_CASE"
    revoke(trading, given, "sub11")
    assert desk(trading, "ver1b") == {case["id"]: True}
    give(trading, case, "ver1b")


def test_a_blank_name_calls_nothing_back(trading):
    case = submit(trading)
    for to in ("", " "):
        reply = refused(lambda to=to: ask(trading, case, "ver1", to))
        assert (reply.reason, reply.field) == ("NOT_FOUND", "to")
    ask(trading, case, "ver1", "ver1b")
    assert said(trading, case, "assist", "ver1", to="", **ASKED)[0] == "OPINION_AWAITED"
    assert case["id"] in desk(trading, "ver1b")


def test_creditctl(apart, tmp_path):
    trading = apart(Policy())
    cli = Cli(tmp_path, trading.server, trading.tokens)
    case = submit(trading)
    failed = cli("ver1", "application", "assist", case["id"], code=2)
    assert "--call-back" in failed.error["message"]
    failed = cli("ver1b", "application", "assist", case["id"], "--opinion", "o", "--reason", "r", code=2)
    assert failed.error["field"] == "reason"
    asked = cli("ver1", "application", "assist", case["id"], "--ask", "ver1b", "--reason", "sound?").json
    assert asked["assistant"] == "ver1b"
    failed = cli("ver1", "application", "verify", case["id"], "--finding", "confirmed", "--opinion", "o", code=6)
    assert failed.error["reason"] == "OPINION_AWAITED" and "--call-back" in failed.error["hint"]
    assert cli("ver1b", "inbox").json[0]["wants_opinion"] is True
    cli("ver1b", "application", "assist", case["id"], "--opinion", "it is sound")
    cli("ver1", "application", "assist", case["id"], "--ask", "ver1b", "--reason", "and the other one?")
    cli("ver1", "application", "assist", case["id"], "--call-back")
    cli("ver1", "application", "verify", case["id"], "--finding", "confirmed", "--opinion", "o")
    history = cli("aud", "application", "history", case["id"]).json
    assert [e["kind"] for e in history] == ["submit", "opinion_asked", "opinion_given", "opinion_asked", "opinion_called_back",
                                            "verify"]
    assert (history[2]["assistant"], history[2]["text"]) == ("ver1b", "it is sound")
