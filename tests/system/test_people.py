"""Units and users through creditctl: create, list, move, close, add, disable, password, grant, the last
administrator."""
import pytest


@pytest.fixture(scope="module")
def admin(cli):
    return lambda *words, **options: cli("admin", *words, **options)


def add_user(admin, login, unit="B11", level="supervisor", roles="submitter", password="a good password", **options):
    words = [w for role in roles.split(",") if role for w in ("--role", role)]
    return admin("user", "add", login, "--name", f"User {login}", "--unit", unit, "--level", level, *words,
                 "--password-stdin", stdin=password + "\n", **options)


def unit_of(admin, code):
    return next((u for u in admin("org", "list").json if u["code"] == code), None)


def user_of(admin, login):
    return next((u for u in admin("user", "list").json if u["login"] == login), None)


def test_the_whole_organisation_is_listed(admin):
    units = {u["code"]: u for u in admin("org", "list").json}
    assert {c: (units[c]["level"], units[c].get("parent")) for c in ("HQ", "R1", "B12")} == {
        "HQ": ("hq", None), "R1": ("region", "HQ"), "B12": ("branch", "R1")}
    assert units["B12"]["zone"] == "Asia/Tokyo" and units["B11"]["name"] == "上海分公司"
    users = {u["login"]: u for u in admin("user", "list").json}
    assert users["sub11"]["unit"] == "B11" and users["sub11"]["roles"] == ["submitter"]
    assert users["admaud"]["roles"] == ["auditor", "administrator"] and users["clerk11"]["job_level"] == "clerk"
    assert "password" not in str(users)


def test_a_unit_lives(admin):
    admin("org", "create", "R3", "--name", "第三大区", "--level", "region", "--parent", "HQ", "--zone", "Asia/Urumqi")
    admin("org", "create", "B31", "--name", "乌鲁木齐", "--level", "branch", "--parent", "R3")
    assert unit_of(admin, "B31")["zone"] == "Asia/Urumqi", "the parent's zone unless one is given"
    admin("org", "move", "B31", "--parent", "R2")
    assert unit_of(admin, "B31")["parent"] == "R2"
    admin("org", "close", "B31")
    assert unit_of(admin, "B31")["closed"] is True


@pytest.mark.parametrize("words, reason, code", [
    ("create R1 --name x --level region --parent HQ", "ALREADY_EXISTS", 6),
    ("create B99 --name x --level branch --parent HQ", "BAD_PARENT", 7),
    ("create R99 --name x --level region --parent R1", "BAD_PARENT", 7),
    ("create B99 --name x --level branch --parent NOWHERE", "NOT_FOUND", 3),
    ("create B99 --name x --level branch --parent R1 --zone Mars/Olympus", "FIELD_INVALID", 7),
    ("move NOWHERE --parent R2", "NOT_FOUND", 3),
    ("close B11", "UNIT_NOT_EMPTY", 7),
    ("close R1", "UNIT_NOT_EMPTY", 7),
    ("close HQ", "UNIT_NOT_EMPTY", 7),
])
def test_unit_refusals(admin, words, reason, code):
    before = admin("org", "list").json
    assert admin("org", *words.split(), code=code).error["reason"] == reason
    assert admin("org", "list").json == before


def test_nothing_new_in_a_closed_unit(cli, admin):
    admin("org", "create", "R4", "--name", "R", "--level", "region", "--parent", "HQ")
    admin("org", "create", "B41", "--name", "B", "--level", "branch", "--parent", "R4")
    admin("org", "close", "B41")
    refused = cli("app", "customer", "add", "K41-01", "--name", "N", "--branch", "B41", code=7)
    assert (refused.error["reason"], refused.error["field"]) == ("UNIT_CLOSED", "branch")
    assert add_user(admin, "late", unit="B41", code=7).error["reason"] == "UNIT_CLOSED"
    admin("org", "close", "R4")
    late = admin("org", "create", "B42", "--name", "B", "--level", "branch", "--parent", "R4", code=7)
    assert late.error["reason"] == "UNIT_CLOSED"
    assert unit_of(admin, "B42") is None and user_of(admin, "late") is None


