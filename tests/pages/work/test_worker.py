"""The queue of long work, alone."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import Any

import pytest

from pages.parts.work.job import Job
from pages.parts.work.places import Busy, QueuePlaces
from pages.parts.work.worker import Worker
from tests.work_queue import SECONDS


class Held:
    """Work that stops at `share` until it is let go."""

    def __init__(self, share: float = 0.5, result: object = "done") -> None:
        self.share, self.result = share, result
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, progress: Callable[[float], None]) -> object:
        progress(self.share)
        self.begun.set()
        while not self.go.wait(0.005):
            progress(self.share)
        return self.result


@pytest.fixture
def worker() -> Iterator[Worker]:
    working = Worker(QueuePlaces(limit=4, reserved=0))
    yield working
    assert working.wait_until_idle(SECONDS)


@pytest.fixture
def held(worker: Worker) -> Iterator[tuple[Held, Job]]:
    """A job that runs and keeps the queue waiting."""
    work = Held()
    job = worker.submit(work)
    assert work.begun.wait(SECONDS)
    yield work, job
    work.go.set()


def test_jobs_run_one_at_a_time_in_the_order_they_came(worker: Worker) -> None:
    events: list[tuple[str, int]] = []

    def work(number: int) -> Callable[[Any], int]:
        def run(progress: Any) -> int:
            events.append(("begin", number))
            time.sleep(0.01)
            events.append(("end", number))
            return number * 10

        return run

    jobs = [worker.submit(work(number)) for number in range(4)]
    assert [job.future.result(SECONDS) for job in jobs] == [0, 10, 20, 30]
    assert events == [(event, number) for number in range(4) for event in ("begin", "end")]


def test_a_job_says_how_far_it_is(held: tuple[Held, Job]) -> None:
    work, job = held
    assert job.share == 0.5
    assert (job.done, job.failed, job.cancelled) == (False, False, False)
    work.go.set()
    assert job.future.result(SECONDS) == "done"
    assert job.done
    assert not job.failed


def test_a_waiting_job_that_is_cancelled_never_begins(worker: Worker, held: tuple[Held, Job]) -> None:
    begun: list[bool] = []
    job = worker.submit(lambda progress: begun.append(True))
    job.cancel()
    assert job.done
    assert job.failed
    assert job.cancelled
    held[0].go.set()
    worker.submit(lambda progress: None).future.result(SECONDS)
    assert begun == []


def test_a_running_job_that_is_cancelled_ends_at_its_next_sign_of_progress(worker: Worker, held: tuple[Held, Job]) -> None:
    _, job = held
    job.cancel()
    with pytest.raises(CancelledError):
        job.future.result(SECONDS)
    assert job.failed
    assert job.cancelled
    assert worker.submit(lambda progress: 3).future.result(SECONDS) == 3


def test_a_job_that_was_done_before_it_was_cancelled_keeps_its_result(worker: Worker) -> None:
    job = worker.submit(lambda progress: 3)
    assert job.future.result(SECONDS) == 3
    job.cancel()
    assert not job.failed
    assert job.future.result() == 3


@pytest.mark.parametrize("error", [ValueError("bad"), MemoryError(), SystemExit(1), KeyboardInterrupt()], ids=repr)
def test_a_job_that_fails_keeps_its_error_and_the_next_one_runs(worker: Worker, error: BaseException) -> None:
    def fail(progress: Any) -> None:
        raise error

    job, after = worker.submit(fail), worker.submit(lambda progress: "next")
    assert job.future.exception(SECONDS) is error
    assert job.failed
    assert not job.cancelled
    assert after.future.result(SECONDS) == "next"


def test_a_full_queue_refuses_in_one_sentence_and_takes_work_again_later(worker: Worker, held: tuple[Held, Job]) -> None:
    work, running = held
    waiting = [worker.submit(lambda progress: None) for _ in range(3)]
    with pytest.raises(Busy, match=r"^4 people are waiting .*; try again .*\.$"):
        worker.submit(lambda progress: None)
    waiting[1].cancel()
    again = worker.submit(lambda progress: "room")
    with pytest.raises(Busy):
        worker.submit(lambda progress: None)
    work.go.set()
    assert again.future.result(SECONDS) == "room"
    assert running.future.result() == "done"
    assert worker.submit(lambda progress: "later").future.result(SECONDS) == "later"


def test_the_queue_is_never_longer_than_its_limit_however_many_ask(worker: Worker, held: tuple[Held, Job]) -> None:
    def ask(_: int) -> bool:
        try:
            worker.submit(lambda progress: None)
        except Busy:
            return False
        return True

    with ThreadPoolExecutor(16) as crowd:
        assert sum(crowd.map(ask, range(64))) == 3


def test_a_job_knows_how_many_are_before_it(worker: Worker, held: tuple[Held, Job]) -> None:
    work, running = held
    first, second = (worker.submit(lambda progress: None) for _ in range(2))
    assert [worker.jobs_ahead_of(job) for job in (running, first, second)] == [0, 1, 2]
    first.cancel()
    assert [worker.jobs_ahead_of(job) for job in (running, second)] == [0, 1]
    work.go.set()
    second.future.result(SECONDS)
    assert worker.jobs_ahead_of(second) == 0
