"""Saliency, Input x Gradient and SmoothGrad: methods made of plain gradients."""

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from lrp.attribution import Attribution
from lrp.methods.baselines import check_samples, draws, n_samples_setting, noise_setting, pixel_range, seed_setting
from lrp.methods.gradient_base import GradientMethod, attribution_of
from lrp.methods.shifts import check_shifts, mean_over_shifts, shifts_setting
from lrp.network.forward_pass import Trace, trace
from lrp.network.graph import Network
from lrp.progress import Progress
from lrp.settings import parameter
from lrp.walk.explained import explained_value
from lrp.walk.gradient import gradient
from lrp.walk.objectives import Objective
from lrp.walk.rows import one_by_one


def absolute_setting() -> bool:
    """Returns a field for taking absolute values."""
    return parameter(
        True, "Strength only",
        "Show how strongly a pixel acts, not in which direction: brighter can speak for a class here and against it there.",
    )


@dataclass(frozen=True)
class Saliency(GradientMethod):
    """The gradient, or its absolute value: R_j = |df(x) / dx_j|  [Simonyan et al. 2014, section 3].

    In logits per unit of x, of the shape of x (the paper then takes the maximum over the colours). It promises no sum:
    it says how fast f changes, not what f is made of.
    """

    name = "saliency"
    label = "Saliency"
    summary = (
        "How strongly a small change of each pixel would move the answer. "
        "It shows what the network is sensitive to, not what spoke for the class."
    )
    absolute: bool = absolute_setting()

    def attribute(self, forward: Trace, objective: Objective, progress: Progress | None) -> Tensor:
        found = gradient(forward, objective, progress=progress)
        return found.abs() if self.absolute else found


@dataclass(frozen=True)
class InputXGradient(GradientMethod):
    """The gradient times the picture: R_j = x_j * df(x) / dx_j  [Shrikumar et al. 2016, "Not Just a Black Box"].

    In logits, of the shape of x. It sums to f(x) in a ReLU network without biases, which is f(x) = x . df / dx, and promises
    nothing in any other: the biases keep their part. It is LRP with epsilon 0 in every layer.
    """

    name = "input-x-gradient"
    label = "Input × Gradient"
    summary = (
        "What each pixel is times how strongly the answer reacts to it: LRP without any epsilon. "
        "Quick and noisy, and pixels of the mean colour get nothing."
    )

    shifts: int = shifts_setting()

    def __post_init__(self) -> None:
        check_shifts(self.shifts)

    def attribute(self, forward: Trace, objective: Objective, progress: Progress | None) -> Tensor:
        x: Tensor = forward.values[forward.network.input]
        return gradient(forward, objective, progress=progress) * x

    def explain(
        self, network: Network, x: Tensor | Trace, objective: Objective, progress: Progress | None = None
    ) -> Attribution:
        """Returns the relevance of `x` for `objective`; a Trace saves the forward pass and is left as it is."""
        explain = partial(super().explain, network)
        return explain(x, objective, progress) if self.shifts == 1 else (
            mean_over_shifts(x, network, objective, self.shifts, explain, progress)
        )


@dataclass(frozen=True)
class SmoothGrad(GradientMethod):
    """The mean gradient over noisy copies: R_j = 1/n sum_k df(x + noise_k) / dx_j  [Smilkov et al. 2017].

    noise_k is Gaussian with standard deviation `noise` times the range of the pixels: from black to white where the
    network has pixel bounds, else from the smallest to the largest value of the sample. With `absolute`, the absolute value
    of that mean. In logits per unit of x, of the shape of x; it promises no sum.
    Raises ValueError for less than one sample and for noise that is negative or not finite.
    """

    name = "smoothgrad"
    label = "SmoothGrad"
    summary = (
        "Saliency averaged over many noisy copies of the picture, so that only what survives the noise is left. "
        "Calmer than Saliency, with the same meaning."
    )
    n_samples: int = n_samples_setting(16, "How many noisy copies are averaged. More is smoother and slower.")
    noise: float = noise_setting(0.15)
    absolute: bool = absolute_setting()
    seed: int = seed_setting()

    def __post_init__(self) -> None:
        check_samples(self.n_samples, self.noise)

    @property
    def quick(self) -> bool:
        """Whether it takes no longer than a few passes through the network."""
        return False

    def passes(self, size: int) -> int:
        """Returns the number of noisy copies."""
        return self.n_samples

    def explain(
        self, network: Network, x: Tensor | Trace, objective: Objective, progress: Progress | None = None
    ) -> Attribution:
        """Returns the mean gradient of `objective` over noisy copies of `x`, one copy of the batch after the other."""
        forward = x if isinstance(x, Trace) else trace(network, x)
        if objective.explanation_count(len(forward.x)) > 1 and not forward.row_by_row:
            return one_by_one(partial(self.explain, network), forward, objective, progress)
        clean = forward.values[network.input]
        explained = explained_value(forward, objective)
        deviation = self.noise * pixel_range(network, clean)
        total = clean.new_zeros(len(explained), *clean.shape[1:])
        for done, noise in enumerate(draws(torch.randn, clean, self.n_samples, self.seed)):
            if progress:
                progress(done / self.n_samples)
            total += gradient(trace(network, clean + deviation * noise), objective)
        if progress:
            progress(1.0)
        mean = total / self.n_samples
        return attribution_of(mean.abs() if self.absolute else mean, forward, explained)
