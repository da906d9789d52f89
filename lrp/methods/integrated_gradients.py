"""Integrated Gradients: by panels down to a tolerated gap, or by Captum with a fixed number of steps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from typing import Any, ClassVar, Self, cast

import torch
from torch import Tensor

from lrp.attribution import Attribution
from lrp.methods.baselines import BASELINES, WithBaseline, as_baseline, baseline_picture
from lrp.methods.panels import integrate
from lrp.network.forward_pass import Trace
from lrp.network.graph import Network
from lrp.network.inputs import logits_of
from lrp.progress import Progress, equal_parts
from lrp.settings import parameter
from lrp.walk.objectives import Objective
from lrp.walk.rows import row_per_explanation
from lrp.walk.scalar import ExplainedScalar, input_tensor, value_and_gradient

STEP_LIMIT = 1024
BASELINE_HELP = "The picture that stands for 'nothing there'. Pixels that equal it can get no relevance."

Line = tuple[Tensor, Tensor | float]  # a baseline, and what is added to the picture at the other end


def n_steps_setting(default: int) -> Any:
    """A field for the number of gradients on a line: exactly so many without a tolerance, else to begin with."""
    return parameter(
        default, "Steps",
        "How finely the way from the baseline is cut: exactly so where the tolerated gap is none, else to begin with. "
        "More is more exact and slower.",
        range=(1, STEP_LIMIT), scale="whole",
    )


def tolerance_setting(default: float) -> Any:
    """A field for the completeness gap down to which steps are halved; None takes exactly n_steps."""
    return parameter(
        default, "Tolerated gap", "Halve the steps that are most wrong until the sum is this close to what it should be.",
        options=(0.05, 0.02, 0.01, 0.005, None), unit="of what the map should sum to",
    )


class Lines:
    """Base of the methods that integrate gradients along straight lines and average over the lines."""

    family: ClassVar[str] = "IG"
    sums_to: ClassVar[str | None] = "{} less that of the baseline"
    quick: ClassVar[bool] = False
    has_rules: ClassVar[bool] = False
    lattice: ClassVar[bool] = False
    shifts: ClassVar[int] = 1
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

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return 1

    def passes(self, size: int) -> int:
        """Returns the number of gradients on all lines together, before any panel is halved."""
        return int(self.n_steps) * self.line_count

    def with_steps(self, gradients: int) -> Self:
        """The same with about so many gradients in all, as many on every line, whatever gap that leaves."""
        n_steps = min(max(gradients // self.line_count, 1), STEP_LIMIT)
        return cast(Self, replace(cast(Any, self), n_steps=n_steps, tolerance=None))

    def explain(
        self, network: Network, x: Tensor | Trace, objective: Objective, progress: Progress | None = None
    ) -> Attribution:
        """The integrated gradients of `objective` at `x`; of a Trace only the picture and the logits are used."""
        pictures = row_per_explanation(input_tensor(x, network), objective)
        with torch.no_grad():
            logits = x.logits if isinstance(x, Trace) else logits_of(network, pictures)
            logits = logits.expand(len(pictures), *logits.shape[1:])
        lines = self.lines(network, pictures)
        if self.tolerance is None:
            result = self._with_fixed_steps(ExplainedScalar(network, objective, len(pictures), progress), pictures, logits, lines)
        else:
            result = self._with_panels(network, objective, pictures, logits, lines, progress)
        if progress:
            progress(1.0)
        return result

    def _with_fixed_steps(self, f: ExplainedScalar, x: Tensor, logits: Tensor, lines: Sequence[Line]) -> Attribution:
        with torch.no_grad():
            difference = _mean((f(x + shift) - f(baseline) for baseline, shift in lines), len(lines))
        f.plan(self.n_steps * len(x) * len(lines))
        relevance = _mean((_integrate(f, x + shift, baseline, self.n_steps) for baseline, shift in lines), len(lines))
        n_steps = torch.full((len(x),), self.n_steps * len(lines))
        return Attribution(relevance, logits, difference, n_steps=n_steps)

    def _with_panels(
        self, network: Network, objective: Objective, x: Tensor, logits: Tensor, lines: Sequence[Line], progress: Progress | None
    ) -> Attribution:
        """Sample by sample, so that none depends on the others of its batch."""
        if objective.place is None:
            objective.value(logits)  # raises for classes that do not fit these samples
        found = []
        for index, part in enumerate(equal_parts(progress, len(x))):
            one = slice(index, index + 1)
            ends = [(baseline[one], x[one] + _of(shift, one)) for baseline, shift in lines]
            f = partial(value_and_gradient, network, objective.alone(index))
            found.append(integrate(f, ends, self.n_steps, self.tolerance, STEP_LIMIT, part))
        return Attribution(
            torch.cat([one.relevance for one in found]),
            logits,
            x.new_tensor([one.explained for one in found]),
            n_steps=torch.tensor([one.n_steps for one in found]),
            panels=tuple(one.panels for one in found),
            map_error=x.new_tensor([one.map_error for one in found]),
        )


def _of(shift: Tensor | float, one: slice) -> Tensor | float:
    """What is added to that sample: its own, or what all of them share."""
    return shift[one] if isinstance(shift, Tensor) and len(shift) > 1 else shift


def _integrate(explained: ExplainedScalar, x: Tensor, baseline: Tensor, n_steps: int) -> Tensor:
    from captum.attr import IntegratedGradients as CaptumIntegratedGradients  # here, for it loads matplotlib too

    attribute = CaptumIntegratedGradients(explained).attribute
    chunk = explained.chunk * explained.size
    found: Tensor = attribute(x, baseline, n_steps=n_steps, method="gausslegendre", internal_batch_size=chunk)
    return found.detach()


def _mean(values: Iterable[Tensor], count: int) -> Tensor:
    return reduce(torch.add, values) / count


@dataclass(frozen=True, eq=False)
class IntegratedGradients(WithBaseline, Lines):
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
    baseline: Any = parameter("black", "Baseline", BASELINE_HELP, options=BASELINES)
    n_steps: int = n_steps_setting(25)
    tolerance: float | None = tolerance_setting(0.01)

    def __post_init__(self) -> None:
        object.__setattr__(self, "baseline", as_baseline(self.baseline))
        super().__post_init__()

    def lines(self, network: Network, x: Tensor) -> Sequence[Line]:
        return [(baseline_picture(self.baseline, network, x), 0.0)]
