"""All objectives by name, and how one is made from what a caller gives.

An objective says what is explained: a class, one class against another, or a whole layer. It is two things: a scalar per
sample for the gradient methods (`value`), and the relevance that LRP starts from (`seed`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from torch import Tensor

from lrp.walk.class_index import Classes
from lrp.walk.class_objectives import CLRP, SGLRP, Contrast, Logit
from lrp.walk.objective_base import ClassObjective, Objective, Sides

__all__ = [
    "CLRP", "OBJECTIVES", "SGLRP", "ClassObjective", "Contrast", "Features", "Logit", "Objective", "as_objective",
    "make_objective", "objectives_for",
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


OBJECTIVES: dict[str, type[Objective]] = {kind.name: kind for kind in (Logit, Contrast, CLRP, SGLRP, Features)}


def objectives_for(classes: int) -> dict[str, type[Objective]]:
    """Returns the objectives that a network with so many logits can be asked, by name; those that compare classes need two."""
    return {name: kind for name, kind in OBJECTIVES.items() if classes > 1 or not kind.compares}


def make_objective(name: str, given: Mapping[str, Any]) -> Objective:
    """Returns the objective of that name, with those of the `given` values (target, versus, place) that it has fields for."""
    kind: Any = OBJECTIVES[name]
    made: Objective = kind(**{field.name: given[field.name] for field in fields(kind)})
    return made


def as_objective(target: Classes | Objective) -> Objective:
    """Returns `target` if it is an objective, else the Logit of that class index or (N,) tensor of indices."""
    return target if isinstance(target, Objective) else Logit(target)
