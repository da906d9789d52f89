"""Blur IG: a path on which the picture comes into focus."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor

from lrp.methods.gaussian_blur import gaussian_blur
from lrp.methods.panels import Ends, Integral
from lrp.methods.path_base import Line, PathMethod, path_steps_setting
from lrp.network.graph import Network
from lrp.network.precision import in_double
from lrp.progress import Progress
from lrp.settings import parameter
from lrp.walk.gradient_batch import CHUNK
from lrp.walk.scalar import SampleScalar

GRADING = 3  # a third of the error of the map with equal steps (measured)


@dataclass(frozen=True)
class BlurIntegratedGradients(PathMethod):
    """Gradients integrated along the way from a blurred picture to the sharp one  [Xu, Venugopalan and Sundararajan 2020, eq. 7].

    R = integral over sigma from max_sigma to 0 of df(x_sigma)/dx * dx_sigma/dsigma, where x_sigma is x under a Gaussian with a
    standard deviation of sigma pixels. In logits, of the shape of x; sums to f(x) - f(x_max_sigma). The integral is a sum over
    `n_steps` steps, each from a sigma_i = max_sigma (1 - i / n)^3: what it changes in the picture times the gradient in its
    middle, which is exact in the map where f is linear, and in the sum where f is quadratic. The authors' code (PAIR saliency)
    has equal steps of sigma, takes the gradient and the slope in sigma at one end of each, and counts what lies beyond the border
    as 0. Here steps are finer towards the sharp picture, where details come in (lrp/README.md says what that gains), and the
    border is mirrored, so that the blurred picture keeps its colours to the edge.
    Raises ValueError for settings outside their limits and for an input without a length, or height and width.
    """

    name: ClassVar[str] = "blur-integrated-gradients"
    label: ClassVar[str] = "Blur IG"
    sums_to: ClassVar[str | None] = "{} less that of the blurred picture"
    summary: ClassVar[str] = (
        "Integrated Gradients on the way from a blurred picture to the sharp one. No colour is its baseline: it says which "
        "details, from coarse to fine, made the answer."
    )
    max_sigma: float = parameter(
        50.0, "Strongest blur", "How blurred the picture is at the beginning: the standard deviation of the Gaussian, in pixels.",
        range=(1.0, 100.0), scale="log", unit="pixels",
    )
    n_steps: int = path_steps_setting(64)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.max_sigma < float("inf"):
            raise ValueError(f"max_sigma must be above 0 and finite, got {self.max_sigma}")

    def lines(self, network: Network, x: Tensor) -> Sequence[Line]:
        if x.dim() < 3:
            raise ValueError(f"Blur IG needs x to have a length, or height and width, got {tuple(x.shape)}")
        return [(gaussian_blur(x, self.max_sigma), 0.0)]

    def integrate(self, f: SampleScalar, lines: Sequence[Ends], progress: Progress | None) -> Integral:
        ((start, end),) = lines
        relevance = torch.zeros_like(end)
        for begin in range(0, self.n_steps, CHUNK):
            if progress:
                progress(begin / self.n_steps)
            left = [(1 - i / self.n_steps) ** GRADING for i in range(begin, min(begin + CHUNK, self.n_steps) + 1)]
            pictures = [gaussian_blur(end, share * self.max_sigma) for share in left]
            steps = torch.cat([after - before for before, after in pairwise(pictures)])
            _, gradients = f(torch.cat(pictures[:-1]) + steps / 2)
            relevance += (gradients * steps).sum(0, keepdim=True)
        before, after = in_double(f.values(torch.cat([start, end]))).tolist()
        return Integral(relevance, after - before, self.n_steps)
