"""Routes of the policy: nodes by role, level and name, signatures, conditions, the system's decision, countersigners."""
import csv

import psycopg2
import pytest

from harness import paths, policies

from harness.trading import refused
from test_delegation import explained, grant, inbox, people, revoke, step, submit

TEXT = paths.POLICY.read_text(encoding="utf-8")
ROUTE = 'route = ( { name = "verify"; step = "verify"; },\n          { name = "decide"; step = "decide"; } );'
VERIFY, DECIDE = '{ name = "verify"; step = "verify"; }', '{ name = "decide"; step = "decide"; }'


def route(*nodes):
    assert TEXT.count(ROUTE) == 1
    return TEXT.replace(ROUTE, "route = ( " + ", ".join(nodes) + " );")


def on(trading, *nodes):
    return policies.in_force(trading.connect, route(*nodes))


def do(trading, case, name, login, **fields):
    return trading.connect(login).do("application_" + name, application=case["id"], **fields)["application"]


def said(trading, case, name, login, **fields):
    reply = refused(lambda: do(trading, case, name, login, **fields))
    return reply.reason, reply.arguments


def verify(trading, case, login, finding="confirmed", **more):
    return do(trading, case, "verify", login, finding=finding, opinion="o", **more)


def told(trading, case):
    return trading.connect("aud").do("application_history", application=case["id"], purpose="t")["entries"]


def where(case):
    return case["state"], case["node"], case["signatures"], case.get("signed_by", [])


# ---- signatures ----

def test_two_of_the_region_and_all_of_hq(trading):
    with on(trading, VERIFY.replace("; }", "; need = 2; }"), DECIDE.replace("; }", "; all = true; }")):
        case = submit(trading)
        assert where(case) == ("submitted", "verify", 0, []) and case["signatures_needed"] == 2
        assert {"ver1", "ver1b"} <= set(explained(trading, case)["holders"])
        signed = verify(trading, case, "ver1", "doubtful")
        assert where(signed) == ("submitted", "verify", 1, ["ver1"])
        assert (signed["finding"], signed["due_at_us"]) == ("doubtful", case["due_at_us"]), "they share the days"
        assert said(trading, case, "verify", "ver1", finding="confirmed", opinion="o")[0] == "ALREADY_SIGNED"
        assert case["id"] not in inbox(trading, "ver1") and case["id"] in inbox(trading, "ver1b")
        decided = verify(trading, case, "ver1b")
        assert where(decided) == ("verified", "decide", 0, []) and decided["finding"] == "doubtful"
        assert "signatures_needed" not in decided
        assert where(do(trading, case, "approve", "app")) == ("verified", "decide", 1, ["app"])
        assert case["id"] not in inbox(trading, "app") and case["id"] in inbox(trading, "appb")
        after = do(trading, case, "approve", "appb")
        assert (after["state"], after["signed_by"], "node" in after) == ("approved", ["app"], False)
        do(trading, case, "record", "sub11")
    assert [(e["kind"], e["actor"], e.get("node")) for e in told(trading, case)] == [
        ("submit", "sub11", None), ("sign", "ver1", "verify"), ("verify", "ver1b", "verify"), ("sign", "app", "decide"),
        ("approve", "appb", "decide"), ("record", "sub11", None), ("standing_changed", "sub11", None)]


def test_a_signature_for_another_and_ties(trading):
    """Whoever signs for another has signed for both, and one tied to him does not sign beside him."""
    with on(trading, VERIFY.replace("; }", "; need = 2; }"), DECIDE):
        case, given = submit(trading), grant(trading, "ver1", "ver1b")
        assert do(trading, case, "verify", "ver1b", finding="confirmed", opinion="o",
                  acting_for="ver1")["signed_by"] == ["ver1b", "ver1"]
        for login in ("ver1", "ver1b"):
            assert said(trading, case, "verify", login, finding="confirmed", opinion="o")[0] == "ALREADY_SIGNED"
        assert explained(trading, case)["nobody_holds_role"]
        revoke(trading, given, "ver1")
        other, tie = submit(trading), grant(trading, "ver1", "ver1b")
        verify(trading, other, "ver1")
        assert said(trading, other, "verify", "ver1b", finding="confirmed",
                    opinion="o") == ("TIED_TO_HAND", {"login": "ver1"})
        revoke(trading, tie, "ver1")
        assert verify(trading, other, "ver1b")["state"] == "verified"


