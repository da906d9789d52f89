"""Integrated Gradients, computed by Captum on the canonized network."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, ClassVar

import torch
from torch import Tensor

from lrp.attribution import Attribution
from lrp.methods.baselines import BASELINES, WithBaseline, as_baseline, baseline_picture
from lrp.network.forward_pass import Trace
from lrp.network.graph import Network
from lrp.network.inputs import logits_of
from lrp.progress import Progress
from lrp.settings import parameter
from lrp.walk.objectives import Objective
from lrp.walk.rows import row_per_explanation
from lrp.walk.scalar import ExplainedScalar, input_tensor

STEP_LIMIT = 1024
BASELINE_HELP = "The picture that stands for 'nothing there'. Pixels that equal it can get no relevance."

Line = tuple[Tensor, Tensor | float]  # a baseline, and what is added to the picture at the other end


def n_steps_setting(default: int) -> Any:
    """A field for the number of steps of a line."""
    return parameter(
        default, "Steps", "How finely the way from the baseline is cut. More is more exact and slower.",
        range=(8, 512), scale="log",
    )


def tolerance_setting(default: float) -> Any:
    """A field for the completeness gap up to which steps are doubled; None takes exactly n_steps."""
    return parameter(
        default, "Tolerated gap", "Double the steps until the sum is this close to what it should be.",
        options=(0.05, 0.02, 0.01, 0.005, None), unit="of what the map should sum to",
    )


class Lines:
    """Base of the methods that integrate gradients along straight lines and average over the lines."""

    family: ClassVar[str] = "IG"
    sums_to: ClassVar[str | None] = "{} less that of the baseline"
    quick: ClassVar[bool] = False
    has_rules: ClassVar[bool] = False
    n_steps: Any
    tolerance: Any

    def __post_init__(self) -> None:
        if not 1 <= self.n_steps <= STEP_LIMIT:
            raise ValueError(f"n_steps must be between 1 and {STEP_LIMIT}, got {self.n_steps}")
        if self.tolerance is not None and not self.tolerance > 0:
            raise ValueError(f"tolerance must be above 0 or None, got {self.tolerance}")

    def lines(self, network: Network, x: Tensor) -> Sequence[Line]:
        """Both ends of each line."""
        raise NotImplementedError

    def explain(
        self, network: Network, x: Tensor | Trace, objective: Objective, progress: Progress | None = None
    ) -> Attribution:
        """The integrated gradients of `objective` at `x`; of a Trace only the picture is used."""
        x = row_per_explanation(input_tensor(x, network), objective)
        with torch.no_grad():
            logits = logits_of(network, x)
        lines = self.lines(network, x)
        explained = ExplainedScalar(network, objective, len(x), progress)
        with torch.no_grad():
            difference = _mean((explained(x + shift) - explained(baseline) for baseline, shift in lines), len(lines))
        n_steps, floor = self.n_steps, 0.0
        while True:
            # Whether more steps will be needed is not known before, so each round gets half of what is left of the bar.
            ceiling = 1.0 if self.tolerance is None else (1 + floor) / 2
            explained.plan(n_steps * len(x) * len(lines), floor, ceiling)
            relevance = _mean((_integrate(explained, x + shift, baseline, n_steps) for baseline, shift in lines), len(lines))
            result = Attribution(relevance, logits, difference, n_steps=n_steps)
            if self.tolerance is None or bool((result.gap <= self.tolerance).all()) or 2 * n_steps > STEP_LIMIT:
                break
            floor, n_steps = ceiling, 2 * n_steps
        if progress:
            progress(1.0)
        return result


def _integrate(explained: ExplainedScalar, x: Tensor, baseline: Tensor, n_steps: int) -> Tensor:
    from captum.attr import IntegratedGradients as CaptumIntegratedGradients  # here, for it loads matplotlib too

    attribute = CaptumIntegratedGradients(explained).attribute
    chunk = explained.chunk * explained.size
    return attribute(x, baseline, n_steps=n_steps, method="gausslegendre", internal_batch_size=chunk).detach()


def _mean(values: Iterable[Tensor], count: int) -> Tensor:
    return reduce(torch.add, values) / count


@dataclass(frozen=True, eq=False)
class IntegratedGradients(WithBaseline, Lines):
    """Gradients integrated along the straight line from a baseline x0 to x  [Sundararajan et al. 2017, eq. 1].

    R_j = (x_j - x0_j) * integral over t in [0, 1] of df(x0 + t (x - x0)) / dx_j, which sums to f(x) - f(x0). The integral is
    taken by Gauss-Legendre quadrature with `n_steps` nodes. With a `tolerance`, n_steps is doubled until the completeness gap
    |sum - (f(x) - f(x0))| / |f(x) - f(x0)| of every sample is at most that, up to 1024 steps; None keeps exactly n_steps.

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
    baseline: Any = parameter("black", "Baseline", BASELINE_HELP, options=BASELINES)
    n_steps: int = n_steps_setting(64)
    tolerance: float | None = tolerance_setting(0.01)

    def __post_init__(self) -> None:
        object.__setattr__(self, "baseline", as_baseline(self.baseline))
        super().__post_init__()

    def lines(self, network: Network, x: Tensor) -> Sequence[Line]:
        return [(baseline_picture(self.baseline, network, x), 0.0)]
