"""The fixtures of both suites. One cluster per run; one database and one creditd per test file."""
from types import SimpleNamespace

import pytest

from . import held, paths, policies
from .apart import Apart
from .cli import Cli
from .run import Run
from .trading import Trading


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
def server(run, database, request):
    """This file's creditd, with the file's POLICY if it has one; it must end well and leave a clean log."""
    policy = getattr(request.module, "POLICY", None)
    path = policies.write(run.private_directory("policy"), policy) if policy else paths.POLICY
    value = run.start(database, policy=path)
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


@pytest.fixture(scope="module")
def trading(connect, pg):
    """Customers, trades and standing through the protocol (harness/trading.py), at noon of a day."""
    value = Trading(connect, pg.owner)
    value.begin_day()
    return value


@pytest.fixture
def apart(run, tokens):
    """apart(policy): a Trading on a seeded database and a server of its own. In the end the database is whole; `again`
    of it: the server is stopped and started with another policy."""
    made = []

    def start(policy, *options):
        value = Apart(run, tokens, policy, *options)
        made.append(value)
        return value
    yield start
    for value in made:
        value.close()
