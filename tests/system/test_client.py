"""creditctl when answers are late or lost: it repeats with the same id until the outcome is definite or its time is up,
and its journal keeps what is not known."""
import contextlib
import json
import os
import pty
import re
import signal
import socket
import ssl
import subprocess
import termios
import threading
import time
import uuid
from types import SimpleNamespace

import pytest

from harness import creditproto as wire
from harness import dump, held, paths
from harness.certificates import make_certificates
from harness.cli import Cli
from harness.process import wait_until
import admin_pb2  # isort: skip
import application_pb2  # isort: skip
import auth_pb2  # isort: skip
import base_pb2  # isort: skip


def steps_of(pg, command_id):
    events = dump.take(pg.owner)["events"]
    return [e for e in events if e["command"].hex() == command_id.replace("-", "")]


def start(cli, *words, env=None):
    """creditctl under way."""
    return subprocess.Popen([paths.CREDITCTL, *map(str, words)], env=cli.environment(**(env or {})), text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_an_outcome_that_is_not_known_and_becomes_known(cli, pg, connect, waiting):
    with held.commits_held(pg.owner):
        done = cli("sub11", "application", "submit", "K11-01", "--to", "green", "--reason", "r", "--timeout", "1s",
                   code=12)
        error = done.error
        assert "executed" not in error and error["retryable"] is True and done.stdout == ""
        assert error["command_id"] in error["hint"]
        wait_until(waiting, 5, "the command at the database")
    wait_until(lambda: steps_of(pg, error["command_id"]), 10, "the commit")
    told = cli("sub11", "outcome", error["command_id"]).json
    assert "A-01-" in str(told)
    cli("sub11", "outcome")
    assert len(steps_of(pg, error["command_id"])) == 1
    shown = connect("sub11").do("customer_show", customer="K11-01", purpose="t")["customer"]
    assert "open_application_id" in shown


def test_it_repeats_over_a_kill_and_a_restart(run, database, tokens, pg, waiting):
    """The server is killed while the commit is under way; the database commits afterwards. creditctl, which has had no
    answer, asks the next server and is told what was done, once."""
    server = run.start(database, name="first", clean=False)
    cli = Cli(run.private_directory("restart"), server, tokens)
    port = server.port
    with held.commits_held(pg.owner):
        client = start(cli, "-p", "sub11", "application", "submit", "K11-02", "--to", "green", "--reason", "r", "-o",
                       "json", "--timeout", "30s", "-v")
        wait_until(waiting, 10, "the command at the database")
        run.kill(server)
    again = run.start(database, "--listen", f"127.0.0.1:{port}", name="second")
    out, said = client.communicate(timeout=40)
    assert client.returncode == 0, out + said
    after = dump.take(pg.owner)
    customer = next(k for k, row in after["customers"].items() if row["number"] == "K11-02")
    assert len([a for a in after["applications"].values() if a["customer"] == customer[1]]) == 1
    assert dump.integrity(pg.owner) == []
    run.finish(again)


def other_config(run, cli, old, new):
    """Environment with a copy of the configuration in which something is replaced."""
    path = run.private_directory("config") / "creditctl.conf"
    path.write_text(cli.config.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    os.chmod(path, 0o600)
    return {"CREDITCTL_CONFIG": str(path)}


def test_nobody_there(run, cli, server):
    """Nothing was sent: that is said, with the reason, and by another exit code than of an unknown outcome."""
    away = other_config(run, cli, f":{server.port}", ":1")
    done = cli("sub11", "application", "submit", "K11-03", "--to", "green", "--reason", "r", "--timeout", "1s",
               code=124, env=away)
    assert done.error["executed"] is False
    assert "refused" in done.error["message"], done
    assert cli("sub11", "customer", "show", "K11-03").json.get("open_application_id") is None


def test_a_certificate_that_is_not_the_servers(run, cli, tmp_path):
    """An unknown authority and another name: refused at once, before anything is said."""
    other = make_certificates(tmp_path / "tls")
    done = cli("sub11", "customer", "list", "--ca", other.ca, code=1)
    assert done.error["reason"] == "CERTIFICATE" and done.stdout == ""
    elsewhere = other_config(run, cli, "login = ", 'server_name = "elsewhere.example"; login = ')
    done = cli("sub11", "customer", "list", code=1, env=elsewhere)
    assert done.error["reason"] == "CERTIFICATE" and done.stdout == ""


def test_a_session_file_that_others_may_read_is_refused(cli):
    token = cli.token_file("maker")
    token.chmod(0o644)
    try:
        assert "chmod 600" in cli("maker", "org", "list", code=4).error["hint"]
    finally:
        token.chmod(0o600)


def test_no_secret_in_any_log(server, cli, tokens):
    """Neither passwords nor tokens stand in the server's log."""
    assert cli.login("aud1", "test password aud1").code == 0
    log = server.log()
    assert "test password" not in log
    assert not [login for login, token in tokens.items() if token.hex() in log]


def test_help_and_version():
    def words(*given):
        return subprocess.run([paths.CREDITCTL, *given], capture_output=True, text=True, check=True,
                              env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"}).stdout
    assert words("version").startswith("creditctl")
    assert "application submit" in words("help") and "--reason" in words("help", "application", "submit")
    codes = words("help", "exit-codes")
    assert all(str(code) in codes for code in (0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 70, 75, 124, 130))
    assert "STALE_VERSION" in words("help", "STALE_VERSION")
    for asked in (("help", "inbox"), ("inbox", "--help"), ("help", "outcome"), ("help", "version")):
        assert "Example:" in words(*asked), asked
    assert "--watch" in words("inbox", "-h") and "--forget" in words("help", "outcome")
    for asked in ("policy route explain", "policy route", "admin clock advance"):
        assert asked in words("help", *asked.split()) and "Example:" in words("help", *asked.split())
    granting = words("help", "delegation", "grant")
    assert "today without it (needed)" not in granting and "after_review" not in granting and "demotion" in granting
    assert "today" in words("help", "policy", "simulate") and "after_review" in words("help", "task", "list")
    assert "--days and with --refuse" in words("help", "application", "extend")
    wrong = subprocess.run([paths.CREDITCTL, "help", "application", "submit", "now"], capture_output=True, text=True,
                           check=False)
    assert wrong.returncode == 2 and "unknown command now" in wrong.stderr


def test_what_a_flag_says_elsewhere_is_of_a_flag_of_that_command():
    text = (paths.ROOT / "client" / "commands.c").read_text(encoding="utf-8")
    rows = re.findall(r'^    \{"(\w+)", "([\w-]+)", "([\w-]+)", N_\(', text, re.MULTILINE)
    assert len(rows) >= 9
    for noun, verb, flag in rows:
        shown = subprocess.run([paths.CREDITCTL, "help", noun, verb], capture_output=True, text=True, check=True).stdout
        assert f"--{flag}" in shown, (noun, verb, flag)


# ---- a server that answers as told ----

LOST, PUSH_FIRST = "the connection ends instead of an answer", "a push comes before the answer"
HANGS = "nothing comes any more, and the connection stays"
STATUS = {"ok": 1, "rejected": 2, "retry": 3, "unknown": 4}


def said(status, reason=None, **more):
    """An answer for Script."""
    number = base_pb2.Reason.Value("REASON_" + reason) if reason else None
    executed = {"ok": True, "rejected": False, "retry": False}.get(status)
    return {"status": STATUS[status], "reason": number, "executed": executed, "retryable": status == "retry", **more}


class Script:
    """Answers the nth request of a method with the nth of `answers[method]`, the last one again and again; what is not
    named with OK. Tells in `seen` what came: (method, body, when)."""

    def __init__(self, certificates, **answers):
        self.answers, self.seen = answers, []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificates.certificate, certificates.key)
        self._context.set_alpn_protocols([wire.ALPN])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), self._context.wrap_socket(plain, server_side=True) as peer:
                self._talk(peer.makefile("rb"), peer)

    def _talk(self, reader, peer):
        names, hangs = {wire.method_number(name): name for name in wire.METHODS}, False
        while header := reader.read(wire.HEADER.size):
            length, _, _, method, request_id = wire.HEADER.unpack(header)
            body, name = reader.read(length), names[method]
            told = self.answers.get(name, [said("ok")])
            answer = told[min(sum(1 for n, *_ in self.seen if n == name), len(told) - 1)]
            self.seen.append((name, body, time.monotonic()))
            if answer is LOST:
                return
            hangs |= answer is HANGS
            if hangs:
                continue
            if answer is PUSH_FIRST:
                peer.sendall(wire.frame(method, 0, b"hint", kind=wire.PUSH))
                answer = said("ok")
            fields = {k: v for k, v in answer.items() if v is not None}
            peer.sendall(wire.frame(method, request_id, base_pb2.Answer(**fields).SerializeToString(), wire.ANSWER))

    def bodies(self, name):
        """Of the requests of a method."""
        return [body for n, body, _ in self.seen if n == name]

    def close(self):
        """Nobody is served any more."""
        with contextlib.suppress(OSError):  # closed before
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def scripted(run, server, tokens):
    """scripted(method=[answers]): a Script, and a Cli of its own that speaks with it."""
    made = []

    def make(**answers):
        script = Script(run.certificates, **answers)
        made.append(script)
        own = Cli(run.private_directory("scripted"), SimpleNamespace(port=script.port, ca=server.ca), tokens)
        return script, own
    yield make
    for script in made:
        script.close()


def journal(cli, profile="sub11"):
    """The files of a profile's journal."""
    return sorted((cli.directory / "state" / "creditctl" / profile / "journal").glob("*"))


SUBMIT = ("application", "submit", "C-01-1", "--to", "green", "--reason", "r")
NOT_OF_THE_COMMAND = ["NOT_LOGGED_IN", "SESSION_EXPIRED", "USER_DISABLED", "UPGRADE_NEEDED", "LOGIN_FAILED",
                      "ID_REUSED"]


@pytest.mark.parametrize("method", ["application_submit", "resume", "hello"])
@pytest.mark.parametrize("reason", NOT_OF_THE_COMMAND)
def test_a_refusal_that_tells_nothing_of_a_lost_command(scripted, method, reason):
    answers = {"application_submit": [LOST, said("ok")]}
    answers[method] = [LOST if method == "application_submit" else said("ok"), said("rejected", reason)]
    script, cli = scripted(**answers)
    error = cli("sub11", *SUBMIT, code=12).error
    assert error["reason"] == "OUTCOME_UNKNOWN" and "executed" not in error and error["retryable"] is True
    assert [f.name for f in journal(cli)] == [error["command_id"]] and error["command_id"] in error["hint"]
    assert len(script.bodies("application_submit")) == (2 if method == "application_submit" else 1)


@pytest.mark.parametrize("reason, code", [("NOT_LOGGED_IN", 4), ("USER_DISABLED", 4), ("ID_REUSED", 6),
                                          ("UPGRADE_NEEDED", 1)])
def test_the_same_refusals_at_first(scripted, reason, code):
    _, cli = scripted(application_submit=[said("rejected", reason)])
    error = cli("sub11", *SUBMIT, code=code).error
    assert error["reason"] == reason and error["executed"] is False and not journal(cli)


def test_a_rule_settles_what_was_lost(scripted):
    _, cli = scripted(application_submit=[LOST, said("unknown", "OUTCOME_UNKNOWN"), said("rejected", "SAME_GRADE")])
    assert cli("sub11", *SUBMIT, code=7).error["executed"] is False and not journal(cli)


def test_an_id_that_is_in_doubt_already(scripted):
    """Run again with its id, a command that may have been done does not end as one that was not."""
    script, cli = scripted(application_submit=[LOST, said("rejected", "SESSION_EXPIRED")])
    error = cli("sub11", *SUBMIT, code=12).error
    again = cli("sub11", *SUBMIT, "--command-id", error["command_id"], code=12)
    assert again.error["reason"] == "OUTCOME_UNKNOWN" and len(journal(cli)) == 1
    script.answers["application_submit"] = [said("ok", entity_id="A-01-1")]
    cli("sub11", *SUBMIT, "--command-id", error["command_id"])
    assert not journal(cli)


def test_pushes_are_skipped(scripted):
    script, cli = scripted(application_submit=[PUSH_FIRST])
    cli("sub11", *SUBMIT)
    assert len(script.bodies("application_submit")) == 1


def test_not_before_the_server_wants_it(scripted):
    script, cli = scripted(application_submit=[said("retry", "BUSY", retry_after_ms=700), said("ok")])
    cli("sub11", *SUBMIT)
    first, second = (when for name, _, when in script.seen if name == "application_submit")
    assert second - first >= 0.7


def test_a_password_is_not_journaled(scripted):
    script, cli = scripted(user_add=[LOST, said("rejected", "SESSION_EXPIRED")])
    cli("admin", "user", "add", "x", "--name", "X", "--unit", "B11", "--level", "clerk", "--password-stdin",
        stdin="a very secret one\n", code=12)
    (kept,) = journal(cli, "admin")
    text = kept.read_text(encoding="utf-8")
    assert b"secret".hex() not in text and "body" not in text and kept.name in text
    assert kept.stat().st_mode & 0o777 == 0o600
    script.answers["outcome"] = [outcome(known=False)]
    error = cli("admin", "outcome", "--send", code=12).error
    assert error["reason"] == "OUTCOME_UNKNOWN" and "--command-id" in error["hint"]


def test_names_that_are_no_utf8_are_journaled(scripted):
    _, cli = scripted(application_submit=[LOST, said("rejected", "SESSION_EXPIRED")])
    command = [paths.CREDITCTL, "-p", "sub11", "application", "submit", b"C-\xff\x1b", "--to", "green", "-o", "json"]
    done = subprocess.run(command, env=cli.environment(), capture_output=True, check=False)
    assert done.returncode == 12 and json.loads(done.stderr.splitlines()[-1])["reason"] == "OUTCOME_UNKNOWN"
    (kept,) = journal(cli)
    assert json.loads(kept.read_text(encoding="utf-8").splitlines()[0])["command"].endswith("C-\ufffd\x1b")


# ---- imports that end before the last row ----

def import_file(cli, rows):
    path = cli.directory / "rows.csv"
    path.write_text("number,name,branch\n" + "".join(f"N-{n},name,B11\n" for n in range(rows)), encoding="utf-8")
    return path


def test_an_import_without_any_row_done(scripted):
    busy, cli = scripted(customer_add=[said("retry", "BUSY")])
    done = cli("app", "customer", "import", import_file(cli, 3), "--timeout", "1s", code=75)
    assert done.error["executed"] is False and not journal(cli, "app") and done.json["not_tried"] == 3
    assert len(busy.bodies("customer_add")) > 3
    busy.answers["customer_add"] = [said("rejected", "SESSION_EXPIRED")]
    done = cli("app", "customer", "import", import_file(cli, 300), code=4)
    assert done.json == {"added": 0, "unchanged": 0, "refused": 0, "unknown": 0, "not_tried": 300, "encoding": "UTF-8"}
    assert done.error["reason"] == "SESSION_EXPIRED" and not journal(cli, "app")
    busy.close()
    done = cli("app", "customer", "import", import_file(cli, 3), "--timeout", "1s", code=124)
    assert done.error["executed"] is False and not journal(cli, "app")


def test_an_import_sends_as_many_at_once_as_the_server_takes(scripted):
    hello = auth_pb2.HelloAnswer(protocol=1, requests_in_flight_max=3).SerializeToString()
    script, cli = scripted(hello=[said("ok", body=hello)], customer_add=[said("ok"), HANGS])
    done = cli("app", "customer", "import", import_file(cli, 20), "--timeout", "3s", code=12)
    assert len(script.bodies("customer_add")) == 4 and (done.json["added"], done.json["unknown"]) == (1, 3)


def test_an_import_that_ends_in_the_middle(scripted):
    _, cli = scripted(customer_add=[said("ok")] * 260 + [said("rejected", "NOT_LOGGED_IN")])
    done = cli("app", "customer", "import", import_file(cli, 400), code=9)
    assert (done.json["added"], done.json["not_tried"], done.json["unknown"]) == (260, 140, 0)
    assert done.error["reason"] == "NOT_LOGGED_IN" and "140" in done.error["message"] and not journal(cli, "app")


def test_an_import_of_which_some_is_not_known(scripted):
    _, cli = scripted(customer_add=[said("ok"), said("ok"), said("unknown"), said("retry", "BUSY"),
                                    said("rejected", "SESSION_EXPIRED")])
    done = cli("app", "customer", "import", import_file(cli, 6), code=12)
    assert (done.json["added"], done.json["unknown"], done.json["not_tried"]) == (2, 1, 3)
    assert done.error["reason"] == "OUTCOME_UNKNOWN" and "executed" in done.error
    (kept,) = journal(cli, "app")
    assert len(kept.read_text(encoding="utf-8").splitlines()) == 2, "only what may have been done"


# ---- Ctrl-C ----

def interrupt(client):
    client.send_signal(signal.SIGINT)
    out, told = client.communicate(timeout=10)
    return out, json.loads(told.splitlines()[-1])


def test_interrupted_while_the_outcome_is_not_known(cli, pg, waiting):
    before = journal(cli)
    with held.commits_held(pg.owner):
        client = start(cli, "-p", "sub11", *SUBMIT[:2], "K11-05", *SUBMIT[3:], "-o", "json")
        wait_until(waiting, 10, "the command at the database")
        _, error = interrupt(client)
    assert client.returncode == 130 and error["code"] == 130
    assert error["reason"] == "OUTCOME_UNKNOWN" and len(journal(cli)) == len(before) + 1
    wait_until(lambda: steps_of(pg, error["command_id"]), 10, "the commit")
    assert cli("sub11", "outcome", error["command_id"]).json["known"] is True
    assert journal(cli) == before


def test_an_interrupted_import(cli, pg, waiting):
    path = import_file(cli, 600)
    with held.commits_held(pg.owner):
        client = start(cli, "-p", "app", "customer", "import", str(path), "-o", "json")
        wait_until(waiting, 10, "a command at the database")
        out, error = interrupt(client)
    told = json.loads(out)
    assert client.returncode == 130 and error["code"] == 130 and error["reason"] == "INTERRUPTED"
    assert told["added"] == 0 and told["unknown"] + told["not_tried"] == 600 and told["not_tried"] >= 500
    assert str(told["not_tried"]) in error["message"]
    cli("app", "outcome", "--send")
    assert not journal(cli, "app")


@contextlib.contextmanager
def deaf(family, address, port=0):
    """The port of a listener whose queue is full: a connection to it gets no answer at all."""
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket(family))
        listener.bind((address, port))
        listener.listen(0)
        for _ in range(4):
            waiting_one = sockets.enter_context(socket.socket(family))
            waiting_one.setblocking(False)
            waiting_one.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_a_server_that_does_not_answer(run, cli, server):
    with deaf(socket.AF_INET, "127.0.0.1") as port:
        away = other_config(run, cli, f":{server.port}", f":{port}")
        error = cli("sub11", "customer", "list", "--timeout", "1s", code=124, env=away).error
        assert "timed out" in error["message"] and "progress" not in error["message"]
        client = start(cli, "-p", "sub11", *SUBMIT, "-o", "json", "--timeout", "60s", "-v", env=away)
        client.stderr.readline()  # the command id: it is under way
        _, error = interrupt(client)
    assert client.returncode == 130 and error["reason"] == "INTERRUPTED" and error["executed"] is False


