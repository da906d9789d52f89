"""Expected Gradients: gradients on the ways from real pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from lrp.methods.baselines import Baseline, WithBaseline, as_baseline, check_samples, seed_setting
from lrp.methods.panels import Ends, Integral
from lrp.methods.path_base import STEP_LIMIT, Line, PathMethod
from lrp.network.graph import Network
from lrp.network.precision import in_double
from lrp.pictures.picture_set import PictureSet
from lrp.pictures.samples import SAMPLES
from lrp.progress import Progress
from lrp.settings import parameter
from lrp.walk.gradient_batch import CHUNK
from lrp.walk.scalar import SampleScalar


@dataclass(frozen=True, eq=False)
class ExpectedGradients(WithBaseline, PathMethod):
    """Integrated Gradients averaged over real pictures as baselines, at random places on the ways  [Erion et al. 2021].

    R is the mean over references x' and alpha in [0, 1] of (x - x') * grad f(x' + alpha (x - x')), by `n_samples` gradients. In
    logits, of the shape of x; sums to f(x) less the mean f(x'), but for the error of the draws, which is the gap.

    Each reference gets n_samples / (number of references) draws of alpha, rounded down, one from each of as many equal parts of
    [0, 1]; where there are several references, the draws of one part are spread over it. Of more than `n_samples` references the
    seed chooses n_samples. So each draw has the distribution of the paper, and their mean less variance than by drawing freely.

    references: "samples" (the six pictures that come with the program), a `PictureSet`, whose pictures are scaled and cut to the
    size of x, both for networks with pixel bounds; or, in the units of x, a tensor (M, C, H, W), or one that broadcasts to it.
    Raises ValueError for settings outside their limits, for references that do not fit x, and for pictures without pixel bounds.
    """

    name: ClassVar[str] = "expected-gradients"
    label: ClassVar[str] = "Expected Gradients"
    sums_to: ClassVar[str | None] = "{} less the mean one of the references"
    summary: ClassVar[str] = (
        "Integrated Gradients from other pictures instead of a made-up baseline, averaged: why does this picture get another "
        "answer than those? The pictures that it is compared with are its viewpoint."
    )
    references: Baseline | PictureSet = parameter(
        "samples", "References", "The pictures that this one is compared with.", options=("samples",), pictures=True,
    )
    n_samples: int = parameter(
        96, "Samples", "How many gradients are taken, evenly from all references. More is more exact and slower.",
        range=(8, STEP_LIMIT), scale="log",
    )
    seed: int = seed_setting()

    def __post_init__(self) -> None:
        if not isinstance(self.references, PictureSet):
            object.__setattr__(self, "references", as_baseline(self.references, "references", ("samples",)))
        check_samples(self.n_samples)

    def passes(self, size: int) -> int:
        """Returns the number of gradients."""
        return self.n_samples

    def lines(self, network: Network, x: Tensor) -> Sequence[Line]:
        references = self._pictures(network, x)
        chosen = torch.randperm(len(references), generator=torch.Generator().manual_seed(self.seed))[: self.n_samples]
        return [(references[i : i + 1].expand_as(x), 0.0) for i in sorted(chosen.tolist())]

    def integrate(self, f: SampleScalar, lines: Sequence[Ends], progress: Progress | None) -> Integral:
        places = self.places(len(lines))
        relevance = torch.zeros_like(lines[0][1])
        for begin in range(0, len(places), CHUNK):
            if progress:
                progress(begin / len(places))
            chunk = places[begin : begin + CHUNK]
            starts, ends = (torch.cat(side) for side in zip(*(lines[line] for line, _ in chunk), strict=True))
            _, gradients = f(torch.cat([torch.lerp(*lines[line], alpha) for line, alpha in chunk]))
            relevance += ((ends - starts) * gradients).sum(0, keepdim=True)
        values = [f.values(torch.cat([start for start, _ in lines[i : i + CHUNK]])) for i in range(0, len(lines), CHUNK)]
        explained = float(f.values(lines[0][1])) - float(in_double(torch.cat(values)).mean())
        return Integral(relevance / len(places), explained, len(places))

    def places(self, lines: int) -> list[tuple[int, float]]:
        """Each line with each of its places, (line, alpha): part by part of [0, 1], and within a part spread over the lines."""
        generator = torch.Generator().manual_seed(self.seed)
        parts = self.n_samples // lines
        found = []
        for part in range(parts):
            order = torch.randperm(lines, generator=generator)
            within = (order + torch.rand(lines, generator=generator, dtype=torch.double)) / lines
            found += [(line, (part + float(place)) / parts) for line, place in enumerate(within)]
        return found

    def _pictures(self, network: Network, x: Tensor) -> Tensor:
        """The references (M, ...) in the units of `x` (N, ...)."""
        given = self.references
        if isinstance(given, str):
            return _as_seen([Image.fromarray(pixels()) for pixels in SAMPLES.values()], network, x)
        if isinstance(given, PictureSet):
            return _as_seen(given.images, network, x)
        given = torch.as_tensor(given)
        if given.dim() and (given.dim() != x.dim() or not len(given)):
            raise ValueError(f"references must have the shape (M, {', '.join(map(str, x.shape[1:]))}), got {tuple(given.shape)}")
        try:
            return given.to(x).expand(len(given) if given.dim() else 1, *x.shape[1:])
        except RuntimeError:
            shapes = f"(M, {', '.join(map(str, x.shape[1:]))}), got {tuple(given.shape)}"
            raise ValueError(f"references must broadcast to the shape {shapes}") from None


def _as_seen(images: Sequence[Image.Image], network: Network, x: Tensor) -> Tensor:
    """The centres of the pictures as the network takes them, (M, 3, H, W) like `x`."""
    if network.low is None or network.high is None:
        raise ValueError("comparing with pictures needs the pixel bounds; give low and high to lrp.canonize, or a tensor")
    if x.dim() != 4 or x.shape[1] != 3:
        raise ValueError(f"comparing with pictures needs x to be pictures, (N, 3, H, W), got {tuple(x.shape)}; give a tensor")
    low, high = network.low.to(x), network.high.to(x)
    size = (x.shape[3], x.shape[2])
    cut = np.stack([np.asarray(ImageOps.fit(image, size, Image.Resampling.BILINEAR)) for image in images])
    return low + (high - low) * torch.from_numpy(cut).permute(0, 3, 1, 2).to(x) / 255