def test_a_return_voids_signatures(trading):
    with on(trading, VERIFY.replace("; }", "; need = 2; }"), DECIDE):
        case = submit(trading)
        verify(trading, case, "ver1")
        back = do(trading, case, "return", "ver1b", reason="r")
        assert back["state"] == "returned" and "signed_by" not in back and "node" not in back
        again = do(trading, case, "resubmit", "sub11")
        assert where(again) == ("submitted", "verify", 0, []) and "finding" not in again
        verify(trading, case, "ver1")
        assert verify(trading, case, "ver1b")["state"] == "verified", "who has verified verifies again"
        assert do(trading, case, "recall", "ver1")["state"] == "submitted"


def test_who_is_gone_is_not_waited_for(trading):
    """All of HQ must sign; one of them is disabled after the other has signed: he ends it himself."""
    with on(trading, VERIFY, DECIDE.replace("; }", "; all = true; }")):
        case = submit(trading)
        verify(trading, case, "ver1")
        do(trading, case, "approve", "app")
        trading.connect("admin").do("user_grant", login="appb", revoke=["approver"], grant=["cmo"])
        try:
            assert explained(trading, case)["holders"] == ["app"] and case["id"] in inbox(trading, "app")
            after = do(trading, case, "approve", "app")
            assert (after["state"], after.get("signed_by", [])) == ("approved", [])
        finally:
            trading.connect("admin").do("user_grant", login="appb", grant=["approver"], revoke=["cmo"])


# ---- who ----

def test_named_persons_and_a_level(trading):
    """app is a manager, appb a director."""
    named = '{ name = "named"; step = "decide"; persons = [ "app" ]; }'
    with on(trading, VERIFY, named, DECIDE.replace("; }", '; level = "manager"; }')):
        case = submit(trading)
        verify(trading, case, "ver1")
        assert explained(trading, case)["holders"] == ["app"]
        assert said(trading, case, "approve", "appb") == ("NOT_NAMED", {"node": "named"})
        assert said(trading, case, "reject", "appb", reason="r") == ("NOT_NAMED", {"node": "named"})
        assert said(trading, case, "approve", "app", grade="yellow", reason="r")[0] == "GRADE_BY_LAST"
        assert where(do(trading, case, "approve", "app")) == ("verified", "decide", 0, ["app"])
        assert said(trading, case, "approve", "app")[0] == "ALREADY_SIGNED", "nobody signs at two nodes"
        assert do(trading, case, "approve", "appb", grade="yellow", reason="r")["decided_grade"] == "yellow"


def test_the_branch_and_the_cmo(trading):
    head = '{ name = "head"; step = "verify"; role = "submitter"; }'
    cmo = '{ name = "cmo"; step = "decide"; role = "cmo"; }'
    with on(trading, head, VERIFY, DECIDE, cmo):
        case = submit(trading)
        assert (case["turn_unit"], case["turn_role"]) == ("B11", "submitter")
        assert said(trading, case, "verify", "ver1", finding="confirmed", opinion="o") == ("NOT_YOUR_UNIT", {"unit": "B11"})
        assert said(trading, case, "verify", "sub11", finding="confirmed", opinion="o")[0] == "OWN_CASE"
        assert case["id"] in inbox(trading, "sub11b") and case["id"] not in inbox(trading, "ver1")
        signed = verify(trading, case, "sub11b")
        assert (signed["turn_unit"], signed["turn_role"], signed["due_at_us"]) == ("R1", "verifier", case["due_at_us"])
        assert verify(trading, case, "ver1")["node"] == "decide"
        at_cmo = do(trading, case, "approve", "app")
        assert (at_cmo["turn_unit"], at_cmo["turn_role"]) == ("HQ", "cmo")
        assert said(trading, case, "approve", "appb") == ("ROLE_MISSING", {"role": "cmo"})
        assert case["id"] in inbox(trading, "cmo")
        assert do(trading, case, "approve", "cmo")["state"] == "approved"
        do(trading, case, "record", "sub11")


