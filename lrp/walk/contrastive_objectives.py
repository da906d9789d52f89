"""Objectives that set classes against each other: one against another, or one against all others.

They need classes that exclude each other: a network with a softmax, and with two of them at least.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from lrp.heads import SOFTMAX
from lrp.rules.weighted import ZPlus
from lrp.walk.class_index import Classes, category_of, one_hot, only_index, pick_class
from lrp.walk.objective_base import ClassObjective, Sides


@dataclass(frozen=True)
class Contrast(ClassObjective):
    """The difference z_c - z_v of the logits of `target` and `versus`; the seed is z_c at the one and -z_v at the other.

    In logits. What speaks for both classes alike cancels.
    """

    name = "contrast"
    label = "Why this rather than that?"
    question = "Why {target} rather than {versus}?"
    summary = "What tells the class from one other: evidence that both share cancels."
    scalar = "the difference of the two logits"
    heads = (SOFTMAX.name,)
    target: Classes
    versus: Classes

    @property
    def versus_index(self) -> int:
        return only_index(self.versus)

    def sides(self, categories: Sequence[str]) -> Sides:
        target, versus = (category_of(categories, index) for index in (self.target, self.versus))
        return f"for {target} rather than {versus}", "the other way round"

    def value_of(self, logits: Tensor) -> Tensor:
        return pick_class(logits, self.target) - pick_class(logits, self.versus)

    def seed_of(self, logits: Tensor) -> Tensor:
        return (one_hot(logits, self.target) - one_hot(logits, self.versus)) * logits


@dataclass(frozen=True)
class CLRP(ClassObjective):
    """Contrastive LRP: of n classes, the explained one against all others; the seed is z_c there and -z_c / (n - 1) elsewhere.

    [Gu et al. 2018, "Understanding Individual Decisions of CNNs via Contrastive Backpropagation", CLRP1: R - R_dual, where
    R_dual starts with z_c shared out evenly among the other classes]. Rules are linear in R, so one walk gives the difference;
    the paper's last step, max(0, .), is left to the display. In logits; the seed sums to 0. As in the paper, the last layer
    takes z+: epsilon there divides by the logit, and a class whose logit is near 0 then dwarfs all others. It is
    defined by its seed alone, so gradient methods raise TypeError.
    """

    name = "clrp"
    label = "Why this of all classes? (CLRP)"
    question = "Why {target} of all classes? (CLRP)"
    summary = (
        "What the class has and the others lack, where each other class counts the same, however unlikely it is "
        "(Gu et al. 2018). For LRP only, with the z⁺ rule in the last layer."
    )
    scalar = "the logit less an even share of it"
    gradients = False
    balanced = True
    top_rule = ZPlus()
    heads = (SOFTMAX.name,)
    target: Classes

    def sides(self, categories: Sequence[str]) -> Sides:
        name = category_of(categories, self.target)
        return f"for {name} more than for all other classes alike", "more for those"

    def value_of(self, logits: Tensor) -> Tensor:
        raise TypeError("CLRP is defined for LRP only; for gradient methods use Contrast or SGLRP")

    def seed_of(self, logits: Tensor) -> Tensor:
        chosen = one_hot(logits, self.target)
        share = (1 - chosen) / (logits.shape[1] - 1)
        return (chosen - share) * pick_class(logits, self.target).unsqueeze(1)


@dataclass(frozen=True)
class SGLRP(ClassObjective):
    """Softmax-gradient LRP: the seed is dp_c / dz_j, that is p_c (1 - p_c) at the class and -p_c p_j at each other one.

    [Iwana et al. 2019, "Explaining Convolutional Neural Networks using Softmax Gradient Layer-wise Relevance Propagation"].
    The seed sums to 0, and it vanishes where the network is sure of itself. The authors' program scales the map of the other
    classes to the sum of the first one's before it subtracts, which matters only where relevance is lost on the way; here
    nothing is scaled. The last layer takes z+, as for CLRP. Gradient methods explain p_c, in probability.
    """

    name = "sglrp"
    label = "Why so sure of this class? (SGLRP)"
    question = "Why so sure of {target}? (SGLRP)"
    summary = (
        "What makes the class more probable than its rivals, where each other class counts by its probability "
        "(Iwana et al. 2019); hardly anything where the network is sure."
    )
    scalar = "the probability"
    unit = "of probability"
    balanced = True
    top_rule = ZPlus()
    heads = (SOFTMAX.name,)
    target: Classes

    def sides(self, categories: Sequence[str]) -> Sides:
        name = category_of(categories, self.target)
        return f"for {name} more than for its likeliest rivals", "more for those rivals"

    def value_of(self, logits: Tensor) -> Tensor:
        return pick_class(SOFTMAX.predictions(logits), self.target)

    def seed_of(self, logits: Tensor) -> Tensor:
        p = SOFTMAX.predictions(logits)
        return pick_class(p, self.target).unsqueeze(1) * (one_hot(logits, self.target) - p)
