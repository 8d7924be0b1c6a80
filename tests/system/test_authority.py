"""Nobody decides above his authority: the case goes up by itself; words that the policy refuses."""
import pytest

from harness import paths, policies
from harness.trading import refused
from test_delegation import TEXTS, grant, inbox, revoke, step, submit

TEXT = paths.POLICY.read_text(encoding="utf-8")
WHOLE = '{ level = "supervisor"; jump = 4; kinds = [ "admission", "promotion", "demotion" ]; }'
ONE_FOR_MANAGERS = TEXT.replace(WHOLE, WHOLE.replace("supervisor", "manager").replace("jump = 4", "jump = 1") + ", "
                                + WHOLE.replace("supervisor", "director"))
WORDS = TEXT.replace("refuse = [ ]", 'refuse = [ "kickback", "回扣" ]')


def verified(trading, grade, to):
    return step(trading, submit(trading, grade=grade, to=to), "verify", "ver1")


@pytest.fixture
def matrix(trading):
    with policies.in_force(trading.connect, ONE_FOR_MANAGERS):
        yield trading


@pytest.mark.parametrize("grade, to, may", [("red", "yellow", True), ("yellow", "red", True), ("red", "green", False),
                                            ("green", "red", False), (None, "black", True), (None, "red", False),
                                            ("black", "green", False)])
def test_who_may_decide(matrix, grade, to, may):
    """app is a manager, appb a director."""
    case = verified(matrix, grade, to)
    assert (case["id"] in inbox(matrix, "app")) == may and case["id"] in inbox(matrix, "appb")
    explained = matrix.connect("aud").do("application_explain", application=case["id"], purpose="t")
    assert explained["holders"] == (["app", "appb"] if may else ["appb"])
    if may:
        assert step(matrix, case, "approve", "app")["state"] == "approved"
        return
    for name in ("approve", "reject", "return", "return_to_region"):
        reply = refused(lambda name=name: matrix.connect("app").do("application_" + name, application=case["id"],
                                                                   **({} if name == "approve" else {"reason": "r"})))
        assert (reply.reason, reply.arguments) == ("ABOVE_AUTHORITY", {"level": "director"}), name
    assert refused(lambda: matrix.connect("app").do("application_claim", application=case["id"])).reason == "ABOVE_AUTHORITY"
    assert step(matrix, case, "reject", "appb")["state"] == "rejected"


def test_a_substitute_has_the_authority_of_both_at_most(matrix):
    case = verified(matrix, "red", "green")
    given = grant(matrix, "appb", "app")
    assert refused(lambda: step(matrix, case, "approve", "app", "appb")).reason == "ABOVE_AUTHORITY"
    revoke(matrix, given, "appb")


def test_a_running_case_keeps_its_matrix(trading):
    case = verified(trading, "red", "green")
    with policies.in_force(trading.connect, ONE_FOR_MANAGERS):
        assert step(trading, case, "approve", "app")["state"] == "approved"
        later = verified(trading, "red", "green")
    assert refused(lambda: step(trading, later, "approve", "app")).reason == "ABOVE_AUTHORITY"


@pytest.mark.parametrize("text, word", [("there is a Kickback in it", "kickback"), ("ＫＩＣＫＢＡＣＫ", "kickback"),
                                        ("没有回扣", "回扣")])
def test_words_that_are_refused(trading, text, word):
    with policies.in_force(trading.connect, WORDS):
        case = submit(trading)
        calls = [("sub11", "submit", {"customer": trading.customer("red"), "to_grade": "green", "reason": text}, "reason"),
                 ("ver1", "verify", {"application": case["id"], **TEXTS["verify"], "opinion": text}, "opinion"),
                 ("ver1", "return", {"application": case["id"], "reason": text}, "reason"),
                 ("sub11", "withdraw", {"application": case["id"], "reason": text}, "reason")]
        others = [("ver1", "application_pause", "waits_for"), ("ver1", "application_resume", "reason"),
                  ("app", "extension_ask", "reason"), ("cmo", "extension_answer", "reason"),
                  ("app", "application_policy", "reason"), ("sub11", "application_urge", "reason"),
                  ("ver1", "application_release", "reason"), ("ver1", "application_transfer", "reason")]
        calls = [(login, "application_" + name, fields, field) for login, name, fields, field in calls]
        calls += [(login, name, {"application": case["id"], field: text}, field) for login, name, field in others]
        calls.append(("app", "customer_move", {"customer": case["customer_id"], "branch": "B12", "reason": text}, "reason"))
        for login, name, fields, field in calls:
            reply = trading.connect(login).call(name, **fields)
            assert (reply.reason, reply.field, reply.arguments) == ("WORD_REFUSED", field, {"word": word}), name
        assert step(trading, case, "verify", "ver1")["state"] == "verified"


