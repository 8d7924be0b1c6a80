"""Several processes that serve under one parent (--workers), and sockets that the service manager holds."""
import contextlib
import errno
import os
import shutil
import signal
import socket
import stat
import threading

import pytest

from harness import checker, dump, given, held, journal, load, workers
from harness.creditproto import Client, Disconnected
from harness.process import wait_until
from harness.server import limits
from harness.standing import DAY
from harness.trading import Trading

COUNT = 2
SEED = 20261201


@pytest.fixture(scope="module")
def server(run, database):
    """Two workers, for this file."""
    value = run.start(database, "--workers", COUNT)
    yield value
    run.finish(value)


@pytest.fixture
def pair(server, tokens):
    """pair(login): a connection to each worker, closed in the end."""
    with contextlib.ExitStack() as stack:
        def make(login):
            each = workers.one_on_each(server, tokens[login])
            for client in each.values():
                stack.enter_context(client)
            return [each[pid] for pid in sorted(each)]
        yield make


# ---- serving ----

def test_every_worker_serves(server, tokens, pair):
    """The kernel deals the connections out; each worker counts its own."""
    assert len(workers.pids(server)) == COUNT
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.client(tokens["sub11"])) for _ in range(128)]
        each = {workers.serving(server, c): c for c in clients}
        assert sorted(each) == sorted(workers.pids(server))
        told = [c.do("server_status")["connections"] for c in each.values()]
        assert sum(told) == len(clients)
        assert min(told) >= 26, f"{told}: less than one of 10^10 runs would deal them out like that"


def test_steps_through_both(pair, pg):
    """Each step of a change through the other worker; what the one commits the other knows."""
    branch, region, hq = pair("sub11"), pair("ver1"), pair("app")
    made = branch[0].do("application_submit", customer="K11-01", to_grade="green", reason="r")["application"]["id"]
    region[1].do("application_verify", application=made, finding="confirmed", opinion="o")
    again = region[0].call("application_verify", application=made, finding="confirmed", opinion="o")
    assert again.reason == "STATE_CHANGED", again
    hq[0].do("application_approve", application=made)
    shown = branch[1].do("application_record", application=made)["application"]
    assert (shown["state"], shown["version"]) == ("recorded", 4)
    assert dump.integrity(pg.owner) == []


def test_what_one_has_kept_is_not_what_it_decides_on(pair, pg):
    """Each worker keeps rows that it has committed; here the other one has written them since. A refusal on an old row
    would be wrong, and an acceptance loses the compare-and-set and is decided anew."""
    branch, region = pair("sub11"), pair("ver1")
    made = branch[0].do("application_submit", customer="K11-06", to_grade="green", reason="r")["application"]["id"]
    region[1].do("application_return", application=made, reason="r")
    again = branch[0].do("application_resubmit", application=made, reason="better")["application"]
    assert (again["state"], again["version"]) == ("submitted", 3)
    region[1].do("application_return", application=made, reason="r")
    late = region[0].call("application_verify", application=made, finding="confirmed", opinion="o")
    assert late.reason == "STATE_CHANGED", late
    branch[0].do("application_withdraw", application=made, reason="r")
    assert region[1].call("application_return", application=made, reason="r").reason == "ALREADY_DECIDED"
    assert dump.integrity(pg.owner) == []


def test_a_kept_case_is_not_taken_with_another_row_of_its_customer(run, tokens):
    """Its customer was written by the other server, which ended the case, and again by this one. Servers of their own:
    none has found an old row yet, after which nothing is kept for a while."""
    database = run.seeded("kept")
    servers = [run.start(database) for _ in range(2)]
    branch = [server.client(tokens["sub11"]) for server in servers]
    shown = branch[0].do("customer_show", customer="K11-07", purpose="t")["customer"]
    made = branch[0].do("application_submit", customer=shown["id"], to_grade="green", reason="r")["application"]["id"]
    branch[1].do("application_withdraw", application=made, reason="r")
    branch[0].do("customer_edit", customer=shown["number"], name="another name")
    late = branch[0].call("application_withdraw", application=made, reason="r")
    assert late.reason == "STATE_CHANGED", late
    again = branch[1].do("application_submit", customer=shown["id"], to_grade="green", reason="r")["application"]["id"]
    edited = branch[0].post("customer_edit", customer=shown["id"], name="one more name")
    ended = branch[0].post("application_withdraw", application=again, reason="r")
    assert branch[0].wait(edited).ok and branch[0].wait(ended).ok
    for client, server in zip(branch, servers):
        client.close()
        run.finish(server)
    with contextlib.closing(run.cluster.connect(database)) as owner:
        assert dump.integrity(owner) == []


