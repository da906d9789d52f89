"""What a method is to `explain`, the command line and the pages."""

from dataclasses import Field
from typing import Any, ClassVar, Protocol

from torch import Tensor

from lrp.attribution import Attribution
from lrp.network.forward_pass import Trace
from lrp.network.graph import Network
from lrp.progress import Progress
from lrp.walk.objectives import Objective


class Explainer(Protocol):
    """What `explain` asks of a method."""

    def explain(
        self, network: Network, x: Tensor | Trace, objective: Objective, progress: Progress | None = None
    ) -> Attribution:
        """Returns the relevance of `x` for `objective`."""


class Method(Explainer, Protocol):
    """A method that people choose: a frozen dataclass whose fields describe themselves, see lrp/settings.py.

    name: its key in METHODS. label, summary: what people call it, and a sentence or two on what it shows.
    family: the heading that it stands under, such as "LRP" or "Gradient".
    has_rules: whether it hands relevance from layer to layer by rules, which its `rules(network)` lists. Such a method can
        explain any objective; others take the gradient of the objective's scalar, or its values.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    name: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    family: ClassVar[str]
    has_rules: ClassVar[bool]

    @property
    def sums_to(self) -> str | None:
        """In words, what the relevance should sum to, which `explained` then holds, with {} for the objective's scalar.

        None for a method that promises no sum.
        """

    @property
    def quick(self) -> bool:
        """Whether it takes no longer than a few passes through the network."""
