"""What every objective offers: the explained scalar, the relevance that LRP starts from, and words for both."""

from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor

from lrp.heads import HEADS, SOFTMAX
from lrp.network.logits import as_logits
from lrp.rules.weighted import ZPlus
from lrp.walk.class_index import Classes, class_tensor, only_index

Sides = tuple[str, str]  # what positive and what negative relevance speaks for


class Objective:
    """Base of all objectives: what is explained, as a scalar for gradient methods and as a seed for LRP.

    place: the node or module whose output is explained, None for the logits. scalar: the explained scalar in words. unit:
    what it and relevance are counted in. gradients: whether gradient methods can explain it. balanced: whether the seed sums
    to 0, so that the sum of a map says nothing. question: what is asked, with the names of the fields in braces. heads: of
    lrp.heads.HEADS, the kinds of output that it is meant for. top_rule: the rule that LRP methods take for the last layer with
    weights when this is asked, whatever theirs is; None for theirs.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    question: ClassVar[str]
    summary: ClassVar[str]
    scalar: ClassVar[str]
    unit: ClassVar[str] = "logits"
    gradients: ClassVar[bool] = True
    balanced: ClassVar[bool] = False
    heads: ClassVar[tuple[str, ...]] = tuple(HEADS)
    top_rule: ClassVar[ZPlus | None] = None
    place: str | None = None

    @property
    def target_index(self) -> int | None:
        """The index of the explained class, of an objective with one for all samples; None where a layer is explained."""
        return None

    @property
    def versus_index(self) -> int | None:
        """The index of the class that the explained one is set against; None where there is no such class."""
        return None

    @classmethod
    def compares(cls) -> bool:
        """Returns whether it sets classes against each other, which labels and values are not."""
        return cls.heads == (SOFTMAX.name,)

    def asked(self, categories: Sequence[str]) -> str:
        """Returns the question with the names of its classes."""
        named = {name: value if name == "place" else categories[int(value)] for name, value in vars(self).items()}
        return self.question.format(**named)

    def sides(self, categories: Sequence[str]) -> Sides:
        """Returns what positive and what negative relevance speaks for, in words that follow "speaks"."""
        raise NotImplementedError

    def value(self, output: Tensor) -> Tensor:
        """Returns the explained scalar (N,) of the explained output, differentiable."""
        raise NotImplementedError

    def seed(self, output: Tensor) -> Tensor:
        """Returns the relevance to start from, of the shape of the explained output; its sum is what the map should sum to."""
        raise NotImplementedError

    def explanation_count(self, samples: int) -> int:
        """Returns how many explanations so many samples get: one each, or K where one sample is explained for K classes."""
        return samples

    def alone(self, index: int) -> "Objective":
        """Returns the objective of one of these explanations, by itself."""
        return self


class ClassObjective(Objective):
    """Base of the objectives that explain logits (see `lrp.network.logits.as_logits`); each of their fields is a class argument.

    A class argument that is no whole number raises TypeError when it is explained, one that the network does not have or that
    does not fit the number of samples ValueError; so does one logit where an objective compares classes.
    """

    target: Classes

    @property
    def target_index(self) -> int:
        return only_index(self.target)

    def value(self, output: Tensor) -> Tensor:
        return self.value_of(self._logits(output))

    def seed(self, output: Tensor) -> Tensor:
        return self.seed_of(self._logits(output)).reshape(output.shape)

    def value_of(self, logits: Tensor) -> Tensor:
        """Returns the explained scalar (N,) of logits (N, K), differentiable."""
        raise NotImplementedError

    def seed_of(self, logits: Tensor) -> Tensor:
        """Returns the relevance to start from, (N, K)."""
        raise NotImplementedError

    def explanation_count(self, samples: int) -> int:
        given = [len(classes) for classes in map(class_tensor, vars(self).values()) if classes.dim() == 1]
        return max([samples, *given]) if samples == 1 else samples

    def alone(self, index: int) -> "ClassObjective":
        given = {name: class_tensor(value) for name, value in vars(self).items()}
        return type(self)(**{name: int(classes[index] if classes.dim() else classes) for name, classes in given.items()})

    def _logits(self, output: Tensor) -> Tensor:
        logits = as_logits(output)
        if self.compares() and logits.shape[1] == 1:
            raise ValueError(
                f"{type(self).__name__} compares classes, got a network with one logit, which is a sigmoid score of one class; "
                "ask for the logit, lrp.Logit(0)"
            )
        return logits
