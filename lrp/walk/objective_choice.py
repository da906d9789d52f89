"""Which output of each picture is explained, where that depends on what the network says of the picture."""

from dataclasses import dataclass

import torch
from torch import Tensor

from lrp.heads import Head
from lrp.walk.objectives import Logit, Objective, make_objective


@dataclass(frozen=True)
class ObjectiveChoice:
    """The objective of a name, for the class that is given or else for the one that each picture is predicted to show.

    name: one of `lrp.OBJECTIVES`. target: the index of the class to explain, or one for each picture; None for the likeliest one,
    or the first value. versus: the index of the class that Contrast sets against it; None for the likeliest other one. place: the
    layer of Features.
    """

    name: str = Logit.name
    target: int | tuple[int, ...] | None = None
    versus: int | None = None
    place: str | None = None

    def of(self, logits: Tensor, head: Head) -> Objective:
        """Returns the objective of pictures with these logits (N, K), its classes as tensors (N,)."""
        targets = self.target if isinstance(self.target, tuple) else (self.target,) * len(logits)
        pairs = [self._classes(row, head, target) for row, target in zip(logits, targets, strict=True)]
        chosen, others = zip(*pairs, strict=True)
        versus = None if None in others else torch.tensor(others)
        return make_objective(self.name, {"target": torch.tensor(chosen), "versus": versus, "place": self.place})

    def _classes(self, logits: Tensor, head: Head, target: int | None) -> tuple[int, int | None]:
        """The class to explain of one picture, and the one to set against it, if there is another."""
        likeliest = head.foremost(head.predictions(logits))
        target = likeliest[0] if target is None else target
        other = next((index for index in likeliest if index != target), None)
        return target, other if self.versus is None else self.versus
