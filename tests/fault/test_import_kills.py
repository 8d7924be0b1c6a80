"""Kills during imports (acceptance 7): creditd, creditctl and PostgreSQL are killed with kill -9, twenty times in turn,
while three files go in one after the other; creditctl is run again until it ends with 0. What is there in the end
equals what an undisturbed import of the same files leaves, byte for byte.

CREDITD_FAULT_STRIKES and _SEED change the number of kills and their moments; a failing run prints its seed.
"""
import datetime as dt
import os
import random
import signal
import subprocess
from dataclasses import replace

import psycopg2
import pytest

from harness import dump, files, ledger, paths, policies, seed
from harness.cli import Cli
from harness.faults import number_from_environment
from harness.held import kill_postmaster, killed, postmaster
from harness.process import wait_until
from harness.server import Server
from harness.standing import DAY, Policy, Trade
from harness.trading import Trading, civil

POLICY = Policy()
CUSTOMERS, ROWS = 120, 24 * 256
COLUMNS = (*files.COLUMNS, "cancelled")
BRANCHES = ("B11", "B12", "B21")
CHUNK = "SELECT count(*) FROM creditd.command WHERE method = 81 AND status = 1"


# ---- the files ----

def make_files(directory, today):
    """Three files: the trades; what was settled since, corrected and cancelled; a part of it once more."""
    source = random.Random(7)
    branch = {n: source.choice(BRANCHES) for n in range(CUSTOMERS)}

    def text(customer, trade):
        return files.trade_line(f"F-{customer:03}", trade, branch[customer]) + (",true" if trade.cancelled else ",")
    trades = []
    for n in range(ROWS):
        issued = today - source.randrange(40, 420) * DAY
        due = issued + source.choice((0, 15, 30)) * DAY
        settled = None if source.random() < .3 else due + source.choice((0, 0, 0, 0, 3)) * DAY
        trade = Trade(f"{n:08}", source.randrange(1, 1_000_00), issued, due, settled)
        trades.append((source.randrange(CUSTOMERS), trade))

    def later(trade):
        settled = trade.settled or (trade.due if source.random() < .7 else None)
        amount = trade.amount + (source.random() < .05)
        return replace(trade, settled=settled, amount=amount, cancelled=source.random() < .03)
    second = [(customer, later(trade)) for customer, trade in trades]
    third = [(customer, later(trade)) for customer, trade in second if source.random() < .5]
    return [files.write_lines(directory / f"{n}.csv", [text(*pair) for pair in pairs], COLUMNS)
            for n, pairs in enumerate((trades, second, third), 1)]


# ---- servers ----