def test_signatures_are_for_one_grade(trading):
    with on(trading, VERIFY, DECIDE.replace("; }", "; need = 2; }")):
        case = submit(trading)
        verify(trading, case, "ver1")
        do(trading, case, "approve", "app", grade="yellow", reason="r")
        assert said(trading, case, "approve", "appb", grade="green") == ("GRADE_DIFFERS", {"grade": "yellow"})
        assert said(trading, case, "approve", "appb")[0] == "REASON_REQUIRED", "it is not the one asked for"
        assert do(trading, case, "approve", "appb", reason="r")["decided_grade"] == "yellow"


# ---- conditions ----

def test_a_node_for_some_cases(trading):
    doubts = '{ name = "doubts"; step = "verify"; doubtful = "yes"; }'
    wide = '{ name = "wide"; step = "decide"; jump_from = 2; kinds = [ "promotion" ]; }'
    with on(trading, VERIFY, doubts, wide, DECIDE):
        short = submit(trading, grade="red", to="yellow")
        assert verify(trading, short, "ver1")["node"] == "decide"
        skipped = [e for e in told(trading, short) if e["kind"] == "nodes_skipped"]
        assert [(e["actor"], e["nodes"]) for e in skipped] == [("system", ["doubts", "wide"])]
        long = submit(trading, grade="red", to="green")
        assert verify(trading, long, "ver1", "doubtful")["node"] == "doubts"
        assert verify(trading, long, "ver1b")["node"] == "wide"
        assert do(trading, long, "approve", "app")["node"] == "decide"
        assert "nodes_skipped" not in [e["kind"] for e in told(trading, long)]
        way = trading.connect("sub11").do("route_explain", customer=trading.customer("red"), to_grade="yellow", purpose="t")
        assert [(n["step"], n.get("name"), n.get("passed_by"), n.get("when_finding")) for n in way["nodes"]] == [
            ("submit", None, None, None), ("verify", "verify", None, None), ("verify", "doubts", None, "doubtful"),
            ("approve", "wide", True, None), ("approve", "decide", None, None), ("record", None, None, None)]


def test_the_system_decides(trading):
    small = '{ name = "small"; step = "decide"; automatic = true; jump_to = 1; doubtful = "no"; }'
    with on(trading, VERIFY, small, DECIDE):
        case = submit(trading, grade="red", to="yellow")
        after = verify(trading, case, "ver1")
        assert (after["state"], after["decided_grade"], after["automatic"], after["version"]) == ("approved", "yellow", True, 3)
        assert [(e["kind"], e["actor"], e.get("version")) for e in told(trading, case)] == [
            ("submit", "sub11", 1), ("verify", "ver1", 2), ("approve", "system", 3)]
        assert do(trading, case, "record", "sub11")["state"] == "recorded"
        for to, finding in (("green", "confirmed"), ("yellow", "doubtful")):
            other = submit(trading, grade="red", to=to)
            assert verify(trading, other, "ver1", finding)["node"] == "decide"
            assert said(trading, other, "approve", "ver1")[0] == "ROLE_MISSING"


