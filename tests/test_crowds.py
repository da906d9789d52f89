"""Many visitors at once: turns, leaving, faults of the worker, and what is kept of everybody together."""

import ctypes
import gc
import threading
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import streamlit as st
import torch
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

import lrp
from pages.parts import kept, visit
from pages.parts.store import Budget, Store, bytes_of
from pages.parts.worker import Busy, Cancelled, Job, Visit, Worker
from tests.networks import random_resnet
from tests.visitor import SECONDS


class Crowd:
    """A worker that asks here who submits, and whether they are still there."""

    def __init__(self) -> None:
        self.name, self.gone = "", set[str]()
        self.worker = Worker(limit=8, each=4, who=lambda name=None: self._visit(self.name))
        self.done: list[str] = []
        self.go = threading.Event()

    def _visit(self, name: str) -> Visit:
        return Visit(name, lambda: name not in self.gone)

    def submit(self, name: str, work: Callable[[Any], Any] | None = None) -> Job:
        self.name = name
        return self.worker.submit(work or (lambda progress: self.done.append(name)))

    def hold(self, name: str) -> Job:
        """A job that runs until `go`, or until its visitor leaves."""
        begun = threading.Event()

        def work(progress: Callable[[float], None]) -> None:
            begun.set()
            while not self.go.wait(0.01):
                progress(0.5)

        job = self.submit(name, work)
        assert begun.wait(SECONDS)
        return job


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> Iterator[Crowd]:
    monkeypatch.setattr("pages.parts.job.GLANCE", 0.0)
    crowd = Crowd()
    yield crowd
    crowd.go.set()
    assert crowd.worker.rest(SECONDS)


def test_visitors_take_turns_however_much_one_of_them_asks_for(crowd: Crowd) -> None:
    crowd.hold("first")
    jobs = [crowd.submit(name) for name in ("ann", "ann", "ann", "bob", "cat", "bob")]
    assert [crowd.worker.ahead_of(job) for job in jobs] == [1, 4, 6, 2, 3, 5]
    crowd.go.set()
    assert crowd.worker.rest(SECONDS)
    assert crowd.done == ["ann", "bob", "cat", "ann", "bob", "ann"]


def test_a_stream_of_new_visitors_does_not_starve_one_who_waits(crowd: Crowd) -> None:
    crowd.hold("first")
    crowd.submit("ann")
    crowd.submit("ann")

    def another(progress: Any) -> None:
        number = len(crowd.done)
        crowd.done.append("new")
        if number < 6:
            crowd.submit(f"new {number}", another)

    crowd.submit("new", another)
    crowd.go.set()
    assert crowd.worker.rest(SECONDS)
    assert crowd.done.index("ann", 1) <= 4


def test_one_visitor_cannot_fill_the_queue(crowd: Crowd) -> None:
    crowd.hold("first")
    for _ in range(4):
        crowd.submit("ann")
    with pytest.raises(Busy, match=r"^4 of your results .*\.$"):
        crowd.submit("ann")
    for name in "bcd":
        crowd.submit(name)
    with pytest.raises(Busy, match=r"^5 people are waiting .*\.$"):
        crowd.submit("e")