def test_one_deaf_address_of_several(cli, server):
    """localhost is ::1 and 127.0.0.1; that nobody answers at the first must not cost all of the time."""
    if "::1" not in {where[0] for *_, where in socket.getaddrinfo("localhost", server.port)}:
        pytest.skip("localhost has one address here")
    with deaf(socket.AF_INET6, "::1", server.port):
        assert cli("sub11", "customer", "list", "--timeout", "2s").json


def at_terminal(cli, *words):
    """creditctl with a terminal, where it asks for a password: (process, terminal)."""
    master, slave = pty.openpty()
    client = subprocess.Popen([paths.CREDITCTL, *words], env=cli.environment(), stdin=slave, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: not termios.tcgetattr(slave)[3] & termios.ECHO, 10, "the echo to be off")
    return client, master, slave


def test_interrupted_at_the_password(cli):
    client, master, slave = at_terminal(cli, "-p", "app", "auth", "login", "-o", "json")
    _, error = interrupt(client)
    assert client.returncode == 130 and error["reason"] == "INTERRUPTED"
    assert termios.tcgetattr(slave)[3] & termios.ECHO
    os.close(master)
    os.close(slave)


def test_typing_a_password_costs_no_time(cli):
    client, master, slave = at_terminal(cli, "-p", "sub21", "auth", "login", "-o", "json", "--timeout", "1s")
    started = time.monotonic()
    wait_until(lambda: time.monotonic() - started > 1.2, 5)
    os.write(master, b"test password sub21\n")
    out, told = client.communicate(timeout=10)
    assert client.returncode == 0 and json.loads(out)["login"] == "sub21", told
    os.close(master)
    os.close(slave)


