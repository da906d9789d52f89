"""A map in words, for those who cannot see it."""

import numpy as np
from numpy.typing import NDArray

from lrp.attribution import Map

PLACES = (("top left", "top", "top right"), ("left", "centre", "right"), ("bottom left", "bottom", "bottom right"))


def map_summary(label: str, values: Map) -> str:
    """A map in one sentence, for those who cannot see it: the share in favour, and where it is strongest."""
    sizes = np.abs(values)
    if not sizes.sum():
        return f"{label}: no relevance at all."
    positive = float(values.clip(min=0).sum() / sizes.sum())
    peak = np.unravel_index(_smooth(sizes).argmax(), sizes.shape)
    row, column = (int(3 * place / side) for place, side in zip(peak, sizes.shape, strict=True))
    return f"{label}: {positive:.0%} of the relevance is in favour, strongest at the {PLACES[row][column]}."


def _smooth(sizes: Map) -> NDArray[np.float64]:
    """Sums over squares of an eighth of the side, so that one lonely pixel is no peak; beyond the borders the map is mirrored."""
    reach = max(1, min(sizes.shape) // 8)
    # scipy.ndimage has this filter, but takes longer to import than a page may take to show its first map.
    padded = np.pad(sizes.astype(np.float64), (reach // 2, (reach - 1) // 2), mode="symmetric")
    for _ in range(sizes.ndim):  # along the first axis, then along the other one
        places = len(padded) - reach + 1
        padded = np.add.reduce([padded[first : first + places] for first in range(reach)]).T
    return padded
