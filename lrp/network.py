"""A network as data: traced once, BatchNorm folded away, and never changed again."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from lrp.layers import Activation, Average, Layer, Rectifier, ReLU, Routing, Sum, Weighted
from lrp.operations import FUNCTIONS, MODULES

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)

map_arguments: Callable[[Any, Callable[[Any], Any]], Any] = fx.node.map_aggregate


@dataclass(frozen=True, eq=False)
class Node:
    """One step of the network: its name, what it computes, the names of the nodes it reads, and the module it is part of.

    `nonnegative` says that its output is never below 0, `reads_nonnegative` that no input of it is; `rectified` that
    only a ReLU reads its output.
    """

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    path: str
    nonnegative: bool
    reads_nonnegative: bool
    rectified: bool


@dataclass(frozen=True, eq=False)
class Network:
    """What `canonize` returns: the nodes in the order of computation. Calling it gives the logits.

    Nothing in it changes after it was made, so any number of threads may share one. `low` and `high` are the pixel
    bounds in the units of the input, of shape (1, 3, 1, 1), or None where nobody gave them.
    """

    nodes: tuple[Node, ...]
    input: str
    output: str
    dtype: torch.dtype
    device: torch.device
    low: Tensor | None = None
    high: Tensor | None = None

    def __call__(self, x: Tensor, place: str | None = None) -> Tensor:
        """The logits (N, K) of `x` (N, ...), or the output of the node or module `place`; differentiable."""
        wanted = self.output if place is None else self.find(place).name
        last_reader = {name: node.name for node in self.nodes for name in node.inputs}
        values: dict[str, Any] = {self.input: channels_last(x)}
        for node in self.nodes:
            values[node.name] = node.layer.run(*(values[name] for name in node.inputs))[0]
            if node.name == wanted:
                break
            for name in set(node.inputs):
                if last_reader[name] == node.name:
                    del values[name]
        return values[wanted]

    def find(self, place: str) -> Node:
        """The last node called `place` or inside the module `place`, such as "layer3". Raises ValueError if none is."""
        for node in reversed(self.nodes):
            if node.name == place or node.path == place or node.path.startswith(f"{place}."):
                return node
        raise ValueError(f"the network has no node or module named {place!r}; its modules begin with {self.stages()}")

    def stages(self) -> tuple[str, ...]:
        """The top-level parts in order of computation, such as ("conv1", "relu", "maxpool", "layer1", ...)."""
        return tuple(dict.fromkeys(node.path.split(".")[0] for node in self.nodes if node.path))


def canonize(model: nn.Module, low: Tensor | None = None, high: Tensor | None = None) -> Network:
    """Returns `model` as a Network that computes the same logits: traced, with each BatchNorm folded into its convolution.

    `model` must be in eval mode and traceable by torch.fx; it is not modified and shares no memory with the result.
    `low` and `high`, of shape (1, 3, 1, 1), bound the pixels for the z-box rule and name the black and white baselines.
    Raises ValueError for a model in training mode, TypeError for an operation that relevance cannot be carried through;
    its message names the node, the operation and the remedy.
    """
    if model.training:
        raise ValueError("model must be in eval mode, got training mode; call model.eval() first")
    graph = fx.symbolic_trace(model)
    if not any(True for _ in graph.parameters()):
        raise ValueError(f"{type(model).__name__} has no parameters, so there is nothing to explain")
    inputs = [node for node in graph.graph.nodes if node.op == "placeholder"]
    if len(inputs) != 1:
        raise TypeError(f"the model must take one tensor, got {len(inputs)} inputs: {[node.name for node in inputs]}")
    weight = next(graph.parameters())
    nodes = _nodes(graph)
    output = next(node for node in graph.graph.nodes if node.op == "output").args[0]
    if not isinstance(output, fx.Node):
        raise TypeError(f"the model must return one tensor of logits, got {output!r}")
    return Network(nodes, inputs[0].name, output.name, weight.dtype, weight.device, low, high)


def channels_last(x: Tensor) -> Tensor:
    """Pictures in the memory order in which convolutions are fastest; anything else as it is."""
    return x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x


def _nodes(graph: fx.GraphModule) -> tuple[Node, ...]:
    modules = dict(graph.named_modules())
    nodes: dict[str, Node] = {}
    _fold(graph.graph, modules)
    for traced in graph.graph.nodes:
        if traced.op in ("placeholder", "output"):
            continue
        layer = _layer(traced, modules)
        inputs = tuple(source.name for source in traced.all_input_nodes)
        reads_nonnegative = all(name in nodes and nodes[name].nonnegative for name in inputs)
        keeps_sign = isinstance(layer, Activation | Average | Routing | Sum)
        nonnegative = isinstance(layer, Rectifier) or (keeps_sign and reads_nonnegative)
        nodes[traced.name] = Node(traced.name, layer, inputs, _path(traced), nonnegative, reads_nonnegative, False)
    _mark_rectified(nodes)
    return tuple(nodes.values())


def _fold(graph: fx.Graph, modules: dict[str, nn.Module]) -> None:
    """Folds each BatchNorm that alone reads a convolution into it: out of the traced graph, and into `modules`."""
    for batch_norm in list(graph.nodes):
        source = batch_norm.args[0] if batch_norm.op == "call_module" else None
        if not isinstance(source, fx.Node) or source.op != "call_module" or len(source.users) > 1:
            continue
        pair = modules[str(source.target)], modules[str(batch_norm.target)]
        if isinstance(pair[0], CONVOLUTIONS) and isinstance(pair[1], BATCH_NORMS):
            modules[str(source.target)] = fuse_conv_bn_eval(pair[0], pair[1], transpose=pair[0].transposed)
            batch_norm.replace_all_uses_with(source)
            graph.erase_node(batch_norm)


def _mark_rectified(nodes: dict[str, Node]) -> None:
    readers = Counter(name for node in nodes.values() for name in node.inputs)
    for relu in [node for node in nodes.values() if isinstance(node.layer, ReLU)]:
        (source,) = relu.inputs
        # Only these layers surely write their output to memory of their own, which the ReLU may then overwrite.
        if source in nodes and readers[source] == 1 and isinstance(nodes[source].layer, Weighted | Sum):
            nodes[source] = replace(nodes[source], rectified=True)


def _path(traced: fx.Node) -> str:
    """The module that a traced node belongs to, such as "layer3.1" or "layer3.1.conv2"."""
    if traced.op == "call_module":
        return str(traced.target)
    return str(next(reversed(traced.meta.get("nn_module_stack") or {"": None})))


def _layer(traced: fx.Node, modules: Mapping[str, nn.Module]) -> Layer:
    if traced.op == "call_module":
        module = modules[str(traced.target)]
        if type(module) not in MODULES:
            raise _unknown(traced, type(module).__name__)
        return MODULES[type(module)](module)
    if traced.target not in FUNCTIONS or "out" in traced.kwargs or "alpha" in traced.kwargs:
        raise _unknown(traced, getattr(traced.target, "__name__", str(traced.target)))
    kind, function = FUNCTIONS[traced.target]
    return kind(_bound(traced, function))


@dataclass(frozen=True)
class _Slot:
    """Stands for one of the graph's tensors among the arguments of a call."""

    index: int


def _bound(traced: fx.Node, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` of the graph's tensors alone, every constant argument of the traced call filled in."""
    # Slots instead of the traced nodes themselves, which would keep the whole traced model in memory.
    position = {source: _Slot(i) for i, source in enumerate(traced.all_input_nodes)}

    def slot(argument: Any) -> Any:
        return position.get(argument, argument) if isinstance(argument, fx.Node) else argument

    args, kwargs = map_arguments(traced.args, slot), map_arguments(traced.kwargs, slot)

    def bound(*values: Any) -> Any:
        def fill(argument: Any) -> Any:
            return values[argument.index] if isinstance(argument, _Slot) else argument

        return function(*map_arguments(args, fill), **map_arguments(kwargs, fill))

    return bound


def _unknown(traced: fx.Node, operation: str) -> TypeError:
    return TypeError(
        f"no LRP rule for {operation} at {_path(traced) or traced.name}; if relevance can pass through it, "
        "add its row to lrp/operations.py, otherwise explain a network without it"
    )
