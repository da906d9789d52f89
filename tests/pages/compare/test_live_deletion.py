"""The sliders under the maps: what the page measures for them is what the engine measures, and it is said in words."""

import threading
from collections.abc import Callable

import numpy as np
import pytest

import lrp
from lrp.heads import REGRESSION, SIGMOID, SOFTMAX
from lrp.metrics.curves import deletion, insertion, random_curves
from lrp.metrics.output_curves import OutputCurves
from lrp.metrics.perturbation import Perturbation
from pages.parts.canvas.curves import SCALE
from pages.parts.compare import live_deletion
from pages.parts.compare.deletion_words import CurveContext, curve_way
from pages.parts.work import compute
from tests.pages.helpers import DEFAULTS, expected, logits_of, photo
from tests.visitor import Visitor
from tests.work_queue import SECONDS

pytestmark = pytest.mark.usefixtures("no_rest")


def drawn(visitor: Visitor) -> Visitor:
    """The page when all that it measures is there, one after another."""
    for _ in range(9):
        if visitor.wait().curves[0]["absent"] != "measuring ...":
            return visitor
    raise AssertionError("the page never ends measuring")


def test_the_sliders_show_what_the_engine_measures(visitor: Visitor) -> None:
    header, arrays = drawn(visitor).curves
    assert [each["key"] for each in header["curves"]] == list("abc")
    assert header["pending"] is False
    assert [each["digest"] for each in header["curves"]] == [each["digest"] for each in visitor.header["maps"]]
    network = lrp.load_backbone()
    x, target, how = network.preprocess(photo()), int(logits_of(photo(), network).argmax()), Perturbation()
    chance = random_curves(network, x, target, how)
    for each, method in zip(header["curves"], DEFAULTS.values(), strict=True):
        key, values = each["key"], expected(photo(), network, method)
        at = each["marks"].index("explained")
        assert each["names"][at] == network.categories[target]
        for kind, measure in (("deletion", deletion), ("insertion", insertion)):
            curve = measure(network, x, target, [values], how)[0]
            sent = arrays[f"{kind} {key}"].reshape(-1, len(each["names"]))[:, at] / SCALE
            np.testing.assert_allclose(sent, curve, atol=1e-4)
            line, mean, low, high = arrays[f"{kind} chart {key}"].reshape(4, -1) / SCALE
            np.testing.assert_allclose(line, curve, atol=1e-4)
            ordered = chance if kind == "deletion" else chance[:, ::-1]
            np.testing.assert_allclose(mean, ordered.mean(0), atol=1e-4)
            np.testing.assert_allclose(high - low, 2 * ordered.std(0), atol=2e-4)
    behind = network.as_seen(how.replaced(network.network, x))
    np.testing.assert_array_equal(arrays["replaced a"], np.asarray(behind).ravel())


def test_a_moved_slider_is_in_the_link_and_measures_nothing(visitor: Visitor) -> None:
    drawn(visitor)
    before, curves = visitor.message, visitor.curves[0]
    visitor.look(cover={"only": True, "shares": {"b": 25}, "together": True})
    assert visitor.at.query_params == {"cover": "b25", "only": "true", "together": "true"}
    assert visitor.message == before
    assert visitor.curves[0] == curves
    # What the server set; the browser knows better.
    assert visitor.header["cover"] == {"only": False, "shares": {}, "together": False}
    again = Visitor({"cover": "b25", "only": "true", "together": "true"})
    assert again.header["cover"] == {"only": True, "shares": {"b": 25}, "together": True}
    assert again.look(cover={"only": False, "shares": {}}).at.query_params == {}


def test_sliders_outlive_another_page_and_nonsense_in_the_link_is_told(visitor: Visitor) -> None:
    visitor.look(cover={"only": False, "shares": {"a": 10}})
    visitor.at.switch_page("pages/guide.py")
    visitor.run()
    visitor.at.switch_page("pages/compare.py")
    assert visitor.run().header["cover"] == {"only": False, "shares": {"a": 10}, "together": False}
    told = "\n".join(note.value for note in Visitor({"cover": "b900"}).at.info)
    assert "“b900” as the covered shares of maps" in told