def test_a_load_on_both(run, server, tokens, pg):
    """Clients that each have connections to some worker, on customers that they share."""
    before = {c["id"] for c in dump.take(pg.owner)["commands"]}
    directory = run.private_directory("both")
    board = load.Board([f"K11-{n:02}" for n in range(2, 6)])
    clients = load.run_workers(4, SEED, load.Target(server.port, server.ca, tokens), board, directory)
    try:
        wait_until(lambda: board.acknowledged >= 150 or any(c.failure for c in clients), 60, "150 answers")
    finally:
        load.finish(clients)
    operations, reads = journal.load(sorted(directory.glob("*.journal")))
    assert checker.check(operations, reads, dump.take(pg.owner), before) == []
    assert dump.integrity(pg.owner) == []


def test_a_session_is_of_all(server, pair):
    first, second = pair("sub11")
    with server.client() as client:
        token = client.login("maker", "test password maker")
    first.resume(token)
    second.resume(token)
    assert second.do("whoami")["login"] == "maker"
    first.do("logout")
    assert second.call("resume", token=token).reason == "SESSION_EXPIRED"


def test_who_is_disabled_through_one_is_refused_by_the_other(server, pair):
    admin = pair("admin")
    admin[0].do("user_add", login="leaver", name="L", unit="B11", job_level="clerk", roles=["submitter"],
                password="long enough")
    with server.client() as client:
        token = client.login("leaver", "long enough")
    theirs = workers.one_on_each(server, token).values()
    assert {c.call("customer_list", purpose="t").status for c in theirs} == {"ok"}
    admin[1].do("user_disable", login="leaver")
    assert {c.call("customer_list", purpose="t").reason for c in theirs} == {"USER_DISABLED"}
    for client in theirs:
        client.close()


def test_one_of_them_watches(run, server, database, tokens, pg):
    """What a commit of the other leaves due is done all the same."""
    watching = run.cluster.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'watch' AND "
                                   f"datname = '{database}'")
    assert watching == [(1,)]
    with contextlib.ExitStack() as stack:
        def through_the_other(login):
            each = workers.one_on_each(server, tokens[login])
            for client in each.values():
                stack.enter_context(client)
            return each[workers.numbered(server)[2]]
        trading = Trading(through_the_other, pg.owner)
        number, day = trading.customer("red"), trading.today()
        trading.give(number, trading.trade(1_000_00, day - 60 * DAY, day - 30 * DAY))
        trading.settled()
        assert trading.in_force(number) == ("ordinary", None)


@pytest.mark.parametrize(("lanes", "of_each"), [(2, 1), (4, 2), (1, 1), (3, 1)])
def test_they_divide_the_lanes(run, tmp_path, lanes, of_each):
    """Each has a lane for imports beside its part."""
    own = run.vacant()
    server = run.start(own, "--workers", COUNT, *limits(tmp_path, lanes_max=lanes))
    found = run.cluster.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'commit' AND "
                                f"datname = '{own}'")
    run.finish(server)
    assert found == [(COUNT * (of_each + 1),)]


# ---- the end of a worker ----

def test_a_worker_that_is_killed(server, tokens):
    """Its own connections end and nobody else's; who waits to be accepted by it is accepted by the next."""
    each = workers.one_on_each(server, tokens["sub11"])
    victim, other = workers.pids(server)
    served, threads = [], []

    def visit():
        with server.client(tokens["sub11"]) as client:
            served.append(client.do("whoami")["login"])

    with held.stopped(victim):
        def some_wait():
            if workers.waiting(server.port) < 5:
                threads.append(threading.Thread(target=visit))
                threads[-1].start()
            return workers.waiting(server.port) >= 5 and len(served) + 5 <= len(threads)
        wait_until(some_wait, 20, "connections that the stopped worker has not accepted")
        os.kill(victim, signal.SIGKILL)
    for thread in threads:
        thread.join(20)
    assert served == ["sub11"] * len(threads)
    with pytest.raises((Disconnected, ConnectionError)):
        each[victim].do("whoami")
    assert each[other].do("whoami")["login"] == "sub11"
    assert other in workers.whole(server, COUNT, victim)
    for client in each.values():
        client.close()


