"""More groups of cells (see cells.py): S, the plain query behind an inbox, several processes."""
import contextlib
import json
import re
import subprocess
import threading

from cells import NotHere, Product, check, product
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


@contextlib.contextmanager
def set_limit(stage, plan):
    """The server with one lane, and S: its own statements from a recording, sent again on one connection."""
    one_lane = limits(stage.directory, lanes_max=1)
    recording = _record(stage, plan, one_lane)

    def limit(_):
        with stage.database() as (database, _):
            command = [BENCH / "replay", "--conninfo", stage.cluster.conninfo(database, APP_ROLE), "--file", recording,
                       "--seconds", plan.window.seconds, "--skip", 8]
            with subprocess.Popen(dying_with_us(command), stdout=subprocess.PIPE, text=True) as process, \
                    stage.meter(replay=process.pid) as meter:
                out, _ = process.communicate()
            if process.returncode != 0:
                raise RuntimeError(f"replay ended with {process.returncode}")
        told = json.loads(out)
        end = meter.samples[-1][0]
        return {**told, "steps": told["commands"], **meter.between(end - told["seconds"], end)}
    with product(stage, options=one_lane) as ours:
        yield {"one lane": lambda _: ours.steps(plan.window, 64, 16), "S": limit}


# ---- inbox ----

def _plain_query(stage, database):
    """(script, variables) of the product's own query, for the first page of the approvers at HQ."""
    if not INBOX_SQL.exists():
        raise NotHere("the server has no query of its own for an inbox")
    text = re.sub(r"^--.*\n", "", INBOX_SQL.read_text(encoding="ascii"), flags=re.MULTILINE)
    script = stage.directory / "inbox.pgbench"
    script.write_text(re.sub(r"\$(\d+)", r":p\1", text).strip() + ";\n", encoding="ascii")
    unit = stage.execute(database, "SELECT unit_id FROM creditd.unit WHERE level = 1")[0][0]
    values = (unit, f"{{{APPROVER}}}", 0, 0, 0, INBOX_PAGE)
    return script, [(f"p{n}", value) for n, value in enumerate(values, 1)]


@contextlib.contextmanager
def inbox(stage, plan):
    """The first page of what waits at HQ, oldest due first; the server writes who has read what."""
    with product(stage) as ours:
        script, variables = _plain_query(stage, ours.database)
        plain = Pgbench(stage, ours.database)
        yield {
            "query": lambda _: plain.run(script, INBOX_CLIENTS, plan.window, variables),
            "inbox": lambda _: ours.cell(plan.window, kind="inbox", connections=INBOX_CLIENTS, sorted=1),
        }


# ---- processes ----

class Shares(threading.Thread):
    """Looks how many of a server's connections each of its processes holds, until `end`, which gives the shares when all
    were there."""

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


@contextlib.contextmanager
def workers(stage, plan):
    """256 connections at one server in 1, 2 and 4 processes, each started for its cell."""
    def run(count):
        with stage.server(database, "--workers", count) as server:
            generator.port = server.port
            ours = Product(stage, database, roster, server, generator)
            shares = Shares(server, CONNECTIONS)
            shares.start()
            told = ours.steps(plan.window, CONNECTIONS)
            found = shares.end()
        assert len(found) == count, found
        return {**told, "least_share": min(found)}
    with stage.database() as (database, roster):
        with stage.server(database) as first, stage.generator(roster, first) as generator:
            offered = {f"{count} process{'es' if count > 1 else ''}": lambda _, count=count: run(count) for count in PROCESSES}
            yield offered
            generator.port = first.port
            generator.cell(kind="drain")
        check(stage, database)
