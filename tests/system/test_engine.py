"""The commit engine (acceptance 6): many commands on one customer, with an SQL error in each statement in turn, and two
servers that race. Whatever happens, the state is that of some serial execution that fits every answer."""
import itertools
import random
import threading

import pytest

from harness import chain, checker, dump, model, paths, replay
from harness import creditproto as wire
from harness.creditproto import Client
from harness.load import fields_of

COMMANDS, CONNECTIONS = 200, 8
SEED = 20261123
# login of each connection: (unit level, role, steps with their weights)
BRANCH_STEPS = {"submit": 4, "resubmit": 12, "record": 2, "withdraw": 2}
REGION_STEPS = {"verify": 12, "return": 6}
HQ_STEPS = {"return": 10, "approve": 6, "reject": 2}
CLOSING = {"withdraw", "approve", "reject"}
CREW = [("sub11", "branch", "submitter", BRANCH_STEPS), ("sub11b", "branch", "submitter", BRANCH_STEPS),
        ("ver1", "region", "verifier", REGION_STEPS), ("ver1b", "region", "verifier", REGION_STEPS),
        ("app", "hq", "approver", HQ_STEPS), ("appb", "hq", "approver", HQ_STEPS),
        ("sub11", "branch", "submitter", BRANCH_STEPS), ("ver1", "region", "verifier", REGION_STEPS)]
_numbers = itertools.count(1)


def statements(kind):
    """Names of the engine's statements of a kind, from the files themselves."""
    return sorted(p.stem for p in (paths.ROOT / "server" / "store" / "sql").glob(f"{kind}_*.sql"))


@pytest.fixture(scope="module")
def new_customer(connect):
    """A fresh customer of B11 with an application, made by the file's own server: (number, application)."""
    def make():
        number = f"E-{next(_numbers):03}"
        connect("app").do("customer_add", number=number, name="并发公司", branch="B11", opening_grade="red")
        return number, connect("sub11").do("application_submit", customer=number, to_grade="green",
                                           reason="r")["application"]
    return make


