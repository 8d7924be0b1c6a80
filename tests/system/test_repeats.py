"""What may have changed between two looks at the same thing: a command sent again, a read that waited, a batch of commands
that share a row, an organisation that another server has changed."""
import contextlib
import hashlib
import itertools

import pytest

from harness import dump, held
from harness import creditproto as wire
from harness.process import wait_until

_numbers = itertools.count(1)


def one(pg, query, *values):
    with pg.owner.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()


@pytest.fixture
def person(connect):
    """person(unit, role): (client, login) of a new user, logged in."""
    opened = []

    def make(unit, role, level="supervisor"):
        login = f"rep{next(_numbers)}"
        connect("admin").do("user_add", login=login, name=login, unit=unit, job_level=level, roles=[role],
                            password=f"{login} password")
        client = connect.new()
        client.login(login, f"{login} password")
        opened.append(client)
        return client, login
    yield make
    for client in opened:
        client.close()


@pytest.fixture
def customer(connect):
    """Number of a fresh key account of B11."""
    number = f"RP-{next(_numbers):03}"
    connect("app").do("customer_add", number=number, name="重复公司", branch="B11", opening_grade="red")
    return number


def send(client, name, command_id, **fields):
    return client.wait(client.post_body(name, wire.encode(name, {"command_id": command_id, **fields})))


# ---- rows that commands of a batch share ----

def test_a_new_customer_and_his_application_in_one_batch(connect):
    """The second command's answer shows texts of the first one's request, which is gone by then."""
    client = connect("sub11")
    for n in range(10):
        number, name = f"RB-{n:02}-" + "N" * 40, f"一批公司 {n} " + "x" * 150
        calls = [("customer_add", {"command_id": wire.new_command_id(), "number": number, "name": name, "branch": "B11"}),
                 ("application_submit", {"command_id": wire.new_command_id(), "customer": number, "to_grade": "yellow",
                                         "reason": "r" * 500}),
                 ("application_submit", {"command_id": wire.new_command_id(), "customer": number, "to_grade": "green",
                                         "reason": "r"})]
        ids = [client.reserve(method) for method, _ in calls]
        client.send_bytes(b"".join(wire.frame(wire.method_number(method), i, wire.encode(method, fields))
                                   for (method, fields), i in zip(calls, ids)))
        added, submitted, again = [client.wait(i) for i in ids]
        assert added.ok and submitted.ok and again.reason == "OPEN_APPLICATION_EXISTS"
        shown = submitted.body["application"]
        assert (shown["customer_name"], shown["customer_number"]) == (name, number)


# ---- repeats ----

def test_a_disabled_user_repeats_in_vain(connect, person, customer):
    client, login = person("B11", "submitter")
    command_id = wire.new_command_id()
    fields = {"customer": customer, "to_grade": "green", "reason": "r"}
    assert send(client, "application_submit", command_id, **fields).ok
    connect("admin").do("user_disable", login=login)
    again = send(client, "application_submit", command_id, **fields)
    assert (again.reason, again.entity) == ("USER_DISABLED", None) and not again.body
    assert again.executed is None, "whether it was carried out is not his to learn, nor is it denied"


def test_a_user_who_was_moved_repeats_without_seeing_the_case(connect, person, customer):
    """Submitted by number, too: the outcome is found although his region is another one now."""
    client, login = person("B11", "submitter")
    command_id = wire.new_command_id()
    fields = {"customer": customer, "to_grade": "green", "reason": "r"}
    first = send(client, "application_submit", command_id, **fields)
    connect("admin").do("user_grant", login=login, unit="B21")
    again = send(client, "application_submit", command_id, **fields)
    assert (again.status, again.entity, again.version) == ("ok", first.entity, 1) and not again.body
    assert client.call("application_show", application=first.entity, purpose="t").reason == "NOT_FOUND"


