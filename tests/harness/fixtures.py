"""The fixtures of both suites. One cluster per run; one database and one creditd per test file."""
from types import SimpleNamespace

import pytest

from . import held, paths
from .cli import Cli
from .run import Run


@pytest.fixture(scope="session")
def run():
    """The run's cluster and templates."""
    if not paths.CREDITD.exists():
        pytest.fail(f"{paths.CREDITD} is not built", pytrace=False)
    value = Run()
    yield value
    value.close()


@pytest.fixture(scope="module")
def database(run, request):
    """This file's own copy of the seeded organisation; it goes with the cluster."""
    return run.seeded(request.module.__name__.rpartition(".")[2])


@pytest.fixture(scope="module")
def server(run, database):
    """This file's creditd; it must end well and leave a clean log."""
    value = run.start(database)
    yield value
    run.finish(value)


@pytest.fixture(scope="module")
def tokens(run, database):
    """Session token of every login."""
    return run.tokens


@pytest.fixture(scope="module")
def connect(server, tokens):
    """connect(login): a logged-in connection, kept for the file; connect.new(): one more, for somebody else."""
    kept = {}

    def connection(login):
        if login not in kept:
            kept[login] = server.client(tokens[login])
        return kept[login]

    connection.new = server.client
    yield connection
    for client in kept.values():
        client.close()


@pytest.fixture(scope="module")
def cli(run, server, tokens):
    """cli(profile, *words): runs creditctl; see harness/cli.py."""
    return Cli(run.private_directory("cli"), server, tokens)


@pytest.fixture(scope="module")
def pg(run, database):
    """pg.owner: a connection to this file's database as superuser."""
    owner = run.cluster.connect(database)
    yield SimpleNamespace(owner=owner)
    owner.close()


@pytest.fixture
def waiting(run, database):
    """waiting(): how many statements of servers wait for a lock in this file's database."""
    return lambda: len(held.waiting_backends(run.cluster, database, "Lock"))
