"""What breaks in the worker costs one job, and the next visitor is served."""

import ctypes
import gc
import threading
import time

import numpy as np
import pytest
import torch

from pages.parts.work.job import Cancelled, Job, Visit, log
from tests.pages.work.crowd import Crowd
from tests.work_queue import SECONDS


def test_a_thread_that_dies_fails_its_job_and_the_next_one_is_served(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    begun, go, threads = threading.Event(), threading.Event(), list[threading.Thread]()

    class Stubborn(Job):
        def run(self) -> None:  # dies outside of all that catches
            threads.append(threading.current_thread())
            begun.set()
            go.wait(SECONDS)
            raise SystemExit

    monkeypatch.setattr("pages.parts.work.worker.Job", Stubborn)
    job = crowd.submit("ann")
    assert begun.wait(SECONDS)
    monkeypatch.undo()
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    waiting = crowd.submit("bob")
    go.set()
    threads[0].join(SECONDS)
    assert crowd.worker.jobs_ahead_of(waiting) <= 1  # what a waiting page asks is what starts another thread
    waiting.future.result(SECONDS)
    assert job.failed
    assert not job.cancelled
    assert crowd.done == ["bob"]


def test_an_exception_thrown_into_the_thread_from_outside_costs_one_job_only(crowd: Crowd) -> None:
    job = crowd.hold("ann")
    assert crowd.thread
    assert crowd.thread.ident
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(crowd.thread.ident), ctypes.py_object(SystemExit))
    assert isinstance(job.future.exception(SECONDS), SystemExit)
    crowd.submit("bob").future.result(SECONDS)
    assert crowd.done == ["bob"]


def test_memory_that_really_cannot_be_had_fails_one_job_and_the_next_one_is_served(crowd: Crowd) -> None:
    from lrp.network.out_of_memory import is_out_of_memory

    for shape in (10**14, 2**62):
        job = crowd.submit("ann", lambda progress, shape=shape: torch.zeros(shape, dtype=torch.int8))
        assert is_out_of_memory(job.future.exception(SECONDS))
    assert is_out_of_memory(crowd.submit("ann", lambda progress: np.ones(10**14)).future.exception(SECONDS))
    crowd.submit("bob").future.result(SECONDS)
    assert crowd.done == ["bob"]


def test_a_job_whose_thread_cannot_be_started_fails_and_the_next_one_is_served(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lrp.network.out_of_memory import is_out_of_memory

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        job = crowd.submit("ann")
    assert is_out_of_memory(job.future.exception(SECONDS))
    crowd.submit("bob").future.result(SECONDS)
    assert crowd.done == ["bob"]


def test_a_clock_that_jumps_changes_nothing(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: -1e12)
    job = crowd.hold("ann")
    monkeypatch.setattr(time, "time", lambda: 1e12)
    assert crowd.worker.seconds_until_done(crowd.submit("bob")) <= 10.0
    crowd.go.set()
    job.future.result(SECONDS)
    assert not crowd.worker.wait_until_idle(0.0) or crowd.done


def fail_after_work(held: np.ndarray) -> None:
    """Fails with what it has computed at hand, as work that runs out of memory does."""
    doubled = held * 2
    try:
        raise MemoryError(f"{doubled.nbytes} bytes more")
    except MemoryError as error:
        raise RuntimeError("not enough memory") from error


def test_a_job_that_is_over_holds_nothing_of_its_work(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    import weakref

    monkeypatch.setattr(log, "disabled", True)  # pytest keeps what is logged, with the frames of what failed
    for end in ("done", "cancelled", "failed"):
        held = np.zeros(10)
        seen = weakref.ref(held)
        crowd.go.clear()
        first = crowd.hold("first")
        work = fail_after_work if end == "failed" else np.sum
        job = crowd.submit("ann", lambda progress, work=work, held=held: work(held))
        if end == "cancelled":
            job.cancel()
        del held
        crowd.go.set()
        assert crowd.worker.wait_until_idle(SECONDS)
        gc.collect()
        assert first.done
        assert job.done
        assert job.failed == (end != "done")
        assert seen() is None


def test_a_cancelled_report_says_so() -> None:
    job = Job(visit=Visit("a", lambda: False))
    with pytest.raises(Cancelled):
        job.note_progress(0.5)
