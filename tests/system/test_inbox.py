"""The inbox: oldest due first, in pages that stay right while cases move on, and cheap however many wait."""
import contextlib
import json

import pytest

from harness import paths
from harness.standing import DAY
from harness.trading import refused

WAITING = 20_000
INBOX_LIMIT = 51
MAKER, MADE = 7, 100  # who has made so many of those


def key(application):
    """What the inbox is ordered by."""
    home, number = application["id"].split("-")[1:]
    return application["due_at_us"], int(home), int(number)


def pages(client, limit):
    """The pages of the inbox, each when it is asked for."""
    after = None
    while True:
        page = client.do("inbox", purpose="t", limit=limit, after=after)
        yield page.get("applications", [])
        after = page.get("next")
        if after is None:
            return


def verified(trading, branch, count):
    """Cases of a branch that wait at HQ."""
    region = branch[1]
    made = []
    for _ in range(count):
        case = trading.apply(trading.customer("red", branch), "green", login="sub" + branch[1:])
        told = trading.connect("ver" + region).do("application_verify", application=case["id"], finding="confirmed",
                                                  opinion="o")
        made.append(told["application"])
    return made


@pytest.fixture(scope="module")
def cases(trading):
    """Cases of two regions that wait at HQ, their ids in another order than their due instants."""
    made = []
    for _ in range(3):
        made += verified(trading, "B21", 2) + verified(trading, "B11", 2)
        trading.go_to(trading.today() + DAY)
    return made


def test_oldest_due_first_whatever_the_pages(connect, cases):
    app = connect("app")
    whole = app.do("inbox", purpose="t")["applications"]
    assert [a["id"] for a in whole] == [a["id"] for a in sorted(cases, key=key)]
    assert [a["id"] for a in whole] != [a["id"] for a in sorted(cases, key=lambda a: key(a)[1:])]
    for limit in (1, 2, 5, len(cases)):
        assert [a for page in pages(app, limit) for a in page] == whole, limit


def test_it_shows_what_a_list_shows(connect, cases):
    listed = {a["id"]: a for a in connect("app").do("application_list", purpose="t", open_only=True)["applications"]}
    for application in connect("app").do("inbox", purpose="t")["applications"]:
        assert application == listed[application["id"]]


def test_creditctl_shows_oldest_due_first(cli, cases):
    assert [a["id"] for a in cli("app", "inbox").json] == [a["id"] for a in sorted(cases, key=key)]
    assert [a["id"] for a in cli("app", "inbox", "--limit", "2").json] == [a["id"] for a in sorted(cases, key=key)[:2]]


def moves(connect, application, how):
    """The case leaves the inbox, or stands elsewhere in it."""
    case = {"application": application["id"]}
    connect("app").do("application_" + how, reason="r", **case)
    if how == "return":  # and comes back, due later
        connect("sub11").do("application_resubmit", **case)
        connect("ver1").do("application_verify", finding="confirmed", opinion="o", **case)


@pytest.mark.parametrize("how", ["approve", "reject", "return"])
def test_a_case_that_moves_between_pages_hides_no_other(connect, trading, how):
    verified(trading, "B11", 4)
    trading.go_to(trading.today() + DAY)
    verified(trading, "B11", 3)
    app = connect("app")
    before = app.do("inbox", purpose="t")["applications"]
    last = next(n for n, a in enumerate(before) if n > 1 and a["branch"] == "B11")
    rest = pages(app, last + 1)
    first = next(rest)
    assert first == before[:last + 1]
    moves(connect, first[-1], how)  # after it the next page starts
    seen = [a["id"] for page in rest for a in page]
    assert seen.count(first[-1]["id"]) == (how == "return")
    assert [i for i in seen if i != first[-1]["id"]] == [a["id"] for a in before[last + 1:]]


@pytest.mark.parametrize("after", ["A-01-1", "x", "5", "5/", "/A-01-1", "-1/A-01-1", " 5/A-01-1", "5/A-01-1 ",
                                   "99999999999999999999/A-01-1", "5/C-01-1"])
