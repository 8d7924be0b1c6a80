"""creditd processes under test: started on a database, stopped with SIGTERM, their log judged."""
import json
import os
import re
import signal
import subprocess

from . import paths
from .creditproto import Client
from .given import giving
from .process import dying_with_us, rss_bytes, wait_until

BAD_LINES = re.compile(r"^\S+Z error |CHECK failed|CHECK\(|Sanitizer|runtime error:|Assertion|assertion")


def limits(directory, **values):
    """Options for a configuration file with other limits."""
    path = directory / "creditd.conf"
    path.write_text("limits = { " + " ".join(f"{k} = {v};" for k, v in values.items()) + " };\n", encoding="ascii")
    return "--config", path


class Server:
    """One creditd. `options` are added to its command line; `clean` False: its log may hold errors (injected ones);
    `environment` is added to ours; `sockets`: it is given them to listen on; `under` is a command line that creditd's
    is appended to."""

    _count = 0

    def __init__(self, command, directory, name="creditd", clean=True, ca=None, environment=None, sockets=(),
                 under=()):
        Server._count += 1
        self.name = f"{name}-{Server._count}"
        self.clean = clean
        self._ca = ca
        self.ready_file = directory / f"{self.name}.ready"
        self.log_path = directory / f"{self.name}.log"
        self._log = open(self.log_path, "wb")
        self.command = [paths.CREDITD, *command, "--ready-file", self.ready_file]
        ours = {k: v for k, v in os.environ.items() if not k.startswith("CREDITD_")}
        self.process = subprocess.Popen(giving(sockets, dying_with_us([*under, *self.command])), stdout=self._log,
                                        stderr=self._log, stdin=subprocess.DEVNULL, cwd="/",
                                        env={**ours, **(environment or {})}, pass_fds=[s.fileno() for s in sockets])
        self.ready = None

    def wait_ready(self, seconds=30):
        """Waits until it serves; a start that fails is told with its log."""
        wait_until(lambda: self.ready_file.exists() or self.process.poll() is not None, seconds, f"{self.name} ready")
        if not self.ready_file.exists():
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{self.log()}")
        self.ready = json.loads(self.ready_file.read_text(encoding="utf-8"))
        return self

    @property
    def port(self):
        """The TLS port."""
        return self.ready["port"]

    @property
    def ca(self):
        """The CA file that clients verify with."""
        return self._ca or self.ready["ca"]

    @property
    def pid(self):
        """Of creditd itself."""
        return self.ready["pid"]

    def log(self):
        """All it has written so far."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def rss(self):
        """Its resident memory in bytes."""
        return rss_bytes(self.pid)

    def client(self, token=None, **options):
        """A new connection, with a session when a token is given."""
        client = Client(self.port, self.ca, **options)
        if token is not None:
            client.resume(token)
        return client

    def running(self):
        """Has it not ended?"""
        return self.process.poll() is None

    def kill(self):
        """kill -9, and the end of it."""
        os.kill(self.ready["pid"] if self.ready else self.process.pid, signal.SIGKILL)
        self.process.wait(30)
        self._log.close()

    def stop(self):
        """SIGTERM; it must end by itself with status 0 and a clean log."""
        if self.running():
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self._log.close()
        log = self.log()
        assert status == 0, f"{self.name} ended with {status}:\n{log}"
        if self.clean:
            bad = [line for line in log.splitlines() if BAD_LINES.search(line)]
            assert not bad, f"{self.name}: " + "\n".join(bad)
