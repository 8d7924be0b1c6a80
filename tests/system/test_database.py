"""The database repeats the invariants (acceptance 7): what the server's own role must not write is refused."""
import psycopg2
import pytest

from harness import dump, model, paths

CHECK, UNIQUE, NO_RIGHT = "23514", "23505", "42501"
DECIDED = ("decided_by = 9998, decided_at = 1, decided_grade = to_grade, finding = 1, verified_by = 9999, "
           "verified_at = 1, hands = hands || 9999::bigint, verifiers = verifiers || 9999::bigint")
THE_CASE = "WHERE home_id = 1 AND application_id = {a}"
THE_CUSTOMER = "WHERE home_id = 1 AND customer_id = {c}"
NEW_TRADE = ("INSERT INTO trade (home_id, document, customer_id, version, currency, amount_minor, issued_on, due_on, "
             "cancelled, command_id, recorded_at) VALUES (1, 'F', {{c}}, 1, 'CNY', {amount}, '2000-01-01', '{due}', "
             "false, gen_random_uuid(), 1)")
GRANT = "insufficient privilege"

# name, statement (on a submitted case {a} of customer {c}, both of home 1), the constraint that refuses it or GRANT. A
# statement breaks the one rule that it is about and keeps all others.
FORBIDDEN = [
    ("a step is skipped", f"UPDATE application SET came_from = 1, action = 5, state = 4, version = 2, turn_role = 1, "
                          f"{DECIDED} {THE_CASE}", "application_no_step_skipped"),
    ("a state that its step does not lead to",
     f"UPDATE application SET came_from = 1, action = 2, state = 5, version = 9, recorded_by = 1, recorded_at = 1, "
     f"due_at = NULL, turn_unit_id = NULL, turn_role = NULL, timer_id = NULL, step_started_at = NULL, {DECIDED} {THE_CASE}",
     "application_step_is_published"),
    ("own case decided", "UPDATE application SET came_from = 3, action = 5, state = 4, version = 3, "
                         "decided_by = submitted_by, decided_at = 1, decided_grade = to_grade, finding = 1, "
                         "verified_by = 9999, verified_at = 1, hands = hands || 9999::bigint, turn_role = 1 "
                         "WHERE home_id = 1 AND application_id = {a}", "application_four_eyes"),
    ("verified by who entered it", "UPDATE application SET came_from = 1, action = 2, state = 3, version = 2, "
                                   "verified_by = submitted_by, verified_at = 1, finding = 1, turn_role = 3 "
                                   "WHERE home_id = 1 AND application_id = {a}", "application_verified_by_another"),
    ("decided for one who entered it", f"UPDATE application SET came_from = 3, action = 5, state = 4, version = 3, "
                                       f"decided_for = submitted_by, turn_role = 1, {DECIDED} {THE_CASE}",
     "application_four_eyes_for"),
    ("verified for one who entered it", f"UPDATE application SET came_from = 1, action = 2, state = 3, version = 2, "
                                        f"verified_by = 9999, verified_for = submitted_by, verified_at = 1, finding = 1, "
                                        f"hands = hands || 9999::bigint, turn_role = 3 {THE_CASE}",
     "application_verified_for_another"),
    ("verified for one who is no hand", f"UPDATE application SET came_from = 1, action = 2, state = 3, version = 2, "
                                        f"verified_by = 9999, verified_for = 9997, verified_at = 1, finding = 1, "
                                        f"hands = hands || 9999::bigint, turn_role = 3 {THE_CASE}",
     "application_hands_hold_for"),
    ("verified for oneself", f"UPDATE application SET came_from = 1, action = 2, state = 3, version = 2, "
                             f"verified_by = 9999, verified_for = 9999, verified_at = 1, finding = 1, "
                             f"hands = hands || 9999::bigint, turn_role = 3 {THE_CASE}",
     "application_acted_for_another"),
    ("whom it was submitted for rewritten", "UPDATE application SET submitted_for = NULL WHERE application_id = {a}", GRANT),
    ("a delegation to oneself", "INSERT INTO delegation (delegation_id, delegator_id, substitute_id, begins_at, ends_at, "
                                "kinds, set_by) SELECT 1, min(user_id), min(user_id), 1, 2, 0, max(user_id) FROM app_user",
     "delegation_to_another"),
    ("a substitute who set it", "INSERT INTO delegation (delegation_id, delegator_id, substitute_id, begins_at, ends_at, "
                                "kinds, set_by) SELECT 1, min(user_id), max(user_id), 1, 2, 0, max(user_id) FROM app_user",
     "delegation_set_by_another"),
    ("a delegation deleted", "DELETE FROM delegation", GRANT),
    ("a delegation given to another", "UPDATE delegation SET substitute_id = 1", GRANT),
    ("decided outside the grades between", "UPDATE application SET came_from = 3, action = 5, state = 4, version = 3, "
                                           "decided_by = 9998, decided_at = 1, decided_grade = from_grade, finding = 1,"
                                           " verified_by = 9999, verified_at = 1, hands = hands || 9999::bigint, "
                                           "turn_role = 1 WHERE home_id = 1 AND application_id = {a}",
     "application_decided_between"),
    ("hands wiped", "UPDATE application SET hands = '{{}}' WHERE home_id = 1 AND application_id = {a}",
     "application_hands_hold"),
    ("the submitter rewritten", "UPDATE application SET submitted_by = 1 WHERE application_id = {a}", GRANT),
    ("a case deleted", "DELETE FROM application WHERE application_id = {a}", GRANT),
    ("a second open case", "INSERT INTO application SELECT home_id, application_id + 100000, customer_id, 1, 0, 1, 1, "
                           "DEFAULT FROM application", "application_one_open"),
    ("an event updated", "UPDATE event SET payload = '{{}}' WHERE home_id = 1", GRANT),
    ("an event deleted", "DELETE FROM event WHERE home_id = 1", GRANT),
    ("events truncated", "TRUNCATE event", GRANT),
    ("an event of an illegal step", "INSERT INTO event (home_id, customer_id, seq, application_id, kind, command_id, "
                                    "actor, at, from_state, to_state, version, payload, hash_prev, hash) "
                                    "SELECT 1, {c}, 1000, {a}, 5, gen_random_uuid(), 1, 1, 1, 4, 2, '{{}}', hash, hash "
                                    "FROM event WHERE home_id = 1 LIMIT 1", "event_step_is_published"),
    ("an event twice in a chain", "INSERT INTO event SELECT * FROM event WHERE home_id = 1 AND customer_id = {c} "
                                  "LIMIT 1", "event_pkey"),
    ("a command row changed", "UPDATE command SET status = 1 WHERE home_id = 1", GRANT),
    ("a command row deleted", "DELETE FROM command WHERE home_id = 1", GRANT),
    ("a command id used again", "INSERT INTO command SELECT * FROM command WHERE home_id = 1 LIMIT 1", "command_pkey"),
    ("the standing history changed", "UPDATE standing_history SET grade = 1", GRANT),
    ("the read audit deleted", "DELETE FROM read_audit", GRANT),
    ("a grade that does not exist", "UPDATE customer SET grade = 5 WHERE home_id = 1 AND customer_id = {c}",
     "customer_standing_fits"),
    ("an ordinary customer with a grade", "UPDATE customer SET tier = 2, measures_policy = NULL, measures_open = 0 "
     "WHERE home_id = 1 AND customer_id = {c}",
     "customer_standing_fits"),
    ("a customer's number changed", "UPDATE customer SET number = 'X' WHERE customer_id = {c}", GRANT),
    ("a customer moved to another home", "UPDATE customer SET home_id = 2 WHERE customer_id = {c}", GRANT),
    ("a customer deleted", "DELETE FROM customer WHERE customer_id = {c}", GRANT),
    ("an administrator who decides", "UPDATE app_user SET roles = 256 | 8", "user_administrator_decides_nothing"),
    ("a user renamed", "UPDATE app_user SET login = 'x'", GRANT),
    ("the policy rewritten", "UPDATE policy_version SET text = 'x'", GRANT),
    ("the clock made movable", "UPDATE clock SET test_clock = true", GRANT),
    ("computed without an evaluation", f"UPDATE customer SET computed_grade = grade {THE_CUSTOMER}",
     "customer_evaluation_fits"),
    ("below the floor and still a key account", f"UPDATE customer SET evaluated_policy = 1 {THE_CUSTOMER}",
     "customer_below_floor_is_ordinary"),
    ("a criterion that is no difference", f"UPDATE customer SET evaluated_policy = 1, computed_grade = grade, "
                                          f"criterion_met_on = '2026-01-01', criterion_detected_at = 1, "
                                          f"criterion_due_at = 2, criterion_answer = 3 {THE_CUSTOMER}",
     "customer_criterion_is_a_difference"),
    ("a criterion without an answer", f"UPDATE customer SET evaluated_policy = 1, computed_grade = 5 - grade, "
                                      f"criterion_met_on = '2026-01-01', criterion_detected_at = 1, "
                                      f"criterion_due_at = 2 {THE_CUSTOMER}", "customer_criterion_has_answer"),
    ("a criterion that is awaited beside a case", f"UPDATE customer SET evaluated_policy = 1, computed_grade = 5 - grade, "
                                                  f"criterion_met_on = '2026-01-01', criterion_detected_at = 1, "
                                                  f"criterion_due_at = 2, criterion_answer = 1 {THE_CUSTOMER}",
     "customer_criterion_is_awaited"),
    ("a difference that is no criterion", f"UPDATE customer SET evaluated_policy = 1, computed_grade = 5 - grade "
                                          f"{THE_CUSTOMER}", "customer_criterion_is_a_difference"),
    ("a key account that was demoted", f"UPDATE customer SET demoted_on = '2026-01-01', demoted_from = 1, "
                                       f"demoted_policy = 1, in_force_since = '2026-01-01' {THE_CUSTOMER}",
     "customer_demotion_fits"),
    ("a timer without its instant", f"UPDATE customer SET evaluation_timer_id = gen_random_uuid() {THE_CUSTOMER}",
     "customer_timer_fits"),
    ("a trade due before it was issued", NEW_TRADE.format(amount=1, due="1999-12-31"), "trade_due_after_issue"),
    ("a trade of nothing", NEW_TRADE.format(amount=0, due="2000-01-01"), "trade_amount_minor_check"),
    ("a trade deleted", "DELETE FROM trade", GRANT),
    ("a trade given to another customer", "UPDATE trade SET customer_id = 1", GRANT),
    ("an earlier version rewritten", "UPDATE trade_past SET amount_minor = 1", GRANT),
    ("an earlier version deleted", "DELETE FROM trade_past", GRANT),
    ("an import of another file", "UPDATE trade_import SET source = source", GRANT),
    ("an evaluation forgotten", "DELETE FROM import_customer", GRANT),
    ("a constraint dropped", "ALTER TABLE application DROP CONSTRAINT application_four_eyes", GRANT),
    ("a table made", "CREATE TABLE creditd.mine (x int)", GRANT),
]
SECOND_OPEN = """INSERT INTO application ({columns}) SELECT {values} FROM application WHERE application_id = {a}"""


