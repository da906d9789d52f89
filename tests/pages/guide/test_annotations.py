"""The places that the guide marks in its heatmap."""

import numpy as np
import pytest
from PIL import Image

from pages.parts.guide.annotations import APART, RADIUS, FigurePicture, circle_sums, circles_html, places_of

ENDS = ("red", "blue")


@pytest.mark.parametrize("radius", [1.0, 2.5, 4.9])
def test_circles_are_summed_as_pixel_by_pixel(radius: float) -> None:
    values = np.random.default_rng(1).normal(size=(13, 17))
    rows, columns = np.indices(values.shape)
    for row, column in [(0, 0), (6, 8), (12, 16), (2, 15)]:
        wanted = values[np.hypot(rows - row, columns - column) <= radius].sum()
        assert circle_sums(values, radius)[row, column] == pytest.approx(wanted)


def spots(**amounts: float) -> np.ndarray:
    values = np.zeros((100, 100), np.float32)
    places = {"left": (50, 20), "right": (50, 80), "top": (20, 50)}
    for name, amount in amounts.items():
        values[places[name]] = amount
    return values


def test_the_strongest_places_are_found_and_told_with_their_shares() -> None:
    first, second, pale = places_of(spots(left=6, right=3), "cat", ENDS)
    assert np.hypot(first.row - 50, first.column - 20) <= first.radius
    assert np.hypot(second.row - 50, second.column - 80) <= second.radius
    assert "67%" in first.text
    assert "33%" in second.text
    for one, other in ((first, second), (first, pale), (second, pale)):
        assert np.hypot(one.row - other.row, one.column - other.column) >= APART * 100 * RADIUS
    assert "Pale" in pale.text


def test_what_speaks_against_the_class_is_marked_where_there_is_enough_of_it() -> None:
    *_, against, _ = places_of(spots(left=6, right=3, top=-1), "cat", ENDS)
    assert np.hypot(against.row - 20, against.column - 50) <= against.radius
    assert "blue" in against.text
    assert len(places_of(spots(left=60, right=30, top=-1), "cat", ENDS)) == 3
    assert len(places_of(spots(), "cat", ENDS)) == 3  # a map without any relevance breaks nothing


def test_the_figure_numbers_the_circles_as_the_sentences() -> None:
    places = places_of(spots(left=6, right=3), "cat", ENDS)
    picture = Image.new("RGB", (100, 100))
    panels = [FigurePicture(picture, "Seen", "A cat."), FigurePicture(picture, "Map", "A map.")]
    html = circles_html(panels, places, (100, 100), "<p>Below</p>")
    assert html.count('class="circle"') == 6
    assert html.count("<li>") == 3
    assert f"left:{places[0].column - places[0].radius:.2f}%" in html
    assert 'alt="A map."' in html
