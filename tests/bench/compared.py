"""More groups of cells (see cells.py): S, the plain query behind an inbox, several processes."""
import contextlib
import json
import re
import subprocess
import threading

from cells import NotHere
from harness import paths
from harness.process import dying_with_us
from harness.run import APP_ROLE
from harness.server import limits
from harness.workers import connections, pids
from pgbench import Pgbench
from stage import BENCH

INBOX_SQL = paths.ROOT / "server" / "store" / "sql" / "read_inbox.sql"
INBOX_CLIENTS = 32
INBOX_PAGE = 50
APPROVER = 3
UNITS_SKIPPED = 8  # of a recording, while the server's load grows
RECORD_SHARE = 3  # a recording lasts so many windows: S is faster than what was recorded
PROCESSES = (1, 2, 4)
CONNECTIONS = 256  # of each number of processes


# ---- S ----

def _record(stage, plan, one_lane):
    """What a server sends on its commit connection at 64 x 16, from its start on a copy of the template; the file."""
    recording = stage.directory / "commit.rec"
    with stage.product(options=one_lane, environment={"LD_PRELOAD": str(BENCH / "record.so"),
                                                      "CREDITBENCH_RECORD": str(recording)}) as (_, _, generator):
        generator.cell(kind="steps", connections=64, outstanding=16, warmup=plan.window.warmup,
                       seconds=RECORD_SHARE * plan.window.seconds)
    return recording


def _replay(stage, plan, recording):
    """The cell of S, on a copy of the template."""
    with stage.database() as (database, _):
        command = [BENCH / "replay", "--conninfo", stage.cluster.conninfo(database, APP_ROLE), "--file", recording,
                   "--seconds", plan.window.seconds, "--skip", UNITS_SKIPPED]
        with subprocess.Popen(dying_with_us(command), stdout=subprocess.PIPE, text=True) as process, \
                stage.meter() as meter:
            out, _ = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"replay ended with {process.returncode}")
    told = json.loads(out)
    end = meter.samples[-1][0]
    return {**told, "steps": told["commands"], **meter.between(end - told["seconds"], end)}


@contextlib.contextmanager
def set_limit(ground, plan):
    """The server with one lane, and S: its own statements from a recording, sent again on one connection."""
    one_lane = limits(ground.stage.directory, lanes_max=1)
    recording = _record(ground.stage, plan, one_lane)
    with ground.ours.other(*one_lane) as ours:
        yield {"one lane": lambda _: ours.steps(plan.window, 64, 16),
               "S": lambda _: _replay(ground.stage, plan, recording)}


# ---- inbox ----

def _plain_query(stage, database):
    """(script, variables) of the product's own query, for the first page of the approvers at HQ."""
    if not INBOX_SQL.exists():
        raise NotHere("the server has no query of its own for an inbox")
    text = re.sub(r"^--.*\n", "", INBOX_SQL.read_text(encoding="ascii"), flags=re.MULTILINE)
    script = stage.directory / "inbox.pgbench"
    script.write_text(re.sub(r"\$(\d+)", r":p\1", text).strip() + ";\n", encoding="ascii")
    unit = stage.execute(database, "SELECT unit_id FROM creditd.unit WHERE level = 1")[0][0]
    values = (f"{{{unit}}}", f"{{{APPROVER}}}", 0, 0, 0, INBOX_PAGE, "{}", "false", 0, 0)
    return script, [(f"p{n}", value) for n, value in enumerate(values, 1)]


@contextlib.contextmanager
def inbox(ground, plan):
    """The first page of what waits at HQ, oldest due first; the server writes who has read what."""
    ours = ground.ours
    script, variables = _plain_query(ground.stage, ours.database)
    plain = Pgbench(ground.stage, ours.database)
    yield {
        "query": lambda _: plain.run(script, INBOX_CLIENTS, plan.window, variables),
        "inbox": lambda _: ours.cell(plan.window, kind="inbox", connections=INBOX_CLIENTS, sorted=1),
    }


# ---- processes ----

class Shares(threading.Thread):
    """Looks how many of a server's connections each of its processes holds, until `end`, which gives the shares when
    all were there."""

    def __init__(self, server, connections):
        super().__init__(daemon=True)
        self.server, self.connections, self.held = server, connections, []
        self._ended = threading.Event()

    def run(self):
        while not self._ended.wait(0.1):
            held = [connections(pid, self.server.port) for pid in (pids(self.server) or [self.server.pid])]
            if sum(held) == self.connections:
                self.held = held

    def end(self):
        """The shares, in no order."""
        self._ended.set()
        self.join()
        assert self.held, "the connections were never all there"
        return [n / self.connections for n in self.held]


def _served_by(product, plan, count):
    """A cell of a server in that many processes, started for it."""
    with product.other("--workers", count) as ours:
        shares = Shares(ours.server, CONNECTIONS)
        shares.start()
        told = ours.steps(plan.window, CONNECTIONS)
        found = shares.end()
    assert len(found) == count, found
    return {**told, "least_share": min(found)}


@contextlib.contextmanager
def workers(ground, plan):
    """256 connections at one server in 1, 2 and 4 processes."""
    yield {f"{count} process{'es' if count > 1 else ''}": lambda _, count=count: _served_by(ground.ours, plan, count)
           for count in PROCESSES}
