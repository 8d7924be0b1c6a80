"""Ten thousand deadlines that pass at one instant on two servers, one of which is killed with kill -9 meanwhile: each is noted
once, and the chains are whole."""
import os

from harness import dump
from harness.process import wait_until

TIMERS = int(os.environ.get("CREDITD_TIMERS", "10000"))
AT_A_TIME = 50
NOTED = "SELECT count(*) FROM creditd.event WHERE kind = 20"
NOT_ONCE = """SELECT home_id, application_id, count(*) FROM creditd.event WHERE kind = 20
              GROUP BY home_id, application_id HAVING count(*) <> 1"""


def posted(client, method, requests):
    """Answers to many requests, some in flight at a time."""
    asked = []
    for fields in requests:
        asked.append(client.post(method, **fields))
        if len(asked) == AT_A_TIME:
            yield from (client.wait(a) for a in asked)
            asked.clear()
    yield from (client.wait(a) for a in asked)


def submit_all(server, tokens):
    """Cases that all wait for one region, since one day."""
    with server.client(tokens["app"]) as hq, server.client(tokens["sub11"]) as branch:
        added = posted(hq, "customer_add", ({"number": f"D-{n:05}", "name": f"D-{n:05}", "branch": "B11",
                                             "stage": "existing", "opening_grade": "red"} for n in range(TIMERS)))
        customers = [reply.entity for reply in added if reply.ok]
        submitted = list(posted(branch, "application_submit",
                                ({"customer": c, "to_grade": "green", "reason": "r"} for c in customers)))
        assert len(customers) == TIMERS and all(reply.ok for reply in submitted)


def test_a_server_dies_while_all_are_due(run):
    database = run.seeded("all_due")
    first = run.start(database)
    submit_all(first, run.tokens)
    second = run.start(database)
    (due,), = run.cluster.execute("SELECT max(due_at) FROM creditd.timer WHERE kind = 20", database)
    with first.client(run.tokens["admin"]) as admin:
        admin.do("clock_advance", by_us=due - run.cluster.execute("SELECT creditd.business_now()", database)[0][0])
    wait_until(lambda: run.cluster.execute(NOTED, database)[0][0] >= TIMERS // 10, 60, "a tenth of the notes")
    run.kill(first)
    noted = run.cluster.execute(NOTED, database)[0][0]
    assert noted < TIMERS, "it came in the middle"
    wait_until(lambda: run.cluster.execute(NOTED, database)[0][0] >= TIMERS, 120, "all to be noted")
    run.finish(second)
    assert run.cluster.execute(NOT_ONCE, database) == []
    with run.cluster.connect(database) as owner:
        assert dump.integrity(owner) == []
