"""The base class of the methods that integrate gradients on the way from baselines to a picture."""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from lrp.attribution import Attribution
from lrp.methods.baselines import BASELINES, Baseline, WithBaseline, as_baseline, baseline_picture
from lrp.methods.panels import Ends, Integral
from lrp.network.forward_pass import Trace
from lrp.network.graph import Network
from lrp.network.inputs import logits_of
from lrp.progress import Progress, equal_parts
from lrp.settings import parameter
from lrp.walk.objectives import Objective
from lrp.walk.rows import row_per_explanation
from lrp.walk.scalar import SampleScalar, input_tensor

STEP_LIMIT = 1024
BASELINE_HELP = "The picture that stands for 'nothing there'. Pixels that equal it can get no relevance."

Line = tuple[Tensor, Tensor | float]  # a baseline, and what is added to the picture at the other end


def baseline_setting() -> Baseline:
    """A field for the picture where the path begins."""
    return parameter("black", "Baseline", BASELINE_HELP, options=BASELINES)


def path_steps_setting(default: int) -> int:
    """A field for the number of gradients on a path, which is always exactly that."""
    return parameter(
        default, "Steps", "Into how many steps the way from the baseline is cut. More is more exact and slower.",
        range=(1, STEP_LIMIT), scale="whole",
    )


def check_steps(n_steps: int) -> None:
    """Raises ValueError for a number of steps outside 1 to STEP_LIMIT."""
    if not 1 <= n_steps <= STEP_LIMIT:
        raise ValueError(f"n_steps must be between 1 and {STEP_LIMIT}, got {n_steps}")


class PathMethod:
    """Base of the methods that integrate gradients along paths to the picture, one sample after the other.

    So each sample is explained as if alone, to the bit.
    """

    family: ClassVar[str] = "IG"
    sums_to: ClassVar[str | None] = "{} less that of the baseline"
    quick: ClassVar[bool] = False
    has_rules: ClassVar[bool] = False
    lattice: ClassVar[bool] = False
    shifts: ClassVar[int] = 1
    n_steps: int

    def __post_init__(self) -> None:
        check_steps(self.n_steps)

    def passes(self, size: int) -> int:
        """Returns the number of gradients."""
        return self.n_steps

    def lines(self, network: Network, x: Tensor) -> Sequence[Line]:
        """Returns where each path to the pictures `x` begins and ends."""
        raise NotImplementedError

    def integrate(self, f: SampleScalar, lines: Sequence[Ends], progress: Progress | None) -> Integral:
        """Returns the integral of one sample; `lines` are the ends of each path to it, (1, ...) each."""
        raise NotImplementedError

    def explain(
        self, network: Network, x: Tensor | Trace, objective: Objective, progress: Progress | None = None
    ) -> Attribution:
        """Returns the integrated gradients of `objective` at `x`; of a Trace only the picture and the logits are used."""
        pictures = row_per_explanation(input_tensor(x, network), objective)
        with torch.no_grad():
            logits = x.logits if isinstance(x, Trace) else logits_of(network, pictures)
            logits = logits.expand(len(pictures), *logits.shape[1:])
        result = self.attribution(network, objective, pictures, logits, progress)
        if progress:
            progress(1.0)
        return result

    def attribution(
        self, network: Network, objective: Objective, x: Tensor, logits: Tensor, progress: Progress | None
    ) -> Attribution:
        """Returns the result for the pictures `x` (N, ...), whose logits are known."""
        if objective.place is None:
            objective.value(logits)  # raises for classes that do not fit these samples
        lines, found = self.lines(network, x), []
        for index, part in enumerate(equal_parts(progress, len(x))):
            one = slice(index, index + 1)
            ends = [(baseline[one], x[one] + _of(shift, one)) for baseline, shift in lines]
            found.append(self.integrate(SampleScalar(network, objective.alone(index)), ends, part))
        return _joined(found, logits)


class FromBaseline(WithBaseline, PathMethod):
    """Base of the methods with one path to the picture, from the setting `baseline`, or any that `as_baseline` takes."""

    baseline: Baseline

    def __post_init__(self) -> None:
        object.__setattr__(self, "baseline", as_baseline(self.baseline))
        super().__post_init__()

    def lines(self, network: Network, x: Tensor) -> Sequence[Line]:
        return [(baseline_picture(self.baseline, network, x), 0.0)]


def _of(shift: Tensor | float, one: slice) -> Tensor | float:
    """Returns the shift of one sample: its own, or the one that all of them share."""
    return shift[one] if isinstance(shift, Tensor) and len(shift) > 1 else shift


def _joined(found: Sequence[Integral], logits: Tensor) -> Attribution:
    relevance = torch.cat([one.relevance for one in found])
    errors = [one.map_error for one in found if one.map_error is not None]
    return Attribution(
        relevance,
        logits,
        relevance.new_tensor([one.explained for one in found]),
        n_steps=torch.tensor([one.n_steps for one in found], device=relevance.device),
        panels=tuple(one.panels for one in found) if errors else (),
        map_error=relevance.new_tensor(errors) if errors else None,
    )
