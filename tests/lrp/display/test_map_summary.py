"""What is said of a map to those who cannot see it."""

import numpy as np
import pytest
from scipy.ndimage import uniform_filter

from lrp.display.map_summary import PLACES, map_summary


@pytest.mark.parametrize("side", [9, 32, 160])
@pytest.mark.parametrize(("row", "column"), [(r, c) for r in range(3) for c in range(3)])
def test_a_map_in_words_names_the_place_of_its_peak(side: int, row: int, column: int) -> None:
    values = np.zeros((side, side), np.float32)
    third = side / 3
    values[int(row * third + third / 2), int(column * third + third / 2)] = -1
    place = f"{('top', '', 'bottom')[row]} {('left', '', 'right')[column]}".strip() or "centre"
    assert map_summary("A map", values).endswith(f" the {place}.")


def test_a_map_in_words_says_how_much_of_it_speaks_for_the_class() -> None:
    values = np.array([[3, 0, 0], [0, -1, 0], [0, 0, 0]], np.float32)
    assert "75%" in map_summary("A map", values)
    assert map_summary("A map", values).startswith("A map")
    assert "no relevance" in map_summary("A map", np.zeros((3, 3), np.float32))


def test_one_lonely_pixel_is_no_peak() -> None:
    values = np.zeros((160, 160), np.float32)
    values[5, 5] = 10
    values[120:150, 120:150] = 1
    assert map_summary("A map", values).endswith("bottom right.")


@pytest.mark.parametrize("shape", [(5, 5), (16, 16), (17, 40), (160, 160), (224, 224)])
def test_the_peak_of_a_map_is_that_of_scipys_uniform_filter(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    for _ in range(20):
        values = random.standard_normal(shape).astype(np.float32) ** 3
        smooth = uniform_filter(np.abs(values), size=max(1, min(shape) // 8))
        row, column = (int(3 * at / side) for at, side in zip(np.unravel_index(smooth.argmax(), shape), shape, strict=True))
        assert map_summary("A map", values).endswith(f" at the {PLACES[row][column]}.")
