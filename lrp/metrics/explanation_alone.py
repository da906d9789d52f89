"""The score of the explanation alone: of a picture where all but what a map marks is replaced."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from lrp.attribution import Map
from lrp.metrics.perturbation import Curve, Perturbation, patch_sums, spread_patches
from lrp.metrics.scores import is_relative, relative_values, scores
from lrp.network.inputs import as_input, logits_of
from lrp.network.network_of import AnyNetwork, network_of
from lrp.walk.class_index import pick_class


def kept_only(x: Tensor, values: Map, perturbation: Perturbation, replaced: Tensor) -> Tensor:
    """Returns the picture `x` (1, C, H, W) with all replaced but what the map marks.

    m x + (1 - m) replaced, with m the positive relevance of each patch divided by the largest. Chattopadhay et al.
    2018 multiply the picture by the map of a CAM, so that black replaces the rest. A map by pixels would leave single points;
    by patches it is as coarse as theirs. Without positive relevance nothing is left.
    """
    sums = np.maximum(patch_sums(values, perturbation.patch), 0)
    mask = torch.from_numpy(spread_patches(sums / (sums.max() or 1.0), x.shape[-2:], perturbation.patch)).to(x)
    return mask * x + (1 - mask) * replaced


def kept_scores(network: AnyNetwork, x: Tensor, target: Tensor, maps: Sequence[Map], perturbation: Perturbation) -> Curve:
    """Returns the scores (N,) of the pictures `x` (N, C, H, W) of which only the explanation is left, see `kept_only`."""
    network = network_of(network)
    x, found = as_input(network, x), []

    def score(picture: Tensor, index: Tensor) -> float:
        return float(pick_class(scores(logits_of(network, picture), perturbation.score, network.head), index))

    with torch.no_grad():
        for part, values, index in zip(torch.split(x, 1), maps, target, strict=True):
            replaced = perturbation.replaced(network, part)
            alone = score(kept_only(part, values, perturbation, replaced), index)
            if is_relative(perturbation.score, network.head):
                ends = (np.array(score(end, index)) for end in (part, replaced))
                alone = float(relative_values(np.array(alone), *ends))
            found.append(alone)
    return np.array(found)


def average_drop(before: ArrayLike, after: ArrayLike) -> float:
    """Returns the mean over pictures of max(0, before - after) / |before|, 0 to 1; smaller is better  [Chattopadhay et al. 2018].

    before, after: (N,), probabilities of the whole pictures and of the explanations alone. NaN where one before is 0.
    """
    before, after = np.asarray(before, float), np.asarray(after, float)
    return float(np.mean(np.maximum(0, before - after) / np.where(before == 0, np.nan, np.abs(before))))


def increase_in_confidence(before: ArrayLike, after: ArrayLike) -> float:
    """Returns the share of pictures whose probability rises when only the explanation is left; larger is better  [ibid.]."""
    return float(np.mean(np.asarray(after) > np.asarray(before)))
