"""Servers whose statements fail on purpose (failpoints): which there are, which have failed, and whether all went well
beside them."""
import re

from . import paths
from .server import BAD_LINES


def statements(kind):
    """Names of the engine's statements of a kind, from the files themselves."""
    return sorted(p.stem for p in (paths.ROOT / "server" / "store" / "sql").glob(f"{kind}_*.sql"))


def failing(run, database, *steps):
    """A server with that sequence of failpoints."""
    return run.start(database, "--failpoint", ",".join(steps), name="failing", clean=False)


def fired(server):
    """Statements that have failed on the engine's connection, in that order."""
    return re.findall(r"commit: failpoint in (\w+)", server.log())


def errors_beside(server):
    """Errors in the log that no failpoint made."""
    return [line for line in server.log().splitlines() if BAD_LINES.search(line) and "commit: failpoint: " not in line]


def play_until_all_failed(server, due, play_once):
    """Plays until the last failpoint of the sequence was due; each play brings at least the next one about."""
    for attempt in range(len(due)):
        play_once(attempt)
        if len(fired(server)) == len(due):
            break
    assert fired(server) == due
