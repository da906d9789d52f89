"""The values of a traced graph that depend on parameters alone, which become constants of the layers that read them."""

import operator

import torch
from torch import Tensor, fx, nn

from lrp.network.fx_nodes import Modules, called_function, map_arguments
from lrp.network.layers import NodeValue


class Constants:
    """The values of the nodes of a graph that do not depend on its input, each computed when it is first asked for.

    `modules` holds what each `call_module` node calls. Tensors are copies, which later training of the model does not reach.
    """

    def __init__(self, root: nn.Module, modules: Modules) -> None:
        self._root, self._modules = root, modules
        self._is_constant: dict[fx.Node, bool] = {}
        self._values: dict[fx.Node, NodeValue] = {}

    def __contains__(self, node: object) -> bool:
        """Whether `node` is a node whose value depends on parameters alone."""
        if not isinstance(node, fx.Node):
            return False
        pending = [node]  # a stack, for a network may be deeper than Python recurses
        while pending:
            last = pending[-1]
            unknown = [source for source in last.all_input_nodes if source not in self._is_constant]
            if last.op in ("placeholder", "output") or not unknown:
                computed = last.op not in ("placeholder", "output")
                self._is_constant[last] = computed and all(self._is_constant[source] for source in last.all_input_nodes)
                pending.pop()
            else:
                pending.extend(unknown)
        return self._is_constant[node]

    def __getitem__(self, node: fx.Node) -> NodeValue:
        """Returns the value of a constant node."""
        if node not in self._values:
            self._values[node] = self._compute(node)
        return self._values[node]

    def fill_in(self, arguments: object) -> NodeValue:
        """Returns the arguments of a call with the values of constants in place of their nodes; other nodes stay."""

        def value(argument: object) -> NodeValue:
            return self[argument] if isinstance(argument, fx.Node) and argument in self else argument

        return map_arguments(arguments, value)

    def _compute(self, node: fx.Node) -> NodeValue:
        if node.op == "get_attr":
            value = operator.attrgetter(str(node.target))(self._root)
            return value.detach().clone() if isinstance(value, Tensor) else value
        with torch.no_grad():
            return called_function(node, self._modules)(*self.fill_in(node.args), **self.fill_in(node.kwargs))
