"""Deletion and insertion curves of every output of a network, for one picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lrp.attribution import Map
from lrp.heads import head_of
from lrp.metrics.curves import check_maps, pictures_of, random_orders_of
from lrp.metrics.perturbation import Order, Perturbation, most_relevant_first, patch_sums, perturbed_outputs
from lrp.network.network_of import AnyNetwork, network_of
from lrp.progress import Progress


@dataclass(frozen=True, eq=False)
class OutputCurves:
    """What a network says of one picture while its patches are replaced in the order of a map.

    ranks: (P,), for each patch, row by row, its place in the order, 0 for the most relevant one. counts: (S + 1,), how many
    patches are taken after each step. deletion: (S + 1, K), the predictions while the most relevant patches are taken.
    insertion: (S + 1, K), while they are given back to the replaced picture; after step i all but counts[S - i] patches are.
    """

    ranks: NDArray[np.intp]
    counts: NDArray[np.intp]
    deletion: NDArray[np.float64]
    insertion: NDArray[np.float64]


def output_curves(
    network: AnyNetwork, x: Tensor, values: Map, perturbation: Perturbation | None = None, progress: Progress | None = None
) -> OutputCurves:
    """Returns the curves of all outputs of one picture `x` (1, C, H, W), its patches taken in the order of a map (H, W).

    Column k is what `deletion` and `insertion` return for the class k, except that predicted values are not made relative.
    perturbation: its `score` is not asked for. progress: called with the share done; raising from it stops the work.
    Raises ValueError for more than one picture, and for a map of another shape than the picture.
    """
    perturbation, x = perturbation or Perturbation(), _one_picture(network, x)
    check_maps(x, [values])
    order = most_relevant_first(values, perturbation.patch)
    taken, shown = _predictions(network, x, [order, order[::-1]], perturbation, progress)
    ranks = np.empty(len(order), np.intp)
    ranks[order] = np.arange(len(order))
    return OutputCurves(ranks, perturbation.counts(len(order)), taken, shown[::-1])


def random_output_curves(
    network: AnyNetwork, x: Tensor, perturbation: Perturbation | None = None, random_orders: int = 10,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """Returns the predictions (n, S + 1, K) for one picture while patches are taken in n = `random_orders` orders.

    Arguments and errors as in `output_curves`.
    """
    perturbation, x = perturbation or Perturbation(), _one_picture(network, x)
    patches = patch_sums(np.zeros(x.shape[-2:], np.float32), perturbation.patch).size
    return _predictions(network, x, random_orders_of(patches, random_orders, perturbation.seed), perturbation, progress)


def _predictions(
    network: AnyNetwork, x: Tensor, orders: list[Order], perturbation: Perturbation, progress: Progress | None
) -> NDArray[np.float64]:
    head = network_of(network).head

    def read(logits: Tensor, which: list[int]) -> Tensor:
        return head_of(head, logits.shape[1]).predictions(logits)

    return perturbed_outputs(network, x, [0] * len(orders), orders, perturbation, read, progress)


def _one_picture(network: AnyNetwork, x: Tensor) -> Tensor:
    x = pictures_of(network, x)
    if len(x) != 1:
        raise ValueError(f"x must be one picture, got {len(x)}")
    return x
