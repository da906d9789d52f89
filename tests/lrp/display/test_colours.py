"""Colours: what each value becomes is stated here in closed form."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lrp.attribution import Map, sum_channels
from lrp.display.colours import SCALES, SIGNS, as_int8, clipped_share, colour_limit, colour_stops, colourise, only_sign
from tests.pictures import pixels

SIZES = [(1, 1), (3, 7), (64, 64), (161, 97)]


def noise(height: int = 13, width: int = 9, seed: int = 0) -> Map:
    """Relevance as it comes: heavy tails, both signs, some exact zeros."""
    values = np.random.default_rng(seed).standard_t(2, (height, width)).astype(np.float32)
    return np.where(np.abs(values) < 0.1, np.float32(0), values)


def rgb(code: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(code))


# From relevance to a map


def test_the_channels_of_a_pixel_speak_together() -> None:
    relevance = torch.randn(1, 3, 5, 8, dtype=torch.float64)
    values = sum_channels(relevance)
    assert (values.shape, values.dtype) == ((5, 8), np.float32)
    np.testing.assert_allclose(values, relevance[0, 0] + relevance[0, 1] + relevance[0, 2], rtol=1e-6)


@pytest.mark.parametrize("shape", [(2, 3, 4, 4), (3, 4, 4), (1, 4, 4), (0, 3, 4, 4)])
def test_relevance_of_several_pictures_is_refused_with_its_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"one picture, of shape \(1, 3, H, W\), got \(" + ", ".join(map(str, shape))):
        sum_channels(torch.zeros(shape))


def test_both_signs_are_the_sum_of_either() -> None:
    values = noise()
    both, positive, negative = (only_sign(values, sign) for sign in SIGNS)
    np.testing.assert_array_equal(both, values)
    np.testing.assert_array_equal(positive + negative, values)
    assert positive.min() == 0 == negative.max()
    assert positive.any()
    assert negative.any()


def test_an_unknown_sign_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="sign must be one of both, positive, negative, got 'all'"):
        only_sign(noise(), "all")


# The limit


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.5, 100), st.floats(1e-6, 1e6))
def test_the_limit_is_the_percentile_of_the_sizes(seed: int, percentile: float, scale: float) -> None:
    values = noise(seed=seed) + np.float32(0.5)
    sizes = np.sort(np.abs(values).ravel().astype(float))
    at = percentile / 100 * (len(sizes) - 1)
    below, above = sizes[int(np.floor(at))], sizes[int(np.ceil(at))]
    expected = below + (at - np.floor(at)) * (above - below)
    assert colour_limit([values], percentile) == pytest.approx(expected, rel=1e-5)
    assert colour_limit([-values], percentile) == pytest.approx(expected, rel=1e-5)
    assert colour_limit([values * np.float32(scale)], percentile) == pytest.approx(scale * expected, rel=1e-4)


def test_the_limit_of_several_maps_is_that_of_all_their_values() -> None:
    small, large = np.full((2, 3), 1.0, np.float32), np.full((3, 5), -8.0, np.float32)
    assert colour_limit([small], 100) == 1
    assert colour_limit([small, large], 100) == 8
    assert colour_limit([small, large], 100 * 5 / 20) == 1  # the sixth of 21 values
    assert colour_limit([large, small]) == colour_limit([small, large])


def test_a_few_extreme_pixels_do_not_set_the_limit_but_are_counted() -> None:
    values = np.arange(-100, 101, dtype=np.float32)[None]
    values[0, 0] = -1e6
    limit = colour_limit([values], 99)
    assert 97 < limit < 100
    assert clipped_share(values, limit) == pytest.approx(np.mean(np.abs(values) > limit))
    assert 0 < clipped_share(values, limit) <= 0.015


def test_a_map_without_relevance_has_a_limit_to_divide_by() -> None:
    nothing = np.zeros((4, 5), np.float32)
    assert colour_limit([nothing]) == 1
    assert clipped_share(nothing, 1.0) == 0
    lonely = nothing.copy()
    lonely[2, 2] = -0.25
    assert colour_limit([lonely], 90) == 0.25  # the percentile is 0, and the largest value then counts


@pytest.mark.parametrize("percentile", [0.0, -1.0, 100.5])
def test_an_impossible_percentile_is_named_with_its_limits(percentile: float) -> None:
    with pytest.raises(ValueError, match=f"percentile must be above 0 and at most 100, got {percentile}"):
        colour_limit([noise()], percentile)


def test_a_value_at_the_limit_is_not_clipped() -> None:
    values = np.array([[-3, -2, -1, 0], [1, 2, 3, 4]], np.float32)
    assert [clipped_share(values, limit) for limit in (4.0, 3.0, 2.5, 0.5)] == [0, 1 / 8, 3 / 8, 7 / 8]


# Steps


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.floats(1e-6, 1e6))
def test_the_steps_are_symmetric_bounded_and_in_order(seed: int, limit: float) -> None:
    values = noise(seed=seed) * np.float32(limit)
    steps = as_int8(values, limit)
    assert steps.dtype == np.int8
    assert np.abs(steps.astype(int)).max() <= 127
    np.testing.assert_array_equal(as_int8(-values, limit), -steps)
    inside = np.abs(values) <= limit
    assert np.abs(steps[inside] / 127 - values[inside] / limit).max() <= 0.5 / 127 + 1e-6
    order = np.argsort(values, axis=None)
    assert (np.diff(steps.ravel()[order].astype(int)) >= 0).all()


def test_the_ends_and_the_middle_of_the_steps() -> None:
    values = np.array([[-1e9, -2.5, 0, -0.0, 2.5, 1e9]], np.float32)
    assert as_int8(values, 2.5).tolist() == [[-127, -127, 0, 0, 127, 127]]


# Colours


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(("height", "width"), SIZES)
def test_nothing_is_white_and_the_limits_are_the_ends_of_the_scale(scale: str, height: int, width: int) -> None:
    codes = SCALES[scale]
    for value, code in ((0, "ffffff"), (2.0, codes[-1]), (1e6, codes[-1]), (-2.0, codes[0]), (-1e6, codes[0])):
        picture = colourise(np.full((height, width), value, np.float32), 2.0, scale)
        assert (picture.mode, picture.size) == ("RGB", (width, height))
        assert picture.getcolors() == [(height * width, rgb(code))]


@pytest.mark.parametrize("scale", SCALES)
def test_between_two_stops_the_colour_is_mixed_of_both(scale: str) -> None:
    codes = np.array([rgb(code) for code in SCALES[scale]], float)
    values = np.linspace(-1, 1, 255, dtype=np.float32)[None]  # exactly the 255 steps
    expected = np.stack([np.interp(values[0], np.linspace(-1, 1, len(codes)), codes[:, i]) for i in range(3)], -1)
    assert np.abs(pixels(colourise(values * 7, 7.0, scale))[0] - expected).max() <= 0.51


@pytest.mark.parametrize("scale", SCALES)
def test_a_stronger_value_is_a_darker_colour_on_either_side(scale: str) -> None:
    luminance = np.array([0.2126, 0.7152, 0.0722])
    steps = np.linspace(0, 1, 20, dtype=np.float32)[None]
    for sign in (1, -1):
        assert (np.diff(pixels(colourise(sign * steps, 1.0, scale))[0] @ luminance) < 0).all()


@pytest.mark.parametrize("scale", SCALES)
def test_the_stops_run_evenly_from_against_to_for(scale: str) -> None:
    table = colour_stops(scale)
    assert [place for place, _ in table] == pytest.approx(np.linspace(0, 1, len(SCALES[scale])))
    assert [colour[:3] for _, colour in table] == [rgb(code) for code in SCALES[scale]]
    assert {colour[3] for _, colour in table} == {1}
    assert table[len(table) // 2][1][:3] == (255, 255, 255)


@pytest.mark.parametrize("photo", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("scale", SCALES)
def test_the_photo_shows_through_where_relevance_is_weak(scale: str, photo: float) -> None:
    alphas = [colour[3] for _, colour in colour_stops(scale, photo)]
    assert alphas == pytest.approx([1 - photo * (1 - abs(x)) for x in np.linspace(-1, 1, len(alphas))])
    below = Image.new("RGB", (3, 2), (200, 20, 60))
    grey = below.convert("L").getpixel((0, 0))
    nothing = colourise(np.zeros((2, 3), np.float32), 1.0, scale, below, photo)
    mixed = round(photo * grey + (1 - photo) * 255)
    assert nothing.getcolors() == [(6, (mixed,) * 3)]
    strongest = colourise(np.full((2, 3), -1, np.float32), 1.0, scale, below, photo)
    assert strongest.getcolors() == [(6, rgb(SCALES[scale][0]))]


def test_the_photo_beneath_has_no_colour_of_its_own() -> None:
    below = Image.fromarray(np.random.default_rng(1).integers(0, 256, (11, 5, 3), dtype=np.uint8))
    through = pixels(colourise(np.zeros((11, 5), np.float32), 1.0, next(iter(SCALES)), below, 1.0))
    np.testing.assert_array_equal(through, pixels(below.convert("L").convert("RGB")))


def test_without_a_photo_the_paper_is_white() -> None:
    assert colourise(np.zeros((2, 2), np.float32), 1.0, next(iter(SCALES)), None, 1.0).getcolors() == [(4, (255,) * 3)]
