"""Writes torch.einsum of an activation and a constant as the layers it stands for."""

import math
import operator
from typing import Any

import torch
from torch import fx

from lrp.network.constants import Constants


def spell_out_einsum(graph: fx.Graph, constants: Constants) -> None:
    """Rewrites each einsum of an activation and a constant as a fully connected layer, or as a product with a constant.

    Others stay as they are: with a sum over what the constant does not have, or with a matrix of its own for each place.
    """
    for node in list(graph.nodes):
        if node in constants or node.target is not torch.einsum or not isinstance(node.args[0], str):
            continue
        given = node.args[1] if isinstance(node.args[1], tuple | list) else node.args[1:]
        inputs, arrow, output = node.args[0].replace(" ", "").partition("->")
        axes = inputs.split(",")
        # A letter twice in a term, or an ellipsis, is more than the layers below can say.
        plain = bool(arrow) and "." not in inputs and all(len(set(term)) == len(term) for term in (*axes, output))
        if not plain or len(given) != 2 or len(axes) != 2 or sum(a in constants for a in given) != 1:
            continue
        first = 1 if given[0] in constants else 0
        with graph.inserting_before(node):
            result = _Einsum(node, given[first], axes[first], given[1 - first], axes[1 - first], output).written(constants)
        if result is not None:
            node.replace_all_uses_with(result)
            graph.erase_node(node)


class _Einsum:
    """One einsum of an activation `x` and a constant `w`, with the letters of their axes and of the output's."""

    def __init__(self, node: fx.Node, x: Any, of_x: str, w: Any, of_w: str, output: str) -> None:
        self.node, self.x, self.of_x, self.w, self.of_w, self.output = node, x, of_x, w, of_w, output

    def written(self, constants: Constants) -> fx.Node | None:
        """The node of the result; None where it is no such layer."""
        kept = "".join(a for a in self.of_x if a in self.output and a not in self.of_w)
        summed = "".join(a for a in self.of_x if a in self.of_w and a not in self.output)
        new = "".join(a for a in self.of_w if a not in self.of_x)
        if set(self.output) == set(self.of_x) and not new and not summed:
            return self._scaled()
        if not summed or len(kept) + len(summed) != len(self.of_x) or set(self.output) != set(kept + new):
            return None
        sizes = dict(zip(self.of_w, constants[self.w].shape, strict=True))
        weight = self._method("permute", self.w, [self.of_w.index(a) for a in new + summed])
        shape = [math.prod(sizes[a] for a in letters) for letters in (new, summed)]
        h = self._method("permute", self.x, [self.of_x.index(a) for a in kept + summed])
        h = self._method("flatten", h, len(kept))
        h = self._call(torch._C._nn.linear, h, self._method("reshape", weight, shape))
        h = self._method("unflatten", h, -1, [sizes[a] for a in new]) if new else self._method("squeeze", h, -1)
        return self._method("permute", h, [(kept + new).index(a) for a in self.output])

    def _scaled(self) -> fx.Node:
        turned = sorted(self.of_w, key=self.of_x.index)
        weight = self._method("permute", self.w, [self.of_w.index(a) for a in turned])
        index = tuple(slice(None) if a in self.of_w else None for a in self.of_x)
        product = self._call(operator.mul, self.x, self._call(operator.getitem, weight, index))
        return self._method("permute", product, [self.of_x.index(a) for a in self.output])

    def _method(self, name: str, *args: Any) -> fx.Node:
        made = self.node.graph.call_method(name, args)
        made.meta = dict(self.node.meta)
        return made

    def _call(self, function: Any, *args: Any) -> fx.Node:
        made = self.node.graph.call_function(function, args)
        made.meta = dict(self.node.meta)
        return made
