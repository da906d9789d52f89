"""IDGI: the change of the output at each step, shared out along the gradient alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from lrp.methods.baselines import Baseline
from lrp.methods.panels import Ends, Integral
from lrp.methods.path_base import FromBaseline, baseline_setting, path_steps_setting
from lrp.network.precision import in_double
from lrp.progress import Progress
from lrp.walk.gradient_batch import CHUNK
from lrp.walk.scalar import SampleScalar


@dataclass(frozen=True, eq=False)
class IDGI(FromBaseline):
    """Integrated Gradients by Important Direction Gradient Integration  [Yang, Wang and Bilgic 2023, algorithm 1].

    The straight line from a baseline x0 to x is cut into `n_steps` steps x_0 .. x_n. What f changes at each is shared out by the
    squares of the gradient g_i at its beginning, R = sum_i g_i^2 / |g_i|^2 (f(x_{i+1}) - f(x_i)): only the part of the step along
    the gradient changes f, and the paper calls the rest noise. In logits, of the shape of x; sums to f(x) - f(x0) at any number
    of steps. All values of a step get one sign, and values that equal the baseline get a share too. A step that begins where the
    gradient is 0 everywhere, for which the paper has no rule, is shared out as the one before, or after if there is none.

    baseline: as in IntegratedGradients. Raises ValueError as that does.
    """

    name: ClassVar[str] = "idgi"
    label: ClassVar[str] = "IDGI"
    summary: ClassVar[str] = (
        "Follows the picture as it appears out of a baseline, and shares out what the answer gains at each step among the pixels "
        "to which it reacts most just then. It sums exactly, and says where the answer is decided rather than what for."
    )
    baseline: Baseline = baseline_setting()
    n_steps: int = path_steps_setting(64)

    def integrate(self, f: SampleScalar, lines: Sequence[Ends], progress: Progress | None) -> Integral:
        ((start, end),) = lines
        shares = _StepShares(start)
        for begin in range(0, self.n_steps, CHUNK):
            if progress:
                progress(begin / self.n_steps)
            places = [i / self.n_steps for i in range(begin, min(begin + CHUNK, self.n_steps))]
            values, gradients = f(torch.cat([torch.lerp(start, end, t) for t in places]))
            for value, gradient in zip(in_double(values).tolist(), in_double(gradients), strict=True):
                shares.reach(value)
                shares.turn(gradient)
        shares.reach(float(f.values(end)))
        return Integral(shares.relevance.to(start), shares.value - shares.first, self.n_steps)


class _StepShares:
    """Shares out what f changes from place to place, each time by the squares of the last gradient that is not 0."""

    def __init__(self, start: Tensor) -> None:
        self.relevance = torch.zeros_like(in_double(start))
        self.direction: Tensor | None = None  # the squares of a gradient, of which the sum is 1
        self.first = self.value = self.waiting = 0.0
        self.begun = False

    def reach(self, value: float) -> None:
        if self.begun:
            self.waiting += value - self.value
        else:
            self.first, self.begun = value, True
        self.value = value
        if self.direction is not None:
            self.relevance += self.waiting * self.direction
            self.waiting = 0.0

    def turn(self, gradient: Tensor) -> None:
        squares = gradient**2
        if total := float(squares.sum()):
            self.direction = squares / total
