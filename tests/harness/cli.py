"""Runs creditctl as people do: a configuration file with profiles, a session per profile, a journal on disk."""
import json
import os
import subprocess

from . import paths


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
    """cli(profile, noun, verb, ...): -o json unless `output` says otherwise; the exit code must be `code` (None: any)."""

    def __init__(self, directory, server, passwords):
        self.directory = directory
        self.config = directory / "creditctl.conf"
        self.passwords = passwords
        self._logged_in = set()
        self.write_config(server, [*passwords, "nobody"])

    def write_config(self, server, profiles):
        """A profile per login, named like it."""
        groups = "\n".join(f'  {name} = {{ server = "localhost:{server.port}"; ca = "{server.ca}"; login = "{name}"; }};'
                           for name in profiles)
        self.config.write_text(f"profiles = {{\n{groups}\n}};\n", encoding="utf-8")
        os.chmod(self.config, 0o600)

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
        return Result(command, done.returncode, done.stdout, done.stderr)

    def login(self, profile):
        """Opens the profile's session once."""
        if profile in self._logged_in or profile not in self.passwords:
            return
        done = self.run("-p", profile, "auth", "login", "--password-stdin", stdin=self.passwords[profile] + "\n")
        if done.code != 0:
            raise Failed(repr(done))
        self._logged_in.add(profile)

    def __call__(self, profile, *words, code=0, output="json", stdin="", env=None):
        self.login(profile)
        form = [] if output is None else ["-o", output]
        done = self.run("-p", profile, *words, *form, stdin=stdin, env=env)
        if code is not None and done.code != code:
            raise Failed(f"expected {code}: {done!r}")
        return done
