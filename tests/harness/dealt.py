"""Runs of pytest side by side that deal the test files out among them: each takes the next one when it is free.

CREDITD_TEST_DEAL names a folder of theirs; without it a run has all files."""
import itertools
import os
import pathlib


def _taken(folder, file):
    """Is it the first to ask for that file? Then it is this run's."""
    try:
        (folder / file.name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _place(tests):
    """What takes long comes first, or a run would be left alone with it in the end."""
    return not tests[0].get_closest_marker("long"), -tests[0].path.stat().st_size


def _hand(items, folder):
    """The tests of the files that this run gets, a file when the test before it is about to begin: fixtures end by what
    comes next."""
    files = [list(tests) for _, tests in itertools.groupby(items, lambda item: item.path)]
    for tests in sorted(files, key=_place):
        if _taken(folder, tests[0].path):
            yield from tests


def pytest_runtestloop(session):
    """As pytest's own, of what is dealt to this run."""
    if "CREDITD_TEST_DEAL" not in os.environ or session.testsfailed:
        return None
    hand = _hand(session.items, pathlib.Path(os.environ["CREDITD_TEST_DEAL"]))
    item = next(hand, None)
    while item is not None:
        following = next(hand, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following
    return True
