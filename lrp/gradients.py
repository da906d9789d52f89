"""Integrated Gradients, computed by Captum on the canonized network."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from captum.attr import IntegratedGradients as CaptumIntegratedGradients
from torch import Tensor

from lrp.attribution import Attribution
from lrp.network import Network
from lrp.objectives import Objective
from lrp.parameters import parameter
from lrp.propagation import Progress, Trace
from lrp.torchvision_import import torchvision

gaussian_blur = torchvision.transforms.functional.gaussian_blur

CHUNK = 16  # pictures a forward pass: larger batches are slower on a CPU and take more memory
STEP_LIMIT = 1024
BASELINES = ("black", "white", "grey", "blurred")


@dataclass(frozen=True)
class IntegratedGradients:
    """Gradients integrated along the straight line from a baseline x0 to x  [Sundararajan et al. 2017, eq. 1].

    R_j = (x_j - x0_j) * integral over t in [0, 1] of df(x0 + t (x - x0)) / dx_j, which sums to f(x) - f(x0). The integral is
    taken by Gauss-Legendre quadrature with `n_steps` nodes. With a `tolerance`, n_steps is doubled until the completeness gap
    |sum - (f(x) - f(x0))| / |f(x) - f(x0)| of every sample is at most that, up to 1024 steps; None keeps exactly n_steps.

    baseline: "black" or "white" (the network's pixel bounds), "grey" (0 in normalized space, the mean colour of the training
    pictures), "blurred" (the picture itself, out of focus), or a tensor that broadcasts to x.
    Raises ValueError for a setting outside its limits and for "black" or "white" on a network without pixel bounds.
    """

    name: ClassVar[str] = "integrated-gradients"
    label: ClassVar[str] = "Integrated Gradients"
    family: ClassVar[str] = "IG"
    summary: ClassVar[str] = (
        "Adds up the gradients on the way from a baseline picture to this one. It has no epsilon; "
        "the baseline is its viewpoint, and what equals the baseline gets no relevance."
    )
    baseline: Any = parameter(
        "black", "Baseline", "The picture that stands for 'nothing there'. Pixels that equal it can get no relevance.",
        options=BASELINES,
    )
    n_steps: int = parameter(
        64, "Steps", "How finely the way from the baseline is cut. More is more exact and slower.",
        range=(8, 512), scale="log",
    )
    tolerance: float | None = parameter(
        0.01, "Tolerated gap", "Double the steps until the sum is this close to what it should be.",
        options=(0.05, 0.02, 0.01, 0.005, None),
    )

    def __post_init__(self) -> None:
        if isinstance(self.baseline, str) and self.baseline not in BASELINES:
            raise ValueError(f"baseline must be one of {', '.join(BASELINES)}, or a tensor, got {self.baseline!r}")
        if not 1 <= self.n_steps <= STEP_LIMIT:
            raise ValueError(f"n_steps must be between 1 and {STEP_LIMIT}, got {self.n_steps}")
        if self.tolerance is not None and not self.tolerance > 0:
            raise ValueError(f"tolerance must be above 0 or None, got {self.tolerance}")

    def explain(
        self, network: Network, x: Tensor | Trace, objective: Objective, progress: Progress | None = None
    ) -> Attribution:
        """The integrated gradients of `objective` at `x`; of a Trace only the picture is used."""
        x = x.x if isinstance(x, Trace) else x.detach()
        x = x.to(network.device, network.dtype)
        baseline = baseline_picture(self.baseline, network, x)
        explained = _Explained(network, objective, progress)
        with torch.no_grad():
            logits = network(x)
            difference = explained(x) - explained(baseline)
        n_steps = self.n_steps
        while True:
            # Whether more steps will be needed is not known before, so each round gets half of what is left of the bar.
            explained.ceiling = 1.0 if self.tolerance is None else (1 + explained.floor) / 2
            relevance = explained.integrate(x, baseline, n_steps)
            result = Attribution(relevance, logits, difference, n_steps=n_steps)
            if self.tolerance is None or bool((result.gap <= self.tolerance).all()) or 2 * n_steps > STEP_LIMIT:
                break
            explained.floor = explained.ceiling
            n_steps *= 2
        if progress:
            progress(1.0)
        return result


def baseline_picture(baseline: str | Tensor, network: Network, x: Tensor) -> Tensor:
    """The baseline of the shape of `x`, in the network's units. Raises ValueError where the network has no pixel bounds."""
    if isinstance(baseline, Tensor):
        return baseline.to(x).expand_as(x)
    if baseline == "grey":
        return torch.zeros_like(x)
    if baseline == "blurred":
        return blur(x)
    bound = network.low if baseline == "black" else network.high
    if bound is None:
        raise ValueError(f"the {baseline} baseline needs the pixel bounds; give low and high to lrp.canonize, or use grey")
    return bound.to(x).expand_as(x)


def blur(x: Tensor, share: float = 0.1) -> Tensor:
    """`x` of shape (N, C, H, W) out of focus: a Gaussian whose standard deviation is `share` of the shorter side."""
    side = min(x.shape[-2:])
    sigma = share * side
    reach = min(round(3 * sigma), side - 1)
    return gaussian_blur(x, [2 * reach + 1] * 2, [max(sigma, 1e-3)] * 2)


class _Explained:
    """The explained scalar as Captum calls it, chunk after chunk; here the share done is counted and the work stopped."""

    def __init__(self, network: Network, objective: Objective, progress: Progress | None) -> None:
        self.network, self.objective, self.progress = network, objective, progress
        self.floor, self.ceiling = 0.0, 1.0
        self.done = self.planned = 0

    def __call__(self, x: Tensor) -> Tensor:
        if self.progress and self.planned:
            self.progress(self.floor + (self.ceiling - self.floor) * self.done / self.planned)
        self.done += len(x)
        return self.objective.value(self.network(x, self.objective.place))

    def integrate(self, x: Tensor, baseline: Tensor, n_steps: int) -> Tensor:
        self.done, self.planned = 0, n_steps * len(x)
        attribute = CaptumIntegratedGradients(self).attribute
        chunk = max(CHUNK // len(x), 1) * len(x)
        return attribute(x, baseline, n_steps=n_steps, method="gausslegendre", internal_batch_size=chunk).detach()
