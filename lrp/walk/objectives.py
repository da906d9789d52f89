"""What is explained: a class, one class against another, or a whole layer.

An objective is two things: a scalar per sample for the gradient methods (`value`), and the relevance LRP starts from
(`seed`). A class argument is an index, an (N,) tensor or list with one index per sample, or, for a single sample, a (K,) one:
K explanations of that sample. One logit is a sigmoid score of one class, for or against which a map speaks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from torch import Tensor

from lrp.network.logits import as_logits
from lrp.probability import probabilities
from lrp.walk.class_index import Classes, class_tensor, one_hot, pick_class

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

    def explanation_count(self, samples: int) -> int:
        """How many explanations so many samples get: one each, or K where one sample is explained for K classes."""
        return samples

    def alone(self, index: int) -> "Objective":
        """The objective of one of these explanations by itself."""
        return self


class ClassObjective(Objective):
    """An objective whose every field is a class argument, and whose output holds logits (see `lrp.network.logits.as_logits`).

    compares: whether it sets classes against each other, which a network with one logit does not have.
    """

    compares: ClassVar[bool] = False

    def value(self, output: Tensor) -> Tensor:
        return self.value_of(self._logits(output))

    def seed(self, output: Tensor) -> Tensor:
        return self.seed_of(self._logits(output)).reshape(output.shape)

    def value_of(self, logits: Tensor) -> Tensor:
        """(N,), the explained scalar of logits (N, K), differentiable."""
        raise NotImplementedError

    def seed_of(self, logits: Tensor) -> Tensor:
        """(N, K), the relevance to start from."""
        raise NotImplementedError

    def explanation_count(self, samples: int) -> int:
        given = [len(classes) for classes in map(class_tensor, vars(self).values()) if classes.dim() == 1]
        return max([samples, *given]) if samples == 1 else samples

    def alone(self, index: int) -> "ClassObjective":
        given = {name: class_tensor(value) for name, value in vars(self).items()}
        return type(self)(**{name: int(classes[index] if classes.dim() else classes) for name, classes in given.items()})

    def _logits(self, output: Tensor) -> Tensor:
        logits = as_logits(output)
        if self.compares and logits.shape[1] == 1:
            raise ValueError(
                f"{type(self).__name__} compares classes, got a network with one logit, which is a sigmoid score of one class; "
                "ask for the logit, lrp.Logit(0)"
            )
        return logits


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
        return f"for {categories[_index(self.target)]}", "against it"

    def value_of(self, logits: Tensor) -> Tensor:
        return pick_class(logits, self.target)

    def seed_of(self, logits: Tensor) -> Tensor:
        return one_hot(logits, self.target) * logits


@dataclass(frozen=True)
class Contrast(ClassObjective):
    """Why `target` rather than `versus`: the difference of their logits, z_c - z_v."""

    name = "contrast"
    label = "Why this rather than that?"
    question = "Why {target} rather than {versus}?"
    summary = "What tells the class from one other: evidence that both share cancels."
    scalar = "the difference of the two logits"
    compares = True
    target: Classes
    versus: Classes

    def sides(self, categories: Sequence[str]) -> Sides:
        target, versus = (categories[_index(index)] for index in (self.target, self.versus))
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
    compares = True
    target: Classes

    def sides(self, categories: Sequence[str]) -> Sides:
        name = categories[_index(self.target)]
        return f"for {name} more than for all other classes alike", "more for those"

    def value_of(self, logits: Tensor) -> Tensor:
        raise TypeError("CLRP is defined for LRP only; for gradient methods use Contrast or SGLRP")

    def seed_of(self, logits: Tensor) -> Tensor:
        chosen = one_hot(logits, self.target)
        share = (1 - chosen) / (logits.shape[1] - 1)
        return (chosen - share) * pick_class(logits, self.target).unsqueeze(1)


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
    compares = True
    target: Classes

    def sides(self, categories: Sequence[str]) -> Sides:
        name = categories[_index(self.target)]
        return f"for {name} more than for its likeliest rivals", "more for those rivals"

    def value_of(self, logits: Tensor) -> Tensor:
        return pick_class(probabilities(logits), self.target)

    def seed_of(self, logits: Tensor) -> Tensor:
        p = probabilities(logits)
        return pick_class(p, self.target).unsqueeze(1) * (one_hot(logits, self.target) - p)


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


def objectives_for(classes: int) -> dict[str, type[Objective]]:
    """Those of OBJECTIVES that can be asked of so many logits, by name: what compares classes needs two."""
    return {name: kind for name, kind in OBJECTIVES.items() if classes > 1 or not getattr(kind, "compares", False)}


def make_objective(name: str, given: Mapping[str, Any]) -> Objective:
    """The objective of that name, with those of the `given` values (target, versus, place) that it has fields for."""
    kind: Any = OBJECTIVES[name]
    return kind(**{field.name: given[field.name] for field in fields(kind)})


def as_objective(target: Any) -> Objective:
    """`target` itself if it is an objective, else the Logit of that class index or (N,) tensor of indices."""
    return target if isinstance(target, Objective) else Logit(target)


def _index(target: Classes) -> int:
    return int(class_tensor(target))
