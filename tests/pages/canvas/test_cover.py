"""The state of the sliders under the maps, and the message with what they show."""

import numpy as np
import pytest
from PIL import Image

from pages.parts.canvas.cover import Cover, parse_cover
from pages.parts.canvas.curves import SCALE, MapCurves, Way, pack_curves
from pages.parts.canvas.figure import Heatmap, digest, pack_panels
from tests.canvas_messages import unpacked


@pytest.mark.parametrize(("text", "shares"), [
    ("a15,b40", {"a": 15, "b": 40}), ("d100", {"d": 100}), ("", {}), ("a0", {}), ("a101,b5", {"b": 5}), ("e10,a-5,b1.5", {}),
    ("a15b20", {}), ("a٣", {}), ("a15,a20", {"a": 20}),
])  # fmt: skip
def test_a_link_says_how_much_of_each_map_is_covered(text: str, shares: dict[str, int]) -> None:
    cover = parse_cover("true", text, "True")
    assert cover == Cover(True, shares, together=True)
    assert parse_cover(cover.only, cover.text, cover.together) == cover


@pytest.mark.parametrize("sent", [None, 3, [], {"a": "15"}, {"a": True}, {"a": 1e9}, {"a": -1}, {"z": 5}, {3: 4}, float("nan")])
def test_what_no_slider_sends_is_left_out(sent: object) -> None:
    assert parse_cover(None, sent, sent) == Cover()


def way(step: float) -> Way:
    predictions = np.array([[0.9, 0.1], [0.5, 0.5], [step, 1 - step]])
    return Way(
        np.array([1, 2, 1, 2]), predictions, [["90%", "10%"], ["50%", "50%"], ["?", "?"]], np.array([0.9, 0.7, 0.1]),
        np.array([0.0, 0.1, 0.0]), ["", "one", "two"], "A chart.", 0.0,
    )  # fmt: skip


def test_the_message_holds_every_number_and_a_picture_once() -> None:
    values = [np.random.default_rng(seed).normal(size=(5, 7)).astype(np.float32) for seed in (1, 2)]
    behind = Image.fromarray(np.random.default_rng(3).integers(0, 256, (5, 7, 3), dtype=np.uint8))
    maps = [
        MapCurves(key, map_, 4, ["cat", "dog"], ["explained", ""], 0, behind, (0.0, 1.0), 2.0, way(0.2), way(0.6))
        for key, map_ in zip("ab", values, strict=True)
    ]
    header, arrays = unpacked(pack_curves(maps, {"absent": "soon"}))
    assert [name for name in arrays if name.startswith("replaced")] == ["replaced a"]
    np.testing.assert_array_equal(arrays["replaced a"].reshape(5, 7, 3), np.asarray(behind))
    for told, each in zip(header["curves"], maps, strict=True):
        key = each.key
        assert told["replaced"] == "replaced a"
        np.testing.assert_allclose(arrays[f"deletion {key}"] / SCALE, each.deletion.predictions.ravel() / 2)
        np.testing.assert_array_equal(arrays[f"insertion turns {key}"], [1, 2, 1, 2])
        chart = arrays[f"insertion chart {key}"].reshape(4, 3) / SCALE
        np.testing.assert_allclose(chart, [[0.9, 0.5, 0.6], [0.9, 0.7, 0.1], [0.9, 0.6, 0.1], [0.9, 0.8, 0.1]])
    panels = unpacked(pack_panels(behind, [Heatmap("a", "A", values[0])], {}))[0]["maps"]
    assert header["curves"][0]["digest"] == panels[0]["digest"] == digest(values[0])
    assert header["curves"][1]["digest"] != panels[0]["digest"]
