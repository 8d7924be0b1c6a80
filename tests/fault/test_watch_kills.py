"""Many people watch their inboxes on two servers that are restarted one after the other, half of the times by kill -9: each
sees every change of his desk once, and those of a case in their order, and sees it at once when he may ask either server.

CREDITD_WATCHERS and CREDITD_WATCH_RESTARTS say how many.
"""
import itertools
import json
import os
import random
import selectors
import signal
import subprocess
import threading
import time

from harness import dump, model, paths
from harness.cli import Cli
from harness.creditproto import Disconnected, Refused
from harness.process import wait_until
from harness.server import limits

WATCHERS = int(os.environ.get("CREDITD_WATCHERS", "100"))
RESTARTS = int(os.environ.get("CREDITD_WATCH_RESTARTS", "8"))
ALONE = 10  # more of them, who know one server only
BRANCHES = 40
STEP_PAUSE_S = 0.08
GOAL_MS = 200 if "asan" not in paths.BUILD.name else 2000
DESK_OF = {"submitted": ("region", "verifier"), "verified": ("hq", "approver"), "returned": ("branch", "submitter"),
           "approved": ("branch", "submitter")}
TEXTS = {"verify": {"finding": "confirmed", "opinion": "o"}, "return": {"reason": "r"}}


def branch_of(number):
    return f"W{number:02}", "R1" if number % 2 else "R2"


def build(server, tokens):
    """Branches with one submitter and one customer each; gives the sessions of all."""
    with server.client(tokens["admin"]) as admin, server.client(tokens["app"]) as hq:
        for number in range(BRANCHES):
            code, region = branch_of(number)
            admin.do("unit_create", code=code, name=code, level="branch", parent=region, zone="Asia/Shanghai")
            admin.do("user_add", login=code.lower(), name=code, unit=code, job_level="supervisor", roles=["submitter"],
                     password="a long password")
            hq.do("customer_add", number=f"{code}-1", name=code, branch=code, stage="existing", opening_grade="red")
    sessions = dict(tokens)
    for number in range(BRANCHES):
        code = branch_of(number)[0]
        with server.client() as client:
            sessions[code.lower()] = client.login(code.lower(), "a long password")
    return sessions


def logins():
    """Whoever watches: for each of the regions and HQ a tenth, the branches the rest."""
    some = itertools.cycle(["ver1", "ver2", "app", "ver1b"])
    branches = itertools.cycle(branch_of(n)[0].lower() for n in range(BRANCHES))
    return [next(some) if n % 5 == 0 else next(branches) for n in range(WATCHERS + ALONE)]


class Screens:
    """Many creditctl inbox --watch, and when each line of them came. Each has a session of its own: where the scheduler
    shares a machine out among sessions, they would have as much together as one process of the database."""

    def __init__(self, run, servers, sessions):
        self.lines = []  # per screen: (when, record)
        self.selector = selectors.DefaultSelector()
        self.processes, self.logins = [], logins()
        orders = [servers, servers[::-1]]  # each half begins on another one
        clis = [Cli(run.private_directory("watch"), first, sessions, others) for first, *others in orders]
        alone = [Cli(run.private_directory("alone"), server, sessions) for server in servers]
        for n, login in enumerate(self.logins):
            cli = (clis if n < WATCHERS else alone)[n % 2]
            command = [str(paths.CREDITCTL), "-p", login, "inbox", "--watch", "-o", "jsonl"]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, env=cli.environment(), start_new_session=True)
            os.set_blocking(process.stdout.fileno(), False)
            self.selector.register(process.stdout, selectors.EVENT_READ, [n, b""])
            self.processes.append(process)
            self.lines.append([])
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        """Takes the lines as they come, whatever the test is doing, until all screens have ended."""
        while self.selector.get_map():
            for key, _ in self.selector.select(0.1):
                now = time.time()
                n, rest = key.data
                data = key.fileobj.read(1 << 20)
                if not data:
                    self.selector.unregister(key.fileobj)
                    continue
                *whole, key.data[1] = (rest + data).split(b"\n")
                self.lines[n] += [(now, json.loads(line)) for line in whole]

    def watching(self):
        return all(any(r.get("status") == "watching" for _, r in lines) for lines in self.lines)

    def changes(self, n):
        """{(case, seq): when it was shown} of a screen; each is there once, those of a case in order."""
        seen, last = {}, {}
        for at, record in self.lines[n]:
            if record["type"] != "change":
                continue
            key = record["id"], record["seq"]
            assert key not in seen, f"{self.logins[n]} saw {key} twice"
            assert record["seq"] > last.get(record["id"], 0), f"{self.logins[n]}: {key} after {last[record['id']]}"
            seen[key], last[record["id"]] = at, record["seq"]
        return seen

    def lost(self):
        """How often screens that know both servers had neither."""
        return sum(r.get("status") == "reconnecting" for lines in self.lines[:WATCHERS] for _, r in lines)

    def kill(self):
        """Nothing is left behind, whatever went wrong."""
        for process in self.processes:
            process.kill()
            process.wait()
        self.reader.join(20)

    def end(self):
        """Ctrl-C ends each."""
        for process in self.processes:
            process.send_signal(signal.SIGINT)
        for process in self.processes:
            assert process.wait(20) == 130
        self.reader.join(20)
        for process in self.processes:
            process.stdout.close()


