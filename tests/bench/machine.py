"""What the machine did meanwhile: CPU seconds of processes and of everybody else, WAL; and what machine it is."""
import os
import pathlib
import platform
import subprocess
import threading
import time

from harness import paths

TICKS = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count()
SAMPLE_S = 0.2


def _stat(pid):
    """(CPU seconds of itself and of its children that have ended; its name), None when it is gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    own, waited = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
    return own / TICKS, waited / TICKS


def _nanoseconds(pid):
    """CPU seconds of a process of one thread, exactly; None when it is gone."""
    try:
        return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9
    except OSError:
        return None


def children(pid):
    """Process ids of the children; [] when it is gone."""
    try:
        return [int(c) for c in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def process_cpu(pid):
    """CPU seconds of a process (all threads), and of its children, living and ended."""
    known = _stat(pid)
    return (sum(known) if known else 0.0) + sum(process_cpu(child) for child in children(pid))


def postgres_cpu(postmaster):
    """CPU seconds of a whole cluster. Its processes have one thread each, so that the exact count can be read; those
    that have ended are counted by the postmaster."""
    living = [_nanoseconds(child) or 0.0 for child in children(postmaster)]
    ended = _stat(postmaster)
    return sum(living) + (_nanoseconds(postmaster) or 0.0) + (ended[1] if ended else 0.0)


def busy_cpu():
    """CPU seconds that the machine has worked, for whomever."""
    with open("/proc/stat", encoding="ascii") as stat:
        user, nice, system, _idle, _wait, irq, soft, steal = map(int, stat.readline().split()[1:9])
    return (user + nice + system + irq + soft + steal) / TICKS


class Meter:
    """Notes now and then, while a cell runs, what each part has used. `parts`: name -> function that gives a number
    that only grows; `between(t0, t1)`: how much each grew. All that a bench starts are children of its process."""

    def __init__(self, parts):
        self.parts = {**parts, "machine": busy_cpu, "bench": lambda: process_cpu(os.getpid())}
        self.samples = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def sample(self):
        """Now."""
        self.samples.append((time.monotonic(), {name: read() for name, read in self.parts.items()}))

    def _run(self):
        while not self._ended.wait(SAMPLE_S):
            self.sample()

    def __enter__(self):
        self.sample()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
        self.sample()

    def _at(self, instant, name):
        """The number at an instant, between two samples by a straight line."""
        before = self.samples[0]
        for after in self.samples:
            if after[0] >= instant:
                break
            before = after
        else:
            return self.samples[-1][1][name]
        length = after[0] - before[0]
        share = (instant - before[0]) / length if length > 0 else 0.0
        return before[1][name] + min(max(share, 0.0), 1.0) * (after[1][name] - before[1][name])

    def between(self, begin, end):
        """name -> growth, and `noise`: the share of the machine that others have used, of all its cores."""
        grown = {name: self._at(end, name) - self._at(begin, name) for name in self.parts}
        grown["noise"] = max(0.0, grown["machine"] - grown["bench"]) / ((end - begin) * CORES)
        return grown


def _first_line(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else "unknown"


def _cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        return next((line.partition(":")[2].strip() for line in info if line.startswith("model name")), "unknown")


def file_system(directory):
    """Type and device of what holds a directory."""
    return _first_line("findmnt", "-n", "-o", "FSTYPE,SOURCE", "-T", directory)


def described(directory):
    """The machine and the versions, name -> text. `directory`: where the cluster lies."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cpu": f"{_cpu_model()}, {CORES} cores", "memory": f"{memory / 2 ** 30:.0f} GiB",
        "kernel": platform.release(), "disk": " on ".join(file_system(directory).split()),
        "postgresql": _first_line(paths.postgres_bin() / "postgres", "--version"),
        "openssl": _first_line("openssl", "version"), "compiler": _first_line("gcc", "--version"),
        "commit": _first_line("git", "-C", paths.ROOT, "describe", "--always", "--dirty"),
    }
