"""People away: who may act for whom, what the record shows, and four eyes both ways."""
import pytest

from harness.standing import DAY, Policy
from harness.trading import instant, refused

TEXTS = {"verify": {"finding": "confirmed", "opinion": "o"}, "return": {"reason": "r"}, "reject": {"reason": "r"}}


def grant(trading, delegator, substitute, days=7, by=None, **more):
    """A delegation from today on, set by the delegator unless told otherwise; gives its id."""
    fields = {"substitute": substitute, "until": (trading.today() + (days - 1) * DAY).isoformat(), **more}
    if by is not None:
        fields["delegator"] = delegator
    reply = trading.connect(by or delegator).call("delegation_grant", **fields)
    assert reply.ok, reply
    return reply.entity


def revoke(trading, delegation, login):
    trading.connect(login).do("delegation_revoke", id=delegation)


def submit(trading, login="sub11", acting_for=None, grade="red", to="green"):
    return trading.connect(login).do("application_submit", customer=trading.customer(grade), to_grade=to, reason="r",
                                     acting_for=acting_for)["application"]


def step(trading, case, name, login, acting_for=None):
    """A step with all that it needs."""
    return trading.connect(login).do("application_" + name, application=case["id"], acting_for=acting_for,
                                     **TEXTS.get(name, {}))["application"]


def barred(trading, case, name, login, acting_for=None):
    """The reason of a step that is refused."""
    return refused(lambda: step(trading, case, name, login, acting_for)).reason


def people(trading, case):
    """(event, who acted, for whom) of a case so far."""
    told = trading.connect("aud").do("application_history", application=case["id"], purpose="test")["entries"]
    return [(e["kind"], e["actor"], e.get("acted_for")) for e in told]


def inbox(trading, login):
    """{case: for whom} of what is on somebody's desk."""
    listed = trading.connect(login).do("inbox", purpose="test", limit=1000).get("applications", [])
    return {a["id"]: a.get("acting_for") for a in listed}


def explained(trading, case):
    return trading.connect("aud").do("application_explain", application=case["id"], purpose="test")


def ids(trading, *logins):
    """Numbers of users."""
    known = dict(trading.rows("SELECT login, user_id FROM app_user"))
    return [known[login] for login in logins]


def test_the_record_shows_who_acted_and_for_whom(apart):
    trading = apart(Policy())
    grant(trading, "sub11", "ver1b")
    grant(trading, "app", "appb")
    case = submit(trading, "ver1b", "sub11")
    step(trading, case, "verify", "ver1")
    step(trading, case, "approve", "appb", "app")
    step(trading, case, "record", "ver1b", "sub11")
    assert people(trading, case) == [("submit", "ver1b", "sub11"), ("verify", "ver1", None), ("approve", "appb", "app"),
                                     ("record", "ver1b", "sub11"), ("standing_changed", "ver1b", None)]
    row = trading.rows("SELECT hands, submitted_by, submitted_for, verified_by, verified_for, decided_by, decided_for, "
                       "recorded_by, recorded_for FROM application WHERE application_id = %s",
                       int(case["id"].split("-")[2]))[0]
    sub, region, substitute, hq, hq_substitute = ids(trading, "sub11", "ver1", "ver1b", "app", "appb")
    assert set(row[0]) == {sub, region, substitute}
    assert row[1:] == (substitute, sub, region, None, hq_substitute, hq, substitute, sub)


def test_what_a_substitute_entered_neither_of_the_two_judges(apart):
    trading = apart(Policy())
    given = grant(trading, "sub11", "ver1b")
    case = submit(trading, "ver1b", "sub11")
    assert barred(trading, case, "verify", "ver1b") == "OWN_CASE"
    revoke(trading, given, "sub11")
    assert barred(trading, case, "verify", "ver1b") == "OWN_CASE", "what was done by it stays"
    step(trading, case, "verify", "ver1")


