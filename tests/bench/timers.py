"""Ten thousand deadlines passed while no server ran: p99 of the steps of eight people from the start of one on, against that in
quiet; that each was noted once, and oldest first. `make bench-timers`.

    /usr/bin/python3 tests/bench/timers.py --timers 10000
"""
import argparse
import contextlib
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import cells  # noqa: E402
from harness.process import wait_until  # noqa: E402
from plan import Sizes, Window  # noqa: E402
from stage import Stage  # noqa: E402

PEOPLE, RATE, ROUNDS = 8, 50, 3
QUIET, AT_ONCE = Window(6.0), Window(6.0, 0)
PAST_ALL = "UPDATE creditd.clock SET test_clock = true, offset_us = offset_us + 4 * 86400000000"
ARMED = "SELECT count(*) FROM creditd.timer WHERE kind = 20 AND timer_id IS NOT NULL AND due_at <= creditd.business_now()"
NOTED = """
    SELECT count(*), count(DISTINCT (home_id, application_id)),
           count(*) FILTER (WHERE due < latest_before - 3600000000)
    FROM (SELECT home_id, application_id, (payload ->> 'due_before_us')::bigint AS due,
                 max((payload ->> 'due_before_us')::bigint) OVER (ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND 256 PRECEDING)
                     AS latest_before
          FROM creditd.event WHERE kind = 20) e"""


def run(stage, timers):
    """One round: quiet, then a start over all that is due; (p99 in quiet, p99 at once, seconds of the noting)."""
    with stage.database() as (database, roster):
        def product(server, generator):
            return cells.Product(stage, database, roster, server, generator)
        with contextlib.ExitStack() as before, contextlib.ExitStack() as rest:
            server = before.enter_context(stage.server(database))
            generator = rest.enter_context(stage.generator(roster, server))  # it knows what it has done to whom
            quiet = product(server, generator).steps(QUIET, PEOPLE, rate=RATE)["p99_ms"]
            before.close()
            stage.execute(database, PAST_ALL)
            due = stage.execute(database, ARMED)[0][0]
            assert due > timers * .9, due
            server = rest.enter_context(stage.server(database))
            at_once = product(server, generator).steps(AT_ONCE, PEOPLE, rate=RATE)["p99_ms"]
            left = stage.execute(database, ARMED)[0][0]
            wait_until(lambda: stage.execute(database, ARMED)[0][0] == 0, 600, "all to be noted")
            generator.cell(kind="drain")
        noted, cases, younger = stage.execute(database, NOTED)[0]
        cells.check(stage, database)
    return quiet, at_once, due, left, noted, cases, younger


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--timers", type=int, default=10_000)
    options = parser.parse_args()
    stage = Stage(Sizes(customers=20_000, applications=0, waiting=options.timers))
    try:
        told = [run(stage, options.timers) for _ in range(ROUNDS)]
    finally:
        stage.close()
    quiet, at_once, due, left, noted, cases, younger = zip(*told)
    ratio = statistics.median(at_once) / statistics.median(quiet)
    print(f"p99 of {PEOPLE} people: quiet {quiet} ms, from a start with {due} timers due on {at_once} ms, "
          f"ratio of medians {ratio:.2f}; after {AT_ONCE.seconds:.0f} s {left} were left")
    print(f"noted {noted}, of {cases} cases; noted after one that was due an hour later and 256 before: {younger}")
    if noted != cases or any(younger):
        raise SystemExit("not every deadline was noted once, and oldest first")


if __name__ == "__main__":
    main()
