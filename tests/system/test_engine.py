"""The commit engine (acceptance 6): many commands on one customer, with an SQL error in each statement in turn, and two
servers that race. Whatever happens, the state is that of some serial execution that fits every answer."""
import itertools
import random
import threading
from dataclasses import replace

import pytest

from harness import assessing, chain, checker, dump, ledger, model, paths, policies, replay
from harness import creditproto as wire
from harness.creditproto import Client
from harness.failing import errors_beside, failing, fired, play_until_all_failed, statements
from harness.load import fields_of
from harness.server import BAD_LINES
from harness.standing import DAY
from harness.trading import Trading

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


@pytest.fixture(scope="module")
def new_customer(connect):
    """A fresh customer of B11 with an application, made by the file's own server: (number, application)."""
    def make():
        number = f"E-{next(_numbers):03}"
        connect("app").do("customer_add", number=number, name="并发公司", branch="B11", opening_grade="red")
        return number, connect("sub11").do("application_submit", customer=number, to_grade="green",
                                           reason="r")["application"]
    return make


def planned(connection, step, number, application, source, to_grade="yellow"):
    """One command of a connection: (connection, step, application, grade of a submission, command id, body)."""
    command_id = wire.new_command_id()
    fields = {"command_id": command_id, **fields_of(step, source, number, application)}
    if step != "submit":
        return connection, step, application, None, command_id, wire.encode("application_" + step, fields)
    fields["to_grade"] = to_grade
    return connection, step, None, to_grade, command_id, wire.encode("application_submit", fields)