# ---- the journal and outcome ----

def test_the_journal_is_on_disk_before_anything_is_sent(cli, pg, waiting):
    """creditctl is killed with its command under way; what it had written is enough to learn the outcome."""
    before = set(journal(cli, "sub12"))
    number = cli("sub12", "customer", "list").json[0]["number"]
    with held.commits_held(pg.owner):
        client = start(cli, "-p", "sub12", *SUBMIT[:2], number, *SUBMIT[3:], "-v")
        command_id = client.stderr.readline().split()[-1]
        wait_until(waiting, 10, "the command at the database")
        (kept,) = set(journal(cli, "sub12")) - before
        what, entry = map(json.loads, kept.read_text(encoding="utf-8").splitlines())
        client.kill()
        client.communicate(timeout=10)
        unknown = cli("sub12", "outcome", command_id, code=12).error
    assert unknown["command_id"] == command_id and "--send" in unknown["hint"]
    assert kept.name == entry["id"] == command_id and kept.stat().st_mode & 0o777 == 0o600
    assert what["command"] == f"creditctl application submit {number}"
    request = application_pb2.SubmitRequest.FromString(bytes.fromhex(entry["body"]))
    assert request.command_id == uuid.UUID(command_id).bytes and (request.customer, request.reason) == (number, "r")
    wait_until(lambda: steps_of(pg, command_id), 10, "the commit")
    assert [o["known"] for o in cli("sub12", "outcome").json] == [True] and not kept.exists()


