"""The protocols of a method: what `explain`, the command line and the pages may ask of it."""

from dataclasses import Field
from typing import Any, ClassVar, Protocol, TypeGuard

from torch import Tensor

from lrp.attribution import Attribution
from lrp.network.forward_pass import Trace
from lrp.network.graph import Network
from lrp.progress import Progress
from lrp.rules.rule_base import Rule
from lrp.walk.ledger import Account
from lrp.walk.objectives import Objective


class Explainer(Protocol):
    """Anything that computes relevance: a method, or a Composite.

    name: its key in METHODS, if it has one. label: what people call it.
    has_rules: whether it is a RuleMethod, which can explain any objective; others take the gradient of the objective's scalar,
        or its values.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    has_rules: ClassVar[bool]

    @property
    def sums_to(self) -> str | None:
        """In words, what the relevance should sum to, which `explained` then holds, with {} for the objective's scalar.

        None for a method that promises no sum.
        """

    def explain(
        self, network: Network, x: Tensor | Trace, objective: Objective, progress: Progress | None = None
    ) -> Attribution:
        """Returns the relevance of `x` for `objective`."""


class Method(Explainer, Protocol):
    """A method that people choose: a frozen dataclass whose fields describe themselves, see lrp/settings.py.

    summary: a sentence or two on what it shows.
    family: the heading that it stands under, such as "LRP" or "Gradient".
    lattice: whether strided 1x1 convolutions leave a lattice on its maps that `shifts` takes away.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    summary: ClassVar[str]
    family: ClassVar[str]
    lattice: ClassVar[bool]

    @property
    def shifts(self) -> int:
        """The number of shifted views along each axis over which its map is a mean; 1 for the picture alone."""

    @property
    def quick(self) -> bool:
        """Whether it takes no longer than a few passes through the network."""

    def passes(self, size: int) -> int:
        """Returns the passes forward and back that a map of `size` x `size` pixels takes, before any refinement.

        Two passes forward alone count as one. For a forecast of the time; the work itself may take a few more.
        """


class RuleMethod(Method, Protocol):
    """A method that hands relevance from layer to layer by rules: those of LRP."""

    def rules(self, network: Network, objective: Objective | None = None) -> dict[str, Rule]:
        """Returns node name -> rule, for every node of `network`, as `objective` asks for them."""

    def account(self, forward: Trace, objective: Objective, progress: Progress | None = None) -> Account:
        """Returns the account of one explanation: what arrived at each node and what stayed there."""


def promised_sum(method: Explainer, objective: Objective) -> str | None:
    """Returns in words what a map should sum to, with {} for the objective's scalar; None where no sum is promised.

    None for a method that promises none, and for LRP of a balanced objective (CLRP, SGLRP), whose relevance begins with a sum
    of 0: of what is left of it no size would tell anything.
    """
    return None if objective.balanced and method.has_rules else method.sums_to


def uses_rules(method: Method) -> TypeGuard[RuleMethod]:
    """Returns whether the method is a RuleMethod, which tells a type checker of its `rules` and `account`."""
    return method.has_rules
