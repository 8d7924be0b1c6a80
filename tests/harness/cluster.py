"""One PostgreSQL cluster for a test run: unix socket only, durable settings, made in a private directory."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import psycopg2

from . import paths
from .process import dying_with_us, unprivileged_user, wait_until

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{socket_dir}'
fsync = on
full_page_writes = on
synchronous_commit = on
max_connections = 120
shared_buffers = 64MB
max_wal_size = 256MB
autovacuum = off
log_min_messages = fatal
"""


class Cluster:
    """Started by the constructor, new or on a copy of `base` (a data directory that was left whole); `stop` removes it.
    The data directory is made in `place`."""

    def __init__(self, base=None, place=None, settings=SETTINGS):
        self.user = unprivileged_user()
        self.settings = settings
        # The path of a socket has to be short.
        self.directory = self._own(tempfile.mkdtemp(prefix="creditd-test-", dir=paths.place_for_data()))
        self.home = self._own(tempfile.mkdtemp(prefix="creditd-data-", dir=place)) if place else self.directory
        self.data = self.home / "data"
        if base is None:
            self._initdb()
        else:
            subprocess.run(["cp", "-a", base, self.data], check=True)
        self._settings()
        self._clones = 0
        self._kept = None
        self.log = open(self.directory / "postgres.log", "wb")
        self.process = subprocess.Popen(
            dying_with_us([paths.postgres_bin() / "postgres", "-D", self.data], self.user, "QUIT"),
            stdout=self.log, stderr=self.log, cwd="/")
        wait_until(self._answers, 30, "the cluster")

    def _own(self, directory):
        """A directory that the cluster's user may write to and all may enter."""
        os.chmod(directory, 0o755)
        if self.user is not None:
            os.chown(directory, self.user.pw_uid, self.user.pw_gid)
        return pathlib.Path(directory)

    def _initdb(self):
        subprocess.run(
            dying_with_us([paths.postgres_bin() / "initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "-k",
                           "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"], self.user),
            check=True, stdout=subprocess.DEVNULL, cwd="/")

    def _settings(self):
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(self.settings.format(socket_dir=self.directory))

    def _answers(self):
        if self.process.poll() is not None:
            raise RuntimeError((self.directory / "postgres.log").read_text(errors="replace"))
        try:
            psycopg2.connect(self.conninfo("postgres")).close()
            return True
        except psycopg2.OperationalError:
            return False

    def conninfo(self, database, user="postgres"):
        """A connection string of libpq."""
        return f"host={self.directory} dbname={database} user={user}"

    def connect(self, database, user="postgres"):
        """A psycopg2 connection that commits each statement."""
        connection = psycopg2.connect(self.conninfo(database, user))
        connection.autocommit = True
        return connection

    def execute(self, statement, database="postgres"):
        """One statement as superuser; its rows. A connection costs more than most statements: that to `postgres` is kept, unless
        the cluster has ended it."""
        if database == "postgres":
            if self._kept is None or not self._alive(self._kept):
                self._kept = self.connect(database)
            return self._rows(self._kept, statement)
        connection = self.connect(database)
        try:
            return self._rows(connection, statement)
        finally:
            connection.close()

    @staticmethod
    def _rows(connection, statement):
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @staticmethod
    def _alive(connection):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            return True
        except psycopg2.Error:
            return False

    def create(self, name, template=None):
        """A new database, from a template (whose files are copied) or empty."""
        self.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}" STRATEGY file_copy' if template else ""))
        return name

    def clone(self, template, hint="t"):
        """A copy of a database under a fresh name."""
        self._clones += 1
        return self.create(f"{hint}_{self._clones}", template)

    def drop(self, name):
        """Removes a database, whoever is still connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def leave(self, place):
        """Ends the cluster in an orderly way and leaves its data directory in `place`."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        subprocess.run(["cp", "-a", self.data, place], check=True)

    def stop(self):
        """Ends the cluster at once; nobody needs its data any more."""
        if self._kept is not None:
            self._kept.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(30)
        self.log.close()
        for directory in {self.directory, self.home}:
            shutil.rmtree(directory, ignore_errors=True)
