"""Tests that measure how long somebody waits run alone on the machine, whatever the other workers of a run would do meanwhile."""

import fcntl
import os
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


class Turns:
    """Locks of all workers of a run: shared by usual tests, each for its own time, exclusive for those of an `alone` module.

    Usual tests pass a gate first, which who waits to be alone keeps shut, or they would never leave the machine to it. What is
    locked are folders of the tests, so that no file has to be made.
    """

    def __init__(self) -> None:
        self.gate, self.machine = (os.open(folder, os.O_RDONLY) for folder in (TESTS / "load", TESTS))
        self.alone = False

    def begin(self, alone: bool) -> None:
        """Waits until the test may run."""
        if self.alone:
            return
        fcntl.flock(self.gate, fcntl.LOCK_EX)
        fcntl.flock(self.machine, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(self.gate, fcntl.LOCK_UN)
        self.alone = alone

    def end(self, more: bool) -> None:
        """Leaves the machine to others, unless more tests of the module follow that want to be alone."""
        if not (self.alone and more):
            fcntl.flock(self.machine, fcntl.LOCK_UN)
            self.alone = False


def wants_to_be_alone(item: pytest.Item | None) -> bool:
    return item is not None and item.get_closest_marker("alone") is not None