def test_a_cursor_that_is_none(connect, after):
    reply = refused(lambda: connect("app").do("inbox", purpose="t", after=after))
    assert (reply.reason, reply.field) == ("FIELD_INVALID", "after")


# ---- plans ----

def statement(name):
    """The text of a statement of the server."""
    return (paths.ROOT / "server" / "store" / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def plant(cursor):
    """Many cases that wait at HQ, as rows alone: nobody has taken their steps."""
    cursor.execute(f"""
        INSERT INTO customer (home_id, customer_id, version, number, name, branch_id, region_id, stage, tier, grade,
                              open_application_id, chain_seq, chain_hash, last_event_at)
        SELECT r.home_id, 1000000 + n, 1, 'P-' || n, 'P', b.unit_id, r.unit_id, 2, 1, 3, 2000000 + n, 1,
               decode(repeat('00', 32), 'hex'), 1
        FROM generate_series(1, {WAITING}) n, unit b JOIN unit r ON r.unit_id = b.parent_id WHERE b.code = 'B11';
        INSERT INTO application (home_id, application_id, customer_id, version, came_from, action, state, from_tier,
                                 from_grade, to_grade, off_criteria, finding, hands, submitted_by, verified_by,
                                 branch_id, region_id, policy_version, clock_started_at, submitted_at, verified_at,
                                 due_at, complete_by, turn_unit_id, turn_role, timer_id, reason,
                                 step_started_at, verifiers, region_signers, region_nodes)
        SELECT c.home_id, open_application_id, customer_id, 2, 1, 2, 3, 1, 3, 2, false, 1, ARRAY[2, maker], maker, 2, branch_id,
               region_id, 1, 1, 1, 2, 1 + customer_id * 7919 % 100000, 9000000000000000, unit_id, 3, gen_random_uuid(),
               'r', 2, '{{2}}', '{{2}}', '{{0}}'
        FROM customer c, unit, LATERAL (SELECT CASE WHEN customer_id <= 1000000 + {MADE} THEN {MAKER} ELSE 1 END AS maker) m
        WHERE customer_id > 1000000 AND unit.code = 'HQ';
        INSERT INTO timer (home_id, kind, subject_id, customer_id, timer_id, due_at, unit_id, role)
        SELECT home_id, 20, application_id, customer_id, timer_id, due_at, turn_unit_id, turn_role FROM application""")


def nodes(plan):
    """All nodes of a plan."""
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def explained(cursor, call):
    """The nodes of the plan that was run, by the index that they read."""
    cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE {call}")
    told, = cursor.fetchone()
    plan = (told if isinstance(told, list) else json.loads(told))[0]["Plan"]
    return {n.get("Index Name"): n for n in nodes(plan) if "Relation Name" in n}


def check_inbox_plan(cursor):
    cursor.execute("BEGIN")
    cursor.execute(statement("plan_generic"))
    cursor.execute("SELECT h.unit_id, b.unit_id FROM unit h, unit b WHERE h.code = 'HQ' AND b.code = 'B11'")
    hq, branch = cursor.fetchone()
    read = explained(cursor, f"inbox ('{{{hq},{hq}}}', '{{2,3}}', 50, 1, 1, {INBOX_LIMIT}, '{{1,2}}', true, 0, 0)")
    own = explained(cursor, f"inbox ('{{}}', '{{}}', 0, 0, 0, {INBOX_LIMIT}, '{{}}', false, {MAKER}, {branch})")
    cursor.execute("COMMIT")
    assert read.keys() == own.keys() == {"timer_inbox", "application_assistant", "application_extension", "application_maker",
                                         "application_pkey", "customer_pkey"}
    return read, own


def check_changes_plan(cursor):
    """Planned anew: a server may start when the tables have filled and nobody has counted them."""
    cursor.execute(f"DEALLOCATE ALL; PREPARE changes AS {statement('read_changes')}")
    cursor.execute("BEGIN")
    cursor.execute(statement("plan_generic"))
    read = explained(cursor, "changes ('3:3:', 0, 0, 500, 1)")
    cursor.execute("COMMIT")
    assert "change_xid" in read
    for index, last in (("event_pkey", "seq"), ("application_pkey", "application_id")):
        assert f"{last} = " in read[index]["Index Cond"], "by the whole key"


def check_watch_plans(cursor):
    due, later = explained(cursor, "due (200, 0, 0, 0, 0)"), explained(cursor, "next")
    assert due["timer_due"]["Actual Rows"] < 300 and later["timer_due"]["Actual Rows"] <= 1


def test_plans_go_by_the_indexes(run):
    """The inbox's is made once, on an empty database, and must stay good while that fills."""
    database = run.seeded("plans")
    connection = run.cluster.connect(database)
    with connection.cursor() as cursor:
        cursor.execute("SET search_path = creditd; SET plan_cache_mode = force_custom_plan")
        check_changes_plan(cursor)
        for name, file in (("inbox", "read_inbox"), ("due", "read_due_timers"), ("next", "read_next_timer")):
            cursor.execute(f"PREPARE {name} AS {statement(file)}")
        check_inbox_plan(cursor)
        plant(cursor)
        for _ in range(2):
            read, own = check_inbox_plan(cursor)
            timers = read["timer_inbox"]
            assert timers["Actual Loops"] == 2 and timers["Actual Rows"] <= INBOX_LIMIT, "once per role"
            assert read["application_pkey"]["Actual Loops"] <= INBOX_LIMIT
            for index in ("application_assistant", "application_extension", "application_maker"):
                assert read[index]["Actual Loops"] == 1 and read[index]["Actual Rows"] == 0
            assert "coalesce" in (mine := own["application_maker"])["Index Cond"].lower() and "branch_id" in mine["Index Cond"]
            assert mine["Actual Loops"] == 1 and mine["Actual Rows"] == MADE and mine.get("Rows Removed by Filter", 0) == 0
            assert own["application_pkey"]["Actual Loops"] <= INBOX_LIMIT
            cursor.execute("ANALYZE")
        check_watch_plans(cursor)
        check_changes_plan(cursor)
    connection.close()
    run.cluster.drop(database)


def looked_at(cursor, snapshot):
    """How many rows of changes a look with that snapshot reads."""
    cursor.execute("BEGIN")
    cursor.execute(statement("plan_generic"))
    cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE changes (%s, 0, 0, 500, -1)", (snapshot,))
    (told,), = cursor.fetchall()
    cursor.execute("COMMIT")
    return sum(n["Actual Rows"] * n["Actual Loops"] + n.get("Rows Removed by Filter", 0)
               for n in nodes(told[0]["Plan"]) if n.get("Relation Name") == "change")


def test_a_transaction_that_stays_open_makes_no_look_longer(run):
    """What has come since it began and was seen is not looked at again; what it commits itself is found."""
    database = run.seeded("long")
    insert = "INSERT INTO creditd.change (at, homes, customers, seqs) SELECT 1, '{}', '{}', '{}' FROM generate_series(1, %s)"
    with contextlib.closing(run.cluster.connect(database)) as long, contextlib.closing(run.cluster.connect(database)) as other:
        with long.cursor() as slow, other.cursor() as cursor:
            cursor.execute(f"SET search_path = creditd; PREPARE changes AS {statement('read_changes')}")
            slow.execute("BEGIN")
            slow.execute(insert, (1,))
            cursor.execute(insert, (1000,))
            cursor.execute("SELECT pg_current_snapshot()::text")
            snapshot, = cursor.fetchone()
            assert looked_at(cursor, snapshot) == 0
            cursor.execute(insert, (2,))
            assert looked_at(cursor, snapshot) == 2
            slow.execute("COMMIT")
            assert looked_at(cursor, snapshot) == 3
    run.cluster.drop(database)