def script(source, number, application):
    """What the connections will send in turn; steps that end the case come in the last part only."""
    out = []
    for n in range(COMMANDS):
        connection = n % CONNECTIONS
        login, level, role, steps = CREW[connection]
        open_steps = {s: w for s, w in steps.items() if n > COMMANDS * 3 // 4 or s not in CLOSING}
        step = source.choices(list(open_steps), weights=open_steps.values())[0]
        command_id = wire.new_command_id()
        fields = fields_of(step, source, number, application["id"])
        if step == "submit":
            fields["to_grade"] = "yellow"
        body = wire.encode("application_" + step, {"command_id": command_id, **fields})
        out.append((connection, step, login, level, role, command_id, body))
    return out


def session(server, token):
    """A connection that insists: a failpoint may hit the reads of a resumption too."""
    client = Client(server.port, server.ca)
    if client.call("resume", token=token).reason == "INTERNAL":
        client.resume(token)
    return client


def send_all(server, tokens, commands):
    """All commands in turn over eight connections, no answer awaited; then the answers."""
    clients = [session(server, tokens[login]) for login, *_ in CREW]
    places = []
    for connection, step, _, _, _, _, body in commands:
        places.append(clients[connection].post_body("application_" + step, body))
    replies = [clients[c[0]].wait(i) for c, i in zip(commands, places)]
    for client in clients:
        client.close()
    return replies, places


def play(server, tokens, pg, seed, new_customer):
    """200 commands on a fresh customer; checked against the model and the chain."""
    number, application = new_customer()
    commands = script(random.Random(seed), number, application)
    replies, places = send_all(server, tokens, commands)
    sent = [replay.Sent(c[0], place, c[1], c[2], c[3], c[4], None if c[1] == "submit" else application["id"], reply,
                        c[5])
            for c, place, reply in zip(commands, places, replies)]
    assert {r.status for r in replies} <= {"ok", "rejected"}, {(r.status, r.reason) for r in replies}
    assert not [r for r in replies if r.reason == "INTERNAL"]
    held = dump.take(pg.owner)
    customer = next(k for k, row in held["customers"].items() if row["number"] == number)
    events = chain.chains(held["events"])[customer]
    assert chain.first_fault(events) is None
    mine = {c[5] for c in commands}
    order = [e["command"] for e in events if e["kind"] < 10 and e["command"] in mine]
    start = model.Case(application["id"], "submitted", 1, frozenset(["sub11"]), "sub11")
    end = replay.check(start, sent, order)
    key = tuple(int(part) for part in end.application.split("-")[1:])
    assert (held["applications"][key]["state"], held["applications"][key]["version"]) == (end.state, end.version)
    stored = {c["id"]: c for c in held["commands"]}
    assert mine <= stored.keys(), "every outcome, yes or no, is stored"
    assert dump.integrity(pg.owner) == []
    return replies


def test_many_commands_on_one_customer(server, tokens, pg, new_customer):
    for attempt in range(3):
        replies = play(server, tokens, pg, f"{SEED}/{attempt}", new_customer)
        accepted = sum(r.ok for r in replies)
        print(f"seed {SEED}/{attempt}: {accepted} of {COMMANDS} accepted")
        assert 10 < accepted < COMMANDS, "both kinds of outcome must occur"


# Which statements run when a batch of steps commits; the others run for customers, units and users.
STEP_APPLY = {"apply_application_insert", "apply_application_update", "apply_command_insert", "apply_customer_update",
              "apply_event_insert", "apply_timer_close", "apply_timer_insert"}
STEP_LOAD = {"load_applications", "load_commands", "load_customers_by_number", "load_numbers", "load_stamp"}


def failing(run, database, statement, nth=1):
    return run.start(database, "--failpoint", f"{statement}=error@{nth}", name=f"fail-{statement}", clean=False)


@pytest.mark.parametrize("statement", sorted(STEP_APPLY | STEP_LOAD | {"apply_standing_insert"}))
def test_an_error_in_a_statement_leaves_nothing_half_applied(run, database, tokens, pg, new_customer, statement):
    """The second run of the statement on the engine's connection fails; which commands that hits is chance."""
    assert statement in statements("apply") + statements("load")
    server = failing(run, database, statement, 2)
    try:
        for attempt in range(12):
            play(server, tokens, pg, f"{SEED}/{statement}/{attempt}", new_customer)
            if "failpoint" in server.log():
                break
        assert "failpoint" in server.log(), "the failpoint was never due"
    finally:
        run.finish(server)


REFERENCE = {
    "apply_unit_insert": ("unit_create", {"code": "F1", "name": "F", "level": "branch", "parent": "R1"}),
    "apply_unit_update": ("unit_close", {"code": "F2"}),
    "apply_user_insert": ("user_add", {"login": "f1", "name": "F", "unit": "B11", "job_level": "clerk",
                                       "roles": ["submitter"], "password": "long enough"}),
    "apply_user_update": ("user_grant", {"login": "sync11", "job_level": "manager"}),
    "apply_user_password": ("user_password", {"login": "sync11", "password": "long enough too"}),
    "apply_clock": ("clock_advance", {"by_us": 1_000_000}),
    "apply_epoch": ("user_disable", {"login": "sync11"}),
    "apply_head": ("unit_create", {"code": "F3", "name": "F", "level": "branch", "parent": "R1"}),
    "load_head": ("unit_create", {"code": "F4", "name": "F", "level": "branch", "parent": "R1"}),
    "load_unit_customers": ("unit_close", {"code": "F5"}),
    "apply_customer_insert": ("customer_add", {"number": "F-1", "name": "F", "branch": "B11",
                                               "opening_grade": "green"}),
    "apply_epoch_held": ("customer_add", {"number": "F-3", "name": "F", "branch": "B11", "opening_grade": "green"}),
    "load_customers": ("application_submit", {"to_grade": "green", "reason": "r"}),
}


def test_every_statement_has_its_turn():
    covered = STEP_APPLY | STEP_LOAD | {"apply_standing_insert"} | REFERENCE.keys()
    assert set(statements("apply") + statements("load")) == covered | {"apply_repeats"}


@pytest.mark.parametrize("statement", REFERENCE)
def test_an_error_under_a_single_command(run, database, connect, tokens, pg, statement):
    """One failed attempt is made good by the server itself; the command is done exactly once."""
    name, fields = REFERENCE[statement]
    if name == "unit_close":
        connect("admin").do("unit_create", code=fields["code"], name="F", level="branch", parent="R1")
    if statement == "load_customers":
        shown = connect("sub11").do("customer_show", customer="K11-05", purpose="t")["customer"]
        fields = {**fields, "customer": shown["id"]}
    login = {"customer_add": "app", "application_submit": "sub11"}.get(name, "admin")
    server = failing(run, database, statement)
    try:
        command_id = wire.new_command_id()
        with server.client(tokens[login]) as client:
            client.do(name, command_id=command_id, **fields)
            assert "failpoint" in server.log(), "the failpoint was never due"
            again = client.call(name, command_id=command_id, **fields)
            assert again.ok, again
    finally:
        run.finish(server)
    held = dump.take(pg.owner)
    assert len([c for c in held["commands"] if c["id"] == command_id]) == 1
    expected = 2 if name == "customer_add" else 1  # the file opened and its opening grade
    assert len([e for e in held["events"] if e["command"] == command_id]) == expected
    assert checker.check([], [], held) == []
    assert dump.integrity(pg.owner) == []


def test_an_error_under_a_repeat(run, database, connect, tokens):
    """A batch of nothing but repeats writes as well, and that may fail like everything else."""
    body = wire.encode("customer_add", {"number": "F-2", "name": "F", "branch": "B11"})
    client = connect("app")
    first = client.wait(client.post_body("customer_add", body))
    assert first.ok
    server = failing(run, database, "apply_repeats")
    try:
        with server.client(tokens["app"]) as client:
            again = client.wait(client.post_body("customer_add", body))
            assert (again.status, again.entity, again.version) == ("ok", first.entity, first.version)
        assert "failpoint" in server.log(), "the failpoint was never due"
    finally:
        run.finish(server)


@pytest.mark.parametrize("statement", ["apply_event_insert", "apply_command_insert", "apply_customer_update"])
def test_a_lost_version_is_decided_anew(run, database, tokens, pg, new_customer, statement):
    """A conflict is no error of anybody: loaded and decided again, and the log stays clean."""
    server = run.start(database, "--failpoint", f"{statement}=conflict@2", name=f"conflict-{statement}", clean=False)
    try:
        play(server, tokens, pg, f"{SEED}/conflict/{statement}", new_customer)
    finally:
        run.finish(server)


def test_a_poisonous_command_ends_alone(run, database, connect, tokens, pg, new_customer):
    """What fails for ever is INTERNAL and not done; the others of its batch are not touched by that."""
    made = [new_customer()[1]["id"] for _ in range(6)]
    for application in made[:4]:
        connect("ver1").do("application_verify", application=application, finding="confirmed", opinion="o")
    for application in made[:2]:
        connect("app").do("application_approve", application=application)
    asked = [("sub11", "application_record", {"application": made[0]}),
             ("sub11", "application_withdraw", {"application": made[2]}),
             ("sub11", "application_record", {"application": made[1]}),
             ("sub11", "application_withdraw", {"application": made[4]}),
             ("sub11", "application_record", {"application": made[5]})]
    bodies = [wire.encode(name, fields) for _, name, fields in asked]
    server = run.start(database, "--failpoint", "apply_standing_insert=error@1+", name="poison", clean=False)
    try:
        with server.client(tokens["sub11"]) as client:
            ids = [client.reserve(name) for _, name, _ in asked]
            client.send_bytes(b"".join(wire.frame(wire.method_number(name), i, body)
                                       for (_, name, _), i, body in zip(asked, ids, bodies)))
            answers = [client.wait(i) for i in ids]
    finally:
        run.finish(server)
    assert [(a.status, a.reason, a.executed) for a in answers] == [
        ("rejected", "INTERNAL", False), ("ok", None, True), ("rejected", "INTERNAL", False), ("ok", None, True),
        ("rejected", "STATE_CHANGED", False)]
    for body, application in ((bodies[0], made[0]), (bodies[2], made[1])):
        client = connect("sub11")
        shown = client.do("application_show", application=application, purpose="t")["application"]
        assert (shown["state"], shown["version"]) == ("approved", 3)
        assert client.wait(client.post_body("application_record", body)).ok, "sent again it is done"
    assert dump.integrity(pg.owner) == []


RACES, RACERS = 6, 16


def race(servers, tokens, application):
    """16 clients on two servers decide the same application at once; the answers."""
    steps = [("appb", "approve"), ("app", "reject"), ("sub11", "withdraw"), ("app", "return")]
    barrier, answers = threading.Barrier(RACERS), [None] * RACERS

    def one(n):
        login, step = steps[n % len(steps)]
        server = servers[n % 2]
        with server.client(tokens[login]) as client:
            fields = fields_of(step, random.Random(n), None, application["id"])
            barrier.wait(20)
            answers[n] = client.call("application_" + step, **fields)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert all(answers), "a racer was not answered"
    return answers


def test_two_servers_race_for_the_same_applications(run, database, server, tokens, connect, pg, new_customer):
    other = run.start(database)
    winners = []
    try:
        for _ in range(RACES):
            _, application = new_customer()
            connect("ver1").do("application_verify", application=application["id"], finding="confirmed", opinion="o")
            answers = race((server, other), tokens, application)
            won = [a for a in answers if a.ok]
            # After a return (to the branch) a withdrawal is still possible: a second step, not a second decision.
            assert 1 <= len(won) <= 2, answers
            states = sorted(a.body["application"]["state"] for a in won)
            assert len(won) == 1 or states == ["returned", "withdrawn"], states
            assert {a.reason for a in answers if not a.ok} <= {"STATE_CHANGED", "ALREADY_DECIDED"}, answers
            winners.append(states[0])
    finally:
        run.finish(other)
    print("won:", winners)
    assert checker.check([], [], dump.take(pg.owner)) == []
    assert dump.integrity(pg.owner) == []


def test_two_submissions_at_once_make_one_application(run, database, server, tokens, pg):
    other = run.start(database)
    try:
        barrier, answers = threading.Barrier(RACERS), [None] * RACERS

        def one(n):
            with (server, other)[n % 2].client(tokens[("sub11", "sub11b")[n // 2 % 2]]) as client:
                barrier.wait(20)
                answers[n] = client.call("application_submit", customer="K11-06", to_grade="green", reason="r")

        threads = [threading.Thread(target=one, args=(n,)) for n in range(RACERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    finally:
        run.finish(other)
    won = [a for a in answers if a.ok]
    assert len(won) == 1
    lost = [a for a in answers if not a.ok]
    assert {a.reason for a in lost} == {"OPEN_APPLICATION_EXISTS"}
    assert {a.arguments["application"] for a in lost} == {won[0].entity}
    assert dump.integrity(pg.owner) == []
