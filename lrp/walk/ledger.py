"""The account of relevance: how much arrived at every node, what each input got, and what stayed there."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from lrp.attribution import Attribution
from lrp.network.attention_blocks import branch_kind, has_attention, innermost, residual_modules
from lrp.network.forward_pass import Trace
from lrp.network.graph import Network, Node
from lrp.network.layer_norm import LayerNorm
from lrp.network.layers import Average, Layer, Shares, Sum
from lrp.network.weighted import Weighted
from lrp.progress import Progress
from lrp.rules.kernel import Step, sum_per_row
from lrp.walk.class_index import Classes
from lrp.walk.objectives import Objective, as_objective
from lrp.walk.places import NodePictures
from lrp.walk.relevance import Assignment, propagate
from lrp.walk.rows import sum_per_sample

# A block has at least one of these; activations alone join the block before them.
BLOCK_LAYERS: tuple[type[Layer], ...] = (Weighted, Sum, Average)


@dataclass(frozen=True, eq=False)
class Entry:
    """The account of one node; sums are (N,), in logits, in double precision.

    arrived, absolute: sum of R and of |R| over the node's outputs. given: what each input got, by its name.
    bias: what the bias keeps by the formula of the rule (`lrp.rules.rule_base.Rule.bias_share`).
    places: (N, H, W), the relevance that arrived, summed over channels, of a transformer at each patch; None where the output
        has no places.
    """

    node: Node
    arrived: Tensor
    absolute: Tensor
    given: Mapping[str, Tensor]
    bias: Tensor
    places: Tensor | None

    @property
    def rest(self) -> Tensor:
        """What the stabilizer absorbed, (N,): arrived - given - bias.

        For Epsilon it is sum_k eps sign z_k s_k, in other rules the same with the fixed eps = 1e-6. All that arrived at an output
        without contributions to share it among, as where z_k = 0 under z+, is part of it too. Under alpha-beta an output without
        negative contributions hands on alpha R_k, which is beta R_k too much: the rest is then negative. It includes rounding.
        """
        return self.arrived - torch.stack([*self.given.values(), self.bias]).sum(0)


class EntryGroup:
    """Base of the accounts of several nodes: what stayed in all of them."""

    entries: tuple[Entry, ...]

    @property
    def bias(self) -> Tensor:
        """What the biases of these nodes kept, (N,)."""
        return _total([entry.bias for entry in self.entries])

    @property
    def rest(self) -> Tensor:
        """What the stabilizers of these nodes absorbed, (N,)."""
        return _total([entry.rest for entry in self.entries])


@dataclass(frozen=True, eq=False)
class Block(EntryGroup):
    """The account of a residual block or another part of the network; entries from its output down."""

    name: str
    entries: tuple[Entry, ...]

    @property
    def output(self) -> Entry:
        """The entry of the block's output."""
        return self.entries[0]


@dataclass(frozen=True, eq=False)
class Split:
    """What the branches of a residual `+` got, (N,) each; the main branch is the one with more layers.

    kind: in a transformer what the main branch computes, "attention" or "MLP"; "" in other networks.
    """

    name: str
    main: Tensor
    skip: Tensor
    kind: str = ""


@dataclass(frozen=True, eq=False)
class Account(EntryGroup):
    """The account of one explanation: `explained` = `pixels` + `bias` + `rest`, up to the rounding of the sums.

    result: the explanation itself. entries: one for every node at which relevance arrived, from the output down to the pixels.
    """

    network: Network
    result: Attribution
    entries: tuple[Entry, ...]

    @property
    def explained(self) -> Tensor:
        """The relevance that the walk began with, (N,)."""
        return self.entries[0].arrived

    @property
    def pixels(self) -> Tensor:
        """The relevance that reached the input, (N,)."""
        return sum_per_row(self.result.relevance, torch.float64)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks from the output down, such as "fc", "avgpool", "layer4.1", ..., "conv1"; of a transformer its own."""
        names: list[str] = []
        modules, kinds = frozenset[str](), BLOCK_LAYERS
        if has_attention(self.network):
            modules, kinds = residual_modules(self.network), (*BLOCK_LAYERS, LayerNorm)
        for entry in reversed(self.entries):
            path = entry.node.path
            name = innermost(path, modules) or ".".join(path.split(".")[:2]) or entry.node.name
            names.append(name if isinstance(entry.node.layer, kinds) or not names or name == names[-1] else "")
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
                name = entry.node.path or entry.node.name
                kind = branch_kind(self.network, main, skip)
                splits.append(Split(name, entry.given[main], entry.given[skip], kind))
        return tuple(splits)

    @property
    def growth(self) -> dict[str, Tensor]:
        """By what factor sum |R| grows from the output of each block to its input: block name -> (N,), from the output down.

        Far above 1 in many blocks, relevance explodes: what speaks for and against grows and cancels, and the map is noise.
        """
        pairs = zip(self.blocks, self.blocks[1:], strict=False)
        return {above.name: below.output.absolute / above.output.absolute for above, below in pairs}


def keep_account(forward: Trace, target: Classes | Objective, rules: Assignment, progress: Progress | None = None) -> Account:
    """Returns the explanation of `target`, a class or an objective, by `rules` (node name -> rule), with its account.

    Takes about twice as long as `lrp.walk.relevance.propagate`, whose arguments these are; the relevance is the same to the
    bit. Raises ValueError for several explanations where rows are not samples (see `Trace.row_by_row`), NotImplementedError for
    a rule that does not say what a bias keeps.
    """
    objective, entries = as_objective(target, forward.network.head), list[Entry]()
    where = NodePictures(forward)
    count = objective.explanation_count(len(forward.x))
    if count > 1 and not forward.row_by_row:
        raise ValueError(f"the rows of this network are not its samples, so it keeps one account at a time, got {count} to keep")

    def total(values: Tensor) -> Tensor:
        return sum_per_sample(values, count, torch.float64)

    def enter(node: Node, step: Step, arrived: Tensor, shares: Shares) -> None:
        given = {name: total(share) for name, share in zip(node.inputs, shares, strict=True) if share is not None}
        places = where.sums(node, arrived) if len(arrived) == count else None
        bias = total(rules[node.name].bias_share(step, arrived))
        entries.append(Entry(node, total(arrived), total(arrived.abs()), given, bias, places))

    result = propagate(forward, objective, rules, progress, observe=enter)
    return Account(forward.network, result, tuple(entries))


def _total(parts: list[Tensor]) -> Tensor:
    return torch.stack(parts).sum(0)
