"""The account of a walk back: at every node how much relevance arrived, who got it, and what stayed there."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch
from torch import Tensor

from lrp.attribution import Attribution
from lrp.network.forward_pass import Trace
from lrp.network.graph import Network, Node
from lrp.network.layers import Average, Shares, Sum
from lrp.network.weighted import Weighted
from lrp.progress import Progress
from lrp.rules.kernel import Step
from lrp.walk.objectives import as_objective
from lrp.walk.relevance import Assignment, propagate
from lrp.walk.rows import sum_per_sample

OWN_BLOCK = (Weighted, Sum, Average)  # what a part of the network needs to count as a block; activations join the one before


@dataclass(frozen=True, eq=False)
class Entry:
    """One node of the account; sums (N,) in logits, in double precision.

    arrived, absolute: sum of R and of |R| over the node's outputs. given: what each input got, by its name.
    bias: what the bias keeps by the formula of the rule (`lrp.rules.rule_base.Rule.bias_share`).
    places: (N, H, W), the relevance that arrived, summed over channels; None where the output is no picture.
    """

    node: Node
    arrived: Tensor
    absolute: Tensor
    given: Mapping[str, Tensor]
    bias: Tensor
    places: Tensor | None

    @property
    def rest(self) -> Tensor:
        """(N,), arrived - given - bias: what the stabilizer absorbed.

        Epsilon: sum_k eps sign z_k s_k, in other rules the same with the fixed eps = 1e-6; besides, all that arrived at an
        output with nothing to share it among, as z_k = 0 under z+. Under alpha-beta an output without negative
        contributions hands on alpha R_k, which is beta R_k too much: the rest is then negative. It also holds the rounding.
        """
        return self.arrived - torch.stack([*self.given.values(), self.bias]).sum(0)


class Part:
    """Several nodes of the network, and what stayed in them."""

    entries: tuple[Entry, ...]

    @property
    def bias(self) -> Tensor:
        """(N,), what all biases in it took."""
        return _total([entry.bias for entry in self.entries])

    @property
    def rest(self) -> Tensor:
        """(N,), what all stabilizers in it absorbed."""
        return _total([entry.rest for entry in self.entries])


@dataclass(frozen=True, eq=False)
class Block(Part):
    """A residual block, or another part of the network: its entries, from its output down."""

    name: str
    entries: tuple[Entry, ...]

    @property
    def output(self) -> Entry:
        """The entry of the block's output."""
        return self.entries[0]


@dataclass(frozen=True, eq=False)
class Split:
    """How a residual `+` shared its relevance, (N,) each: the main branch is the one with more layers."""

    name: str
    main: Tensor
    skip: Tensor


@dataclass(frozen=True, eq=False)
class Account(Part):
    """Where the explained value went: `explained` = what reached the input + what biases took + what stabilizers absorbed.

    result: the explanation itself. entries: one for every node that relevance came to, from the output down to the pixels.
    """

    network: Network
    result: Attribution
    entries: tuple[Entry, ...]

    @property
    def explained(self) -> Tensor:
        """(N,), the relevance that the walk began with."""
        return self.entries[0].arrived

    @property
    def pixels(self) -> Tensor:
        """(N,), what reached the input."""
        return _sum(self.result.relevance)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks from the output down, such as "fc", "avgpool", "layer4.1", ..., "conv1"."""
        names: list[str] = []
        for entry in reversed(self.entries):
            name = ".".join(entry.node.path.split(".")[:2]) or entry.node.name
            names.append(name if isinstance(entry.node.layer, OWN_BLOCK) or not names or name == names[-1] else "")
            names[-1] = names[-1] or names[-2]
        named = zip(reversed(names), self.entries, strict=True)
        return tuple(Block(name, tuple(entry for _, entry in group)) for name, group in groupby(named, key=lambda pair: pair[0]))

    @property
    def splits(self) -> tuple[Split, ...]:
        """The residual connections from the output down."""
        depth = {self.network.input: 0}
        for node in self.network.nodes:
            depth[node.name] = 1 + max(depth[name] for name in node.inputs)
        splits = []
        for entry in self.entries:
            if isinstance(entry.node.layer, Sum) and len(entry.given) == 2:
                skip, main = sorted(entry.given, key=lambda name: depth[name])
                splits.append(Split(entry.node.path or entry.node.name, entry.given[main], entry.given[skip]))
        return tuple(splits)


def keep_account(forward: Trace, target: Any, rules: Assignment, progress: Progress | None = None) -> Account:
    """Returns the explanation of `target`, a class or an objective, by `rules` (node name -> rule), with its account.

    It adds up: `explained` = `pixels` + `bias` + `rest`, up to the rounding of the sums. Takes about twice as long as
    `lrp.walk.relevance.propagate`, whose arguments these are; the relevance is the same to the bit. Raises ValueError for several
    explanations where rows are not samples (see `Trace.row_by_row`).
    """
    objective, entries = as_objective(target), list[Entry]()
    count = objective.explanation_count(len(forward.x))
    if count > 1 and not forward.row_by_row:
        raise ValueError(f"the rows of this network are not its samples, so it keeps one account at a time, got {count} to keep")

    def total(values: Tensor) -> Tensor:
        return sum_per_sample(values, count, torch.float64)

    def enter(node: Node, step: Step, arrived: Tensor, shares: Shares) -> None:
        given = {name: total(share) for name, share in zip(node.inputs, shares, strict=True) if share is not None}
        places = arrived.sum(1) if arrived.dim() == 4 and len(arrived) == count else None
        bias = total(rules[node.name].bias_share(step, arrived))
        entries.append(Entry(node, total(arrived), total(arrived.abs()), given, bias, places))

    result = propagate(forward, objective, rules, progress, observe=enter)
    return Account(forward.network, result, tuple(entries))


def _sum(values: Tensor) -> Tensor:
    return values.sum(tuple(range(1, values.dim())), dtype=torch.float64)


def _total(parts: list[Tensor]) -> Tensor:
    return torch.stack(parts).sum(0)