def test_the_way_behind_an_automatic_node(trading):
    """What the system decides does not come to the nodes behind; with the other finding it may."""
    small, calm = ('{ name = "%s"; step = "decide"; automatic = true; %s }' % named for named in
                   (("small", "jump_to = 1;"), ("calm", 'doubtful = "no";')))
    doubts = '{ name = "doubts"; step = "decide"; role = "cmo"; doubtful = "no"; }'

    def way(to):
        told = trading.connect("sub11").do("route_explain", customer=trading.customer("red"), to_grade=to, purpose="t")
        return [(n["name"], n.get("passed_by", False), n.get("when_finding"), n.get("holders", [])) for n in told["nodes"] if "name" in n][1:]
    with on(trading, VERIFY, small, DECIDE):
        assert way("yellow") == [("small", False, None, []), ("decide", True, None, [])]
        assert way("green") == [("small", True, None, []), ("decide", False, None, ["app", "appb"])]
        assert verify(trading, submit(trading, grade="red", to="yellow"), "ver1")["state"] == "approved"
    with on(trading, VERIFY, calm, doubts, DECIDE):
        assert way("green") == [("calm", False, "confirmed", []), ("doubts", True, "confirmed", []),
                                ("decide", False, "doubtful", ["app", "appb"])]


# ---- ways back ----

def test_back_to_an_earlier_node(trading):
    again, first = '{ name = "again"; step = "verify"; }', '{ name = "first"; step = "decide"; }'
    with on(trading, VERIFY, again, first, DECIDE):
        case = submit(trading)
        verify(trading, case, "ver1")
        assert said(trading, case, "return_to_node", "ver1b", node="again", reason="r") == ("NODE_NOT_EARLIER", {"node": "again"})
        assert said(trading, case, "return_to_node", "ver1b", node="gain", reason="r") == ("UNKNOWN_NODE", {"node": "gain"})
        assert said(trading, case, "return_to_node", "ver1b", reason="r")[0] == "FIELD_REQUIRED"
        assert said(trading, case, "return_to_node", "ver1b", node="verify")[0] == "REASON_REQUIRED"
        assert said(trading, case, "return_to_node", "ver1", node="verify", reason="r")[0] == "ALREADY_SIGNED"
        back = do(trading, case, "return_to_node", "ver1b", node="verify", reason="r")
        assert where(back) == ("submitted", "verify", 0, []) and "finding" not in back
        verify(trading, case, "ver1")
        verify(trading, case, "ver1b")
        do(trading, case, "approve", "app")
        to_region = do(trading, case, "return_to_node", "appb", node="again", reason="look again")
        assert where(to_region) == ("submitted", "again", 0, ["ver1"])
        assert verify(trading, case, "ver1b")["node"] == "first"
        do(trading, case, "approve", "app")
        assert do(trading, case, "approve", "appb")["state"] == "approved"
        kinds = [(e["kind"], e.get("node")) for e in told(trading, case) if e["kind"].startswith("return")]
        assert kinds == [("return_to_node", "verify"), ("return_to_region", "again")]


def test_the_regions_signatures_stand(trading):
    """Who has signed a node of the region before the one that HQ returns the case to does not sign that one, too."""
    with on(trading, VERIFY, '{ name = "again"; step = "verify"; }', DECIDE):
        case = submit(trading)
        verify(trading, case, "ver1")
        verify(trading, case, "ver1b")
        do(trading, case, "return_to_node", "app", node="again", reason="look again")
        assert said(trading, case, "verify", "ver1", finding="confirmed", opinion="o")[0] == "ALREADY_SIGNED"
        assert explained(trading, case)["holders"] == ["ver1b"]
        assert case["id"] not in inbox(trading, "ver1") and case["id"] in inbox(trading, "ver1b")
        given = grant(trading, "ver1", "ver1b")
        assert said(trading, case, "verify", "ver1b", finding="confirmed", opinion="o", acting_for="ver1")[0] == "ALREADY_SIGNED"
        assert said(trading, case, "verify", "ver1b", finding="confirmed", opinion="o") == ("TIED_TO_HAND", {"login": "ver1"})
        assert explained(trading, case)["nobody_holds_role"]
        revoke(trading, given, "ver1")
        assert verify(trading, case, "ver1b")["state"] == "verified"