def test_who_could_act_for_one_another_do_not_judge_one_another(apart):
    trading = apart(Policy())
    given = grant(trading, "sub11", "ver1b")
    case = submit(trading)
    assert barred(trading, case, "verify", "ver1b") == "TIED_TO_HAND"
    assert barred(trading, case, "return", "ver1b") == "TIED_TO_HAND"
    shown = explained(trading, case)
    assert (shown["holders"], shown["barred"]) == (["ver1"], ["ver1b"])
    assert case["id"] not in inbox(trading, "ver1b") and case["id"] in inbox(trading, "ver1")
    revoke(trading, given, "ver1b")
    step(trading, case, "verify", "ver1b")


def test_it_holds_for_hq_too(apart):
    trading = apart(Policy())
    grant(trading, "ver1", "app")
    case = step(trading, submit(trading), "verify", "ver1")
    assert barred(trading, case, "approve", "app") == "TIED_TO_HAND"
    assert barred(trading, case, "reject", "app") == "TIED_TO_HAND"
    grant(trading, "appb", "app")
    assert barred(trading, case, "approve", "app", "appb") == "TIED_TO_HAND", "nor for another one"
    assert explained(trading, case)["holders"] == ["appb"]
    step(trading, case, "approve", "appb")


def test_who_has_verified_verifies_again_and_his_substitute(apart):
    trading = apart(Policy())
    given = grant(trading, "ver1", "ver1b")
    case = submit(trading)
    step(trading, case, "verify", "ver1b", "ver1")
    step(trading, case, "return", "app")
    step(trading, case, "resubmit", "sub11")
    step(trading, case, "verify", "ver1")
    step(trading, case, "return", "app")
    step(trading, case, "resubmit", "sub11")
    step(trading, case, "verify", "ver1b", "ver1")
    revoke(trading, given, "ver1")
    assert step(trading, case, "approve", "app")["state"] == "approved"


def test_the_desk_of_a_substitute(apart):
    trading = apart(Policy())
    case = step(trading, submit(trading), "return", "ver1")
    assert case["id"] not in inbox(trading, "ver1b")
    given = grant(trading, "sub11", "ver1b")
    assert inbox(trading, "ver1b")[case["id"]] == "sub11"
    assert "ver1b" in explained(trading, case)["holders"]
    assert inbox(trading, "sub11")[case["id"]] is None, "whoever delegates keeps his rights"
    revoke(trading, given, "sub11")
    assert case["id"] not in inbox(trading, "ver1b")


def test_criteria_are_on_the_desk_of_a_substitute(apart):
    trading = apart(Policy())
    number = trading.customer("red")
    trading.give(number, *trading.kept(4, 1_000_000_00, trading.today() - 60 * DAY, trading.today() - 30 * DAY))
    assert number in trading.criteria("sub11") and number not in trading.criteria("ver1")
    given = grant(trading, "sub11", "ver1", kinds=["promotion"])
    assert trading.criteria("ver1")[number]["acting_for"] == "sub11"
    assert "acting_for" not in trading.criteria("sub11")[number]
    revoke(trading, given, "sub11")
    narrow = grant(trading, "sub11", "ver1", kinds=["demotion"])
    assert number not in trading.criteria("ver1")
    revoke(trading, narrow, "sub11")
    assert number in trading.criteria("ver1", inbox=False), "as before, in the list of all"


def test_it_holds_for_its_days(apart):
    trading = apart(Policy())
    first, last = trading.today() + 2 * DAY, trading.today() + 3 * DAY
    grant(trading, "sub11", "ver1", **{"from": first.isoformat(), "until": last.isoformat()})
    listed = trading.connect("sub11").do("delegation_list")["delegations"]
    assert [(d["from"], d["until"], d.get("in_effect", False)) for d in listed] == [(first.isoformat(), last.isoformat(), False)]
    trading.advance_to(instant(first) - 1_000_000)
    assert refused(lambda: submit(trading, "ver1", "sub11")).reason == "NOT_DELEGATED"
    trading.advance_to(instant(first) + 1_000_000)
    submit(trading, "ver1", "sub11")
    trading.advance_to(instant(last + DAY) - 60_000_000)
    case = submit(trading, "ver1", "sub11")
    trading.advance_to(instant(last + DAY))
    assert refused(lambda: step(trading, case, "withdraw", "ver1", "sub11")).reason == "NOT_DELEGATED"
    assert "delegations" not in trading.connect("sub11").do("delegation_list")


