"""A running case is moved to another version of the policy: one approver asks, another approves; all else stays."""
from harness import dump, policies
from harness.standing import DAY, Policy
from harness.trading import refused
from test_delegation import grant, revoke
from test_routes import DECIDE, VERIFY, do, on, verify

DAY_US = DAY.total_seconds() * 1_000_000


def published(trading, before, after):
    """A version of the policy with one part of its text replaced; its number."""
    text = policies.whole(Policy())
    assert text.count(before) == 1
    version = policies.proposed(trading.connect("maker"), text.replace(before, after))
    trading.connect("checker").do("policy_publish", version=version)
    return version


def ask(trading, login, case, version, **more):
    """Asks for a version, or approves."""
    return trading.connect(login).do("application_policy", application=case["id"], policy_version=version,
                                     **{"reason": "r", **more})["application"]


def approve(trading, login, case, version):
    """Approves what was asked for."""
    return ask(trading, login, case, version, approve=True)


def kinds(trading, case):
    """Kinds of the events of a case."""
    told = trading.connect("aud").do("application_history", application=case["id"], purpose="test")
    return [e["kind"] for e in told["entries"]]


def test_two_approvers_move_a_case_and_later_steps_go_by_the_new_version(apart):
    trading = apart(Policy())
    case = trading.apply(trading.customer("red"), "green")
    began = case["policy_version"]
    version = published(trading, "decide_days = 3;", "decide_days = 5;")
    asked = ask(trading, "app", case, version)
    assert (asked["policy_version"], asked["asked_policy"], asked["asked_by"]) == (began, version, "app")
    assert refused(lambda: ask(trading, "appb", case, version)).reason == "POLICY_ASKED"
    assert refused(lambda: approve(trading, "app", case, version)).reason == "OWN_REQUEST"
    tie = grant(trading, "app", "appb")
    tied = refused(lambda: approve(trading, "appb", case, version))
    assert (tied.reason, tied.arguments) == ("TIED_TO_HAND", {"login": "app"})
    revoke(trading, tie, "app")
    assert refused(lambda: approve(trading, "appb", case, 99)).reason == "NOT_FOUND"
    moved = approve(trading, "appb", case, version)
    assert moved["policy_version"] == version and "asked_policy" not in moved
    assert (moved["version"], moved["due_at_us"]) == (case["version"], case["due_at_us"]), "no step, and its end stays"
    assert kinds(trading, case) == ["submit", "case_policy_asked", "case_policy_moved"]
    verified = trading.connect("ver1").do("application_verify", application=case["id"], finding="confirmed",
                                          opinion="o")["application"]
    assert (verified["due_at_us"] - trading.now()) // DAY_US == 5


def test_a_shorter_whole_ends_the_running_step_earlier(apart):
    trading = apart(Policy())
    case = trading.apply(trading.customer("red"), "green")
    text = policies.whole(Policy()).replace("whole_days = 10;", "whole_days = 2;").replace(
        "verify_days = 3;", "verify_days = 1;").replace("decide_days = 3;", "decide_days = 1;").replace(
        "submit_days = 2;", "submit_days = 1;").replace("extended_decide_days = 7;", "")
    version = policies.proposed(trading.connect("maker"), text)
    trading.connect("checker").do("policy_publish", version=version)
    ask(trading, "app", case, version)
    moved = approve(trading, "appb", case, version)
    assert moved["complete_by_us"] == moved["due_at_us"] == case["complete_by_us"] - 8 * DAY_US


def test_what_a_move_needs(apart):
    trading = apart(Policy())
    case = trading.apply(trading.customer("red"), "green")
    version = published(trading, "decide_days = 3;", "decide_days = 5;")
    for login, fields, reason in (
            ("sub11", {}, "ROLE_MISSING"), ("app", {"reason": ""}, "REASON_REQUIRED"),
            ("app", {"policy_version": 99}, "NOT_FOUND"),
            ("app", {"policy_version": case["policy_version"]}, "NOTHING_TO_CHANGE"),
            ("app", {"if_version": 9}, "STALE_VERSION")):
        asked = {"application": case["id"], "policy_version": version, "reason": "r", **fields}
        assert refused(lambda a=asked, who=login: trading.connect(who).do("application_policy", **a)).reason == reason
    trading.connect("checker").do("policy_roll_back", version=version, reason="end")
    assert refused(lambda: ask(trading, "app", case, version)).reason == "FIELD_INVALID"
    trading.connect("sub11").do("application_withdraw", application=case["id"])
    assert refused(lambda: ask(trading, "app", case, version)).reason == "ALREADY_DECIDED"


