"""Rewrites calls with constant weights as the modules that do the same, so that both are folded, padded and explained alike."""

from torch import Tensor, fx, nn

from lrp.network.constants import Constants
from lrp.network.fx_nodes import Modules, location, module_path
from lrp.network.operations.arithmetic import ADD
from lrp.network.rewrites.einsum import expand_einsum
from lrp.network.rewrites.functional_modules import BUILDERS, MATRIX_PRODUCTS, frozen_parameter


def calls_as_modules(graph: fx.Graph, modules: Modules, constants: Constants) -> None:
    """Turns the calls of `graph` that have constant weights into calls of modules, which it puts into `modules`.

    Raises TypeError for settings with which such a call is no layer that a rule fits.
    """
    expand_einsum(graph, constants)
    for node in list(graph.nodes):
        if node in constants or node.op not in ("call_function", "call_method"):
            continue
        if node.target in MATRIX_PRODUCTS and len(node.args) == 2 and node.args[0] in constants:
            _put_constant_last(node)
        if node.target not in BUILDERS or sum(source not in constants for source in node.all_input_nodes) != 1:
            continue
        module = _built(node, constants)
        if module is not None:
            if node.target in MATRIX_PRODUCTS:
                _take_up_bias(node, module, constants)
            _call_module(node, module, modules, constants)
    for node in reversed(graph.nodes):
        if node in constants and not node.users:
            graph.erase_node(node)


def _built(node: fx.Node, constants: Constants) -> nn.Module | None:
    try:
        return BUILDERS[node.target](*constants.fill_in(node.args), **constants.fill_in(node.kwargs))
    except TypeError as error:
        raise TypeError(f"{error} at {location(node)}") from None


def _put_constant_last(node: fx.Node) -> None:
    """Rewrites W @ x as (x^T @ W^T)^T, where x^T has its last two axes exchanged."""
    weight, x = node.args
    with node.graph.inserting_before(node):
        x_transposed = node.graph.call_method("transpose", (x, -2, -1))
        weight_transposed = node.graph.call_method("t", (weight,))
    with node.graph.inserting_after(node):
        result = node.graph.call_method("transpose", (node, -2, -1))
    node.replace_all_uses_with(result, lambda user: user is not result)
    node.args = (x_transposed, weight_transposed)
    x_transposed.meta = dict(node.meta)
    result.meta = dict(node.meta)


def _take_up_bias(node: fx.Node, module: nn.Module, constants: Constants) -> None:
    """Makes a constant (K,) that alone is added to a product of K outputs the bias of the layer."""
    user = next(iter(node.users))
    if len(node.users) > 1 or user.target not in ADD or user.kwargs or set(user.args) == {node}:
        return
    added = constants.fill_in(user.args[1] if user.args[0] is node else user.args[0])
    if isinstance(added, Tensor) and added.shape == module.get_parameter("weight").shape[:1]:
        module.register_parameter("bias", frozen_parameter(added))
        user.replace_all_uses_with(node)
        user.graph.erase_node(user)


def _call_module(node: fx.Node, module: nn.Module, modules: Modules, constants: Constants) -> None:
    """Makes a node call a module, with the one activation that it takes."""
    (source,) = (given for given in node.all_input_nodes if given not in constants)
    path = module_path(node)
    node.op = "call_module"
    node.target = path
    node.args = (source,)
    node.kwargs = {}
    modules[node] = module