def test_who_has_doubted_does_not_clear_his_doubt(trading):
    with on(trading, VERIFY, '{ name = "doubts"; step = "verify"; doubtful = "yes"; }', DECIDE):
        case = submit(trading)
        verify(trading, case, "ver1", "doubtful")
        verify(trading, case, "ver1b")
        back = do(trading, case, "return_to_node", "app", node="doubts", reason="look again")
        assert where(back) == ("submitted", "doubts", 0, ["ver1"]) and back["finding"] == "doubtful"
        assert said(trading, case, "verify", "ver1", finding="confirmed", opinion="o")[0] == "ALREADY_SIGNED"
        assert verify(trading, case, "ver1b")["state"] == "verified"


# ---- countersigners ----

def test_a_countersigner(trading):
    case = submit(trading)
    assert said(trading, case, "countersign", "ver1")[0] == "FIELD_REQUIRED"
    assert said(trading, case, "countersign", "ver1", add="ver1b", drop="ver1b")[0] == "FIELD_INVALID"
    assert said(trading, case, "countersign", "sub11", add="ver1b")[0] == "NOT_YOUR_UNIT"
    for login, reason in (("nobody", "NOT_FOUND"), ("ver1", "FIELD_INVALID"), ("app", "CANNOT_ACT")):
        assert said(trading, case, "countersign", "ver1", add=login)[0] == reason, login
    added = do(trading, case, "countersign", "ver1", add="ver1b", reason="his customer")
    assert (added["countersigners"], added["version"]) == (["ver1b"], case["version"])
    assert said(trading, case, "countersign", "ver1", add="ver1b")[0] == "NOTHING_TO_CHANGE"
    assert where(verify(trading, case, "ver1")) == ("submitted", "verify", 1, ["ver1"])
    assert case["id"] in inbox(trading, "ver1b")
    assert verify(trading, case, "ver1b")["state"] == "verified"
    do(trading, case, "countersign", "app", add="appb")
    do(trading, case, "approve", "app")
    dropped = do(trading, case, "countersign", "app", drop="appb")
    assert "countersigners" not in dropped and explained(trading, case)["holders"] == ["app", "appb"]
    assert said(trading, case, "countersign", "app", drop="appb")[0] == "NOTHING_TO_CHANGE"
    assert do(trading, case, "approve", "app")["state"] == "approved", "who has signed ends it"
    assert said(trading, case, "countersign", "app", add="appb")[0] == "ALREADY_DECIDED"
    assert [(e["kind"], e["countersigner"]) for e in told(trading, case) if "countersigner" in e] == [
        ("countersigner_added", "ver1b"), ("countersigner_added", "appb"), ("countersigner_dropped", "appb")]


def test_a_countersigner_who_signs_first_signs_besides(trading):
    with on(trading, VERIFY, DECIDE.replace("; }", '; level = "director"; }')):
        case = submit(trading)
        verify(trading, case, "ver1")
        assert said(trading, case, "approve", "app") == ("LEVEL_TOO_LOW", {"level": "director"})
        do(trading, case, "countersign", "appb", add="app")
        assert where(do(trading, case, "approve", "app", grade="yellow", reason="r")) == ("verified", "decide", 0, ["app"])
        assert said(trading, case, "approve", "appb", grade="green") == ("GRADE_DIFFERS", {"grade": "yellow"})
        assert do(trading, case, "approve", "appb", reason="r")["decided_grade"] == "yellow"


def test_only_countersigners_are_missing(trading):
    with on(trading, VERIFY, DECIDE.replace("; }", '; persons = [ "app", "appb" ]; }')):
        case = submit(trading)
        verify(trading, case, "ver1")
        do(trading, case, "countersign", "appb", add="app")
        do(trading, case, "approve", "appb")
        assert explained(trading, case)["holders"] == ["app"]
        assert do(trading, case, "approve", "app")["state"] == "approved"


# ---- nobody, and policies that change ----

