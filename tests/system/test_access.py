"""Who may do what, from outside: every method for every kind of user, relation and session, against a table of the
tests' own."""
import pytest

from harness import seed
from harness.creditproto import METHODS, Client

READERS = {"submitter", "verifier", "approver", "cmo", "auditor"}
HANDS = READERS - {"auditor"}
CASES = {"submitter", "verifier", "approver", "cmo"}
IMPORTERS = {"submitter", "approver", "sync_agent"}
POLICY_READERS = {"policy_maker", "policy_checker", "approver", "cmo", "auditor"}
ADMIN, ANY = {"administrator"}, set()
BRANCH, REGION, HQ = "branch", "region", "hq"
SUPERVISOR = 2
# method: (roles that may, least job level, levels of the units that may, business)
TABLE = {
    "unit_create": (ADMIN, 1, None, False),
    "unit_list": (ANY, 1, None, False),
    "unit_move": (ADMIN, 1, None, False),
    "unit_edit": (ADMIN, 1, None, False),
    "unit_close": (ADMIN, 1, None, False),
    "unit_merge": (ADMIN, 1, None, False),
    "user_add": (ADMIN, 1, None, False),
    "user_list": ({"administrator", "auditor"}, 1, None, False),
    "user_disable": (ADMIN, 1, None, False),
    "user_grant": (ADMIN, 1, None, False),
    "customer_add": ({"submitter", "approver"}, 1, {BRANCH, HQ}, True),
    "customer_list": (READERS, 1, None, True),
    "customer_show": (READERS, 1, {BRANCH, REGION, HQ}, True),
    "customer_edit": ({"submitter", "approver"}, 1, {BRANCH, HQ}, True),
    "customer_move": ({"approver"}, SUPERVISOR, {HQ}, True),
    "customer_history": (READERS, 1, {BRANCH, REGION, HQ}, True),
    "criterion_list": (READERS, 1, None, True),
    "trade_import_begin": (IMPORTERS, 1, None, True),
    "trade_import_chunk": (IMPORTERS, 1, None, True),
    "trade_import_finish": (IMPORTERS, 1, None, True),
    "trade_import_show": (IMPORTERS, 1, None, True),
    "trade_list": (READERS, 1, {BRANCH, REGION, HQ}, True),
    "trade_show": (READERS, 1, {BRANCH, REGION, HQ}, True),
    "trade_correct": ({"submitter", "approver"}, SUPERVISOR, {BRANCH, HQ}, True),
    "trade_cancel": ({"submitter", "approver"}, SUPERVISOR, {BRANCH, HQ}, True),
    "application_submit": ({"submitter"}, SUPERVISOR, {BRANCH}, True),
    "application_verify": ({"submitter", "verifier"}, SUPERVISOR, {BRANCH, REGION}, True),
    "application_return": (HANDS, SUPERVISOR, {BRANCH, REGION, HQ}, True),
    "application_resubmit": ({"submitter"}, SUPERVISOR, {BRANCH}, True),
    "application_approve": ({"approver", "cmo"}, SUPERVISOR, {HQ}, True),
    "application_reject": ({"approver", "cmo"}, SUPERVISOR, {HQ}, True),
    "application_withdraw": ({"submitter"}, SUPERVISOR, {BRANCH}, True),
    "application_record": ({"submitter"}, SUPERVISOR, {BRANCH}, True),
    "application_show": (READERS, 1, {BRANCH, REGION, HQ}, True),
    "application_list": (READERS, 1, None, True),
    "application_history": (READERS, 1, {BRANCH, REGION, HQ}, True),
    "application_explain": (READERS, 1, {BRANCH, REGION, HQ}, True),
    "inbox": (READERS, 1, None, True),
    "route_explain": (READERS, SUPERVISOR, {BRANCH, REGION, HQ}, True),
    "inbox_watch": (READERS, 1, None, True),
    "assessment_form": (READERS, SUPERVISOR, None, True),
    "assessment_enter": ({"submitter"}, SUPERVISOR, {BRANCH}, True),
    "assessment_list": (READERS, SUPERVISOR, {BRANCH, REGION, HQ}, True),
    "customer_override": ({"approver"}, SUPERVISOR, {HQ}, True),
    "customer_appeal": ({"submitter"}, SUPERVISOR, {BRANCH}, True),
    "customer_emergency": ({"approver"}, SUPERVISOR, {HQ}, True),
    "emergency_answer": ({"approver"}, SUPERVISOR, {HQ}, True),
    "customer_review": ({"approver"}, SUPERVISOR, {HQ}, True),
    "measure_apply": ({"submitter"}, SUPERVISOR, {BRANCH}, True),
    "task_list": (READERS, 1, None, True),
    "application_policy": ({"approver"}, SUPERVISOR, {HQ}, True),
    "extension_ask": ({"approver"}, SUPERVISOR, {HQ}, True),
    "extension_answer": ({"cmo"}, SUPERVISOR, {HQ}, True),
    "application_pause": (HANDS, SUPERVISOR, {BRANCH, REGION, HQ}, True),
    "application_resume": (HANDS, SUPERVISOR, {BRANCH, REGION, HQ}, True),
    "application_recall": ({"submitter", "verifier"}, SUPERVISOR, {BRANCH, REGION}, True),
    "application_return_to_region": ({"approver", "cmo"}, SUPERVISOR, {HQ}, True),
    "application_claim": (HANDS, SUPERVISOR, {BRANCH, REGION, HQ}, True),
    "application_release": (HANDS, SUPERVISOR, {BRANCH, REGION, HQ}, True),
    "application_transfer": (HANDS, SUPERVISOR, {BRANCH, REGION, HQ}, True),
    "application_return_to_node": (HANDS, SUPERVISOR, {BRANCH, REGION, HQ}, True),
    "application_countersign": (HANDS, SUPERVISOR, {BRANCH, REGION, HQ}, True),
    "application_assist": (HANDS, SUPERVISOR, {BRANCH, REGION, HQ}, True),
    "application_opinion": (HANDS, SUPERVISOR, {BRANCH, REGION, HQ}, True),
    "application_urge": ({"submitter"}, SUPERVISOR, {BRANCH}, True),
    "due_list": (READERS, 1, None, True),
    "scoreboard": (READERS, 1, None, True),
    "delegation_grant": (CASES, SUPERVISOR, None, True),
    "delegation_revoke": (CASES, SUPERVISOR, None, True),
    "delegation_list": (ANY, 1, None, False),
    "calendar_set": (ADMIN, 1, None, False),
    "calendar_list": (ANY, 1, None, False),
    "policy_list": (POLICY_READERS, SUPERVISOR, None, True),
    "policy_show": (POLICY_READERS, SUPERVISOR, None, True),
    "policy_check": (POLICY_READERS, SUPERVISOR, None, True),
    "policy_propose": ({"policy_maker"}, SUPERVISOR, None, True),
    "policy_publish": ({"policy_checker"}, SUPERVISOR, None, True),
    "policy_simulate": (POLICY_READERS, SUPERVISOR, None, True),
    "policy_roll_back": ({"policy_checker"}, SUPERVISOR, None, True),
    "outcome": (ANY, 1, None, False),
    "audit_verify": ({"approver", "auditor", "administrator"}, 1, None, False),
    "clock_advance": (ADMIN, 1, None, False),
    "server_status": (ANY, 1, None, False),
    "whoami": (ANY, 1, None, False),
}
OPEN = {"hello", "login", "resume"}
SPECIAL = {"logout", "user_password"}  # the next ones have tests of their own
LEVELS = {"clerk": 1, "supervisor": 2, "manager": 3, "director": 4}
ADMINISTRATOR = seed.Person("admin", "HQ", "director", ("administrator",))
EVERYBODY = [ADMINISTRATOR, *seed.PEOPLE.values()]
UNIT_LEVEL = {"H": HQ, "R": REGION, "B": BRANCH}
COMMANDS_ON_CASES = [m for m in TABLE if m.startswith(("application_", "extension_")) and TABLE[m][1] == SUPERVISOR]


