"""Who of several works on a step; taking a step back, and going back to any earlier hand."""
import pytest

from harness.cli import Cli
from harness.standing import DAY, Policy
from harness.trading import period_end, refused
from test_delegation import TEXTS, barred, grant, inbox, people, revoke, step, submit
from test_extension import HQ_ZONE


def do(trading, case, name, login, **more):
    return trading.connect(login).do("application_" + name, application=case["id"], **more)["application"]


def said(trading, case, name, login, **more):
    """(reason, arguments) of what is refused."""
    reply = refused(lambda: do(trading, case, name, login, **more))
    return reply.reason, reply.arguments


def verified(trading):
    return step(trading, submit(trading), "verify", "ver1")


def test_a_claimed_case_is_one_person_s(trading):
    case = submit(trading)
    claimed = do(trading, case, "claim", "ver1")
    assert (claimed["claimed_by"], claimed["version"]) == ("ver1", case["version"])
    assert case["id"] in inbox(trading, "ver1") and case["id"] not in inbox(trading, "ver1b")
    assert trading.connect("aud").do("application_explain", application=case["id"], purpose="t")["holders"] == ["ver1"]
    for name in ("verify", "return"):
        assert said(trading, case, name, "ver1b", **TEXTS[name]) == ("CLAIMED", {"login": "ver1"})
    assert said(trading, case, "claim", "ver1b") == ("CLAIMED", {"login": "ver1"})
    assert said(trading, case, "claim", "ver1") == ("NOTHING_TO_CHANGE", {})
    after = step(trading, case, "verify", "ver1")
    assert "claimed_by" not in after
    assert people(trading, case)[1:] == [("claimed", "ver1", None), ("verify", "ver1", None)]


def test_released_by_its_holder_or_a_head(trading):
    case = submit(trading)
    assert said(trading, case, "release", "ver1") == ("NOT_CLAIMED", {})
    do(trading, case, "claim", "ver1")
    do(trading, case, "release", "ver1b", reason="he is ill")  # a manager, the head of R1
    do(trading, case, "claim", "ver1b")
    assert said(trading, case, "release", "ver1") == ("CLAIMED", {"login": "ver1b"})
    do(trading, case, "release", "ver1b")
    step(trading, case, "verify", "ver1")


def test_a_head_who_is_the_director(trading):
    """At HQ the heads are those of the highest level with a role in cases."""
    case = verified(trading)
    do(trading, case, "claim", "app")
    assert said(trading, case, "claim", "cmo")[0] == "CLAIMED"
    assert do(trading, case, "transfer", "cmo", to="appb")["claimed_by"] == "appb"
    assert "claimed_by" not in do(trading, case, "release", "cmo")


def test_transferred_to_another_who_can_act(trading):
    case = submit(trading)
    assert said(trading, case, "transfer", "ver1") == ("FIELD_REQUIRED", {})
    assert refused(lambda: do(trading, case, "transfer", "ver1", to="nobody")).field == "to"
    for login in ("verclerk1", "aud1", "app", "sub11"):
        reply = refused(lambda login=login: do(trading, case, "transfer", "ver1", to=login))
        assert (reply.reason, reply.field, reply.arguments) == ("CANNOT_ACT", "to", {"login": login})
    assert do(trading, case, "transfer", "ver1", to="ver1b", reason="his customer")["claimed_by"] == "ver1b"
    assert said(trading, case, "transfer", "ver1", to="ver1") == ("CLAIMED", {"login": "ver1b"})
    assert said(trading, case, "verify", "ver1", **TEXTS["verify"])[0] == "CLAIMED"
    assert said(trading, case, "transfer", "ver1b", to="ver1b") == ("NOTHING_TO_CHANGE", {})
    do(trading, case, "transfer", "ver1b", to="ver1")
    step(trading, case, "verify", "ver1")
    told = trading.connect("aud").do("application_history", application=case["id"], purpose="t")["entries"]
    assert [(e["actor"], e["claimed_by"], e.get("text")) for e in told if e["kind"] == "transferred"] == \
        [("ver1", "ver1b", "his customer"), ("ver1b", "ver1", None)]


def test_only_who_can_act_claims(trading):
    case = submit(trading)
    assert said(trading, case, "claim", "sub11") == ("NOT_YOUR_UNIT", {"unit": "R1"})
    assert said(trading, case, "claim", "app") == ("NOT_YOUR_UNIT", {"unit": "R1"})
    assert said(trading, case, "claim", "ver2")[0] == "NOT_FOUND"
    tie = grant(trading, "sub11", "ver1b")
    assert said(trading, case, "claim", "ver1b") == ("TIED_TO_HAND", {"login": "sub11"}), "nor could he verify it"
    revoke(trading, tie, "sub11")
    closed = do(trading, case, "withdraw", "sub11")
    assert said(trading, closed, "claim", "ver1")[0] == "ALREADY_DECIDED"


def test_the_maker_withdraws_and_recalls_all_the_same(trading):
    case = submit(trading)
    do(trading, case, "claim", "ver1")
    assert do(trading, case, "recall", "sub11")["state"] == "returned"
    other = submit(trading)
    do(trading, other, "claim", "ver1")
    assert do(trading, other, "withdraw", "sub11")["state"] == "withdrawn"


