"""Sizes of windows and strides, which are given as one number or as one for each axis."""

from collections.abc import Sequence

Sizes = int | Sequence[int]  # one number, or one for each axis


def size_by_axis(given: Sizes, axes: int) -> list[int]:
    """Returns `given` for each of so many axes."""
    listed = [given] if isinstance(given, int) else list(given)
    return listed * (axes // len(listed))
