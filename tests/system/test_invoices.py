"""Real input: the customers of the invoices, and changes by 20 users to their planned ends, in small (the full run is
the command in tests/invoices/load.py); and their standing from all the invoices (tests/invoices/standing.py)."""
import importlib.util
from dataclasses import replace

import pytest

from harness import dump, ledger, paths, policies

CHANGES, SEED = 21, 2013

pytestmark = pytest.mark.skipif(not paths.INVOICES.exists(), reason=f"{paths.INVOICES} is not there")


def loader(name="load"):
    spec = importlib.util.spec_from_file_location(f"invoices_{name}", paths.ROOT / "tests" / "invoices" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_file_is_what_it_was():
    customers = loader().read_customers(paths.INVOICES)
    assert len(customers) == 100 and len({c.region for c in customers}) == 5
    assert [sum(c.grade == g for c in customers) for g in ("green", "yellow", "red", "black")] == [25] * 4


def test_planned_changes_come_to_their_planned_ends(run):
    load = loader()
    customers = load.read_customers(paths.INVOICES)
    database = run.vacant("invoices")
    server = run.start(database)
    directory = run.private_directory("invoices")
    figures = load.play_all(server, run.admin_password, customers, directory, CHANGES, SEED)
    print(figures)
    assert set(figures["ends"]) == {"recorded", "rejected", "withdrawn"}
    owner = run.cluster.connect(database)
    assert dump.integrity(owner) == []
    owner.close()
    run.finish(server)
    run.cluster.drop(database)


def test_what_the_sums_over_the_file_are():
    """By another way than the server's, before it is asked."""
    standing = loader("standing")
    table = standing.count(paths.INVOICES)
    assert (len(table), sum(c.trades for c in table.values())) == (100, 2466)
    for basis, below in (("count", 49), ("amount", 51)):
        assert sum(standing.rate(c, basis)[0] < standing.FLOOR for c in table.values()) == below
    assert sum(standing.rate(c, "count")[0] == standing.FLOOR for c in table.values()) == 2
    bands = {standing.expected(c, "count")[0]["band"] for c in table.values()}
    assert {"green", "yellow", "red"} <= bands, "the bands fit"


@pytest.mark.parametrize("basis", ["count", "amount"])
def test_standing_from_all_invoices(run, basis):
    standing = loader("standing")
    directory = run.private_directory("standing")
    database = run.vacant("standing", policies.write(directory, replace(standing.POLICY, basis=basis)))
    server = run.start(database)
    owner = run.cluster.connect(database)
    figures = standing.play(server, run.admin_password, paths.INVOICES, directory, basis,
                            lambda: dump.portrait(owner))
    print(figures)
    assert dump.integrity(owner) == []
    assert ledger.faults(dump.take(owner)) == []
    owner.close()
    run.finish(server)
    run.cluster.drop(database)
