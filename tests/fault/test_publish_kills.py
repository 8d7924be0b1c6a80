"""A publication while creditd is killed with kill -9, ten times: every customer is evaluated under the new version exactly
once, and what is in force in the end equals what an undisturbed publication of the same text leaves."""
import os
import random
from dataclasses import replace

from harness import dump, policies
from harness.process import wait_until
from harness.standing import DAY, GRADES, Policy
from harness.trading import Trading, row_of

SEED, KILLS = 11, 10
CUSTOMERS = int(os.environ.get("CREDITD_PUBLISH_CUSTOMERS", "6000"))
POLICY = Policy()
STRICTER = replace(POLICY, floor_bp=8_200, bands=(("green", 9_000_00), ("yellow", 4_000_00), ("red", 2_000_00)))
EVALUATED = "SELECT count(*) FROM creditd.customer WHERE evaluated_policy = {version}"


def client_of(run, server):
    """connect(login) for a Trading."""
    kept = {}

    def connect(login):
        if login not in kept:
            kept[login] = server.client(run.tokens[login])
        return kept[login]
    return connect


def fill(run, database):
    """Customers with trades of many kinds, some of them under a grade that they do not deserve."""
    source, server = random.Random(SEED), run.start(database)
    policies.put_in_force(server, run.tokens, policies.whole(POLICY))
    trading = Trading(client_of(run, server), run.cluster.connect(database))
    today, rows, hq, asked = trading.today(), [], trading.connect("app"), []
    for n in range(CUSTOMERS):
        number = f"P-{n:04}"
        asked.append(hq.post("customer_add", number=number, name=number, branch="B11", stage="existing",
                             opening_grade=source.choice([*GRADES, None])))
        if len(asked) == 50:
            assert all(hq.wait(a).ok for a in asked)
            asked.clear()
        for _ in range(source.randrange(1, 6)):
            issued = today - source.randrange(40, 300) * DAY
            due = issued + 30 * DAY
            rows.append(row_of(number, trading.trade(source.randrange(1, 2_000_00), issued, due,
                                                     due if source.random() < .85 else None)))
    taken = trading.take(rows)
    assert not taken.refused
    trading.settled()
    run.finish(server)


def publish(run, server):
    """The stricter text; its version."""
    return policies.put_in_force(server, run.tokens, policies.whole(STRICTER))


def evaluated(run, database, version):
    """How many customers are under it."""
    return run.cluster.execute(EVALUATED.format(version=version), database)[0][0]


def all_evaluated(run, database, version):
    """Waits for the end of the sweep."""
    wait_until(lambda: run.cluster.execute("SELECT count(*) FROM creditd.customer WHERE evaluated_policy <> "
                                           f"{version}", database) == [(0,)], 120, "the evaluation of all")


def test_ten_kills_while_a_publication_is_put_through(run):
    disturbed = run.seeded("disturbed")
    fill(run, disturbed)
    undisturbed = run.cluster.clone(disturbed, "undisturbed")

    server = run.start(undisturbed)
    all_evaluated(run, undisturbed, publish(run, server))
    run.finish(server)

    source, server, kills = random.Random(SEED), run.start(disturbed), 0
    version = publish(run, server)
    for kill in range(KILLS):
        # Nobody is at work, so the sweep is quick: a new server is killed as soon as it has evaluated some.
        most = min(evaluated(run, disturbed, version) + source.randrange(1, 60), CUSTOMERS - 1)
        wait_until(lambda most=most: evaluated(run, disturbed, version) >= most, 60, f"{most} evaluations")
        kills += evaluated(run, disturbed, version) < CUSTOMERS
        run.kill(server)
        server = run.start(disturbed)
    all_evaluated(run, disturbed, version)
    run.finish(server)
    assert kills == KILLS, "all of them came in the middle"

    with run.cluster.connect(disturbed) as owner, run.cluster.connect(undisturbed) as other:
        assert dump.portrait(owner) == dump.portrait(other)
        assert dump.integrity(owner) == []
    again = run.cluster.execute(
        "SELECT k.entity, count(*) FROM creditd.command k WHERE k.method = 101 AND k.status = 1 AND k.at >= "
        f"(SELECT published_at FROM creditd.policy_version WHERE version = {version}) "
        "GROUP BY k.entity HAVING count(*) <> 1", disturbed)
    done = run.cluster.execute(
        "SELECT count(DISTINCT k.entity) FROM creditd.command k WHERE k.method = 101 AND k.status = 1 AND k.at >= "
        f"(SELECT published_at FROM creditd.policy_version WHERE version = {version})", disturbed)
    changed = run.cluster.execute("SELECT count(*) FROM creditd.standing_history WHERE cause = 3 AND recorded_at >= "
                                  f"(SELECT published_at FROM creditd.policy_version WHERE version = {version})",
                                  disturbed)
    assert again == [] and done == [(CUSTOMERS,)] and changed[0][0] > 0, (again, done, changed)
