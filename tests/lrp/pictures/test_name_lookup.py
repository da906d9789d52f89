"""Names that nobody answers: they keep no other visitor waiting, and are waited for a few seconds only."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from lrp.pictures import name_lookup
from lrp.pictures.fetch import fetch_image
from lrp.pictures.name_lookup import LookupSlots, LookupTimeout, Visitor, with_time_limit
from tests.loopback import Loopback, http
from tests.lrp.pictures.link_kit import PICTURE, Resolver, refusal


@pytest.fixture
def mute(resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Names in mute.test that nobody answers before the event is set; the pool is the test's own."""
    answer = threading.Event()

    def look_up(host: object, *arguments: object, **options: object) -> list[tuple]:
        if "mute.test" in str(host):
            answer.wait(30)
            raise socket.gaierror(socket.EAI_AGAIN, "mute")
        return resolver(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(name_lookup, "_slots", LookupSlots(), raising=False)
    yield answer
    answer.set()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("address", ["10.1.2.3", "elsewhere"])
def test_sixteen_visitors_with_mute_names_keep_no_other_waiting(
    server: Loopback, mute: threading.Event, address: str
) -> None:
    server.serve("/cat.png", http(PICTURE))
    started = time.monotonic()

    def hang(number: int) -> str:
        return refusal(f"http://name{number}.mute.test/", visitor=Visitor(f"visit {number % 16}", "10.1.2.3"), seconds=6)

    with ThreadPoolExecutor(48) as pool:  # three tries of each of sixteen visitors
        hanging = [pool.submit(hang, number) for number in range(48)]
        time.sleep(0.3)
        for _ in range(3):
            asked = time.monotonic()
            assert fetch_image(server.url("/cat.png"), visitor=Visitor("another", address)) == PICTURE
            assert time.monotonic() - asked < 1
        answers = {future.result() for future in hanging}
    assert {answer.partition(";")[0] for answer in answers} == {"No name server found this address within 4 seconds"}
    assert time.monotonic() - started < 15  # the resolver itself takes 30
    mute.set()


def test_one_visit_has_two_lookups_at_a_time_and_an_address_no_more_than_stay_free() -> None:
    slots = LookupSlots(16, 2)
    taken = dict.fromkeys("abcd", 0)
    for address in taken:
        while slots.take(Visitor(f"visit {taken[address] // 2}{address}", address), 0):
            taken[address] += 1
    assert list(taken.values()) == [8, 4, 2, 1]
    assert slots.take(Visitor("new", "new"), 0)
    assert not slots.take(Visitor("newer", "newer"), 0)
    slots = LookupSlots(16, 2)
    assert [slots.take(Visitor("one", "a"), 0) for _ in range(3)] == [True, True, False]
    slots.give_back(Visitor("one", "a"))
    assert slots.take(Visitor("one", "a"), 0)


def test_a_slot_that_comes_free_is_taken_by_one_who_waits() -> None:
    slots = LookupSlots(1, 1)
    assert slots.take(Visitor("one"), 0)
    threading.Timer(0.2, slots.give_back, [Visitor("one")]).start()
    assert slots.take(Visitor("two"), 5)


def test_a_late_lookup_keeps_its_slot_until_it_ends_and_a_failed_one_gives_it_back(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name_lookup, "_slots", LookupSlots(1, 1))
    end = threading.Event()
    with pytest.raises(LookupTimeout):
        with_time_limit(lambda: end.wait(20), 0.1, Visitor())
    with pytest.raises(LookupTimeout):
        with_time_limit(lambda: True, 0.1, Visitor())
    end.set()
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            with_time_limit(lambda: 1 / 0, 5, Visitor())
