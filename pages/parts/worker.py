"""One bounded queue for long work, shared by all visitors: one job at a time, progress, cancel, a polite refusal."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any

from lrp.propagation import Progress

log = logging.getLogger("pages")


class Busy(RuntimeError):
    """Raised by `submit` when the queue is full; its message is one sentence fit for the page."""


class Cancelled(Exception):
    """Raised inside the work when somebody no longer wants it."""


class Job:
    """Work that waits, runs or is done. `share` is how much is done, 0 to 1."""

    def __init__(self) -> None:
        self.share = 0.0
        self.future: Future[Any] = Future()
        self._stop = threading.Event()

    def cancel(self) -> None:
        """Ends the work at its next sign of progress, or before it begins."""
        self._stop.set()
        self.future.cancel()

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
        if self._stop.is_set():
            raise Cancelled
        self.share = share


class Worker:
    """Runs jobs one after another in a thread of its own; at most `limit` wait or run."""

    def __init__(self, limit: int = 8) -> None:
        self.limit = limit
        self._jobs: list[Job] = []
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, "long-work")

    def submit(self, work: Callable[[Progress], Any]) -> Job:
        """Queues `work`, which gets a progress callback. Raises Busy if the queue is full."""
        job = Job()
        with self._lock:
            self._jobs = [other for other in self._jobs if not other.done]
            if len(self._jobs) >= self.limit:
                raise Busy(f"{len(self._jobs)} people are waiting for a result just now; try again in a minute.")
            self._jobs.append(job)
        self._thread.submit(self._run, job, work)
        return job

    def ahead_of(self, job: Job) -> int:
        """How many jobs run or wait before this one."""
        with self._lock:
            live = [other for other in self._jobs if not other.done]
        return live.index(job) if job in live else 0

    def _run(self, job: Job, work: Callable[[Progress], Any]) -> None:
        if not job.future.set_running_or_notify_cancel():
            return
        try:
            job.future.set_result(work(job.report))
        except Cancelled:
            job.future.set_exception(CancelledError())
        except BaseException as error:  # whoever waits for the job gets the error, and the thread lives on
            log.error("long work failed", exc_info=error)
            job.future.set_exception(error)
