"""Writes in place, taken out of a traced graph: whoever reads that memory later reads the result instead.

A value may share memory with others: itself under another name (Identity, detach), another shape of it (view, transpose) or a
part of it (indexing, chunk). A write to one is seen by all of them. Where the memory is shared only sometimes (contiguous,
reshape), or only a part of what is read later is written, the graph says nothing sure, and the model is refused.
"""

import operator
from typing import Any

import torch
import torch.nn.functional as F
from torch import fx, nn

Modules = dict[fx.Node, nn.Module]

DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)
SAME_MODULES = (nn.Identity, *DROPOUTS)
SAME = {
    F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout, F.feature_alpha_dropout, torch.dropout, torch.detach,
    "detach", "data", "stochastic_depth",
}  # fmt: skip
SHAPES = {"view", "view_as", "unflatten", torch.unflatten, "squeeze", torch.squeeze, "unsqueeze", torch.unsqueeze}
SWAPS = {"transpose", torch.transpose, "swapaxes", torch.swapaxes, "swapdims", torch.swapdims}
PERMUTES = {"permute", torch.permute}
TUPLES = {
    "chunk", torch.chunk, "split", torch.split, "unbind", torch.unbind, "tensor_split", torch.tensor_split,
    "split_with_sizes", torch.split_with_sizes,
}  # fmt: skip
PARTS = {
    "expand", "expand_as", "narrow", torch.narrow, "select", torch.select, "t", torch.t, "T", "mT", "H", "diagonal",
    torch.diagonal, "unfold", "movedim", torch.movedim, "moveaxis", torch.moveaxis, "view_as_real", "real",
} | TUPLES  # fmt: skip
SOMETIMES = {
    "contiguous", "reshape", torch.reshape, "reshape_as", "flatten", torch.flatten, "ravel", torch.ravel, "to", "type", "type_as",
    "float", "double", "half", "bfloat16", "cpu", "cuda", "requires_grad_", "broadcast_to", torch.broadcast_to, "positive",
}  # fmt: skip


def without_writes(graph: fx.Graph, modules: Modules, writes: set[fx.Node]) -> None:
    """Rewrites `graph` so that the results of `writes`, computed without writing, are read by all who read that memory later.

    Raises TypeError where that cannot be told.
    """
    done: set[fx.Node] = set()
    shared: dict[fx.Node, tuple[fx.Node, str]] = {}  # a value -> whose memory it has, and how
    for node in graph.nodes:
        done.add(node)
        source = node.args[0] if node.args and isinstance(node.args[0], fx.Node) else None
        if node in writes and source is not None:
            _Write(graph, modules, shared, done, node, source).settle()
        elif source is not None and node not in shared and (how := _how_shared(node, modules)):
            shared[node] = source, how


def _how_shared(node: fx.Node, modules: Modules) -> str:
    """How a node shares the memory of its first argument: "same", "shape", "swap", "permute", "part", "sometimes", ""."""
    if node.op == "call_module":
        module = modules[node]
        if isinstance(module, SAME_MODULES):
            return "same"
        return "shape" if isinstance(module, nn.Unflatten) else "sometimes" if isinstance(module, nn.Flatten) else ""
    target: Any = node.args[1] if node.target is getattr else node.target
    named = {target, getattr(target, "__name__", None)} if not isinstance(target, str) else {target}
    if target is operator.getitem:
        return "" if _copies(node.args[1]) else "part"
    if target == "view" and len(node.args) > 1 and isinstance(node.args[1], torch.dtype):
        return "part"
    kinds = (("same", SAME), ("shape", SHAPES), ("swap", SWAPS), ("permute", PERMUTES), ("part", PARTS), ("sometimes", SOMETIMES))
    return next((kind for kind, targets in kinds if not named.isdisjoint(targets)), "")


def _copies(index: Any) -> bool:
    """Whether an index takes copies, as tensors and lists do, not a view."""
    items = index if isinstance(index, tuple) else (index,)
    return any(isinstance(item, list | torch.Tensor) for item in items)


