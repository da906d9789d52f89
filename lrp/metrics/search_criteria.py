"""How good a map is, as a search for settings judges it: by faithfulness, and by localisation in mosaics."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lrp.attribution import sum_channels
from lrp.methods import explain
from lrp.methods.method import Method
from lrp.metrics.faithfulness import gains
from lrp.metrics.localisation import grid_pointing_game, mosaic
from lrp.metrics.perturbation import Perturbation
from lrp.network.forward_pass import trace
from lrp.network.network_of import AnyNetwork
from lrp.progress import Progress, part_of

SIDE = 2  # pictures along a side of a mosaic


@dataclass(frozen=True)
class Criterion:
    """The words for a criterion: in a heading, and in the sentences "X ... than Y" and "there is no difference in ..."."""

    label: str
    better: str
    worse: str
    meaning: str


CRITERIA = {
    "faithfulness": Criterion(
        "Faithfulness", "is more faithful", "is less faithful",
        "the area under the insertion curve less that under the deletion curve, 0 by chance",
    ),
    "localisation": Criterion(
        "Localisation", "localises better", "localises worse",
        f"the share of the positive relevance in the right picture of a mosaic of {SIDE} x {SIDE}, {1 / SIDE**2:.2f} by chance",
    ),
}  # fmt: skip
MEASURES = {**{name: (name,) for name in CRITERIA}, "both": tuple(CRITERIA)}  # what a person chooses -> the criteria

Scores = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Case:
    """A picture to judge maps by.

    x: (1, C, H, W). target: the class that is explained. cells: the pictures of a mosaic, row by row, of which that at `place`
    is this one; empty where localisation is not asked for.
    """

    x: Tensor
    target: int
    cells: tuple[Tensor, ...] = ()
    place: int = 0


class Meter:
    """Reports the share of work that is done, of parts that cost differently. total: the cost of all."""

    def __init__(self, progress: Progress | None, total: float) -> None:
        self._progress, self._total, self._done = progress, total, 0.0

    def part(self, cost: float) -> Progress | None:
        """Returns the callback of the next part."""
        begin, self._done = self._done, self._done + cost
        return part_of(self._progress, min(begin / self._total, 1.0), min(self._done / self._total, 1.0))


def cases_of(x: Tensor, classes: Sequence[int], indices: Sequence[int], with_mosaics: bool, seed: int) -> list[Case]:
    """Returns a case for each of the pictures at `indices` of `x` (N, C, H, W); mosaics hold no other pictures."""
    own = [classes[i] for i in indices]
    pictures = [x[i : i + 1] for i in indices]
    if not with_mosaics:
        return [Case(picture, target) for picture, target in zip(pictures, own, strict=True)]
    drawn = draw_mosaics(own, seed)
    return [
        Case(picture, target, tuple(pictures[k] for k in chosen), chosen.index(i))
        for i, (picture, target, chosen) in enumerate(zip(pictures, own, drawn, strict=True))
    ]


def draw_mosaics(classes: Sequence[int], seed: int = 0) -> list[list[int]]:
    """Draws a mosaic for each picture: SIDE x SIDE indices of pictures of different classes, its own at each place in turn.

    Raises ValueError for less than SIDE x SIDE classes.
    """
    by_class: dict[int, list[int]] = {}
    for i, own in enumerate(classes):
        by_class.setdefault(own, []).append(i)
    if len(by_class) < SIDE**2:
        raise ValueError(f"localisation needs pictures in which the network sees at least {SIDE**2} classes, got {len(by_class)}")
    generator = np.random.default_rng(seed)
    drawn = []
    for i, own in enumerate(classes):
        others = generator.permutation([other for other in by_class if other != own])[: SIDE**2 - 1]
        chosen = [int(generator.choice(by_class[int(other)])) for other in others]
        chosen.insert(i % SIDE**2, i)
        drawn.append(chosen)
    return drawn


def passes_by_criterion(method: Method, criteria: Sequence[str], size: int, perturbation: Perturbation) -> dict[str, float]:
    """Returns by criterion the passes forward and back that one picture of `size` pixels takes; two forward alone are one."""
    maps = method.passes(size)
    costs = {"faithfulness": maps + perturbation.steps, "localisation": SIDE**2 * maps}
    return {name: float(costs[name]) for name in criteria}


def criterion_scores(
    network: AnyNetwork, case: Case, methods: Sequence[Method], criteria: Sequence[str], perturbation: Perturbation, meter: Meter
) -> Scores:
    """Returns the scores (M, len(criteria)) of the maps of one picture by M methods; larger is better."""
    judges = {"faithfulness": _faithfulness, "localisation": _localisation}
    return np.stack([judges[name](network, case, methods, perturbation, meter) for name in criteria], 1)


def _faithfulness(network: AnyNetwork, case: Case, methods: Sequence[Method], perturbation: Perturbation, meter: Meter) -> Scores:
    forward = trace(network, case.x)
    maps = []
    for method in methods:
        part = meter.part(method.passes(case.x.shape[-1]))
        maps.append(sum_channels(explain(network, forward, case.target, method, part).relevance))
    return gains(network, case.x, case.target, maps, perturbation, meter.part(len(methods) * perturbation.steps))


def _localisation(network: AnyNetwork, case: Case, methods: Sequence[Method], perturbation: Perturbation, meter: Meter) -> Scores:
    forward = trace(network, mosaic(torch.cat(case.cells)))
    shares = []
    for method in methods:
        part = meter.part(SIDE**2 * method.passes(case.x.shape[-1]))
        values = sum_channels(explain(network, forward, case.target, method, part).relevance)
        shares.append(grid_pointing_game(values, SIDE, case.place))
    return np.where(np.isnan(shares), 0.0, shares)  # a map without positive relevance finds nothing
