"""The base class of the LRP methods, and the settings that several of them have."""

from dataclasses import replace
from typing import ClassVar

from torch import Tensor

from lrp.attribution import Attribution
from lrp.methods.composites import Composite
from lrp.methods.shifted_account import mean_account
from lrp.methods.shifts import check_shifts, mean_over_shifts
from lrp.network.forward_pass import Trace
from lrp.network.graph import Network
from lrp.network.layers import Sum
from lrp.progress import Progress
from lrp.rules.kernel import STABILIZER
from lrp.rules.rule_base import Rule
from lrp.rules.weighted import Epsilon, Gamma
from lrp.rules.weightless import AbsoluteShare
from lrp.settings import parameter
from lrp.walk.ledger import Account, keep_account
from lrp.walk.objectives import Objective
from lrp.walk.relevance import propagate

RESIDUALS = ("signed", "absolute")


class LRP:
    """Base of the LRP methods, each of which is a composite and settings.

    Raises ValueError for a setting outside its limits.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    family: ClassVar[str] = "LRP"
    has_rules: ClassVar[bool] = True
    lattice: ClassVar[bool] = False
    epsilon: float | None = None  # of the methods that have such a setting, as is gamma
    gamma: float | None = None
    zero_bias: bool = False
    residual: str = "signed"
    shifts: int = 1

    def __post_init__(self) -> None:
        # Rules judge their numbers when they are made, and a method that none of them would accept must not exist.
        if self.epsilon is not None:
            Epsilon(self.epsilon)
        if self.gamma is not None:
            Gamma(self.gamma)
        if self.residual not in RESIDUALS:
            raise ValueError(f"residual must be one of {', '.join(RESIDUALS)}, got {self.residual!r}")
        check_shifts(self.shifts)

    @property
    def sums_to(self) -> str | None:
        """In words, what the relevance should sum to, with {} for the objective's scalar."""
        return "{}" if self.shifts == 1 else f"the mean of {{}} over {self.shifts} × {self.shifts} shifted views"

    @property
    def quick(self) -> bool:
        """Whether it takes no longer than a few passes through the network."""
        return self.shifts == 1

    def passes(self, size: int) -> int:
        """Returns the number of views."""
        return self.shifts**2

    def composite(self, network: Network) -> Composite:
        """Returns the rules that this method gives to the layers of `network`, by kind and place."""
        raise NotImplementedError

    def full_composite(self, network: Network, objective: Objective | None = None) -> Composite:
        """Returns `composite(network)` with the chosen rule for residual connections and the objective's for the last layer."""
        composite = self.composite(network)
        if self.residual != "signed":
            composite = replace(composite, rules=((Sum, AbsoluteShare()), *composite.rules))
        if objective is None or objective.top_rule is None:
            return composite
        return replace(composite, top=replace(objective.top_rule, bias=not self.zero_bias))

    def rules(self, network: Network, objective: Objective | None = None) -> dict[str, Rule]:
        """Returns node name -> rule, for every node of `network`; a contrastive objective has its own rule in the last layer.

        Raises TypeError naming a node that no rule fits.
        """
        return self.full_composite(network, objective).assign(network)

    def explain(
        self, network: Network, x: Tensor | Trace, objective: Objective, progress: Progress | None = None
    ) -> Attribution:
        """Returns the relevance of `x` for `objective`; a Trace saves the forward pass and is left as it is."""
        if self.shifts == 1:
            return self.full_composite(network, objective).explain(network, x, objective, progress)
        rules = self.rules(network, objective)

        def explain(forward: Trace, alone: Objective, part: Progress | None) -> Attribution:
            return propagate(forward, alone, rules, part)

        return mean_over_shifts(x, network, objective, self.shifts, explain, progress)

    def account(self, forward: Trace, objective: Objective, progress: Progress | None = None) -> Account:
        """Returns the account of one explanation: what arrived at each node and what stayed there; with shifts, the views' mean.

        Raises ValueError as `keep_account` does, and with shifts for several explanations at once.
        """
        rules = self.rules(forward.network, objective)
        if self.shifts == 1:
            return keep_account(forward, objective, rules, progress)
        return mean_account(forward, objective, self.shifts, rules, progress)


def epsilon_setting(default: float, help: str) -> float:
    """Returns a field for epsilon, on a log scale that includes 0."""
    return parameter(default, "Epsilon", help, range=(0.0, 10.0), scale="log")


def top_epsilon_setting() -> float:
    """Returns a field for an epsilon that acts in the linear layers only."""
    return epsilon_setting(
        STABILIZER,
        "Acts in the last, fully connected layer only; for one class it merely scales the map, so it changes no picture.",
    )


def gamma_setting() -> float:
    """Returns a field for gamma."""
    return parameter(
        0.25, "Gamma", "How much more positive contributions count than negative ones. Higher is smoother and more focused.",
        range=(0.0, 10.0), scale="log",
    )


def zero_bias_setting() -> bool:
    """Returns a field for leaving biases out, for methods that conserve relevance without them."""
    return parameter(
        False, "Leave biases out", "Biases take no share, so nothing is lost to them and the map sums to the logit."
    )


def residual_setting() -> str:
    """Returns a field for the split of residual connections; by name, so that subclasses may add positional settings."""
    return parameter(
        "signed", "Residual connections",
        "How a + splits relevance among its branches: by signed share, which a branch that pulled the other way gets with "
        "the opposite sign, or by absolute share, which stays bounded where branches cancel.",
        options=RESIDUALS, by_name=True,
    )