def script(source, number, application):
    """What the connections will send in turn; steps that end the case come in the last part only."""
    out = []
    for n in range(COMMANDS):
        steps = CREW[n % CONNECTIONS][3]
        open_steps = {s: w for s, w in steps.items() if n > COMMANDS * 3 // 4 or s not in CLOSING}
        step = source.choices(list(open_steps), weights=open_steps.values())[0]
        out.append(planned(n % CONNECTIONS, step, number, application, source))
    return out


def session(server, token):
    """A connection that insists: a failpoint may hit the reads of a resumption too."""
    client = Client(server.port, server.ca)
    if client.call("resume", token=token).reason == "INTERNAL":
        client.resume(token)
    client.arrived.clear()
    return client


def post(clients, command):
    """Sends one; gives it with the place of its answer."""
    connection, step, *_, body = command
    return command, clients[connection].post_body("application_" + step, body)


def answer_of(clients, command, place):
    """The answer to a command that was sent, in the form of harness/replay.py."""
    connection, step, application, to_grade, command_id, _ = command
    login, level, role, _ = CREW[connection]
    reply = clients[connection].wait(place)
    return replay.Sent(connection, place, step, login, level, role, application, to_grade, reply, command_id,
                       clients[connection].arrived.index(place))


# Connections that take the steps of the ordered part.
BY = {"submit": 0, "withdraw": 0, "record": 0, "verify": 2, "approve": 4}
ENDING = {"submitted": ["withdraw"], "returned": ["withdraw"], "verified": ["approve", "record"], "approved": ["record"]}


def ordered_part(clients, shown, number):
    """One command after the other, whatever chance did before: the case comes to its end, and then every step that
    writes a row is taken twice. `shown`: the case as it stands. The grades asked for are none that is in force then."""
    steps = [*ENDING.get(shown["state"], ()), *["submit", "verify", "approve", "record"] * 2]
    application, grades, out = shown["id"], ["black", "red"], []
    for step in steps:
        grade = grades.pop(0) if step == "submit" else None
        command = planned(BY[step], step, number, application, random.Random(0), grade)
        sent = answer_of(clients, *post(clients, command))
        assert sent.reply.ok, sent
        application = sent.reply.entity
        out.append(sent)
    return out


def play(server, tokens, pg, seed, new_customer, look):
    """200 commands at once on a fresh customer, then some in order; checked against the model and the chain. `look`
    shows an application through another server."""
    number, application = new_customer()
    commands = script(random.Random(seed), number, application["id"])
    clients = [session(server, tokens[login]) for login, *_ in CREW]
    sent = [answer_of(clients, *posted) for posted in [post(clients, c) for c in commands]]
    assert {s.reply.status for s in sent} <= {"ok", "rejected"}, {(s.reply.status, s.reply.reason) for s in sent}
    assert not [s for s in sent if s.reply.reason == "INTERNAL"]
    shown = [look(entity) for entity in sorted({s.reply.entity for s in sent if s.reply.ok})]
    case = next((s for s in shown if s["state"] in ENDING), shown[-1])  # numbers need not rise with time
    pipelined = [s.reply for s in sent]
    sent += ordered_part(clients, case, number)
    for client in clients:
        client.close()
    check_play(pg, number, application, sent)
    return pipelined


def check_play(pg, number, application, sent):
    """The rows, the chain and the answers are those of one serial execution."""
    customer = dump.customer_of(pg.owner, number)
    held = dump.take(pg.owner, customer)
    events = chain.chains(held["events"])[customer]
    assert chain.first_fault(events) is None
    mine = {s.command_id for s in sent}
    order = [e["command"] for e in events if e["kind"] < 10 and e["command"] in mine]
    start = model.Case(application["id"], "submitted", 1, "submit", frozenset(["sub11"]), "sub11",
                       to_grade=application["to_grade"], grade=application["from_grade"])
    end = replay.check(start, sent, order)
    key = tuple(int(part) for part in end.application.split("-")[1:])
    assert (held["applications"][key]["state"], held["applications"][key]["version"]) == (end.state, end.version)
    assert dump.stored(pg.owner, mine) == mine, "every outcome, yes or no, is stored"


@pytest.fixture(scope="module")
def look(connect):
    return lambda application: connect("aud").do("application_show", application=application,
                                                 purpose="t")["application"]


def test_many_commands_on_one_customer(server, tokens, pg, new_customer, look):
    for attempt in range(3):
        replies = play(server, tokens, pg, f"{SEED}/{attempt}", new_customer, look)
        accepted = sum(r.ok for r in replies)
        print(f"seed {SEED}/{attempt}: {accepted} of {COMMANDS} accepted")
        assert 0 < accepted < COMMANDS, "both kinds of outcome must occur"
    assert dump.integrity(pg.owner) == []


# Which statements run when a batch of steps commits; the others run for customers, units and users.
STEP_APPLY = {"apply_applications", "apply_change_insert", "apply_command_insert", "apply_customer_update",
              "apply_event_insert", "apply_standing_insert", "apply_timer_delete", "apply_timer_set"}
STEP_LOAD = {"load_applications", "load_commands", "load_customers_named", "load_numbers", "load_stamp"}


def test_an_error_in_each_statement_leaves_nothing_half_applied(run, database, tokens, pg, new_customer, look):
    """Each statement in turn fails once, at its second run from where the one before has failed; which commands that
    hits is chance."""
    due = sorted(STEP_APPLY | STEP_LOAD)
    assert set(due) <= set(statements("apply") + statements("load"))
    server = failing(run, database, *(f"{name}=error@2" for name in due))
    try:
        play_until_all_failed(server, due,
                              lambda n: play(server, tokens, pg, f"{SEED}/error/{n}", new_customer, look))
    finally:
        run.finish(server)
    assert errors_beside(server) == []
    assert dump.integrity(pg.owner) == []


TEXT = paths.POLICY.read_text(encoding="utf-8")
# Statement -> the command in which it fails. In this order none runs when the command before it is tried again.
REFERENCE = {
    "apply_epoch_held": ("customer_add", {"number": "F-3", "name": "F", "branch": "B11"}),
    "apply_unit_insert": ("unit_create", {"code": "F1", "name": "F", "level": "branch", "parent": "R1"}),
    "apply_unit_update": ("unit_close", {"code": "F2"}),
    "apply_unit_merge": ("unit_merge", {"code": "F6", "into": "B12", "reason": "r"}),
    "apply_unit_edit": ("unit_edit", {"code": "B21", "name": "Edited"}),
    "apply_user_insert": ("user_add", {"login": "f1", "name": "F", "unit": "B11", "job_level": "clerk",
                                       "roles": ["submitter"], "password": "long enough"}),
    "apply_user_update": ("user_grant", {"login": "sync11", "job_level": "manager"}),
    "apply_user_password": ("user_password", {"login": "sync11", "password": "long enough too"}),
    "apply_policy_insert": ("policy_propose", {"text": TEXT, "note": "n"}),
    "apply_policy_publish": ("policy_publish", {}),
    "apply_policy_roll_back": ("policy_roll_back", {"reason": "r"}),
    "apply_calendar": ("calendar_set", {"unit": "HQ", "days": [{"day": "2040-05-01", "kind": "holiday"}]}),
    "apply_delegation_insert": ("delegation_grant", {"substitute": "sub11b", "until": "2040-01-01", "from": "2039-12-31"}),
    "apply_delegation_revoke": ("delegation_revoke", {}),
    "apply_clock": ("clock_advance", {"by_us": 1_000_000}),
    "load_unit_customers": ("unit_close", {"code": "F5"}),
    "load_policy": ("policy_propose", {"text": TEXT, "note": "n"}),
    "apply_customer_insert": ("customer_add", {"number": "F-1", "name": "F", "branch": "B11"}),
    "apply_epoch": ("user_disable", {"login": "sync11"}),
    "load_customers": ("application_submit", {"to_grade": "green", "reason": "r"}),
    "apply_head": ("unit_create", {"code": "F3", "name": "F", "level": "branch", "parent": "R1"}),
    "apply_repeats": ("customer_add", {"number": "F-2", "name": "F", "branch": "B11"}),
    "load_head": ("unit_create", {"code": "F4", "name": "F", "level": "branch", "parent": "R1"}),
}
LOGIN_OF = {"customer_add": "app", "application_submit": "sub11", "policy_propose": "maker",
            "delegation_grant": "sub11", "delegation_revoke": "sub11", "policy_publish": "checker", "policy_roll_back": "checker"}


def test_every_statement_has_its_turn():
    assert set(statements("apply") + statements("load")) == STEP_APPLY | STEP_LOAD | REFERENCE.keys() | set(TRADES)


def what_it_needs(connect, statement, name, fields):
    """The complete command of a turn, after what has to be there before it was made through another server."""
    if name in ("unit_close", "unit_merge"):
        connect("admin").do("unit_create", code=fields["code"], name="F", level="branch", parent="R1")
    if statement == "load_customers":
        shown = connect("sub11").do("customer_show", customer="K11-05", purpose="t")["customer"]
        fields = {**fields, "customer": shown["id"]}
    if name == "policy_propose":
        fields = {**fields, "base_version": policies.newest(connect("maker"))}
    if name in ("policy_publish", "policy_roll_back"):
        fields = {**fields, "version": policies.proposed(connect("maker"), TEXT)}
    if name == "delegation_revoke":
        granted = connect("sub11").call("delegation_grant", substitute="sub11b", until="2040-01-01", **{"from": "2039-12-31"})
        fields = {"id": granted.entity}
    if name == "policy_roll_back":
        connect("checker").do("policy_publish", version=fields["version"])
    command_id = wire.new_command_id()
    body = wire.encode(name, {"command_id": command_id, **fields})
    client = connect(LOGIN_OF.get(name, "admin"))
    if statement == "apply_repeats":  # a batch of nothing but repeats writes as well
        assert client.wait(client.post_body(name, body)).ok
    return command_id, body, client


def test_an_error_under_a_single_command(run, database, connect, tokens, pg):
    """One failed attempt is made good by the server itself; the command is done exactly once."""
    done = []
    server = failing(run, database, *(f"{name}=error@1" for name in REFERENCE))
    try:
        for place, (statement, (name, fields)) in enumerate(REFERENCE.items()):
            command_id, body, other = what_it_needs(connect, statement, name, fields)
            with session(server, tokens[LOGIN_OF.get(name, "admin")]) as client:
                first = client.wait(client.post_body(name, body))
            assert first.ok, (statement, first)
            assert fired(server)[place:] == [statement]
            again = other.wait(other.post_body(name, body))
            assert (again.status, again.entity, again.version) == ("ok", first.entity, first.version), statement
            done.append(command_id)
    finally:
        run.finish(server)
    assert errors_beside(server) == []
    held = dump.take(pg.owner)
    assert sorted(c["id"] for c in held["commands"] if c["id"] in done) == sorted(done)
    assert sorted(e["command"] for e in held["events"] if e["command"] in done) == sorted(done)
    assert checker.check([], [], held) == []
    assert dump.integrity(pg.owner) == []


def test_a_lost_version_is_decided_anew(run, database, tokens, pg, new_customer, look):
    """A conflict is no error of anybody: loaded and decided again, and the log holds no error."""
    due = ["apply_event_insert", "apply_command_insert", "apply_customer_update"]
    server = failing(run, database, *(f"{name}=conflict@2" for name in due))
    try:
        play_until_all_failed(server, due,
                              lambda n: play(server, tokens, pg, f"{SEED}/conflict/{n}", new_customer, look))
    finally:
        run.finish(server)
    assert [line for line in server.log().splitlines() if BAD_LINES.search(line)] == []
    assert dump.integrity(pg.owner) == []


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
    server = failing(run, database, "apply_standing_insert=error@1+")
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


# The statements of imports, evaluations and assessments: in this order none runs when the command before it is tried
# again, for a command is given up after the fourth time.
TRADES = ["load_open_imports", "apply_import_insert", "load_open_applications",
          "load_customers_known", "load_evaluated_trades", "load_trades", "load_imports", "load_import_customers",
          "apply_trade_update", "apply_trade_insert", "apply_import_customer_update",
          "apply_trade_past_insert", "apply_import_customer_insert", "apply_import_update",
          "load_evaluated_assessments", "apply_assessment_insert"]


def live_with_trades(trading, day):
    """A key account: an import, a later one that settles, a correction by hand, an assessment; each ends with an
    evaluation."""
    number = trading.customer("red")
    late = trading.trade(1_000_00, day - 60 * DAY, day - 30 * DAY)
    kept = trading.kept(4, 1_000_00, day - 60 * DAY, day - 30 * DAY)
    trading.give(number, late, *kept)
    trading.give(number, replace(late, settled=day - 20 * DAY))
    trading.connect("sub11").do("trade_correct", customer=number, document=late.document, amount_minor=900_00, reason="r")
    assessing.enter(trading, number)
    assert {d: t["version"] for d, t in trading.trades(number).items()} == {
        late.document: 3, **{t.document: 1 for t in kept}}
    assert trading.in_force(number) == ("key", "red")


def test_an_error_in_each_statement_of_an_import(run, database, connect, tokens, pg):
    """What a statement of an import, of an evaluation or of a correction failed on is done all the same, once."""
    server = failing(run, database, *(f"{name}=error@1" for name in TRADES))
    kept = {}

    def through_it(login):
        if login not in kept:
            kept[login] = session(server, tokens[login])
        return kept[login]

    trading = Trading(through_it, pg.owner)
    try:
        play_until_all_failed(server, TRADES, lambda n: live_with_trades(trading, trading.today()))
    finally:
        for client in kept.values():
            client.close()
        run.finish(server)
    assert errors_beside(server) == []
    assert dump.integrity(pg.owner) == []
    assert ledger.faults(dump.take(pg.owner)) == []


RACES, RACERS = 6, 16


def race(servers, tokens, application):
    """16 clients on two servers decide the same application at once; the answers."""
    steps = [("appb", "approve"), ("app", "reject"), ("sub11", "withdraw"), ("app", "return")]
    barrier, answers = threading.Barrier(RACERS), [None] * RACERS

    def one(n):
        login, step = steps[n % len(steps)]
        server = servers[n // len(steps) % 2]  # each step on both
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
