"""A large import beside people at work (acceptance 6): its rate, the memory of both processes over time, and how long
an interactive user waits meanwhile and while a new policy is applied to all customers in the background.

    /usr/bin/python3 tests/bench/trades.py --rows 1000000 --customers 50000

It writes a file of trades, starts `creditd --embedded` in a temporary directory, and imports with creditctl. A process
of its own looks at customers and applications, submits and withdraws, one after the other without a break, and notes
how long each answer took. One table is printed at the end; the exit status is 1 when a limit was not kept.
"""
import argparse
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import psycopg2  # noqa: E402

from harness import files, paths, policies  # noqa: E402
from harness.cli import Cli  # noqa: E402
from harness.creditproto import Client, Disconnected  # noqa: E402
from harness.process import wait_until  # noqa: E402
from harness.server import Server  # noqa: E402
from harness.standing import DAY, GRADES, Policy, Trade  # noqa: E402
from harness.trading import civil, row_of  # noqa: E402
from tradefile import start_import, write_file  # noqa: E402

BRANCHES = [f"B{n}" for n in range(1, 5)]
PEOPLE = {"hq1": ("HQ", "approver"), "sub1": ("B1", "submitter"), "ver1": ("R1", "verifier"),
          "maker": ("HQ", "policy_maker"), "checker": ("HQ", "policy_checker")}
POLICY = Policy(window_months=12)
STRICTER = replace(POLICY, floor_bp=8_000, bands=(("green", 50_000_00), ("yellow", 5_000_00), ("red", 500_00)))
INTERACTIVE = 24  # customers that the interactive user works on
SAMPLE_S = 0.25
SLOWER_MAX = 2.0  # p99 beside the background against p99 in quiet
GROWTH_MAX_KB = 32_768  # of a process, from the first quarter of the import to its end


# ---- the organisation ----

def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(directory, port):
    """creditd on a database of its own."""
    server = Server(["--embedded", directory / "d", "--listen", f"127.0.0.1:{port}", "--test-clock",
                     "--cheap-passwords", "--migrations", paths.MIGRATIONS, "--policy",
                     policies.write(directory, POLICY)], directory)
    return server.wait_ready(120)


def plant(server, directory):
    """Two regions, four branches, five users, and customers with trades for the interactive user; gives the Cli and
    the sessions."""
    cli = Cli(directory, server)
    opened = cli.login("admin", (directory / "d" / "admin.password").read_text(encoding="utf-8").strip())
    assert opened.code == 0, opened
    for code, level, parent in [("R1", "region", "HQ"), ("R2", "region", "HQ"), ("B1", "branch", "R1"),
                                ("B2", "branch", "R1"), ("B3", "branch", "R2"), ("B4", "branch", "R2")]:
        cli("admin", "org", "create", code, "--name", code, "--level", level, "--parent", parent)
    tokens = {}
    for login, (unit, role) in PEOPLE.items():
        cli("admin", "user", "add", login, "--name", login, "--unit", unit, "--level", "manager", "--role", role,
            "--password-stdin", stdin=f"password of {login}\n")
        assert cli.login(login, f"password of {login}").code == 0
        tokens[login] = cli.token_file(login).read_text(encoding="ascii").strip()
    with Client(server.port, server.ca) as hq:
        hq.resume(bytes.fromhex(tokens["hq1"]))
        today = civil(hq.do("server_status")["now_us"])
        begun = hq.do("trade_import_begin", source=os.urandom(32), name="interactive")["import"]["id"]
        for n in range(INTERACTIVE):
            hq.do("customer_add", number=f"W{n:02}", name=f"Interactive {n}", branch="B1", opening_grade=GRADES[n % 4])
            trades = [Trade(f"W{n:02}-{m}", 300_00, today - (m + 2) * DAY, today - DAY, today - DAY) for m in range(20)]
            hq.do("trade_import_chunk", **{"import": begun, "rows": [row_of(f"W{n:02}", t, "B1") for t in trades]})
        hq.do("trade_import_finish", **{"import": begun})
    return cli, tokens, today


# ---- the interactive user: a process of its own ----

def interact(port, ca, token, out_path):
    """Looks, submits, withdraws, without a break, until standard input ends; a line per answer: when, what, seconds."""
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    with open(out_path, "w", encoding="ascii", buffering=1) as out:
        while not stop.is_set():
            try:
                with Client(port, ca, timeout=60) as client:
                    client.resume(bytes.fromhex(token))
                    work(client, stop, out)
            except (Disconnected, OSError, AssertionError) as error:  # a server that is started anew
                out.write(f"{time.monotonic()} broken {type(error).__name__}\n")
                stop.wait(0.05)


