"""Slots for work in the threads of pages."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from pages.parts.work import fair_slots, page_turns
from pages.parts.work.fair_slots import FairSlots
from pages.parts.work.job import Visit
from tests.work_queue import SECONDS


def visit(name: str, address: str = "") -> Visit:
    return Visit(name, lambda: True, address)


def until(slots: FairSlots, waiting: int) -> None:
    """Waits until so many wait."""
    end = time.monotonic() + SECONDS
    while len(slots._waiting) != waiting:
        assert time.monotonic() < end
        time.sleep(0.005)


def test_an_address_never_has_all_slots() -> None:
    slots = FairSlots(2, 1)
    with slots.slot(visit("a", "192.0.2.1")):
        with pytest.raises(TimeoutError), slots.slot(visit("b", "192.0.2.1"), 0.05):
            pass
        with slots.slot(visit("c", "192.0.2.2"), 0.05), pytest.raises(TimeoutError), slots.slot(visit("d", "192.0.2.3"), 0.05):
            pass
        with slots.slot(visit("d", "192.0.2.3"), 0.05):
            pass


def test_an_address_has_fewer_slots_while_another_one_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(at=0.0, monotonic=lambda: clock.at)
    monkeypatch.setattr(fair_slots, "time", clock)
    slots = FairSlots(4, 2, beside=1)
    with slots.slot(visit("a", "192.0.2.1")), slots.slot(visit("b", "192.0.2.1"), 0.05):
        pass
    with slots.slot(visit("c", "192.0.2.2")):
        pass
    clock.at += fair_slots.BESIDE_SECONDS / 2
    with slots.slot(visit("a", "192.0.2.1")), pytest.raises(TimeoutError), slots.slot(visit("b", "192.0.2.1"), 0.05):
        pass
    clock.at += fair_slots.BESIDE_SECONDS
    with slots.slot(visit("a", "192.0.2.1")), slots.slot(visit("b", "192.0.2.1"), 0.05):
        pass


def test_addresses_and_then_visits_take_turns() -> None:
    slots, order = FairSlots(1, 1), list[str]()
    with ThreadPoolExecutor(8) as crowd:

        def take(name: str, address: str) -> None:
            with slots.slot(visit(name, address), SECONDS):
                order.append(name)

        with slots.slot(visit("first", "192.0.2.1")):
            for number, name in enumerate(["a", "a", "b", "a", "other", "other"], start=1):
                crowd.submit(take, name, "192.0.2.2" if name == "other" else "192.0.2.1")
                until(slots, number)
    assert order[0] == "other"
    assert order.index("b") <= 3
    assert sorted(order) == ["a", "a", "a", "b", "other", "other"]


def test_a_page_gives_its_slot_back_while_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_turns, "PAGES", FairSlots(1, 1))
    went = threading.Event()

    def other() -> None:
        with page_turns.page_turn():
            went.set()

    with page_turns.page_turn():
        thread = threading.Thread(target=other)
        thread.start()
        assert not went.wait(0.1)
        with page_turns.outside_turn():
            assert went.wait(SECONDS)
        thread.join(SECONDS)
    with page_turns.outside_turn():  # no page is drawn: nothing to give back
        assert page_turns.PAGES.total == 1


def test_a_slot_is_given_back_by_whatever_ends_the_work() -> None:
    slots = FairSlots(1, 1)
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error), slots.slot(visit("a")):
            raise error
    with slots.slot(visit("b"), 0.05):
        pass
