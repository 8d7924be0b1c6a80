"""One row per subject that waits: what becomes of it step by step, and that a migration keeps what was armed before."""
import contextlib
import hashlib
import io

import pytest

from harness import dump, paths
from harness.process import wait_until
from harness.standing import DAY
from test_routes import DECIDE, VERIFY, on

WAITING = """SELECT home_id, kind, subject_id, customer_id, timer_id::text, due_at, unit_id, role FROM timer
             ORDER BY home_id, kind, subject_id"""
BEFORE_TIMERS = ("0001_first.sql", "0002_trades.sql")
# What the table of timers was then: rows by id, closed when they are no longer armed.
FORMER_TIMERS = """
    INSERT INTO timer (home_id, timer_id, kind, customer_id, application_id, due_at)
    SELECT home_id, timer_id, 20, customer_id, application_id, due_at FROM application WHERE timer_id IS NOT NULL;
    INSERT INTO timer (home_id, timer_id, kind, customer_id, due_at)
    SELECT home_id, evaluation_timer_id, 21, customer_id, evaluate_at FROM customer
    WHERE evaluation_timer_id IS NOT NULL;
    INSERT INTO timer (home_id, timer_id, kind, customer_id, application_id, due_at, closed)
    SELECT home_id, gen_random_uuid(), 20, customer_id, application_id, submitted_at, true FROM application"""


def timer_of(trading, application):
    """(timer, due instant, unit, role) of an application in the table; None: it has none."""
    home, number = application["id"].split("-")[1:]
    found = trading.rows("SELECT timer_id IS NOT NULL, due_at, u.code, role FROM timer JOIN unit u USING (unit_id) "
                         "WHERE timer.home_id = %s AND kind = 20 AND subject_id = %s", int(home), int(number))
    return found[0] if found else None


@pytest.fixture(scope="module")
def cases(trading):
    """An application in every state, one whose missed deadline was noted, and a customer who waits for an evaluation."""
    overdue = trading.apply(trading.customer("red"), "green")
    trading.advance_to(overdue["due_at_us"])
    wait_until(lambda: timer_of(trading, overdue)[0] is False, 10, "the note of the missed deadline")
    made = {state: trading.bring(trading.apply(trading.customer("red"), "green"), state)
            for state in ("submitted", "returned", "verified", "approved", "recorded")}
    number = trading.customer("green")
    day = trading.today()
    trading.give(number, *trading.kept(4, 10_000_00, day - 40 * DAY, day - 10 * DAY),
                 *trading.missed(4, 10_000_00, day - 5 * DAY, day + 20 * DAY))
    return {**made, "overdue": overdue}


def test_an_open_case_has_one_row_with_its_turn(trading, cases):
    branch, region, hq = ("B11", 1), ("R1", 2), ("HQ", 3)
    expected = {"submitted": region, "returned": branch, "verified": hq, "approved": branch}
    for state, turn in expected.items():
        assert timer_of(trading, cases[state]) == (True, cases[state]["due_at_us"], *turn), state
    assert timer_of(trading, cases["recorded"]) is None
    assert timer_of(trading, cases["overdue"]) == (False, cases["overdue"]["due_at_us"], *region), \
        "noted, and still waiting"
    assert trading.rows("SELECT count(*) FROM timer WHERE kind = 20") == \
        trading.rows("SELECT count(*) FROM application WHERE open")
    assert dump.integrity(trading.owner) == []


@pytest.mark.parametrize("change", [
    "UPDATE timer SET due_at = due_at + 1 WHERE kind = 20", "UPDATE timer SET unit_id = unit_id + 1 WHERE kind = 20",
    "UPDATE timer SET role = 4 WHERE kind = 20", "UPDATE timer SET timer_id = gen_random_uuid() WHERE kind = 20",
    "DELETE FROM timer WHERE kind = 20", "DELETE FROM timer WHERE kind = 21",
    "UPDATE timer SET due_at = due_at + 1 WHERE kind = 21",
    "INSERT INTO timer (home_id, kind, subject_id, customer_id, timer_id, due_at) "
    "SELECT home_id, 21, 999999, 999999, gen_random_uuid(), 1 FROM customer LIMIT 1"])
def test_the_integrity_check_sees_a_row_that_is_not_its_subjects(trading, cases, change):
    trading.owner.autocommit = False
    try:
        trading.rows(change + " RETURNING 1")
        assert {kind for kind, *_ in dump.integrity(trading.owner)} <= {"timer", "evaluation timer"}
        assert dump.integrity(trading.owner) != []
    finally:
        trading.owner.rollback()
        trading.owner.autocommit = True


# ---- migration ----

def former(run, name, files):
    """A new database with the schema of these migrations, made as creditd makes it."""
    connection = run.cluster.connect(run.cluster.create(name))
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA creditd AUTHORIZATION creditd_owner; SET ROLE creditd_owner; "
                       "SET search_path = creditd; CREATE TABLE schema_migration (number integer PRIMARY KEY, "
                       "name text NOT NULL, sha256 text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp())")
        for number, file in enumerate(files, 1):
            text = (paths.MIGRATIONS / file).read_bytes()
            cursor.execute(text.decode())
            cursor.execute("INSERT INTO schema_migration (number, name, sha256) VALUES (%s, %s, %s)",
                           (number, file, hashlib.sha256(text).hexdigest()))
        cursor.execute("RESET ROLE; SET session_replication_role = replica")  # rows in any order
    return connection