def test_a_user_lives(cli, admin):
    add_user(admin, "newcomer", level="clerk")
    assert cli.login("newcomer", "a good password").code == 0
    assert "grade" not in cli("newcomer", "customer", "list").json[0]
    admin("user", "grant", "newcomer", "--level", "supervisor")
    assert "grade" in cli("newcomer", "customer", "list").json[0], "the next request has the new right"
    admin("user", "grant", "newcomer", "--role", "sync_agent", "--revoke", "submitter")
    assert user_of(admin, "newcomer")["roles"] == ["sync_agent"]
    assert cli("newcomer", "customer", "list", code=5).error["reason"] == "ROLE_MISSING"
    admin("user", "password", "newcomer", "--password-stdin", stdin="another good one\n")
    wrong = cli.login("newcomer", "a good password")
    assert wrong.code == 4 and wrong.error["reason"] == "LOGIN_FAILED"
    assert cli.login("newcomer", "another good one").code == 0
    admin("user", "disable", "newcomer")
    assert cli("newcomer", "org", "list", code=4).error["reason"] in ("USER_DISABLED", "SESSION_EXPIRED")
    assert user_of(admin, "newcomer")["disabled"] is True


def test_a_transfer_to_another_unit(cli, admin):
    add_user(admin, "mover")
    assert cli.login("mover", "a good password").code == 0
    admin("user", "grant", "mover", "--unit", "B21")
    assert {c["branch"] for c in cli("mover", "customer", "list").json} == {"B21"}
    refused = admin("user", "grant", "mover", "--unit", "R1", code=7)
    assert refused.error["reason"] == "ROLE_NOT_FOR_LEVEL"


@pytest.mark.parametrize("fields, reason, code", [
    ({"login": "sub11"}, "ALREADY_EXISTS", 6),
    ({"login": "system"}, "FIELD_INVALID", 7),
    ({"login": "with space"}, "FIELD_INVALID", 7),
    ({"unit": "NOWHERE"}, "NOT_FOUND", 3),
    ({"roles": "approver"}, "ROLE_NOT_FOR_LEVEL", 7),
    ({"unit": "R1", "roles": "submitter"}, "ROLE_NOT_FOR_LEVEL", 7),
    ({"unit": "HQ", "roles": "administrator,approver"}, "ROLES_CONFLICT", 7),
    ({"password": "short"}, "PASSWORD_TOO_SHORT", 7),
])
def test_user_refusals(admin, fields, reason, code):
    before = admin("user", "list").json
    assert add_user(admin, **{"login": "refused", **fields}, code=code).error["reason"] == reason
    assert admin("user", "list").json == before


def test_grant_refusals(admin):
    assert admin("user", "grant", "sub11", "--role", "verifier", code=7).error["reason"] == "ROLE_NOT_FOR_LEVEL"
    assert admin("user", "grant", "app", "--role", "administrator", code=7).error["reason"] == "ROLES_CONFLICT"
    assert admin("user", "grant", "sub11", "--role", "submitter", code=7).error["reason"] == "NOTHING_TO_CHANGE"
    assert admin("user", "grant", "no.one", "--role", "submitter", code=3).error["reason"] == "NOT_FOUND"


def test_the_last_administrator_stays(admin):
    admin("user", "disable", "admaud")
    assert admin("user", "disable", "admin", code=7).error["reason"] == "LAST_ADMINISTRATOR"
    assert admin("user", "grant", "admin", "--revoke", "administrator", code=7).error["reason"] == "LAST_ADMINISTRATOR"


def test_only_administrators(cli):
    assert cli("app", "user", "disable", "sub11", code=5).error["reason"] == "ROLE_MISSING"
    assert cli("sub11", "org", "close", "B12", code=5).error["reason"] == "ROLE_MISSING"
    assert cli("sub11", "user", "list", code=5).error["reason"] == "ROLE_MISSING"
    assert "sub12" not in cli("aud1", "user", "list", "--unit", "B11").stdout


def test_status_and_logout(cli):
    shown = cli("aud", "auth", "status").json
    assert shown["login"] == "aud" and shown["unit"] == "HQ" and shown["roles"] == ["auditor"]
    cli("aud", "auth", "logout")
    assert cli("aud", "customer", "list", code=4).error["reason"] in ("NOT_LOGGED_IN", "SESSION_EXPIRED")
