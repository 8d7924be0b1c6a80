"""The planted database of the bench (tests/bench/plant): whole, told well by its roster, and worked on by the server as
if it had made it itself."""
import json
import subprocess
from collections import Counter

import pytest

from harness import chain, checker, dump, paths
from harness.cli import Cli

PLANT = paths.BUILD / "bench" / "plant"
REGIONS, BRANCHES, CUSTOMERS, APPLICATIONS, WAITING, TRADES = 2, 2, 40, 100, 30, 700
DAY_US = 86_400_000_000


def public_id_of(letter, table):
    """An expression for the public id of a row."""
    return f"format('{letter}-%s-%s', lpad(home_id::text, 2, '0'), {table}_id)"


class Planted:
    """A planted database, a server on it, and what the roster says."""

    def __init__(self, run, *options):
        self.database = run.vacant("planted")
        roster = run.private_directory("plant") / "roster"
        words = {"conninfo": run.cluster.conninfo(self.database), "roster": roster, "regions": REGIONS,
                 "branches": BRANCHES, "customers": CUSTOMERS, "applications": APPLICATIONS, "waiting": WAITING,
                 "trades": TRADES}
        subprocess.run([PLANT, *(w for k, v in words.items() for w in ("--" + k, str(v))), *options], check=True,
                       stdout=subprocess.DEVNULL, timeout=120)
        lines = [line.split(" ") for line in roster.read_text(encoding="utf-8").splitlines()]
        self.people = {words[1]: words[2:] for words in lines if words[0] == "person"}
        self.customers = [words[1:] for words in lines if words[0] == "customer"]
        self.tokens = {login: bytes.fromhex(words[2]) for login, words in self.people.items()}


@pytest.fixture(scope="module")
def planted(run):
    """With all its indexes dropped and made again, the longer way."""
    return Planted(run, "--drop-indexes")


@pytest.fixture(scope="module")
def owner(run, planted):
    connection = run.cluster.connect(planted.database)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def rows(owner):
    """rows(sql): of a statement."""
    def ask(sql):
        with owner.cursor() as cursor:
            cursor.execute("SET search_path = creditd")
            cursor.execute(sql)
            return cursor.fetchall()
    return ask


@pytest.fixture(scope="module")
def planted_server(run, planted):
    value = run.start(planted.database)
    yield value
    run.finish(value)


def test_nothing_is_violated(rows, owner):
    assert rows("SELECT * FROM integrity_violation") == []
    held = dump.take(owner)
    found = chain.chains(held["events"])
    assert {key: chain.first_fault(events) for key, events in found.items()} == dict.fromkeys(found)
    assert [str(v) for v in checker.check([], [], held)] == []


def test_the_numbers_are_those_asked_for(rows):
    assert rows("SELECT state, count(*) FROM application GROUP BY 1 ORDER BY 1") == [(3, WAITING), (5, APPLICATIONS)]
    assert rows("SELECT count(*) FROM customer") == [(CUSTOMERS + WAITING,)]
    assert rows("SELECT count(*) FROM trade") == [(TRADES,)]
    assert rows("SELECT count(DISTINCT due_at), count(DISTINCT timer_id), min(due_at) > business_now(), "
                f"max(due_at) < business_now() + {3 * DAY_US} FROM application WHERE open") == [
                    (WAITING, WAITING, True, True)]
    assert rows("SELECT count(*) FROM event WHERE at > business_now()") == [(0,)]
    assert rows("SELECT last_value >= greatest((SELECT max(customer_id) FROM customer), "
                "(SELECT max(application_id) FROM application)) FROM row_number") == [(True,)]


def test_the_indexes_are_those_of_the_schema(run, rows):
    sql = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'creditd' ORDER BY 1"
    other = "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 2"
    empty = run.vacant()
    assert rows(sql) == run.cluster.execute(sql, empty)
    assert rows(other) == run.cluster.execute("SET search_path = creditd; " + other, empty)


