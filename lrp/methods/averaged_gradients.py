"""Integrated Gradients averaged: over several baselines, or over noisy copies of the picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from lrp.methods.baselines import (
    Baseline,
    WithBaseline,
    as_baseline,
    baseline_picture,
    check_samples,
    draws,
    n_samples_setting,
    noise_pictures,
    noise_setting,
    pixel_range,
    seed_setting,
)
from lrp.methods.integrated_gradients import Lines, n_steps_setting, tolerance_setting
from lrp.methods.path_base import FromBaseline, Line, baseline_setting
from lrp.network.graph import Network
from lrp.settings import parameter

SETS = ("noise", "black and white")


@dataclass(frozen=True, eq=False)
class AveragedIntegratedGradients(WithBaseline, Lines):
    """Integrated Gradients averaged over several baselines.

    [Sturmfels et al. 2020, "Visualizing the Impact of Feature Attribution Baselines", Distill, on averaging over baselines].
    R = 1/n sum_k IG(x; x0_k), in logits, of the shape of x; sums to f(x) - 1/n sum_k f(x0_k). n_steps and tolerance as in
    IntegratedGradients, the gap being that of the mean.

    baselines: "noise" (`n_samples` pictures, every value drawn evenly between the pixel bounds), "black and white", or a list of
    baselines, each as IntegratedGradients takes it.
    Raises ValueError for a setting outside its limits, and on a network without pixel bounds for a name that needs them.
    """

    name: ClassVar[str] = "averaged-integrated-gradients"
    label: ClassVar[str] = "Averaged IG"
    sums_to: ClassVar[str | None] = "{} less the mean one of the baselines"
    summary: ClassVar[str] = (
        "Integrated Gradients from several baselines, averaged: no single colour is invisible any more. "
        "It takes as many times longer as there are baselines."
    )
    baselines: Baseline | Sequence[Baseline] = parameter(
        "noise", "Baselines", "The pictures that stand for 'nothing there'.", options=SETS
    )
    n_steps: int = n_steps_setting(16)
    tolerance: float | None = tolerance_setting(0.05)
    n_samples: int = n_samples_setting(8, "How many pictures of noise are drawn; of no effect on black and white.")
    seed: int = seed_setting()

    def __post_init__(self) -> None:
        object.__setattr__(self, "baselines", _several(self.baselines))
        check_samples(self.n_samples)
        super().__post_init__()

    @property
    def line_count(self) -> int:
        if isinstance(self.baselines, str):
            return self.n_samples if self.baselines == "noise" else 2
        assert isinstance(self.baselines, tuple)  # what _several made of a list
        return len(self.baselines)

    def lines(self, network: Network, x: Tensor) -> Sequence[Line]:
        if self.baselines == "noise":
            return [(noise.expand_as(x), 0.0) for noise in noise_pictures(network, x, self.n_samples, self.seed)]
        chosen = ("black", "white") if self.baselines == "black and white" else self.baselines
        assert isinstance(chosen, tuple)  # what _several made of a list
        return [(baseline_picture(baseline, network, x), 0.0) for baseline in chosen]


def _several(given: object) -> str | tuple[Baseline, ...]:
    """The setting `baselines`: one of the names in SETS, or each baseline of a list. Raises as `as_baseline` does."""
    if isinstance(given, str):
        if given not in SETS:
            raise ValueError(f"baselines must be {' or '.join(SETS)}, got {given!r}; a list may hold others")
        return given
    listed = given if isinstance(given, list | tuple) else [given]
    if not listed:
        raise ValueError("baselines must hold at least one baseline, got none")
    return tuple(as_baseline(baseline, "each of baselines") for baseline in listed)


@dataclass(frozen=True, eq=False)
class SmoothIntegratedGradients(FromBaseline, Lines):
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
    baseline: Baseline = baseline_setting()
    n_steps: int = n_steps_setting(16)
    tolerance: float | None = tolerance_setting(0.05)
    n_samples: int = n_samples_setting(8, "How many noisy copies are averaged. More is smoother and slower.")
    noise: float = noise_setting(0.1)
    seed: int = seed_setting()

    def __post_init__(self) -> None:
        check_samples(self.n_samples, self.noise)
        super().__post_init__()

    @property
    def line_count(self) -> int:
        return self.n_samples

    def lines(self, network: Network, x: Tensor) -> Sequence[Line]:
        ((baseline, _),) = super().lines(network, x)
        deviation = self.noise * pixel_range(network, x)
        return [(baseline, deviation * noise) for noise in draws(torch.randn, x, self.n_samples, self.seed)]
