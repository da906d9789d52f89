"""What a result keeps of what was asked, so that a notebook can show it: the input, the objective and the method."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from lrp.methods.method import Explainer
from lrp.walk.objectives import Objective


@dataclass(frozen=True, eq=False)
class ExplainedInput:
    """What `explain` was given.

    x: (N, C, H, W), or whatever shape the network takes. low, high: the bounds of its pixels, which broadcast to x; None where
    they are not known. categories: the names of the outputs; empty where they are not known.
    """

    x: Tensor
    low: Tensor | None
    high: Tensor | None
    objective: Objective
    method: Explainer
    categories: Sequence[str] = ()