def test_a_repeat_that_shows_grades_is_audited(connect, pg, person, customer):
    client, _ = person("B11", "submitter")
    command_id = wire.new_command_id()
    fields = {"customer": customer, "to_grade": "green", "reason": "r"}
    first = send(client, "application_submit", command_id, **fields)
    before, = one(pg, "SELECT count(*) FROM creditd.read_audit")
    again = send(client, "application_submit", command_id, **fields)
    assert again.body["application"]["to_grade"] == "green" and again.entity == first.entity
    method, = one(pg, "SELECT method FROM creditd.read_audit ORDER BY read_audit_id DESC LIMIT 1")
    assert (one(pg, "SELECT count(*) FROM creditd.read_audit")[0], method) == (
        before + 1, wire.method_number("application_submit"))


# ---- passwords ----

def test_a_password_change_sent_again(connect, pg, person):
    """The old password is no longer right by then; the stored outcome is the answer. What is kept of the request has no
    password in it."""
    client, login = person("B11", "submitter")
    command_id = wire.new_command_id()
    fields = {"password": "a new password", "old_password": f"{login} password"}
    assert send(client, "user_password", command_id, **fields).ok
    assert send(client, "user_password", command_id, **fields).ok
    wrong = send(client, "user_password", wire.new_command_id(), **fields)
    assert (wrong.reason, wrong.field) == ("LOGIN_FAILED", "old_password")
    kept, = one(pg, "SELECT request_hash FROM creditd.command WHERE home_id = 0 AND command_id = %s", command_id.hex())
    bare = wire.encode("user_password", {"command_id": command_id})
    number = wire.method_number("user_password").to_bytes(2, "big")
    assert bytes(kept) == hashlib.sha256(number + bare).digest()
    with connect.new() as other:
        assert other.call("login", login=login, password="a new password").ok


def test_an_administrators_reset_is_not_overwritten(connect, pg, person, waiting):
    """The old password was looked at before somebody else's change was committed."""
    client, login = person("B11", "submitter")
    with held.locked(pg.owner, "command", "EXCLUSIVE"):
        reset = connect("admin").post("user_password", command_id=wire.new_command_id(), login=login,
                                      password="set by the administrator")
        wait_until(waiting, 10, "the reset at the database")
        own = client.post("user_password", command_id=wire.new_command_id(), password="set by himself",
                          old_password=f"{login} password")
        assert client.call("whoami").ok, "the old password has been looked at meanwhile"
    assert connect("admin").wait(reset).ok
    assert not client.wait(own).ok
    with connect.new() as other:
        assert other.call("login", login=login, password="set by the administrator").ok


# ---- reads that waited ----

def test_a_history_that_waited_while_its_reader_was_disabled(connect, pg, person, customer, server, waiting):
    submitted = connect("sub11").do("application_submit", customer=customer, to_grade="green", reason="r")["application"]
    client, login = person("B11", "submitter")
    with held.locked(pg.owner, "application", "ACCESS EXCLUSIVE"):
        asked = [client.post("application_history", application=submitted["id"], purpose="t") for _ in range(5)]
        wait_until(waiting, 10, "the reads at the database")
        connect("admin").do("user_disable", login=login)
        connect("admin").do("unit_create", code=f"RX{next(_numbers)}", name="X", level="branch", parent="R1")
    assert {client.wait(i).reason for i in asked} == {"USER_DISABLED"}
    assert server.running()


def test_what_was_just_changed_is_seen(run, database, tokens, connect, person):
    """Lists from memory are as new as the database, on every server."""
    client, login = person("B11", "submitter")
    other = run.start(database)
    try:
        with other.client(tokens["admin"]) as elsewhere:
            code = f"RN{next(_numbers)}"
            connect("admin").do("unit_create", code=code, name="N", level="branch", parent="R1")
            for admin in (connect("admin"), elsewhere):
                assert code in {u["code"] for u in admin.do("unit_list")["units"]}
            elsewhere.do("user_disable", login=login)
            assert client.call("whoami").reason == "USER_DISABLED"
            listed = {u["login"]: u for u in connect("admin").do("user_list")["users"]}
            assert listed[login]["disabled"] is True
    finally:
        run.finish(other)


# ---- two servers and the organisation ----