def test_a_node_that_nobody_can_fill_is_shown(trading):
    with on(trading, VERIFY, DECIDE.replace("; }", '; persons = [ "gone" ]; }').replace("decide\"; step", "named\"; step"), DECIDE):
        case = submit(trading)
        assert not explained(trading, case)["nobody_holds_role"]
        verify(trading, case, "ver1")
        shown = explained(trading, case)
        assert shown["nobody_holds_role"] and "holders" not in shown
        due = trading.connect("appb").do("due_list", purpose="t", days=365, limit=1000)["cases"]
        told_of, = [c for c in due if c["application"]["id"] == case["id"]]
        assert told_of["told"] == ["appb", "cmo"] and "holders" not in told_of, "it is escalated at once"
        do(trading, case, "withdraw", "sub11")


def test_a_delegator_and_his_substitute_are_one_signature(trading):
    """It is shown before one of them has signed."""
    with on(trading, VERIFY, DECIDE.replace("; }", '; need = 2; persons = [ "app", "appb" ]; }')):
        case = submit(trading)
        verify(trading, case, "ver1")
        assert not explained(trading, case)["nobody_holds_role"]
        given = grant(trading, "app", "appb")
        shown = explained(trading, case)
        assert shown["nobody_holds_role"] and shown["holders"] == ["app", "appb"]
        due = trading.connect("appb").do("due_list", purpose="t", days=365, limit=1000)["cases"]
        assert [c["told"] for c in due if c["application"]["id"] == case["id"]] == [["appb", "cmo"]]
        revoke(trading, given, "app")
        assert not explained(trading, case)["nobody_holds_role"]
        do(trading, case, "approve", "app")
        assert do(trading, case, "approve", "appb")["state"] == "approved"


def test_a_running_case_on_another_route(trading):
    """It waits for the first node of its state there, unsigned; an automatic one does not decide it."""
    with on(trading, VERIFY, DECIDE.replace("; }", "; need = 2; }")):
        case = submit(trading)
        verify(trading, case, "ver1")
        do(trading, case, "approve", "app")
        small = '{ name = "small"; step = "decide"; automatic = true; jump_to = 3; }'
        with on(trading, VERIFY, small, '{ name = "cmo"; step = "decide"; role = "cmo"; }', DECIDE):
            number = trading.rows("SELECT max(version) FROM policy_version")[0][0]
            do(trading, case, "policy", "app", policy_version=number, reason="r")
            moved = do(trading, case, "policy", "appb", policy_version=number, reason="r", approve=True)
            assert where(moved) == ("verified", "cmo", 0, []) and moved["turn_role"] == "cmo"
            assert case["id"] in inbox(trading, "cmo")
            do(trading, case, "approve", "cmo")
            assert do(trading, case, "approve", "app")["state"] == "approved"


