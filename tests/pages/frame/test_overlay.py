"""A map of one network laid over the picture that another one saw."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.parts.frame.overlay import laid_over

WHOLE = (0.0, 0.0, 8.0, 8.0)


def test_a_map_of_the_same_part_is_the_same_object() -> None:
    values = np.arange(16, dtype=np.float32).reshape(4, 4)
    assert laid_over(values, WHOLE, WHOLE, (4, 4)) is values


def test_the_relevance_of_a_large_pixel_is_shared_out_among_the_small_ones() -> None:
    values = np.array([[4.0, 8.0], [-4.0, 0.0]], dtype=np.float32)
    found = laid_over(values, WHOLE, WHOLE, (4, 4))
    assert np.array_equal(found, np.kron(values / 4, np.ones((2, 2))))


def test_small_pixels_are_summed_in_a_large_one() -> None:
    values = np.arange(16, dtype=np.float32).reshape(4, 4)
    sums = [[0 + 1 + 4 + 5, 2 + 3 + 6 + 7], [8 + 9 + 12 + 13, 10 + 11 + 14 + 15]]
    assert np.array_equal(laid_over(values, WHOLE, WHOLE, (2, 2)), sums)


def test_what_lies_outside_of_the_other_part_is_left_out_and_what_it_lacks_is_empty() -> None:
    values = np.array([[1.0, 2.0, 3.0, 4.0]], dtype=np.float32)
    found = laid_over(values, (0, 0, 4, 1), (2, 0, 6, 1), (4, 1))
    assert np.array_equal(found, [[3.0, 4.0, 0.0, 0.0]])


def test_pixels_that_do_not_meet_share_by_area() -> None:
    values = np.array([[1.0, 1.0, 1.0]], dtype=np.float32)  # three pixels over two
    assert laid_over(values, (0, 0, 3, 1), (0, 0, 3, 1), (2, 1)) == pytest.approx(np.array([[1.5, 1.5]]))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), st.integers(1, 9),
    st.floats(0, 5), st.floats(0.5, 9), st.integers(0, 99),
)  # fmt: skip
def test_a_part_that_holds_the_whole_map_keeps_its_sum(
    height: int, width: int, rows: int, columns: int, start: float, side: float, seed: int
) -> None:
    values = np.random.default_rng(seed).normal(size=(height, width)).astype(np.float32)
    part = (start, start, start + side, start + side)
    found = laid_over(values, part, (start - 1, start - 0.5, start + side + 2, start + side), (columns, rows))
    assert found.shape == (rows, columns)
    assert found.dtype == values.dtype
    assert float(found.sum()) == pytest.approx(float(values.sum()), abs=1e-4)