def relation(person):
    """Level of the person's unit when it looks after a customer of B11, else None."""
    return UNIT_LEVEL[person.unit[0]] if person.unit in ("HQ", "R1", "B11") else None


def refusal_by_right(person, method):
    """The reason that role and level give, or None."""
    roles, least, _, business = TABLE[method]
    mine = set(person.roles)
    if business and "administrator" in mine and not mine & roles & {"auditor"}:
        return "ADMINISTRATOR_ONLY_UNITS_AND_USERS"
    if roles and not mine & roles:
        return "ROLE_MISSING"
    return "LEVEL_TOO_LOW" if LEVELS[person.level] < least else None


def expected(person, method):
    """What an answer about a subject of B11 must be: a reason, or None when the right is there."""
    refused = refusal_by_right(person, method)
    levels = TABLE[method][2]
    if refused is not None or levels is None:
        return refused
    if relation(person) is None:
        return "NOT_FOUND"
    return None if relation(person) in levels else "NOT_YOUR_UNIT"


@pytest.fixture(scope="module")
def case(connect):
    """An application of B11 that waits for its region."""
    return connect("sub11").do("application_submit", customer="K11-02", to_grade="green", reason="r")["application"]


@pytest.fixture(scope="module")
def requests(case):
    """A request of every method that does nothing when the right is there: (fields, reasons that tell so)."""
    stale = {"application": case["id"], "if_version": 99, "opinion": "o", "reason": "r"}
    out = {m: ({k: v for k, v in stale.items() if k in METHODS[m][0].DESCRIPTOR.fields_by_name}, {"STALE_VERSION"})
           for m in COMMANDS_ON_CASES}
    out["application_submit"] = ({"customer": case["customer_id"], "if_version": 99}, {"STALE_VERSION"})
    shown = {"application": case["id"], "purpose": "access test"}
    out.update({m: (shown, {None}) for m in ("application_show", "application_history", "application_explain")})
    out["customer_show"] = ({"customer": case["customer_id"], "purpose": "access test"}, {None})
    out["customer_edit"] = ({"customer": case["customer_id"], "if_version": 99, "name": "x"}, {"STALE_VERSION"})
    out["customer_move"] = ({"customer": case["customer_id"], "if_version": 99, "branch": "B12", "reason": "r"},
                            {"STALE_VERSION"})
    out["trade_show"] = ({"customer": case["customer_id"], "document": "none", "purpose": "access test"}, {"NOT_FOUND"})
    out.update({m: ({"customer": case["customer_id"], "document": "none", "reason": "r"}, {"NOT_FOUND"})
                for m in ("trade_correct", "trade_cancel")})
    out.update({m: ({"import": "I-01-999999"}, {"NOT_FOUND"}) for m in ("trade_import_show", "trade_import_finish")})
    out.update({m: ({"customer": case["customer_id"], "purpose": "access test"}, {None})
                for m in ("customer_history", "trade_list", "assessment_list")})
    out.update({m: ({"customer": case["customer_id"], "if_version": 99}, {"STALE_VERSION"})
                for m in ("assessment_enter", "customer_override", "customer_appeal", "measure_apply", "customer_emergency",
                          "emergency_answer", "customer_review")})
    out["customer_add"] = ({"number": "K11-01", "name": "x", "branch": "B11"}, {"ALREADY_EXISTS"})
    out.update({m: ({}, {None}) for m in ("unit_list", "user_list", "customer_list", "application_list", "inbox",
                                          "criterion_list", "audit_verify", "server_status", "whoami", "policy_list",
                                          "policy_show", "policy_check", "assessment_form", "task_list", "calendar_list", "due_list", "inbox_watch",
                                          "delegation_list")})
    out["route_explain"] = ({"customer": case["customer_id"], "to_grade": "black", "purpose": "t"}, {None, "SAME_GRADE"})
    out["scoreboard"] = ({"month": "2026-01"}, {None})
    out["outcome"] = ({"command_id": b"0123456789abcdef"}, {None})
    out.update({m: ({}, {"FIELD_REQUIRED", "FIELD_INVALID"}) for m in TABLE if m not in out})
    return out


