"""What is explained: a class, one class against another, or a whole layer.

An objective is two things: a scalar per sample for the gradient methods (`value`), and the relevance LRP starts from
(`seed`). A class argument is an index, an (N,) tensor with one index per sample, or, for a single sample, a (K,) tensor:
K explanations of that sample.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from torch import Tensor

from lrp.targets import Classes, as_tensor, one_hot, own_value, pick

Sides = tuple[str, str]  # what positive and what negative relevance speaks for


class Objective:
    """Base of all objectives; `place` names the node or module whose output is explained, None for the logits.

    scalar: the explained scalar in words. unit: what it and relevance are counted in. gradients: whether gradient methods can
    explain it. balanced: whether the seed sums to 0, so that nothing is said by the sum of a map. question: what is asked,
    with the names of the fields in braces.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    question: ClassVar[str]
    summary: ClassVar[str]
    scalar: ClassVar[str]
    unit: ClassVar[str] = "logits"
    gradients: ClassVar[bool] = True
    balanced: ClassVar[bool] = False
    place: str | None = None

    def asked(self, categories: Sequence[str]) -> str:
        """The question with the names of its classes."""
        named = {name: value if name == "place" else categories[int(value)] for name, value in vars(self).items()}
        return self.question.format(**named)

    def sides(self, categories: Sequence[str]) -> Sides:
        """What positive and what negative relevance speaks for, in words that follow "speaks"."""
        raise NotImplementedError

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
        given = [len(classes) for classes in map(as_tensor, vars(self).values()) if classes.dim() == 1]
        return max([count, *given]) if count == 1 else count


@dataclass(frozen=True)
class Logit(ClassObjective):
    """The logit of class `target`, z_c; LRP starts from z_c at that class and 0 elsewhere  [Bach et al. 2015]."""

    name = "logit"
    label = "Why this class?"
    question = "Why {target}?"
    summary = "What speaks for the class and what against it, whatever that means for other classes."
    scalar = "the logit"
    target: Classes

    def sides(self, categories: Sequence[str]) -> Sides:
        return f"for {categories[int(self.target)]}", "against it"

    def value(self, output: Tensor) -> Tensor:
        return pick(output, self.target)

    def seed(self, output: Tensor) -> Tensor:
        return one_hot(output, self.target) * output


@dataclass(frozen=True)
class Contrast(ClassObjective):
    """Why `target` rather than `versus`: the difference of their logits, z_c - z_v."""

    name = "contrast"
    label = "Why this rather than that?"
    question = "Why {target} rather than {versus}?"
    summary = "What tells the class from one other: evidence that both share cancels."
    scalar = "the difference of the two logits"
    target: Classes
    versus: Classes

    def sides(self, categories: Sequence[str]) -> Sides:
        target, versus = (categories[int(index)] for index in (self.target, self.versus))
        return f"for {target} rather than {versus}", "the other way round"

    def value(self, output: Tensor) -> Tensor:
        return pick(output, self.target) - pick(output, self.versus)

    def seed(self, output: Tensor) -> Tensor:
        return (one_hot(output, self.target) - one_hot(output, self.versus)) * output


@dataclass(frozen=True)
class CLRP(ClassObjective):
    """Contrastive LRP: of n classes, the explained one against all others; the seed is z_c there and -z_c / (n - 1) elsewhere.

    [Gu et al. 2018, "Understanding Individual Decisions of CNNs via Contrastive Backpropagation", CLRP1: R - R_dual, where
    R_dual starts with z_c shared out evenly among the other classes]. Rules are linear in R, so one walk gives the difference;
    the paper's last step, max(0, .), is a matter of display and left to it. The seed sums to 0. The paper has z+ in every
    layer: epsilon in the last one divides by the logit, and a class whose logit is near 0 then dwarfs all others. Defined by
    its seed alone, so gradient methods raise TypeError.
    """

    name = "clrp"
    label = "Why this of all classes? (CLRP)"
    question = "Why {target} of all classes? (CLRP)"
    summary = (
        "What the class has and the others lack, where each other class counts the same, however unlikely it is "
        "(Gu et al. 2018). For LRP only; plainest with LRP-z⁺ in every layer."
    )
    scalar = "the logit less an even share of it"
    gradients = False
    balanced = True
    target: Classes

    def sides(self, categories: Sequence[str]) -> Sides:
        name = categories[int(self.target)]
        return f"for {name} more than for all other classes alike", "more for those"

    def value(self, output: Tensor) -> Tensor:
        raise TypeError("CLRP is defined for LRP only; for gradient methods use Contrast or SGLRP")

    def seed(self, output: Tensor) -> Tensor:
        chosen = one_hot(output, self.target)
        share = (1 - chosen) / (output.shape[1] - 1)
        return (chosen - share) * own_value(output, self.target)


@dataclass(frozen=True)
class SGLRP(ClassObjective):
    """Softmax-gradient LRP: the seed is dp_c / dz_j, which is p_c (1 - p_c) at the class and -p_c p_j at each other one.

    [Iwana et al. 2019, "Explaining Convolutional Neural Networks using Softmax Gradient Layer-wise Relevance Propagation"].
    The seed sums to 0, and it vanishes where the network is sure of itself. The authors' program scales the map of the other
    classes to the sum of the first one's before it subtracts, which matters only where relevance is lost on the way; here
    nothing is scaled. Epsilon in the last layer inflates it as it does CLRP. Gradient methods explain the probability p_c.
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
    target: Classes

    def sides(self, categories: Sequence[str]) -> Sides:
        name = categories[int(self.target)]
        return f"for {name} more than for its likeliest rivals", "more for those rivals"

    def value(self, output: Tensor) -> Tensor:
        return pick(output.softmax(1), self.target)

    def seed(self, output: Tensor) -> Tensor:
        p = output.softmax(1)
        return own_value(p, self.target) * (one_hot(output, self.target) - p)


@dataclass(frozen=True)
class Features(Objective):
    """The whole activation of a layer, such as "layer3": every feature starts with its own value as its relevance."""

    name = "features"
    label = "What does a layer respond to?"
    question = "What does {place} respond to?"
    summary = "The whole activation of one stage, whatever class it serves."
    scalar = "the sum of the layer's activation"
    unit = "units of activation"
    place: str

    def sides(self, categories: Sequence[str]) -> Sides:
        return f"for what {self.place} responds to", "against it"

    def value(self, output: Tensor) -> Tensor:
        return output.flatten(1).sum(1)

    def seed(self, output: Tensor) -> Tensor:
        return output.clone()


OBJECTIVES: dict[str, type[Objective]] = {kind.name: kind for kind in (Logit, Contrast, CLRP, SGLRP, Features)}


def make_objective(name: str, given: Mapping[str, Any]) -> Objective:
    """The objective of that name, with those of the `given` values (target, versus, place) that it has fields for."""
    kind: Any = OBJECTIVES[name]
    return kind(**{field.name: given[field.name] for field in fields(kind)})


def as_objective(target: Any) -> Objective:
    """`target` itself if it is an objective, else the Logit of that class index or (N,) tensor of indices."""
    return target if isinstance(target, Objective) else Logit(target)
