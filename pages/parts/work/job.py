"""A job of the queue: its visitor, its progress, its result."""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass

from lrp.progress import Progress

PRESENCE_INTERVAL = 0.5  # seconds between two checks that the visitor is still there

log = logging.getLogger("pages")


class Cancelled(Exception):
    """Raised inside the work of a job that was cancelled."""


@dataclass(frozen=True)
class Visit:
    """A visitor: a key, and a function that tells whether the visitor is still connected."""

    key: Hashable
    is_present: Callable[[], bool]


def anonymous_visit() -> Visit:
    """Returns a new visit that never ends, for work outside of any page."""
    return Visit(object(), lambda: True)


class Job:
    """Work that waits, runs or is done; `share` is how much of it is done, 0 to 1."""

    def __init__(self, work: Callable[[Progress], object] = lambda progress: None, visit: Visit | None = None) -> None:
        self.share = 0.0
        self.future: Future[object] = Future()
        self.visit = visit or anonymous_visit()
        self.round = 0
        self.begun: float | None = None
        self._work: Callable[[Progress], object] | None = work
        self._stop = threading.Event()
        self._glance = 0.0

    def cancel(self) -> None:
        """Stops the work at its next report of progress, or before it begins."""
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

    def note_progress(self, share: float) -> None:
        """Records the share that is done; raises Cancelled if the job was cancelled or its visitor has left."""
        now = time.monotonic()
        if now - self._glance > PRESENCE_INTERVAL:
            self._glance = now
            if not self.visit.is_present():
                self._stop.set()
        if self._stop.is_set():
            raise Cancelled
        self.share = share

    def run(self) -> None:
        """Does the work, sets the future to its result or error, and drops the reference to the work."""
        work, self._work = self._work, None
        if work is None or not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(work(self.note_progress))
        except Cancelled:
            self.future.set_exception(CancelledError())
        except BaseException as error:
            log.error("long work failed", exc_info=error)
            self.future.set_exception(error)