def two_unknown(scripted):
    """A script and a Cli whose journal holds two commands."""
    script, cli = scripted(application_submit=[LOST, said("rejected", "SESSION_EXPIRED"), LOST,
                                               said("rejected", "SESSION_EXPIRED")])
    ids = [cli("sub11", *SUBMIT, code=12).error["command_id"] for _ in range(2)]
    return script, cli, ids


def outcome(**fields):
    """The answer to OUTCOME."""
    return said("ok", body=admin_pb2.OutcomeAnswer(**fields).SerializeToString())


KNOWN = {"known": True, "outcome": {"status": 1, "executed": True, "entity_id": "A-01-9"}}


def test_what_was_learned_is_printed_before_a_later_question_fails(scripted):
    script, cli, ids = two_unknown(scripted)
    script.answers["outcome"] = [outcome(**KNOWN), said("rejected", "SESSION_EXPIRED")]
    done = cli("sub11", "outcome", code=4)
    assert [(o["command_id"], o["known"], o["entity_id"]) for o in done.json] == [(ids[0], True, "A-01-9")]
    assert [f.name for f in journal(cli)] == ids[1:]


def test_sending_again_what_is_not_known(scripted):
    script, cli, ids = two_unknown(scripted)
    first = script.bodies("application_submit")
    script.answers.update(outcome=[outcome(known=False)], application_submit=[said("ok", entity_id="A-01-7")])
    assert cli("sub11", "outcome", code=12).error["reason"] == "OUTCOME_UNKNOWN" and len(journal(cli)) == 2
    done = cli("sub11", "outcome", "--send")
    assert [(o["command_id"], o["status"]) for o in done.json] == [(i, "ok") for i in ids] and not journal(cli)
    assert script.bodies("application_submit") == [*first, first[0], first[2]], "the very same bytes"


