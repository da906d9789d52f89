"""Work that nobody has asked for is in nobody's way, and is done all the same."""

import time

import pytest

from tests.pages.work.crowd import Crowd
from tests.pages.work.test_slices import endless
from tests.work_queue import SECONDS


def test_it_is_done_after_what_was_asked_for_quick_or_expensive(crowd: Crowd) -> None:
    crowd.hold("first")
    first = crowd.submit("ann", background=True)
    expensive = crowd.submit("bob", expected=1000.0)
    quick = crowd.submit("cat")
    assert [crowd.worker.jobs_ahead_of(job) for job in (quick, expensive, first)] == [1, 2, 3]
    crowd.go.set()
    assert crowd.worker.wait_until_idle(SECONDS)
    assert crowd.done == ["cat", "bob", "ann"]


def test_it_pauses_for_expensive_work_that_somebody_asks_for_also_from_the_same_address(crowd: Crowd) -> None:
    crowd.addresses = {"ann": "school", "bob": "school"}
    background = crowd.submit("ann", endless(crowd, "ann"), background=True)
    time.sleep(0.1)
    start = time.monotonic()
    for _ in range(3):
        crowd.submit("bob", lambda progress: time.sleep(0.1), 1000.0).future.result(SECONDS)
    assert time.monotonic() - start < 5.0
    assert not background.done
    crowd.go.set()
    background.future.result(SECONDS)


def test_it_is_not_starved_by_expensive_work(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.work.worker.SLICE", 0.1)
    asked = [crowd.submit(name, endless(crowd, name), 1000.0) for name in ("bob", "cat")]
    background = crowd.submit("ann", endless(crowd, "ann"), background=True)
    time.sleep(3.0)
    crowd.go.set()
    assert crowd.worker.wait_until_idle(SECONDS)
    assert 0.05 < background.seconds < min(job.seconds for job in asked)


def test_it_hardly_counts_in_what_others_are_told_to_wait(crowd: Crowd) -> None:
    crowd.hold("first")
    crowd.submit("ann", expected=500.0, background=True)
    job = crowd.submit("bob", expected=20.0)
    assert crowd.worker.seconds_until_done(job) < 30.0
    crowd.go.set()
    assert crowd.worker.wait_until_idle(SECONDS)
