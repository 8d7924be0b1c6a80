"""creditctl with several servers in its profile: the first that answers does, and who watches goes on over another one."""
import contextlib
import signal
import socket
import time
from types import SimpleNamespace

import pytest

from harness.certificates import make_certificates
from harness.cli import Cli
from harness.process import TimedOut, wait_until
from harness.standing import Policy
from test_client import HANGS, LOST, Script, said
from test_delegation import submit
from test_inbox_watch import Screen, restarted
import application_pb2  # isort: skip

pytestmark = pytest.mark.long  # it waits for silent servers


def nobody():
    """The port of a server that does not run."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def known(run, server, tokens):
    """known(port, port ...): a Cli that knows those servers, of which the real one is there as None."""
    def make(*ports):
        servers = [SimpleNamespace(port=port or server.port, ca=server.ca) for port in ports]
        return Cli(run.private_directory("known"), servers[0], tokens, servers[1:])
    return make


def test_the_next_one_is_asked(known):
    assert known(nobody(), nobody(), None)("sub11", "customer", "show", "K11-01").json["number"] == "K11-01"


def test_each_that_was_asked_is_told(known):
    first, second = nobody(), nobody()
    error = known(first, second)("sub11", "customer", "show", "K11-01", "--timeout", "1s", code=124).error
    assert f"localhost:{first}" in error["message"] and f"localhost:{second}" in error["message"]


@pytest.fixture
def silent():
    """silent(count): ports of servers that take connections and say nothing."""
    made = []

    def make(count):
        made.extend(socket.create_server(("127.0.0.1", 0)) for _ in range(count))
        return [listener.getsockname()[1] for listener in made]
    yield make
    for listener in made:
        listener.close()


def test_one_that_says_nothing_does_not_hold_up(known, silent):
    started = time.monotonic()
    known(*silent(1), None)("sub11", "customer", "show", "K11-01")
    assert time.monotonic() - started < 4, "of the half minute that a run may take"


def test_as_many_as_there_may_be_say_nothing(known, silent):
    """Each has a second at most."""
    known(*silent(7), None)("sub11", "customer", "show", "K11-01", "--timeout", "12s")


def test_one_with_another_certificate_is_passed_over(known, tmp_path):
    stranger = Script(make_certificates(tmp_path / "tls"))
    try:
        known(stranger.port, None)("sub11", "customer", "show", "K11-01")
        assert stranger.seen == []
        error = known(stranger.port, nobody())("sub11", "customer", "show", "K11-01", "--timeout", "1s", code=None).error
        assert error["reason"] in ("CERTIFICATE", "TIMED_OUT") and "not to be trusted" in error["message"]
    finally:
        stranger.close()


@pytest.fixture
def faulty(run):
    """faulty(method=[answers]): the port of a server that greets well and answers as told."""
    made = []

    def make(**answers):
        made.append(Script(run.certificates, **answers))
        return made[-1].port
    yield make
    for script in made:
        script.close()


@pytest.mark.alone
@pytest.mark.parametrize("method", ["hello", "resume"])
@pytest.mark.parametrize("answer", [said("retry", "DATABASE_DOWN"), LOST], ids=["retry", "lost"])
def test_one_that_cannot_serve_now_is_passed_over(known, faulty, method, answer):
    started = time.monotonic()
    known(faulty(**{method: [answer]}), None)("sub11", "customer", "show", "K11-01")
    assert time.monotonic() - started < 4


def test_a_watch_leaves_one_that_greets_and_does_not_serve(known, faulty):
    cli = known(faulty(inbox_watch=[said("retry", "DATABASE_DOWN")]), None)
    screen = Screen(cli, "ver2")
    screen.until("watching")
    assert screen.end() == (130, b"")


def test_a_watch_begins_behind_several_that_say_nothing(known, silent):
    screen = Screen(known(*silent(2), None), "ver2")
    screen.until("watching")
    assert screen.end() == (130, b"")


def test_a_watch_comes_back_to_the_only_one_that_answers(apart, tmp_path, silent):
    """The others, which say nothing, use up no time that it would need."""
    trading = apart(Policy())
    others = [SimpleNamespace(port=port) for port in silent(2)]
    screen = Screen(Cli(tmp_path, trading.server, trading.tokens, others), "ver1")
    screen.until("watching")
    restarted(trading, screen, 20)
    assert screen.end() == (130, b"")


def test_a_watch_that_never_saw_the_inbox_says_so(known):
    done = known(nobody(), nobody())("ver2", "inbox", "--watch", "--timeout", "1s", code=124)
    assert done.error["reason"] == "TIMED_OUT"


@pytest.mark.parametrize("servers", ["localhost", "localhost:1,", "localhost:1;localhost:2", "localhost:99999"])
def test_what_is_no_list_of_servers(cli, servers):
    error = cli("sub11", "customer", "list", "--server", servers, code=2).error
    assert (error["reason"], error["field"]) == ("CONFIG", "server") and servers in error["message"]


# ---- watching ----

def body(message=None):
    """The answer of a server that does what it is asked."""
    return said("ok", body=message.SerializeToString() if message else b"")



DEBUG = ("--log-level", "debug")


def wait_logged_in(server, count=1):
    """Waits until so many connections have logged in at the server, which logs all."""
    wait_until(lambda: server.log().count("anonymous -> logged in") >= count, 20, "a connection that is logged in")


@pytest.fixture
def watched(apart, tmp_path):
    """(trading, first, screen): a server beside that of the trading, and a screen that knows both, this one first."""
    trading = apart(Policy(), *DEBUG)
    first = trading.run.start(trading.database, *DEBUG, clean=False)
    before = trading.server.log().count("anonymous -> logged in")
    screen = Screen(Cli(tmp_path, first, trading.tokens, [trading.server]), "ver1")
    screen.until("watching")
    wait_logged_in(trading.server, before + 1)
    yield trading, first, screen
    assert screen.end() == (130, b"")


@pytest.mark.parametrize("by_kill", [False, True], ids=["planned", "kill"])
def test_creditctl_goes_on_over_another_server(watched, by_kill):
    """It says nothing of it: nothing was missed. And it comes back where it belongs."""
    trading, first, screen = watched
    (trading.run.kill if by_kill else trading.run.finish)(first)
    case = submit(trading)
    assert screen.line()["id"] == case["id"]
    first = trading.run.start(trading.database, *DEBUG, "--listen", f"127.0.0.1:{first.port}", name="again", clean=False)
    wait_logged_in(first)
    trading.run_stopped()
    trading.server = first
    case = submit(trading)
    assert screen.line()["id"] == case["id"]


def test_creditctl_goes_on_when_a_server_answers_no_more(watched, faulty, tmp_path):
    """It hangs with its connections open, or at one question of several: who watches asks the other one after a while,
    and has the lists within twenty seconds and some."""
    trading, first, screen = watched
    known_first = body(application_pb2.InboxWatchAnswer(cursor="1.1.1.1.1:1:", reread=True))
    port = faulty(inbox_watch=[known_first], inbox=[body()], criterion_list=[HANGS])
    (tmp_path / "asked").mkdir()
    cli = Cli(tmp_path / "asked", SimpleNamespace(port=port, ca=first.ca), trading.tokens, [trading.server])
    first.process.send_signal(signal.SIGSTOP)
    try:
        ends = time.monotonic() + 26
        case = submit(trading)
        asking = Screen(cli, "ver1")
        assert screen.line(ends - time.monotonic())["id"] == case["id"]
        assert case["id"] in [row.get("id") for row in asking.until("watching", ends - time.monotonic())]
        assert asking.end() == (130, b"")
    finally:
        first.process.send_signal(signal.SIGCONT)
    trading.run.finish(first)


def test_a_server_that_answers_no_question_is_kept_off(apart, tmp_path):
    """It greets well, again and again, so that a second connection to it always stands by: once more it is asked over that
    one."""
    trading = apart(Policy())
    with contextlib.closing(Script(trading.run.certificates, inbox_watch=[HANGS])) as script:
        cli = Cli(tmp_path, SimpleNamespace(port=script.port, ca=trading.server.ca), trading.tokens, [trading.server])
        screen = Screen(cli, "ver1")
        screen.until("watching", 20)
        with pytest.raises(TimedOut):
            wait_until(lambda: len(script.bodies("inbox_watch")) > 2, 6)
        assert screen.end() == (130, b"")