class Driver(threading.Thread):
    """Plays cases of all branches, on whichever server is there."""

    def __init__(self, servers, sessions):
        super().__init__(daemon=True)
        self.servers, self.sessions = servers, sessions
        self.random, self.stopping, self.failure = random.Random(7), threading.Event(), None
        self.clients, self.taken = {}, 0

    def client(self, login):
        if login not in self.clients:
            self.clients[login] = self.random.choice(self.servers).client(self.sessions[login])
        return self.clients[login]

    def forget(self):
        for client in self.clients.values():
            client.close()
        self.clients.clear()

    def step(self, number):
        """The next step of the branch's case."""
        code, region = branch_of(number)
        login, verifier = code.lower(), "ver1" if region == "R1" else "ver2"
        listed = self.client(login).do("application_list", purpose="t", open_only=True, customer=f"{code}-1")
        case = listed.get("applications", [{}])[0]
        state = case.get("state")
        name, who = {None: ("submit", login), "submitted": (self.random.choice(["verify", "verify", "return"]), verifier),
                     "returned": ("resubmit", login), "approved": ("record", login),
                     "verified": (self.random.choice(["approve", "return"]), "app")}[state]
        if state is None:
            grade = self.client(login).do("customer_show", customer=f"{code}-1", purpose="t")["customer"]["grade"]
            fields = {"customer": f"{code}-1", "to_grade": "green" if grade != "green" else "yellow", "reason": "r"}
        else:
            fields = {"application": case["id"], **TEXTS.get(name, {})}
        self.client(who).do("application_" + name, **fields)
        self.taken += 1

    def run(self):
        try:
            while not self.stopping.wait(STEP_PAUSE_S):
                try:
                    self.step(self.random.randrange(BRANCHES))
                except (Disconnected, OSError):
                    self.forget()
                except Refused as error:  # an answer was lost, so that the step was taken already
                    assert error.reply.status in ("rejected", "retry", "unknown"), error
        except BaseException as error:  # pylint: disable=broad-exception-caught
            self.failure = error
        finally:
            self.forget()