def test_a_worker_that_is_ended_answers_first(server, tokens, pg):
    """SIGTERM to one worker restarts it alone."""
    each = workers.one_on_each(server, tokens["sub11"])
    victim, other = workers.pids(server)
    with held.commits_held(pg.owner):
        asked = each[victim].post("application_submit", customer="K11-06", to_grade="green", reason="r", if_version=99)
        assert each[victim].ping()
        os.kill(victim, signal.SIGTERM)
        wait_until(lambda: "ending on" in server.log(), 10, "the signal to be taken")
    assert each[victim].wait(asked).reason == "STALE_VERSION"
    with pytest.raises(Disconnected):
        each[victim].next_frame()
    assert other in workers.whole(server, COUNT, victim)
    assert each[other].do("whoami")["login"] == "sub11"
    for client in each.values():
        client.close()


def test_a_worker_that_dies_again_and_again(server, tokens):
    for _ in range(4):
        victim = workers.pids(server)[0]
        os.kill(victim, signal.SIGKILL)
        workers.whole(server, COUNT, victim)
    for client in workers.one_on_each(server, tokens["sub11"]).values():
        client.close()


def test_workers_end_with_a_parent_that_is_killed(run, database, tokens):
    server = run.start(database, "--workers", COUNT)
    left = workers.pids(server)
    with server.client(tokens["sub11"]):
        run.kill(server)
    wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in left), 10, "the end of the workers")


# ---- signals to the parent ----

def refused(port):
    """Does nobody listen any more?"""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


def test_sigterm_drains_all(run, database, tokens, pg):
    server = run.start(database, "--workers", COUNT)
    each = workers.one_on_each(server, tokens["sub11"]).values()
    with held.commits_held(pg.owner):
        asked = [(c, c.post("application_submit", customer="K11-07", to_grade="green", reason="r", if_version=99))
                 for c in each for _ in range(10)]
        assert all(c.ping() for c in each)
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "ending on" in server.log() and not server.ready_file.exists(), 10, "the signal to be taken")
        wait_until(lambda: refused(server.port), 10, "the end of listening, in each process by itself")
    assert {c.wait(i).reason for c, i in asked} == {"STALE_VERSION"}
    for client in each:
        with pytest.raises(Disconnected):
            client.next_frame()
    run.finish(server)


def test_a_worker_that_hangs_does_not_keep_the_others(run, database, tmp_path):
    server = run.start(database, "--workers", COUNT, *limits(tmp_path, drain_timeout_ms=100))
    with held.stopped(workers.pids(server)[0]):
        run.finish(server)
    assert "does not end, killing it" in server.log()


def test_sighup_reloads_all_or_none(run, database, tmp_path):
    """Also a worker that is started later has the new settings."""
    conf = tmp_path / "creditd.conf"

    def write(ms):
        conf.write_text(f"workers = {COUNT}; limits = {{ handshake_timeout_ms = {ms}; }};\n", encoding="ascii")

    def reload_says(word):
        before = server.log().count(word)
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: server.log().count(word) > before, 10, word)

    write(5000)
    server = run.start(database, "--config", conf)
    write(0)
    reload_says("warning reload: nothing was changed")
    assert ": reload" not in server.log()
    write(4000)
    reload_says("info reload: done")
    victim = workers.pids(server)[0]
    os.kill(victim, signal.SIGKILL)
    workers.whole(server, COUNT, victim)
    write(3000)
    reload_says("info reload: done")
    for number in (1, 2):
        assert f"worker {number}: reload: limits.handshake_timeout_ms 4000 -> 3000" in server.log()
    run.finish(server)


def test_what_the_service_manager_is_told(run, database, monkeypatch):
    """READY when all serve; the watchdog's pings stop while one worker stands still."""
    place = run.private_directory("notify") / "s"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(place))
        manager.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(place))
        monkeypatch.setenv("WATCHDOG_USEC", "400000")

        def told(word):
            while (message := manager.recv(4096)) != word:
                assert message == b"WATCHDOG=1", message

        def silent():
            manager.settimeout(0.8)
            with contextlib.suppress(socket.timeout):
                while manager.recv(4096):
                    pass
            manager.settimeout(10)

        server = run.start(database, "--workers", COUNT)
        told(b"READY=1")
        told(b"WATCHDOG=1")
        with held.stopped(workers.pids(server)[0]):
            silent()
        told(b"WATCHDOG=1")
        server.process.send_signal(signal.SIGHUP)
        while not (message := manager.recv(4096)).startswith(b"RELOADING=1"):
            assert message == b"WATCHDOG=1", message
        told(b"READY=1")
        server.process.send_signal(signal.SIGTERM)
        told(b"STOPPING=1")
        run.finish(server)


