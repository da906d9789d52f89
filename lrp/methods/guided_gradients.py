"""Guided IG: a path that moves first what the output hardly reacts to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from lrp.methods.baselines import Baseline
from lrp.methods.panels import Ends, Integral
from lrp.methods.path_base import FromBaseline, baseline_setting, path_steps_setting
from lrp.network.precision import in_double, where_doubles_are
from lrp.progress import Progress
from lrp.settings import parameter
from lrp.walk.gradient_batch import CHUNK
from lrp.walk.scalar import SampleScalar

CLOSE = 1e-9  # of the L1 distance from the baseline to the picture: what is nearer than that has arrived


@dataclass(frozen=True, eq=False)
class GuidedIntegratedGradients(FromBaseline):
    """Gradients integrated along a path that avoids high gradients  [Kapishnikov et al. 2021, algorithm 1].

    Every value j goes from its baseline to its pixel by its own share alpha_j of the way, 0 to 1. Step k of n lowers the L1
    distance to x to 1 - k / n of the whole, by moving the `fraction` of all values whose |df/dx_j| is smallest, the next
    `fraction` where that is not enough, and so on. None may leave the straight line by more than `max_dist`, so alpha_j is from
    k / n - max_dist to k / n + max_dist. R_j is the integral of df/dx_j dx_j along that path, in logits, of the shape of x; it
    sums to f(x) - f(x0) in the limit of many steps. With max_dist 0 it is Integrated Gradients, with 1 the unbounded method.

    The integral is taken by Simpson's rule, from the gradients at both ends of each step and in its middle: exact in the sum
    where f has no power above the fourth. The authors' code (PAIR saliency) has the same path and takes the gradient at the
    beginning of a step alone. There the moved values were chosen for having small ones, and so it misses what they meet on the
    way: see lrp/README.md.

    baseline: as in IntegratedGradients. Raises ValueError as that does, for a fraction outside (0, 1] and for a max_dist outside
    [0, 1].
    """

    name: ClassVar[str] = "guided-integrated-gradients"
    label: ClassVar[str] = "Guided IG"
    summary: ClassVar[str] = (
        "Integrated Gradients on a detour: pixels that the answer hardly reacts to go first, which keeps out the noise that "
        "large gradients on a straight way bring in. It takes its steps one by one and is slow."
    )
    baseline: Baseline = baseline_setting()
    n_steps: int = path_steps_setting(200)
    fraction: float = parameter(
        0.25, "Moved together", "The share of the pixels, those with the smallest gradients, that moves next.",
        range=(0.01, 1.0), scale="log", unit="of all values",
    )
    max_dist: float = parameter(
        0.02, "Farthest detour", "How far a pixel may run ahead of the straight way or stay behind. 0 is Integrated Gradients.",
        range=(0.0, 1.0), unit="of the way",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.fraction <= 1:
            raise ValueError(f"fraction must be above 0 and at most 1, got {self.fraction}")
        if not 0 <= self.max_dist <= 1:
            raise ValueError(f"max_dist must be between 0 and 1, got {self.max_dist}")

    def passes(self, size: int) -> int:
        """Returns the number of gradients: one at the end of each step, and one in its middle."""
        return 2 * self.n_steps

    def integrate(self, f: SampleScalar, lines: Sequence[Ends], progress: Progress | None) -> Integral:
        ((start, end),) = lines
        way, origin = in_double(end - start), in_double(start)
        share, relevance = torch.zeros_like(way), torch.zeros_like(way)
        middles: list[tuple[Tensor, Tensor]] = []  # of steps, and what each moved, as shares of the way
        (first,), gradient = f(start)
        for step in range(1, self.n_steps + 1):
            if progress:
                progress(step / (self.n_steps + 1))
            before = gradient
            moved = self.moved(share, in_double(gradient.abs()), way.abs(), step / self.n_steps)
            (last,), gradient = f((origin + moved * way).to(start))
            relevance += where_doubles_are((before + gradient) / 6) * (moved - share)
            middles.append(((share + moved) / 2, moved - share))
            share = moved
            if len(middles) == CHUNK or step == self.n_steps:
                _, gradients = f(torch.cat([origin + place * way for place, _ in middles]).to(start))
                found = where_doubles_are(gradients)
                relevance += 4 / 6 * sum(each * change for each, (_, change) in zip(found, middles, strict=True))
                middles = []
        return Integral((relevance * way).to(start), float(last) - float(first), self.n_steps)

    def moved(self, share: Tensor, strength: Tensor, way: Tensor, reached: float) -> Tensor:
        """Returns the share of its way that each value has behind it after a step; on the straight line all would be `reached`.

        share: those before. strength: the absolute gradients. way: the lengths of the whole way. All of one shape, in double.
        """
        lowest = max(reached - self.max_dist, 0.0)
        highest = min(reached + self.max_dist, 1.0)
        moved, way = share.clamp(min=lowest).flatten(), way.flatten()
        missing = float(reached * way.sum() - (way * moved).sum())
        free = ((moved < highest) & (way > 0)).nonzero().squeeze(1)
        ranked, order = strength.flatten()[free].sort()
        count, begin = int(self.fraction * (len(moved) - 1)) + 1, 0
        while missing > CLOSE * float(way.sum()) and begin < len(free):
            end = min(begin + count, len(free))
            end = int(torch.searchsorted(ranked, ranked[end - 1], right=True))  # equals move together
            chosen = free[order[begin:end]]
            ahead = highest - moved[chosen]
            room = float((way[chosen] * ahead).sum())
            if room > missing:
                moved[chosen] += missing / room * ahead
            else:
                moved[chosen] = highest
            missing, begin = missing - room, end
        return moved.view_as(share)