def test_revoked_before_it_begins(apart):
    trading = apart(Policy())
    first = (trading.today() + 2 * DAY).isoformat()
    given = grant(trading, "sub11", "ver1", days=5, **{"from": first})
    revoke(trading, given, "sub11")
    assert "delegations" not in trading.connect("sub11").do("delegation_list")
    assert refused(lambda: revoke(trading, given, "sub11")).reason == "NOT_FOUND"
    trading.go_to(trading.today() + 3 * DAY)
    assert refused(lambda: submit(trading, "ver1", "sub11")).reason == "NOT_DELEGATED"


def test_a_substitute_declines(apart):
    trading = apart(Policy())
    given = grant(trading, "sub11", "ver1")
    case = submit(trading)
    assert barred(trading, case, "verify", "ver1") == "TIED_TO_HAND"
    revoke(trading, given, "ver1")
    step(trading, case, "verify", "ver1")


def test_narrower_by_kind(apart):
    trading = apart(Policy())
    grant(trading, "sub11", "ver1", kinds=["promotion", "admission"])
    assert submit(trading, "ver1", "sub11", "red", "green")["state"] == "submitted"
    assert submit(trading, "ver1", "sub11", None, "green")["state"] == "submitted"
    reply = refused(lambda: submit(trading, "ver1", "sub11", "green", "red"))
    assert (reply.reason, reply.field, reply.arguments) == ("DELEGATION_NARROWER", "acting_for", {"login": "sub11"})
    case = step(trading, submit(trading, "sub11", None, "green", "red"), "return", "ver1b")
    assert barred(trading, case, "resubmit", "ver1", "sub11") == "DELEGATION_NARROWER"
    assert case["id"] not in inbox(trading, "ver1")
    other = step(trading, submit(trading, "sub11", None, "yellow", "green"), "return", "ver1b")
    again = {"application": other["id"], "acting_for": "sub11", "reason": "r"}
    assert trading.connect("ver1").call("application_resubmit", to_grade="black", **again).reason == "DELEGATION_NARROWER", \
        "nor by way of another grade"
    assert trading.connect("ver1").call("application_resubmit", **again).ok


def test_nobody_gets_more_than_both_have(apart):
    """Neither a level nor a role nor a part of the organisation."""
    trading = apart(Policy())
    grant(trading, "sub11", "ver1")
    waiting = submit(trading)
    assert refused(lambda: step(trading, waiting, "verify", "ver1", "sub11")).reason == "NOT_YOUR_UNIT"
    elsewhere = trading.customer("red", "B12")
    assert refused(lambda: trading.connect("ver1").do("application_submit", customer=elsewhere, to_grade="green",
                                                      reason="r", acting_for="sub11")).reason == "NOT_FOUND"
    trading.connect("admin").do("user_grant", login="sub11", job_level="clerk")
    assert refused(lambda: submit(trading, "ver1", "sub11")).reason == "LEVEL_TOO_LOW"
    trading.connect("admin").do("user_grant", login="sub11", revoke=["submitter"])
    assert refused(lambda: submit(trading, "ver1", "sub11")).reason == "ROLE_MISSING"


def test_what_ends_it(apart):
    trading = apart(Policy())
    grant(trading, "sub11", "ver1")
    grant(trading, "sub11", "ver1b")
    assert refused(lambda: submit(trading, "app", "sub11")).reason == "NOT_DELEGATED"
    trading.connect("admin").do("user_grant", login="ver1", job_level="clerk")
    assert refused(lambda: submit(trading, "ver1", "sub11")).reason == "NOT_DELEGATED"
    submit(trading, "ver1b", "sub11")
    trading.connect("admin").do("user_disable", login="sub11")
    assert refused(lambda: submit(trading, "ver1b", "sub11")).reason == "NOT_DELEGATED"


