"""What is explained: a class, one class against another, or a whole layer.

An objective is two things: a scalar per sample for the gradient methods (`value`), and the relevance LRP starts from
(`seed`). A class argument is an index, an (N,) tensor with one index per sample, or, for a single sample, a (K,) tensor:
K explanations of that sample.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Classes = int | Tensor


class Objective:
    """Base of all objectives; `place` names the node or module whose output is explained, None for the logits."""

    place: str | None = None

    def value(self, output: Tensor) -> Tensor:
        """(N,), the explained scalar, differentiable."""
        raise NotImplementedError

    def seed(self, output: Tensor) -> Tensor:
        """The relevance to start from, of the output's shape; its sum is what the map should sum to."""
        raise NotImplementedError

    def samples(self, count: int) -> int:
        """How many explanations `count` samples get: one each, or K where one sample is explained for K classes."""
        return count


class ClassObjective(Objective):
    """An objective whose every field is a class argument."""

    def samples(self, count: int) -> int:
        given = [len(classes) for classes in map(_as_tensor, vars(self).values()) if classes.dim() == 1]
        return max([count, *given]) if count == 1 else count


@dataclass(frozen=True)
class Logit(ClassObjective):
    """The logit of class `target`, z_c; LRP starts from z_c at that class and 0 elsewhere  [Bach et al. 2015]."""

    target: Classes

    def value(self, output: Tensor) -> Tensor:
        return _pick(output, self.target)

    def seed(self, output: Tensor) -> Tensor:
        return _one_hot(output, self.target) * output


@dataclass(frozen=True)
class Contrast(ClassObjective):
    """Why `target` rather than `versus`: the difference of their logits, z_c - z_v."""

    target: Classes
    versus: Classes

    def value(self, output: Tensor) -> Tensor:
        return _pick(output, self.target) - _pick(output, self.versus)

    def seed(self, output: Tensor) -> Tensor:
        return (_one_hot(output, self.target) - _one_hot(output, self.versus)) * output


@dataclass(frozen=True)
class CLRP(ClassObjective):
    """Contrastive LRP: of n classes, the explained one against all others; the seed is z_c there and -z_c / (n - 1) elsewhere.

    [Gu et al. 2018, "Understanding Individual Decisions of CNNs via Contrastive Backpropagation", CLRP1: R - R_dual, where
    R_dual starts with z_c shared out evenly among the other classes]. Rules are linear in R, so one walk gives the difference;
    the paper's last step, max(0, .), is a matter of display and left to it. The seed sums to 0. The paper has z+ in every
    layer: epsilon in the last one divides by the logit, and a class whose logit is near 0 then dwarfs all others. Defined by
    its seed alone, so gradient methods raise TypeError.
    """

    target: Classes

    def value(self, output: Tensor) -> Tensor:
        raise TypeError("CLRP is defined for LRP only; for gradient methods use Contrast or SGLRP")

    def seed(self, output: Tensor) -> Tensor:
        chosen = _one_hot(output, self.target)
        share = (1 - chosen) / (output.shape[1] - 1)
        return (chosen - share) * self_value(output, self.target)


@dataclass(frozen=True)
class SGLRP(ClassObjective):
    """Softmax-gradient LRP: the seed is dp_c / dz_j, which is p_c (1 - p_c) at the class and -p_c p_j at each other one.

    [Iwana et al. 2019, "Explaining Convolutional Neural Networks using Softmax Gradient Layer-wise Relevance Propagation"].
    The seed sums to 0, and it vanishes where the network is sure of itself. The authors' program scales the map of the other
    classes to the sum of the first one's before it subtracts, which matters only where relevance is lost on the way; here
    nothing is scaled. Epsilon in the last layer inflates it as it does CLRP. Gradient methods explain the probability p_c.
    """

    target: Classes

    def value(self, output: Tensor) -> Tensor:
        return _pick(output.softmax(1), self.target)

    def seed(self, output: Tensor) -> Tensor:
        p = output.softmax(1)
        return self_value(p, self.target) * (_one_hot(output, self.target) - p)


@dataclass(frozen=True)
class Features(Objective):
    """The whole activation of a layer, such as "layer3": every feature starts with its own value as its relevance."""

    place: str

    def value(self, output: Tensor) -> Tensor:
        return output.flatten(1).sum(1)

    def seed(self, output: Tensor) -> Tensor:
        return output.clone()


def as_objective(target: Any) -> Objective:
    """`target` itself if it is an objective, else the Logit of that class index or (N,) tensor of indices."""
    return target if isinstance(target, Objective) else Logit(target)


def self_value(output: Tensor, target: Classes) -> Tensor:
    """(N, 1), each sample's output at its class."""
    return _pick(output, target).unsqueeze(1)


def _as_tensor(target: Classes) -> Tensor:
    try:
        classes = torch.as_tensor(target)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"target must be a class index or a tensor of them, got {target!r}") from None
    if classes.is_floating_point() or classes.is_complex() or classes.dtype == torch.bool:
        raise TypeError(f"target must be a class index or a tensor of them, got {classes.dtype}")
    return classes


def _indices(output: Tensor, target: Classes) -> Tensor:
    classes = _as_tensor(target).to(output.device)
    if classes.dim() > 1 or (classes.dim() == 1 and len(classes) != len(output)):
        raise ValueError(f"target must be one index or one per sample ({len(output)}), got shape {tuple(classes.shape)}")
    if bool(((classes < 0) | (classes >= output.shape[1])).any()):
        raise ValueError(f"target must be between 0 and {output.shape[1] - 1}, got {target}")
    return classes.long().expand(len(output))


def _pick(output: Tensor, target: Classes) -> Tensor:
    return output.gather(1, _indices(output, target).unsqueeze(1)).squeeze(1)


def _one_hot(output: Tensor, target: Classes) -> Tensor:
    return torch.zeros_like(output).scatter_(1, _indices(output, target).unsqueeze(1), 1)