def work(client, stop, out):
    """One connection's rounds."""
    source = random.Random(0)

    def timed(what, method, **fields):
        begin = time.monotonic()
        body = client.do(method, **fields)
        out.write(f"{begin} {what} {time.monotonic() - begin}\n")
        return body
    while not stop.is_set():
        number = f"W{source.randrange(INTERACTIVE):02}"
        shown = timed("look", "customer_show", customer=number, purpose="bench")["customer"]
        if "open_application_id" not in shown:
            grade = next(g for g in GRADES if g != shown.get("grade"))
            timed("step", "application_submit", customer=number, to_grade=grade, reason="bench")
            shown = timed("look", "customer_show", customer=number, purpose="bench")["customer"]
        opened = shown["open_application_id"]
        timed("look", "application_show", application=opened, purpose="bench")
        timed("step", "application_withdraw", application=opened, reason="bench")


def start_interacting(server, token, out_path):
    """The process."""
    return subprocess.Popen([sys.executable, __file__, "--interact", str(server.port), str(server.ca), token,
                             str(out_path)], stdin=subprocess.PIPE)


def answers(path, begin, end, what):
    """Seconds of the answers to what was asked within a phase, sorted."""
    found = []
    for text in path.read_text(encoding="ascii").splitlines():
        at, kind, seconds = text.split(" ")
        if kind == what and begin <= float(at) < end:
            found.append(float(seconds))
    return sorted(found)


def quantile(values, part):
    """Of sorted values, in milliseconds."""
    return 1_000 * values[min(len(values) - 1, int(part * len(values)))] if values else float("nan")


# ---- memory ----

