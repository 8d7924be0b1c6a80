"""What the database does to a server that runs: it is away, not durable any more, does not answer, or does not say
whether it has committed. What the client is told then is true, and the outcome becomes known."""
import pytest

from harness import creditproto as wire
from harness import dump, held
from harness.cli import Cli
from harness.process import wait_until
from harness.server import limits
from test_inbox_watch import Screen


@pytest.fixture
def hasty(run, database, tmp_path):
    """A server that waits 700 ms for a commit."""
    server = run.start(database, *limits(tmp_path, commit_timeout_ms=700), name="hasty", clean=False)
    yield server
    run.finish(server)


def submission(customer):
    """(command id, body) of a submission."""
    command_id = wire.new_command_id()
    return command_id, wire.encode("application_submit", {"command_id": command_id, "customer": customer,
                                                          "to_grade": "green", "reason": "r"})


def events_of(pg, command_id):
    return [e for e in dump.take(pg.owner)["events"] if e["command"] == command_id]


def ask_until_done(client, body):
    """Sends the same bytes until the answer is definite."""
    def definite():
        reply = client.wait(client.post_body("application_submit", body))
        return reply if reply.status in ("ok", "rejected") else None
    return wait_until(definite, 20, "a definite answer")


def assert_unknown(reply):
    assert (reply.status, reply.reason, reply.executed) == ("unknown", "OUTCOME_UNKNOWN", None), reply
    assert reply.retryable


def test_a_backend_that_does_not_go_on(run, database, hasty, tokens, pg):
    """It waits for a lock when it is stopped, so all was sent to it; nobody can say what it will do."""
    command_id, body = submission("K11-01")
    with hasty.client(tokens["sub11"]) as client:
        with held.commits_held(pg.owner):
            request = client.post_body("application_submit", body)
            backend, = wait_until(lambda: held.waiting_backends(run.cluster, database, "Lock"), 5, "the command")
            with held.stopped(backend):
                assert_unknown(client.wait(request))
                assert not client.do("outcome", command_id=command_id).get("known")
        assert ask_until_done(client, body).ok
        assert client.do("outcome", command_id=command_id)["outcome"]["status"] == "ok"
    assert len(events_of(pg, command_id)) == 1


def test_a_commit_that_waits_for_its_standby(run, database, hasty, tokens, pg):
    """It is on disk here, and not where it was promised: neither yes nor no until the standby is let go."""
    command_id, body = submission("K11-02")
    with hasty.client(tokens["sub11"]) as client:
        with held.setting_changed(run.cluster, "synchronous_standby_names", "nobody", ""):
            assert_unknown(client.wait(client.post_body("application_submit", body)))
            asked = client.call("outcome", command_id=command_id)
            assert (asked.status, asked.reason) == ("retry", "DATABASE_DOWN"), "nothing is told that a standby may lack"
            again = client.wait(client.post_body("application_submit", body))
            assert again.status in ("unknown", "retry") and not again.ok, again
        wait_until(lambda: client.do("outcome", command_id=command_id).get("known"), 10, "the outcome")
        told = client.do("outcome", command_id=command_id)["outcome"]
        assert told["status"] == "ok" and told["entity_id"].startswith("A-01-")
        assert ask_until_done(client, body).entity == told["entity_id"]
    assert len(events_of(pg, command_id)) == 1
    assert dump.integrity(pg.owner) == []


def assert_down(reply):
    assert (reply.status, reply.reason, reply.executed) == ("retry", "DATABASE_DOWN", False), reply
    assert reply.retryable


def test_a_database_that_is_away(run, database, tokens, pg):
    command_id, body = submission("K11-03")
    server = run.start(database, name="left-alone", clean=False)
    with server.client(tokens["sub11"]) as client:
        run.cluster.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
        try:
            held.end_backends(run.cluster, database)
            wait_until(lambda: server.log().count("database connection dropped") >= 2, 10, "both connections to end")
            assert_down(client.wait(client.post_body("application_submit", body)))
            assert_down(client.call("customer_list", purpose="t"))
            with server.client() as stranger:
                assert_down(stranger.call("login", login="sub11", password="test password sub11"))
        finally:
            run.cluster.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')
        assert ask_until_done(client, body).ok
        assert client.do("whoami")["login"] == "sub11", "the session outlived it"
    run.finish(server)
    assert len(events_of(pg, command_id)) == 1


