"""Writes calls with constant weights as the modules that do the same, so that both are folded, padded and explained alike."""

import operator
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

from lrp.network.constants import Constants, path_of
from lrp.network.operations.arithmetic import ADD
from lrp.network.operations.spelling import spellings
from lrp.network.rewrites.batch_norm import CONVOLUTIONS, TRANSPOSED
from lrp.network.rewrites.einsum import spell_out_einsum

Modules = dict[fx.Node, nn.Module]


def calls_as_modules(graph: fx.Graph, modules: Modules, constants: Constants) -> None:
    """Turns the calls of `graph` that have constant weights into calls of modules, which it puts into `modules`.

    Raises TypeError for settings with which such a call is no layer that a rule fits.
    """
    spell_out_einsum(graph, constants)
    for node in list(graph.nodes):
        if node in constants or node.op not in ("call_function", "call_method"):
            continue
        if node.target in PRODUCTS and len(node.args) == 2 and node.args[0] in constants:
            _turn_round(node)
        if node.target not in CALLS or sum(source not in constants for source in node.all_input_nodes) != 1:
            continue
        module = _module(node, constants)
        if module is not None:
            if node.target in PRODUCTS:
                _take_up_bias(node, module, constants)
            _become(node, module, modules, constants)
    for node in reversed(graph.nodes):
        if node in constants and not node.users:
            graph.erase_node(node)


def batch_norm(
    input: Any, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None, training: bool = False,
    momentum: float = 0.1, eps: float = 1e-5,
) -> nn.Module:  # fmt: skip
    """The arguments are those of torch.nn.functional.batch_norm."""
    if training:
        raise TypeError("batch_norm must use running statistics, got training=True (pass training=self.training)")
    if running_mean is None or running_var is None:
        raise TypeError("batch_norm must be given running statistics, got None")
    norm: Any = nn.BatchNorm1d(len(running_mean), eps, affine=False, device="meta")
    norm.running_mean, norm.running_var = running_mean, running_var
    norm.weight, norm.bias = _parameter(weight), _parameter(bias)
    return norm.eval()


def torch_batch_norm(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool, momentum: float, eps: float,
    cudnn_enabled: bool,
) -> nn.Module:  # fmt: skip
    """The arguments are those of torch.batch_norm."""
    return batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def convolution(
    input: Any, weight: Tensor, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> nn.Module | None:
    """The arguments are those of torch.nn.functional.conv2d."""
    if not isinstance(weight, Tensor):
        return None
    kind: Any = CONVOLUTIONS[weight.dim() - 3]
    size = weight.shape[2:]
    inputs = weight.shape[1] * groups
    stride, dilation = _each(stride, size), _each(dilation, size)
    padding = padding if isinstance(padding, str) else _each(padding, size)
    made = kind(inputs, len(weight), size, stride, padding, dilation, groups, device="meta")
    return _with(made, weight, bias)


def transposed(
    input: Any, weight: Tensor, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: int = 1,
    dilation: Any = 1,
) -> nn.Module | None:  # fmt: skip
    """The arguments are those of torch.nn.functional.conv_transpose2d."""
    if not isinstance(weight, Tensor):
        return None
    kind: Any = TRANSPOSED[weight.dim() - 3]
    size = weight.shape[2:]
    outputs = weight.shape[1] * groups
    stride, padding, outside, dilation = (_each(given, size) for given in (stride, padding, output_padding, dilation))
    made = kind(len(weight), outputs, size, stride, padding, outside, groups, dilation=dilation, device="meta")
    return _with(made, weight, bias)


def linear(input: Any, weight: Tensor, bias: Any = None) -> nn.Module | None:
    """The arguments are those of torch.nn.functional.linear."""
    if not isinstance(weight, Tensor) or weight.dim() != 2:
        return None
    return _with(nn.Linear(weight.shape[1], weight.shape[0], device="meta"), weight, bias)


def product(input: Any, other: Tensor) -> nn.Module | None:
    """An activation times a constant matrix."""
    return linear(input, other.t()) if isinstance(other, Tensor) and other.dim() == 2 else None


def addmm(input: Tensor, mat1: Any, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> nn.Module | None:
    """A constant bias (K,) plus an activation times a constant matrix."""
    bias = input.squeeze(0) if isinstance(input, Tensor) and input.dim() == 2 and len(input) == 1 else input
    if not isinstance(bias, Tensor) or not isinstance(mat2, Tensor) or bias.dim() != 1:
        return None
    return linear(mat1, alpha * mat2.t(), beta * bias)


PRODUCTS = {operator.matmul, *spellings("matmul", "mm")}
CALLS: dict[Any, Callable[..., nn.Module | None]] = {
    F.batch_norm: batch_norm,
    torch.batch_norm: torch_batch_norm,
    **dict.fromkeys(spellings("conv1d", "conv2d", "conv3d"), convolution),
    **dict.fromkeys(spellings("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), transposed),
    **dict.fromkeys(spellings("linear"), linear),
    **dict.fromkeys(PRODUCTS, product),
    **dict.fromkeys(spellings("addmm"), addmm),
}


def _module(node: fx.Node, constants: Constants) -> nn.Module | None:
    try:
        return CALLS[node.target](*constants.filled_in(node.args), **constants.filled_in(node.kwargs))
    except TypeError as error:
        raise TypeError(f"{error} at {path_of(node) or node.name}") from None


def _turn_round(node: fx.Node) -> None:
    """Writes W @ x as (x^T @ W^T)^T, where x^T has its last two axes exchanged."""
    weight, x = node.args
    with node.graph.inserting_before(node):
        turned = node.graph.call_method("transpose", (x, -2, -1))
        weight = node.graph.call_method("t", (weight,))
    with node.graph.inserting_after(node):
        back = node.graph.call_method("transpose", (node, -2, -1))
    node.replace_all_uses_with(back, lambda user: user is not back)
    node.args = (turned, weight)
    turned.meta, back.meta = dict(node.meta), dict(node.meta)


def _take_up_bias(node: fx.Node, module: Any, constants: Constants) -> None:
    """Makes a constant (K,) that alone is added to a product of K outputs the bias of the layer."""
    user = next(iter(node.users))
    if len(node.users) > 1 or user.target not in ADD or user.kwargs or set(user.args) == {node}:
        return
    added = constants.filled_in(user.args[1] if user.args[0] is node else user.args[0])
    if isinstance(added, Tensor) and added.shape == module.weight.shape[:1]:
        module.bias = _parameter(added)
        user.replace_all_uses_with(node)
        user.graph.erase_node(user)


def _become(node: fx.Node, module: nn.Module, modules: Modules, constants: Constants) -> None:
    (source,) = (given for given in node.all_input_nodes if given not in constants)
    node.op, node.target, node.args, node.kwargs = "call_module", path_of(node), (source,), {}
    modules[node] = module


def _each(given: Any, size: torch.Size) -> Any:
    """`given` for each axis of a kernel of that size."""
    listed = [given] if isinstance(given, int) else list(given)
    return tuple(listed * (len(size) // len(listed)))


def _with(module: Any, weight: Tensor, bias: Any) -> Any:
    module.weight, module.bias = _parameter(weight), _parameter(bias)
    return module.eval()


def _parameter(values: Tensor | None) -> nn.Parameter | None:
    return None if values is None else nn.Parameter(values, requires_grad=False)
