"""All objectives by name, and how one is made from what a caller gives.

An objective says what is explained: a class, one class against another, or a whole layer. It is two things: a scalar per
sample for the gradient methods (`value`), and the relevance that LRP starts from (`seed`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from torch import Tensor

from lrp.heads import HEADS, REGRESSION
from lrp.walk.class_index import Classes
from lrp.walk.class_objectives import Against, Logit, Value
from lrp.walk.contrastive_objectives import CLRP, SGLRP, Contrast
from lrp.walk.objective_base import ClassObjective, Objective, Sides

__all__ = [
    "CLRP", "OBJECTIVES", "SGLRP", "Against", "ClassObjective", "Contrast", "Features", "Logit", "Objective", "Value",
    "as_objective", "make_objective", "objectives_for",
]  # fmt: skip


@dataclass(frozen=True)
class Features(Objective):
    """The whole activation of a layer, such as "layer3": every feature starts with its own value as its relevance.

    place: the name of a module or node; one that the network does not have raises ValueError when it is explained. The scalar is
    the sum of the activation, (N,), and so are the units of relevance.
    """

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


OBJECTIVES: dict[str, type[Objective]] = {
    kind.name: kind for kind in (Logit, Against, Value, Contrast, CLRP, SGLRP, Features)
}


def objectives_for(head: str) -> dict[str, type[Objective]]:
    """Returns the objectives that a network with that kind of output is asked, by name; the usual one is first."""
    return {name: kind for name, kind in OBJECTIVES.items() if head in kind.heads}


def make_objective(name: str, given: Mapping[str, object]) -> Objective:
    """Returns the objective of that name, with those of the `given` values (target, versus, place) that it has fields for."""
    kind: Any = OBJECTIVES[name]
    made: Objective = kind(**{field.name: given[field.name] for field in fields(kind)})
    return made


def as_objective(target: Classes | Objective, head: str) -> Objective:
    """Returns `target` if it is an objective, else that of the output with this index or (N,) tensor of indices.

    Raises ValueError for an objective that compares classes, of a network with another kind of output, `head`.
    """
    if not isinstance(target, Objective):
        return Value(target) if head == REGRESSION.name else Logit(target)
    if target.compares() and head not in target.heads:
        usual = next(iter(objectives_for(head).values())).__name__
        raise ValueError(
            f"{type(target).__name__} compares classes, got a network with {HEADS[head].meaning}; ask for one of them, "
            f"lrp.{usual}(0)"
        )
    return target