def test_sending_again_what_stays_unknown(scripted):
    script, cli, ids = two_unknown(scripted)
    script.answers.update(outcome=[outcome(known=False)], application_submit=[said("rejected", "ID_REUSED")])
    error = cli("sub11", "outcome", ids[1], "--send", code=12).error
    assert error["reason"] == "OUTCOME_UNKNOWN" and error["command_id"] == ids[1] and len(journal(cli)) == 2


def test_dropping_from_the_journal(scripted):
    script, cli, ids = two_unknown(scripted)
    script.close()
    assert cli("sub11", "outcome", ids[1], "--forget").json["command_id"] == ids[1]
    assert [f.name for f in journal(cli)] == ids[:1]
    assert cli("sub11", "outcome", ids[1], "--forget", code=3).error["reason"] == "NOT_FOUND"
    assert len(cli("sub11", "outcome", "--forget").json) == 1 and not journal(cli)
    assert cli("sub11", "outcome", "--forget", "--send", code=2).error["reason"] == "USAGE"


def test_part_of_a_file_is_known(scripted):
    """The file of an import's chunk goes only when all of it is settled; entries can be dropped from it one by one."""
    script, cli = scripted(customer_add=[said("unknown"), said("unknown"), said("rejected", "SESSION_EXPIRED")])
    cli("app", "customer", "import", import_file(cli, 2), code=12)
    (kept,) = journal(cli, "app")
    ids = [json.loads(line)["id"] for line in kept.read_text(encoding="utf-8").splitlines()[1:]]
    script.answers["outcome"] = [outcome(**KNOWN), outcome(known=False), outcome(**KNOWN)]
    done = cli("app", "outcome", code=12)
    assert [o["known"] for o in done.json] == [True, False] and done.error["command_id"] == ids[1]
    assert cli("app", "outcome", ids[0]).json["known"] is True and journal(cli, "app") == [kept]
    cli("app", "outcome", ids[1], "--forget")
    assert [json.loads(line)["id"] for line in kept.read_text(encoding="utf-8").splitlines()[1:]] == ids[:1]