BAD = [
    ((DECIDE,), "route", "verifier"),
    ((VERIFY,), "route", "approver"),
    ((VERIFY.replace("; }", '; doubtful = "yes"; }'), DECIDE), "route", "verifier"),
    ((DECIDE, VERIFY), "route[2].step", "after a node that decides"),
    ((VERIFY, VERIFY, DECIDE), "route[2].name", "twice"),
    ((VERIFY.replace('"verify";', '"Region";', 1), DECIDE), "route[1].name", "a-z"),
    ((VERIFY.replace('"verify";', '"branch";', 1), DECIDE), "route[1].name", "branch"),
    ((VERIFY.replace("; }", '; role = "cmo"; }'), DECIDE), "route[1].role", "submitter, verifier"),
    ((VERIFY, DECIDE.replace("; }", '; role = "verifier"; }')), "route[2].role", "approver, cmo"),
    ((VERIFY, DECIDE.replace("; }", "; need = 2; all = true; }")), "route[2].need", "all"),
    ((VERIFY, DECIDE.replace("; }", '; need = 2; persons = [ "app" ]; }')), "route[2].need", "1 persons"),
    ((VERIFY, DECIDE.replace("; }", "; need = 17; }")), "route[2].need", "16"),
    ((VERIFY, DECIDE.replace("; }", "; need = 9; }"), '{ name = "more"; step = "decide"; need = 8; }'), "route", "17 signatures"),
    ((VERIFY.replace("; }", "; automatic = true; jump_to = 1; }"), DECIDE), "route[1].automatic", "only decisions"),
    ((VERIFY, '{ name = "a"; step = "decide"; automatic = true; }', DECIDE), "route[2].automatic", "no condition"),
    ((VERIFY, '{ name = "a"; step = "decide"; automatic = true; jump_to = 1; need = 1; }', DECIDE), "route[2].automatic",
     "who signs"),
    ((VERIFY, '{ name = "a"; step = "decide"; jump_from = 3; jump_to = 2; }', DECIDE), "route[2].jump_to", "less than"),
    ((VERIFY, '{ name = "a"; step = "decide"; kinds = [ "all" ]; }', DECIDE), "route[2].kinds", "admission"),
    ((VERIFY, DECIDE.replace('step = "decide"', 'step = "sign"')), "route[2].step", "verify, decide"),
    ((VERIFY.replace("; }", "; all = true; }"), VERIFY.replace('"verify"; step', '"again"; step'), DECIDE), "route[2].name",
     "nobody is left"),
]


@pytest.mark.parametrize("nodes, key, text", BAD)
def test_a_bad_route_is_refused(trading, nodes, key, text):
    told = trading.connect("maker").call("policy_check", text=route(*nodes))
    message = str(told.body) + str(told.arguments)
    assert key in message and text in message, message


# ---- the database ----

SIGNED_BY = "signers = ARRAY[{}], signer_nodes = ARRAY[0::smallint], signatures = 1"


def refused_by_the_database(trading, state, change, constraint):
    case = trading.bring(submit(trading), state)
    number = int(case["id"].split("-")[2])
    trading.rows("UPDATE application SET assessed_by = (SELECT user_id FROM app_user WHERE login = 'cmo') "
                 "WHERE application_id = %s RETURNING 1", number)
    with pytest.raises(psycopg2.errors.CheckViolation) as error:
        trading.rows("UPDATE application SET " + change + " WHERE application_id = %s RETURNING 1", number)
    assert error.value.diag.constraint_name == constraint

@pytest.mark.parametrize("change, constraint", [
    ("signers = signers || ARRAY[decided_by], signer_nodes = signer_nodes || 0::smallint", "application_decides_once"),
    ("signer_nodes = signer_nodes || 0::smallint", "application_signers_whole"),
    ("verifiers = verifiers || submitted_by", "application_verifiers_are_hands"),
    ("decided_by = NULL, decided_for = NULL", "application_decided_fits"),
    ("countersigners = ARRAY[1::bigint]", "application_countersigners_whole"),
    ("signed_grade = 1", "application_grade_signed"),
    (SIGNED_BY.format("submitted_by"), "application_signers_are_others"),
    (SIGNED_BY.format("verified_by"), "application_signers_are_others"),
    (SIGNED_BY.format("assessed_by"), "application_assessor_judges_not"),
    ("decided_for = assessed_by", "application_assessor_judges_not"),
    ("decided_by = assessed_by", "application_assessor_decides_not"),
    ("verified_by = assessed_by, hands = hands || assessed_by, verifiers = verifiers || assessed_by",
     "application_assessor_judges_not"),
    ("verified_for = assessed_by, hands = hands || assessed_by, verifiers = verifiers || assessed_by",
     "application_assessor_judges_not"),
    ("verified_by = 9999, hands = hands || 9999::bigint", "application_verified_names_verifiers"),
    ("verified_for = 9999, hands = hands || 9999::bigint", "application_verified_names_verifiers"),
    ("region_signers = verifiers, region_nodes = ARRAY[0::smallint]", "application_verified_signers_whole"),
])
def test_the_database_refuses(trading, change, constraint):
    refused_by_the_database(trading, "approved", change, constraint)