class _Write:
    """One write to `target` whose result is the value of `node`, and all values that share memory with `target`."""

    def __init__(
        self, graph: fx.Graph, modules: Modules, shared: dict[fx.Node, tuple[fx.Node, str]], done: set[fx.Node],
        node: fx.Node, target: fx.Node,
    ) -> None:  # fmt: skip
        self.graph, self.modules, self.shared, self.done, self.node, self.target = graph, modules, shared, done, node, target
        self.last = node
        self.line = [target]  # the target, then upwards whose memory each has
        while self.line[-1] in shared:
            self.line.append(shared[self.line[-1]][0])
        self.written = {target: node}

    def settle(self) -> None:
        """Lets later readers of the shared memory read what was written."""
        for value in [value for value in self.graph.nodes if value in self.done and self._is_family(value)]:
            later = [user for user in value.users if user not in self.done]
            if value in self.line[1:] and _is_tuple(value):
                later = self._without_members(value, later)
            if later:
                new = self._after(value)
                value.replace_all_uses_with(new, set(later).__contains__)

    def _is_family(self, value: fx.Node) -> bool:
        while value in self.shared:
            value = self.shared[value][0]
        return value is self.line[-1]

    def _without_members(self, whole: fx.Node, later: list[fx.Node]) -> list[fx.Node]:
        """The later readers of a tuple that do not just take one member; who takes the one written to gets it as written."""
        member = self.line[self.line.index(whole) - 1]
        for user in [user for user in later if user.target is operator.getitem and isinstance(user.args[1], int)]:
            later.remove(user)
            if user.args[1] == member.args[1]:
                user.replace_all_uses_with(self._after(member))
        return later

    def _after(self, value: fx.Node) -> fx.Node:
        """The node with what `value` is after the write."""
        if value not in self.written:
            if value in self.line:
                self.written[value] = self._whole(value, self.line[self.line.index(value) - 1])
            else:
                self.written[value] = self._again(value, *self.shared[value])
        return self.written[value]

    def _whole(self, whole: fx.Node, part: fx.Node) -> fx.Node:
        """What a value is after the write to another shape of it."""
        new, how = self._after(part), self.shared[part][1]
        if how == "same":
            return new
        if how == "shape":
            size = self._inserted("call_function", getattr, (whole, "shape"), whole)
            made = self._inserted("call_method", "reshape", (new, size), whole)
        elif how == "swap":
            made = self._inserted("call_method", "transpose", (new, *part.args[1:]), whole)
        elif how == "permute" and (order := _order(part)) is not None:
            back = [order.index(axis) for axis in range(len(order))]
            made = self._inserted("call_method", "permute", (new, *back), whole)
        else:
            raise self._undecided(whole)
        self.shared[new] = made, how
        return made

    def _again(self, value: fx.Node, source: fx.Node, how: str) -> fx.Node:
        """What a view is after the write to whose memory it has."""
        if _is_tuple(source) and source in self.line and value.args[1] != self.line[self.line.index(source) - 1].args[1]:
            return value  # another member of the tuple, which shares nothing with the one written to
        if how == "sometimes":
            raise self._undecided(value)
        new = self._after(source)
        if how == "same" or new is source:
            return new if how == "same" else value
        made = self._inserted(value.op, value.target, (new, *value.args[1:]), value)
        made.kwargs = value.kwargs
        if value in self.modules:
            self.modules[made] = self.modules[value]
        self.shared[made] = new, how
        return made

    def _inserted(self, op: str, target: Any, args: tuple[Any, ...], like: fx.Node) -> fx.Node:
        with self.graph.inserting_after(self.last):
            self.last = self.graph.create_node(op, target, args)
        self.last.meta = dict(like.meta)
        self.done.add(self.last)
        return self.last

    def _undecided(self, value: fx.Node) -> TypeError:
        return TypeError(
            f"{self.node.name} writes in place over {self.target.name}, which may share memory with {value.name} that is read "
            "later, and a graph cannot tell which values are then read; let it write to a value of its own (inplace=False, or no "
            "underscore), or .clone() first"
        )


def _is_tuple(node: fx.Node) -> bool:
    return node.target in TUPLES


def _order(node: fx.Node) -> list[int] | None:
    """The order of the axes that a permute asks for, if it is known."""
    given = node.args[1:] or tuple(node.kwargs.values())
    order = given[0] if len(given) == 1 and isinstance(given[0], tuple | list) else given
    axes = [axis for axis in order if isinstance(axis, int)]
    return [axis % len(axes) for axis in axes] if len(axes) == len(order) else None
