"""Small helpers around processes and conditions."""
import os
import pwd
import time


class TimedOut(AssertionError):
    """A condition did not come true in time."""


def pause(seconds):
    """The one sleep of all tests: inside wait_until, before the random moment of a fault, and where the protocol tells a
    client to come again later. No test calls it."""
    time.sleep(seconds)


def wait_until(condition, seconds=10.0, what="the condition"):
    """Asks again until `condition` gives something true, and gives that."""
    end = time.monotonic() + seconds
    between = 0.001
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimedOut(f"{what} did not come within {seconds} s")
        pause(between)
        between = min(between * 1.5, 0.02)


def unprivileged_user():
    """The user that PostgreSQL runs as when the tests run as root; None: as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("started as root, and there is neither a user postgres nor nobody")


def dying_with_us(command, user=None, death_signal="TERM"):
    """The command line that runs `command` as `user` and ends it when the tests are killed."""
    prefix = ["setpriv", "--pdeathsig", death_signal]
    if user is not None:
        prefix += ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
    return [*prefix, "--", *map(str, command)]


def rss_bytes(pid):
    """Resident memory of a process."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def open_files(pid):
    """How many descriptors a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))
