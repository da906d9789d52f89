"""Whether a map marks what the network needs: its deletion and insertion curves beside those of random orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lrp.attribution import Map
from lrp.heads import SIGMOID, head_of
from lrp.metrics.curves import area, check_maps, class_indices, pictures_of, random_orders_of
from lrp.metrics.explanation_alone import average_drop, kept_scores
from lrp.metrics.perturbation import Curve, Perturbation, most_relevant_first, perturbed_scores
from lrp.network.inputs import logits_of
from lrp.network.network_of import AnyNetwork, network_of
from lrp.progress import Progress


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """The curves of one map: the score of the explained output (see `Perturbation.score`) while patches are replaced.

    shares: (S + 1,), the share of the patches taken, 0 to 1. deletion: (S + 1,), the score while the most relevant are taken.
    insertion: (S + 1,), the score while the most relevant are given back to a picture that was replaced as a whole.
    random: (n, S + 1), the same while patches are taken in n random orders. kept: the score of the explanation alone.
    head: what the outputs mean, one of lrp.heads.HEADS. absent: whether it is a label whose logit is negative, so that the
    network says that it is not there. What speaks for it still raises the score, and without it the score falls further.
    """

    shares: Curve
    deletion: Curve
    insertion: Curve
    random: NDArray[np.float64]
    kept: float
    absent: bool = False
    head: str = "softmax"

    @property
    def deletion_area(self) -> float:
        """The area under the deletion curve; smaller is better."""
        return area(self.deletion, self.shares)

    @property
    def insertion_area(self) -> float:
        """The area under the insertion curve; larger is better."""
        return area(self.insertion, self.shares)

    @property
    def random_areas(self) -> NDArray[np.float64]:
        """(n,), the areas under the random curves; a random order is as good taken as given back."""
        return np.array([area(curve, self.shares) for curve in self.random])

    @property
    def gain(self) -> float:
        """Insertion area - deletion area, the symmetric relevance gain  [Blücher et al. 2024]; a random order has 0 on average.

        It depends much less on the replacement than either area does.
        """
        return self.insertion_area - self.deletion_area

    @property
    def drop(self) -> float:
        """How much of the score is lost if only the explanation is kept, 0 to 1; 0 where the score rises. See `kept_only`."""
        return average_drop([self.deletion[0]], [self.kept])

    @property
    def increase(self) -> bool:
        """Whether the score rises if only the explanation is kept."""
        return bool(self.kept > self.deletion[0])


def faithfulness(
    network: AnyNetwork, x: Tensor, target: int, maps: Mapping[str, Map], perturbation: Perturbation | None = None,
    random_orders: int = 10, progress: Progress | None = None, random: NDArray[np.float64] | None = None,
) -> dict[str, Faithfulness]:
    """Returns the curves of several maps (H, W) of one picture `x` (1, C, H, W), by the names that the maps have.

    All share one baseline of `random_orders` seeded random orders, or `random`, what `random_curves` gave before. Other
    arguments and errors as in `deletion`.
    """
    x = pictures_of(network, x)
    if len(x) != 1 or random_orders < 1 or not maps:
        given = f"{len(x)}, {random_orders} and {len(maps)}"
        raise ValueError(f"x must be one picture, and random_orders and the number of maps at least 1, got {given}")
    perturbation = perturbation or Perturbation()
    check_maps(x, list(maps.values()))
    best = [most_relevant_first(values, perturbation.patch) for values in maps.values()]
    chance = random_orders_of(len(best[0]), random_orders, perturbation.seed) if random is None else []
    orders = [*best, *(order[::-1] for order in best), *chance]
    classes, count = class_indices(target, 1), len(best)
    scores = perturbed_scores(network, x, classes, [0] * len(orders), orders, perturbation, progress)
    shares = perturbation.shares(x.shape[-2:])
    kept = kept_scores(network, x.expand(count, -1, -1, -1), classes.expand(count), list(maps.values()), perturbation)
    with torch.no_grad():
        logits = logits_of(network_of(network), x)
    head = head_of(network_of(network).head, logits.shape[1])
    absent = head is SIGMOID and bool(logits[0, classes] < 0)
    chance_scores = scores[2 * count :] if random is None else random
    return {
        name: Faithfulness(shares, scores[i], scores[count + i][::-1], chance_scores, float(kept[i]), absent, head.name)
        for i, name in enumerate(maps)
    }


def gains(
    network: AnyNetwork, x: Tensor, target: int, maps: Sequence[Map], perturbation: Perturbation | None = None,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """Returns the symmetric relevance gain (M,) of several maps (H, W) of one picture `x` (1, C, H, W), as `Faithfulness.gain`.

    Arguments and errors as in `faithfulness`, without random orders, whose gain is 0 on average.
    """
    perturbation = perturbation or Perturbation()
    x = pictures_of(network, x)
    check_maps(x, maps)
    best = [most_relevant_first(values, perturbation.patch) for values in maps]
    orders = [*best, *(order[::-1] for order in best)]
    scores = perturbed_scores(network, x, class_indices(target, 1), [0] * len(orders), orders, perturbation, progress)
    shares = perturbation.shares(x.shape[-2:])
    deletions, insertions = scores[: len(maps)], scores[len(maps) :, ::-1]
    return np.array([area(given, shares) - area(taken, shares) for taken, given in zip(deletions, insertions, strict=True)])
