"""The queue of work in tests: waits until it is done, or holds it up."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from pages.parts.work import compute, turns

SECONDS = 180  # until a page or the queue is taken to hang; much more than either needs, even on a busy machine


def finish_queue() -> None:
    """Waits until all work queued so far is done."""
    assert compute.worker().wait_until_idle(SECONDS)


@contextmanager
def held_queue() -> Iterator[threading.Event]:
    """Nothing that is queued is done before this is set, or the block ends."""
    go = threading.Event()
    with mock.patch.object(turns, "QUICK_SECONDS", float("inf")):  # what is quick would run beside what has taken long
        compute.worker().submit(lambda progress: go.wait(SECONDS))
        try:
            yield go
        finally:
            go.set()
            finish_queue()