def test_what_was_delegated_is_not_delegated_again(apart):
    trading = apart(Policy())
    grant(trading, "sub11", "ver1")
    grant(trading, "ver1", "app")
    assert refused(lambda: submit(trading, "app", "sub11")).reason == "NOT_DELEGATED"


def test_set_by_a_head(apart):
    trading = apart(Policy())
    given = grant(trading, "sub11", "ver1", by="sub11b", reason="ill")
    submit(trading, "ver1", "sub11")
    grant(trading, "sub11", "app", by="ver1b")
    for login in ("sub12", "app", "ver2"):
        reply = refused(lambda login=login: trading.connect(login).do("delegation_revoke", id=given))
        assert reply.reason in ("NOT_SUPERVISOR", "NOT_FOUND"), login
    revoke(trading, given, "ver1b")
    assert refused(lambda: revoke(trading, given, "ver1b")).reason in ("NOTHING_TO_CHANGE", "NOT_FOUND")


@pytest.mark.parametrize("by, fields, reason, field", [
    ("sub11", {"until": 0}, "FIELD_REQUIRED", "substitute"),
    ("sub11", {"substitute": "sub11b"}, "FIELD_REQUIRED", "until"),
    ("sub11", {"substitute": "nobody", "until": 0}, "NOT_FOUND", "substitute"),
    ("sub11", {"substitute": "sub11", "until": 0}, "FIELD_INVALID", "substitute"),
    ("sub11", {"substitute": "sub12", "until": 0}, "FIELD_INVALID", "substitute"),
    ("sub11", {"substitute": "clerk11", "until": 0}, "FIELD_INVALID", "substitute"),
    ("sub11", {"substitute": "aud1", "until": 0}, "FIELD_INVALID", "substitute"),
    ("sub11", {"substitute": "admaud", "until": 0}, "FIELD_INVALID", "substitute"),
    ("ver1", {"substitute": "sub11", "until": 0}, "FIELD_INVALID", "substitute"),
    ("sub11", {"substitute": "ver1", "until": -1}, "FIELD_INVALID", "until"),
    ("sub11", {"substitute": "ver1", "until": 366}, "FIELD_INVALID", "until"),
    ("sub11", {"substitute": "ver1", "from": -1, "until": 1}, "FIELD_INVALID", "from"),
    ("sub11", {"substitute": "ver1", "until": "tomorrow"}, "FIELD_INVALID", "until"),
    ("sub11", {"substitute": "ver1", "until": 0, "delegator": "nobody"}, "NOT_FOUND", "delegator"),
    ("sub11", {"substitute": "ver1", "until": 0, "delegator": "sub12"}, "NOT_SUPERVISOR", None),
    ("sub11b", {"substitute": "sub11b", "until": 0, "delegator": "sub11"}, "FIELD_INVALID", "substitute"),
    ("ver1b", {"substitute": "ver1b", "until": 0, "delegator": "sub11"}, "FIELD_INVALID", "substitute"),
    ("clerk11", {"substitute": "ver1", "until": 0}, "LEVEL_TOO_LOW", None),
    ("admin", {"substitute": "ver1", "until": 0}, "ADMINISTRATOR_ONLY_UNITS_AND_USERS", None),
])
def test_what_is_refused(trading, by, fields, reason, field):
    today = trading.today()
    fields = {k: (today + v * DAY).isoformat() if isinstance(v, int) else v for k, v in fields.items()}
    reply = refused(lambda: trading.connect(by).do("delegation_grant", **fields))
    assert (reply.reason, reply.field) == (reason, field)


def test_at_most_fifty_of_one(apart):
    trading = apart(Policy())
    for _ in range(50):
        last = grant(trading, "sub12", "ver1")
    assert refused(lambda: grant_or_raise(trading)).reason == "TOO_MANY_DELEGATIONS"
    revoke(trading, last, "sub12")
    grant(trading, "sub12", "ver1")