def test_a_step_drops_what_was_asked_for(apart):
    trading = apart(Policy())
    case = trading.apply(trading.customer("red"), "green")
    version = published(trading, "decide_days = 3;", "decide_days = 5;")
    ask(trading, "app", case, version)
    verified = trading.connect("ver1").do("application_verify", application=case["id"], finding="confirmed",
                                          opinion="o")["application"]
    assert "asked_policy" not in verified
    assert refused(lambda: approve(trading, "appb", case, version)).reason == "NO_POLICY_ASKED"
    other = published(trading, "decide_days = 3;", "decide_days = 4;")
    ask(trading, "app", case, other)
    reply = refused(lambda: approve(trading, "appb", case, version))
    assert (reply.reason, reply.field) == ("FIELD_INVALID", "policy_version"), "that is not the version asked for"
    approve(trading, "appb", case, other)


def test_a_hand_of_the_case_does_not_approve_it(apart):
    """Whoever verified it has become an approver since."""
    trading = apart(Policy())
    case = trading.apply(trading.customer("red"), "green")
    trading.connect("ver1b").do("application_verify", application=case["id"], finding="confirmed", opinion="o")
    version = published(trading, "decide_days = 3;", "decide_days = 5;")
    ask(trading, "app", case, version)
    trading.connect("admin").do("user_grant", login="ver1b", unit="HQ", revoke=["verifier"], grant=["approver"])
    assert refused(lambda: approve(trading, "ver1b", case, version)).reason == "OWN_CASE"


def test_whoever_has_signed_the_case_does_not_approve_it(apart):
    trading = apart(Policy())
    with on(trading, VERIFY, DECIDE.replace("; }", "; need = 2; }")):
        case = trading.apply(trading.customer("red"), "green")
        verify(trading, case, "ver1")
        do(trading, case, "approve", "app")
    version = published(trading, "decide_days = 3;", "decide_days = 5;")
    ask(trading, "appb", case, version)
    assert refused(lambda: approve(trading, "app", case, version)).reason == "ALREADY_SIGNED"


def test_who_has_given_an_opinion_does_not_move_the_case(apart):
    """Before the decision that makes him one who has verified, who may verify again, and yet has a hand in it."""
    trading = apart(Policy())
    case = trading.apply(trading.customer("red"), "green")
    trading.connect("ver1").do("application_assist", application=case["id"], to="appb", reason="r")
    trading.connect("appb").do("application_opinion", application=case["id"], opinion="o")
    version = published(trading, "decide_days = 3;", "decide_days = 5;")
    ask(trading, "app", case, version)
    assert refused(lambda: approve(trading, "appb", case, version)).reason == "OWN_CASE"


def test_the_nodes_that_it_passes_by_are_named(apart):
    """By the system in the same transaction, as after a step; an automatic node, behind which it stands, too."""
    trading = apart(Policy())
    case = trading.apply(trading.customer("red"), "yellow")
    verify(trading, case, "ver1")
    wide, small = '{ name = "wide"; step = "decide"; jump_from = 2; }', \
        '{ name = "small"; step = "decide"; automatic = true; jump_to = 1; }'
    with on(trading, VERIFY, wide, small, DECIDE):
        version = trading.rows("SELECT max(version) FROM policy_version")[0][0]
        ask(trading, "app", case, version)
        assert approve(trading, "appb", case, version)["node"] == "decide"
        told = trading.connect("aud").do("application_history", application=case["id"], purpose="test")["entries"]
        assert [(e["kind"], e["actor"], e.get("nodes")) for e in told[-2:]] == [
            ("case_policy_moved", "appb", None), ("nodes_skipped", "system", ["wide", "small"])]
        assert do(trading, case, "approve", "app")["state"] == "approved"
    assert dump.integrity(trading.owner) == []
