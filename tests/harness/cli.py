"""Runs creditctl as people do: a configuration file with profiles, a session per profile, a journal on disk."""
import json
import os
import re
import subprocess

from . import paths


BAD_WORDS = re.compile(r"Sanitizer|runtime error:|CHECK failed")


class Result:
    """What a run of creditctl gave. `json`: its data; `error`: the error object, last on stderr."""

    def __init__(self, command, code, stdout, stderr):
        self.command, self.code, self.stdout, self.stderr = command, code, stdout, stderr

    @property
    def json(self):
        """The data on stdout."""
        return json.loads(self.stdout)

    @property
    def error(self):
        """The last line of stderr, which is one JSON object with -o json."""
        return json.loads(self.stderr.strip().splitlines()[-1])

    def __repr__(self):
        return f"{' '.join(map(str, self.command))}\n-> {self.code}\n{self.stdout}{self.stderr}"


class Failed(AssertionError):
    """creditctl ended with another exit code than expected."""


class Cli:
    """cli(profile, noun, verb, ...): -o json unless `output` says otherwise; the exit code must be `code` (None: any).

    A profile per login, named like it. Sessions come from `tokens`, or are opened with `login` by password. `others`:
    further servers, which creditctl may ask, too."""

    def __init__(self, directory, server, tokens=None, others=()):
        self.directory = directory
        self.config = directory / "creditctl.conf"
        self.servers, self.ca, self.profiles = [server, *others], server.ca, set()
        for name, token in (tokens or {}).items():
            self.add_profile(name, token)
        self.add_profile("nobody")

    def add_profile(self, name, token=None):
        """A profile, with its session when a token is given."""
        self.profiles.add(name)
        servers = ",".join(f"localhost:{server.port}" for server in self.servers)
        where = f'server = "{servers}"; ca = "{self.ca}";'
        lines = "\n".join(f'  {p} = {{ {where} login = "{p}"; token_file = "{self.token_file(p)}"; }};'
                          for p in sorted(self.profiles))
        self.config.write_text(f"profiles = {{\n{lines}\n}};\n", encoding="utf-8")
        if token is not None:
            self.token_file(name).touch(0o600)
            self.token_file(name).write_text(token.hex() + "\n", encoding="ascii")

    def token_file(self, name):
        """Where the profile's session is kept."""
        return self.directory / f"{name}.token"

    def login(self, name, password):
        """Makes the profile and opens its session by `auth login`."""
        self.add_profile(name)
        return self.run("-p", name, "auth", "login", "--password-stdin", "-o", "json", stdin=password + "\n")

    def environment(self, **more):
        """Nothing of the tester's own language or settings."""
        keep = {k: v for k, v in os.environ.items() if k.startswith(("ASAN_", "UBSAN_", "LSAN_", "PATH"))}
        return {**keep, "HOME": str(self.directory), "XDG_STATE_HOME": str(self.directory / "state"),
                "XDG_CONFIG_HOME": str(self.directory / "config"), "CREDITCTL_CONFIG": str(self.config), "LANG": "C",
                **more}

    def run(self, *words, stdin="", env=None, timeout=60):
        """creditctl with exactly these words."""
        command = [str(paths.CREDITCTL), *map(str, words)]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=timeout,
                              env=self.environment(**(env or {})), check=False)
        result = Result(command, done.returncode, done.stdout, done.stderr)
        if BAD_WORDS.search(done.stderr) or done.returncode < 0:
            raise Failed(repr(result))
        return result

    def __call__(self, profile, *words, code=0, output="json", stdin="", env=None):
        form = [] if output is None else ["-o", output]
        done = self.run("-p", profile, *words, *form, stdin=stdin, env=env)
        if code is not None and done.code != code:
            raise Failed(f"expected {code}: {done!r}")
        return done
