"""Sanity checks: a map should depend on the trained weights and on the class, and not on a little noise."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from lrp.attribution import Attribution, Map, sum_channels
from lrp.methods import explain
from lrp.methods.baselines import draws, pixel_range
from lrp.methods.method import Explainer, promised_sum
from lrp.metrics.agreement import spearman, ssim
from lrp.metrics.copies import randomised
from lrp.network.graph import Network
from lrp.network.inputs import as_input
from lrp.network.network_of import AnyNetwork, network_of
from lrp.network.weighted import Weighted
from lrp.progress import Progress, equal_parts
from lrp.walk.gradient_batch import CHUNK
from lrp.walk.objectives import Logit, Objective

CLASS = Logit(0)  # stands for any class: the sums of all are promised alike


@dataclass(frozen=True)
class Alike:
    """How alike a map is to another one that should be unlike it.

    changed: what was changed: the part of the network down to which all weights were redrawn, or the index of the other class.
    ssim, spearman: of the two maps. spearman_absolute: of their absolute values; where a redrawn logit is negative, a map of LRP
    turns its sign, and only this says that the places stayed the same. map: (H, W), the other map, in logits.
    """

    changed: str
    ssim: float
    spearman: float
    spearman_absolute: float
    map: Map = field(compare=False, repr=False)


@dataclass(frozen=True)
class Sensitivity:
    """The largest and the mean change of relevance under small noise, |R(x + noise) - R(x)| / |R(x)|, both at least 0."""

    largest: float
    average: float


def stages(network: Network, every_layer: bool = False) -> list[list[str]]:
    """Returns the names of the nodes with weights, from the output down, in groups of one top-level module each.

    With `every_layer` each is alone, as it is to be in a network that has two parts only, such as VGG.
    """
    groups: dict[str, list[str]] = {}
    for node in reversed(network.nodes):
        if isinstance(node.layer, Weighted):
            groups.setdefault(node.name if every_layer else node.path.split(".")[0], []).append(node.name)
    return list(groups.values())


def cascade(
    network: AnyNetwork, x: Tensor, target: int, method: Explainer, seed: int = 0, every_layer: bool = False,
    progress: Progress | None = None,
) -> list[Alike]:
    """Returns how alike the map stays while the weights are redrawn from the top down, stage after stage  [Adebayo et al. 2018].

    x: one picture (1, 3, H, W). A method that explains what the network learned becomes unlike at once; one that stays alike
    draws the edges of the picture, whatever the network says. Adebayo et al. compare maps with and without their signs; Quantus'
    MPRT compares absolute values by default (abs=True). progress: see `lrp.explain`.
    """
    network = network_of(network)
    parts, found = stages(network, every_layer), []
    generator, changed = torch.Generator().manual_seed(seed), network
    first, *others = equal_parts(progress, len(parts) + 1)
    original = _map(network, x, target, method, first)
    for part, own in zip(parts, others, strict=True):
        changed = randomised(changed, part, generator)
        label = part[0] if every_layer else network.find(part[0]).path.split(".")[0]
        values = _map(changed, x, target, method, own)
        found.append(_alike(label, original, values))
    if progress:
        progress(1.0)
    return found


def other_class(
    network: AnyNetwork, x: Tensor, target: int, method: Explainer, seed: int = 0, progress: Progress | None = None
) -> Alike:
    """Returns how alike the maps of the class and of one drawn at random are: the random logit test  [Sixt et al. 2020].

    x: one picture (1, 3, H, W). Alike maps do not say what speaks for this class. `changed` is the index of the other class.
    """
    first, second = equal_parts(progress, 2)
    both = explain(network, x, target, method, first)
    classes = both.logits.shape[1]
    if classes < 2 or not 0 <= target < classes:
        lone = "; one logit has no other class to compare with" if classes == 1 else ""
        raise ValueError(f"target must be one of two or more classes, got {target} of {classes}{lone}")
    other = int((target + 1 + np.random.default_rng(seed).integers(classes - 1)) % classes)
    return _alike(str(other), sum_channels(both.relevance), _map(network, x, other, method, second))


def sensitivity(
    network: AnyNetwork, x: Tensor, target: int, method: Explainer, noise: float = 0.02, n_samples: int = 10, seed: int = 0,
    progress: Progress | None = None,
) -> Sensitivity:
    """Returns how much relevance changes under small noise: SENS_MAX of Yeh et al. 2019, and the mean of the same.

    x: one picture (1, 3, H, W). Every value gets noise drawn evenly from -noise to noise, in shares of the range of the pixels.
    Norms are Euclidean, over all channels and pixels, and relative to |R(x)|, as Quantus has it; Quantus' noise is 0.2 in units
    of the network's input, whatever these are, and it takes 200 samples. 0 for a map that nothing changes; infinite where no
    relevance becomes some. Raises ValueError for noise that is not above 0 and for less than one sample.
    """
    if not (noise > 0 and n_samples >= 1):
        raise ValueError(f"noise must be above 0 and n_samples at least 1, got {noise} and {n_samples}")
    network = network_of(network)
    x = as_input(network, x)
    original = explain(network, x, target, method).relevance
    span, changes = noise * pixel_range(network, x), []
    for done, noisy in enumerate(_noisy_chunks(x, span, n_samples, seed)):
        if progress:
            progress(min(1.0, done * CHUNK / n_samples))
        changes.append((explain(network, noisy, target, method).relevance - original).flatten(1).norm(dim=1))
    if progress:
        progress(1.0)
    size, change = float(original.norm()), torch.cat(changes)
    relative = change / size if size else torch.where(change == 0, 0.0, float("inf"))
    return Sensitivity(float(relative.max()), float(relative.mean()))


def completeness_gap(result: Attribution, method: Explainer, objective: Objective = CLASS) -> float | None:
    """Returns |sum - explained| / |explained| of the relevance of one picture, at least 0.

    objective: what was explained, by default a class. None where no sum is promised, see `promised_sum`. For LRP it is
    conservation from logit to pixels, for Integrated Gradients completeness [Sundararajan et al. 2017, proposition 1].
    Quantus' Completeness asks for exact equality, which no floating-point sum has, and so answers no to nearly every map.
    """
    return promised_gap(float(result.gap[0]), method, objective)


def promised_gap(gap: float, method: Explainer, objective: Objective) -> float | None:
    """Returns the gap of a map's sum; None where no sum is promised, see `promised_sum`."""
    return None if promised_sum(method, objective) is None else gap


def _noisy_chunks(x: Tensor, span: Tensor, count: int, seed: int) -> Iterator[Tensor]:
    """Yields `count` noisy copies of `x`, at most CHUNK at a time."""
    noisy = torch.cat([x + span * (2 * uniform - 1) for uniform in draws(torch.rand, x, count, seed)])
    yield from torch.split(noisy, CHUNK)


def _map(network: AnyNetwork, x: Tensor, target: int, method: Explainer, progress: Progress | None = None) -> Map:
    if progress:
        progress(0.0)  # a quick method reports nothing itself
    return sum_channels(explain(network, x, target, method, progress).relevance)


def _alike(changed: str, a: Map, b: Map) -> Alike:
    return Alike(changed, ssim(a, b), spearman(a, b), spearman(np.abs(a), np.abs(b)), b)
