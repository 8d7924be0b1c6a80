"""What keeps a database or a process from going on until a test lets it: locks, stopped processes, a standby that is not
there; and processes that are killed."""
import contextlib
import os
import signal
from pathlib import Path

from .process import wait_until


@contextlib.contextmanager
def locked(connection, table, mode):
    """The table is locked until the block ends."""
    connection.autocommit = False
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE creditd.{table} IN {mode} MODE")
    try:
        yield
    finally:
        connection.rollback()
        connection.autocommit = True


def commits_held(connection):
    """Nothing commits in the connection's database until the block ends."""
    return locked(connection, "command", "EXCLUSIVE")


def waiting_backends(cluster, database, kind):
    """Process ids of the server's backends that wait for something of that kind (wait_event_type)."""
    return [pid for pid, in cluster.execute(
        "SELECT pid FROM pg_stat_activity WHERE usename = 'creditd_app' "
        f"AND datname = '{database}' AND wait_event_type = '{kind}'")]


def end_backends(cluster, database):
    """Ends the server's connections to a database."""
    cluster.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}' "
                    "AND usename = 'creditd_app'")


def change_setting(cluster, setting, value):
    """Changes a setting of the whole cluster; returns when it holds for new sessions."""
    cluster.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
    cluster.execute("SELECT pg_reload_conf()")

    def reached():
        connection = cluster.connect("postgres")
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SHOW {setting}")
                return cursor.fetchone() == (value,)
        finally:
            connection.close()
    wait_until(reached, 10, f"{setting} = {value}")


@contextlib.contextmanager
def setting_changed(cluster, setting, value, back):
    """A setting of the whole cluster for the time of the block."""
    change_setting(cluster, setting, value)
    try:
        yield
    finally:
        change_setting(cluster, setting, back)


@contextlib.contextmanager
def stopped(*pids):
    """Processes that do nothing until the block ends."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def killed(pid):
    """kill -9; False: it has just ended by itself."""
    try:
        os.kill(pid, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False


def postmaster(directory):
    """Process id of the postmaster of `creditd --embedded DIR`, None while there is none."""
    try:
        return int((directory / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def kill_postmaster(directory):
    """kill -9; gives its process id."""
    return wait_until(lambda: (now := postmaster(directory)) and killed(now) and now, 30, "a postmaster to kill")


def children(pid, name):
    """Process ids of the children that go by that name."""
    out = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
        with contextlib.suppress(FileNotFoundError):
            if Path(f"/proc/{child}/comm").read_text(encoding="ascii").strip() == name:
                out.append(int(child))
    return out
