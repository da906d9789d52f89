"""Integrated Gradients: by panels down to a tolerated gap, or by Captum with a fixed number of steps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, ClassVar, Self, cast

import torch
from torch import Tensor

from lrp.attribution import Attribution
from lrp.methods.baselines import Baseline
from lrp.methods.panels import Ends, Integral, integrate
from lrp.methods.path_base import STEP_LIMIT, FromBaseline, PathMethod, baseline_setting
from lrp.network.graph import Network
from lrp.progress import Progress
from lrp.settings import parameter
from lrp.walk.gradient_batch import pictures_at_once
from lrp.walk.objectives import Objective
from lrp.walk.scalar import ExplainedScalar, SampleScalar


def n_steps_setting(default: int) -> int:
    """A field for the number of gradients on a line: exactly so many without a tolerance, else to begin with."""
    return parameter(
        default, "Steps",
        "How finely the way from the baseline is cut: exactly so where the tolerated gap is none, else to begin with. "
        "More is more exact and slower.",
        range=(1, STEP_LIMIT), scale="whole",
    )


def tolerance_setting(default: float) -> float | None:
    """A field for the completeness gap down to which steps are halved; None takes exactly n_steps."""
    return parameter(
        default, "Tolerated gap", "Halve the steps that are most wrong until the sum is this close to what it should be.",
        options=(0.05, 0.02, 0.01, 0.005, None), unit="of what the map should sum to",
    )


class Lines(PathMethod):
    """Base of the methods that integrate gradients along straight lines and average over the lines."""

    tolerance: float | None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.tolerance is not None and not self.tolerance > 0:
            raise ValueError(f"tolerance must be above 0 or None, got {self.tolerance}")

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return 1

    def passes(self, size: int) -> int:
        """Returns the number of gradients on all lines together, before any panel is halved."""
        return self.n_steps * self.line_count

    def with_steps(self, gradients: int) -> Self:
        """The same with about so many gradients in all, as many on every line, whatever gap that leaves."""
        n_steps = min(max(gradients // self.line_count, 1), STEP_LIMIT)
        return cast(Self, replace(cast(Any, self), n_steps=n_steps, tolerance=None))

    def integrate(self, f: SampleScalar, lines: Sequence[Ends], progress: Progress | None) -> Integral:
        assert self.tolerance is not None  # else `attribution` takes exactly n_steps
        return integrate(f, lines, self.n_steps, self.tolerance, STEP_LIMIT, progress)

    def attribution(
        self, network: Network, objective: Objective, x: Tensor, logits: Tensor, progress: Progress | None
    ) -> Attribution:
        if self.tolerance is not None:
            return super().attribution(network, objective, x, logits, progress)
        f = ExplainedScalar(network, objective, len(x), progress)
        lines = self.lines(network, x)
        with torch.no_grad():
            difference = _mean((f(x + shift) - f(baseline) for baseline, shift in lines), len(lines))
        f.plan(self.n_steps * len(x) * len(lines))
        relevance = _mean((_integrate(f, x + shift, baseline, self.n_steps) for baseline, shift in lines), len(lines))
        n_steps = torch.full((len(x),), self.n_steps * len(lines), device=x.device)
        return Attribution(relevance, logits, difference, n_steps=n_steps)


def _integrate(explained: ExplainedScalar, x: Tensor, baseline: Tensor, n_steps: int) -> Tensor:
    from captum.attr import IntegratedGradients as CaptumIntegratedGradients  # here, for it loads matplotlib too

    attribute = CaptumIntegratedGradients(explained).attribute
    chunk = max(pictures_at_once(explained.network, x) // explained.size, 1) * explained.size
    found: Tensor = attribute(x, baseline, n_steps=n_steps, method="gausslegendre", internal_batch_size=chunk)
    return found.detach()


def _mean(values: Iterable[Tensor], count: int) -> Tensor:
    return reduce(torch.add, values) / count


@dataclass(frozen=True, eq=False)
class IntegratedGradients(FromBaseline, Lines):
    """Gradients integrated along the straight line from a baseline x0 to x  [Sundararajan et al. 2017, eq. 1].

    R_j = (x_j - x0_j) * integral over t in [0, 1] of df(x0 + t (x - x0)) / dx_j, which sums to f(x) - f(x0). Without a
    `tolerance`, the integral is taken by Gauss-Legendre quadrature with exactly `n_steps` nodes. With one, it is taken by panels
    (see `lrp.methods.panels.integrate`): the line begins with `n_steps` nodes, at least 3, and panels are halved until each
    sample's completeness gap |sum - (f(x) - f(x0))| / |f(x) - f(x0)| is at most that, up to 1024 gradients a line. Each sample
    stops by itself and gets the map that it would get alone.

    baseline: "black" or "white" (the network's pixel bounds), "grey" (0 in normalized space, the mean colour of the training
    pictures), "blurred" (the picture itself, out of focus), "noise" (every value drawn evenly between the pixel bounds, always
    the same draw), or, in the units of x, a number or a tensor or array that broadcasts to x (0 is "grey", not black).
    Raises ValueError for a setting outside its limits and for "black", "white" or "noise" on a network without pixel bounds.
    """

    name: ClassVar[str] = "integrated-gradients"
    label: ClassVar[str] = "Integrated Gradients"
    summary: ClassVar[str] = (
        "Adds up the gradients on the way from a baseline picture to this one. It has no epsilon; "
        "the baseline is its viewpoint, and what equals the baseline gets no relevance."
    )
    baseline: Baseline = baseline_setting()
    n_steps: int = n_steps_setting(25)
    tolerance: float | None = tolerance_setting(0.01)
