"""Logins and sessions: the bounded queue before the password workers, a worker that dies, work for unknown users,
sessions that end."""
import hashlib
import os
import select
import signal
from types import SimpleNamespace

import pytest

from harness import held
from harness.process import wait_until
from harness.server import limits

WORKER = "creditd-argon2"


@pytest.fixture
def one_worker(run, database, tmp_path):
    """A server with one password worker, before which one login may wait, and the worker's process id."""
    server = run.start(database, *limits(tmp_path, password_workers_max=1, password_queue_max=1), name="one-worker")

    def worker():
        """Its process id; there is always one, but for a moment after the last one has died."""
        return wait_until(lambda: held.children(server.pid, WORKER), 10, "a password worker")[0]
    yield SimpleNamespace(server=server, worker=worker)
    run.finish(server)


class Logins:
    """Three logins at once: the worker has one and the queue the second when the third is told to come again."""

    def __init__(self, server, logins):
        self.logins = logins
        self.clients = [server.client() for _ in logins]
        self.asked = [client.post("login", login=login, password=f"test password {login}")
                      for client, login in zip(self.clients, logins)]

    def first_answered(self):
        """(place, answer) of the first that is answered."""
        while True:
            readable, _, _ = select.select(self.clients, [], [], 10)
            assert readable, "nobody was answered"
            for client in readable:
                client.read_some()
            for n, client in enumerate(self.clients):
                if self.asked[n] in client.absorb():
                    return n, client.wait(self.asked[n])

    def others(self, place):
        """Answers to the other two."""
        return [client.wait(asked) for n, (client, asked) in enumerate(zip(self.clients, self.asked)) if n != place]

    def again(self, place):
        """The one that was told so comes again."""
        return self.clients[place].login(self.logins[place], f"test password {self.logins[place]}")

    def close(self):
        for client in self.clients:
            client.close()


def assert_busy(reply):
    assert (reply.status, reply.reason, reply.executed) == ("retry", "BUSY", False), reply


def test_a_full_queue_is_told(one_worker):
    """One login is at work and one waits, the third is told to come again; nobody is forgotten."""
    with held.stopped(one_worker.worker()):
        logins = Logins(one_worker.server, ("sub11", "ver1", "app"))
        place, busy = logins.first_answered()
        assert_busy(busy)
    assert all(reply.ok for reply in logins.others(place))
    assert logins.again(place)
    logins.close()


def test_an_unknown_user_costs_the_same_work(one_worker):
    """Unknown users take the worker and its queue like everybody: a third login finds both full."""
    with held.stopped(one_worker.worker()):
        logins = Logins(one_worker.server, ("nobody.at.all", "nobody.else", "nobody"))
        place, busy = logins.first_answered()
        assert_busy(busy)
    assert [reply.reason for reply in logins.others(place)] == ["LOGIN_FAILED"] * 2
    logins.close()


def test_a_worker_that_dies_is_replaced(one_worker):
    """Its login is told to come again, not that the password is wrong; the one that waited is served by the next worker."""
    worker = one_worker.worker()
    with held.stopped(worker):
        logins = Logins(one_worker.server, ("sub11", "ver1", "app"))
        place, busy = logins.first_answered()
        assert_busy(busy)
        os.kill(worker, signal.SIGKILL)
    replies = logins.others(place)
    lost, = [reply for reply in replies if not reply.ok]
    assert_busy(lost)
    assert one_worker.worker() != worker
    assert logins.again(place)
    logins.close()


def session_column(pg, token, change):
    with pg.owner.cursor() as cursor:
        cursor.execute(f"UPDATE creditd.session SET {change} WHERE token_hash = %s", (hashlib.sha256(token).digest(),))
        assert cursor.rowcount == 1


@pytest.mark.parametrize("change", ["last_used_at = last_used_at - idle_s::bigint * 1000000 - 1000000",
                                    "expires_at = created_at + 1"], ids=["idle", "absolute"])
def test_a_session_ends(server, pg, change):
    with server.client() as client:
        token = client.login("maker", "test password maker")
    with server.client(token) as client:
        assert client.do("whoami")["login"] == "maker"
    session_column(pg, token, change)
    with server.client() as client:
        assert client.call("resume", token=token).reason == "SESSION_EXPIRED"
        assert client.call("customer_list", purpose="t").reason == "NOT_LOGGED_IN"


def test_use_keeps_a_session_alive(server, pg):
    with server.client() as client:
        token = client.login("maker", "test password maker")
    session_column(pg, token, "last_used_at = last_used_at - (idle_s - 60)::bigint * 1000000")
    with server.client(token):
        pass
    with pg.owner.cursor() as cursor:
        cursor.execute("SELECT (creditd.real_now() - last_used_at) / 1000000 FROM creditd.session WHERE token_hash = %s",
                       (hashlib.sha256(token).digest(),))
        assert cursor.fetchone()[0] < 60


def test_a_use_soon_after_another_writes_nothing(server, pg):
    """When hundreds come again at once, they do not wait for hundreds of commits."""
    def transaction():
        with pg.owner.cursor() as cursor:
            cursor.execute("SELECT xmin::text FROM creditd.session WHERE token_hash = %s", (hashlib.sha256(token).digest(),))
            return cursor.fetchone()[0]
    with server.client() as client:
        token = client.login("maker", "test password maker")
    written = transaction()
    with server.client(token) as client:
        assert client.do("whoami")["login"] == "maker"
    assert transaction() == written
    session_column(pg, token, "last_used_at = last_used_at - idle_s::bigint * 10000")
    written = transaction()
    with server.client(token):
        pass
    assert transaction() != written
