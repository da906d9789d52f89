"""Occlusion: how much the explained value falls while a part of the picture is covered."""

from dataclasses import dataclass
from itertools import product
from types import EllipsisType
from typing import ClassVar

import torch
from torch import Tensor

from lrp.attribution import Attribution
from lrp.methods.baselines import BASELINES, Baseline, WithBaseline, as_baseline, baseline_picture
from lrp.network.forward_pass import Trace
from lrp.network.graph import Network
from lrp.network.inputs import logits_of
from lrp.progress import Progress
from lrp.settings import parameter
from lrp.walk.objectives import Objective
from lrp.walk.rows import row_per_explanation
from lrp.walk.scalar import ExplainedScalar, input_tensor


@dataclass(frozen=True, eq=False)
class Occlusion(WithBaseline):
    """f(x) - f(x with a window of it covered), for each pixel the mean over the windows that hold it  [Zeiler, Fergus 2014, 4.2].

    In logits, of the shape of x: shared evenly among the channels, which are covered together, so that the channels of a
    pixel sum to that mean. It promises no sum, as windows overlap and what they hide is not independent. Captum's Occlusion has
    the same windows, but adds them up in another order, divides in single precision whatever the network has, and takes half a
    second to import.

    window, stride: the side of the square window and its steps, in pixels; in an input without height and width every value
    is covered alone. A window larger than the picture covers all of it, and no step is longer than the window, so that
    every pixel is covered; at the far edges windows are cut off. baseline: what covers it, see IntegratedGradients.
    Raises ValueError for a window or stride below 1 and for a baseline that is unknown or needs pixel bounds.
    """

    name: ClassVar[str] = "occlusion"
    label: ClassVar[str] = "Occlusion"
    family: ClassVar[str] = "Perturbation"
    sums_to: ClassVar[str | None] = None
    quick: ClassVar[bool] = False
    has_rules: ClassVar[bool] = False
    lattice: ClassVar[bool] = False
    shifts: ClassVar[int] = 1
    summary: ClassVar[str] = (
        "Covers one part of the picture after another and notes how much the answer drops. "
        "A real experiment and easy to explain, but slow and only as fine as the window."
    )
    window: int = parameter(
        24, "Window", "The side of the square that is covered, in pixels. Small ones are finer and may each change too little.",
        range=(4, 64), scale="log", unit="pixels",
    )
    stride: int = parameter(
        12, "Stride", "How far the square moves each time, in pixels. Less is smoother and slower.", range=(4, 32), scale="log",
        unit="pixels",
    )
    baseline: Baseline = parameter("grey", "Baseline", "What the square is filled with.", options=BASELINES)

    def __post_init__(self) -> None:
        object.__setattr__(self, "baseline", as_baseline(self.baseline))
        for name in ("window", "stride"):
            if not getattr(self, name) >= 1:
                raise ValueError(f"{name} must be >= 1, got {getattr(self, name)}")

    def passes(self, size: int) -> int:
        """Returns half the number of places of the square, for each takes a pass forward and none back."""
        return (size // self.stride + 1) ** 2 // 2

    def explain(
        self, network: Network, x: Tensor | Trace, objective: Objective, progress: Progress | None = None
    ) -> Attribution:
        """Returns how much `objective` falls where `x` is covered; of a Trace only the picture is used."""
        x = row_per_explanation(input_tensor(x, network), objective)
        baseline = baseline_picture(self.baseline, network, x)
        explained = ExplainedScalar(network, objective, len(x), progress)
        windows = self.windows(x)
        total, times = torch.zeros_like(x), torch.zeros_like(x)
        with torch.no_grad():
            logits, value = logits_of(network, x), explained(x)
            explained.plan(len(windows) * len(x))
            for begin in range(0, len(windows), explained.chunk):
                group = windows[begin : begin + explained.chunk]
                covered = x.repeat(len(group), *[1] * (x.dim() - 1))
                for window, variant in zip(group, torch.split(covered, len(x)), strict=True):
                    variant[window] = baseline[window]
                for window, after in zip(group, torch.split(explained(covered), len(x)), strict=True):
                    total[window] += (value - after).view(-1, *[1] * (x.dim() - 1))
                    times[window] += 1
        if progress:
            progress(1.0)
        channels = x.shape[1] if x.dim() > 2 else 1
        return Attribution(total / times / channels, logits, value)

    def windows(self, x: Tensor) -> list[tuple[EllipsisType | slice, ...]]:
        """Returns the index of every window in a batch like `x`, row by row."""
        size = self.window if x.dim() > 2 else 1
        step = min(self.stride, size)
        sides = x.shape[2:] or x.shape[1:]
        starts = product(*(range(0, max(side - size, 0) + step, step) for side in sides))
        return [(..., *(slice(start, start + size) for start in corner)) for corner in starts]