def test_the_table_names_every_method():
    assert set(TABLE) | OPEN | SPECIAL == set(METHODS)


@pytest.mark.parametrize("person", EVERYBODY, ids=lambda p: p.login)
def test_every_method_for_every_user(connect, case, requests, person):
    client = connect(person.login)
    asked = {m: client.post(m, **fields) for m, (fields, _) in requests.items()}
    wrong = []
    for method, request_id in asked.items():
        reply = client.wait(request_id)
        reason = expected(person, method)
        allowed = {reason} if reason is not None else requests[method][1]
        if reply.reason not in allowed:
            wrong.append(f"{method}: {reply!r}, expected {allowed}")
    assert not wrong, "\n".join(wrong)
    shown = connect("aud").do("application_show", application=case["id"], purpose="t")["application"]
    assert (shown["version"], shown["state"]) == (1, "submitted"), "asking changed something"


def sees_credit(person):
    return LEVELS[person.level] >= SUPERVISOR and bool(set(person.roles) & READERS)


@pytest.mark.parametrize("person", [p for p in EVERYBODY if set(p.roles) & READERS and relation(p)],
                         ids=lambda p: p.login)
def test_credit_information_only_for_those_who_may(connect, case, person):
    client = connect(person.login)
    customer = client.do("customer_show", customer=case["customer_id"], purpose="t")["customer"]
    application = client.do("application_show", application=case["id"], purpose="t")["application"]
    listed = client.do("application_list", purpose="t")["applications"][0]
    entries = client.do("application_history", application=case["id"], purpose="t")["entries"]
    assert ("grade" in customer) == sees_credit(person) and ("verdict" in customer) != sees_credit(person)
    for shown in (application, listed):
        assert ("to_grade" in shown) == ("from_grade" in shown) == sees_credit(person)
    for entry in entries:
        assert ("to_grade" in entry) == ("text" in entry) == sees_credit(person)


