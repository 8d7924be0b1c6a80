"""Kills under load (acceptance 5): every acknowledged step is there exactly once, every unknown one becomes definite.

`make check-fault` runs them in full: 30 strikes in about a minute each. CREDITD_FAULT_STRIKES, _SECONDS, _CLIENTS and
_SEED change that; a failing run prints its seed and keeps journals and a dump for `python3 -m harness.checker DIR`.
"""
import os
import signal

import psycopg2
import pytest

from harness import paths, seed
from harness.faults import Campaign
from harness.held import end_backends, kill_postmaster, killed, postmaster
from harness.load import Target
from harness.process import wait_until
from harness.server import Server

UNKNOWN_OF = {}  # campaign -> how many commands were answered UNKNOWN
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
    campaign.play(lambda _: end_backends(run.cluster, fresh), survivor=server)
    audit_is_clean(server, run.tokens)
    run.finish(server)


def test_kill_a_backend(run, fresh):
    """kill -9 of the backend that commits, in a transaction: PostgreSQL recovers from a crash; what was sent is in doubt
    and settled."""
    server = run.start(fresh, clean=False)
    target = Target(server.port, server.ca, run.tokens)

    def connect():
        return wait_until(lambda: try_connect(run, fresh), 60, "the cluster's recovery")

    def writing(owner):
        with owner.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE usename = 'creditd_app' AND datname = %s "
                           "AND backend_xid IS NOT NULL LIMIT 1", (fresh,))
            return cursor.fetchone()

    def strike(_):
        owner = connect()
        wait_until(lambda: (found := writing(owner)) and killed(found[0]), 60, "a backend that writes")
        owner.close()

    campaign = Campaign(run, "kill-backend", target, CUSTOMERS, connect, 15, 30)
    campaign.play(strike, survivor=server)
    audit_is_clean(server, run.tokens)
    run.finish(server)
    UNKNOWN_OF[campaign.name] = campaign.figures["answered_unknown"]


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


def owner_of(server):
    """A function that connects as superuser to the cluster that the server runs at the moment."""
    def connect():
        connection = psycopg2.connect(server().ready["owner_conninfo"])
        connection.autocommit = True
        return connection
    return connect


def test_kill_postgresql(run, embedded):
    """kill -9 of the postmaster: creditd stays, brings the cluster back, and answers."""
    server, directory, tokens = embedded
    target = Target(server.port, server.ca, tokens)
    campaign = Campaign(run, "kill-postgresql", target, CUSTOMERS, owner_of(lambda: server))

    def strike(_):
        pid = kill_postmaster(directory)
        wait_until(lambda: postmaster(directory) not in (None, pid) or not server.running(), 60, "the next postmaster")
        assert server.running(), f"creditd itself has ended with {server.process.poll()}:\n{server.log()[-4000:]}"

    campaign.play(strike, survivor=server)
    audit_is_clean(server, tokens)
    UNKNOWN_OF[campaign.name] = campaign.figures["answered_unknown"]


def test_kill_both(run, embedded):
    """kill -9 of creditd leaves the cluster alive: the next creditd adopts it. Every second time the cluster is killed
    too, and the next creditd starts it."""
    first, directory, tokens = embedded
    server, target = first, Target(first.port, first.ca, tokens)
    campaign = Campaign(run, "kill-both", target, CUSTOMERS, owner_of(lambda: server), 10, 20)

    def strike(number):
        nonlocal server
        before = postmaster(directory)
        os.kill(server.pid, signal.SIGKILL)
        server.process.wait(30)
        server.ready_file.unlink()
        if number % 2:
            kill_postmaster(directory)
        server = Server(first.command[1:-2], first.ready_file.parent, name="embedded-again", clean=False)
        server.wait_ready(60)
        target.port = server.port
        assert number % 2 or postmaster(directory) == before, "a running cluster is adopted, not started twice"

    try:
        campaign.play(strike)
        audit_is_clean(server, tokens)
    finally:
        if server is not first and server.running():
            server.process.terminate()
            server.process.wait(60)
    assert server.process.returncode == 0


def test_some_outcome_was_unknown():
    """A database that is killed while it commits leaves doubt, else the kills above have shown nothing of it."""
    if not UNKNOWN_OF:
        pytest.skip("no campaign that kills the database was run before")
    assert sum(UNKNOWN_OF.values()) > 0, UNKNOWN_OF
