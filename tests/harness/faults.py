"""A load with faults: starts workers, strikes at random moments, lets everything settle, and judges the history."""
import os
import random
import shutil
import time

from . import checker, dump, journal, load, paths
from .process import open_files, pause, wait_until

RATE_FLOOR = 10  # acknowledgements a second outside the outages, on a busy machine and under sanitizers
GROWTH_MAX = (700 if "asan" in paths.BUILD.name else 64) << 20  # AddressSanitizer keeps what was freed


def number_from_environment(name, default):
    """A parameter of a fault run: CREDITD_FAULT_<name>."""
    return int(os.environ.get("CREDITD_FAULT_" + name, default))


class Campaign:
    """One run of `strikes` faults within about `seconds`, under `clients` workers. `strike(n)` does the fault and
    returns when the server can be reached again, as far as it knows; it moves `target`."""

    def __init__(self, run, name, target, customers, owner_connection, default_strikes=30, default_seconds=60):
        self.seed = number_from_environment("SEED", random.SystemRandom().randrange(10**6))
        self.strikes = number_from_environment("STRIKES", default_strikes)
        self.seconds = number_from_environment("SECONDS", default_seconds)
        self.clients = number_from_environment("CLIENTS", 8)
        self.name, self.target, self.customers = name, target, customers
        self.owner_connection = owner_connection
        self.directory = run.private_directory(name)
        self.random = random.Random(self.seed)
        self.outages = []
        self.figures = {}

    def play(self, strike, must_hit=True, survivor=None):
        """The whole run; `must_hit`: some command must have been hit, else the faults proved nothing. `survivor`: the
        server that must live through it and be as small as before. Raises when anything is wrong, and then leaves
        journals and dump for a replay."""
        base = survivor and (survivor.rss(), open_files(survivor.pid))
        print(f"{self.name}: seed {self.seed}, {self.strikes} strikes, {self.clients} clients, {self.seconds} s")
        before = {c["id"] for c in self._dump()["commands"]}
        board = load.Board(self.customers)
        workers = load.run_workers(self.clients, self.seed, self.target, board, self.directory)
        started = time.monotonic()
        try:
            self._strike_all(strike, board, workers, started)
        finally:
            load.finish(workers)
        lasted = time.monotonic() - started
        self._judge(before, board, lasted, must_hit)
        if survivor is not None:
            self._back_to(base, survivor)

    def _back_to(self, base, server):
        assert server.running(), f"creditd itself has ended with {server.process.poll()}:\n{server.log()[-4000:]}"
        wait_until(lambda: open_files(server.pid) <= base[1], 20, f"{base[1]} descriptors as before")
        grown = server.rss() - base[0]
        print(f"{self.name}: {base[1]} descriptors as before, {grown / 1048576:.1f} MB more memory")
        assert grown < GROWTH_MAX, f"memory grew by {grown} bytes"

    def _strike_all(self, strike, board, workers, started):
        pace = self.seconds / self.strikes
        for n in range(self.strikes):
            self._progress(board, workers, 1)
            moment = started + pace * (n + self.random.random())
            while (left := moment - time.monotonic()) > 0:
                pause(min(left, 0.05))
            struck = time.monotonic()
            strike(n)
            self._progress(board, workers, 1)
            self.outages.append(time.monotonic() - struck)
        self._progress(board, workers, 20)

    @staticmethod
    def _progress(board, workers, more):
        """Waits for acknowledgements: the load must go on."""
        goal = board.acknowledged + more
        wait_until(lambda: board.acknowledged >= goal or any(w.failure for w in workers), 60, "the load to go on")

    def _dump(self):
        connection = self.owner_connection()
        try:
            return dump.take(connection)
        finally:
            connection.close()

    def _judge(self, before, board, lasted, must_hit):
        operations, reads = journal.load(sorted(self.directory.glob("*.journal")))
        held = self._dump()
        found = checker.check(operations, reads, held, before)
        connection = self.owner_connection()
        faults = dump.integrity(connection)
        connection.close()
        figures = self.figures = checker.counts(operations, reads)
        outages = sorted(self.outages)
        rate = board.acknowledged / (lasted - sum(outages))
        print(f"{self.name}: {self.strikes} strikes in {lasted:.0f} s, {board.acknowledged} acknowledged "
              f"({rate:.0f}/s outside the outages), {figures}, first answer after p50 "
              f"{outages[len(outages) // 2]:.2f} s, max {outages[-1]:.2f} s")
        if found or faults:
            self._keep(held, before)
        assert not found, "\n".join(map(str, found[:20]))
        assert not faults, faults[:20]
        assert rate >= RATE_FLOOR, f"{rate:.1f} acknowledgements a second"
        hit = figures["answer_lost"] + figures["answered_unknown"] + figures["answered_retry"]
        assert hit or not must_hit, "no strike hit a command under way"

    def _keep(self, held, before):
        kept = f"/tmp/creditd-fault-{self.name}-{self.seed}"
        shutil.copytree(self.directory, kept, dirs_exist_ok=True)
        dump.save({**held, "before": sorted(before)}, self.directory.__class__(kept) / "dump.json")
        print(f"kept in {kept}; replay: PYTHONPATH=tests /usr/bin/python3 -m harness.checker {kept}")
