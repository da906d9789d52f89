"""The tour in four steps: its words come from what was measured, and each step has an address."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from pages.parts.canvas.curves import MapCurves, Way
from pages.parts.compare.tour_words import MEASURING, ON_REQUEST, best_step, tour_steps
from pages.parts.work.question import Question, Result
from tests.pages.compare.test_live_deletion import drawn
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("no_rest")

ENDS = ("red", "blue")


def tour(visitor: Visitor) -> dict[str, Any]:
    """What the script of the tour gets."""
    return cast(dict[str, Any], json.loads(visitor.component("tour").json))


def test_show_me_begins_the_tour_and_the_link_says_which_step(visitor: Visitor) -> None:
    assert tour(visitor)["step"] == 0
    visitor.press("Show me")
    assert tour(visitor)["step"] == 1
    assert visitor.at.query_params == {"step": "1"}
    assert "Show me" not in visitor.buttons
    stamp = tour(visitor)["stamp"]
    visitor.at.session_state["tour"] = {"told": {"step": 3, "stamp": stamp}}
    assert visitor.run().at.query_params == {"step": "3"}
    visitor.at.session_state["tour"] = {"told": {"step": 0, "stamp": stamp}}
    assert visitor.run().at.query_params == {}
    assert "Show me" in visitor.run().buttons
    visitor.press("Show me")
    assert tour(visitor)["stamp"] == stamp + 1


def test_a_tour_that_was_left_stays_so_on_the_way_to_another_page_and_back(visitor: Visitor) -> None:
    visitor.press("Show me")
    visitor.at.session_state["tour"] = {"told": {"step": 0, "stamp": tour(visitor)["stamp"]}}
    visitor.run()
    for page in ("epsilon", "compare"):
        visitor.at.switch_page(f"pages/{page}.py")
        visitor.run()
    assert "step" not in visitor.at.query_params
    assert tour(visitor)["step"] == 0
    visitor.press("Present")
    assert tour(visitor)["step"] == 0


@pytest.mark.parametrize("told", [None, 3, {"step": 99, "stamp": 1}, {"step": "2", "stamp": 1}, {"step": 2, "stamp": 77}, []])
def test_what_no_browser_sends_moves_no_step(visitor: Visitor, told: object) -> None:
    visitor.at.session_state["tour"] = {"told": told}
    assert visitor.run().at.query_params == {}


def test_each_step_is_an_address_and_others_are_told(small: None) -> None:
    for step in range(1, 5):
        visitor = Visitor({"step": str(step), "maps": "ab"})
        assert tour(visitor)["step"] == step
        assert visitor.at.query_params["step"] == str(step)
    told = "\n".join(note.value for note in Visitor({"step": "9", "maps": "ab"}).at.info)
    assert "“9” as the step of the tour (it can be 1 to 4, and none while presenting), so **none** is shown" in told


def test_presenting_ends_the_tour_and_covers_nothing_of_it(small: None) -> None:
    visitor = Visitor({"step": "3", "present": "true", "maps": "ab"})
    assert tour(visitor)["step"] == 0
    assert visitor.at.query_params == {"present": "true", "maps": "ab"}
    visitor = Visitor({"step": "2", "maps": "ab"})
    stamp = tour(visitor)["stamp"]
    visitor.look(cover={"only": False, "shares": {"b": 45}})  # as the step does it
    visitor.press("Present")
    assert (tour(visitor)["step"], tour(visitor)["stamp"]) == (0, stamp + 1)
    assert visitor.header["cover"] == {"only": False, "shares": {}, "together": False}
    assert visitor.at.query_params == {"present": "true", "maps": "ab"}
    visitor.press("Leave")
    assert "step" not in visitor.at.query_params
    assert "Show me" in visitor.buttons


def test_what_the_tour_shows_is_neither_in_the_link_nor_kept(small: None) -> None:
    link = {"step": "3", "maps": "ab", "cover": "a60", "only": "true", "photo": "0.7"}
    visitor = Visitor(link)
    visitor.look(cover={"only": False, "shares": {"b": 45}}, look={**visitor.header["look"], "photo": 0.4})  # as the step does it
    assert visitor.at.query_params == link
    visitor.at.switch_page("pages/layers.py")
    visitor.run()
    assert "cover" not in visitor.at.query_params or visitor.at.query_params["cover"] == "a60"
    visitor.at.switch_page("pages/compare.py")
    visitor.run()
    assert visitor.header["cover"] == {"only": True, "shares": {"a": 60}, "together": False}
    assert visitor.header["look"]["photo"] == 0.7


def test_a_preset_in_the_middle_of_the_tour_is_what_it_goes_back_to(visitor: Visitor) -> None:
    visitor.press("Show me")
    before = tour(visitor)["lookStamp"]
    visitor.press("Smooth")
    assert tour(visitor)["lookStamp"] > before
    assert json.loads(tour(visitor)["look"])["photo"] == 0.7
    assert visitor.at.query_params["photo"] == "0.7"


def test_the_steps_are_about_the_picture_on_show(visitor: Visitor) -> None:
    steps = tour(drawn(visitor))["steps"]
    assert len(steps) == 4
    assert visitor.headline.removeprefix("## ").replace("**", "") in steps[0]["text"]
    assert [step["target"] for step in steps] == ["headline", "b", "b", "c"]
    curves = {each["key"]: each for each in visitor.curves[0]["curves"]}
    for key, share in steps[2]["cover"].items():
        assert curves[key]["deletion"]["sentences"][round(share / 100 * 16)] in steps[2]["text"]


def curves(key: str, *followed: float) -> MapCurves:
    """Of two outputs and four squares; chance falls evenly from 0.9 to 0.1."""
    values, steps = np.array(followed), len(followed)
    predictions = np.stack([values, 1 - values], 1)
    texts = [[f"{a:.0%}", f"{b:.0%}"] for a, b in predictions]
    way = Way(
        np.arange(4), predictions, texts, np.linspace(0.9, 0.1, steps), np.zeros(steps),
        [f"step {step} of {key}." for step in range(steps)], "", 0.0,
    )  # fmt: skip
    empty = Image.new("RGB", (4, 4))
    return MapCurves(key, np.eye(4, dtype=np.float32), 2, ["cat", "owl"], ["explained", ""], 0, empty, (0.0, 1.0), 1.0, way, way)


def explained(*keys: str) -> Any:
    question = SimpleNamespace(
        backbone=SimpleNamespace(kind=SimpleNamespace(count_text=lambda count: f"{count} classes"), categories=("cat", "owl"))
    )
    values = np.eye(4, dtype=np.float32)
    result = Result(values, np.stack([values] * 3) / 3, 4.0, 4.0, None, 0.1)
    made = []
    for key in keys:
        made.append((key, cast(Question, SimpleNamespace(**vars(question), label=f"Map {key}")), result))
    return made


GOOD, GREAT, BAD = (0.9, 0.4, 0.2, 0.1, 0.1), (0.9, 0.2, 0.1, 0.1, 0.1), (0.9, 0.9, 0.8, 0.7, 0.1)


def test_the_place_is_covered_where_that_says_most() -> None:
    assert best_step(curves("b", *GOOD)) == 1
    assert best_step(curves("b", 0.9, 0.65, 0.1, 0.1, 0.1)) == 2
    assert best_step(curves("b", *BAD)) == 0
    assert best_step(curves("b", 0.9, 0.65, 0.48, 0.0, 0.1)) == 1, "half of the picture or less, where that says something"
    assert best_step(curves("b", 0.9, 0.7, 0.5, 0.0, 0.1)) == 3
    assert best_step(curves("b", 0.9, 0.69, 0.49, 0.29, 0.1)) == 0, "a hundredth is seen by nobody"
    assert best_step(replace(curves("b", *GOOD), deletion=replace(curves("b", *GOOD).deletion, spread=np.full(5, 0.2)))) == 0


def test_the_verdict_is_what_the_curves_say() -> None:
    def last(*maps: MapCurves) -> str:
        return tour_steps("**A cat**", explained("a", "b"), maps, False, ENDS)[3].text

    both = last(curves("b", *GOOD), curves("a", *GREAT))
    said = "Without the 25% that each map marks most, cat is at 40% instead of 90% (Map b) and 20% instead of 90% (Map a)."
    assert both.startswith(said)
    assert "Both clearly beat chance: trust what both mark. Map a finds what the network needs soonest." in both
    assert "only Map b clearly beats chance" in last(curves("b", *GOOD), curves("a", *BAD))
    assert "trust neither map here" in last(curves("b", *BAD), curves("a", *BAD))
    flat = [curves(key, 0.9, 0.69, 0.49, 0.29, 0.1) for key in "ba"]
    assert "trust neither map here" in last(*flat), "no map is praised for what chance may do as well"
    good = [curves(key, *GOOD) for key in "ba"]
    wide = [replace(each, deletion=replace(each.deletion, area_spread=0.2)) for each in good]
    assert "trust neither map here" in last(*wide)


def test_the_last_step_says_whether_another_method_or_another_network_is_asked() -> None:
    maps = [curves("a", *GOOD), curves("b", *GOOD)]
    assert tour_steps("**A cat**", explained("a", "b"), maps, False, ENDS)[3].title == "Ask another method"
    two = [*explained("b"), *explained("a")]
    assert tour_steps("**A cat**", two, maps, False, ENDS)[3].title == "Ask another network"


def test_what_is_not_measured_is_said_with_a_way_on() -> None:
    for pending, said in ((True, MEASURING), (False, ON_REQUEST)):
        steps = tour_steps("**A cat**", explained("a", "b"), [], pending, ENDS)
        assert said in steps[2].text
        assert said in steps[3].text
        assert steps[2].cover == steps[3].cover == {}
    alone = tour_steps("**A cat**", explained("a"), [curves("a", *GOOD)], False, ENDS)
    assert alone[2].cover == {"a": 25}
    assert "Add a map" in alone[3].text
    nothing = tour_steps("**A cat**", [], [], True, ENDS)
    assert [step.target for step in nothing] == ["headline"] * 4


def test_a_map_that_marks_nothing_needed_is_told_so() -> None:
    third = tour_steps("**A cat**", explained("b", "c"), [curves("b", *BAD)], False, ENDS)[2]
    assert "does not need these places more than others" in third.text
    assert third.cover == {}