def test_an_id_that_nobody_knows(cli):
    command_id = wire.id_text(wire.new_command_id())
    done = cli("sub11", "outcome", command_id, code=3)
    assert done.json["known"] is False and done.error["reason"] == "NOT_FOUND"
    assert done.error["command_id"] == command_id


# ---- errors ----

ERROR_KEYS = {"code", "reason", "field", "message", "hint", "command_id", "retryable", "executed"}
MISTAKES = ["nosuch --help -o json", "help nosuch -o jsonl", "--lang fr -o json", "-o json inbox --outputt x",
            "inbox --outputt x --output=json", "inbox --lim --output json", "inbox -o=json --limit",
            "application -o json", "org list -o json --timeout soon", "org list -o json --tz Mars",
            "outcome 12 -o json", "org list -p nowhere -o json", "admin clock reset 3d -o json",
            "org list -o json --command-id 7", "customer import /nowhere -o json", "customer import / -o json"]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("line", MISTAKES)
def test_mistakes_are_told_in_the_form_and_language_asked_for(cli, line, language):
    words = [*(["--lang", language] if "--lang" not in line else []), *line.split()]
    done = cli.run(*words)
    assert done.code == 2 and done.stdout == "", done
    error = done.error
    assert len(done.stderr.splitlines()) == 1 and error["code"] == 2 and error.keys() <= ERROR_KEYS
    assert error["executed"] is False and error["retryable"] is False and error["message"]
    if language == "zh_CN" and "--lang" not in line and not line.startswith("customer import"):
        assert any("\u4e00" <= c <= "\u9fff" for c in error["message"]), error