def grant_or_raise(trading):
    trading.connect("sub12").do("delegation_grant", substitute="ver1", until=trading.today().isoformat())


def test_who_sees_it(apart):
    trading = apart(Policy())
    given = grant(trading, "sub11", "app")
    for login, sees in (("sub11", True), ("app", True), ("sub11b", True), ("ver1", True), ("clerk11", False),
                        ("sub12", False), ("ver2", False), ("aud", True)):
        listed = trading.connect(login).do("delegation_list").get("delegations", [])
        assert (given in [d["id"] for d in listed]) == sees, login
    assert refused(lambda: revoke(trading, given, "sub12")).reason == "NOT_FOUND"


def test_the_director_away(apart):
    """Whoever asks for an extension does not answer for the director either."""
    trading = apart(Policy())
    grant(trading, "cmo", "app")
    grant(trading, "cmo", "appb")
    case = step(trading, submit(trading), "verify", "ver1")
    trading.connect("app").do("extension_ask", application=case["id"], days=2, reason="r")
    answer = {"application": case["id"], "grant": True, "acting_for": "cmo"}
    assert refused(lambda: trading.connect("app").do("extension_answer", **answer)).reason == "OWN_REQUEST"
    himself = refused(lambda: trading.connect("cmo").do("extension_answer", application=case["id"], grant=True))
    assert (himself.reason, himself.arguments) == ("TIED_TO_HAND", {"login": "app"}), "app is his substitute"
    assert refused(lambda: trading.connect("appb").do("extension_answer", **answer)).reason == "TIED_TO_HAND"


def test_two_servers_know_it_at_once(apart, run):
    trading = apart(Policy())
    with run.start(trading.database).client(trading.tokens["ver1"]) as other:
        customer = trading.customer("red")
        grant(trading, "sub11", "ver1")
        case = other.do("application_submit", customer=customer, to_grade="green", reason="r",
                        acting_for="sub11")["application"]
        trading.connect("admin").do("user_disable", login="sub11")
        reply = other.call("application_withdraw", application=case["id"], acting_for="sub11")
        assert reply.reason == "NOT_DELEGATED"


def test_creditctl(apart, tmp_path):
    from harness.cli import Cli
    trading = apart(Policy())
    cli = Cli(tmp_path, trading.server, trading.tokens)
    until = (trading.today() + 3 * DAY).isoformat()
    given = cli("sub11", "delegation", "grant", "ver1", "--until", until, "--kind", "promotion", "--reason", "leave").json["id"]
    listed = cli("ver1", "delegation", "list").json
    assert [(d["id"], d["delegator"], d["substitute"], d["kinds"], d["in_effect"]) for d in listed] == \
        [(given, "sub11", "ver1", ["promotion"], True)]
    number = trading.customer("red")
    case = cli("ver1", "application", "submit", number, "--to", "green", "--reason", "r", "--acting-for", "sub11").json
    told = cli("aud", "application", "history", case["id"]).json
    assert [(e["actor"], e["acted_for"]) for e in told] == [("ver1", "sub11")]
    cli("ver1b", "application", "return", case["id"], "--reason", "r")
    assert [(row["id"], row["acting_for"]) for row in cli("ver1", "inbox").json if row["id"] == case["id"]] == \
        [(case["id"], "sub11")]
    cli("sub11", "delegation", "revoke", given)
    failed = cli("ver1", "application", "resubmit", case["id"], "--acting-for", "sub11", code=5)
    assert failed.error["reason"] == "NOT_DELEGATED" and "delegation list" in failed.error["hint"]
    assert cli("sub11", "delegation", "grant", "ver1", "--until", until, "--kind", "all", code=2).error["reason"] == "UNKNOWN_KIND"
    chinese = cli("sub11", "--lang", "zh_CN", "delegation", "list", output="table")
    assert chinese.code == 0
