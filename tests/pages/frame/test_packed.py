"""Arrays on their way to the browser: the same numbers come out of the message, at addresses that the browser can read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.parts.frame.packed import pack_message
from tests.canvas_messages import unpacked

ARRAYS = {
    "odd": np.array([1, 2, 255], np.uint8),
    "signed": np.array([[-127, 127]], np.int8),
    "wide": np.array([-32768, 7], np.int16),
}


def test_the_header_and_every_array_come_back() -> None:
    header, arrays = unpacked(pack_message({"title": "größer", "none": None}, ARRAYS))
    assert (header["title"], header["none"]) == ("größer", None)
    assert arrays.keys() == ARRAYS.keys()
    for name, values in ARRAYS.items():
        assert arrays[name].dtype == values.dtype
        np.testing.assert_array_equal(arrays[name], values.ravel())


@given(st.lists(st.integers(0, 9), max_size=6))
def test_every_array_begins_where_numbers_of_any_size_may(lengths: list[int]) -> None:
    arrays = {str(i): np.full(length, i, [np.uint8, np.int16, np.int8][i % 3]) for i, length in enumerate(lengths)}
    header, found = unpacked(pack_message({}, arrays))
    assert all(told["at"] % 8 == 0 for told in header["arrays"].values())
    assert [found[name].tolist() for name in arrays] == [values.tolist() for values in arrays.values()]


@pytest.mark.parametrize("order", [">", "<"])
def test_numbers_are_sent_little_endian(order: str) -> None:
    message = pack_message({}, {"a": np.array([1], f"{order}i2")})
    assert message[-8:-6] == b"\x01\x00"
