"""creditbench, the load generator of tests/bench: it counts what the database holds, and ends on an answer that is wrong."""
import json
import os
import subprocess
import time

import pytest

from harness import paths
from harness.held import stopped
from harness.process import dying_with_us, wait_until
from harness.seed import GRADES, PASSWORD
from harness.server import limits

REGIONS, BRANCHES, CUSTOMERS = 2, 2, 24  # branches of each region, customers of each branch
STEPS = {"submit": 1, "verify": 2, "approve": 5, "record": 8}
ON_TIME_MS, STALL_S = 100, 0.6


class Bench:
    """A creditbench process."""

    def __init__(self, roster, server):
        self.port = server.port
        self.process = subprocess.Popen(
            dying_with_us([paths.CREDITBENCH, "--roster", roster, "--ca", server.ca]), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def begin(self, kind, **words):
        """Sends a cell."""
        words = {"kind": kind, "port": self.port, **words}
        self.process.stdin.write(" ".join(f"{key}={value}" for key, value in words.items()) + "\n")
        self.process.stdin.flush()

    def cell(self, kind, **words):
        """A cell and what it tells."""
        self.begin(kind, **words)
        return self.told()

    def told(self):
        """What the cell that was begun tells."""
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        told = json.loads(line)
        assert told["wrong"] == 0
        return told

    def end(self):
        """(status, standard error) after the last cell."""
        errors = self.process.communicate()[1]
        return self.process.returncode, errors


def people():
    """(login, role, unit) of the organisation that load is put on."""
    for region in [f"R{r:02}" for r in range(1, REGIONS + 1)]:
        yield f"ver-{region}", "verifier", region
        for branch in [f"{region}B{b:02}" for b in range(1, BRANCHES + 1)]:
            yield f"sub-{branch}", "submitter", branch
    for n in (1, 2):
        yield f"app-{n}", "approver", "HQ"


@pytest.fixture(name="sessions", scope="module")
def _sessions(server, connect):
    """login -> token of people(), in units of their own."""
    admin, out = connect("admin"), {}
    for login, role, unit in people():
        if unit != "HQ" and role == "verifier":
            admin.do("unit_create", code=unit, name=unit, level="region", parent="HQ", zone="Asia/Shanghai")
        elif unit != "HQ":
            admin.do("unit_create", code=unit, name=unit, level="branch", parent=unit[:3])
        admin.do("user_add", login=login, name=login, unit=unit, job_level="supervisor", roles=[role],
                 password=PASSWORD.format(login=login))
        with server.client() as client:
            out[login] = client.login(login, PASSWORD.format(login=login))
    return out


@pytest.fixture(name="roster")
def _roster(run, connect, sessions):
    """A roster with fresh customers."""
    directory = run.private_directory("roster")
    lines = [f"person {login} {role} {unit} {sessions[login].hex()}" for login, role, unit in people()]
    for branch in [unit for _, role, unit in people() if role == "submitter"]:
        fields = [{"number": f"{directory.name}-{branch}-{n}", "name": "K", "branch": branch,
                   "opening_grade": GRADES[n % len(GRADES)]} for n in range(CUSTOMERS)]
        for one, asked in [(one, connect("app").post("customer_add", **one)) for one in fields]:
            reply = connect("app").wait(asked)
            assert reply.ok, reply
            lines.append(f"customer {reply.entity} {one['number']} {branch} {one['opening_grade']}")
    path = directory / "roster"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(name="counted")
def _counted(pg):
    """counted(): how many steps of each kind the database holds that were not there when the test began."""
    def now():
        with pg.owner.cursor() as cursor:
            cursor.execute("SELECT kind, count(*) FROM creditd.event WHERE kind < 10 GROUP BY kind")
            found = dict(cursor.fetchall())
        return {step: found.get(kind, 0) for step, kind in STEPS.items()}
    before = now()
    return lambda: {step: count - before[step] for step, count in now().items()}


@pytest.fixture(name="open_cases")
def _open_cases(pg):
    """open_cases(state): how many applications are in that state, or in any that is open."""
    def count(*states):
        with pg.owner.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM creditd.application WHERE state = ANY(%s)", (list(states),))
            return cursor.fetchone()[0]
    return count


def test_it_counts_what_the_database_holds(roster, server, counted, open_cases):
    """Closed, pipelined, with a bound over all, and by a schedule: cell after cell the steps add up, and the last one
    leaves no case open."""
    with Bench(roster, server) as bench:
        cells = [bench.cell("steps", connections=8, seconds=.4),
                 bench.cell("steps", connections=8, outstanding=4, seconds=.4, warmup=.1),
                 bench.cell("steps", connections=3, total=1, seconds=.4),
                 bench.cell("steps", connections=5, rate=200, outstanding=8, seconds=.5)]
        assert sum(counted().values()) == sum(cell["all_steps"] for cell in cells)
        assert open_cases(1, 3, 4) == cells[-1]["open"] > 0
        for cell in cells:
            assert cell["steps"] == sum(cell["by_kind"].values()) > 0 and min(cell["by_kind"].values()) > 0
            assert cell["p50_ms"] <= cell["p90_ms"] <= cell["p99_ms"] <= cell["max_ms"]
            assert cell["bytes_sent"] > 100 * cell["steps"] and cell["bytes_received"] > 100 * cell["steps"]
            assert cell["rate"] == pytest.approx(cell["steps"] / cell["seconds"]) and cell["cpu_s"] > 0
        assert cells[0]["filled"] > 0 and cells[3]["steps"] <= 105  # no more than its schedule has
        drained = bench.cell("drain")
        assert drained["by_kind"]["submit"] == drained["open"] == open_cases(1, 3, 4) == 0
        assert sum(counted().values()) == sum(cell["all_steps"] for cell in [*cells, drained])
        assert len(set(counted().values())) == 1
        assert bench.end() == (0, "")


def test_a_part_of_the_customers(roster, server, pg):
    """part=I/N leaves the other customers alone, so that two can work side by side."""
    def touched():
        with pg.owner.cursor() as cursor:
            cursor.execute("SELECT number FROM creditd.customer JOIN creditd.application USING (home_id, customer_id)"
                           " WHERE number LIKE %s", (f"{roster.parent.name}-%",))
            return {number for number, in cursor.fetchall()}
    with Bench(roster, server) as one, Bench(roster, server) as two:
        one.begin("steps", connections=8, seconds=.3, part="1/2")
        two.begin("steps", connections=8, seconds=.3, part="2/2")
        assert one.told()["steps"] > 0 and two.told()["steps"] > 0
        assert {int(number.rpartition("-")[2]) % 2 for number in touched()} == {0, 1}
        before = touched()
        one.cell("steps", connections=8, outstanding=4, seconds=.3, part="1/2")
        assert {int(number.rpartition("-")[2]) % 2 for number in touched() - before} <= {0}
        one.cell("drain")
        two.cell("drain")


def test_an_inbox_is_read_whole(roster, server, open_cases):
    """Every page has all the rows that wait, as long as they fit on it."""
    with Bench(roster, server) as bench:
        bench.cell("steps", connections=8, seconds=.1)
        told = bench.cell("inbox", connections=2, outstanding=2, seconds=.3)
        assert told["answers"] > 0 and told["rows"] == told["answers"] * min(open_cases(3), 50)
        bench.cell("drain")
        assert bench.cell("inbox", connections=2, seconds=.1)["rows"] == 0


def test_idle_connections_and_handshakes(roster, server, connect):
    """Idle ones are held, with their sessions, until the next line; those of handshakes are over with their cell."""
    status = connect("admin")
    others = status.do("server_status")["connections"]
    with Bench(roster, server) as bench:
        assert bench.cell("idle", connections=20)["connections"] == 20
        assert status.do("server_status")["connections"] == others + 20
        told = bench.cell("handshakes", connections=4, seconds=.3)
        assert told["handshakes"] > 0 and told["p50_ms"] > 0
        wait_until(lambda: status.do("server_status")["connections"] == others, 10, "all to be closed")
        assert bench.end() == (0, "")


def test_what_is_refused_for_now_is_sent_again(run, database, roster, counted):
    """A server without room says so; the commands are sent again and their steps are right."""
    server = run.start(database, *limits(run.private_directory("busy"), commands_waiting_max=4, batch_commands_max=1))
    with Bench(roster, server) as bench:
        told = bench.cell("steps", connections=3, outstanding=8, seconds=.5)
        assert told["busy"] > 0
        drained = bench.cell("drain")
        assert sum(counted().values()) == told["all_steps"] + drained["all_steps"]
    run.finish(server)


@pytest.mark.alone
def test_a_stall_is_charged_to_all_that_it_delays(roster, server, counted):
    """Open loop: while the server stands still, what should have been sent is late, not forgotten."""
    with Bench(roster, server) as bench:
        words = {"connections": 8, "outstanding": 2, "rate": 100}
        bench.cell("steps", **words, seconds=.1)
        bench.begin("steps", **words, seconds=2)
        before = sum(counted().values())
        wait_until(lambda: sum(counted().values()) > before + 60, 10, "the rate's own steps")
        with stopped(server.pid):
            end = time.monotonic() + STALL_S
            wait_until(lambda: time.monotonic() > end, 10, "the end of the stall")
        told = bench.told()
        assert told["max_ms"] > STALL_S * 900 and told["p90_ms"] > ON_TIME_MS
        bench.cell("drain")


def test_it_ends_on_an_answer_that_is_wrong(roster, server, sessions):
    """A customer who is free according to the roster has an application already."""
    customer = next(line.split()[1] for line in roster.read_text(encoding="utf-8").splitlines() if "R01B01-0" in line)
    with server.client(sessions["sub-R01B01"]) as submitter, Bench(roster, server) as bench:
        submitter.do("application_submit", customer=customer, to_grade="red", reason="before")
        bench.begin("steps", connections=8)
        status, errors = bench.end()
    assert status == 1 and "OPEN_APPLICATION_EXISTS" in errors and "submit by sub-R01B01" in errors
    assert customer in errors


def test_it_ends_on_a_cell_that_it_does_not_know(roster, server):
    """With what it did not understand."""
    with Bench(roster, server) as bench:
        bench.begin("inbox", colour="green")
        status, errors = bench.end()
    assert status == 1 and "colour=green" in errors


def test_it_ends_without_a_session(roster, server):
    """A token that the server does not know."""
    lines = roster.read_text(encoding="utf-8").splitlines()
    other = roster.parent / "stranger"
    other.write_text("\n".join(f"{line.rpartition(' ')[0]} {os.urandom(32).hex()}" if line.startswith("person")
                               else line for line in lines) + "\n", encoding="utf-8")
    with Bench(other, server) as bench:
        bench.begin("steps", connections=8)
        status, errors = bench.end()
    assert status == 1 and "SESSION_EXPIRED" in errors