# ---- starts that fail ----

def test_a_start_that_fails_ends_with_the_workers_code(run, database, tmp_path):
    key = tmp_path / "server.key"
    shutil.copy(run.certificates.ca, key)
    server = run.start(database, "--workers", COUNT, "--tls-key", key, wait=False, clean=False)
    assert server.process.wait(20) == 69
    assert "cannot use the private key" in server.log()


def test_an_address_is_not_shared_by_mistake(run, server, database):
    second = run.start(database, "--workers", COUNT, "--listen", f"127.0.0.1:{server.port}", wait=False, clean=False)
    assert second.process.wait(20) == 69
    assert f"cannot listen on 127.0.0.1:{server.port}" in second.log()


# ---- sockets that somebody else holds ----

def visits(count, port, server, token):
    """Clients that connect now, whether anybody accepts or not; `served()` waits until all were, and says whom."""
    out = []

    def visit():
        with Client(port, server.ca) as client:
            client.resume(token)
            out.append(client.do("whoami")["login"])

    threads = [threading.Thread(target=visit) for _ in range(count)]
    for thread in threads:
        thread.start()

    def served():
        for thread in threads:
            thread.join(20)
        return out
    return served


def test_a_socket_of_the_service_manager_outlives_its_server(run, database, tokens):
    """Who connects while there is no server waits for the next one."""
    sockets = given.held()
    port = sockets[0].getsockname()[1]
    first = run.start(database, sockets=sockets)
    assert first.port == port
    with first.client(tokens["sub11"]) as client:
        assert client.do("whoami")["login"] == "sub11"
    run.finish(first)
    served = visits(5, port, first, tokens["sub11"])
    wait_until(lambda: workers.waiting(port) == 5, 10, "five who wait")
    second = run.start(database, sockets=sockets)
    assert served() == ["sub11"] * 5
    run.finish(second)
    sockets[0].close()


def test_servers_side_by_side_at_one_address(run, database, tokens):
    """Each is given its own of two sockets that share a port; one that is killed resets nobody who waits."""
    sockets = given.held(2)
    servers = [run.start(database, sockets=[s]) for s in sockets]
    assert len({s.port for s in servers}) == 1
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(servers[0].client(tokens["sub11"])) for _ in range(64)]
        told = [c.do("server_status")["connections"] for c in clients]
        assert abs(sum(1 / n for n in told) - 2) < 1e-9, f"{told}: the counts of two servers"
    run.kill(servers[0])
    served = visits(16, servers[1].port, servers[1], tokens["sub11"])
    again = run.start(database, sockets=sockets[:1])
    assert served() == ["sub11"] * 16
    for server in (servers[1], again):
        run.finish(server)
    for one in sockets:
        one.close()


def test_workers_share_what_they_are_given(run, database, tokens, tmp_path):
    """One socket for both; a unix socket is known by its address."""
    sockets = given.held()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as plain:
        plain.bind(str(tmp_path / "s"))
        plain.listen(8)
        server = run.start(database, "--workers", COUNT, sockets=[plain, *sockets])
        for client in workers.one_on_each(server, tokens["sub11"]).values():
            client.close()
        with Client(unix=tmp_path / "s") as client:
            client.resume(tokens["sub11"])
            assert client.do("whoami")["login"] == "sub11"
        run.finish(server)
        assert (tmp_path / "s").exists(), "it is not ours"
    sockets[0].close()


def test_workers_share_a_unix_socket(run, database, tokens, tmp_path):
    path = tmp_path / "s"
    server = run.start(database, "--workers", COUNT, "--unix", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for victim in workers.pids(server):
        os.kill(victim, signal.SIGKILL)
        with Client(unix=path) as client:
            client.resume(tokens["sub11"])
            assert client.do("whoami")["login"] == "sub11"
        workers.whole(server, COUNT, victim)
    run.finish(server)
    assert not path.exists()


def test_a_socket_too_many(run, database):
    sockets = given.held(2)
    server = run.start(database, sockets=sockets, wait=False, clean=False)
    assert server.process.wait(20) == 78
    assert "2 TCP sockets, but workers = 1" in server.log()
    for one in sockets:
        one.close()
