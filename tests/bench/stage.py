"""What a bench runs on: a PostgreSQL cluster of its own on the disk, databases planted once and copied for each need,
and creditd as it is run in production."""
import contextlib
import pathlib
import shutil
import subprocess
import tempfile

import psycopg2

from generator import Generator, Roster
from harness import paths
from harness.certificates import make_certificates
from harness.cluster import Cluster
from harness.process import dying_with_us, unprivileged_user
from harness.run import APP_ROLE
from harness.server import Server
from machine import Meter, postgres_cpu, process_cpu

BENCH = paths.BUILD / "bench"
# Everything else is PostgreSQL's default: fsync, full_page_writes, synchronous_commit and autovacuum are on.
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{socket_dir}'
shared_buffers = 512MB
max_wal_size = 4GB
"""


def place_for_cluster():
    """A directory on a real disk that the cluster's user can reach: the build, else /var/tmp."""
    user = unprivileged_user()
    if user is None:
        return paths.BUILD
    reached = subprocess.run(dying_with_us(["test", "-x", paths.BUILD], user), check=False)
    return paths.BUILD if reached.returncode == 0 else pathlib.Path("/var/tmp")


class Stage:
    """`sizes`: what plant is given for the template `small` (see Sizes in plan.py)."""

    def __init__(self, sizes):
        self.sizes = sizes
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="creditd-bench-"))
        self.directory.chmod(0o755)
        self.place = place_for_cluster()
        self.cluster = Cluster(place=self.place, settings=SETTINGS)
        self.postmaster = self.cluster.process.pid
        self.certificates = make_certificates(self.directory / "tls")
        self._templates = {}
        self._wal = self.cluster.connect("postgres")
        self._servers, self._generators = [], []

    # ---- databases ----

    def template(self, name):
        """`small`: with the past and what waits; `large`: with much more of the past; `fresh`: organisation and customers
        only. Made once; its Roster."""
        if name not in self._templates:
            sizes = {"small": self.sizes, "large": self.sizes.large(), "fresh": self.sizes.fresh()}[name]
            roster = self.directory / f"{name}.roster"
            database = self.cluster.create(name)
            with self.server(database):  # HQ, the administrator, the policy
                pass
            subprocess.run([BENCH / "plant", "--conninfo", self.cluster.conninfo(database), "--roster", roster,
                            *sizes.words()], check=True, stdout=subprocess.DEVNULL)
            if name != "fresh":  # copies begin with statistics, and not with a wave of autovacuum
                self.execute(database, "VACUUM (FREEZE, ANALYZE)")
            self._templates[name] = Roster(roster)
        return self._templates[name]

    @contextlib.contextmanager
    def database(self, template="small"):
        """A copy of a template until the block ends; (its name, its roster)."""
        roster = self.template(template)
        name = self.cluster.clone(template, "bench")
        try:
            yield name, roster
        finally:
            self.cluster.drop(name)

    def execute(self, database, statement):
        """One statement as superuser."""
        return self.cluster.execute(statement, database)

    def wal_bytes(self):
        """How much WAL the cluster has ever written."""
        try:
            with self._wal.cursor() as cursor:
                cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'")
                return int(cursor.fetchone()[0])
        except psycopg2.Error as error:
            raise RuntimeError(f"the cluster has gone: {self.cluster.directory}") from error

    # ---- servers ----

    @contextlib.contextmanager
    def server(self, database, *options, environment=None, under=()):
        """creditd with TLS on that database until the block ends; it must end well. `under`: a program that runs it."""
        command = ["--database", self.cluster.conninfo(database, APP_ROLE), "--owner-database",
                   self.cluster.conninfo(database), "--listen", "127.0.0.1:0", "--tls-certificate",
                   self.certificates.certificate, "--tls-key", self.certificates.key, "--migrations", paths.MIGRATIONS,
                   "--policy", paths.POLICY, "--admin-password-file", self.directory / "admin.password", *options]
        server = Server(command, self.directory, ca=self.certificates.ca, environment=environment,
                        under=under)
        self._servers.append(server)
        server.wait_ready(120)
        yield server
        self._servers.remove(server)
        server.stop()

    @contextlib.contextmanager
    def generator(self, roster, server):
        """creditbench for a server until the block ends."""
        generator = Generator(BENCH / "creditbench", roster, server.port, server.ca)
        self._generators.append(generator)
        yield generator
        self._generators.remove(generator)
        generator.close()

    @contextlib.contextmanager
    def product(self, template="small", options=(), environment=None):
        """A copy of a template, creditd on it, and a creditbench; (database, server, generator)."""
        with self.database(template) as (database, roster):
            with self.server(database, *options, environment=environment) as server:
                with self.generator(roster, server) as generator:
                    yield database, server, generator

    # ---- what was used ----

    def meter(self, server=None, generator=None):
        """A Meter of the cluster and of what is given."""
        parts = {"postgres": lambda: postgres_cpu(self.postmaster), "wal": self.wal_bytes}
        if server is not None:
            parts["server"] = lambda: process_cpu(server.process.pid)
        if generator is not None:
            parts["generator"] = lambda: process_cpu(generator.pid)
        return Meter(parts)

    def close(self):
        """Ends what is left without judging it, and removes all."""
        for generator in self._generators:
            generator.kill()
        for server in self._servers:
            if server.running():
                server.process.kill()
                server.process.wait(30)
        self._wal.close()
        self.cluster.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
