"""Deletion and insertion curves: the score of a class while a picture is taken away, or given back, patch by patch."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lrp.attribution import Map
from lrp.metrics.perturbation import Curve, Order, Perturbation, most_relevant_first, patch_sums, perturbed_scores
from lrp.network.inputs import as_input
from lrp.network.network_of import AnyNetwork, network_of
from lrp.progress import Progress
from lrp.walk.class_index import Classes, class_tensor

FIRST = ("most", "least")


def deletion(
    network: AnyNetwork, x: Tensor, target: int | Tensor, maps: Sequence[Map], perturbation: Perturbation | None = None,
    first: str = "most", progress: Progress | None = None,
) -> NDArray[np.float64]:
    """Returns the score (N, S + 1) while the patches of each picture are replaced, the most, or least, relevant first.

    The deletion curve of Petsiuk et al. 2018; with single pixels the pixel flipping of Bach et al. 2015, with patches the region
    perturbation of Samek et al. 2017, which gives f(x) - score.
    network: a Backbone, or what `canonize` returned. x: (N, C, H, W). target: a class index, or (N,) of them. maps: N of (H, W).
    progress: called with the share done, 0 to 1; raising from it stops the work.
    Quantus' PixelFlipping takes each colour of a pixel apart, PixelFlipping and RegionPerturbation replace by the smallest value
    of the picture ("black") by default, and divide maps by their maximum, which changes no order. Here a patch is taken with
    all its colours. Raises ValueError for a map of another shape than the picture, and `first` that is none of FIRST.
    """
    if first not in FIRST:
        raise ValueError(f"first must be one of {', '.join(FIRST)}, got {first!r}")
    perturbation, x = perturbation or Perturbation(), pictures_of(network, x)
    check_maps(x, maps)
    if len(maps) != len(x):
        raise ValueError(f"each of the {len(x)} pictures must have one map, got {len(maps)}")
    orders = [most_relevant_first(values, perturbation.patch)[:: 1 if first == "most" else -1] for values in maps]
    return perturbed_scores(network, x, class_indices(target, len(x)), range(len(x)), orders, perturbation, progress)


def insertion(
    network: AnyNetwork, x: Tensor, target: int | Tensor, maps: Sequence[Map], perturbation: Perturbation | None = None,
    first: str = "most", progress: Progress | None = None,
) -> NDArray[np.float64]:
    """Returns the score (N, S + 1) while the patches are given back to the replaced picture, the most, or least, relevant first.

    [Petsiuk et al. 2018]. It is the deletion curve of the reverse order, read backwards; arguments and errors as in `deletion`.
    """
    if first not in FIRST:
        raise ValueError(f"first must be one of {', '.join(FIRST)}, got {first!r}")
    other = FIRST[1 - FIRST.index(first)]
    return deletion(network, x, target, maps, perturbation, other, progress)[:, ::-1]


def random_curves(
    network: AnyNetwork, x: Tensor, target: int, perturbation: Perturbation | None = None, random_orders: int = 10,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """Returns the scores (n, S + 1) of one picture `x` (1, C, H, W) while patches are taken in n = `random_orders` orders."""
    perturbation, x = perturbation or Perturbation(), pictures_of(network, x)
    patches = patch_sums(np.zeros(x.shape[-2:], np.float32), perturbation.patch).size
    orders = random_orders_of(patches, random_orders, perturbation.seed)
    return perturbed_scores(network, x, class_indices(target, 1), [0] * random_orders, orders, perturbation, progress)


def area(curve: Curve, shares: Curve | None = None) -> float:
    """Returns the area under a curve by the trapezoidal rule, from share 0 to 1; without `shares` (S + 1,) by even steps."""
    return float(np.trapezoid(curve, np.linspace(0, 1, len(curve)) if shares is None else shares))


def random_orders_of(patches: int, count: int, seed: int) -> list[Order]:
    """Returns `count` random orders of so many patches."""
    generator = np.random.default_rng(seed)
    return [generator.permutation(patches) for _ in range(count)]


def class_indices(target: Classes, count: int) -> Tensor:
    """Returns a class index for each of `count` pictures, (N,). Raises TypeError for what is no class index."""
    return class_tensor(target).expand(count)


def pictures_of(network: AnyNetwork, x: Tensor) -> Tensor:
    """Returns `x` on the network's device and in its precision. Raises ValueError unless it is (N, C, H, W)."""
    x = as_input(network_of(network), x)
    if x.dim() != 4:
        raise ValueError(f"x must be pictures of shape (N, C, H, W), got shape {tuple(x.shape)}")
    return x


def check_maps(x: Tensor, maps: Sequence[Map]) -> None:
    """Raises ValueError for a map of another height or width than the pictures `x`."""
    for values in maps:
        if values.shape != tuple(x.shape[-2:]):
            raise ValueError(f"a map must have the shape of the picture, {tuple(x.shape[-2:])}, got {values.shape}")
