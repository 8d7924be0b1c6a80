"""creditbench, driven: a cell per line, an answer per line."""
import contextlib
import json
import subprocess
import time
from dataclasses import dataclass, field

from harness.process import dying_with_us


class WrongAnswer(Exception):
    """The product gave an answer that is not right, or none: the bench fails."""


@dataclass
class Roster:
    """The people and customers that plant has made: `people`: login -> (role, unit, token), `customers`: (public id,
    number, branch, grade)."""
    path: object
    people: dict = field(default_factory=dict)
    customers: list = field(default_factory=list)

    def __post_init__(self):
        for line in self.path.read_text(encoding="utf-8").splitlines():
            kind, *words = line.split(" ")
            if kind == "person":
                self.people[words[0]] = tuple(words[1:])
            elif kind == "customer":
                self.customers.append(tuple(words))

    def of_role(self, role, unit=None):
        """(login, token) of the first person of a role, at a unit when it is given."""
        return next((login, bytes.fromhex(token)) for login, (is_role, is_unit, token) in self.people.items()
                    if is_role == role and unit in (None, is_unit))


class Generator:
    """The process. `cell(...)` runs one and gives what it tells: what it counted between `began_s` and
    `ended_s` of the monotonic clock."""

    def __init__(self, program, roster, port, ca):
        self.port = port
        self.process = subprocess.Popen(dying_with_us([program, "--roster", roster.path, "--ca", ca]), text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    @property
    def pid(self):
        """Of the process."""
        return self.process.pid

    def begin(self, **words):
        """Sends a cell."""
        line = " ".join(f"{key}={value}" for key, value in {**words, "port": self.port}.items())
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            self._failed()

    def end(self):
        """What a cell that was begun tells."""
        line = self.process.stdout.readline()
        if not line:
            self._failed()
        told = json.loads(line)
        if told["wrong"]:
            raise WrongAnswer(f"creditbench: {line}")
        to_monotonic = time.monotonic() - time.time()
        return {**told, "began_s": told["began"] + to_monotonic, "ended_s": told["ended"] + to_monotonic}

    def cell(self, **words):
        """Both."""
        self.begin(**words)
        return self.end()

    def _failed(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        raise WrongAnswer(f"creditbench ended with {self.process.wait(30)}: {self.process.stderr.read()[-2_000:]}")

    def close(self):
        """The end of its input; it must end well."""
        self.process.stdin.close()
        if self.process.wait(60) != 0:
            raise WrongAnswer(f"creditbench: {self.process.stderr.read()[-2_000:]}")

    def kill(self):
        """At once."""
        self.process.kill()
        self.process.wait(30)
