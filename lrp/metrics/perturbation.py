"""Scores of pictures of which more and more patches are replaced."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lrp.attribution import Map
from lrp.methods.baselines import (
    Baseline,
    WithBaseline,
    as_baseline,
    blur,
    draws,
    noise_pictures,
    pixel_range,
    seed_setting,
    spread_over,
)
from lrp.metrics.copies import half_precision
from lrp.metrics.scores import SCORES, is_relative, relative_values, scores
from lrp.network.graph import Network
from lrp.network.inputs import as_input, logits_of
from lrp.network.network_of import AnyNetwork, network_of
from lrp.progress import Progress
from lrp.settings import parameter
from lrp.walk.class_index import pick_class
from lrp.walk.gradient_batch import CHUNK

REPLACEMENTS = ("blur", "mean", "noise")
PRECISIONS = ("full", "half")

Order = NDArray[np.intp]  # (P,), patches row by row, in the order in which they are taken
Curve = NDArray[np.float64]  # (steps + 1,), what the network says after each portion


@dataclass(frozen=True, eq=False)
class Perturbation(WithBaseline):
    """Settings of a deletion: the size of the patches, the number of portions, the replacement, and the score.

    patch: the side of the square patches in pixels; at the far edges they are cut off. steps: the number of portions in which
    all patches are taken, at most one for each patch. replacement: one of REPLACEMENTS, or, in the units of x, a number or a
    tensor that broadcasts to x:
    "blur" is the picture out of focus, "mean" its own mean colour, "noise" is drawn evenly between the network's pixel bounds
    (or the picture's own range where the network has none) with `seed`. score: one of SCORES, of the explained output:
    "probability" is what its head makes of the logit (see lrp/metrics/scores.py), "logit" the logit or predicted value itself.
    precision: one of PRECISIONS; "half" asks the network in bfloat16, see `half_precision`.
    Raises ValueError for a patch or a number of steps below 1, and for an unknown replacement, score or precision.
    """

    patch: int = parameter(
        8, "Patch", "The side of the squares that are taken away, in pixels. Small ones are finer, and each changes less.",
        range=(1, 64), scale="log", unit="pixels",
    )
    steps: int = parameter(20, "Steps", "In how many portions all is taken away. More is finer and slower.", range=(5, 100))
    replacement: Baseline = parameter(
        "blur", "Replacement", "What stands there instead: the picture out of focus, its mean colour, or noise. The curves "
        "depend on it.", options=REPLACEMENTS,
    )
    score: str = parameter("probability", "Score", "What is read off the network.", options=SCORES)
    precision: str = parameter(
        "full", "Precision", "Half is faster on new processors only, and rounds probabilities to about 0.01.", options=PRECISIONS
    )
    seed: int = seed_setting()

    def __post_init__(self) -> None:
        for name in ("patch", "steps"):
            if not getattr(self, name) >= 1:
                raise ValueError(f"{name} must be >= 1, got {getattr(self, name)}")
        object.__setattr__(self, "replacement", as_baseline(self.replacement, "replacement", REPLACEMENTS))
        for name, known in (("score", SCORES), ("precision", PRECISIONS)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, got {getattr(self, name)!r}")

    def replaced(self, network: Network, x: Tensor) -> Tensor:
        """Returns what stands where patches of `x` (N, C, H, W) were taken, of its shape."""
        if not isinstance(self.replacement, str):
            return spread_over(self.replacement, x, "replacement")
        if self.replacement == "blur":
            return blur(x)
        if self.replacement == "mean":
            return x.mean((2, 3), keepdim=True).expand_as(x)
        if network.low is not None and network.high is not None:
            return next(noise_pictures(network, x, 1, self.seed)).expand_as(x)
        return x.amin((1, 2, 3), keepdim=True) + pixel_range(network, x) * next(draws(torch.rand, x, 1, self.seed))

    def counts(self, patches: int) -> NDArray[np.intp]:
        """Returns the number of patches taken after each step, (steps + 1,), from 0 to all."""
        return np.rint(np.linspace(0, patches, min(self.steps, patches) + 1)).astype(np.intp)

    def shares(self, shape: tuple[int, ...]) -> Curve:
        """Returns the share of the patches of a map of `shape` (H, W) that are taken after each step, 0 to 1."""
        counts = self.counts(int(np.prod([-(-side // self.patch) for side in shape])))
        shares: Curve = counts / counts[-1]
        return shares


def patch_sums(values: Map, patch: int) -> NDArray[np.float64]:
    """Returns the relevance of each patch of a map (H, W), row by row: (rows, columns), in logits."""
    rows = np.add.reduceat(values.astype(np.float64), range(0, values.shape[0], patch), 0)
    return np.add.reduceat(rows, range(0, values.shape[1], patch), 1)


def most_relevant_first(values: Map, patch: int) -> Order:
    """Returns the patches of a map (H, W) by their relevance, the largest first; of equal ones the upper left one first."""
    return np.argsort(-patch_sums(values, patch).ravel(), kind="stable")


def spread_patches(values: NDArray[Any], shape: tuple[int, ...], patch: int) -> NDArray[Any]:
    """Returns a map of `shape` (H, W) in which each pixel has the value of its patch, of values (rows, columns)."""
    return values.repeat(patch, 0).repeat(patch, 1)[: shape[0], : shape[1]]


def perturbed_scores(
    network: AnyNetwork, x: Tensor, target: Tensor, owners: Sequence[int], orders: Sequence[Order], perturbation: Perturbation,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """Returns the score (M, steps + 1) of the explained output while patches are taken, for M orders; of `relative_values` where
    it is a predicted value.

    x: (N, C, H, W). target: (N,) class indices. owners: for each order, the picture of `x` that it is about.
    orders: permutations of the patches, row by row. progress: called with the share done; raising from it stops the work.
    """
    network = network_of(network)

    def read(logits: Tensor, which: list[int]) -> Tensor:
        return pick_class(scores(logits, perturbation.score, network.head), target[which])[:, None]

    found = perturbed_outputs(network, x, owners, orders, perturbation, read, progress)[..., 0]
    return relative_values(found, found[:, :1], found[:, -1:]) if is_relative(perturbation.score, network.head) else found


def perturbed_outputs(
    network: AnyNetwork, x: Tensor, owners: Sequence[int], orders: Sequence[Order], perturbation: Perturbation,
    read: Callable[[Tensor, list[int]], Tensor], progress: Progress | None = None,
) -> NDArray[np.float64]:
    """Returns (M, steps + 1, V): what `read` makes of the logits while patches are taken, for M orders.

    read: given the logits (B, K) of some pictures and the index in `x` of each, returns V values of each, (B, V). Other
    arguments as in `perturbed_scores`.
    """
    network = network_of(network)
    x = as_input(network, x)
    places = torch.from_numpy(np.stack([_places(order, x.shape[-2:], perturbation.patch) for order in orders])).to(x.device)
    counts = perturbation.counts(int(places.max()) + 1)
    replaced = perturbation.replaced(network, x)
    # Nothing taken and all taken are the same for all orders of a picture, so each picture has these two once.
    ends = [(owner, None, count) for owner in sorted(set(owners)) for count in (0, len(counts) - 1)]
    work = [*ends, *((owner, m, step) for m, owner in enumerate(owners) for step in range(1, len(counts) - 1))]
    found: NDArray[np.float64] | None = None
    asked = half_precision(network) if perturbation.precision == "half" else network
    with torch.no_grad():
        for begin in range(0, len(work), CHUNK):
            if progress:
                progress(begin / len(work))
            part = work[begin : begin + CHUNK]
            which = [owner for owner, _, _ in part]
            taken = torch.stack([(places[0 if m is None else m] < counts[step])[None] for _, m, step in part])
            changed = torch.where(taken, replaced[which], x[which])
            logits = logits_of(asked, changed) if asked is network else _in_half(asked, changed)
            values = read(logits.to(x.dtype), which).cpu().double().numpy()
            if found is None:
                found = np.empty((len(orders), len(counts), values.shape[1]))
            for (owner, m, step), value in zip(part, values, strict=True):
                found[[k for k, other in enumerate(owners) if other == owner] if m is None else m, step] = value
    if progress:
        progress(1.0)
    assert found is not None, "each picture has at least its two ends"
    return found


def _in_half(network: Network, x: Tensor) -> Tensor:
    """Returns the logits of a network in bfloat16. Raises ValueError for one that has constants of another type."""
    try:
        return logits_of(network, x.to(network.dtype))
    except ValueError as error:
        reason = "some of whose constants are not in half precision"
        raise ValueError(f"precision must be full for this network, {reason}, got half: {error}") from None


def _places(order: Order, shape: tuple[int, ...], patch: int) -> NDArray[np.intp]:
    """Returns the place in the order of each pixel's patch, (H, W). Raises ValueError unless it holds each patch once."""
    rows, columns = (-(-side // patch) for side in shape)
    if sorted(order) != list(range(rows * columns)):
        raise ValueError(f"an order must hold each of the {rows} x {columns} patches once, got {len(order)} numbers")
    places = np.empty(rows * columns, np.intp)
    places[order] = np.arange(rows * columns)
    return spread_patches(places.reshape(rows, columns), shape, patch)