@pytest.fixture(scope="module")
def case(connect):
    """(number of a submitted application, number of its customer), both in home 1."""
    connect("ver1")
    shown = connect("sub11").do("application_submit", customer="K11-01", to_grade="green", reason="r")["application"]
    assert shown["id"].startswith("A-01-")
    return int(shown["id"].split("-")[2]), int(shown["customer_id"].split("-")[2])


def second_open(pg, application):
    """An INSERT that copies the open case under another number."""
    with pg.owner.cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_schema = 'creditd' AND "
                       "table_name = 'application' AND is_generated = 'NEVER' ORDER BY ordinal_position")
        columns = [name for name, in cursor.fetchall()]
    values = ["application_id + 100000" if c == "application_id" else c for c in columns]
    return SECOND_OPEN.format(columns=", ".join(columns), values=", ".join(values), a=application)


@pytest.fixture(scope="module")
def app(run, database):
    """A connection as the server's role."""
    connection = run.cluster.connect(database, "creditd_app")
    yield connection
    connection.close()


@pytest.mark.parametrize("name, statement, expected", FORBIDDEN, ids=[f[0] for f in FORBIDDEN])
def test_forbidden_write(pg, app, case, name, statement, expected):
    if name == "a second open case":
        statement = second_open(pg, case[0])
    before = dump.standing_still(pg.owner)
    with app.cursor() as cursor:
        cursor.execute("SET search_path = creditd")
        with pytest.raises(psycopg2.Error) as refused:
            cursor.execute(statement.format(a=case[0], c=case[1]))
    if expected == GRANT:
        assert refused.value.pgcode == NO_RIGHT, refused.value
    else:
        assert refused.value.pgcode in (CHECK, UNIQUE), refused.value
        assert refused.value.diag.constraint_name == expected, refused.value
    assert dump.standing_still(pg.owner) == before


