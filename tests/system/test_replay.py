"""What the bench calls the set-based limit: the commit connection's statements, recorded and sent again, write the same
rows on a copy of the database, and nothing on another one."""
import json
import subprocess

import pytest

from harness import dump, paths
from harness.load import Board, Target, finish, run_workers
from harness.process import wait_until

RECORDER, REPLAY = paths.BUILD / "bench/record.so", paths.BUILD / "bench/replay"
CUSTOMERS = [f"K11-{n:02}" for n in range(1, 13)]
WRITTEN = ("application", "command", "customer", "event", "standing_history", "timer")
STEPS = 150


def replay(run, database, recording, *options):
    """The program's end."""
    return subprocess.run([REPLAY, "--conninfo", run.cluster.conninfo(database, "creditd_app"), "--file", recording,
                           *options], capture_output=True, text=True, check=False)


def rows(run, database):
    """Every row that steps write, by table."""
    connection = run.cluster.connect(database)
    try:
        found = dump.everything(connection, but=())
        return {table: found[table] for table in WRITTEN}
    finally:
        connection.close()


@pytest.fixture(scope="module")
def recorded(run):
    """(recording, the database that the server wrote): workers at play on copies of the seeded organisation."""
    recording = run.private_directory("recording") / "commit.rec"
    database = run.seeded("recorded")
    # The recorder is loaded before a sanitizer's library, which would refuse to run.
    server = run.start(database, environment={"LD_PRELOAD": str(RECORDER), "CREDITBENCH_RECORD": str(recording),
                                              "ASAN_OPTIONS": "verify_asan_link_order=0"})
    board = Board(CUSTOMERS)
    workers = run_workers(4, 1, Target(server.port, server.ca, run.tokens), board, run.private_directory("journals"))
    wait_until(lambda: board.acknowledged >= STEPS or any(w.failure for w in workers), 60, "the steps")
    finish(workers)
    run.finish(server)
    return recording, database


@pytest.mark.parametrize("in_flight", ["1", "4"])
def test_a_replay_writes_the_same_rows(run, recorded, in_flight):
    recording, database = recorded
    copy = run.seeded("replayed")
    done = replay(run, copy, recording, "--in-flight", in_flight)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    expected = rows(run, database)
    before = len(rows(run, run.seeded("before"))["command"])
    assert rows(run, copy) == expected
    assert told["commands"] == len(expected["command"]) - before >= STEPS
    assert told["commands_per_transaction"] == pytest.approx(told["commands"] / told["transactions"], abs=.01)
    assert told["rate"] > 0 and told["seconds"] > 0


def test_what_is_skipped_is_replayed_and_not_counted(run, recorded):
    recording, database = recorded
    copy = run.seeded("skipped")
    done = replay(run, copy, recording, "--skip", "20")
    assert done.returncode == 0, done.stderr
    assert 0 < json.loads(done.stdout)["commands"] < len(rows(run, database)["command"]) - 1
    assert rows(run, copy) == rows(run, database)


def test_a_replay_on_another_database_fails(run, recorded):
    """On the one that was recorded everything is there already; on one without the customers nothing is."""
    recording, database = recorded
    before = rows(run, database)
    done = replay(run, database, recording)
    assert done.returncode == 1 and "a statement failed" in done.stderr
    assert rows(run, database) == before
    vacant = run.vacant()
    done = replay(run, vacant, recording)
    assert done.returncode == 1 and "a statement failed" in done.stderr


def test_a_recording_that_was_cut_off_is_refused(run, recorded):
    recording, _ = recorded
    cut = recording.with_suffix(".cut")
    cut.write_bytes(recording.read_bytes()[:-3])
    done = replay(run, run.seeded("cut"), cut)
    assert done.returncode == 1 and "cut off" in done.stderr
