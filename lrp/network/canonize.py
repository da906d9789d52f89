"""Makes a network of a model of torch: checks it, traces it, folds BatchNorm and reads every operation as a layer."""

from collections import Counter
from dataclasses import replace
from threading import RLock

from torch import Tensor, fx, nn

from lrp.heads import check_head
from lrp.network.fx_nodes import module_path
from lrp.network.graph import PICTURE_LAYERS, Network, Node, channels_last
from lrp.network.graph_reader import GraphReader
from lrp.network.layers import NodeValue, ReLU, Sum
from lrp.network.model_checks import check_model
from lrp.network.module_kinds import BATCH_NORMS
from lrp.network.pixel_bounds import pixel_bounds
from lrp.network.precision import in_single_precision
from lrp.network.rewrites.rewrite import rewrite
from lrp.network.tracer import traced_graph
from lrp.network.verification import FirstUseCheck
from lrp.network.weighted import Convolution, Diagonal, Weighted

MODE_DEPENDENT = (*BATCH_NORMS, nn.modules.dropout._DropoutNd)  # modules that compute something else in training mode


# torch.fx patches nn.Module itself while it traces, so one model is traced at a time, and no other may run meanwhile.
_tracing_lock = RLock()


def canonize(
    model: nn.Module, low: object = None, high: object = None, example: Tensor | None = None, head: str = "softmax"
) -> Network:
    """Returns `model` as a Network that computes the same logits: traced, with each BatchNorm folded into its convolution.

    `model` must be in eval mode and traceable by torch.fx; it is not modified and shares no memory with the result. One in half
    precision is computed in single. Networks may be made by several threads, but none may run a module of torch at that time:
    torch.fx patches them all while it traces one.
    `low` and `high`, numbers or of shape (1, 3, 1, 1), bound the pixels for the z-box rule and name the black and white
    baselines.
    The first picture that the network meets, `example` if one is given, costs one more pass, by the model: logits that differ by
    more than rounding are a ValueError that names the first node that differs. Later ones cost nothing more, and the model is
    kept in memory until then. A model that was changed meanwhile is not compared with.
    `head` says what the outputs mean: one of lrp.heads.HEADS.
    Raises ValueError for a model in training mode, an unknown head and bounds that cannot be, TypeError for an operation that
    relevance cannot be carried through, for hooks and for weights that are computed at each call; its message names the place
    and the remedy.
    """
    check_model(model)
    check_head(head)
    if model.training or any(module.training for module in model.modules() if isinstance(module, MODE_DEPENDENT)):
        raise ValueError("model must be in eval mode, got training mode; call model.eval() first")
    weight = next(model.parameters(), None)
    if weight is None:
        raise ValueError(f"{type(model).__name__} has no parameters, so there is nothing to explain")
    with _tracing_lock:
        single = in_single_precision(model)
        nodes, source, output = _read(single)
    dtype = next(single.parameters()).dtype
    bounds = pixel_bounds(low, high, dtype, weight.device, _picture_shape(nodes, source))
    network = Network(nodes, source, output, dtype, weight.device, *bounds, given=weight.dtype, head=head)
    check = FirstUseCheck(single, _unchecked_network, _every_value, traced_graph, _tracing_lock)
    object.__setattr__(network, "first_use_check", check)
    if example is not None:
        network(example.to(weight.device, weight.dtype))
    return network


def _unchecked_network(model: nn.Module) -> Network:
    """Returns a network of `model` whose logits are not compared with the model's."""
    check_model(model)
    weight = next(model.parameters())
    return Network(*_read(model), weight.dtype, weight.device)


def _every_value(model: nn.Module, x: Tensor) -> dict[str, NodeValue]:
    """Returns what every node of a network of `model` computes, by its name."""
    network = _unchecked_network(model)
    values: dict[str, NodeValue] = {network.input: channels_last(x)}
    for node in network.nodes:
        values[node.name] = node.layer.run(*(values[name] for name in node.inputs))[0]
    return values


def _picture_shape(nodes: tuple[Node, ...], source: str) -> tuple[int, ...] | None:
    """Returns the shape (1, C, 1, 1) that bounds of the input have; None if no convolution reads it."""
    for node in nodes:
        if source in node.inputs and isinstance(node.layer, Convolution):
            weight, settings = node.layer.weight, node.layer.settings
            channels = weight.shape[0] if settings.transposed else weight.shape[1] * settings.groups
            return (1, channels, *[1] * (weight.dim() - 2))
    return None


def _read(model: nn.Module) -> tuple[tuple[Node, ...], str, str]:
    """Returns the nodes of a model, and the names of its input and its output."""
    root, graph = traced_graph(model)
    inputs = [node for node in graph.nodes if node.op == "placeholder"]
    if len(inputs) != 1:
        raise TypeError(f"the model must take one tensor, got {len(inputs)} inputs: {[node.name for node in inputs]}")
    nodes = _nodes(root, graph, inputs[0].name)
    output = next(node for node in graph.nodes if node.op == "output").args[0]
    if not isinstance(output, fx.Node):
        raise TypeError(f"the model must return one tensor of logits, got {output!r}")
    if output is inputs[0]:
        raise TypeError("the model returns its input as it is; give the model that makes logits of it")
    if output.name not in {node.name for node in nodes}:
        raise TypeError("the logits do not depend on the input, so there is nothing to explain")
    return nodes, inputs[0].name, output.name


def _nodes(model: nn.Module, graph: fx.Graph, picture: str) -> tuple[Node, ...]:
    """Returns the nodes of a traced graph, whose input is called `picture`."""
    modules = rewrite(graph, dict(model.named_modules()))
    nodes: dict[str, Node] = {}
    pictures = {picture}
    for traced, layer, sources in GraphReader(model, graph, modules).steps():
        inputs = tuple(source.name for source in sources)
        reads_nonnegative = all(name in nodes and nodes[name].nonnegative for name in inputs)
        nonnegative = layer.never_negative or (layer.preserves_sign and reads_nonnegative)
        reads_picture = pictures.issuperset(inputs)
        if reads_picture and isinstance(layer, PICTURE_LAYERS):
            pictures.add(traced.name)
        first = reads_picture and isinstance(layer, Weighted) and not isinstance(layer, Diagonal)
        nodes[traced.name] = Node(
            name=traced.name,
            layer=layer,
            inputs=inputs,
            path=module_path(traced),
            nonnegative=nonnegative,
            reads_nonnegative=reads_nonnegative,
            rectified=False,
            first=first,
        )
    _mark_rectified(nodes)
    return tuple(nodes.values())


def _mark_rectified(nodes: dict[str, Node]) -> None:
    """Marks the nodes whose output only a ReLU reads."""
    readers = Counter(name for node in nodes.values() for name in node.inputs)
    for relu in [node for node in nodes.values() if isinstance(node.layer, ReLU)]:
        (source,) = relu.inputs
        # Only these layers surely write their output to memory of their own, which the ReLU may then overwrite.
        if source in nodes and readers[source] == 1 and isinstance(nodes[source].layer, Weighted | Sum):
            nodes[source] = replace(nodes[source], rectified=True)
