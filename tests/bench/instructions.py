"""Instructions of creditd per step, by callgrind: a number that depends neither on the machine nor on what else runs on
it, and where they go.

    /usr/bin/python3 tests/bench/instructions.py --steps 4000 --functions 25

For each shape of the load creditd runs under valgrind on a database of its own and creditbench plays against it: a cell
in which it makes its stock of open cases and statements are planned, and one in which callgrind counts, from some steps
after its beginning (connections are open then) until so many more are written. What the kernel does is not in it, nor PostgreSQL. valgrind's processor has no instructions for SHA-256, so digests
(libcrypto's largest function) are a larger part than they are on one that has.
"""
import argparse
import pathlib
import re
import subprocess
import sys
from collections import Counter

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.process import wait_until  # noqa: E402
from plan import Sizes  # noqa: E402
from stage import Stage  # noqa: E402

SHAPES = {"64 x 1": (64, 1), "64 x 16": (64, 16)}
WARM_STEPS = 500
OBJECTS = 8  # programs and libraries that are named
PATIENCE_S = 300
PER_STEP = "command_done"  # of server/operations/dispatch.c: called once for each command that was answered
CALLED = re.compile(r"c?fn=\((\d+)\)(?: (.*))?")
COST = re.compile(r"\s*([\d,]+) \(\s*[\d.]+%\)\s+(?:(\S*):)?(.*?)(?: \[(\S+)\])?$")


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
    """[(instructions, object, function)], the most first; the first is the whole program."""
    text = subprocess.run(["callgrind_annotate", "--auto=no", "--threshold=100", profile], check=True, capture_output=True,
                          text=True).stdout
    found = [match.groups() for match in map(COST.match, text.splitlines()) if match]
    return [(int(cost.replace(",", "")), pathlib.Path(where or "").name, name) for cost, _, name, where in found]


def switch(server, to):
    """Counting on or off."""
    subprocess.run(["callgrind_control", "-i", to, str(server.pid)], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


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
            shape = {"kind": "steps", "connections": connections, "outstanding": outstanding}
            generator.cell(**shape, seconds=1)
            generator.begin(**shape, seconds=self.options.seconds)
            self._wait_for(database, generator, WARM_STEPS)
            switch(server, "on")
            self._wait_for(database, generator, self.options.steps)
            switch(server, "off")
            told = generator.end()
            if told["filled"] > WARM_STEPS:
                raise SystemExit(f"{told['filled']} steps of the counted cell were made for its stock")
            pid = server.pid
        return pathlib.Path(f"{profile}.{pid}")


def table(shape, profile, functions):
    """The lines that tell of one shape."""
    steps = calls_of(profile, PER_STEP)
    (total, _, _), *costs = costs_of(profile)
    objects = Counter()
    for cost, where, _ in costs:
        objects[where] += cost

    def line(cost, name):
        return f"  {cost / steps:9,.0f} {100 * cost / total:5.1f} %  {name}"
    return [f"{shape}: {total / steps:,.0f} instructions per step ({steps:,} steps)",
            *(line(cost, where or "(unknown)") for where, cost in objects.most_common(OBJECTS)),
            *(line(cost, f"{name} [{where}]") for cost, where, name in costs[:functions])]


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
            profile = Count(stage, options).run(connections, outstanding)
            print("\n".join([*table(shape, profile, options.functions), ""]), flush=True)
    finally:
        stage.close()


if __name__ == "__main__":
    main()