def test_flags_behind_a_value_or_the_end_of_flags_are_none(cli):
    """What looks like -o json but is the value of another flag asks for nothing."""
    done = cli.run("application", "aprove", "--reason", "-o", "json")
    assert done.code == 2 and done.stderr.startswith("creditctl: ")
    done = cli.run("nosuch", "--", "-o", "json")
    assert done.code == 2 and done.stderr.startswith("creditctl: ")


def test_the_word_before_a_duration(cli):
    done = cli("admin", "admin", "clock", "reset", "3d", code=2)
    assert "reset" in done.error["message"] and "3d" not in done.error["message"]


@pytest.mark.parametrize("text", ["\x1b[2J", "\u202e", "\u061c", "\u2028", "\u2029"])
def test_hostile_text_on_a_terminal(cli, text):
    done = cli("sub11", "customer", "list", "--branch", f"B{text}9", code=None, output=None)
    also = cli("sub11", "application", "list", "--state", f"x{text}", code=2, output=None)
    named = cli("app", "customer", "import", f"/nowhere{text}", code=2, output=None)
    assert not [d for d in (done, also, named) if text in d.stderr or text in d.stdout]


def test_a_message_is_cut_between_characters(cli):
    error = cli("app", "customer", "import", "/" + "长" * 400, code=2).error
    assert error["message"].startswith("/长") and "\ufffd" not in error["message"]


