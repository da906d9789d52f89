"""Many visitors at once: turns, places in the queue, and leaving."""

from types import SimpleNamespace
from typing import Any

import pytest

from pages.parts.work import visit
from pages.parts.work.worker import Busy
from tests.pages.work.crowd import Crowd
from tests.work_queue import SECONDS


def test_visitors_take_turns_however_much_one_of_them_asks_for(crowd: Crowd) -> None:
    crowd.hold("first")
    jobs = [crowd.submit(name) for name in ("ann", "ann", "ann", "bob", "cat", "bob")]
    assert [crowd.worker.jobs_ahead_of(job) for job in jobs] == [1, 4, 6, 2, 3, 5]
    crowd.go.set()
    assert crowd.worker.wait_until_idle(SECONDS)
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
    assert crowd.worker.wait_until_idle(SECONDS)
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


def test_waiting_is_told_in_seconds_by_what_each_is_expected_to_take(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    now = SimpleNamespace(monotonic=lambda: now.at, at=0.0)
    monkeypatch.setattr("pages.parts.work.job.time", now)
    monkeypatch.setattr("pages.parts.work.worker.time", now)
    running = crowd.hold("first", expected=0.75)
    job, later = crowd.submit("ann", expected=1.0), crowd.submit("bob", expected=3.0)
    told = crowd.worker.seconds_until_done
    running.share = 0.0
    assert (told(running), told(job), told(later)) == (0.75, 1.75, 4.75)
    now.at = 0.5
    assert (told(running), told(job), told(later)) == (0.25, 1.25, 4.25)
    running.share = 0.25  # what is done tells more than what was expected
    assert (told(running), told(job)) == (1.5, 2.5)
    crowd.go.set()
    assert crowd.worker.wait_until_idle(SECONDS)
    assert told(job) == 0.0


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
    assert crowd.worker.jobs_ahead_of(crowd.submit("c")) == 1


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
