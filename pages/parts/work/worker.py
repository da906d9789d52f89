"""One bounded queue for long work, shared by all visitors: one job at a time, in turns, progress, cancel, a polite refusal."""

import threading
import time
from collections.abc import Callable
from typing import Any

from lrp.progress import Progress
from pages.parts.work.job import Cancelled, Job, Visit, nobody

__all__ = ["Busy", "Cancelled", "Job", "Visit", "Worker", "nobody"]

LIMIT = 32  # jobs that wait or run, of all visitors
EACH = 12  # of one visitor
USUAL = 5.0  # seconds that a job is thought to take before any has been measured
IDLE = 10.0  # seconds without work after which the thread ends; the next job starts another

class Busy(RuntimeError):
    """Raised by `submit` when the queue is full; its message is one sentence fit for the page."""


class Worker:
    """Runs jobs one after another in a thread of its own, visitors in turns; at most `limit` wait or run, `each` of a visitor.

    `who` says for whom a job is, in the thread that submits it.
    """

    def __init__(self, limit: int = LIMIT, each: int = EACH, who: Callable[[], Visit] = nobody) -> None:
        self.limit, self.each, self._who = limit, each, who
        self._waiting: list[Job] = []
        self._running: Job | None = None
        self._round = 0
        self._usual = USUAL
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def submit(self, work: Callable[[Progress], Any]) -> Job:
        """Queues `work`, which gets a progress callback. Raises Busy if the queue is full."""
        job = Job(work, self._who())
        with self._changed:
            self._settle()
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

    def ahead_of(self, job: Job) -> int:
        """How many jobs run or wait before this one, if nobody else comes."""
        with self._changed:
            self._settle()
            if job not in self._waiting:
                return 0
            return self._at_work() + self._waiting.index(job)

    def wait_for(self, job: Job) -> float:
        """About how many seconds until this job begins, from how long the last ones took."""
        ahead = self.ahead_of(job)
        running = self._running
        spent = time.monotonic() - running.begun if running and running.begun is not None else 0.0
        return max(0.0, ahead * self._usual - min(spent, self._usual)) if ahead else 0.0

    def rest(self, seconds: float) -> bool:
        """Waits until nothing runs or waits; whether that came within `seconds`."""

        def at_rest() -> bool:
            self._settle()
            return not self._waiting and not self._running

        with self._changed:
            return self._changed.wait_for(at_rest, seconds)

    def _settle(self) -> None:
        """Lets go of what nobody wants, and sees to it that a thread works; to be called with the lock."""
        self._let_go()
        if self._thread is None or not self._thread.is_alive():
            if self._running and not self._running.done:
                self._running.future.set_exception(RuntimeError("the thread that computed this has died"))
            self._running = None
            self._thread = threading.Thread(target=self._work, name="long-work", daemon=True)
            self._thread.start()

    def _let_go(self) -> None:
        for job in self._waiting:
            if not job.done and not job.visit.here():
                job.cancel()
        self._waiting = [job for job in self._waiting if not job.done]

    def _at_work(self) -> bool:
        return self._running is not None and not self._running.done

    def _work(self) -> None:
        while True:
            with self._changed:
                self._running = None
                self._changed.notify_all()
                if not self._changed.wait_for(lambda: self._waiting, IDLE):
                    self._thread = None
                    return
                self._let_go()
                if not self._waiting:
                    continue
                # In this order, so that no job is ever lost: what this thread was about to do is known whenever it dies.
                self._running = job = self._waiting[0]
                self._round, job.begun = job.round, time.monotonic()
                self._waiting.remove(job)
            job.run()
            if not job.failed:
                self._usual += 0.3 * (time.monotonic() - job.begun - self._usual)
            del job  # or its result would be held until the next one comes