def expected(cluster, database, since):
    """{login: {(case, seq): instant}}: by the state table of the tests, whose desk an event concerns; and of open cases their
    maker, who is the branch's only submitter."""
    rows = cluster.execute(f"""
        SELECT e.home_id, e.application_id, e.seq, e.at, e.from_state, e.to_state, b.code, r.code
        FROM creditd.event e JOIN creditd.application a USING (home_id, application_id)
        JOIN creditd.unit b ON b.unit_id = a.branch_id JOIN creditd.unit r ON r.unit_id = a.region_id
        WHERE e.kind < 12 AND e.at > {since} ORDER BY e.at""", database)
    out = {}
    for home, number, seq, at, before, after, branch, region in rows:
        for state in {model.STATES[before], model.STATES[after]} & DESK_OF.keys():
            people = {"branch": [], "region": {"R1": ["ver1", "ver1b"], "R2": ["ver2"]}[region],
                      "hq": ["app"]}[DESK_OF[state][0]]
            for login in [branch.lower(), *people]:
                out.setdefault(login, {})[f"A-{home:02}-{number}", seq] = at / 1e6
    return out


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def test_every_change_is_seen_once(run):
    database = run.seeded("watched")
    options = limits(run.private_directory("limits"), anonymous_per_address_max=4 * WATCHERS)  # all are of one address
    servers = [run.start(database, *options, clean=False) for _ in range(2)]
    sessions = build(servers[0], run.tokens)
    screens = Screens(run, servers, sessions)
    try:
        watch(run, database, options, servers, sessions, screens)
    finally:
        screens.kill()
    for server in servers:
        run.finish(server)
    with run.cluster.connect(database) as owner:
        assert dump.integrity(owner) == []


def watch(run, database, options, servers, sessions, screens):
    """Some quiet seconds, then the restarts; at the end every screen has shown what it is to show."""
    wait_until(screens.watching, 60, "all screens")
    since = run.cluster.execute("SELECT creditd.business_now()", database)[0][0]
    driver = Driver(servers, sessions)
    driver.start()
    strikes = [time.time() + 10]  # when each began; the first one is the end of the quiet part
    wait_until(lambda: time.time() > strikes[0], 30, "the quiet part")
    for n in range(RESTARTS):
        strikes.append(time.time())
        strike(run, database, options, servers, n % 2, by_kill=is_kill(n))
        pause_until = time.time() + 1.5
        wait_until(lambda: time.time() > pause_until, 30, "a pause")  # pylint: disable=cell-var-from-loop
    driver.stopping.set()
    driver.join(30)
    assert driver.failure is None, driver.failure
    wanted = expected(run.cluster, database, since)
    wait_until(lambda: all(len(screens.changes(n)) >= len(wanted.get(login, {}))
                           for n, login in enumerate(screens.logins)), 60, "every change on every screen")
    judge(screens, wanted, strikes, driver.taken)
    screens.end()


def is_kill(n):
    """Is the n-th restart one by kill -9?"""
    return n // 2 % 2 == 0


def strike(run, database, options, servers, which, by_kill):
    """Ends a server, and starts it again where it was."""
    port = servers[which].port
    (run.kill if by_kill else run.finish)(servers[which])
    servers[which] = run.start(database, *options, "--listen", f"127.0.0.1:{port}", clean=False)


def figures(values):
    """How long it took, of some."""
    if not values:
        return "none"
    return f"{len(values)} changes, p50 {percentile(values, .5):.0f} ms, p99 {percentile(values, .99):.0f} ms"


def judge(screens, wanted, strikes, taken):
    """What each screen has shown, and how soon."""
    quiet, after = [], {True: [], False: []}
    shown = 0
    for n, login in enumerate(screens.logins):
        seen, due = screens.changes(n), wanted.get(login, {})
        assert seen.keys() == due.keys(), (login, seen.keys() ^ due.keys())
        shown += len(seen)
        for key, at in due.items() if n < WATCHERS else ():
            last = sum(begun <= seen[key] for begun in strikes[1:]) - 1
            (quiet if at < strikes[0] - 1 else after[is_kill(max(last, 0))]).append((seen[key] - at) * 1000)
    all_after = after[True] + after[False]
    print(f"\n{WATCHERS} screens and {ALONE} that know one server, {taken} steps, {shown} changes shown, each once and in "
          f"order; from commit to screen, quiet: {figures(quiet)}; during {RESTARTS} restarts: {figures(all_after)} "
          f"(after kills: {figures(after[True])}; after planned ends: {figures(after[False])}); connecting anew "
          f"{screens.lost()} times")
    assert percentile(quiet, .99) < GOAL_MS
    assert percentile(all_after, .99) < GOAL_MS
