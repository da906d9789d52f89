"""A bounded queue that all visitors share: one job at a time, visitors in turns, with progress and cancelling."""

import threading
import time
from collections.abc import Callable

from lrp.progress import Progress
from pages.parts.work.job import Cancelled, Job, Visit, anonymous_visit

__all__ = ["Busy", "Cancelled", "Job", "Visit", "Worker"]

MAX_JOBS = 32  # jobs that wait or run, of all visitors
MAX_JOBS_EACH = 12  # of one visitor
FIRST_ESTIMATE = 5.0  # seconds that a job is thought to take before any has been measured
IDLE_SECONDS = 10.0  # seconds without work after which the thread ends; the next job starts another


class Busy(RuntimeError):
    """Raised by `submit` when the queue is full; its message is one sentence fit for the page."""


class Worker:
    """Runs jobs one after another in a thread, visitors in turns; at most `limit` wait or run, `each` of a visitor.

    `who` returns the visitor of a job; it is called in the thread that submits it.
    """

    def __init__(self, limit: int = MAX_JOBS, each: int = MAX_JOBS_EACH, who: Callable[[], Visit] = anonymous_visit) -> None:
        self.limit, self.each, self._who = limit, each, who
        self._waiting: list[Job] = []
        self._running: Job | None = None
        self._round = 0
        self._average_seconds = FIRST_ESTIMATE
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def submit(self, work: Callable[[Progress], object]) -> Job:
        """Queues `work`, which is called with a progress callback; raises Busy if the queue is full."""
        job = Job(work, self._who())
        with self._changed:
            self._maintain()
            jobs = [other for other in (self._running, *self._waiting) if other and not other.done]
            own = [other for other in jobs if other.visit.key == job.visit.key]
            if len(own) >= self.each:
                raise Busy(f"{self.each} of your results are still being computed; wait for one of them, then try again.")
            if len(jobs) >= self.limit:
                people = len({other.visit.key for other in jobs})
                raise Busy(f"{people} people are waiting for a result just now; try again in a minute.")
            # Each visitor has one job a round; who comes joins the round after the one that runs, so that rounds end.
            job.round = 1 + max([self._round, *(other.round for other in own)])
            self._waiting.append(job)
            self._waiting.sort(key=lambda other: other.round)  # within a round, who came first comes first
            self._changed.notify_all()
        return job

    def jobs_ahead_of(self, job: Job) -> int:
        """Returns how many jobs run or wait before this one."""
        with self._changed:
            self._maintain()
            if job not in self._waiting:
                return 0
            return self._is_running() + self._waiting.index(job)

    def seconds_until_start(self, job: Job) -> float:
        """Estimates the seconds until this job begins, from how long the last ones took."""
        ahead = self.jobs_ahead_of(job)
        running = self._running
        spent = time.monotonic() - running.begun if running and running.begun is not None else 0.0
        return max(0.0, ahead * self._average_seconds - min(spent, self._average_seconds)) if ahead else 0.0

    def wait_until_idle(self, seconds: float) -> bool:
        """Waits until nothing runs or waits; returns whether that happened within `seconds`."""

        def is_idle() -> bool:
            self._maintain()
            return not self._waiting and not self._running

        with self._changed:
            return self._changed.wait_for(is_idle, seconds)

    def _maintain(self) -> None:
        """Removes abandoned jobs and starts the thread where none is alive; call it with the lock held."""
        self._remove_abandoned()
        if self._thread is None or not self._thread.is_alive():
            if self._running and not self._running.done:
                self._running.future.set_exception(RuntimeError("the thread that computed this has died"))
            self._running = None
            self._thread = threading.Thread(target=self._work, name="long-work", daemon=True)
            self._thread.start()

    def _remove_abandoned(self) -> None:
        for job in self._waiting:
            if not job.done and not job.visit.is_present():
                job.cancel()
        self._waiting = [job for job in self._waiting if not job.done]

    def _is_running(self) -> bool:
        return self._running is not None and not self._running.done

    def _work(self) -> None:
        while True:
            with self._changed:
                self._running = None
                self._changed.notify_all()
                if not self._changed.wait_for(lambda: self._waiting, IDLE_SECONDS):
                    self._thread = None
                    return
                self._remove_abandoned()
                if not self._waiting:
                    continue
                # In this order, so that no job is ever lost: what this thread was about to do is known whenever it dies.
                self._running = job = self._waiting[0]
                self._round, job.begun = job.round, time.monotonic()
                self._waiting.remove(job)
            job.run()
            if not job.failed:
                self._average_seconds += 0.3 * (time.monotonic() - job.begun - self._average_seconds)
            del job  # or its result would be held until the next one comes