# What later migrations have made of former tables and columns.
LATER = {"organisation_head": "(SELECT true AS one, * FROM reference_head WHERE chain = 0) h",
         "policy_version": "(SELECT *, proposed_at AS registered_at FROM policy_version) p"}


def copy_rows(source, target, but=("schema_migration",)):
    """Every row of every table but these, in the columns that the target has."""
    with source.cursor() as out, target.cursor() as into:
        out.execute("SET search_path = creditd")
        into.execute("SELECT table_name, string_agg(column_name, ', ') FROM information_schema.columns "
                     "JOIN pg_tables ON tablename = table_name AND schemaname = table_schema WHERE "
                     "table_schema = 'creditd' AND is_generated = 'NEVER' AND table_name <> ALL (%s) "
                     "GROUP BY table_name", (list(but),))
        for table, columns in into.fetchall():
            rows = io.BytesIO()
            out.copy_expert(f"COPY (SELECT {columns} FROM {LATER.get(table, table)}) TO STDOUT", rows)
            rows.seek(0)
            into.execute(f"DELETE FROM {table}")
            into.copy_expert(f"COPY {table} ({columns}) FROM STDIN", rows)


def test_a_migration_keeps_what_is_armed(run, trading, cases, tokens):
    before = former(run, "before_timers", BEFORE_TIMERS)
    copy_rows(trading.owner, before, ("timer", "schema_migration"))
    with before.cursor() as cursor:
        cursor.execute(FORMER_TIMERS)
        assert {kind for kind, *_ in dump.integrity(before)} == set()
        server = run.start("before_timers")
        try:
            cursor.execute(WAITING)
            assert cursor.fetchall() == trading.rows(WAITING)
            assert dump.integrity(before) == []
            noted_afterwards(server, tokens, cases["verified"])
        finally:
            run.finish(server)
    assert dump.integrity(before) == []
    before.close()


def test_a_database_of_the_version_before(run, trading, cases, tokens):
    """Filled, it is what it was after the last migration, and its cases go on."""
    claimed = trading.apply(trading.customer("red"), "green")
    trading.connect("ver1").do("application_claim", application=claimed["id"])
    trading.connect("ver1").do("application_countersign", application=claimed["id"], add="ver1b")
    with on(trading, VERIFY, '{ name = "again"; step = "verify"; }', DECIDE):
        with_hq, back, round_again = (trading.apply(trading.customer("red"), "green") for _ in range(3))
        for case, first, second in ((with_hq, "ver1", "ver1b"), (back, "ver1", "ver1b"), (round_again, "ver1", "ver1b"),
                                    (round_again, "ver1b", "ver1")):
            for login in (first, second):
                trading.connect(login).do("application_verify", application=case["id"], finding="confirmed", opinion="o")
            if case is round_again and first == "ver1":  # all is void
                trading.connect("app").do("application_return_to_node", application=case["id"], node="verify", reason="r")
        trading.connect("app").do("application_return_to_node", application=back["id"], node="again", reason="r")
    signed = "SELECT application_id, signers, signer_nodes, region_signers, region_nodes FROM application WHERE open ORDER BY 1"
    before = former(run, "version_before", sorted(path.name for path in paths.MIGRATIONS.glob("*.sql") if path.name < "0016"))
    copy_rows(trading.owner, before)
    assert dump.integrity(before) == []
    with before.cursor() as cursor:  # it did not keep what the region had signed
        cursor.execute("UPDATE application SET signers = '{}', signer_nodes = '{}' WHERE state = 1 AND action = 11")
    server = run.start("version_before")
    try:
        with before.cursor() as cursor:
            cursor.execute(signed)
            assert cursor.fetchall() == trading.rows(signed)
            assert {tuple(nodes) for _, _, nodes, _, _ in trading.rows(signed)} >= {(), (0,)}
            assert {tuple(nodes) for *_, nodes in trading.rows(signed)} == {(), (0,), (0, 1)}
        for login, name, more in (("ver1", "assist", {"to": "app", "reason": "r"}), ("app", "opinion", {"opinion": "o"}),
                                  ("ver1", "verify", {"finding": "confirmed", "opinion": "o"})):
            assert dump.integrity(before) == []
            with contextlib.closing(server.client(tokens[login])) as client:
                client.do("application_" + name, application=claimed["id"], **more)
        with contextlib.closing(server.client(tokens["ver1b"])) as client:
            verified = client.do("application_verify", application=claimed["id"], finding="confirmed", opinion="o")
        assert verified["application"]["state"] == "verified"
    finally:
        run.finish(server)
    assert dump.integrity(before) == []
    before.close()


def noted_afterwards(server, tokens, application):
    """A timer of before the migration runs when it is due."""
    admin, aud = server.client(tokens["admin"]), server.client(tokens["aud"])
    admin.do("clock_advance", by_us=application["due_at_us"] - aud.do("server_status")["now_us"])

    def noted():
        told = aud.do("application_history", application=application["id"], purpose="t")["entries"]
        return [e for e in told if e["kind"] == "deadline_missed"]
    assert len(wait_until(noted, 10, "the note of the missed deadline")) == 1
    admin.close()
    aud.close()