def adding_under(run, database, tokens, connect, pg, waiting, name, **fields):
    """A customer is added while another server, which saw none, ends or moves his branch: (its code, the latter's reply)."""
    code = f"RU{next(_numbers)}"
    connect("admin").do("unit_create", code=code, name="U", level="branch", parent="R1")
    other = run.start(database)
    try:
        with other.client(tokens["admin"]) as admin, contextlib.ExitStack() as stack:
            admin.do("unit_list")
            stack.enter_context(held.locked(pg.owner, "customer", "EXCLUSIVE"))
            app = connect("app")
            adding = app.post("customer_add", command_id=wire.new_command_id(), number=f"N-{code}", name="N", branch=code)
            wait_until(waiting, 10, "the new customer at the database")
            ending = admin.post(name, command_id=wire.new_command_id(), code=code, **fields)
            wait_until(lambda: waiting() >= 2, 10, "the other server at the database")
            stack.close()
            assert app.wait(adding).ok
            return code, admin.wait(ending)
    finally:
        run.finish(other)


def test_a_unit_is_not_closed_under_a_new_customer(run, database, tokens, connect, pg, waiting):
    _, refused = adding_under(run, database, tokens, connect, pg, waiting, "unit_close")
    assert (refused.reason, refused.arguments["what"]) == ("UNIT_NOT_EMPTY", "customers")
    assert dump.integrity(pg.owner) == []


@pytest.mark.parametrize("name, fields, units", [("unit_move", {"parent": "R2"}, (None, "R2")),
                                                 ("unit_merge", {"into": "B21", "reason": "r"}, ("B21", "R2"))])
def test_a_new_customer_follows_a_unit_that_goes(run, database, tokens, connect, pg, waiting, name, fields, units):
    code, done = adding_under(run, database, tokens, connect, pg, waiting, name, **fields)
    assert done.ok

    def stands():
        shown = connect("aud").do("customer_show", customer=f"N-{code}", purpose="t")["customer"]
        return (shown["branch"], shown["region"]) == (units[0] or code, units[1])
    wait_until(stands, 10, "the customer under the other region")
    assert dump.integrity(pg.owner) == []


# ---- what is kept ----

def test_long_names_are_answered_whole(connect):
    login = "l" * 64
    connect("admin").do("user_add", login=login, name="L", unit="B11", job_level="clerk", roles=[], password="long enough")
    done = send(connect("admin"), "user_disable", wire.new_command_id(), login=login)
    assert done.entity == login


def test_a_blank_text_is_no_text(connect, pg, customer):
    submitted = connect("sub11").do("application_submit", customer=customer, to_grade="green", reason="r")["application"]
    connect("sub11").do("application_withdraw", application=submitted["id"], reason=" \u200b" * 5000)
    payload, = one(pg, "SELECT payload FROM creditd.event WHERE kind = 7 ORDER BY at DESC LIMIT 1")
    assert "reason" not in payload


@pytest.mark.parametrize("purpose, reason", [("x" * 201, "FIELD_TOO_LONG"), ("a\x1b[2J", "FIELD_INVALID")])
def test_a_purpose_is_a_short_clean_text(connect, purpose, reason):
    refused = connect("sub11").call("customer_list", purpose=purpose)
    assert (refused.reason, refused.field) == (reason, "purpose")


def test_another_branchs_number_is_taken_and_no_more_is_told(connect, customer):
    refused = connect("sub12").call("customer_add", command_id=wire.new_command_id(), number=customer, name="重复公司",
                                    branch="B12")
    assert refused.reason == "ALREADY_EXISTS" and not refused.arguments


def test_the_end_of_the_organisations_chain_is_checked(run, tokens):
    database = run.seeded("cut")
    server = run.start(database)
    try:
        run.cluster.execute("DELETE FROM creditd.event WHERE home_id = 0 AND seq = (SELECT max(seq) FROM creditd.event "
                            "WHERE home_id = 0)", database)
        with server.client(tokens["aud"]) as auditor:
            told = auditor.do("audit_verify")
        assert (told["bad_chain"], told["bad_why"]) == ("organisation", "head")
    finally:
        run.finish(server)
        run.cluster.drop(database)