class Memory(threading.Thread):
    """Samples of the resident memory of processes: name -> [(when, kB)]."""

    def __init__(self):
        super().__init__(daemon=True)
        self.watched, self.samples, self._ended = {}, {}, threading.Event()

    def watch(self, name, pid):
        """From now on."""
        self.watched[name] = pid
        self.samples.setdefault(name, [])

    def run(self):
        while not self._ended.wait(SAMPLE_S):
            for name, pid in list(self.watched.items()):
                try:
                    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
                except OSError:
                    continue
                found = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
                if found:
                    self.samples[name].append((time.monotonic(), int(found[0])))

    def end(self):
        """No more samples."""
        self._ended.set()
        self.join()

    def within(self, name, begin, end):
        """(at a quarter, at the end, most), kB, of a phase."""
        found = [kb for at, kb in self.samples.get(name, ()) if begin <= at < end]
        return (found[len(found) // 4], found[-1], max(found)) if found else (0, 0, 0)


# ---- the run ----

class Bench:
    """Phases in order; each notes when it began and ended."""

    def __init__(self, options, directory):
        self.options, self.directory = options, directory
        self.phases, self.memory = {}, Memory()
        self.latencies = directory / "latencies"
        self.rate = {}

    def phase(self, name, work_of_it):
        """Runs something as a phase."""
        begin = time.monotonic()
        value = work_of_it()
        self.phases[name] = begin, time.monotonic()
        return value

    def take(self, cli, path, mapping):
        """The import, by creditctl; without waiting for the evaluation, which is a phase of its own."""
        with open(self.directory / "import.log", "w", encoding="utf-8") as log:
            with start_import(cli, "hq1", path, mapping, log) as client:
                self.memory.watch("creditctl", client.pid)
                out, _ = client.communicate()
        assert client.returncode == 0, (self.directory / "import.log").read_text(encoding="utf-8")[-2_000:]
        told = json.loads(out)
        assert told["added"] == self.options.rows, told

    def quiet(self):
        """Nobody but the interactive user."""
        threading.Event().wait(self.options.quiet)

    def run(self):
        """Everything; gives the lines of the table and what was not kept."""
        port = free_port()
        server = start(self.directory, port)
        owner = psycopg2.connect(server.ready["owner_conninfo"])
        owner.autocommit = True
        cli, tokens, today = plant(server, self.directory)
        path = self.directory / "trades.csv"
        customers = [(BRANCHES[n % len(BRANCHES)], f"K{n:06}") for n in range(self.options.customers)]
        self.phase("file", lambda: write_file(path, self.options.rows, customers, today, 6))
        mapping = files.write_mapping(self.directory, create=True, opening_grade="yellow")
        self.memory.start()
        self.memory.watch("creditd", server.pid)
        user = start_interacting(server, tokens["sub1"], self.latencies)
        try:
            wait_until(lambda: self.latencies.exists() and " step " in self.latencies.read_text(encoding="ascii"), 30,
                       "the interactive user")
            self.phase("quiet", self.quiet)
            self.phase("import", lambda: self.take(cli, path, mapping))
            self.phase("evaluation", lambda: self._wait(owner, "SELECT count(*) FROM creditd.trade_import "
                                                               "WHERE evaluated < customers"))
            version = policies.put_in_force(server, {login: bytes.fromhex(tokens[login])
                                                     for login in ("maker", "checker")}, policies.whole(STRICTER))
            self.phase("new policy", lambda: self._wait(
                owner, f"SELECT count(*) FROM creditd.customer WHERE evaluated_policy <> {version}"))
            self.phase("quiet again", self.quiet)
        finally:
            user.stdin.close()
            user.wait(60)
            self.memory.end()
        self._check(owner)
        owner.close()
        server.stop()
        return self.table()

    def _wait(self, owner, statement):
        def none_left():
            with owner.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchone() == (0,)
        wait_until(none_left, self.options.patience, "the evaluation of all")

    def _check(self, owner):
        with owner.cursor() as cursor:
            cursor.execute("SELECT count(*), count(DISTINCT customer_id) FROM creditd.trade")
            counted = cursor.fetchone()
        assert counted == (self.options.rows + 20 * INTERACTIVE, self.options.customers + INTERACTIVE), counted

    def table(self):
        """(lines, what was not kept)."""
        lines = [f"{self.options.rows} trades of {self.options.customers} customers",
                 f"{'phase':12} {'seconds':>8} {'per second':>11} {'looks':>7} {'p50 ms':>7} {'p99 ms':>7} "
                 f"{'steps':>7} {'p50 ms':>7} {'p99 ms':>7} {'creditd MB, at 1/4, end, most':>30} {'creditctl MB':>22}"]
        p99, bad = {}, []
        counts = {"file": self.options.rows, "import": self.options.rows, "evaluation": self.options.customers,
                  "new policy": self.options.customers}
        for name, (begin, end) in self.phases.items():
            seen = {what: answers(self.latencies, begin, end, what) for what in ("look", "step")}
            p99[name] = {what: quantile(values, .99) for what, values in seen.items()}
            timed = " ".join(f"{len(v):7} {quantile(v, .5):7.2f} {quantile(v, .99):7.2f}" for v in seen.values())
            memory = {n: self.memory.within(n, begin, end) for n in ("creditd", "creditctl")}
            shown = [" ".join(f"{kb / 1024:6.1f}" for kb in kbs) for kbs in memory.values()]
            rate = f"{counts[name] / (end - begin):.0f}" if name in counts else ""
            lines.append(f"{name:12} {end - begin:8.1f} {rate:>11} {timed} {shown[0]:>30} {shown[1]:>22}")
            bad += [f"{n} grew by {kbs[1] - kbs[0]} kB during the import" for n, kbs in memory.items()
                    if name == "import" and kbs[1] - kbs[0] > GROWTH_MAX_KB]
        for what, quiet in p99["quiet"].items():
            factor = p99["new policy"][what] / quiet
            lines.append(f"p99 of a {what} beside the new policy: {factor:.2f} x quiet; "
                         f"beside the import: {p99['import'][what] / quiet:.2f} x quiet")
            if not factor <= SLOWER_MAX:
                bad.append(f"p99 of a {what} beside the new policy is {factor:.2f} x quiet")
        return lines, bad


def main():
    """The full run, or the interactive user of one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--quiet", type=float, default=20, help="seconds of each quiet phase")
    parser.add_argument("--patience", type=float, default=3_600, help="seconds for the evaluation of all")
    parser.add_argument("--interact", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.interact:
        port, ca, token, out = options.interact
        interact(int(port), ca, token, out)
        return
    with tempfile.TemporaryDirectory(prefix="creditd-bench-", dir=paths.place_for_data()) as name:
        directory = pathlib.Path(name)
        directory.chmod(0o777)  # an embedded cluster runs as another user when started by root
        lines, bad = Bench(options, directory).run()
    print("\n".join(lines))
    if bad:
        raise SystemExit("\n".join(bad))


if __name__ == "__main__":
    main()
