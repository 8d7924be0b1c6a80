"""Large tables: the same cells on the template of the other figures and on one with ten million applications."""
import contextlib

from cells import Product
from compared import INBOX_CLIENTS
from imports import run_import


@contextlib.contextmanager
def large(ground, plan):
    """Both databases stay as they are between the rounds: the large one is used itself, since a copy of it takes longer
    than all cells. It is not checked in the end: looking at all of it takes longer still."""
    stage = ground.stage
    roster = stage.template("large")
    with stage.server("large") as server, stage.generator(roster, server) as generator:
        sides = {"small": ground.ours, "large": Product(stage, "large", roster, server, generator)}
        yield {f"{name} {side}": _cell(name, sides[side], plan) for name in ("lone", "64x1", "inbox", "import")
               for side in sides}


def _cell(name, ours, plan):
    return {
        "lone": lambda _: ours.steps(plan.lone, 3, total=1),
        "64x1": lambda _: ours.steps(plan.window, 64),
        "inbox": lambda _: ours.cell(plan.window, kind="inbox", connections=INBOX_CLIENTS, sorted=1),
        "import": lambda _: run_import(ours.stage, ours.database, ours.roster, ours.server, plan)[0],
    }[name]
