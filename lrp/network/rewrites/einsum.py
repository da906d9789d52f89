"""Rewrites torch.einsum of an activation and a constant as the layers it stands for."""

import math
import operator
from dataclasses import dataclass

import torch
from torch import fx
from torch.fx.node import Argument

from lrp.network.constants import Constants
from lrp.network.layers import Function


def expand_einsum(graph: fx.Graph, constants: Constants) -> None:
    """Rewrites each einsum of an activation and a constant as a fully connected layer, or as a product with a constant.

    Others stay as they are: with a sum over an axis that the constant does not have, or with a matrix of its own for each place.
    """
    for node in list(graph.nodes):
        if node in constants or node.target is not torch.einsum or not isinstance(node.args[0], str):
            continue
        operands = node.args[1] if isinstance(node.args[1], tuple | list) else node.args[1:]
        inputs, arrow, output = node.args[0].replace(" ", "").partition("->")
        axes = inputs.split(",")
        # A letter twice in a term, or an ellipsis, is more than the layers below can say.
        plain = bool(arrow) and "." not in inputs and all(len(set(term)) == len(term) for term in (*axes, output))
        if not plain or len(operands) != 2 or len(axes) != 2 or sum(a in constants for a in operands) != 1:
            continue
        x, w = (1, 0) if operands[0] in constants else (0, 1)
        activation, constant = operands[x], operands[w]
        if not isinstance(activation, fx.Node) or not isinstance(constant, fx.Node):
            continue
        with graph.inserting_before(node):
            result = _Einsum(node, activation, axes[x], constant, axes[w], output).expanded(constants)
        if result is not None:
            node.replace_all_uses_with(result)
            graph.erase_node(node)


@dataclass(frozen=True)
class _Einsum:
    """One einsum of an activation `x` and a constant `w`, with the letters of their axes and of the output's."""

    node: fx.Node
    x: fx.Node
    x_axes: str
    w: fx.Node
    w_axes: str
    output: str

    def expanded(self, constants: Constants) -> fx.Node | None:
        """Inserts the layers that compute the einsum and returns the last one's node; None where there are no such layers."""
        free_axes = "".join(a for a in self.x_axes if a in self.output and a not in self.w_axes)
        summed = "".join(a for a in self.x_axes if a in self.w_axes and a not in self.output)
        new = "".join(a for a in self.w_axes if a not in self.x_axes)
        if set(self.output) == set(self.x_axes) and not new and not summed:
            return self._scaled()
        if not summed or len(free_axes) + len(summed) != len(self.x_axes) or set(self.output) != set(free_axes + new):
            return None
        sizes = dict(zip(self.w_axes, constants[self.w].shape, strict=True))
        weight = self._method("permute", self.w, [self.w_axes.index(a) for a in new + summed])
        shape = [math.prod(sizes[a] for a in letters) for letters in (new, summed)]
        h = self._method("permute", self.x, [self.x_axes.index(a) for a in free_axes + summed])
        h = self._method("flatten", h, len(free_axes))
        h = self._function(torch._C._nn.linear, h, self._method("reshape", weight, shape))
        h = self._method("unflatten", h, -1, [sizes[a] for a in new]) if new else self._method("squeeze", h, -1)
        return self._method("permute", h, [(free_axes + new).index(a) for a in self.output])

    def _scaled(self) -> fx.Node:
        """Inserts the product of the activation and the constant."""
        in_order = sorted(self.w_axes, key=self.x_axes.index)
        weight = self._method("permute", self.w, [self.w_axes.index(a) for a in in_order])
        index = tuple(slice(None) if a in self.w_axes else None for a in self.x_axes)
        product = self._function(operator.mul, self.x, self._function(operator.getitem, weight, index))
        return self._method("permute", product, [self.x_axes.index(a) for a in self.output])

    def _method(self, name: str, *args: Argument) -> fx.Node:
        call = self.node.graph.call_method(name, args)
        call.meta = dict(self.node.meta)
        return call

    def _function(self, function: Function, *args: Argument) -> fx.Node:
        call = self.node.graph.call_function(function, args)
        call.meta = dict(self.node.meta)
        return call