def test_waiting_is_told_in_seconds_as_the_last_jobs_took(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    now = SimpleNamespace(monotonic=lambda: now.at, at=0.0)
    monkeypatch.setattr("pages.parts.worker.time", now)
    crowd.hold("first")
    job = crowd.submit("ann")
    later = crowd.submit("bob")
    assert (crowd.worker.wait_for(job), crowd.worker.wait_for(later)) == (5.0, 10.0)
    now.at = 3.0
    assert crowd.worker.wait_for(job) == 2.0
    now.at = 105.0
    assert (crowd.worker.wait_for(job), crowd.worker.wait_for(later)) == (0.0, 5.0)
    crowd.go.set()
    assert crowd.worker.rest(SECONDS)
    assert crowd.worker.wait_for(job) == 0.0
    crowd.go.clear()
    crowd.hold("first")
    assert crowd.worker.wait_for(crowd.submit("ann")) > 5.0


def test_who_leaves_waits_no_longer_and_stops_computing(crowd: Crowd) -> None:
    running, waiting, other = crowd.hold("ann"), crowd.submit("ann"), crowd.submit("bob")
    crowd.gone.add("ann")
    other.future.result(SECONDS)
    assert running.cancelled
    assert waiting.cancelled
    assert crowd.done == ["bob"]


def test_places_of_those_who_left_are_free_at_once(crowd: Crowd) -> None:
    crowd.hold("first")
    for name in "aaaabbb":
        crowd.submit(name)
    crowd.gone |= {"a", "b"}
    assert crowd.worker.ahead_of(crowd.submit("c")) == 1


def test_a_session_is_away_only_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now, active = SimpleNamespace(monotonic=lambda: now.at, at=0.0), {"me"}
    monkeypatch.setattr(visit, "time", now)
    monkeypatch.setattr(visit.runtime, "exists", lambda: True)
    monkeypatch.setattr(visit.runtime, "get_instance", lambda: SimpleNamespace(is_active_session=active.__contains__))
    here = visit.Presence("me")
    now.at = 50.0
    assert here()
    active.clear()
    now.at = 59.0
    assert here()
    now.at = 61.0
    assert not here()
    active.add("me")
    assert here()


# Faults


def test_a_thread_that_dies_fails_its_job_and_the_next_one_is_served(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    begun, go = threading.Event(), threading.Event()

    class Stubborn(Job):
        def run(self) -> None:  # dies outside of all that catches
            begun.set()
            go.wait(SECONDS)
            raise SystemExit

    monkeypatch.setattr("pages.parts.worker.Job", Stubborn)
    job = crowd.submit("ann")
    assert begun.wait(SECONDS)
    monkeypatch.undo()
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    waiting = crowd.submit("bob")
    thread = crowd.worker._thread
    assert thread
    go.set()
    thread.join(SECONDS)
    assert crowd.worker.ahead_of(waiting) <= 1  # what a waiting page asks is what starts another thread
    waiting.future.result(SECONDS)
    assert job.failed
    assert not job.cancelled
    assert crowd.done == ["bob"]


def test_an_exception_thrown_into_the_thread_from_outside_costs_one_job_only(crowd: Crowd) -> None:
    job = crowd.hold("ann")
    thread = crowd.worker._thread
    assert thread
    assert thread.ident
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
    assert isinstance(job.future.exception(SECONDS), SystemExit)
    crowd.submit("bob").future.result(SECONDS)
    assert crowd.done == ["bob"]


def test_memory_that_really_cannot_be_had_fails_one_job_and_the_next_one_is_served(crowd: Crowd) -> None:
    from pages.parts.compute import out_of_memory

    for shape in (10**14, 2**62):
        job = crowd.submit("ann", lambda progress, shape=shape: torch.zeros(shape, dtype=torch.int8))
        assert out_of_memory(job.future.exception(SECONDS))
    assert out_of_memory(crowd.submit("ann", lambda progress: np.ones(10**14)).future.exception(SECONDS))
    crowd.submit("bob").future.result(SECONDS)
    assert crowd.done == ["bob"]


def test_a_clock_that_jumps_changes_nothing(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: -1e12)
    job = crowd.hold("ann")
    monkeypatch.setattr(time, "time", lambda: 1e12)
    assert crowd.worker.wait_for(crowd.submit("bob")) <= 5.0
    crowd.go.set()
    job.future.result(SECONDS)
    assert not crowd.worker.rest(0.0) or crowd.done


def test_a_thread_without_work_ends_and_another_one_begins(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.worker.IDLE", 0.02)
    crowd.submit("ann").future.result(SECONDS)
    for _ in range(200):
        if crowd.worker._thread is None:
            break
        time.sleep(0.02)
    assert crowd.worker._thread is None
    crowd.submit("bob").future.result(SECONDS)
    assert crowd.done == ["ann", "bob"]


def test_a_job_that_is_over_holds_nothing_of_its_work(crowd: Crowd) -> None:
    import weakref

    for end in ("done", "cancelled"):
        held = np.zeros(10)
        seen = weakref.ref(held)
        crowd.go.clear()
        first = crowd.hold("first")
        job = crowd.submit("ann", lambda progress, held=held: held.sum() * 0)
        if end == "cancelled":
            job.cancel()
        del held
        crowd.go.set()
        assert crowd.worker.rest(SECONDS)
        gc.collect()
        assert first.done
        assert seen() is None


def test_a_cancelled_report_says_so() -> None:
    job = Job(visit=Visit("a", lambda: False))
    with pytest.raises(Cancelled):
        job.report(0.5)


# What is kept


def test_all_stores_together_stay_within_the_budget_and_the_oldest_leaves() -> None:
    budget = Budget(1000)
    one, two = Store(10, budget), Store(10, budget)
    for number in range(4):
        (one, two)[number % 2].put(number, np.zeros(300, np.uint8))
    assert (one.keys(), two.keys()) == ({2}, {1, 3})
    assert two.get(1) is not None  # used again, so now it is the newest
    one.put("more", np.zeros(300, np.uint8))
    assert (one.keys(), two.keys()) == ({"more"}, {1, 3})
    assert budget.used == 900


def test_what_has_no_bytes_is_never_pushed_out_by_what_has() -> None:
    budget = Budget(100)
    jobs, results = Store(10, budget), Store(10, budget)
    jobs.put("job", Job())
    for number in range(5):
        results.put(number, np.zeros(80, np.uint8))
    assert jobs.keys() == {"job"}
    assert results.keys() == {4}


def test_the_store_of_a_visitor_who_left_counts_no_longer() -> None:
    budget = Budget(1000)
    staying, leaving = Store(10, budget), Store(10, budget)
    leaving.put("a", np.zeros(900, np.uint8))
    del leaving
    gc.collect()
    assert budget.used == 0
    staying.put("b", np.zeros(900, np.uint8))
    assert staying.keys() == {"b"}


def test_a_trace_counts_its_activations_once_and_no_weights() -> None:
    network = lrp.canonize(random_resnet(dtype=torch.float32))
    kept = lrp.trace(network, torch.randn(1, 3, 64, 64))
    tensors = [value for value in (kept.x, *kept.values.values()) if isinstance(value, torch.Tensor)]
    single = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}
    assert sum(single.values()) <= bytes_of(kept) < 3 * sum(single.values())
    assert bytes_of(network) == 0
    view = torch.zeros(100)
    assert bytes_of({"a": view, "b": [view[:10], view.numpy()]}) == 400


def test_threads_that_share_a_store_do_not_break_it() -> None:
    budget = Budget(5000)
    stores = [Store(4, budget) for _ in range(3)]

    def use(seed: int) -> None:
        for number in np.random.default_rng(seed).integers(0, 9, 300):
            store = stores[number % 3]
            store.make(int(number), lambda: np.zeros(1000, np.uint8))
            store.drop(int(number) // 2)

    threads = [threading.Thread(target=use, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert budget.used <= 5000
    assert all(len(store.keys()) <= 4 for store in stores)


def test_outside_of_a_page_each_job_is_a_visit_of_its_own() -> None:
    assert visit.current().key != visit.current().key
    assert visit.current().here()
    assert "visitor" not in st.session_state


def test_a_file_made_on_a_click_outlives_the_scripts_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = MemoryMediaFileStorage("/media")
    manager = MediaFileManager(storage)
    monkeypatch.setattr(kept.runtime, "exists", lambda: True)
    monkeypatch.setattr(kept.runtime, "get_instance", lambda: SimpleNamespace(media_file_mgr=manager))
    monkeypatch.setattr(kept, "_places", cycle(range(2)))

    def clicked(number: int) -> str:
        make = kept.kept(lambda: b"numbers %d" % number, "n.npz", "application/octet-stream")
        return manager.execute_deferred(manager.add_deferred(make, "application/octet-stream", f"button {number}", "n.npz"))

    def is_there(url: str) -> bool:
        try:
            return bool(storage.get_file(url.removeprefix("/media/")).content)
        except MediaFileStorageError:
            return False

    urls = [clicked(0)]
    for _ in range(5):
        manager.remove_orphaned_files()  # what every script of every visitor ends with
    assert is_there(urls[0])
    urls += [clicked(1), clicked(2)]
    for _ in range(2):
        manager.remove_orphaned_files()
    assert [is_there(url) for url in urls] == [False, True, True]