MERGE = (paths.ROOT / "server" / "store" / "sql" / "apply_applications.sql").read_text(encoding="ascii")
# What is written of a case, changed from the row that is there.
WRITTEN = ("(SELECT array_agg(json_populate_record(NULL::application_write, (to_jsonb(a) || '{changes}')::json)) "
           "FROM application a WHERE a.application_id = {a})")


@pytest.mark.parametrize("changes, refused", [
    ('{"loaded_version": 1, "reason": "again"}', None),
    ('{"loaded_version": 2}', "CR001"),
    ('{"loaded_version": 0}', "CR001"),
    ('{"loaded_version": 1, "application_id": 4000000}', "CR001"),
    ('{"loaded_version": 0, "application_id": 4000000}', UNIQUE),
], ids=["the loaded version", "another version", "already there", "not there", "a second open one"])
def test_a_case_is_written_as_it_was_loaded_or_not_at_all(app, case, changes, refused):
    """The statement of the commit engine, in a transaction that is taken back."""
    app.autocommit = False
    try:
        with app.cursor() as cursor:
            cursor.execute("SET search_path = creditd")
            statement = MERGE.replace("$1::application_write[]", WRITTEN.format(changes=changes, a=case[0]))
            if refused is None:
                cursor.execute(statement)
                cursor.execute("SELECT reason FROM application WHERE application_id = %s", (case[0],))
                assert cursor.fetchone() == ("again",)
            else:
                with pytest.raises(psycopg2.Error) as error:
                    cursor.execute(statement)
                assert error.value.pgcode == refused, error.value
    finally:
        app.rollback()
        app.autocommit = True


