"""What the canvas gets, and how it is drawn."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lrp.display.colours import SCALES
from pages.parts.canvas.figure import Heatmap, pack_panels
from pages.parts.canvas.look import Look, box_of, drawn, parse_look
from pages.parts.say import map_words
from tests.canvas_messages import maps_of, unpacked

SEEN = Image.fromarray(np.random.default_rng(2).integers(0, 256, (21, 33, 3), dtype=np.uint8))


def noise(seed: int, scale: float = 1.0, shape: tuple[int, int] = (21, 33)) -> np.ndarray:
    return (np.random.default_rng(seed).standard_t(3, shape) * scale).astype(np.float32)


def sent(*heatmaps: Heatmap, seen: Image.Image = SEEN) -> bytes:
    return pack_panels(seen, heatmaps, {"alt": "A cat."})


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(-12, 12), st.floats(1, 9.99))
def test_the_value_under_the_cursor_is_the_real_one(seed: int, power: int, digits: float) -> None:
    values = noise(seed, digits * 10.0**power)
    (found,) = maps_of(sent(Heatmap("a", "A map", values)))
    assert np.abs(found.values - values).max() <= 0.5 * found.step * (1 + 1e-6)
    assert found.step == pytest.approx(np.abs(values).max() / 32767)


@pytest.mark.parametrize("value", [0.0, 1e-25, 32767.0, 32768.0, 3.2767, -32767.0, 1e30])
def test_no_value_is_too_large_or_too_small_to_be_shown(value: float) -> None:
    (found,) = maps_of(sent(Heatmap("a", "A map", np.full((21, 33), value, np.float32))))
    np.testing.assert_allclose(found.values, value, rtol=1e-4, atol=1e-30)


def test_the_picture_is_sent_bit_for_bit_behind_the_maps() -> None:
    header, arrays = unpacked(sent(Heatmap("a", "One", noise(1)), Heatmap("b", "Two", noise(2))))
    np.testing.assert_array_equal(arrays["picture"].reshape(21, 33, 3), np.asarray(SEEN))
    assert (header["width"], header["height"], header["alt"]) == (33, 21, "A cat.")
    assert header["scales"] == {name: list(codes) for name, codes in SCALES.items()}


def test_a_map_that_is_still_computed_has_its_place_and_title() -> None:
    header, arrays = unpacked(sent(Heatmap("a", "First", None), Heatmap("b", "Second", noise(1))))
    first, second = header["maps"]
    assert arrays.keys() == {"b", "picture"}
    assert (first["title"], first["absent"]) == ("First", "computing ...")
    assert (second["title"], second["alt"]) == ("Second", map_words.map_summary("Second", noise(1)))
    (older,) = unpacked(sent(Heatmap("a", "New", noise(1), before="Old")))[0]["maps"]
    assert (older["title"], older["alt"], older["before"]) == ("New", map_words.map_summary("Old", noise(1)), "Old")


@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (161, 97)])
def test_maps_of_odd_sizes_are_sent(shape: tuple[int, int]) -> None:
    maps = [Heatmap(key, key, noise(seed, 1.0, shape)) for seed, key in enumerate("abc")]
    found = maps_of(sent(*maps, seen=Image.new("RGB", shape[::-1])))
    assert [shown.values.shape for shown in found] == [shape] * 3
    for shown, heatmap in zip(found, maps, strict=True):
        np.testing.assert_allclose(shown.values, heatmap.values, atol=0.51 * shown.step)


def test_the_strongest_colour_stands_for_the_percentile_of_each_map_or_of_all() -> None:
    maps = [noise(1), None, noise(2, 30)]
    own, absent, other = drawn(maps, Look(clip=95.5))
    together, _, same = drawn(maps, Look(clip=95.5, common=True))
    assert absent is None
    assert own[1] == pytest.approx(np.percentile(np.abs(maps[0]), 95.5))
    assert other[1] == pytest.approx(np.percentile(np.abs(maps[2]), 95.5))
    assert together[1] == same[1] == pytest.approx(np.percentile(np.abs(np.concatenate([maps[0], maps[2]])), 95.5))
    np.testing.assert_array_equal(own[0], maps[0])


def test_one_sign_alone_is_drawn_with_its_own_limit() -> None:
    values = noise(4)
    ((shown, limit),) = drawn([values], Look(sign="negative"))
    np.testing.assert_array_equal(shown, np.minimum(values, 0))
    assert limit == pytest.approx(np.percentile(-np.minimum(values, 0), 99))


@pytest.mark.parametrize("scale", SCALES)
def test_the_colours_in_words_are_those_of_the_scale(scale: str) -> None:
    speaking, against = Look(colours=scale).ends
    hue = {"red": (1, 0, 0), "blue": (0, 0, 1), "orange": (1, 0.5, 0), "purple": (0.5, 0, 1)}
    for word, code in ((speaking, SCALES[scale][-2]), (against, SCALES[scale][1])):
        colour = np.array(list(bytes.fromhex(code)), float)
        nearest = max(hue, key=lambda name: np.dot(colour, hue[name]) / math.hypot(*colour) / math.hypot(*hue[name]))
        assert nearest == word


def test_a_look_lists_every_display_setting() -> None:
    look = Look(photo=0.3, zoom="2,1,1")
    shown = {field.name: getattr(look, field.name) for field in dataclasses.fields(Look)}
    assert shown.pop("zoom")
    assert look.settings() == shown, "a saved picture is whole"


def test_a_look_is_made_again_from_its_own_words() -> None:
    look = Look(list(SCALES)[1], 0.3, "negative", 95.5, True, "blink", "bd", 0.1)
    assert parse_look({name: str(value) for name, value in look.settings().items()}) == look
    assert parse_look({**look.settings(), "other": 3}) == look


@pytest.mark.parametrize(
    ("said", "zoom"), [("2.25,40,30", "2.25,40,30"), ("2.50,0,0", "2.5,0,0"), ("", ""), ("1,0,0", ""), ("0.5,1,1", ""),
                       ("2,1", ""), ("3,-1,2", ""), ("2,1,1,1", ""), ("9999,1,1", ""), ("٣,1,1", ""), (None, ""),
                       ([2, 1, 1], "")],
)  # fmt: skip
def test_the_part_that_is_shown_is_taken_where_it_can_be(said: object, zoom: str) -> None:
    assert parse_look({"zoom": said}).zoom == zoom


@pytest.mark.parametrize("value", [10**400, -(10**400), math.inf, math.nan, "1" + "0" * 400, "9" * 5000, None, [], {}, "one"])
def test_numbers_beyond_all_and_values_of_other_types_leave_the_display_and_the_region_at_their_defaults(value: object) -> None:
    assert parse_look(dict.fromkeys(("photo", "clip", "mix", "pair", "colours", "sign", "view", "zoom"), value)) == Look()
    assert box_of([1, 1, value, 9]) is None
    assert box_of(value) is None


def test_a_region_has_exactly_four_borders() -> None:
    assert box_of(["1", "2", "3", "4"]) == (1, 2, 3, 4)
    for borders in ([1, 2, 3], [1, 2, 3, 4, 5], "1234", {1: 0, 2: 0, 3: 0, 4: 0}, range(1, 5)):
        assert box_of(borders) is None
