"""Fixtures of the system tests."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.dealt import pytest_runtestloop  # noqa: E402,F401
from harness.fixtures import *  # noqa: E402,F401,F403


def pytest_configure(config):
    """Marks that tests of this folder use."""
    config.addinivalue_line("markers", "alone: measures time, so nothing else may run beside it")
    config.addinivalue_line("markers", "long: of a file that takes longer than its length lets expect; dealt out first")
