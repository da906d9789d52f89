"""A bounded queue that all visitors share: jobs take turns in slices, and what is quick never waits for what is expensive."""

import threading
import time
from collections.abc import Callable

from lrp.progress import Progress
from pages.parts.work.job import FIRST_ESTIMATE, Cancelled, Job, Visit, anonymous_visit
from pages.parts.work.places import Busy, QueuePlaces, may_begin
from pages.parts.work.turns import SLICE, Turns, is_quick
from pages.parts.work.waiting_time import seconds_until_done

__all__ = ["Busy", "Cancelled", "Job", "Visit", "Worker"]

GLANCE = 0.01  # seconds between two looks at whether a turn is over


class Worker:
    """Runs jobs, each in a thread of its own: one quick job at a time, and one expensive job at a time while no quick one runs.

    An expensive job pauses at its next report of progress when a quick one comes, which runs at once: that report may be
    seconds away.
    `who` returns the visitor of a job; it is called in the thread that submits it. places: how many jobs may wait or run.
    """

    def __init__(self, places: QueuePlaces | None = None, who: Callable[[], Visit] = anonymous_visit) -> None:
        self.places, self._who = places or QueuePlaces(), who
        self._waiting: list[Job] = []
        self._paused: list[Job] = []
        self._running: list[Job] = []
        self._turns = Turns()
        self._changed = threading.Condition()

    def submit(
        self, work: Callable[[Progress], object], expected: float = FIRST_ESTIMATE, most: float = float("inf"),
        elsewhere: bool = False, background: bool = False,
    ) -> Job:
        """Queues `work`, which is called with a progress callback; raises Busy if the queue is full.

        expected: the seconds that it is thought to take. most: the seconds after which it is ended. elsewhere: whether other
        machines do the work; its turns are then over as soon as anybody else waits. background: whether nobody has asked for it;
        it then has one turn in five while others' work waits.
        """
        job = Job(work, self._who(), expected, most, self._pause, elsewhere, background)
        with self._changed:
            self._maintain()
            self.places.check(job, self._jobs())
            self._turns.enter(job)
            self._waiting.append(job)
            self._start_next()
        return job

    def jobs_ahead_of(self, job: Job) -> int:
        """Returns how many jobs have their turn before this one."""
        with self._changed:
            self._maintain()
            return len(self._ahead_of(job))

    @property
    def job_count(self) -> int:
        """How many jobs run, pause or wait."""
        with self._changed:
            return len(self._jobs())

    def seconds_until_done(self, job: Job) -> float:
        """Estimates the seconds until this job has its result, the turns of others included."""
        with self._changed:
            self._maintain()
            if job.done or job not in self._jobs():
                return 0.0
            return seconds_until_done(job, [other for other in self._jobs() if other is not job], self._ahead_of(job))

    def wait_until_idle(self, seconds: float) -> bool:
        """Waits until nothing runs, pauses or waits; returns whether that happened within `seconds`."""

        def is_idle() -> bool:
            self._maintain()
            return not self._jobs()

        with self._changed:
            return self._changed.wait_for(is_idle, seconds)

    def _jobs(self) -> list[Job]:
        return [job for job in (*self._running, *self._paused, *self._waiting) if not job.done]

    def _ahead_of(self, job: Job) -> list[Job]:
        """Returns the jobs that run, and those that have their turn before this one."""
        waiting = [*self._paused, *self._waiting]
        if job not in waiting:
            return []
        same = [other for other in waiting if is_quick(other) == is_quick(job) and other.background == job.background]
        quicker = [] if is_quick(job) else [other for other in waiting if is_quick(other)]
        asked = [other for other in waiting if job.background and not (other.background or is_quick(other))]
        order = self._turns.order(same)
        return [*(other for other in self._running if not other.done), *quicker, *asked, *order[: order.index(job)]]

    def _maintain(self) -> None:
        """Goes on where a thread has died; call it with the lock held."""
        for job in [job for job in self._running if not job.thread.is_alive()]:
            if not job.done:
                job.future.set_exception(RuntimeError("the thread that computed this has died"))
            self._running.remove(job)
            self._changed.notify_all()
        self._start_next()

    def _start_next(self) -> None:
        """Removes abandoned jobs and gives turns to those that may run; call it with the lock held."""
        before = [*self._running], [*self._waiting]
        for job in self._waiting:
            job.stop_if_left()
        self._waiting = [job for job in self._waiting if not job.done]
        ready = self._ready()
        if not any(map(is_quick, self._running)) and (quick := list(filter(is_quick, ready))):
            self._give_turn(self._turns.order(quick)[0])
        expensive = [job for job in ready if not is_quick(job)]
        if expensive and (not self._running or (self._turns.owed and all(map(is_quick, self._running)))):
            self._give_turn(self._turns.order(self._turns.preferred(expensive))[0])
        if before != (self._running, self._waiting):  # else jobs that pause would wake each other without end
            self._changed.notify_all()

    def _ready(self) -> list[Job]:
        return [*self._paused, *(job for job in self._waiting if may_begin(job, self._paused))]

    def _give_turn(self, job: Job) -> None:
        job.turn = time.monotonic()
        self._running.append(job)
        if job in self._paused:
            self._paused.remove(job)
            return
        self._waiting.remove(job)
        job.begun = job.turn
        job.thread = threading.Thread(target=self._run, args=(job,), name="long-work", daemon=True)
        try:
            job.thread.start()
        except RuntimeError as error:  # the system has no memory for it, or makes no more
            self._running.remove(job)
            job.future.set_exception(error)

    def _end_turn(self, job: Job) -> None:
        if job in self._running:
            self._running.remove(job)
            seconds = time.monotonic() - (job.turn or 0.0)
            job.spent, job.turn = job.spent + seconds, None
            self._turns.note(job, seconds, any(not is_quick(other) for other in self._ready()))

    def _run(self, job: Job) -> None:
        job.run()
        with self._changed:
            self._end_turn(job)
            if job in self._paused:  # it was cancelled while it waited for its turn
                self._paused.remove(job)
            self._start_next()
            self._changed.notify_all()

    def _pause(self, job: Job) -> None:
        """Waits while others have their turn, if this job's is over; returns at once if it was cancelled."""
        now = time.monotonic()
        if now - job.glance < GLANCE:
            return
        job.glance = now
        with self._changed:
            if not self._is_over(job, now - (job.turn or now)):
                return
            self._end_turn(job)
            self._paused.append(job)
            self._start_next()
            while job not in self._running and not job.cancelled:
                self._changed.wait(0.5)
                job.stop_if_left()
                self._maintain()

    def _is_over(self, job: Job, seconds: float) -> bool:
        """Whether the turn of an expensive job is over: quick work runs or waits, or SLICE passed and other such work waits."""
        if is_quick(job):
            return False
        others = [other for other in self._running if other is not job]
        ready = self._ready()
        if job.elsewhere:
            return bool(others or ready)
        if self._turns.owed:
            return seconds >= SLICE / 2 and bool(others or ready)
        asked = job.background and not all(other.background for other in ready)
        return bool(others) or any(map(is_quick, ready)) or (seconds >= (SLICE / 4 if asked else SLICE) and bool(ready))