def test_words_for_a_head(trading):
    """appb, a director, heads HQ; app does not: his text goes there, and he may say it in other words."""
    with policies.in_force(trading.connect, TEXT.replace("supervisor = [ ]", 'supervisor = [ "kickback" ]')):
        case = verified(trading, "red", "green")
        for name in ("approve", "reject"):
            held = trading.connect("app").do("application_" + name, application=case["id"], reason="a Kickback")["application"]
            assert (held["state"], held["version"], held["held_by"]) == ("verified", case["version"], "app")
        assert trading.connect("app").call("application_release", application=case["id"], reason="kickback").reason == \
            "WORD_FOR_HEAD"
        listed = trading.connect("appb").do("inbox", purpose="t", limit=1000)["applications"]
        assert [a["held_by"] for a in listed if a["id"] == case["id"]] == ["app"]
        done = trading.connect("appb").do("application_reject", application=case["id"], reason="a kickback")["application"]
        assert done["state"] == "rejected" and "held_by" not in done
        told = trading.connect("aud").do("application_history", application=case["id"], purpose="t")["entries"]
        assert [(e["kind"], e["actor"], e.get("held_step"), e.get("text")) for e in told][2:] == [
            ("text_held", "app", "approve", "a Kickback"), ("text_held", "app", "reject", "a Kickback"),
            ("reject", "appb", None, "a kickback")]
        other = verified(trading, "red", "green")
        trading.connect("app").do("application_reject", application=other["id"], reason="kickback")
        assert "held_by" not in step(trading, other, "approve", "app"), "without the word"


def test_a_text_for_a_head_reaches_one(trading):
    """The writer's claim ends with it; where no head can take the step, it is refused, so that he words it otherwise."""
    app, appb, admin = trading.connect("app"), trading.connect("appb"), trading.connect("admin")
    with policies.in_force(trading.connect, TEXT.replace("supervisor = [ ]", 'supervisor = [ "kickback" ]')):
        case = verified(trading, "red", "green")
        app.do("application_assist", application=case["id"], to="cmo", reason="r")
        trading.connect("cmo").do("application_opinion", application=case["id"], opinion="o")
        held = app.do("application_reject", application=case["id"], reason="a kickback")["application"]
        assert held["held_by"] == "app" and "claimed_by" not in held
        assert case["id"] in inbox(trading, "appb")
        admin.do("user_grant", login="appb", job_level="manager")
        try:  # the CMO is the only head now, and no approver
            for who in (app, appb):
                reply = who.call("application_reject", application=case["id"], reason="a kickback")
                assert (reply.reason, reply.field, reply.arguments) == ("WORD_FOR_HEAD", "reason", {"word": "kickback"})
            assert case["id"] in inbox(trading, "appb")
        finally:
            admin.do("user_grant", login="appb", job_level="director")
        appb.do("application_reject", application=case["id"], reason="a kickback")


def test_whose_words_are_those_of_a_head(trading):
    """Of the unit that is written for, and as a person: not as whomever he acts for."""
    with policies.in_force(trading.connect, TEXT.replace("supervisor = [ ]", 'supervisor = [ "kickback" ]')):
        case = trading.apply(trading.customer("red"), "green")
        given = grant(trading, "ver1", "appb")
        of_hq = {"acting_for": "ver1", "application": case["id"]}
        paused = trading.connect("appb").call("application_pause", waits_for="kickback", **of_hq)
        assert paused.reason == "WORD_FOR_HEAD", "he heads HQ, and writes for R1"
        held = trading.connect("appb").do("application_verify", opinion="kickback", finding="confirmed", **of_hq)["application"]
        assert (held["state"], held["held_by"]) == ("submitted", "appb")
        revoke(trading, given, "ver1")
        given = grant(trading, "ver1", "ver1b")
        of_region = {"acting_for": "ver1", "application": case["id"]}
        head = trading.connect("ver1b")
        head.do("application_pause", waits_for="kickback", **of_region)
        head.do("application_resume", **of_region)
        done = head.do("application_verify", opinion="kickback", finding="confirmed", **of_region)["application"]
        assert done["state"] == "verified", "ver1b heads R1, whomever he acts for"
        revoke(trading, given, "ver1")


def test_the_way_is_explained(matrix, cli):
    number = matrix.customer("red")
    told = matrix.connect("ver1").do("route_explain", customer=number, to_grade="green", purpose="t")
    assert (told["kind"], told["jump"], told["whole_days"]) == ("promotion", 2, 10)
    assert [(n["step"], n["unit"], n["role"], n.get("days"), n.get("least_level"), n["holders"]) for n in told["nodes"]] == [
        ("submit", "B11", "submitter", 2, None, ["sub11", "sub11b"]),
        ("verify", "R1", "verifier", 3, None, ["ver1", "ver1b"]),
        ("approve", "HQ", "approver", 3, "director", ["appb"]),
        ("record", "B11", "submitter", None, None, ["sub11", "sub11b"])]
    shown = cli("aud", "policy", "route", "explain", number, "--to", "yellow").json
    assert (shown["jump"], [n.get("least_level") for n in shown["nodes"]]) == (1, [None, None, "manager", None])
    assert shown["nodes"][2]["holders"] == ["app", "appb"]
    assert cli("aud", "policy", "route", "explain", number, "--to", "red", code=7).error["reason"] == "SAME_GRADE"
    assert cli("aud", "policy", "route", "simulate", number, "--to", "red", code=2).error["reason"] == "USAGE"
    assert cli("sub12", "policy", "route", "explain", number, "--to", "green", code=3).error["field"] == "customer"
    assert "holders" not in cli("clerk11", "policy", "route", "explain", number, "--to", "green", code=5).stdout
