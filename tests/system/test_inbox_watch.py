"""Watching an inbox: each change once and in order, by the protocol and by creditctl, across servers and restarts."""
import json
import select
import signal
import socket
import subprocess
import time

import pytest

from harness import paths
from harness.cli import Cli
from harness.creditproto import PUSH, method_number
from harness.process import wait_until
from harness.standing import DAY, Policy
from harness.trading import instant, refused
from test_delegation import grant, inbox, revoke, step, submit


class Watcher:
    """A connection that watches, by the protocol."""

    def __init__(self, client):
        self.client, self.cursor = client, None

    def ask(self):
        """What has changed since the last time; also the answer's `reread`."""
        told = self.client.do("inbox_watch", purpose="t", cursor=self.cursor)
        self.cursor = told["cursor"]
        return told.get("changes", []), told.get("reread", False)

    def changes(self):
        """(case, kind, is it on the desk) of what has changed."""
        return [(c["application_id"], c["kind"], c.get("on_desk", False)) for c in self.ask()[0]]

    def hint(self, seconds=5):
        """Waits for a hint; None: none came."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            while (found := self.client.take_frame()) is not None:
                if found[0] == PUSH:
                    return found[2]
            if select.select([self.client.socket], [], [], end - time.monotonic())[0] or self.client.socket.pending():
                self.client.read_some()
        return None


@pytest.fixture
def watching(server, tokens):
    """watching(login): a new connection that watches from now on."""
    clients = []

    def start(login, on=None):
        clients.append((on or server).client(tokens[login]))
        watcher = Watcher(clients[-1])
        assert watcher.ask() == ([], False)
        return watcher
    yield start
    for client in clients:
        client.close()


def quiet(watcher):
    """Whoever begins to watch is told once, to ask for what came meanwhile."""
    while watcher.hint(0.5):
        watcher.ask()


def test_a_case_comes_and_goes(trading, watching):
    region, hq, branch = watching("ver1"), watching("app"), watching("sub11")
    case = submit(trading)
    assert region.hint() == method_number("inbox_watch")
    assert region.changes() == [(case["id"], "submit", True)]
    assert region.changes() == []
    step(trading, case, "verify", "ver1b")
    assert region.changes() == [(case["id"], "verify", False)]
    assert hq.changes() == [(case["id"], "verify", True)]
    step(trading, case, "approve", "appb")
    step(trading, case, "record", "sub11b")
    assert hq.changes() == [(case["id"], "approve", False)]
    assert branch.changes() == [(case["id"], kind, False) for kind in ("submit", "verify", "approve", "record")], "he made it"


def test_what_is_on_the_desk_is_shown_as_the_inbox_shows_it(trading, watching):
    region = watching("ver1")
    case = submit(trading)
    (change,), _ = region.ask()
    listed = {a["id"]: a for a in trading.connect("ver1").do("inbox", purpose="t", limit=1000)["applications"]}
    assert change["application"] == listed[case["id"]]
    assert change["actor"] == "sub11" and change["seq"] > 0
    step(trading, case, "return", "ver1")
    (gone,), _ = region.ask()
    assert "application" not in gone


def test_hints_go_to_those_whom_it_concerns(trading, watching):
    region, elsewhere = watching("ver1"), watching("ver2")
    quiet(elsewhere)
    submit(trading)
    assert region.hint() is not None
    assert elsewhere.hint(0.3) is None and elsewhere.changes() == []


def test_a_claim_takes_it_off_the_desks_of_others(trading, watching):
    one, other = watching("ver1"), watching("ver1b")
    case = submit(trading)
    trading.connect("ver1").do("application_claim", application=case["id"])
    assert one.changes() == [(case["id"], "submit", True), (case["id"], "claimed", True)]
    assert [c for c in other.changes() if c[1] == "claimed"] == [(case["id"], "claimed", False)]


def test_whoever_may_not_act_is_told_so(trading, watching):
    clerk = watching("clerk11")
    case = step(trading, submit(trading), "return", "ver1")
    assert clerk.changes() == [(case["id"], "return", False)]


def test_a_new_delegation_makes_one_read_anew(apart):
    trading = apart(Policy())
    watcher = Watcher(trading.server.client(trading.tokens["ver1b"]))
    watcher.ask()
    case = step(trading, submit(trading), "return", "ver1")
    watcher.ask()
    given = grant(trading, "sub11", "ver1b")
    assert watcher.ask() == ([], True)
    assert watcher.ask() == ([], False)
    step(trading, case, "resubmit", "sub11")
    assert [(c["kind"], c.get("on_desk", False)) for c in watcher.ask()[0]] == [("resubmit", False)], \
        "of the desk that he has for another, and his own, which four eyes bar"
    revoke(trading, given, "sub11")
    watcher.client.close()


def test_a_change_of_who_sits_where_is_hinted(trading, watching, run, database):
    """At once, of whichever server it was; of many of them not each: everybody reads his whole inbox for one."""
    other = run.start(database)
    try:
        watchers = [watching("ver1b"), watching("ver1b", other)]
        for watcher in watchers:
            quiet(watcher)
        given = grant(trading, "sub11", "ver1b")
        for watcher in watchers:
            assert watcher.hint() is not None and watcher.ask() == ([], True)
        for _ in range(3):
            revoke(trading, given, "sub11")
            given = grant(trading, "sub11", "ver1b")
        hints = 0
        while watchers[0].hint(1.5 if hints else 5) is not None:
            hints += 1
            watchers[0].ask()
        assert 0 < hints < 6
        revoke(trading, given, "sub11")
        watchers[1].client.close()
    finally:
        run.finish(other)


@pytest.mark.parametrize("cursor", ["x", "1.2.3", "1.2.3.4", "1.2.3.3:2:", "1.2.3.3:9:9", "1.2.3.3:9:4,4", "1.2.3.3:9:4,x",
                                    "1.2.3.0:9:", "1.2.3.3:9:4,", "1.2.3.3:9:,", "1.2.3.1.3:2:", "1.2.3.x.3:9:", "1.2.3.1", "-1.2.3.3:9:", "1.2.3.3:9:' OR 1",
                                    "1.2.3.99999999999999999999:9:", "1.2.3.3:9:" + "4" * 5000])
def test_a_cursor_that_is_none(connect, cursor):
    reply = refused(lambda: connect("ver1").do("inbox_watch", purpose="t", cursor=cursor))
    assert (reply.reason, reply.field) == ("FIELD_INVALID", "cursor")


def test_a_cursor_of_long_ago_makes_one_read_anew(trading, watching):
    watcher = watching("ver1")
    epoch, at, now, timeline, snapshot = watcher.cursor.split(".")
    watcher.cursor = f"{epoch}.{int(at) - 24 * 3_600_000_000}.{now}.{timeline}.{snapshot}"
    assert watcher.ask()[1] is True
    watcher.cursor = f"{epoch}.{at}.{now}.{timeline}.999999999:999999999:"
    assert watcher.ask()[1] is True, "a snapshot that is still to come: another database"


def test_a_cursor_of_before_the_database_went_back_makes_one_read_anew(trading, watching):
    """Its numbers of transactions may stand for others since, however far they have come."""
    watcher = watching("ver1")
    epoch, at, now, timeline, snapshot = watcher.cursor.split(".")
    assert timeline == str(trading.rows("SELECT timeline_id FROM pg_control_checkpoint()")[0][0])
    watcher.cursor = f"{epoch}.{at}.{now}.{int(timeline) + 1}.{snapshot}"
    assert watcher.ask()[1] is True
    watcher.cursor = f"{epoch}.{at}.{now}.{snapshot}"
    assert watcher.ask()[1] is True, "of a server that did not write it"
    assert watcher.ask() == ([], False)


def test_whoever_missed_very_much_reads_anew(trading, watching, pg):
    watcher = watching("ver1")
    before = watcher.cursor
    with pg.owner.cursor() as cursor:
        cursor.execute("INSERT INTO creditd.change (at, homes, customers, seqs) "
                       "SELECT creditd.real_now(), '{}', '{}', '{}' FROM generate_series(1, 5001)")
        pg.owner.commit()
    assert watcher.ask() == ([], True)
    assert watcher.ask() == ([], False)
    with pg.owner.cursor() as cursor:
        cursor.execute("DELETE FROM creditd.change WHERE homes = '{}'")
        pg.owner.commit()
    watcher.cursor = before
    assert watcher.ask() == ([], False)


def test_a_delegation_that_begins_or_ends_by_its_date(apart):
    trading = apart(Policy())
    first, last = trading.today() + DAY, trading.today() + DAY
    case = step(trading, submit(trading), "return", "ver1")
    trading.connect("sub11").do("delegation_grant", substitute="ver1b", **{"from": first.isoformat(), "until": last.isoformat()})
    watcher = Watcher(trading.server.client(trading.tokens["ver1b"]))
    watcher.ask()
    assert watcher.ask() == ([], False)
    trading.advance_to(instant(first))
    watcher.ask()  # the clock is reference data, too
    assert case["id"] in inbox(trading, "ver1b")
    trading.advance_to(instant(last + DAY) - 2_000_000)
    watcher.ask()
    assert watcher.ask() == ([], False)
    wait_until(lambda: watcher.ask()[1], 10, "the end of the delegation")
    assert case["id"] not in inbox(trading, "ver1b")
    watcher.client.close()


def test_changes_on_another_server(trading, watching, run, database, tokens):
    """Committed there, hinted and read here; and the cursor goes on over there."""
    other = run.start(database)
    try:
        there, here = watching("ver1", other), watching("ver1")
        case = submit(trading)
        assert there.hint() is not None and there.changes() == [(case["id"], "submit", True)]
        step(trading, case, "verify", "ver1")
        moved = Watcher(other.client(tokens["ver1"]))
        moved.cursor = here.cursor
        assert moved.changes() == [(case["id"], "submit", False), (case["id"], "verify", False)]
        moved.client.close()
    finally:
        run.finish(other)


def test_nobody_is_told_after_the_log_out(trading, server, tokens, connect):
    connect("ver1")
    with server.client() as client:
        client.login("ver1", "test password ver1")
        watcher = Watcher(client)
        watcher.ask()
        client.do("logout")
        submit(trading)
        assert watcher.hint(0.3) is None


def test_changes_are_kept_for_a_day(run, database, trading, pg, watching):
    watching("ver1")
    submit(trading)
    with pg.owner.cursor() as cursor:
        cursor.execute("SET search_path = creditd")
        cursor.execute("SELECT count(*) FROM change")
        assert cursor.fetchone()[0] > 0
        cursor.execute("UPDATE change SET at = at - 86400000000 - 1")
        pg.owner.commit()
        statement = (paths.ROOT / "server/store/sql/read_change_end.sql").read_text(encoding="utf-8")
        cursor.execute(statement)
        cursor.execute("SELECT count(*) FROM change")
        assert cursor.fetchone()[0] == 0
        pg.owner.commit()


# ---- creditctl ----

class Screen:
    """creditctl inbox --watch -o jsonl, line by line."""

    def __init__(self, cli, login, *words, output="jsonl"):
        command = [str(paths.CREDITCTL), "-p", login, "inbox", "--watch", "-o", output, *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=cli.environment())
        self.rest = b""

    def text(self, seconds=10):
        """The next line as it is."""
        end = time.monotonic() + seconds
        while b"\n" not in self.rest:
            assert select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0], "no line came"
            more = self.process.stdout.read1(65536)
            assert more, self.process.stderr.read()
            self.rest += more
        one, self.rest = self.rest.split(b"\n", 1)
        return one.decode()

    def line(self, seconds=10):
        """The next line, decoded."""
        return json.loads(self.text(seconds))

    def until(self, status, seconds=10):
        """The lines up to that status; for each so long at most."""
        lines = []
        while True:
            lines.append(self.line(seconds))
            if lines[-1].get("status") == status:
                return lines[:-1]

    def end(self):
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(10)
        self.process.stdout.close()
        errors = self.process.stderr.read()
        self.process.stderr.close()
        return code, errors


def test_creditctl_shows_each_change(apart, tmp_path):
    trading = apart(Policy())
    cli = Cli(tmp_path, trading.server, trading.tokens)
    before = submit(trading)
    screen = Screen(cli, "ver1")
    assert [(i["type"], i["id"]) for i in screen.until("watching")] == [("item", before["id"])]
    case = submit(trading)
    told = screen.line()
    assert (told["type"], told["id"], told["change"], told["on_desk"], told["state"]) == \
        ("change", case["id"], "submit", True, "submitted")
    step(trading, case, "verify", "ver1b")
    told = screen.line()
    assert (told["id"], told["change"], told["actor"], told["on_desk"]) == (case["id"], "verify", "ver1b", False)
    assert screen.end() == (130, b"")


def test_creditctl_shows_what_goes_without_an_event(apart, tmp_path):
    trading = apart(Policy())
    cli = Cli(tmp_path, trading.server, trading.tokens)
    case = step(trading, submit(trading), "return", "ver1")
    screen = Screen(cli, "ver1b", "--lang", "zh_CN")
    screen.until("watching")
    given = grant(trading, "sub11", "ver1b")
    assert (told := screen.line(5))["type"] == "item" and (told["id"], told["acting_for"]) == (case["id"], "sub11")
    revoke(trading, given, "sub11")
    assert screen.line(5) == {"type": "gone", "id": case["id"]}
    assert screen.end()[0] == 130


def restarted(trading, screen, seconds=10):
    """The server ends and comes back, and the screen says so."""
    port = trading.server.port
    trading._stop()
    assert screen.line() == {"type": "status", "status": "reconnecting"}
    trading.options = ("--listen", f"127.0.0.1:{port}")
    trading._start()
    assert screen.line(seconds) == {"type": "status", "status": "connected"}


def test_creditctl_goes_on_after_a_restart(apart, tmp_path):
    trading = apart(Policy())
    cli = Cli(tmp_path, trading.server, trading.tokens)
    screen = Screen(cli, "ver1")
    screen.until("watching")
    restarted(trading, screen)
    case = submit(trading)
    assert screen.line()["id"] == case["id"]
    assert screen.end()[0] == 130


def test_creditctl_says_at_once_that_there_is_no_server(apart, tmp_path):
    """Not after the time that a request may take: whoever looks at the screen would believe that nothing happens."""
    trading = apart(Policy())
    cli = Cli(tmp_path, trading.server, trading.tokens)
    port = trading.server.port
    trading._stop()
    screen = Screen(cli, "ver1")
    try:
        assert screen.line() == {"type": "status", "status": "reconnecting"}
    finally:
        trading.options = ("--listen", f"127.0.0.1:{port}")
        trading._start()
    assert screen.until("connected") == [{"type": "status", "status": "watching"}]
    assert screen.end() == (130, b"")


def test_creditctl_ends_when_its_time_is_over(cli):
    started = time.monotonic()
    done = cli("ver2", "inbox", "--watch", "--timeout", "1s", output=None)
    assert 0.9 < time.monotonic() - started < 20 and done.code == 0, "of the half minute that a run may take"
    assert "watching" in done.stderr


def test_creditctl_of_one_who_is_not_logged_in(cli):
    assert cli("nobody", "inbox", "--watch", code=4).error["reason"] == "NOT_LOGGED_IN"


@pytest.mark.parametrize("quiet", [True, False], ids=["quiet", "change"])
@pytest.mark.parametrize("form", ["jsonl", "table"])
def test_creditctl_ends_when_nobody_reads(apart, tmp_path, quiet, form):
    trading = apart(Policy())
    submit(trading)
    screen = Screen(Cli(tmp_path, trading.server, trading.tokens), "ver1", "-o", form)
    screen.process.stdout.readline()
    if not quiet:
        submit(trading)
    screen.process.stdout.close()
    assert screen.process.wait(10) == 1
    errors = screen.process.stderr.read()
    screen.process.stderr.close()
    assert b"Broken pipe" in errors and (form == "table" or json.loads(errors)["reason"] == "OUTPUT")


def test_creditctl_ends_when_nobody_reads_that_it_connects(cli, server):
    """There is nothing that it could print meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nowhere = listener.getsockname()[1]
    screen = Screen(cli, "ver1", "--server", f"localhost:{nowhere}")
    assert screen.line() == {"type": "status", "status": "reconnecting"}
    screen.process.stdout.close()
    assert screen.process.wait(10) == 1
    screen.process.stderr.close()


def test_creditctl_ends_when_there_is_no_room(cli):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([paths.CREDITCTL, "-p", "ver2", "inbox", "--watch", "-o", "jsonl"], stdout=full, timeout=20,
                              stderr=subprocess.PIPE, env=cli.environment(), check=False)
    assert done.returncode == 1
    error = json.loads(done.stderr)
    assert error["reason"] == "OUTPUT" and "No space left" in error["message"]
