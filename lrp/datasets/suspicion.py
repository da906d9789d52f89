"""The test of a suspicion: whether a network needs what lies in one region of some pictures, more than in as many others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lrp.metrics.regions import blur_inside
from lrp.metrics.statistics import PairedDifference, paired_difference
from lrp.models.backbone import Backbone
from lrp.network.inputs import logits_of
from lrp.progress import Progress, part_of
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
    difference: the mean of suspected - others, with the interval that holds it with 95 % confidence. beyond_opposite: the same
    where from each fall that is taken which the region opposite costs the same picture; None where there is none to compare.
    """

    suspected: Numbers
    others: Numbers
    difference: PairedDifference
    beyond_opposite: PairedDifference | None = None

    @property
    def is_confirmed(self) -> bool:
        """Whether the class falls more in the suspected pictures, beyond what the choice of pictures explains.

        And beyond what any such change costs them: where the network begins surer, every change may cost more.
        """
        return self.difference.low > 0 and (self.beyond_opposite is None or self.beyond_opposite.low > 0)


def opposite(region: Region, height: int, width: int) -> Region | None:
    """Returns the region on the other side of a picture's centre; None for one that lies across the centre.

    Raises ValueError for a region that reaches beyond the picture.
    """
    region.check(height, width)
    other = Region(width - region.right, height - region.bottom, width - region.left, height - region.top)
    across = region.left < other.right and other.left < region.right
    return None if across and region.top < other.bottom and other.top < region.bottom else other


def move_inside(x: Tensor, region: Region) -> Tensor:
    """Returns `x`, (N, C, H, W), with the region exchanged for the one on the other side of the centre.

    What lay there is still in the picture, in another place: a network that falls by this needs the place, one that falls by a
    blur alone needs what is shown there. Raises ValueError for a region that reaches beyond the picture or across its centre.
    """
    other = opposite(region, x.shape[-2], x.shape[-1])
    if other is None:
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
    control = opposite(region, *suspected.shape[-2:]) if change == BLUR else None
    regions = [region] if control is None else [region, control]
    one = _falls(backbone, suspected, target, regions, change, part_of(progress, 0.0, 0.5))
    other = _falls(backbone, others, target, regions, change, part_of(progress, 0.5, 1.0))
    beyond = None if control is None else _difference(one[0] - one[1], other[0] - other[1])
    return Suspicion(one[0], other[0], _difference(one[0], other[0]), beyond)


def _difference(suspected: Numbers, others: Numbers) -> PairedDifference:
    return paired_difference(suspected.tolist(), others.tolist(), expanded=True)


def _falls(
    backbone: Backbone, x: Tensor, target: int, regions: Sequence[Region], change: str, progress: Progress | None
) -> Numbers:
    """By how much the class falls in each picture when each of the regions is changed, (regions, N)."""
    parts = []
    for start in range(0, len(x), BATCH):
        part = x[start : start + BATCH]
        before = _said(backbone, part, target)
        parts.append(np.stack([before - _said(backbone, changed_inside(part, region, change), target) for region in regions]))
        if progress:
            progress(min(1.0, (start + BATCH) / len(x)))
    return np.concatenate(parts, axis=1)


def _said(backbone: Backbone, x: Tensor, target: int) -> Numbers:
    """What the network says of a class in each picture, (N,)."""
    with torch.inference_mode():
        predictions = backbone.kind.predictions(logits_of(backbone.network, x))
    return predictions[:, target].double().cpu().numpy()