def test_a_claim_of_one_who_cannot_act_any_more_has_no_effect(apart):
    trading = apart(Policy())
    case = submit(trading)
    do(trading, case, "claim", "ver1")
    trading.connect("admin").do("user_grant", login="ver1", job_level="clerk")
    assert case["id"] in inbox(trading, "ver1b")
    step(trading, case, "verify", "ver1b")
    third = submit(trading)
    trading.connect("admin").do("user_grant", login="ver1", job_level="supervisor")
    do(trading, third, "claim", "ver1b")
    trading.connect("admin").do("user_grant", login="ver1b", job_level="clerk")
    assert "claimed_by" not in do(trading, third, "release", "ver1"), "it keeps nobody from the case"
    other = submit(trading)
    trading.connect("admin").do("user_grant", login="ver1b", job_level="manager")
    do(trading, other, "claim", "ver1")
    trading.connect("admin").do("user_disable", login="ver1")
    assert do(trading, other, "claim", "ver1b")["claimed_by"] == "ver1b"


def test_a_substitute_works_on_what_the_other_has_claimed(apart):
    trading = apart(Policy())
    grant(trading, "ver1", "app")
    case = submit(trading)
    assert do(trading, case, "claim", "app", acting_for="ver1")["claimed_by"] == "ver1"
    assert inbox(trading, "app")[case["id"]] == "ver1"
    assert said(trading, case, "verify", "ver1b", **TEXTS["verify"])[0] == "CLAIMED"
    assert step(trading, case, "verify", "app", "ver1")["state"] == "verified"


def test_the_branch_recalls_what_nobody_has_acted_on(apart):
    trading = apart(Policy())
    case = submit(trading)
    trading.go_to(trading.today() + DAY)
    recalled = do(trading, case, "recall", "sub11b", reason="a document is missing")
    assert (recalled["state"], recalled["version"]) == ("returned", 2)
    assert recalled["due_at_us"] == period_end(HQ_ZONE, trading.now(), 2)
    again = step(trading, case, "resubmit", "sub11")
    assert again["state"] == "submitted"
    assert do(trading, case, "recall", "sub11")["state"] == "returned", "a resubmission too"


def test_the_region_recalls_its_verification(trading):
    case = verified(trading)
    recalled = do(trading, case, "recall", "ver1b")
    assert recalled["state"] == "submitted" and "finding" not in recalled
    assert said(trading, case, "recall", "sub11") == ("NOT_LAST_STEP", {"step": "recall"}), "it is not the branch's to take back any more"
    assert barred(trading, case, "verify", "sub11") == "NOT_YOUR_UNIT"
    assert step(trading, case, "verify", "ver1")["state"] == "verified", "who has verified verifies again"


@pytest.mark.parametrize("login, reason", [("sub11", "NOT_YOUR_UNIT"), ("app", "ROLE_MISSING"), ("ver2", "NOT_FOUND")])
def test_only_whose_step_it_was_recalls(trading, login, reason):
    assert said(trading, verified(trading), "recall", login)[0] == reason


def test_what_the_next_hand_did_is_not_recalled(trading):
    case = verified(trading)
    step(trading, case, "approve", "app")
    assert said(trading, case, "recall", "ver1")[0] == "STATE_CHANGED"
    back = step(trading, submit(trading), "return", "ver1")
    assert said(trading, back, "recall", "sub11")[0] == "STATE_CHANGED"


def test_hq_returns_to_the_region(apart):
    trading = apart(Policy())
    case = verified(trading)
    assert said(trading, case, "return_to_region", "app")[0] == "REASON_REQUIRED"
    assert said(trading, case, "return_to_region", "ver1")[0] == "ROLE_MISSING"
    back = do(trading, case, "return_to_region", "app", reason="verify the licence again")
    assert (back["state"], back["turn_unit"]) == ("submitted", "R1") and "finding" not in back
    assert back["due_at_us"] == period_end(HQ_ZONE, trading.now(), 3)
    step(trading, case, "verify", "ver1")
    assert step(trading, case, "approve", "app")["state"] == "approved"


def test_creditctl(apart, tmp_path):
    trading = apart(Policy())
    cli = Cli(tmp_path, trading.server, trading.tokens)
    case = submit(trading)
    assert cli("ver1", "application", "claim", case["id"]).json["claimed_by"] == "ver1"
    failed = cli("ver1b", "application", "verify", case["id"], "--finding", "confirmed", "--opinion", "o", code=6)
    assert failed.error["reason"] == "CLAIMED" and "application release" in failed.error["hint"]
    assert cli("ver1", "application", "transfer", case["id"], "ver1b").json["claimed_by"] == "ver1b"
    assert "claimed_by" not in cli("ver1b", "application", "release", case["id"]).json
    cli("ver1b", "application", "verify", case["id"], "--finding", "confirmed", "--opinion", "o")
    assert cli("ver1", "application", "recall", case["id"]).json["state"] == "submitted"
    cli("ver1b", "application", "verify", case["id"], "--finding", "confirmed", "--opinion", "o")
    back = cli("app", "application", "return", case["id"], "--node", "region", "--reason", "r").json
    assert back["state"] == "submitted"
    assert cli("ver1", "application", "return", case["id"], "--node", "hq", "--reason", "r", code=7).error["field"] == "node"
    assert [e["kind"] for e in cli("aud", "application", "history", case["id"]).json] == \
        ["submit", "claimed", "transferred", "released", "verify", "recall", "verify", "return_to_region"]