def test_the_roster_tells_who_and_whom(planted, rows):
    roles = Counter(words[0] for words in planted.people.values())
    assert roles == {"submitter": REGIONS * BRANCHES, "verifier": REGIONS, "approver": 8, "importer": 1, "auditor": 1}
    assert planted.people["sub-R01B02"][:2] == ["submitter", "R01B02"]
    assert planted.people["ver-R02"][:2] == ["verifier", "R02"] and planted.people["app-8"][:2] == ["approver", "HQ"]
    told = rows(f"SELECT {public_id_of('C', 'customer')}, number, (SELECT code FROM unit WHERE unit_id = branch_id), "
                "(ARRAY['green', 'yellow', 'red', 'black'])[grade] FROM customer WHERE open_application_id IS NULL "
                "ORDER BY customer_id")
    assert [tuple(words) for words in planted.customers] == told and len(told) == CUSTOMERS


def keys_by_kind(rows, where):
    """What each kind of event says, as sets of the keys of payloads in their order; but for measures, which planted grades do
    not bring."""
    found = {}
    for kind, payload in rows(f"SELECT kind, payload::text FROM event WHERE {where}"):
        found.setdefault(kind, set()).add(tuple(k for k in json.loads(payload) if k != "measures"))
        assert payload == json.dumps(json.loads(payload), separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return found


def test_the_server_goes_on_where_the_planting_ended(planted, planted_server, rows):
    public_id, number, branch, grade = planted.customers[0]
    mine = f"{public_id_of('C', 'customer')} = '{public_id}'"
    last = rows(f"SELECT max(seq) FROM event WHERE {mine}")[0][0]
    with planted_server.client(planted.tokens["sub-" + branch]) as sub, \
            planted_server.client(planted.tokens["ver-" + branch[:3]]) as ver, \
            planted_server.client(planted.tokens["app-3"]) as app:
        shown = sub.do("customer_show", customer=number, purpose="test")["customer"]
        assert (shown["id"], shown["grade"]) == (public_id, grade)
        asked = "green" if grade != "green" else "yellow"
        case = {"application": sub.do("application_submit", customer=public_id, to_grade=asked,
                                      reason="a reason")["application"]["id"]}
        ver.do("application_verify", finding="confirmed", opinion="seen", **case)
        app.do("application_approve", reason="agreed", **case)
        done = sub.do("application_record", **case)["application"]
        assert (done["state"], sub.do("customer_show", customer=number, purpose="test")["customer"]["grade"]) == \
            ("recorded", asked)
        inbox = app.do("inbox", limit=100)["applications"]
        assert {a["id"] for a in inbox} == {row[0] for row in rows(f"SELECT {public_id_of('A', 'application')} "
                                                                   "FROM application WHERE state = 3")}
    assert rows("SELECT * FROM integrity_violation") == []
    steps = f"{mine} AND kind IN (1, 2, 5, 8, 31) AND seq"
    before, after = keys_by_kind(rows, f"{steps} <= {last}"), keys_by_kind(rows, f"{steps} > {last}")
    assert sorted(after) == [1, 2, 5, 8, 31] and all(after[kind] <= before[kind] for kind in after)


def test_an_auditor_finds_the_chains_whole(run, planted, planted_server):
    cli = Cli(run.private_directory("cli"), planted_server, planted.tokens)
    assert cli("aud-1", "audit", "verify", planted.customers[1][0]).json["chains"] == 1
    assert cli("aud-1", "audit", "verify").json["chains"] == 1 + CUSTOMERS + WAITING


def test_a_database_that_is_not_empty_is_refused(run, planted):
    again = subprocess.run([PLANT, "--conninfo", run.cluster.conninfo(planted.database), "--roster", "/dev/null"],
                           check=False, capture_output=True, text=True, timeout=60)
    assert (again.returncode, again.stderr) == (1, "plant: the database is not empty\n")
