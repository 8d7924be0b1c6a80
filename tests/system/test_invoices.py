"""Acceptance 2 in small, on real input: the customers of the invoices, and changes by 20 users to their planned ends.
The full run is the command in tests/invoices/load.py."""
import importlib.util

import pytest

from harness import dump, paths

CHANGES, SEED = 21, 2013

pytestmark = pytest.mark.skipif(not paths.INVOICES.exists(), reason=f"{paths.INVOICES} is not there")


def loader():
    spec = importlib.util.spec_from_file_location("invoices_load", paths.ROOT / "tests" / "invoices" / "load.py")
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
