"""The base class of the gradient methods."""

from functools import partial
from typing import ClassVar

from torch import Tensor

from lrp.attribution import Attribution
from lrp.network.forward_pass import Trace, trace
from lrp.network.graph import Network
from lrp.progress import Progress
from lrp.walk.explained import explained_value
from lrp.walk.objectives import Objective
from lrp.walk.rows import one_by_one


def attribution_of(relevance: Tensor, forward: Trace, explained: Tensor) -> Attribution:
    """Returns the Attribution of `relevance` (N, ...), with a row of logits for each of its rows."""
    logits = forward.logits.expand(len(relevance), *forward.logits.shape[1:])
    return Attribution(relevance.contiguous(), logits, explained)


class GradientMethod:
    """Base of the methods whose map comes from one walk back and promises no sum; their `explained` is f(x) itself."""

    name: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    family: ClassVar[str] = "Gradient"
    sums_to: ClassVar[str | None] = None
    has_rules: ClassVar[bool] = False
    lattice: ClassVar[bool] = False
    shifts: int = 1

    @property
    def quick(self) -> bool:
        """Whether it takes no longer than a few passes through the network."""
        return self.shifts == 1

    def passes(self, size: int) -> int:
        """Returns the number of views."""
        return self.shifts**2

    def attribute(self, forward: Trace, objective: Objective, progress: Progress | None) -> Tensor:
        """Returns the relevance, (N, ...) of the shape of the picture."""
        raise NotImplementedError

    def explain(
        self, network: Network, x: Tensor | Trace, objective: Objective, progress: Progress | None = None
    ) -> Attribution:
        """Returns the relevance of `x` for `objective`; a Trace saves the forward pass and is left as it is."""
        forward = x if isinstance(x, Trace) else trace(network, x)
        if objective.explanation_count(len(forward.x)) > 1 and not forward.row_by_row:
            return one_by_one(partial(self.explain, network), forward, objective, progress)
        relevance = self.attribute(forward, objective, progress)
        if progress:
            progress(1.0)
        return attribution_of(relevance, forward, explained_value(forward, objective))
