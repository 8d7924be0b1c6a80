"""What the system cannot do stands in the way of nothing else: it is passed over, and tried again later."""
import contextlib

import pytest

from harness.process import wait_until
from harness.standing import DAY, Policy
from harness.trading import row_of
from test_delegation import submit
from test_late_criteria import noted
from test_reorganisation import merge
from test_standing import rises

TRIED_AGAIN, DONE = "of the system's commands have failed", "what the system could not do is done"
BROKEN = "23514"


@pytest.fixture
def failing(apart):
    """failing(table, condition): rows that fulfil it cannot be written; a context. A server and a database of their own."""
    trading = apart(Policy())
    trading.server.clean = False

    @contextlib.contextmanager
    def fail(table, condition):
        with trading.owner.cursor() as cursor:
            cursor.execute(f"ALTER TABLE creditd.{table} ADD CONSTRAINT broken CHECK (NOT ({condition})) NOT VALID")
            try:
                yield
            finally:
                cursor.execute(f"ALTER TABLE creditd.{table} DROP CONSTRAINT broken")
    trading.failing = fail
    return trading


def meanwhile(trading, done, what):
    """Waits for something while people work."""
    wait_until(lambda: trading.customer(branch="B21") and done(), 30, what)


def logged(trading, text):
    return trading.server.log().count(text)


def missed(trading, cases):
    """How often the missed deadline of each was noted."""
    found = dict(trading.rows("SELECT application_id, count(*) FROM event WHERE kind = 20 GROUP BY 1"))
    return [found.get(int(case["id"].split("-")[2]), 0) for case in cases]


def test_timers(failing):
    cases = [submit(failing) for _ in range(38)]
    bad, good = cases[:18], cases[18:]
    ids = ", ".join(case["id"].split("-")[2] for case in bad)
    with failing.failing("application", f"timer_id IS NULL AND application_id IN ({ids})"):
        failing.advance_to(max(case["due_at_us"] for case in cases))
        meanwhile(failing, lambda: all(missed(failing, good)), "the notes of the others")
        meanwhile(failing, lambda: logged(failing, TRIED_AGAIN) == 2, "a second trial")
        later = submit(failing)
        failing.advance_to(later["due_at_us"])
        meanwhile(failing, lambda: all(missed(failing, [later])), "the note of one that is due later")
        assert failing.connect("aud").do("server_status")["undone"] == 18
        assert missed(failing, cases) == [0] * 18 + [1] * 20 and logged(failing, BROKEN) < 500
    wait_until(lambda: logged(failing, DONE) == 1, 60, "the rest")
    assert missed(failing, [*cases, later]) == [1] * 39
    assert failing.connect("aud").do("server_status")["undone"] == 0


def test_criteria(failing):
    numbers = [rises(failing)[0] for _ in range(20)]
    ids = ", ".join(str(row[0]) for row in failing.rows("SELECT customer_id FROM customer WHERE number = ANY (%s)", numbers[:18]))
    (last,), = failing.rows("SELECT max(criterion_due_at) FROM customer")
    with failing.failing("customer", f"criterion_answer = 2 AND customer_id IN ({ids})"):
        failing.advance_to(last)
        meanwhile(failing, lambda: all(noted(failing, number) for number in numbers[18:]), "the notes of the others")
        assert not any(noted(failing, number) for number in numbers[:18])
    wait_until(lambda: all(noted(failing, number) for number in numbers), 60, "the rest")
    assert [len(noted(failing, number)) for number in numbers] == [1] * 20


def test_customers_of_an_import(failing):
    bad = [failing.customer("red", hint="BAD") for _ in range(130)]
    good = failing.customer("red")
    day = failing.today()
    rows = [row_of(number, failing.trade(1000_00, day - 40 * DAY, day - 10 * DAY, day - 10 * DAY)) for number in (*bad, good)]
    with failing.failing("customer", "number LIKE 'BAD%' AND evaluated_policy IS NOT NULL"):
        import_id = failing.begin()
        failing.chunk(import_id, rows)
        failing.connect("sub11").do("trade_import_finish", **{"import": import_id})
        evaluated = "SELECT number FROM customer WHERE evaluated_policy IS NOT NULL"
        meanwhile(failing, lambda: failing.rows(evaluated) == [(good,)], "the evaluation of the other one")
    failing.settled()


def test_a_change_of_the_policy(failing):
    customers = [failing.customer("red", hint="BAD") for _ in range(6)] + [failing.customer("red") for _ in range(3)]
    day = failing.today()
    for number in customers:
        failing.give(number, *failing.kept(1, 1000_00, day - 40 * DAY, day - 10 * DAY))
    (before,), = failing.rows("SELECT max(evaluated_policy) FROM customer")

    def under(version, condition):
        return failing.rows(f"SELECT count(*) FROM customer WHERE evaluated_policy = {version} AND {condition}")[0][0]
    with failing.failing("customer", f"number LIKE 'BAD%' AND evaluated_policy > {before}"):
        failing.again(Policy(floor_bp=8100))
        failing.server.clean = False
        meanwhile(failing, lambda: under(before, "number NOT LIKE 'BAD%%'") == 0, "the evaluation of the others")
        assert under(before, "number LIKE 'BAD%%'") == 6
    failing.settled()


def test_customers_who_follow(failing):
    bad, good = [failing.customer("red", hint="BAD") for _ in range(3)], failing.customer("red")
    (branch,), = failing.rows("SELECT branch_id FROM customer WHERE number = %s", good)
    with failing.failing("customer", f"number LIKE 'BAD%' AND branch_id <> {branch}"):
        merge(failing, "B11", "B12")
        meanwhile(failing, lambda: failing.unfollowed() == 3, "the one that can")
        meanwhile(failing, lambda: logged(failing, TRIED_AGAIN) == 2, "a second trial")
        assert logged(failing, BROKEN) < 100
    failing.followed()
    assert {failing.show(number)["customer"]["branch"] for number in (*bad, good)} == {"B12"}
