"""A policy is published while eight people work: p99 of their steps against that in quiet, how long the evaluation of all
customers takes beside them and after they have gone, and that each customer was evaluated once. `make bench-publication`.

    /usr/bin/python3 tests/bench/publication.py --customers 50000 --trades 1000000
"""
import argparse
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import cells  # noqa: E402
from harness import paths, policies  # noqa: E402
from harness.cli import Cli  # noqa: E402
from harness.process import wait_until  # noqa: E402
from plan import Window  # noqa: E402
from simulation import TradeSizes  # noqa: E402
from stage import Stage  # noqa: E402

PEOPLE, RATE, ROUNDS, WINDOW = 8, 50, 3, Window(6.0)
HANDS = {"maker": "policy_maker", "checker": "policy_checker"}
CHANGE = 'from = "2000000.00"', 'from = "4000000.00"'
LEFT = "SELECT count(*) FROM creditd.customer WHERE evaluated_policy <> {version}"
NOT_ONCE = """
    SELECT (SELECT count(*) FROM creditd.customer) - count(*), count(*) FILTER (WHERE n <> 1)
    FROM (SELECT entity, count(*) AS n FROM creditd.command
          WHERE method = 101 AND status = 1 AND at >= (SELECT published_at FROM creditd.policy_version
                                                       WHERE version = {version})
          GROUP BY entity) k"""


def hands(stage, server):
    """Session tokens of the two who change a policy."""
    cli = Cli(stage.directory, server)
    assert cli.login("admin", (stage.directory / "admin.password").read_text(encoding="utf-8").strip()).code == 0
    tokens = {}
    for login, role in HANDS.items():
        cli("admin", "user", "add", login, "--name", login, "--unit", "HQ", "--level", "manager", "--role", role,
            "--password-stdin", stdin=f"password of {login}\n")
        assert cli.login(login, f"password of {login}").code == 0
        tokens[login] = bytes.fromhex(cli.token_file(login).read_text(encoding="ascii").strip())
    return tokens


def measure(stage, customers):
    """Prints everything."""
    with cells.product(stage) as ours:
        tokens = hands(stage, ours.server)
        text = policies.without(paths.POLICY.read_text(encoding="utf-8").replace(*CHANGE), "tests")

        def left(version):
            return stage.execute(ours.database, LEFT.format(version=version))[0][0]
        quiet = [ours.steps(WINDOW, PEOPLE, rate=RATE)["p99_ms"] for _ in range(ROUNDS)]
        version = policies.put_in_force(ours.server, tokens, text)
        begin, beside = time.monotonic(), []
        while len(beside) < ROUNDS:
            beside.append(ours.steps(WINDOW, PEOPLE, rate=RATE)["p99_ms"])
            assert left(version) > 0, "the evaluation ended while people worked: more customers are needed"
        rate = (customers - left(version)) / (time.monotonic() - begin)
        before, begin = left(version), time.monotonic()
        wait_until(lambda: left(version) == 0, 3600, "the evaluation of all")
        alone = before / (time.monotonic() - begin)
        missing, several = stage.execute(ours.database, NOT_ONCE.format(version=version))[0]
    ratio = statistics.median(beside) / statistics.median(quiet)
    print(f"p99 of {PEOPLE} people: quiet {quiet} ms, beside a publication {beside} ms, ratio of medians {ratio:.2f}")
    print(f"customers evaluated: {rate:.0f}/s beside people, {alone:.0f}/s when they have gone; "
          f"not evaluated {missing}, more than once {several}")
    if missing or several:
        raise SystemExit("not every customer was evaluated once")


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--trades", type=int, default=1_000_000)
    options = parser.parse_args()
    stage = Stage(TradeSizes(customers=options.customers, applications=0, waiting=0, trades=options.trades))
    try:
        measure(stage, options.customers)
    finally:
        stage.close()


if __name__ == "__main__":
    main()