def test_curves_of_another_map_are_never_sent_for_the_one_on_show(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn(visitor)
    before, seen = [each["digest"] for each in visitor.curves[0]["curves"]], threading.Event()
    measure = live_deletion.output_curves
    monkeypatch.setattr(live_deletion, "output_curves", lambda *given: seen.wait(SECONDS) and measure(*given))
    visitor.put({"a_uniform-epsilon_epsilon": 1.0})
    assert visitor.curves[0]["pending"]
    assert visitor.curves[0]["absent"] == "measuring ..."
    seen.set()
    now = [each["digest"] for each in drawn(visitor).curves[0]["curves"]]
    assert now[0] != before[0]
    assert now[1:] == before[1:]


def test_what_takes_long_is_measured_on_request(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_deletion, "AUTOMATIC_SECONDS", 0.0)
    visitor.put({"class": "bee"}).wait()
    assert visitor.curves[0]["curves"] == []
    assert visitor.curves[0]["absent"] == "measured on request, below"
    visitor.press("Measure what covering does")
    assert [each["key"] for each in drawn(visitor).curves[0]["curves"]] == list("abc")


def test_work_that_fails_is_told_with_a_way_on(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> OutputCurves:
        raise RuntimeError("broken")

    monkeypatch.setattr(live_deletion, "output_curves", broken)
    visitor = drawn(Visitor({"maps": "ab"}))
    assert visitor.curves[0]["curves"] == []
    assert visitor.curves[0]["absent"] == "not measured"
    assert any("could not be computed" in sentence for sentence in visitor.sentences)
    assert "Try again" in visitor.buttons
    assert len(visitor.maps) == 2


def test_nothing_is_said_of_sliders_while_the_queue_is_full(leave: Callable[[], None]) -> None:
    visitor = Visitor({"maps": "ab"})
    assert visitor.sentences == []
    assert visitor.curves[0]["absent"] == "waiting for a place"
    assert visitor.curves[0]["pending"]
    leave()
    assert [each["key"] for each in drawn(visitor.run()).curves[0]["curves"]] == ["a", "b"]


def test_all_maps_of_a_picture_share_their_random_orders(visitor: Visitor) -> None:
    drawn(visitor)
    known = compute.SHARED_RESULTS.keys()
    measured = [str(key) for key in known if "live deletion" in str(key)]
    assert len(measured) == 4
    assert len([key for key in measured if "random live deletion" in key]) == 1


CURVES = OutputCurves(
    np.array([2, 0, 1]), np.array([0, 1, 3]), np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]]),
    np.array([[0.2, 0.8], [0.7, 0.3], [0.9, 0.1]]),
)  # fmt: skip
CHANCE = np.array([[0.9, 0.8, 0.2], [0.9, 0.6, 0.2]])


def test_the_sentences_say_what_is_covered_and_what_the_network_sees_then() -> None:
    told = CurveContext(SOFTMAX, ["cat", "owl"], [0, 1], 0)
    way = curve_way(told, CURVES, CHANCE, only=False)
    assert way.sentences[1] == (
        "Without the 50% that this map marks most: cat 40%, instead of 90%. Without a random 50%: 70%. It now sees an owl (60%)."
    )
    assert way.turns.tolist() == [2, 1, 2]
    areas = [(curve[0] + 2 * curve[1] + curve[2]) / 4 for curve in CHANCE]
    assert way.area_spread == pytest.approx(np.std(areas))
    assert way.texts[1] == ["40.0%", "60.0%"]
    alone = curve_way(told, CURVES, CHANCE, only=True)
    assert alone.sentences[1] == (
        "With only the 50% that this map marks most: cat 70%, instead of 90%. With only a random 50%: 70%."
    )
    assert alone.turns.tolist() == [2, 1, 1]  # shown after the first step are the two most relevant, for one is covered yet
    np.testing.assert_allclose(alone.chance, [0.2, 0.7, 0.9])


@pytest.mark.parametrize(("head", "sentence"), [
    (SIGMOID, "cat score 0.40, instead of score 0.90. Without a random 50%: score 0.70."),
    (REGRESSION, "cat 0.4, instead of 0.9. Without a random 50%: 0.7."),
])  # fmt: skip
def test_labels_and_values_are_told_in_their_own_words(head: lrp.heads.Head, sentence: str) -> None:
    way = curve_way(CurveContext(head, ["cat", "owl"], [0, 1], 0), CURVES, CHANCE, only=False)
    assert way.sentences[1] == f"Without the 50% that this map marks most: {sentence}"