def test_output_that_cannot_be_written(cli):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([paths.CREDITCTL, "-p", "app", "customer", "list", "-o", "json"], stdout=full,
                              stderr=subprocess.PIPE, env=cli.environment(), check=False)
    assert done.returncode == 1 and json.loads(done.stderr)["reason"] == "OUTPUT"


def test_logout(cli):
    cli.login("ver2", "test password ver2")
    token = cli.token_file("ver2").read_bytes()
    assert cli("ver2", "auth", "logout").json == {} and not cli.token_file("ver2").exists()
    cli.token_file("ver2").touch(0o600)
    cli.token_file("ver2").write_bytes(token)
    assert cli("ver2", "customer", "list", code=4).error["reason"] == "SESSION_EXPIRED"
    assert cli("ver2", "auth", "logout").json == {}, "an ended session is no reason to fail"
    assert not cli.token_file("ver2").exists()
    assert cli("ver2", "auth", "logout", output="csv").stdout == ""


def test_columns_of_csv_stay(cli):
    """The same ones whatever the rows hold, but for those of credit information where one may not see it."""
    def header(profile, *words):
        return cli(profile, *words, output="csv").stdout.splitlines()[0].split(",")
    whole = "id number name region branch stage tier grade verdict open_application_id".split()
    assert header("sub11", "customer", "list") == whole
    assert header("sub11", "customer", "list", "--grade", "black", "--tier", "ordinary") == whole
    assert header("clerk11", "customer", "list") == [c for c in whole if c != "grade"]
    applications = header("sub11", "application", "list", "--state", "lapsed")
    assert {"from_grade", "to_grade", "decided_grade", "finding"} <= set(applications)
    seen = header("clerk11", "application", "list")
    assert seen == [c for c in applications if c not in ("from_grade", "to_grade", "decided_grade")]