@pytest.mark.parametrize("change, constraint", [
    (SIGNED_BY.format("submitted_by"), "application_signers_are_others"),
    (SIGNED_BY.format("verified_by"), "application_signers_are_others"),
    (SIGNED_BY.format("assessed_by"), "application_assessor_judges_not"),
    ("verified_by = assessed_by, hands = hands || assessed_by, verifiers = verifiers || assessed_by",
     "application_assessor_judges_not"),
    ("region_signers = '{}', region_nodes = '{}'", "application_verified_signers_whole"),
    ("region_signers = region_signers || submitted_by, region_nodes = region_nodes || 0::smallint",
     "application_verified_signers_whole"),
    ("region_nodes = region_nodes || 0::smallint", "application_verified_signers_whole"),
])
def test_the_database_refuses_of_a_case_with_hq(trading, change, constraint):
    refused_by_the_database(trading, "verified", change, constraint)


# ---- the command line ----

def test_creditctl(trading, cli):
    with on(trading, VERIFY, '{ name = "first"; step = "decide"; need = 2; }', DECIDE):
        case = submit(trading)
        cli("ver1", "application", "countersign", case["id"], "--add", "ver1b", "--reason", "two see more")
        shown = cli("ver1", "application", "show", case["id"]).json
        assert (shown["node"], shown["signatures"], shown["signatures_needed"], shown["countersigners"]) == \
            ("verify", 0, 1, ["ver1b"])
        cli("ver1", "application", "countersign", case["id"], "--drop", "ver1b")
        cli("ver1", "application", "verify", case["id"], "--finding", "confirmed", "--opinion", "o")
        few = cli("app", "application", "countersign", case["id"], "--add", "appb", code=7).error
        assert (few["reason"], few["field"]) == ("TOO_FEW_OTHERS", "add")
        assert cli("app", "application", "approve", case["id"]).json["signed_by"] == ["app"]
        late = cli("ver1", "--lang", "zh_CN", "application", "recall", case["id"], code=6).error
        assert (late["reason"], late["message"]) == ("NOT_LAST_STEP", "申请不可召回:其最近一步是 签署")
        back = cli("appb", "application", "return", case["id"], "--node", "verify", "--reason", "r").json
        assert (back["state"], back["node"]) == ("submitted", "verify")
        kinds = [e["kind"] for e in cli("aud", "application", "history", case["id"]).json]
        assert kinds == ["submit", "countersigner_added", "countersigner_dropped", "verify", "sign", "return_to_region"]
        way = cli("sub11", "policy", "route", "explain", trading.customer("red"), "--to", "green").json
        assert [n.get("name") for n in way["nodes"]] == [None, "verify", "first", "decide", None]
        zh = cli("aud", "--lang", "zh_CN", "application", "history", case["id"], output="table").stdout
        assert "已加签" in zh and "签署" in zh and "加签人" in zh and "licence=ok" in zh
        rows = list(csv.DictReader(cli("aud", "application", "history", case["id"], output="csv").stdout.splitlines()))
        assert [(row["kind"], row["countersigner"]) for row in rows][1:3] == [
            ("countersigner_added", "ver1b"), ("countersigner_dropped", "ver1b")]
        assert {"assistant", "nodes", "held_step", "manager", "items"} <= rows[0].keys()


def test_another_grade_than_that_of_the_first_signature(trading, cli):
    with on(trading, VERIFY, DECIDE.replace("; }", "; need = 2; }")):
        case = submit(trading)
        verify(trading, case, "ver1")
        do(trading, case, "approve", "app", grade="yellow", reason="r")
        told = cli("appb", "--lang", "zh_CN", "application", "approve", case["id"], "--grade", "green", code=7).error
        assert told["reason"] == "GRADE_DIFFERS" and told["message"].endswith("黄名单"), told
