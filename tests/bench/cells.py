"""Groups of cells. A group prepares what its cells need, gives them by name, in the order of a round, and checks in the
end what they left. A cell is a function of the cells of its round that were run before it; what it gives: `steps` (or
answers), `rate`, latencies, CPU seconds by part, `wal`, `noise`."""
import contextlib

from pgbench import OrdinaryServer
from plan import Window


class BrokenDatabase(Exception):
    """The database does not hold what it has to."""


class NotHere(Exception):
    """What a group compares with is not installed, or the server cannot do it."""


class Product:
    """creditd on a copy of a template, and a creditbench for it."""

    def __init__(self, stage, database, roster, server, generator):
        self.stage, self.database, self.roster = stage, database, roster
        self.server, self.generator = server, generator

    def cell(self, window, **words):
        """One cell of creditbench, with what was used while it counted."""
        with self.stage.meter(self.server, self.generator) as meter:
            told = self.generator.cell(seconds=window.seconds, warmup=window.warmup, **words)
        return {**told, **meter.between(told["began_s"], told["ended_s"])}

    def steps(self, window, connections, outstanding=1, **more):
        """Steps of the workflow."""
        return self.cell(window, kind="steps", connections=connections, outstanding=outstanding, **more)


@contextlib.contextmanager
def product(stage, template="small", options=()):
    """A Product until the block ends; then all cases are brought to their end, and the database is checked."""
    with stage.product(template, options) as (database, server, generator):
        yield Product(stage, database, stage.template(template), server, generator)
        generator.cell(kind="drain")
        check(stage, database)


def check(stage, database):
    """The database is whole."""
    found = stage.execute(database, "SELECT kind, count(*) FROM creditd.integrity_violation GROUP BY kind")
    if found:
        raise BrokenDatabase(f"integrity_violation: {found}")


@contextlib.contextmanager
def steps(stage, plan):
    """T and the product, each on a database of its own."""
    with stage.database() as (database, _), product(stage) as ours:
        ordinary = OrdinaryServer(stage, database)
        yield {
            "T8": lambda _: ordinary.steps(8, plan.window),
            "64x1": lambda _: ours.steps(plan.window, 64),
            "T64": lambda _: ordinary.steps(64, plan.window),
            "256x1": lambda _: ours.steps(plan.window, 256),
            "T32": lambda _: ordinary.steps(32, plan.window),
            "64x16": lambda _: ours.steps(plan.window, 64, 16),
            "overload": lambda cells: ours.steps(plan.window, 256, 64, rate=4 * cells["64x16"]["rate"]),
        }


@contextlib.contextmanager
def lone(stage, plan):
    """One at a time: a person in each of three roles, who wait for one another."""
    with stage.database() as (database, _), product(stage) as ours:
        ordinary = OrdinaryServer(stage, database)
        yield {
            "T1": lambda _: ordinary.steps(1, plan.lone),
            "lone": lambda _: ours.steps(plan.lone, 3, total=1),
        }


@contextlib.contextmanager
def fresh(stage, plan):
    """A database in which nothing has happened: its first minute, and one more."""
    minute = Window(plan.minute, 0)
    with product(stage, "fresh") as ours:
        yield {name: lambda _: ours.steps(minute, 64) for name in ("first", "later")}
