"""Long work: progress, cancelling, failures and a full queue."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

import lrp
from lrp.methods import explain
from pages.parts.canvas import figure
from pages.parts.work import compute, price
from tests.canvas_messages import unpacked
from tests.pages.helpers import (
    DEFAULTS,
    EPSILON,
    FAST_LINK,
    assert_one_sentence,
    assert_shows,
    expected,
    failing,
    out_of_memory,
    photo,
    replace_explain,
)
from tests.visitor import Visitor
from tests.work_queue import SECONDS, finish_queue

pytestmark = pytest.mark.usefixtures("no_rest")


def test_the_fast_maps_are_there_while_the_slow_one_is_computed(gate: SimpleNamespace) -> None:
    visitor = Visitor()
    assert gate.reached.wait(SECONDS)
    visitor.run()
    assert [shown.title for shown in visitor.maps] == [DEFAULTS["a"].label, DEFAULTS["b"].label]
    ((done, text),) = visitor.progress
    assert done == 25
    assert DEFAULTS["c"].label in text
    assert "25%" in text
    assert re.search("25% done, about .* left$", text)
    assert DEFAULTS["c"].label in visitor.titles
    assert [text.partition(", about ")[0] for text in visitor.absent] == ["computing"]
    assert visitor.put({EPSILON: 1.0}).progress[0][0] == 25  # the work goes on meanwhile
    gate.opened.set()
    assert len(visitor.wait().maps) == 3
    assert visitor.progress == []
    assert gate.ends == ["finished"]


def test_while_a_map_is_computed_the_one_before_stays_in_its_place_and_is_said_to_be_older(gate: SimpleNamespace) -> None:
    visitor, slow = Visitor(FAST_LINK).put({"b": "integrated-gradients"}), DEFAULTS["c"].label
    assert gate.reached.wait(SECONDS)
    first, second, _ = visitor.run().header["maps"]
    assert (first["before"], second["before"]) == ("", DEFAULTS["b"].label)
    assert second["title"] == slow
    assert second["key"] in unpacked(visitor.message)[1]
    assert [shown.title for shown in visitor.maps] == [first["title"], visitor.titles[2]]
    assert f"- {slow}:" not in visitor.words  # in words only what is there is told
    gate.opened.set()
    assert len(visitor.wait().maps) == 3
    assert {told["before"] for told in visitor.header["maps"]} == {""}


def test_slow_work_can_be_cancelled_and_begun_again(gate: SimpleNamespace) -> None:
    visitor = Visitor()
    assert gate.reached.wait(SECONDS)
    visitor.press("Cancel").wait()
    assert gate.ends == ["cancelled"]
    assert_one_sentence(visitor, DEFAULTS["c"].label, "cancelled")
    assert len(visitor.maps) == 2
    gate.opened.set()
    visitor.press("Try again").wait()
    assert len(visitor.maps) == 3
    assert visitor.sentences == []


def test_work_that_waits_says_how_many_are_before_it_and_can_be_cancelled(gate: SimpleNamespace) -> None:
    first = Visitor()
    assert gate.reached.wait(SECONDS)
    second = Visitor({"class": "ant"})
    assert "1 waiting" in second.progress[0][1]
    second.press("Cancel")
    assert_one_sentence(second, "cancelled")
    gate.opened.set()
    assert len(first.wait().maps) == 3
    assert gate.ends == ["finished"]


def test_work_whose_result_is_no_longer_wanted_is_ended(gate: SimpleNamespace) -> None:
    visitor = Visitor()
    assert gate.reached.wait(SECONDS)
    visitor.put({"class": "ant"})
    gate.opened.set()
    visitor.wait()
    assert gate.ends == ["cancelled", "finished"]
    assert_shows(visitor.maps[2], expected(photo(), lrp.load_backbone(), DEFAULTS["c"], 0))


def test_the_same_slow_map_in_two_panels_is_computed_once(gate: SimpleNamespace) -> None:
    visitor = Visitor({"b": DEFAULTS["c"].label})
    gate.opened.set()
    assert len(visitor.wait().maps) == 3
    assert gate.ends == ["finished"]


@pytest.mark.parametrize("error", [
    MemoryError(), RuntimeError("can't allocate memory"), RuntimeError("could not create a primitive"), ValueError("x must be y"),
], ids=repr)  # fmt: skip
def test_slow_work_that_fails_is_one_sentence_and_a_way_to_try_again(
    small: None, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    failing(monkeypatch, error)
    visitor = Visitor().wait()
    assert_one_sentence(visitor, DEFAULTS["c"].label)
    assert ("memory" in visitor.sentences[0]) == (not isinstance(error, ValueError))
    assert len(visitor.maps) == 2
    assert visitor.progress == []
    assert_one_sentence(visitor.put({EPSILON: 1.0}), DEFAULTS["c"].label)
    replace_explain(monkeypatch, explain)
    visitor.press("Try again").wait()
    assert len(visitor.maps) == 3
    assert visitor.sentences == []


def test_a_map_that_failed_is_not_said_to_be_on_its_way(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, MemoryError())
    assert [text for text in Visitor().wait().absent if "computing" not in text]


def test_two_slow_maps_that_fail_do_not_break_the_page(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, MemoryError())
    label = DEFAULTS["c"].label
    visitor = Visitor({"a": label, "a_integrated-gradients_baseline": "white", "b": label}).wait()
    assert len(visitor.sentences) in (2, 3)  # the second and the third ask the same
    assert visitor.maps == []


@pytest.mark.parametrize("place", ["explain", "trace"])
def test_too_little_memory_for_a_fast_map_is_one_sentence(
    small: None, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    visitor = Visitor().wait()
    failing(monkeypatch, MemoryError(), "LRP")
    if place == "trace":
        monkeypatch.setattr(lrp, "trace", out_of_memory)
        visitor.put(depth="34")
    else:
        visitor.put({EPSILON: 1.0})
    assert_one_sentence(visitor, "memory")


def test_work_that_ends_while_the_page_is_drawn_is_shown_at_once(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(*args: Any, **settings: Any) -> Any:
        finish_queue()
        return real(*args, **settings)

    real = figure.draw_canvas
    monkeypatch.setattr(figure, "draw_canvas", slowly)
    visitor = Visitor()
    assert len(visitor.maps) == 3 or visitor.progress  # shown, or on its way; never forgotten


def test_a_full_queue_is_one_sentence_and_the_fast_maps_are_there(leave: Callable[[], None]) -> None:
    visitor = Visitor()
    assert_one_sentence(visitor, str(compute.worker().places.limit + compute.worker().places.reserved), "try again")
    assert len(visitor.maps) == 2
    leave()
    assert len(visitor.run().wait().maps) == 3
    assert visitor.sentences == []


def test_a_full_queue_offers_to_try_again(leave: Callable[[], None]) -> None:
    visitor = Visitor()
    assert [label for label in visitor.buttons if label.startswith("Try again")]


def test_a_sentence_about_a_picture_outlives_the_end_of_slow_work(gate: SimpleNamespace) -> None:
    visitor = Visitor()
    assert gate.reached.wait(SECONDS)
    visitor.upload(b"no picture")
    assert_one_sentence(visitor)
    gate.opened.set()
    visitor.wait()  # nobody pressed anything: the page drew itself again
    assert_one_sentence(visitor)


def test_what_takes_very_long_is_computed_on_request_with_the_settings_of_the_press(
    small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(price, "ASK_FIRST", 0.0)
    visitor, steps = Visitor(), "c_integrated-gradients_n_steps"
    assert visitor.absent == ["computed on request, below"]
    assert visitor.progress == []
    visitor.at.get_by_key(steps).set_value(32)
    visitor.press("Compute").wait()
    assert visitor.absent == []
    assert "32 steps" in visitor.words
    visitor.put({steps: 64})  # another question, which waits for its own press
    assert visitor.absent == ["computed on request, below"]
