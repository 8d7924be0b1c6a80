"""The figures of speed, each against what PostgreSQL, nginx or the server itself does on the same machine in the same
minutes. `make bench-quick` takes about four minutes, `make bench` longer.

    /usr/bin/python3 tests/bench/bench.py --only steps_closed --rounds 5

The cells that are compared are run one after the other, round by round, and ratios are those within a round. One table
is printed, and bench.json is written into the build directory. The exit status is 1 when an answer was wrong or a
database is not whole, and with --gates when a gate was not reached.
"""
import argparse
import contextlib
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import cells  # noqa: E402
import compared  # noqa: E402
import idle  # noqa: E402
import imports  # noqa: E402
import large  # noqa: E402
import plan as plans  # noqa: E402
import report  # noqa: E402
from figures import FIGURES  # noqa: E402
from generator import WrongAnswer  # noqa: E402
from harness import paths  # noqa: E402
from machine import described  # noqa: E402
from stage import Stage  # noqa: E402

# In this order: what makes the shared database grow most comes last.
GROUPS = {"lone": cells.lone, "steps": cells.steps, "inbox": compared.inbox, "interactive": imports.interactive,
          "workers": compared.workers, "set_limit": compared.set_limit, "overload": cells.overload, "idle": idle.idle,
          "import": imports.imports, "fresh": cells.fresh, "large": large.large}


def tell(text):
    """How far it is, on standard error."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def run_group(ground, plan, group, wanted):
    """The rounds of a group, with the cells that are wanted: [name -> cell]."""
    rounds = []
    with GROUPS[group](ground, plan) as offered:
        for number in range(plan.rounds_of(group)):
            done = {}
            for name, run in offered.items():
                if name in wanted:
                    begin = time.monotonic()
                    done[name] = run(done)
                    rate = f"{done[name]['rate']:10.0f}/s" if "rate" in done[name] else ""
                    tell(f"{group:12} {number + 1:3} {name:14} {time.monotonic() - begin:6.1f} s {rate}")
            rounds.append(done)
    return rounds


def measure(stage, plan, chosen):
    """(outcomes, rounds by group)."""
    groups, missing = {}, {}
    with contextlib.ExitStack() as stack:
        ground = cells.Ground(stage, stack)
        for group in GROUPS:
            wanted = {name for figure in chosen if figure.group == group for name in figure.cells}
            if not wanted:
                continue
            try:
                groups[group] = run_group(ground, plan, group, wanted)
            except cells.NotHere as why:
                missing[group] = str(why)
        tell("the database is checked")
    outcomes = [report.Outcome(figure, groups.get(figure.group, []), missing.get(figure.group)) for figure in chosen]
    return outcomes, groups


def parse(words):
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="shorter cells")
    parser.add_argument("--only", help="names of figures, with commas")
    parser.add_argument("--rounds", type=int, help="of every figure")
    parser.add_argument("--seconds", type=float, help="that a cell counts")
    parser.add_argument("--gates", action="store_true", help="end with 1 when a gate is not reached")
    parser.add_argument("--output", type=pathlib.Path, default=paths.BUILD / "bench.json")
    options = parser.parse_args(words)
    names = options.only.split(",") if options.only else [figure.name for figure in FIGURES if not figure.apart]
    unknown = set(names) - {figure.name for figure in FIGURES}
    if unknown:
        parser.error(f"no such figure: {', '.join(sorted(unknown))}; there are {', '.join(f.name for f in FIGURES)}")
    return options, [figure for figure in FIGURES if figure.name in names]


def main():
    """Runs it."""
    options, chosen = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that all is taken away
    plan = plans.chosen(options)
    stage = Stage(plan.sizes)
    try:
        machine = described(stage.cluster.data)
        outcomes, groups = measure(stage, plan, chosen)
    except (WrongAnswer, cells.BrokenDatabase) as error:
        raise SystemExit(f"bench: {error}") from error
    finally:
        stage.close()
    print("\n".join([*(f"{name:11} {text}" for name, text in machine.items()), "", *report.cells_table(groups), "",
                     *report.figures_table(outcomes)]))
    size = "--quick " if options.quick else ""
    report.write(options.output, outcomes, machine, f"/usr/bin/python3 tests/bench/bench.py {size}".rstrip())
    if options.gates and not all(outcome.reached(outcome.figure.gate) for outcome in outcomes):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
