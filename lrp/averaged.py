"""Integrated Gradients averaged: over several baselines, or over noisy copies of the picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from lrp.baselines import (
    BASELINES,
    baseline_picture,
    check_baseline,
    check_samples,
    draws,
    n_samples_setting,
    noise_pictures,
    noise_setting,
    pixel_range,
    seed_setting,
)
from lrp.gradients import BASELINE_HELP, Line, Lines, n_steps_setting, tolerance_setting
from lrp.network import Network
from lrp.parameters import parameter


@dataclass(frozen=True)
class AveragedIntegratedGradients(Lines):
    """Integrated Gradients averaged over several baselines.

    [Sturmfels et al. 2020, "Visualizing the Impact of Feature Attribution Baselines", Distill, on averaging over baselines].
    R = 1/n sum_k IG(x; x0_k), in logits, of the shape of x; sums to f(x) - 1/n sum_k f(x0_k). n_steps and tolerance as in
    IntegratedGradients, the gap being that of the mean.

    baselines: "noise" (`n_samples` pictures, every value drawn evenly between the pixel bounds) or "black and white".
    Raises ValueError for a setting outside its limits and on a network without pixel bounds.
    """

    name: ClassVar[str] = "averaged-integrated-gradients"
    label: ClassVar[str] = "Averaged IG"
    sums_to: ClassVar[str | None] = "{} less the mean one of the baselines"
    summary: ClassVar[str] = (
        "Integrated Gradients from several baselines, averaged: no single colour is invisible any more. "
        "It takes as many times longer as there are baselines."
    )
    baselines: str = parameter(
        "noise", "Baselines", "The pictures that stand for 'nothing there'.", options=("noise", "black and white")
    )
    n_steps: int = n_steps_setting(16)
    tolerance: float | None = tolerance_setting(0.05)
    n_samples: int = n_samples_setting(8, "How many pictures of noise are drawn; of no effect on black and white.")
    seed: int = seed_setting()

    def __post_init__(self) -> None:
        if self.baselines not in ("noise", "black and white"):
            raise ValueError(f"baselines must be noise or black and white, got {self.baselines!r}")
        check_samples(self.n_samples)
        super().__post_init__()

    def lines(self, network: Network, x: Tensor) -> Sequence[Line]:
        if self.baselines == "noise":
            return [(noise.expand_as(x), 0.0) for noise in noise_pictures(network, x, self.n_samples, self.seed)]
        return [(baseline_picture(name, network, x), 0.0) for name in ("black", "white")]


@dataclass(frozen=True)
class SmoothIntegratedGradients(Lines):
    """Integrated Gradients averaged over noisy copies of the picture  [Smilkov et al. 2017].

    R = 1/n sum_k IG(x + noise_k; x0), in logits, of the shape of x; sums to 1/n sum_k f(x + noise_k) - f(x0). The noise is
    SmoothGrad's; baseline, n_steps and tolerance are those of IntegratedGradients, the gap being that of the mean.
    Raises ValueError as these two do.
    """

    name: ClassVar[str] = "smoothgrad-ig"
    label: ClassVar[str] = "SmoothGrad-IG"
    sums_to: ClassVar[str | None] = "the mean over noisy copies of {}, less that of the baseline"
    summary: ClassVar[str] = (
        "Integrated Gradients averaged over noisy copies of the picture: calmer, with the same viewpoint. "
        "It takes as many times longer as there are copies."
    )
    baseline: Any = parameter("black", "Baseline", BASELINE_HELP, options=BASELINES)
    n_steps: int = n_steps_setting(16)
    tolerance: float | None = tolerance_setting(0.05)
    n_samples: int = n_samples_setting(8, "How many noisy copies are averaged. More is smoother and slower.")
    noise: float = noise_setting(0.1)
    seed: int = seed_setting()

    def __post_init__(self) -> None:
        check_baseline(self.baseline)
        check_samples(self.n_samples, self.noise)
        super().__post_init__()

    def lines(self, network: Network, x: Tensor) -> Sequence[Line]:
        baseline, deviation = baseline_picture(self.baseline, network, x), self.noise * pixel_range(network, x)
        return [(baseline, deviation * noise) for noise in draws(torch.randn, x, self.n_samples, self.seed)]
