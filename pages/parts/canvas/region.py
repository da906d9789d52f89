"""Fits the marked region into the picture, and measures its share of it."""

from lrp.region import Region
from pages.parts.canvas.look import Box


def region_within(box: Box | None, size: tuple[int, int]) -> Region | None:
    """Returns the part of the box that lies in a picture of that size (width, height); None where none does."""
    if box is None or box[0] >= size[0] or box[1] >= size[1]:
        return None
    return Region(box[0], box[1], min(box[2], size[0]), min(box[3], size[1]))



def share_covered(region: Region, size: tuple[int, int]) -> float:
    """Returns the share of a picture (width, height) that the region covers: what a map that knows nothing has inside."""
    return (region.right - region.left) * (region.bottom - region.top) / (size[0] * size[1])

