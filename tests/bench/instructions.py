"""Instructions of creditd per step, by callgrind: a number that depends neither on the machine nor on what else runs on
it, and where they go.

    /usr/bin/python3 tests/bench/instructions.py --steps 4000 --functions 25

For each shape of the load creditd runs under valgrind on a database of its own and creditbench plays against it; from
some steps after its beginning (connections are open then, statements planned) until so many more are written, callgrind
counts. What the kernel does is not in it, nor PostgreSQL.
"""
import argparse
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.process import wait_until  # noqa: E402
from plan import Sizes  # noqa: E402
from stage import Stage  # noqa: E402

SHAPES = {"64 x 1": (64, 1), "64 x 16": (64, 16)}
WARM_STEPS = 500
PATIENCE_S = 300
PER_STEP = "command_done"  # of server/operations/dispatch.c: called once for each command that was answered
CALLED = re.compile(r"c?fn=\((\d+)\)(?: (.*))?")
COST = re.compile(r"\s*([\d,]+) \(\s*[\d.]+%\)\s+(.*)")


def calls_of(profile, function):
    """How often a function was called, from callgrind's file; it gives each name once, with a number."""
    names, called, count = {}, None, 0
    for line in profile.read_text(encoding="utf-8", errors="replace").splitlines():
        found = CALLED.match(line)
        if found:
            number, name = found.groups()
            if name is not None:
                names[number] = name
            called = names[number]
        elif line.startswith("calls=") and called == function:
            count += int(line[len("calls="):].split(" ")[0])
    return count


def costs_of(profile):
    """[(instructions, function)], the most first; the first is the whole program."""
    text = subprocess.run(["callgrind_annotate", "--threshold=100", profile], check=True, capture_output=True,
                          text=True).stdout
    found = [match.groups() for match in map(COST.match, text.splitlines()) if match]
    return [(int(cost.replace(",", "")), name) for cost, name in found]


def switch(server, to):
    """Counting on or off."""
    subprocess.run(["callgrind_control", "-i", to, str(server.pid)], check=True, stdout=subprocess.DEVNULL)


class Count:
    """One shape of the load."""

    def __init__(self, stage, options):
        self.stage, self.options = stage, options

    def _written(self, database):
        return self.stage.execute(database, "SELECT count(*) FROM creditd.command")[0][0]

    def _wait_for(self, database, generator, steps):
        """Until so many more are written; creditbench must still be at it."""
        goal = self._written(database) + steps
        wait_until(lambda: self._written(database) >= goal or generator.process.poll() is not None, PATIENCE_S,
                   f"{steps} steps, is --seconds {self.options.seconds} too short")

    def run(self, connections, outstanding):
        """callgrind's file of it."""
        profile = self.stage.directory / f"callgrind.{connections}x{outstanding}"
        under = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={profile}.%p"]
        with self.stage.database("fresh") as (database, roster), \
                self.stage.server(database, under=under) as server, \
                self.stage.generator(roster, server) as generator:
            generator.begin(kind="steps", connections=connections, outstanding=outstanding,
                            seconds=self.options.seconds, warmup=0)
            self._wait_for(database, generator, WARM_STEPS)
            switch(server, "on")
            self._wait_for(database, generator, self.options.steps)
            switch(server, "off")
            generator.end()
            pid = server.pid
        return pathlib.Path(f"{profile}.{pid}")


def table(shape, profile, functions):
    """The lines that tell of one shape."""
    steps = calls_of(profile, PER_STEP)
    (total, _), *costs = costs_of(profile)
    lines = [f"{shape}: {total / steps:,.0f} instructions per step ({steps:,} steps)"]
    for cost, name in costs[:functions]:
        lines.append(f"  {cost / steps:9,.0f} {100 * cost / total:5.1f} %  {name}")
    return lines


def main():
    """Counts and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=4_000, help="that are counted, about")
    parser.add_argument("--seconds", type=float, default=20, help="that creditbench plays")
    parser.add_argument("--functions", type=int, default=25, help="that are named")
    options = parser.parse_args()
    stage = Stage(Sizes())
    try:
        for shape, (connections, outstanding) in SHAPES.items():
            print("\n".join([*table(shape, Count(stage, options).run(connections, outstanding), options.functions), ""]),
                  flush=True)
    finally:
        stage.close()


if __name__ == "__main__":
    main()
