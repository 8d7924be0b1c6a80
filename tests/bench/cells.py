"""Groups of cells. A group prepares what its cells need and gives them by name, in the order of a round. A cell is a
function of the cells of its round that were run before it; what it gives: `steps` (or answers), `rate`, latencies, CPU
seconds by part, `wal`, `noise`. Here: steps of the workflow against T."""
import contextlib

from pgbench import OrdinaryServer
from plan import Window

PART = "1/2"  # of the customers, that creditbench works on; the others are for imports
IN_FLIGHT = 64  # of each connection in an overload, as many as the server takes: together twice what it lets wait
# The view looks at everything there is.
CHECK = "SET work_mem = '256MB'; SET jit = off; SELECT kind, count(*) FROM creditd.integrity_violation GROUP BY kind"


class BrokenDatabase(Exception):
    """The database does not hold what it has to."""


class NotHere(Exception):
    """What a group compares with is not installed, or the server cannot do it."""


def check(stage, database):
    """The database is whole."""
    found = stage.execute(database, CHECK)
    if found:
        raise BrokenDatabase(f"integrity_violation: {found}")


class Product:
    """creditd on a copy of a template, and a creditbench for it."""

    def __init__(self, stage, database, roster, server, generator):
        self.stage, self.database, self.roster = stage, database, roster
        self.server, self.generator = server, generator

    def cell(self, window, **words):
        """One cell of creditbench, with what was used while it counted."""
        self.generator.port = self.server.port
        with self.stage.meter(self.server, self.generator) as meter:
            told = self.generator.cell(seconds=window.seconds, warmup=window.warmup, **words)
        return {**told, **meter.between(told["began_s"], told["ended_s"])}

    def steps(self, window, connections, outstanding=1, **more):
        """Steps of the workflow."""
        return self.cell(window, kind="steps", connections=connections, outstanding=outstanding, part=PART, **more)

    @contextlib.contextmanager
    def other(self, *options):
        """Another creditd on the same database, for the same creditbench, until the block ends."""
        with self.stage.server(self.database, *options) as server:
            yield Product(self.stage, self.database, self.roster, server, self.generator)


@contextlib.contextmanager
def product(stage, template="small"):
    """A Product until the block ends; then all cases are brought to their end, and the database is checked."""
    with stage.product(template) as (database, server, generator):
        yield Product(stage, database, stage.template(template), server, generator)
        generator.port = server.port
        generator.cell(kind="drain")
        check(stage, database)


class Ground:
    """What most groups share, made when it is first asked for: `ours`, the product, and `ordinary`, T, each on a copy
    of the template. `stack` ends it."""

    def __init__(self, stage, stack):
        self.stage, self._stack = stage, stack
        self._ours = self._ordinary = None

    @property
    def ours(self):
        """A Product."""
        if self._ours is None:
            self._ours = self._stack.enter_context(product(self.stage))
        return self._ours

    @property
    def ordinary(self):
        """An OrdinaryServer."""
        if self._ordinary is None:
            database, _ = self._stack.enter_context(self.stage.database())
            self._ordinary = OrdinaryServer(self.stage, database)
        return self._ordinary


@contextlib.contextmanager
def lone(ground, plan):
    """One at a time: a person in each of three roles, who wait for one another."""
    yield {
        "T1": lambda _: ground.ordinary.steps(1, plan.lone),
        "lone": lambda _: ground.ours.steps(plan.lone, 3, total=1),
    }


@contextlib.contextmanager
def steps(ground, plan):
    """Closed and pipelined, each beside T."""
    yield {
        "T8": lambda _: ground.ordinary.steps(8, plan.window),
        "64x1": lambda _: ground.ours.steps(plan.window, 64),
        "T64": lambda _: ground.ordinary.steps(64, plan.window),
        "256x1": lambda _: ground.ours.steps(plan.window, 256),
        "T32": lambda _: ground.ordinary.steps(32, plan.window),
        "64x16": lambda _: ground.ours.steps(plan.window, 64, 16),
    }


@contextlib.contextmanager
def overload(ground, plan):
    """The best rate, and an open loop of as many connections at four times as much."""
    yield {
        "best": lambda _: ground.ours.steps(plan.window, 64, 16),
        "overload": lambda cells: ground.ours.steps(plan.window, 64, IN_FLIGHT, rate=4 * cells["best"]["rate"]),
    }


@contextlib.contextmanager
def fresh(ground, plan):
    """A database in which nothing has happened: its first minute, and one more."""
    minute = Window(plan.minute, 0)
    with product(ground.stage, "fresh") as ours:
        yield {name: lambda _: ours.steps(minute, 64) for name in ("first", "later")}
