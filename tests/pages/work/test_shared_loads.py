"""A network is loaded once for all who wait for it."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lrp.models.weights import WeightsError
from pages.parts.work.shared_loads import Abandoned, SharedLoads
from tests.work_queue import SECONDS


class Download:
    """A load that goes on when it is told to, and counts how often it was begun."""

    def __init__(self) -> None:
        self.begun, self.ended, self.go = 0, list[str](), threading.Event()
        self.error: Exception | None = None

    def __call__(self, note: Callable[[int, int], None]) -> Any:
        self.begun += 1
        try:
            while not self.go.wait(0.01):
                note(2_000_000, 8_000_000)
        except Abandoned:
            self.ended.append("abandoned")
            raise
        if self.error:
            raise self.error
        self.ended.append("done")
        return f"network {self.begun}"


def test_five_who_ask_together_get_one_load_and_see_how_far_it_is() -> None:
    loads, download, seen = SharedLoads(), Download(), set[tuple[int, int, int]]()
    with ThreadPoolExecutor(5) as crowd:
        found = [
            crowd.submit(loads.get, "vgg", download, lambda done, total, who=who: seen.add((who, done, total)))
            for who in range(5)
        ]
        end = time.monotonic() + SECONDS
        while len(seen) < 5:
            assert time.monotonic() < end
            time.sleep(0.01)
        download.go.set()
        assert [each.result(SECONDS) for each in found] == ["network 1"] * 5
    assert seen == {(who, 2_000_000, 8_000_000) for who in range(5)}
    assert loads.get("vgg", download) == "network 2"  # what is kept is not kept here


def test_who_leaves_first_does_not_end_it_for_the_others_and_the_last_one_does() -> None:
    loads, download = SharedLoads(), Download()

    def leave(done: int, total: int) -> None:
        raise InterruptedError

    with ThreadPoolExecutor(2) as crowd:
        first = crowd.submit(loads.get, "vgg", download, leave)
        second = crowd.submit(loads.get, "vgg", download)
        assert isinstance(first.exception(SECONDS), InterruptedError)
        time.sleep(0.1)
        assert download.ended == []
        download.go.set()
        assert second.result(SECONDS) == "network 1"
        download.go.clear()
        assert isinstance(crowd.submit(loads.get, "vgg", download, leave).exception(SECONDS), InterruptedError)
    end = time.monotonic() + SECONDS
    while download.ended != ["done", "abandoned"]:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_failure_is_everybodys_and_the_next_one_tries_again() -> None:
    loads, download = SharedLoads(), Download()
    download.error = WeightsError("No way to the server.")
    with ThreadPoolExecutor(3) as crowd:
        found = [crowd.submit(loads.get, "vgg", download) for _ in range(3)]
        time.sleep(0.1)
        download.go.set()
        assert {str(each.exception(SECONDS)) for each in found} == {"No way to the server."}
    assert download.begun == 1
    download.error = None
    assert loads.get("vgg", download) == "network 2"


def test_two_networks_do_not_wait_for_each_other() -> None:
    loads, slow, fast = SharedLoads(), Download(), Download()
    fast.go.set()
    with ThreadPoolExecutor(1) as crowd:
        waiting = crowd.submit(loads.get, "vgg", slow)
        assert loads.get("resnet", fast) == "network 1"
        slow.go.set()
        waiting.result(SECONDS)


def test_memory_errors_reach_the_page() -> None:
    download = Download()
    download.go.set()
    download.error = MemoryError()  # type: ignore[assignment]
    with pytest.raises(MemoryError):
        SharedLoads().get("vgg", download)