def test_lists_stay_in_the_subtree(connect):
    def seen(login):
        page = connect(login).do("customer_list", purpose="t")
        return {(c["region"], c["branch"]) for c in page["customers"]}
    assert seen("sub11") == {("R1", "B11")}
    assert seen("ver1") == seen("aud1") == {("R1", "B11"), ("R1", "B12")}
    assert seen("ver2") == {("R2", "B21")}
    assert seen("app") == {("R1", "B11"), ("R1", "B12"), ("R2", "B21")}


def test_a_grade_filter_tells_a_clerk_nothing(connect):
    refused = connect("clerk11").call("customer_list", grade="black", purpose="t")
    assert refused.reason == "LEVEL_TOO_LOW" and not refused.body


@pytest.mark.parametrize("kind", ["none", "logged out"])
def test_without_a_session(server, requests, kind):
    with server.client() as client:
        if kind == "logged out":
            person = seed.PEOPLE["sub11b"]
            token = client.login(person.login, person.password)
            client.do("logout")
            assert client.call("resume", token=token).reason == "SESSION_EXPIRED"
        asked = {m: client.post(m, **fields) for m, (fields, _) in requests.items()}
        asked.update({m: client.post(m) for m in SPECIAL})
        replies = {m: client.wait(i) for m, i in asked.items()}
        wrong = {m: r for m, r in replies.items() if r.reason != "NOT_LOGGED_IN" or r.executed is not False}
        assert not wrong


def test_login_says_the_same_for_all_that_is_wrong(server):
    with server.client() as client:
        wrong = [client.call("login", login="sub11", password="wrong password"),
                 client.call("login", login="nobody.at.all", password="wrong password")]
        assert {(r.status, r.reason, r.field) for r in wrong} == {("rejected", "LOGIN_FAILED", None)}
        assert client.call("resume", token=bytes(32)).reason == "SESSION_EXPIRED"
        assert client.call("resume", token=b"short").reason == "FIELD_INVALID"


def test_an_expired_session_ends(server, pg):
    person = seed.PEOPLE["cmo"]
    with server.client() as client:
        token = client.login(person.login, person.password)
    with pg.owner.cursor() as cursor:
        cursor.execute("UPDATE creditd.session SET created_at = 1, expires_at = 2 WHERE token_hash = sha256(%s)",
                       (token,))
        assert cursor.rowcount == 1
    with server.client() as client:
        assert client.call("resume", token=token).reason == "SESSION_EXPIRED"


def test_a_disabled_user_is_out_on_every_server(run, database, server, connect):
    connect("admin").do("user_add", login="leaver", name="Leaver", unit="B11", job_level="supervisor",
                        roles=["submitter"], password="a good password")
    other = run.start(database)
    try:
        with server.client() as here, Client(other.port, other.ca) as there:
            token = here.login("leaver", "a good password")
            there.resume(token)
            submit = {"customer": "K11-03", "to_grade": "green", "reason": "r", "if_version": 99}
            assert there.call("application_submit", **submit).reason == "STALE_VERSION"
            connect("admin").do("user_disable", login="leaver")
            assert there.call("application_submit", **submit).reason == "USER_DISABLED"
            assert there.call("customer_list", purpose="t").reason == "USER_DISABLED"
            assert here.call("customer_list", purpose="t").reason == "USER_DISABLED"
            assert here.call("application_submit", **submit).reason == "USER_DISABLED"
        with Client(other.port, other.ca) as there:
            assert there.call("resume", token=token).reason in ("USER_DISABLED", "SESSION_EXPIRED")
            assert there.call("login", login="leaver", password="a good password").reason in ("USER_DISABLED",
                                                                                              "LOGIN_FAILED")
    finally:
        run.finish(other)


def test_own_password(server, connect):
    connect("admin").do("user_add", login="changer", name="Changer", unit="B11", job_level="clerk",
                        roles=["submitter"], password="the first one")
    with server.client() as client:
        client.login("changer", "the first one")
        assert client.call("user_password", password="the second one").reason == "FIELD_REQUIRED"
        wrong = client.call("user_password", password="the second one", old_password="a guess")
        assert wrong.reason == "LOGIN_FAILED"
        other = client.call("user_password", login="sub11", password="the second one")
        assert other.reason == "ROLE_MISSING"
        client.do("user_password", password="the second one", old_password="the first one")
    with server.client() as client:
        assert client.call("login", login="changer", password="the first one").reason == "LOGIN_FAILED"
        client.login("changer", "the second one")
