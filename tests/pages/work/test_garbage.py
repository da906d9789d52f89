"""When garbage is collected beside the visitors' work."""

import gc
import time
import tomllib
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from pages.parts.work.garbage import SHARE, Collector


class Knot:
    """Holds itself, so that only a collection lets go of it."""

    def __init__(self) -> None:
        self.self = self


def tie() -> "weakref.ref[Knot]":
    """A knot that nobody holds any longer."""
    return weakref.ref(Knot())


@pytest.fixture(autouse=True)
def no_other_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def make_much() -> list[list[int]]:
    """So many objects that the youngest generation is collected."""
    gc.enable()
    made: list[list[int]] = [[] for _ in range(2 * gc.get_threshold()[0])]
    gc.disable()
    return made


def test_what_holds_itself_is_let_go_once_much_was_made_since() -> None:
    collector = Collector()
    made, knot = make_much(), tie()
    assert knot() is not None
    collector.collect()
    assert knot() is None
    assert made


def test_it_rests_while_little_was_made() -> None:
    knot = tie()
    Collector().collect()
    assert knot() is not None


def test_it_rests_so_long_that_it_takes_a_small_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now, took = [100.0], 0.1
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def pass_time(phase: str, info: dict[str, int]) -> None:
        now[0] += took if (phase, info["generation"]) == ("stop", 2) else 0.0

    gc.callbacks.append(pass_time)
    try:
        collector = Collector()
        make_much()
        collector.collect()
        assert now == [100.0 + took]
        make_much()
        now[0] = 100.0 + 0.99 * took / SHARE
        knot = tie()
        collector.collect()
        assert knot() is not None
        now[0] = 100.0 + 1.01 * took / SHARE
        collector.collect()
        assert knot() is None
    finally:
        gc.callbacks.remove(pass_time)


def test_streamlit_does_not_collect_after_each_run_as_well() -> None:
    settings = tomllib.loads((Path(__file__).parents[3] / ".streamlit/config.toml").read_text())
    assert settings["runner"]["postScriptGC"] is False
