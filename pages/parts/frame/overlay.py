"""Lays a map over the picture that another network saw."""

import numpy as np
from numpy.typing import NDArray

from lrp.attribution import Map

PartOfPicture = tuple[float, float, float, float]  # of a picture, in its pixels: left, top, right and bottom


def laid_over(values: Map, part: PartOfPicture, other: PartOfPicture, size: tuple[int, int]) -> Map:
    """Returns a map of one part of a picture as a map of another part, with the relevance of each place kept.

    values: (H, W). size: width and height of the result. The relevance of a pixel is shared out by area among those that it
    covers, so that whatever lies in both parts sums to the same; what lies outside of `other` is left out. A map of the same
    part and size is returned as it is.
    """
    height, width = values.shape
    if part == other and size == (width, height):
        return values
    rows = _overlaps(np.linspace(part[1], part[3], height + 1), np.linspace(other[1], other[3], size[1] + 1))
    columns = _overlaps(np.linspace(part[0], part[2], width + 1), np.linspace(other[0], other[2], size[0] + 1))
    found: Map = (rows @ values.astype(np.float64) @ columns.T).astype(values.dtype)
    return found


def _overlaps(edges: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns which share of each piece between two `edges` lies in each piece between two of `others`: (others, pieces)."""
    left = np.maximum(edges[:-1], others[:-1, None])
    right = np.minimum(edges[1:], others[1:, None])
    found: NDArray[np.float64] = (right - left).clip(min=0) / np.diff(edges)
    return found
