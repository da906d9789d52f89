"""The test of a suspicion: whether a network needs what lies in one region of some pictures, more than in as many others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lrp.metrics.regions import blur_inside
from lrp.metrics.statistics import PairedDifference, paired_difference
from lrp.models.backbone import Backbone
from lrp.network.inputs import logits_of
from lrp.progress import Progress
from lrp.region import Region

BLUR, MOVE = "blur", "move"
CHANGES = (BLUR, MOVE)
BATCH = 16  # pictures that the network is given at once
MIN_PAIRS = 3

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Suspicion:
    """By how much a class falls when a region of pictures is changed: in those suspected, and in as many others.

    suspected, others: (N,), the fall of what the network says of the class (probability, score or value), pair by pair.
    difference: the mean of suspected - others, with the interval that holds it with 95 % confidence.
    """

    suspected: Numbers
    others: Numbers
    difference: PairedDifference

    @property
    def is_confirmed(self) -> bool:
        """Whether the class falls more in the suspected pictures, beyond what the choice of pictures explains."""
        return self.difference.low > 0


def move_inside(x: Tensor, region: Region) -> Tensor:
    """Returns `x`, (N, C, H, W), with the region exchanged for the one on the other side of the centre.

    What lay there is still in the picture, in another place: a network that falls by this needs the place, one that falls by a
    blur alone needs what is shown there. Raises ValueError for a region that reaches beyond the picture or across its centre.
    """
    height, width = x.shape[-2:]
    region.check(height, width)
    other = Region(width - region.right, height - region.bottom, width - region.left, height - region.top)
    if _overlap(region, other):
        raise ValueError(f"a region across the centre cannot change places with its opposite, got {region}; blur it instead")
    changed = x.clone()
    changed[..., *region.inside], changed[..., *other.inside] = x[..., *other.inside], x[..., *region.inside]
    return changed


def changed_inside(x: Tensor, region: Region, change: str) -> Tensor:
    """Returns `x` with the region changed by one of CHANGES. Raises ValueError for another one, and as `move_inside` does."""
    if change not in CHANGES:
        raise ValueError(f"change must be one of {', '.join(CHANGES)}, got {change!r}")
    return (blur_inside if change == BLUR else move_inside)(x, region)


def draw_pairs(suspected: int, others: int, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns the indices of suspected pictures and, for each, that of another one: as many pairs as both suffice for.

    Drawn at random, each picture once. Raises ValueError with a sentence for less than MIN_PAIRS.
    """
    count = min(suspected, others)
    if count < MIN_PAIRS:
        needed = f"at least {MIN_PAIRS} pictures and as many others of the class"
        raise ValueError(f"the test needs {needed}, got {suspected} and {others}")
    generator = np.random.default_rng(seed)
    return np.sort(generator.permutation(suspected)[:count]), generator.permutation(others)[:count]


def measure_suspicion(
    backbone: Backbone, suspected: Tensor, others: Tensor, target: int, region: Region, change: str = BLUR,
    progress: Progress | None = None,
) -> Suspicion:
    """Returns by how much the class `target` falls when the region is changed, in N suspected pictures and in N others.

    suspected, others: (N, C, H, W), pair by pair, such as `draw_pairs` chooses them. change: one of CHANGES. progress: called
    with the share done; raising from it stops the work. Raises ValueError as `changed_inside` does, and where the two differ
    in number.
    """
    if len(suspected) != len(others):
        raise ValueError(f"suspected and others must be as many, got {len(suspected)} and {len(others)}")
    falls = []
    for begin, x in ((0.0, suspected), (0.5, others)):
        parts = []
        for start in range(0, len(x), BATCH):
            part = x[start : start + BATCH]
            parts.append(_said(backbone, part, target) - _said(backbone, changed_inside(part, region, change), target))
            if progress:
                progress(begin + 0.5 * min(1.0, (start + BATCH) / len(x)))
        falls.append(np.concatenate(parts))
    difference = paired_difference(falls[0].tolist(), falls[1].tolist(), expanded=True)
    return Suspicion(falls[0], falls[1], difference)


def _said(backbone: Backbone, x: Tensor, target: int) -> Numbers:
    """What the network says of a class in each picture, (N,)."""
    with torch.inference_mode():
        predictions = backbone.kind.predictions(logits_of(backbone.network, x))
    return predictions[:, target].double().cpu().numpy()


def _overlap(one: Region, other: Region) -> bool:
    return one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom
