"""Long work pauses while others have their turn; places and turns count by address."""

import threading
import time
from collections.abc import Callable

import pytest

from pages.parts.work import price
from pages.parts.work.job import TooLong, paused_seconds
from pages.parts.work.places import Busy, QueuePlaces
from tests.pages.work.crowd import Crowd
from tests.work_queue import SECONDS


def endless(crowd: Crowd, name: str, expected: float = 1000.0) -> Callable[[Callable[[float], None]], float]:
    """Work that reports a hundred times a second until `go`; returns how long it was made to pause."""

    def work(progress: Callable[[float], None]) -> float:
        crowd.done.append(f"{name} begins")
        while not crowd.go.is_set():
            time.sleep(0.01)
            progress(0.05)
        return paused_seconds()

    return work


def test_quick_work_interrupts_long_work_which_goes_on_afterwards(crowd: Crowd) -> None:
    long = crowd.submit("ann", endless(crowd, "ann"), 1000.0)
    for _ in range(3):
        start = time.monotonic()
        crowd.submit("bob", lambda progress: time.sleep(0.2)).future.result(SECONDS)
        assert time.monotonic() - start < 2.0
    assert not long.done
    crowd.go.set()
    paused = long.future.result(SECONDS)
    assert isinstance(paused, float)
    assert 0.5 < paused < 5.0
    assert long.begun is not None
    assert long.seconds <= time.monotonic() - long.begun - paused + 0.1  # its pauses are not its own


def test_one_job_runs_at_a_time_though_several_have_begun(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.work.worker.SLICE", 0.05)
    inside, most = threading.Semaphore(1), list[bool]()

    def work(progress: Callable[[float], None]) -> None:
        for _ in range(30):
            most.append(inside.acquire(blocking=False))
            time.sleep(0.01)
            inside.release()
            progress(0.05)

    jobs = [crowd.submit(name, work, 10.0) for name in ("ann", "bob", "cat")]
    order = [job.future.result(SECONDS) for job in jobs]
    assert order == [None] * 3
    assert all(most)
    assert all(job.begun and job.seconds < 2.0 for job in jobs)
    assert max(job.begun or 0.0 for job in jobs) - min(job.begun or 0.0 for job in jobs) < 0.5  # they took turns


def test_jobs_that_pause_take_no_time_of_the_processor(crowd: Crowd) -> None:
    crowd.addresses = {"ann": "1", "bob": "2", "cat": "3"}
    expensive = [crowd.submit(name, endless(crowd, name), 1000.0) for name in ("ann", "bob", "cat")]
    while len(crowd.done) < len(expensive):  # each has begun, and two of them pause
        time.sleep(0.05)
    ended = threading.Event()
    crowd.submit("dan", lambda progress: ended.wait(SECONDS))  # quick, so that all three pause
    time.sleep(0.3)
    before = time.process_time()
    time.sleep(1.0)
    used = time.process_time() - before
    ended.set()
    crowd.go.set()
    assert crowd.worker.wait_until_idle(SECONDS)
    assert used < 0.5


def test_long_work_is_not_starved_by_a_stream_of_quick_work(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.work.turns.PATIENCE", 0.3)
    monkeypatch.setattr("pages.parts.work.worker.SLICE", 0.2)
    long = crowd.submit("ann", endless(crowd, "ann"), 1000.0)
    end, number = time.monotonic() + 3.0, 0

    def quick(progress: Callable[[float], None]) -> None:
        nonlocal number
        number += 1
        time.sleep(0.05)
        if time.monotonic() < end:
            crowd.submit(f"new {number}", quick)

    for name in ("x", "y"):  # two streams: there is always one that waits
        crowd.submit(name, quick)
    while time.monotonic() < end:
        time.sleep(0.05)
    assert 0.4 < long.seconds < 2.0
    assert number > 15


def test_a_paused_job_that_is_cancelled_ends_without_its_turn(crowd: Crowd) -> None:
    long = crowd.submit("ann", endless(crowd, "ann"), 1000.0)
    while not crowd.done:
        time.sleep(0.01)
    held = crowd.hold("bob")
    long.cancel()
    assert long.future.exception(SECONDS)
    assert not held.done


def test_work_that_takes_longer_than_any_may_is_ended(crowd: Crowd) -> None:
    job = crowd.worker.submit(endless(crowd, "ann"), 0.1, 0.2)
    assert isinstance(job.future.exception(SECONDS), TooLong)
    assert not job.cancelled


def test_addresses_take_turns_and_not_only_visits(crowd: Crowd) -> None:
    crowd.addresses = dict.fromkeys("abc", "192.0.2.1")
    crowd.hold("first")
    for name in ("a", "b", "c", "a", "other", "other"):
        crowd.submit(name)
    crowd.go.set()
    assert crowd.worker.wait_until_idle(SECONDS)
    assert crowd.done == ["a", "other", "b", "other", "c", "a"]


def test_an_address_cannot_fill_the_queue_with_many_visits_and_places_are_kept_for_newcomers(crowd: Crowd) -> None:
    crowd.worker.places = QueuePlaces(limit=8, each=4, address=6, reserved=2)
    crowd.addresses = dict.fromkeys("abcd", "192.0.2.1")
    crowd.hold("a")
    for name in "abbcc":
        crowd.submit(name)
    with pytest.raises(Busy, match=r"^6 results .* your network address .*\.$"):
        crowd.submit("d")
    for _ in range(3):
        crowd.submit("x")  # beyond the limit already with the third, which the kept places hold
    with pytest.raises(Busy, match=r"^4 people are waiting"):
        crowd.submit("x")
    crowd.submit("newcomer")
    with pytest.raises(Busy):
        crowd.submit("too late")


@pytest.mark.parametrize(("set_to", "seconds", "refused"), [
    ("", 1e9, False), ("60", 59.0, False), ("60", 61.0, True), ("60", float("nan"), True), ("", float("nan"), True),
])  # fmt: skip
def test_a_price_above_the_operators_limit_is_refused(
    monkeypatch: pytest.MonkeyPatch, set_to: str, seconds: float, refused: bool
) -> None:
    monkeypatch.setenv("LRP_MAX_SECONDS", set_to)
    if refused:
        with pytest.raises(price.TooExpensive, match="fewer steps"):
            price.check(seconds)
    else:
        price.check(seconds)


@pytest.mark.parametrize("text", ["soon", "-1", "0", "nan"])
def test_a_limit_that_is_no_number_above_zero_is_an_error(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("LRP_MAX_SECONDS", text)
    with pytest.raises(RuntimeError, match="LRP_MAX_SECONDS"):
        price.most_seconds()


def test_work_that_is_done_elsewhere_gives_way_at_once(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.work.worker.SLICE", SECONDS * 10)
    long = crowd.submit("ann", endless(crowd, "ann"), 1000.0, elsewhere=True)
    crowd.submit("bob", lambda progress: progress(0.5), 1000.0).future.result(SECONDS)
    assert not long.done
    crowd.go.set()
    long.future.result(SECONDS)
