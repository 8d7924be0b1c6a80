"""The workers of a server that has several (--workers): their processes, and which of them has a connection."""
import contextlib
import os
import re
from pathlib import Path

from . import held
from .process import wait_until

ESTABLISHED, LISTEN = "01", "0A"


def pids(server):
    """Process ids of the workers that run."""
    return held.children(server.pid, "creditd-worker")


def numbered(server):
    """Number of a worker -> its newest process id."""
    return {int(number): int(pid) for number, pid in re.findall(r"worker (\d+) is process (\d+)", server.log())}


def whole(server, count, *gone):
    """Waits until `count` workers run, none of them one that is `gone`, and gives their process ids."""
    def there():
        now = pids(server)
        return len(now) == count and not set(gone) & set(now) and now
    return wait_until(there, 20, f"{count} workers")


def _sockets():
    """(local port, remote port, state, inode, what waits to be read or accepted) of every IPv4 socket."""
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        _, local, remote, state, queues, _, _, _, _, inode, *_ = line.split()
        yield (int(local.split(":")[1], 16), int(remote.split(":")[1], 16), state, inode,
               int(queues.split(":")[1], 16))


def _held_by(pid):
    """What the descriptors of a process are, as text; sockets: socket:[inode]."""
    out = set()
    with contextlib.suppress(FileNotFoundError, PermissionError):
        for entry in os.scandir(f"/proc/{pid}/fd"):
            with contextlib.suppress(FileNotFoundError):
                out.add(os.readlink(entry.path))
    return out


def _holds(pid, inode):
    return f"socket:[{inode}]" in _held_by(pid)


def connections(pid, port):
    """How many established connections to a port a process holds."""
    held_by_it = _held_by(pid)
    return sum(local == port and state == ESTABLISHED and f"socket:[{inode}]" in held_by_it
               for local, _, state, inode, _ in _sockets())


def serving(server, client):
    """Process id of the worker that has accepted a client's connection."""
    mine = client.socket.getsockname()[1]
    # A table of sockets that changes while it is read may show one twice.
    inode, = {inode for local, remote, _, inode, _ in _sockets() if (local, remote) == (server.port, mine)}
    found, = [pid for pid in pids(server) if _holds(pid, inode)]
    return found


def waiting(port):
    """How many connections to a port wait to be accepted."""
    return sum(queue for local, _, state, _, queue in _sockets() if (local, state) == (port, LISTEN))


def one_on_each(server, token):
    """Worker's process id -> a connection to it with a session. The kernel chooses, so more are made than are kept."""
    wanted, out = set(pids(server)), {}
    for _ in range(200):
        client = server.client(token)
        pid = serving(server, client)
        if pid in out:
            client.close()
        else:
            out[pid] = client
        if out.keys() == wanted:
            return out
    raise AssertionError(f"connections to {list(out)} of {wanted} only")
