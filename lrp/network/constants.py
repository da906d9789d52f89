"""What a traced graph computes of parameters alone: no step of the network, but a constant of those that read it."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, fx, nn

map_arguments: Callable[[Any, Callable[[Any], Any]], Any] = fx.node.map_aggregate


class Constants:
    """The values of the nodes of a graph that do not depend on its input, each computed when it is first asked for.

    `modules` holds what each `call_module` node calls. Tensors are copies, which later training of the model does not reach.
    """

    def __init__(self, root: nn.Module, modules: Mapping[fx.Node, nn.Module]) -> None:
        self._root, self._modules = root, modules
        self._known: dict[fx.Node, bool] = {}
        self._values: dict[fx.Node, Any] = {}

    def __contains__(self, node: object) -> bool:
        if not isinstance(node, fx.Node):
            return False
        pending = [node]  # a network may be deeper than Python recurses
        while pending:
            last = pending[-1]
            unknown = [source for source in last.all_input_nodes if source not in self._known]
            if last.op in ("placeholder", "output") or not unknown:
                fixed = last.op not in ("placeholder", "output")
                self._known[last] = fixed and all(self._known[source] for source in last.all_input_nodes)
                pending.pop()
            else:
                pending.extend(unknown)
        return self._known[node]

    def __getitem__(self, node: fx.Node) -> Any:
        if node not in self._values:
            self._values[node] = self._value(node)
        return self._values[node]

    def filled_in(self, arguments: Any) -> Any:
        """The arguments of a call with the values of constants in place of their nodes; other nodes stay."""

        def filled(argument: Any) -> Any:
            return self[argument] if argument in self else argument  # noqa: SIM401

        return map_arguments(arguments, filled)

    def _value(self, node: fx.Node) -> Any:
        if node.op == "get_attr":
            value = operator.attrgetter(str(node.target))(self._root)
            return value.detach().clone() if isinstance(value, Tensor) else value
        with torch.no_grad():
            return plain(node, self._modules)(*self.filled_in(node.args), **self.filled_in(node.kwargs))


def plain(node: fx.Node, modules: Mapping[fx.Node, nn.Module]) -> Callable[..., Any]:
    """What a node calls, as it is."""
    if node.op == "call_module":
        return modules[node]
    if node.op == "call_method":
        return lambda self, *args, **kwargs: getattr(self, str(node.target))(*args, **kwargs)
    return node.target  # type: ignore[return-value]


def path_of(node: fx.Node) -> str:
    """The module that a traced node belongs to, such as "layer3.1" or "layer3.1.conv2"."""
    if node.op == "call_module":
        return str(node.target)
    return str(next(reversed(node.meta.get("nn_module_stack") or {"": None})))
