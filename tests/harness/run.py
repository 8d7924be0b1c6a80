"""What one test run has: a cluster, certificates, and a template database with the seeded organisation."""
import contextlib
import itertools
import json
import os
import pathlib
import shutil
import tempfile

from . import paths, policies, seed
from .certificates import make_certificates
from .cluster import Cluster
from .server import Server

APP_ROLE = "creditd_app"


class Run:
    """Started by the constructor; `close` ends everything that still runs. CREDITD_TEST_BASE names a directory in which
    an earlier run has left its templates (`leave`), so that several runs side by side make them once."""

    def __init__(self):
        base = os.environ.get("CREDITD_TEST_BASE")
        left = json.loads(pathlib.Path(base, "run.json").read_text(encoding="utf-8")) if base else {}
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="creditd-run-", dir=paths.place_for_data()))
        os.chmod(self.directory, 0o755)
        self.cluster = Cluster(pathlib.Path(base, "data") if base else None)
        self.certificates = make_certificates(self.directory / "tls")
        self.tokens = {login: bytes.fromhex(token) for login, token in left.get("tokens", {}).items()}
        self.admin_password = left.get("admin_password")
        self._servers = []
        self._numbers = itertools.count(1)
        self._template, self._empty = left.get("template"), left.get("empty")

    # ---- databases ----

    def empty_template(self):
        """A database that creditd has migrated, with HQ and the administrator, and nothing else."""
        if self._empty is None:
            database = self.cluster.create("empty")
            password_file = self.directory / "admin.password"
            server = self.start(database, "--test-clock", "--admin-password-file", password_file)
            self.finish(server)
            self.admin_password = password_file.read_text(encoding="utf-8").strip()
            self._empty = database
        return self._empty

    def template(self):
        """The seeded organisation; made once. The session tokens stand in `tokens` and live in every copy."""
        if self._template is None:
            database = self.cluster.create("seeded", self.empty_template())
            server = self.start(database)
            self.tokens = seed.plant(server, self.admin_password)
            self.finish(server)
            self._template = database
        return self._template

    def seeded(self, hint="t"):
        """A fresh copy of the seeded organisation."""
        return self.cluster.clone(self.template(), hint)

    def vacant(self, hint="e", policy=None):
        """A fresh copy of the database with nothing but HQ and the administrator; `policy`: the file of its first
        version, instead of that of deploy/."""
        database = self.cluster.clone(self.empty_template(), hint)
        if policy is not None:
            with contextlib.closing(self.cluster.connect(database)) as owner, owner.cursor() as cursor:
                cursor.execute("UPDATE creditd.policy_version SET text = %s",
                               (pathlib.Path(policy).read_text(encoding="utf-8"),))
        return database

    # ---- servers ----

    def start(self, database, *options, name="creditd", clean=True, wait=True, policy=paths.POLICY,
              environment=None, sockets=()):
        """A creditd on a database of the cluster; `policy`: a file of the policy that is in force then; `sockets`: given
        to it."""
        certificates = self.certificates
        command = ["--database", self.cluster.conninfo(database, APP_ROLE), "--owner-database",
                   self.cluster.conninfo(database), "--listen", "127.0.0.1:0", "--tls-certificate",
                   certificates.certificate, "--tls-key", certificates.key, "--migrations", paths.MIGRATIONS,
                   "--policy", policy, "--cheap-passwords", *options]
        server = Server(command, self.directory, name=name, clean=clean, ca=certificates.ca,
                        environment=environment, sockets=sockets)
        self._servers.append(server)
        if not wait:
            return server
        server.wait_ready()
        if policy != paths.POLICY and self.tokens:
            policies.put_in_force(server, self.tokens, pathlib.Path(policy).read_text(encoding="utf-8"))
        return server

    def finish(self, server):
        """Stops a server and judges its end and its log."""
        self._servers.remove(server)
        server.stop()

    def kill(self, server):
        """kill -9 of a server."""
        self._servers.remove(server)
        server.kill()

    def private_directory(self, hint):
        """A fresh directory for a test's own files."""
        path = self.directory / f"{hint}-{next(self._numbers)}"
        path.mkdir()
        return path

    def open_directory(self, hint):
        """A fresh directory in which the unprivileged user of an embedded cluster may write."""
        path = self.private_directory(hint)
        path.chmod(0o777)
        return path

    def leave(self, directory):
        """Leaves the cluster with its templates, for the runs that are given CREDITD_TEST_BASE."""
        self.template()
        self.cluster.leave(directory / "data")
        (directory / "run.json").write_text(json.dumps({
            "tokens": {login: token.hex() for login, token in self.tokens.items()},
            "admin_password": self.admin_password, "template": self._template, "empty": self._empty}), encoding="utf-8")

    def close(self):
        """Ends what is left without judging it, and removes all."""
        for server in self._servers:
            if server.running():
                server.process.kill()
                server.process.wait(30)
        self.cluster.stop()
        if not os.environ.get("CREDITD_TEST_KEEP"):
            shutil.rmtree(self.directory, ignore_errors=True)
