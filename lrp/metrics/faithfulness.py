"""Whether what a map marks is what the network needs: pictures from which it is taken away, or to which it is given back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from lrp.attribution import Map
from lrp.metrics.perturbation import (
    Curve,
    Order,
    Perturbation,
    by_patch,
    most_relevant_first,
    patch_sums,
    perturbed_scores,
    probability_or_logit,
)
from lrp.network.inputs import as_input, logits_of
from lrp.progress import Progress
from lrp.walk.class_index import Classes, class_tensor, pick_class

FIRST = ("most", "least")


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """What happens to the score of the explained class (its probability, or its logit) where a map says what matters.

    shares: (S + 1,), the share of the patches taken, 0 to 1. deletion: (S + 1,), the score while the most relevant are taken.
    insertion: (S + 1,), the score while the most relevant are given back to a picture that was replaced as a whole.
    random: (n, S + 1), the same while patches are taken in n random orders. kept: the score of the explanation alone.
    absent: whether the network's only logit is negative, so that it says that the class is not there. What speaks for the class
    still raises the score, and without it the score falls further.
    """

    shares: Curve
    deletion: Curve
    insertion: Curve
    random: NDArray[np.float64]
    kept: float
    absent: bool = False

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
        return self.kept > self.deletion[0]


def deletion(
    network: Any, x: Tensor, target: int | Tensor, maps: Sequence[Map], perturbation: Perturbation | None = None,
    first: str = "most", progress: Progress | None = None,
) -> NDArray[np.float64]:
    """(N, S + 1), the score while the patches that are most, or least, relevant are taken from each picture first.

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
    perturbation, x = perturbation or Perturbation(), _pictures(network, x)
    _check(x, maps)
    if len(maps) != len(x):
        raise ValueError(f"each of the {len(x)} pictures must have one map, got {len(maps)}")
    orders = [most_relevant_first(values, perturbation.patch)[:: 1 if first == "most" else -1] for values in maps]
    return perturbed_scores(network, x, _classes(target, len(x)), range(len(x)), orders, perturbation, progress)


def insertion(
    network: Any, x: Tensor, target: int | Tensor, maps: Sequence[Map], perturbation: Perturbation | None = None,
    first: str = "most", progress: Progress | None = None,
) -> NDArray[np.float64]:
    """(N, S + 1), the score while the most, or least, relevant patches are given back to the replaced picture  [Petsiuk et al.
    2018]. It is the deletion curve of the reverse order, read backwards; arguments and errors as in `deletion`."""
    if first not in FIRST:
        raise ValueError(f"first must be one of {', '.join(FIRST)}, got {first!r}")
    other = FIRST[1 - FIRST.index(first)]
    return deletion(network, x, target, maps, perturbation, other, progress)[:, ::-1]


def faithfulness(
    network: Any, x: Tensor, target: int, maps: Mapping[str, Map], perturbation: Perturbation | None = None,
    random_orders: int = 10, progress: Progress | None = None, random: NDArray[np.float64] | None = None,
) -> dict[str, Faithfulness]:
    """Returns the curves of several maps (H, W) of one picture `x` (1, C, H, W), by the names that the maps have.

    All share one baseline of `random_orders` seeded random orders, or `random`, what `random_curves` gave before. Other
    arguments and errors as in `deletion`.
    """
    x = _pictures(network, x)
    if len(x) != 1 or random_orders < 1 or not maps:
        given = f"{len(x)}, {random_orders} and {len(maps)}"
        raise ValueError(f"x must be one picture, and random_orders and the number of maps at least 1, got {given}")
    perturbation = perturbation or Perturbation()
    _check(x, list(maps.values()))
    best = [most_relevant_first(values, perturbation.patch) for values in maps.values()]
    chance = _random_orders(len(best[0]), random_orders, perturbation.seed) if random is None else []
    orders = [*best, *(order[::-1] for order in best), *chance]
    classes, count = _classes(target, 1), len(best)
    scores = perturbed_scores(network, x, classes, [0] * len(orders), orders, perturbation, progress)
    shares = perturbation.shares(x.shape[-2:])
    kept = kept_scores(network, x.expand(count, -1, -1, -1), classes.expand(count), list(maps.values()), perturbation)
    with torch.no_grad():
        logits = logits_of(getattr(network, "network", network), x)
    absent = logits.shape[1] == 1 and bool(logits < 0)
    chance_scores = scores[2 * count :] if random is None else random
    return {
        name: Faithfulness(shares, scores[i], scores[count + i][::-1], chance_scores, float(kept[i]), absent)
        for i, name in enumerate(maps)
    }


