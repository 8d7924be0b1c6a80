"""What PostgreSQL itself does, by pgbench over a unix socket with prepared statements: T, and the plain query behind an
inbox."""
import collections
import math
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from harness import paths
from harness.process import dying_with_us

HERE = pathlib.Path(__file__).resolve().parent
CUSTOMERS_OF_T = 20_000
STEPS_OF_A_CASE = 4
LEAD_OF_CLIENT_S = 0.03  # a first guess of what a connection and its preparations take
LEAD_MAX_S = 60


def quantile(values, part):
    """Of sorted values."""
    return values[min(len(values) - 1, int(part * len(values)))] if values else float("nan")


class Failed(Exception):
    """pgbench did not end well."""


class Pgbench:
    """pgbench on one database of a stage."""

    def __init__(self, stage, database):
        self.stage, self.database = stage, database
        self.program = paths.postgres_bin() / "pgbench"
        self._lead = {}  # clients -> seconds until all of them have prepared everything

    def run(self, script, clients, window, defined=()):
        """Runs a script and counts the transactions that end within the window; a failed one ends the bench. The window
        begins when every client has been through all kinds of transactions. CPU is that of PostgreSQL: pgbench's own is
        not counted."""
        lead = self._lead.setdefault(clients, window.warmup + clients * LEAD_OF_CLIENT_S)
        log, meter = self._logged(script, clients, math.ceil(lead + window.seconds), defined)
        warm = self._warm(log, clients, meter.samples[0][0] + window.warmup)
        ended = min(warm + window.seconds, log[-1][0] if log else 0)
        if ended - warm < window.seconds / 2:
            if lead > LEAD_MAX_S:
                raise Failed(f"pgbench: {clients} clients have not begun within {lead} s")
            self._lead[clients] = 2 * lead
            return self.run(script, clients, window, defined)
        latencies = sorted(latency for at, latency, _client in log if warm <= at < ended)
        return {"steps": len(latencies), "seconds": ended - warm, "rate": len(latencies) / (ended - warm),
                **{f"p{n}_ms": quantile(latencies, n / 100) for n in (50, 90, 99)}, "max_ms": latencies[-1],
                **meter.between(warm, ended)}

    def before(self):
        """What a run has to find."""

    def _logged(self, script, clients, duration, defined):
        """A run; ([(when it ended, milliseconds, client)] in order, what was used meanwhile)."""
        self.before()
        logs = pathlib.Path(tempfile.mkdtemp(prefix="pgbench-", dir=self.stage.directory))
        command = [self.program, "-n", "-M", "prepared", "-c", clients, "-j", min(clients, 2), "-T", duration,
                   "-f", script, "--log", "--log-prefix", logs / "log",
                   *(f"-D{name}={value}" for name, value in defined), self.stage.cluster.conninfo(self.database)]
        # After five executions PostgreSQL comes to generic plans by itself; 64 clients would take seconds to get there.
        environment = {**os.environ, "PGOPTIONS": "-c search_path=creditd -c plan_cache_mode=force_generic_plan"}
        with subprocess.Popen(dying_with_us(command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=environment) as process, self.stage.meter() as meter:
            out, errors = process.communicate()
        failed = re.search(r"number of failed transactions: (\d+)", out)
        if process.returncode != 0 or failed is None or failed[1] != "0" or "aborted" in errors:
            raise Failed(f"pgbench ended with {process.returncode}: {out}{errors[-2_000:]}")
        to_monotonic = time.monotonic() - time.time()
        lines = [line.split() for path in logs.iterdir() for line in path.read_text(encoding="ascii").splitlines()]
        shutil.rmtree(logs)
        return sorted((int(f[4]) + int(f[5]) / 1e6 + to_monotonic, int(f[2]) / 1000, f[0]) for f in lines), meter

    @staticmethod
    def _warm(log, clients, earliest):
        """When the last of the clients had done one of each kind."""
        done = collections.Counter()
        left = clients
        for at, _latency, client in log:
            done[client] += 1
            left -= done[client] == STEPS_OF_A_CASE
            if left == 0:
                return max(at, earliest)
        return math.inf


class OrdinaryServer(Pgbench):
    """T: step.pgbench, on customers that are added to the database for it."""

    def __init__(self, stage, database):
        super().__init__(stage, database)
        homes = [home for home, in self._sql("SELECT home_id FROM unit WHERE home_id IS NOT NULL ORDER BY home_id")]
        assert homes == list(range(1, len(homes) + 1)), homes  # the script counts on it
        self.homes = len(homes)
        self.base = self._plant()

    def _sql(self, statement):
        return self.stage.execute(self.database, f"SET search_path = creditd; {statement}")

    def _plant(self):
        """The id of the first of T's customers; the n-th is of the home n % homes + 1."""
        base = self._sql("SELECT last_value + 1 FROM row_number")[0][0]
        self._sql(f"""
            INSERT INTO customer (home_id, customer_id, version, number, name, branch_id, region_id, stage, tier, grade,
                                  chain_seq, chain_hash, last_event_at, in_force_since)
            SELECT r.home_id, {base} + n, 1, 'T' || n, 'Customer of T ' || n,
                   b.ids[1 + n / {self.homes} % cardinality(b.ids)], r.unit_id, 3, 1, 1 + n % 4, 1,
                   decode(repeat('ab', 32), 'hex'), real_now(), current_date
            FROM generate_series(0, {CUSTOMERS_OF_T - 1}) n JOIN unit r ON r.home_id = 1 + n % {self.homes}
            JOIN (SELECT parent_id, array_agg(unit_id) AS ids FROM unit WHERE level = 3 GROUP BY parent_id) b
                 ON b.parent_id = r.unit_id""")
        self._sql(f"SELECT setval('row_number', {base + CUSTOMERS_OF_T})")
        self._sql("ANALYZE customer")
        return base

    def before(self):
        """Cases that the last run left open lapse."""
        self._sql(f"""
            UPDATE application SET came_from = state, action = 9, state = 8, version = version + 1, due_at = NULL,
                   turn_unit_id = NULL, turn_role = NULL, step_started_at = NULL, region_signers = '{{}}', region_nodes = '{{}}'
            WHERE open AND customer_id >= {self.base}""")
        self._sql(f"UPDATE customer SET open_application_id = NULL WHERE customer_id >= {self.base} "
                  "AND open_application_id IS NOT NULL")

    def steps(self, clients, window):
        """A cell."""
        return self.run(HERE / "step.pgbench", clients, window, (
            ("state", 0), ("clients", clients), ("base", self.base), ("each", CUSTOMERS_OF_T // clients),
            ("homes", self.homes)))