class Place:
    """A database and the creditd on it, as the imports see them."""

    def __init__(self, run, server, tokens, connect):
        self.server, self.connect_owner = server, connect
        self.cli = Cli(run.private_directory("cli"), server, tokens)

    def owner(self):
        """A connection as superuser, when the database lets one in."""
        def attempt():
            try:
                return self.connect_owner()
            except psycopg2.OperationalError:
                return None
        return wait_until(attempt, 60, "the database")

    def rows(self, statement):
        """Rows of a statement; None when the database is away."""
        try:
            connection = self.connect_owner()
        except psycopg2.OperationalError:
            return None
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall()
        except psycopg2.Error:
            return None
        finally:
            connection.close()

    def chunks(self):
        """How many chunks were taken so far; None: the database is away."""
        found = self.rows(CHUNK)
        return found and found[0][0]

    def start(self, path, mapping):
        """creditctl under way."""
        words = ["-p", "app", "trade", "import", path, "--mapping", mapping, "--timeout", "120s", "-o", "json"]
        return subprocess.Popen([paths.CREDITCTL, *map(str, words)], env=self.cli.environment(),
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def settled(self):
        """Waits until nothing is left to evaluate."""
        owner = self.owner()
        Trading(None, owner).settled(120)
        owner.close()

    def finish(self, path, mapping, client=None):
        """Runs creditctl until it ends with 0."""
        for _ in range(20):
            client = client or self.start(path, mapping)
            said = client.communicate(timeout=600)[1]
            if client.returncode == 0:
                self.settled()
                return
            client = None
        raise AssertionError(f"{path} does not go in: {said}")

    def judged(self):
        """What is there in the end, which must be whole."""
        owner = self.owner()
        try:
            assert dump.integrity(owner) == []
            assert ledger.faults(dump.take(owner)) == []
            return dump.portrait(owner)
        finally:
            owner.close()


class Embedded(Place):
    """`creditd --embedded`, whose parts can be killed; it comes back on the same port."""

    def __init__(self, run, policy):
        self.directory = run.open_directory("embedded") / "d"
        self.words = ["--embedded", self.directory, "--listen", "127.0.0.1:0", "--test-clock", "--cheap-passwords",
                      "--migrations", paths.MIGRATIONS, "--policy", policy]
        server = Server(self.words, self.directory.parent, name="embedded", clean=False).wait_ready(60)
        password = (self.directory / "admin.password").read_text(encoding="utf-8").strip()
        super().__init__(run, server, seed.plant(server, password), self._connect)

    def _connect(self):
        connection = psycopg2.connect(self.server.ready["owner_conninfo"])
        connection.autocommit = True
        return connection

    def kill_server(self):
        """kill -9 of creditd, and a new one in its place."""
        port = self.server.port
        killed(self.server.pid)
        self.server.process.wait(30)
        self.server.ready_file.unlink()
        self.server = Server([*self.words, "--listen", f"127.0.0.1:{port}"], self.directory.parent, name="again",
                             clean=False).wait_ready(60)

    def kill_postgresql(self):
        """kill -9 of the postmaster; creditd brings the cluster back."""
        pid = kill_postmaster(self.directory)
        wait_until(lambda: postmaster(self.directory) not in (None, pid), 60, "the next postmaster")

    def close(self):
        """Ends it in order."""
        if self.server.running():
            self.server.process.terminate()
            self.server.process.wait(60)


@pytest.fixture
def policy_file(run):
    """The policy of both sides."""
    return policies.write(run.private_directory("policy"), POLICY)


@pytest.fixture
def undisturbed(run, policy_file):
    """A seeded database with a server that nobody kills."""
    database = run.seeded("undisturbed")
    server = run.start(database, policy=policy_file)
    yield Place(run, server, run.tokens, lambda: run.cluster.connect(database))
    run.finish(server)
    run.cluster.drop(database)


@pytest.fixture
def disturbed(run, policy_file):
    """The same organisation in an embedded database."""
    place = Embedded(run, policy_file)
    yield place
    place.close()


class Strikes:
    """Kills in turn, each after some more chunks of the import that is under way."""

    def __init__(self, place, source):
        self.place, self.source, self.done, self.hit = place, source, 0, 0

    def strike(self, client):
        """One kill, when so many more chunks were taken or creditctl has ended by itself."""
        before = wait_until(lambda: [self.place.chunks()], 60, "the database")[0] or 0
        goal = before + self.source.randrange(1, 5)

        def reached():
            return client.poll() is not None or (self.place.chunks() or 0) >= goal
        wait_until(reached, 120, "more chunks, or the end")
        under_way = client.poll() is None
        kind = ("server", "client", "postgresql")[self.done % 3]
        if kind == "server":
            self.place.kill_server()
        elif kind == "postgresql":
            self.place.kill_postgresql()
        elif under_way:
            os.kill(client.pid, signal.SIGKILL)
            client.communicate(timeout=60)
        self.done += 1
        self.hit += under_way


def test_what_is_killed_leaves_what_an_undisturbed_import_leaves(run, undisturbed, disturbed):
    number = number_from_environment("SEED", random.SystemRandom().randrange(10**6))
    wanted = number_from_environment("STRIKES", 20)
    print(f"import-kills: seed {number}, {wanted} strikes")
    directory = run.private_directory("files")
    mapping = files.write_mapping(directory, columns=COLUMNS, create=True, opening_grade="yellow")
    made = make_files(directory, civil(undisturbed.rows("SELECT creditd.business_now()")[0][0]))
    for path in made:
        undisturbed.finish(path, mapping)
    expected = undisturbed.judged()

    strikes = Strikes(disturbed, random.Random(number))
    for place, path in enumerate(made, 1):
        client = None
        while strikes.done < wanted * place // len(made):
            if client is None or client.poll() is not None:
                client = disturbed.start(path, mapping)
            strikes.strike(client)
        disturbed.finish(path, mapping, client if client is not None and client.returncode != -signal.SIGKILL else None)
    found = disturbed.judged()
    print(f"import-kills: {strikes.done} kills, {strikes.hit} of them while creditctl was at work")
    assert strikes.done == wanted and strikes.hit > wanted // 2
    assert expected.count('["standing"') > CUSTOMERS, "there were demotions and corrections"
    assert found == expected, difference(found, expected)


def difference(found, expected):
    """The first lines that only one of two portraits has."""
    mine, theirs = set(found.splitlines()), set(expected.splitlines())
    return "\n".join([f"+ {text}" for text in sorted(mine - theirs)[:10]] +
                     [f"- {text}" for text in sorted(theirs - mine)[:10]])


def test_the_portrait_tells_what_differs(run, undisturbed):
    """The comparison above would see a trade, a value, a standing that is not there."""
    directory = run.private_directory("files")
    mapping = files.write_mapping(directory, columns=COLUMNS, create=True, opening_grade="yellow")
    trade = Trade("1", 1_000_00, dt.date(2026, 1, 5), dt.date(2026, 1, 5))
    seen = set()
    for change in (trade, replace(trade, amount=1_000_01), replace(trade, settled=trade.due),
                   replace(trade, document="2")):
        path = files.write_lines(directory / "one.csv", [files.trade_line("F-1", change) + ","], COLUMNS)
        undisturbed.finish(path, mapping)
        seen.add(undisturbed.judged())
    assert len(seen) == 4