def allowed_steps(pg, table, constraint):
    """The (came from, step, state) that a CHECK lets through, found by asking it for every combination of numbers."""
    with pg.owner.cursor() as cursor:
        cursor.execute("SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = %s AND "
                       "conrelid = ('creditd.' || %s)::regclass", (constraint, table))
        expression, = cursor.fetchone()
        cursor.execute(f"""SELECT came_from, action, state FROM (
            SELECT f::smallint AS came_from, f::smallint AS from_state, k::smallint AS action, k::smallint AS kind,
                   t::smallint AS state, t::smallint AS to_state, 1::bigint AS application_id, 1 AS version
            FROM generate_series(0, 9) f, generate_series(1, 13) k, generate_series(0, 9) t) AS asked
            WHERE {expression}""")
        return {(model.STATES[f], model.STEPS[k], model.STATES[t]) for f, k, t in cursor.fetchall()}


@pytest.mark.parametrize("table, constraint", [("application", "application_step_is_published"),
                                               ("event", "event_step_is_published")])
def test_the_constraint_is_the_published_table(pg, table, constraint):
    assert allowed_steps(pg, table, constraint) == model.triples()


def test_the_role_has_no_more_than_it_needs(pg):
    with pg.owner.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles "
                       "WHERE rolname = 'creditd_app'")
        assert cursor.fetchone() == (False, False, False, False)
        cursor.execute("SELECT table_name FROM information_schema.table_privileges WHERE grantee = 'creditd_app' AND "
                       "privilege_type IN ('DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES')")
        assert sorted(cursor.fetchall()) == [("change",), ("timer",)], "derived from events, and from applications and customers"
        cursor.execute("SELECT table_name, privilege_type FROM information_schema.column_privileges WHERE "
                       "grantee = 'creditd_app' AND privilege_type = 'UPDATE' AND "
                       "table_name IN ('event', 'command', 'standing_history', 'read_audit')")
        assert cursor.fetchall() == []
        cursor.execute("SELECT column_name FROM information_schema.column_privileges WHERE grantee = 'creditd_app' AND "
                       "privilege_type = 'UPDATE' AND table_name = 'policy_version'")
        assert {name for name, in cursor.fetchall()} == {"published_by", "published_at", "effective_at",
                                                         "rolled_back_by", "rolled_back_at", "rollback_reason"}


def test_integrity_check_is_empty_and_finds_a_fault(pg, case):
    assert dump.integrity(pg.owner) == []
    pg.owner.autocommit = False
    try:
        with pg.owner.cursor() as cursor:
            cursor.execute("UPDATE creditd.customer SET open_application_id = NULL WHERE home_id = 1 AND "
                           "customer_id = %s", (case[1],))
        assert "open application" in {kind for kind, *_ in dump.integrity(pg.owner)}
    finally:
        pg.owner.rollback()
        pg.owner.autocommit = True
