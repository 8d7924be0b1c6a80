"""Kills under load (acceptance 5): every acknowledged step is there exactly once, every unknown one becomes definite.

`make check-fault` runs them in full: 30 strikes in about a minute each. CREDITD_FAULT_STRIKES, _SECONDS, _CLIENTS and
_SEED change that; a failing run prints its seed and keeps journals and a dump for `python3 -m harness.checker DIR`.
"""
import os
import signal

import psycopg2
import pytest

from harness import paths, seed
from harness.creditproto import Client
from harness.faults import Campaign
from harness.load import Target
from harness.process import wait_until
from harness.server import Server

CUSTOMERS = [f"K11-{n:02}" for n in range(1, 13)]


@pytest.fixture
def fresh(run):
    """A seeded database and a function that connects to it as superuser."""
    database = run.seeded("fault")
    yield database
    run.cluster.drop(database)


def audit_is_clean(server, tokens):
    """The server's own walk over all chains."""
    with server.client(tokens["aud"]) as client:
        after = None
        while True:
            page = client.do("audit_verify", after=after)
            assert "bad_chain" not in page, page
            after = page.get("next")
            if after is None:
                return


def test_kill_creditd(run, fresh):
    server = run.start(fresh, clean=False)
    target = Target(server.port, server.ca, run.tokens)
    campaign = Campaign(run, "kill-creditd", target, CUSTOMERS, lambda: run.cluster.connect(fresh))

    def strike(_):
        nonlocal server
        run.kill(server)
        server = run.start(fresh, clean=False)
        target.port = server.port

    campaign.play(strike)
    audit_is_clean(server, run.tokens)
    run.finish(server)


def test_restart_creditd_with_sigterm(run, fresh):
    """A drain under load: it ends with 0 and a clean log each time, and nothing is lost."""
    server = run.start(fresh)
    target = Target(server.port, server.ca, run.tokens)
    campaign = Campaign(run, "sigterm", target, CUSTOMERS, lambda: run.cluster.connect(fresh), 10, 15)

    def strike(_):
        nonlocal server
        run.finish(server)
        server = run.start(fresh)
        target.port = server.port

    campaign.play(strike, must_hit=False)
    audit_is_clean(server, run.tokens)
    run.finish(server)


def test_terminate_database_connections(run, fresh):
    """The database ends the server's connections in the middle of whatever they do."""
    server = run.start(fresh, clean=False)
    target = Target(server.port, server.ca, run.tokens)
    campaign = Campaign(run, "terminate", target, CUSTOMERS, lambda: run.cluster.connect(fresh), 20, 20)

    def strike(_):
        run.cluster.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{fresh}' "
                            "AND usename = 'creditd_app'")

    campaign.play(strike)
    audit_is_clean(server, run.tokens)
    run.finish(server)


def test_kill_a_backend(run, fresh):
    """kill -9 of the backend that commits: PostgreSQL recovers from a crash, what was sent is in doubt and settled."""
    server = run.start(fresh, clean=False)
    target = Target(server.port, server.ca, run.tokens)

    def connect():
        return wait_until(lambda: try_connect(run, fresh), 60, "the cluster's recovery")

    campaign = Campaign(run, "kill-backend", target, CUSTOMERS, connect, 15, 30)

    def strike(_):
        wait_until(kill_one, 60, "a backend to kill")

    def kill_one():
        owner = connect()
        with owner.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE usename = 'creditd_app' AND datname = %s "
                           "ORDER BY state = 'idle', backend_xid IS NULL, query_start DESC LIMIT 1", (fresh,))
            found = cursor.fetchone()
        owner.close()
        return found is not None and killed(found[0])

    campaign.play(strike)
    audit_is_clean(server, run.tokens)
    run.finish(server)


def killed(pid):
    """kill -9; False: it has just ended by itself."""
    try:
        os.kill(pid, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False


def try_connect(run, database):
    try:
        return run.cluster.connect(database)
    except psycopg2.OperationalError:
        return None


@pytest.fixture
def embedded(run):
    """`creditd --embedded` with the seeded organisation: (server, directory, tokens)."""
    directory = run.open_directory("embedded") / "d"
    server = Server(["--embedded", directory, "--listen", "127.0.0.1:0", "--test-clock", "--cheap-passwords",
                     "--migrations", paths.MIGRATIONS, "--policy", paths.POLICY], directory.parent, name="embedded",
                    clean=False)
    try:
        server.wait_ready(60)
        password = (directory / "admin.password").read_text(encoding="utf-8").strip()
        yield server, directory, seed.plant(server, password)
    finally:
        if server.running():
            server.process.terminate()
            server.process.wait(60)


def postmaster(directory):
    """Process id of the cluster's postmaster, None while there is none."""
    try:
        return int((directory / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def test_kill_postgresql(run, embedded):
    """kill -9 of the postmaster: creditd stays, brings the cluster back, and answers."""
    server, directory, tokens = embedded
    target = Target(server.port, server.ca, tokens)

    def connect():
        connection = psycopg2.connect(server.ready["owner_conninfo"])
        connection.autocommit = True
        return connection

    campaign = Campaign(run, "kill-postgresql", target, CUSTOMERS, connect)

    def strike(_):
        pid = wait_until(lambda: (now := postmaster(directory)) and killed(now) and now, 30, "a postmaster to kill")
        wait_until(lambda: postmaster(directory) not in (None, pid), 60, "the next postmaster")

    campaign.play(strike)
    assert server.running(), "creditd itself has ended"
    audit_is_clean(server, tokens)


def test_kill_both(embedded):
    """kill -9 of creditd leaves the cluster alive: the next creditd adopts it."""
    server, directory, tokens = embedded
    before = postmaster(directory)
    os.kill(server.pid, signal.SIGKILL)
    server.process.wait(30)
    server.ready_file.unlink()
    again = Server(server.command[1:-2], server.ready_file.parent, name="embedded-again", clean=False)
    try:
        again.wait_ready(60)
        assert postmaster(directory) == before, "a running cluster is adopted, not started twice"
        with Client(again.port, again.ca) as client:
            assert client.resume(tokens["sub11"])["login"] == "sub11"
    finally:
        again.process.terminate()
        again.process.wait(60)
    assert again.process.returncode == 0