def test_a_database_that_is_not_durable_any_more(run, database, tokens, pg):
    """Every connection looks at the settings, not only the first one."""
    command_id, body = submission("K11-05")
    server = run.start(database, name="distrustful", clean=False)
    with server.client(tokens["sub11"]) as client:
        with held.setting_changed(run.cluster, "full_page_writes", "off", "on"):
            held.end_backends(run.cluster, database)
            wait_until(lambda: server.log().count('full_page_writes is "off"') >= 2, 10, "both connections to refuse")
            assert_down(client.wait(client.post_body("application_submit", body)))
            assert_down(client.call("customer_list", purpose="t"))
        assert ask_until_done(client, body).ok
    run.finish(server)
    assert len(events_of(pg, command_id)) == 1


def test_a_schema_that_lacks_a_row_type(run, database, tokens, pg):
    """Rows are never sent as a type that is not there."""
    command_id, body = submission("K11-07")
    server = run.start(database, name="typeless", clean=False)
    with server.client(tokens["sub11"]) as client:
        run.cluster.execute("ALTER TYPE creditd.event_write RENAME TO another", database)
        try:
            held.end_backends(run.cluster, database)
            wait_until(lambda: server.log().count("lacks a row type") >= 2, 10, "the connections that write to refuse")
            assert_down(client.wait(client.post_body("application_submit", body)))
        finally:
            run.cluster.execute("ALTER TYPE creditd.another RENAME TO event_write", database)
        assert ask_until_done(client, body).ok
    run.finish(server)
    assert len(events_of(pg, command_id)) == 1


APP_LIMIT = "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'creditd_app'"


def test_as_many_connections_as_the_database_was_told(run, database, tokens, tmp_path, pg):
    """A start says how many all servers may have; one that gets none says why, answers RETRY, and comes back."""
    run.finish(run.start(database, *limits(tmp_path, database_connections_max=70)))
    assert run.cluster.execute(APP_LIMIT) == [(70,)]
    server = run.start(database, name="crowded", clean=False)
    assert run.cluster.execute(APP_LIMIT) == [(90,)]
    command_id, body = submission("K11-06")
    with server.client(tokens["sub11"]) as client:
        run.cluster.execute("ALTER ROLE creditd_app CONNECTION LIMIT 0")
        try:
            held.end_backends(run.cluster, database)
            wait_until(lambda: server.log().count('too many connections for role "creditd_app"') >= 5, 10,
                       "every connection to be refused")
            assert_down(client.wait(client.post_body("application_submit", body)))
            assert_down(client.call("customer_list", purpose="t"))
        finally:
            run.cluster.execute("ALTER ROLE creditd_app CONNECTION LIMIT 90")
        assert ask_until_done(client, body).ok
    run.finish(server)
    assert len(events_of(pg, command_id)) == 1


@pytest.mark.parametrize("cancelled", [False, True], ids=["waited", "cancelled"])
def test_a_read_that_the_database_does_not_end(run, database, tokens, pg, tmp_path, cancelled):
    """As behind a maintenance that locks a table: a screen waits for the end of it, and other reads say that it may end."""
    server = run.start(database, *limits(tmp_path, statement_timeout_ms=60000 if cancelled else 400))
    cli = Cli(tmp_path, server, tokens)
    with held.locked(pg.owner, "application", "ACCESS EXCLUSIVE"):
        screen = Screen(cli, "ver1")
        if cancelled:
            backend, = wait_until(lambda: held.waiting_backends(run.cluster, database, "Lock"), 5, "the read")
            run.cluster.execute(f"SELECT pg_cancel_backend({backend})")
        assert screen.line() == {"type": "status", "status": "reconnecting"}
        if not cancelled:
            error = cli("app", "inbox", "--timeout", "3s", code=75).error
            assert (error["reason"], error["executed"]) == ("BUSY", False)
    screen.until("connected")
    assert screen.end() == (130, b"")
    run.finish(server)
