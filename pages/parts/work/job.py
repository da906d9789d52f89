"""A piece of long work: for whom it is, how far it is, how it ended."""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any

from lrp.progress import Progress

GLANCE = 0.5  # seconds between two looks whether the visitor is still there

log = logging.getLogger("pages")


class Cancelled(Exception):
    """Raised inside the work when somebody no longer wants it."""


@dataclass(frozen=True)
class Visit:
    """Who asks: a key for each visitor, and whether that visitor is still there."""

    key: Hashable
    here: Callable[[], bool]


def nobody() -> Visit:
    """A visit of its own for each job, which never ends."""
    return Visit(object(), lambda: True)


class Job:
    """Work that waits, runs or is done. `share` is how much is done, 0 to 1."""

    def __init__(self, work: Callable[[Progress], Any] = lambda progress: None, visit: Visit | None = None) -> None:
        self.share = 0.0
        self.future: Future[Any] = Future()
        self.visit = visit or nobody()
        self.round = 0
        self.begun: float | None = None
        self._work: Callable[[Progress], Any] | None = work
        self._stop = threading.Event()
        self._glance = 0.0

    def cancel(self) -> None:
        """Ends the work at its next sign of progress, or before it begins."""
        self._stop.set()
        if self.future.cancel():
            self._work = None

    @property
    def cancelled(self) -> bool:
        return self._stop.is_set()

    @property
    def done(self) -> bool:
        return self.future.done()

    @property
    def failed(self) -> bool:
        """Whether it ended without a result."""
        return self.done and (self.future.cancelled() or self.future.exception() is not None)

    def report(self, share: float) -> None:
        """Notes how much is done. Raises Cancelled if nobody wants the rest."""
        now = time.monotonic()
        if now - self._glance > GLANCE:
            self._glance = now
            if not self.visit.here():
                self._stop.set()
        if self._stop.is_set():
            raise Cancelled
        self.share = share

    def run(self) -> None:
        """Does the work; whoever waits for the job gets its result or its error. What the work held is let go."""
        work, self._work = self._work, None
        if work is None or not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(work(self.report))
        except Cancelled:
            self.future.set_exception(CancelledError())
        except BaseException as error:
            log.error("long work failed", exc_info=error)
            self.future.set_exception(error)
