"""Integrals of gradients along lines, by panels that are halved where completeness shows the largest errors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple

import torch
from torch import Tensor

from lrp.attribution import Panel, relative_gap
from lrp.network.precision import in_double, where_doubles_are
from lrp.progress import Progress, part_of
from lrp.walk.gradient_batch import CHUNK

GRADING = 1.5  # the first panels are the smaller the nearer they are to the baseline, where the gradient changes most
FEWEST = 3  # nodes of a line: with one panel there would be no coarser rule to compare with
LEAST = 4  # panels halved in a round, for a small batch takes longer a picture
ROUND = 6  # one of so many panels is halved in a round where that is more
SLIGHT = 0.05  # of the largest error: halving a panel with less than that is not worth a gradient
MAX_GRADIENTS = 256  # gradients in memory; beyond, every panel is halved, which needs only their sum
EXACT = 0.999  # of the tolerance: the map's own sum is rounded
MAP_ERROR = 0.6  # of the change since every second node was left out; measured, see lrp/README.md

Ends = tuple[Tensor, Tensor]  # of a line, (1, ...) each
LinePlace = tuple[int, float]  # the line, and t on it
ValueAndGradient = Callable[[Tensor], tuple[Tensor, Tensor]]  # as of `lrp.walk.scalar.SampleScalar`


class PathNode(NamedTuple):
    """The value of f at one point of a path, and its slope along the line."""

    value: float
    slope: float


@dataclass(frozen=True)
class Integral:
    """The integrated gradients of one sample, the mean over all lines to it.

    relevance: (1, ...). explained: the mean of f(end) - f(start). n_steps: gradients taken on all lines together. panels: those
    in the end, errors in the units of f; map_error: estimated L1 distance to the exact map, as a share of the map's L1 norm;
    empty and None where there are no panels.
    """

    relevance: Tensor
    explained: float
    n_steps: int
    panels: tuple[Panel, ...] = ()
    map_error: float | None = None


def integrate(
    f: ValueAndGradient, lines: Sequence[Ends], first: int, tolerance: float, limit: int, progress: Progress | None = None
) -> Integral:
    """Returns the mean over `lines` of (end - start) * integral over t in [0, 1] of f's gradient at start + t (end - start).

    The trapezoid rule has its nodes at the ends of panels, so each pass through the network gives a gradient, and f at an end of
    two panels; halving a panel reuses both. Every line begins with `first` nodes. Then the panels with the largest errors are
    halved until the sum of all errors is at most `tolerance` of what the map should sum to, or `limit` gradients a line are
    taken. Exact where f is quadratic along the lines.
    f: takes k pictures, returns the explained scalars (k,) and their gradients.
    progress: called with the share done; how many rounds follow is not known, so each gets half of what is left.
    """
    rule, floor, first = _Trapezoid(f, lines), 0.0, max(first, FEWEST)
    places = [(line, (i / (first - 1)) ** GRADING) for line in range(len(lines)) for i in range(first)]
    while places:
        rule.add(places, part_of(progress, floor, (1 + floor) / 2))
        floor = (1 + floor) / 2
        places = [] if rule.gap <= EXACT * tolerance else rule.worst(limit * len(lines))
    return rule.result()


class _Trapezoid:
    """The trapezoid rule on all lines. Holds up to MAX_GRADIENTS gradients; beyond, the sums of this and of a coarser rule."""

    def __init__(self, f: ValueAndGradient, lines: Sequence[Ends]) -> None:
        self.f, self.lines = f, lines
        self.nodes: dict[LinePlace, PathNode] = {}
        self.panels: list[Panel] = []
        self.shares: dict[LinePlace, Tensor] | None = {}  # of each node: what every input value has of its slope
        self.fine = self.coarse = torch.zeros_like(lines[0][0])

    def add(self, places: Sequence[LinePlace], progress: Progress | None) -> None:
        """Takes the gradients at `places`, which are all ends of the first panels, or middles of panels that are to be halved."""
        before, after = sorted(self.nodes), sorted([*self.nodes, *places])
        if self.shares is not None and len(after) > MAX_GRADIENTS:
            self.coarse = self.fine = self._sum(before)
            self.shares = None
        weights = _weights(after)
        coarse = {} if before else _weights(_every_second(after))
        if self.shares is None:
            self.coarse, self.fine = self.fine, self.fine / 2  # every panel is halved, so what is known gets half the weight
        for begin in range(0, len(places), CHUNK):
            if progress:
                progress(begin / len(places))
            chunk = places[begin : begin + CHUNK]
            for place, share in zip(chunk, self._gradients(chunk), strict=True):
                if self.shares is None:
                    self.fine = self.fine + weights[place] * share
                    self.coarse = self.coarse + coarse.get(place, 0.0) * share
                else:
                    self.shares[place] = share
        self.panels = [self._panel(begin, end) for begin, end in pairwise(after) if begin[0] == end[0]]

    def worst(self, limit: int) -> list[LinePlace]:
        """The middles of the panels to halve next; none where the gradients would be more than `limit`."""
        taken = len(self.nodes)
        count = min(max(LEAST, len(self.panels) // ROUND), len(self.panels))
        count = min(count, limit - taken) if taken + count <= MAX_GRADIENTS else len(self.panels)
        if not 0 < count <= limit - taken:
            return []
        largest = sorted(self.panels, key=lambda panel: -abs(panel.error))[:count]
        if count < len(self.panels):
            largest = [panel for panel in largest if abs(panel.error) >= SLIGHT * abs(largest[0].error)]
        return [(panel.line, (panel.begin + panel.end) / 2) for panel in largest]

    @property
    def explained(self) -> float:
        """The mean over the lines of f(end) - f(start)."""
        lines = range(len(self.lines))
        return sum(self.nodes[line, 1.0].value - self.nodes[line, 0.0].value for line in lines) / len(lines)

    @property
    def gap(self) -> float:
        """|sum of the errors| / |explained|."""
        return relative_gap(sum(panel.error for panel in self.panels) / len(self.lines), self.explained)

    def result(self) -> Integral:
        if self.shares is not None:
            places = sorted(self.nodes)
            self.fine, self.coarse = self._sum(places), self._sum(_every_second(places))
        change = float((self.fine - self.coarse).abs().sum())
        strength = float(self.fine.abs().sum())
        map_error = MAP_ERROR * change / strength if strength else 0.0
        relevance = self.fine / len(self.lines)
        return Integral(relevance, self.explained, len(self.nodes), tuple(self.panels), map_error)

    def _gradients(self, places: Sequence[LinePlace]) -> Tensor:
        """Returns the gradient times the line's direction at each of `places`, (k, ...), and keeps the nodes."""
        starts, ends = zip(*(self.lines[line] for line, _ in places), strict=True)
        pictures = torch.cat([torch.lerp(*self.lines[line], t) for line, t in places])
        values, gradients = self.f(pictures)
        shares = gradients * (torch.cat(ends) - torch.cat(starts))
        slopes = where_doubles_are(shares).flatten(1).sum(1, dtype=torch.double)
        found = zip(in_double(values).tolist(), slopes.tolist(), strict=True)
        self.nodes |= {place: PathNode(*numbers) for place, numbers in zip(places, found, strict=True)}
        return shares.unsqueeze(1)

    def _panel(self, begin: LinePlace, end: LinePlace) -> Panel:
        first = self.nodes[begin]
        last = self.nodes[end]
        width = end[1] - begin[1]
        return Panel(begin[0], begin[1], end[1], width * (first.slope + last.slope) / 2 - (last.value - first.value))

    def _sum(self, places: Sequence[LinePlace]) -> Tensor:
        assert self.shares is not None
        total = torch.zeros_like(self.fine)
        for place, weight in _weights(places).items():
            total.add_(self.shares[place], alpha=weight)
        return total


def _weights(places: Sequence[LinePlace]) -> dict[LinePlace, float]:
    """The weight of each node of the trapezoid rule whose panels lie between `places`, in order."""
    weights = dict.fromkeys(places, 0.0)
    for begin, end in pairwise(places):
        if begin[0] == end[0]:
            weights[begin] += (end[1] - begin[1]) / 2
            weights[end] += (end[1] - begin[1]) / 2
    return weights


def _every_second(places: Sequence[LinePlace]) -> list[LinePlace]:
    """Every second node of each line, and both its ends."""
    by_line = [list(nodes) for _, nodes in groupby(places, key=itemgetter(0))]
    return [place for nodes in by_line for place in dict.fromkeys([*nodes[::2], nodes[-1]])]