def random_curves(
    network: Any, x: Tensor, target: int, perturbation: Perturbation | None = None, random_orders: int = 10,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """(n, S + 1), the scores of one picture `x` (1, C, H, W) while its patches are taken in n = `random_orders` random orders."""
    perturbation, x = perturbation or Perturbation(), _pictures(network, x)
    patches = patch_sums(np.zeros(x.shape[-2:], np.float32), perturbation.patch).size
    orders = _random_orders(patches, random_orders, perturbation.seed)
    return perturbed_scores(network, x, _classes(target, 1), [0] * random_orders, orders, perturbation, progress)


def area(curve: Curve, shares: Curve | None = None) -> float:
    """The area under a curve by the trapezoidal rule, from share 0 to 1; `shares` (S + 1,) are even steps if not given."""
    return float(np.trapezoid(curve, np.linspace(0, 1, len(curve)) if shares is None else shares))


def kept_only(x: Tensor, values: Map, perturbation: Perturbation, replaced: Tensor) -> Tensor:
    """One picture `x` (1, C, H, W) of which only the explanation is left: m x + (1 - m) replaced, with m the positive relevance
    of each patch divided by the largest.

    Chattopadhay et al. 2018 multiply the picture by the map of a CAM, so that black replaces the rest. A map by pixels would
    leave single points; by patches it is as coarse as theirs. Without positive relevance nothing is left.
    """
    sums = np.maximum(patch_sums(values, perturbation.patch), 0)
    mask = torch.from_numpy(by_patch(sums / (sums.max() or 1.0), x.shape[-2:], perturbation.patch)).to(x)
    return mask * x + (1 - mask) * replaced


def kept_scores(network: Any, x: Tensor, target: Tensor, maps: Sequence[Map], perturbation: Perturbation) -> Curve:
    """(N,), the score of the pictures `x` (N, C, H, W) of which only the explanation is left, see `kept_only`."""
    network = getattr(network, "network", network)
    x = as_input(network, x)
    found = []
    with torch.no_grad():
        for part, values, index in zip(x.split(1), maps, target, strict=True):
            masked = kept_only(part, values, perturbation, perturbation.replaced(network, part))
            found.append(float(pick_class(probability_or_logit(logits_of(network, masked), perturbation.score), index)))
    return np.array(found)


def average_drop(before: ArrayLike, after: ArrayLike) -> float:
    """The mean over pictures of max(0, before - after) / before, 0 to 1, of probabilities (N,) of the whole picture and of the
    explanation alone; smaller is better  [Chattopadhay et al. 2018]. NaN where a score is 0."""
    before, after = np.asarray(before, float), np.asarray(after, float)
    return float(np.mean(np.maximum(0, before - after) / np.where(before == 0, np.nan, before)))


def increase_in_confidence(before: ArrayLike, after: ArrayLike) -> float:
    """The share of pictures whose probability rises when only the explanation is left, 0 to 1; larger is better  [ibid.]."""
    return float(np.mean(np.asarray(after) > np.asarray(before)))


def _random_orders(patches: int, count: int, seed: int) -> list[Order]:
    generator = np.random.default_rng(seed)
    return [generator.permutation(patches) for _ in range(count)]


def _classes(target: Classes, count: int) -> Tensor:
    return class_tensor(target).expand(count)


def _pictures(network: Any, x: Tensor) -> Tensor:
    x = as_input(getattr(network, "network", network), x)
    if x.dim() != 4:
        raise ValueError(f"x must be pictures of shape (N, C, H, W), got shape {tuple(x.shape)}")
    return x


def _check(x: Tensor, maps: Sequence[Map]) -> None:
    for values in maps:
        if values.shape != tuple(x.shape[-2:]):
            raise ValueError(f"a map must have the shape of the picture, {tuple(x.shape[-2:])}, got {values.shape}")
