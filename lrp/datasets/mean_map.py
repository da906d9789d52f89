"""The mean of many maps, with its spread: what a network looks at in general."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrp.attribution import Map
from lrp.datasets.dataset import DataSet, ExplainedPicture, Maps


@dataclass(frozen=True)
class MeanMap:
    """The mean (H, W) of n normalised maps, and at each pixel their standard deviation (with n - 1; 0 for one map).

    Each map is first divided by the sum of its |relevance|, so that a picture which the network is sure of counts no more
    than any other; the values are shares of a picture's relevance.
    """

    mean: Map
    spread: Map
    n: int


def normalised(maps: Maps) -> Maps:
    """Returns maps (N, ...) each divided by the sum of its absolute values; a map of zeros as it is.

    By that sum and not by the signed one, which may be near 0.
    """
    sizes = np.abs(maps).sum(axis=tuple(range(1, maps.ndim)), keepdims=True, dtype=np.float64)
    shares: Maps = (maps / np.where(sizes > 0, sizes, 1)).astype(np.float32)
    return shares


def mean_map(dataset: DataSet, pictures: Sequence[ExplainedPicture]) -> MeanMap:
    """Returns the mean of the normalised maps of these pictures, and their spread.

    Maps are read some at a time, never all at once. Raises StoreError where they cannot be read, and ValueError for no picture.
    """
    if not pictures:
        raise ValueError("a mean map needs at least one picture, got none")
    total, squares = 0.0, 0.0
    for maps in dataset.map_chunks(pictures):
        shares = normalised(maps).astype(np.float64)
        total, squares = total + shares.sum(0), squares + (shares**2).sum(0)
    n = len(pictures)
    mean = np.asarray(total) / n
    variance = (np.asarray(squares) - n * mean**2).clip(min=0) / max(n - 1, 1)
    return MeanMap(mean.astype(np.float32), np.sqrt(variance).astype(np.float32), n)
