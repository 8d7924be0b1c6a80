"""An import of trades against COPY of the rows that it wrote, and people at work beside an import."""
import contextlib
import datetime as dt
import itertools
import json
import threading
import time

from cells import check
from harness import files
from harness.cli import Cli
from harness.process import wait_until
from tradefile import start_import, write_file

EVALUATION_MAX_S = 600
_documents = itertools.count()


class Import:
    """A file of trades for customers of every second kind of a branch (those of creditbench's part=2/2), and its import
    as the importer."""

    def __init__(self, stage, roster, server, rows, customers):
        self.stage, self.rows = stage, rows
        self.directory = stage.directory / f"import-{next(_documents)}"
        self.directory.mkdir()
        self.login, token = roster.of_role("importer")
        self.cli = Cli(self.directory, server, {self.login: token})
        self.mapping = files.write_mapping(self.directory)
        self.path = self.directory / "trades.csv"
        today = dt.datetime.now(dt.timezone.utc).date()
        write_file(self.path, rows, self._customers(roster, customers), today, 6, next(_documents) * 10_000_000)
        self.ended = None

    @staticmethod
    def _customers(roster, count):
        seen, chosen = {}, []
        for _id, number, branch, _grade in roster.customers:
            seen[branch] = seen.get(branch, 0) + 1
            if seen[branch] % 2 == 0:
                chosen.append((branch, number))
        assert len(chosen) >= count, f"{count} customers are wanted, the roster has {len(chosen)}"
        return chosen[:count]

    def run(self):
        """All of it; everything was added."""
        log_path = self.directory / "log"
        with open(log_path, "w", encoding="utf-8") as log:
            with start_import(self.cli, self.login, self.path, self.mapping, log) as client:
                out, _ = client.communicate()
        assert client.returncode == 0, log_path.read_text(encoding="utf-8")[-2_000:]
        assert json.loads(out)["added"] == self.rows, out
        self.ended = time.monotonic()

    def wait_evaluated(self, database):
        """Until all customers of all imports are evaluated."""
        wait_until(lambda: self.stage.execute(
            database, "SELECT count(*) FROM creditd.trade_import WHERE finished_at IS NULL OR evaluated < customers")
            == [(0,)], EVALUATION_MAX_S, "the evaluation of all")


class Rows:
    """What was written to a database since a moment, as files of binary COPY, one for each table."""

    def __init__(self, stage, database):
        self.stage, self.database = stage, database
        self.since = stage.execute(database, "SELECT pg_current_xact_id()::text::bigint")[0][0]
        self.tables = {}

    def _columns(self, table, keys_only):
        """Names, as text; without columns that the database computes."""
        wanted = "AND a.attnum = ANY (i.indkey)" if keys_only else ""
        return self.stage.execute(self.database, f"""
            SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) FROM pg_attribute a
            JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
            WHERE a.attrelid = '{table}'::regclass AND a.attnum > 0 AND a.attgenerated = '' AND NOT a.attisdropped
            {wanted}""")[0][0]

    def keep(self):
        """Writes the files."""
        for table, in self.stage.execute(self.database, "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' "
                                                        "AND relnamespace = 'creditd'::regnamespace ORDER BY 1"):
            columns = self._columns(table, False)
            path = self.stage.cluster.home / f"{table}.copy"
            written = f"FROM {table} WHERE xmin::text::bigint >= {self.since}"
            self.stage.execute(self.database, f"COPY (SELECT {columns} {written}) TO '{path}' (FORMAT binary)")
            count = self.stage.execute(self.database, f"SELECT count(*) {written}")[0][0]
            if count > 0:
                self.tables[table] = columns, self._columns(table, True), path, count

    def make_room(self, database):
        """Removes from a database, which is as the other was at that moment, what these rows took the place of."""
        for table, (columns, keys, path, _) in self.tables.items():
            removed = self.stage.execute(database, f"""
                CREATE TEMP TABLE incoming AS SELECT {columns} FROM {table} WITH NO DATA;
                COPY incoming FROM '{path}' (FORMAT binary);
                WITH removed AS (DELETE FROM {table} t WHERE ({keys}) IN (SELECT {keys} FROM incoming) RETURNING 1)
                SELECT count(*) FROM removed""")[0][0]
            if removed > 0:
                self.stage.execute(database, f"VACUUM {table}")

    def copy_into(self, database):
        """COPY of every file, a transaction each; seconds."""
        seconds = 0.0
        with contextlib.closing(self.stage.cluster.connect(database)) as connection, connection.cursor() as cursor:
            for table, (columns, _, path, count) in self.tables.items():
                begin = time.monotonic()
                cursor.execute(f"COPY {table} ({columns}) FROM '{path}' (FORMAT binary)")
                seconds += time.monotonic() - begin
                assert cursor.rowcount == count, (table, cursor.rowcount, count)
        return seconds

    def counts(self):
        """Table -> rows."""
        return {table: count for table, (_, _, _, count) in self.tables.items()}


def run_import(stage, database, roster, server, plan):
    """(the cell of an import with its evaluations, the Rows that it wrote)."""
    work = Import(stage, roster, server, plan.import_rows, plan.import_customers)
    rows = Rows(stage, database)
    with stage.meter(server) as meter:
        begin = time.monotonic()
        work.run()
        work.wait_evaluated(database)
        end = time.monotonic()
    return {"rows": work.rows, "seconds": end - begin, "rate": work.rows / (end - begin),
            "file_seconds": work.ended - begin, "evaluation_seconds": end - work.ended,
            **meter.between(begin, end)}, rows


@contextlib.contextmanager
def imports(ground, plan):
    """Each cell on a fresh copy of the template. `copy` loads what `import` wrote."""
    stage, kept = ground.stage, {}

    def import_whole(_):
        with stage.database(plan.import_template) as (database, roster):
            with stage.server(database) as server:
                told, rows = run_import(stage, database, roster, server, plan)
            if not kept:
                check(stage, database)
            rows.keep()
        kept["rows"] = rows
        return {**told, "written": rows.counts()}

    def run_copy(cells):
        with stage.database(plan.import_template) as (database, _):
            kept["rows"].make_room(database)
            with stage.meter() as meter:
                begin = time.monotonic()
                seconds = kept["rows"].copy_into(database)
            used = meter.between(begin, begin + seconds)
        return {"rows": cells["import"]["rows"], "seconds": seconds, "rate": cells["import"]["rows"] / seconds, **used}
    yield {"import": import_whole, "copy": run_copy}


@contextlib.contextmanager
def interactive(ground, plan):
    """A few people at an even pace, in quiet and beside an import."""
    def pace(ours):
        return ours.steps(plan.interactive, 16, 4, rate=50)

    def beside(_):
        ours = ground.ours
        work = Import(ground.stage, ours.roster, ours.server, plan.beside_rows, plan.import_customers)
        thread = threading.Thread(target=work.run)
        thread.start()
        told = pace(ours)
        thread.join()
        assert work.ended is not None, "the import has failed"
        work.wait_evaluated(ours.database)
        begin, end = told["began_s"], told["ended_s"]
        return {**told, "covered": max(0.0, min(end, work.ended) - begin) / (end - begin)}
    yield {"quiet": lambda _: pace(ground.ours), "beside": beside}
