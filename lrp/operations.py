"""Which torch operation is which kind of layer. To support another one, add its row here."""

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lrp import builders
from lrp.batch_norm import BATCH_NORMS, CONVOLUTIONS, TRANSPOSED, LinearOfVectors
from lrp.layers import Activation, Average, Difference, Layer, Rectifier, ReLU, Routing, Scale, Shift, Size, Sum
from lrp.padding import Padded


def _relu(x: Tensor, inplace: bool = False) -> Tensor:
    return torch.relu(x)


def _arithmetic(python: Callable[..., Any], in_place: Callable[..., Any], function: Callable[..., Any]) -> dict[Any, Any]:
    """Every way to write an operation, and what to call in its place."""
    name = function.__name__
    return {python: python, in_place: python, function: function, name: function, f"{name}_": function}


ADD = _arithmetic(operator.add, operator.iadd, torch.add)
SUBTRACT = _arithmetic(operator.sub, operator.isub, torch.sub)
MULTIPLY = _arithmetic(operator.mul, operator.imul, torch.mul)
DIVIDE = _arithmetic(operator.truediv, operator.itruediv, torch.div)

MODULES: dict[type[nn.Module], Callable[[Any], Layer]] = {
    **dict.fromkeys((*CONVOLUTIONS, *TRANSPOSED), builders.convolution),
    Padded: builders.padded_convolution,
    nn.Linear: builders.linear,
    LinearOfVectors: builders.linear_of_vectors,
    **dict.fromkeys(BATCH_NORMS, builders.batch_norm),
    nn.LocalResponseNorm: lambda module: builders.local_response_norm(None, module.size, module.alpha, module.beta, module.k),
    nn.ReLU: lambda module: ReLU(torch.relu),
    nn.ReLU6: builders.of_kind(Rectifier),
    **dict.fromkeys((nn.LeakyReLU, nn.ELU, nn.CELU, nn.SELU, nn.Tanh, nn.Hardtanh), builders.of_kind(Activation)),
    nn.PReLU: lambda module: Activation(partial(F.prelu, weight=module.weight.detach().clone())),
    **dict.fromkeys(
        (nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout),
        lambda module: Activation(builders.same),
    ),
    nn.MaxPool2d: lambda module: builders.max_pool2d(
        None, module.kernel_size, module.stride, module.padding, module.dilation, module.ceil_mode, module.return_indices
    ),
    **dict.fromkeys((nn.MaxPool1d, nn.MaxPool3d), builders.of_kind(Routing)),
    **dict.fromkeys((nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d), builders.of_kind(Routing)),
    **dict.fromkeys((nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d), builders.of_kind(Average)),
    **dict.fromkeys((nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d), builders.of_kind(Average)),
    **dict.fromkeys((nn.Flatten, nn.Unflatten, nn.ChannelShuffle, nn.PixelShuffle), builders.of_kind(Routing)),
    **dict.fromkeys((nn.ZeroPad1d, nn.ZeroPad2d, nn.ZeroPad3d), builders.of_kind(Routing)),
    **dict.fromkeys((nn.ReflectionPad1d, nn.ReflectionPad2d, nn.ReflectionPad3d), builders.of_kind(Routing)),
    **dict.fromkeys((nn.ReplicationPad1d, nn.ReplicationPad2d, nn.ReplicationPad3d), builders.of_kind(Routing)),
    nn.Upsample: builders.upsample,
}

# A function, or the name of a tensor's method: the kind of layer, and what to call in its place (never in place).
FUNCTIONS: dict[Any, tuple[type[Layer], Callable[..., Any]]] = {
    **{name: (Sum, function) for name, function in ADD.items()},
    **{name: (Difference, function) for name, function in SUBTRACT.items()},
    **dict.fromkeys((F.relu, torch.relu, torch.relu_, "relu", "relu_"), (ReLU, _relu)),
    F.relu6: (Rectifier, F.relu6),
    F.leaky_relu: (Activation, F.leaky_relu),
    **dict.fromkeys((torch.tanh, F.tanh, "tanh"), (Activation, torch.tanh)),
    **dict.fromkeys(("contiguous", "clone", torch.clone), (Activation, builders.same)),
    **dict.fromkeys((torch.neg, operator.neg, "neg"), (Scale, torch.neg)),
    **{function: (Average, function) for function in (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)},
    **{function: (Average, function) for function in (F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d)},
    **dict.fromkeys((torch.mean, "mean"), (Average, torch.mean)),
    **dict.fromkeys((torch.sum, "sum"), (Average, torch.sum)),
    **{function: (Routing, function) for function in (F.max_pool1d, F.max_pool2d, F.max_pool3d)},
    **{function: (Routing, function) for function in (F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d)},
    **dict.fromkeys((torch.flatten, "flatten"), (Routing, torch.flatten)),
    **dict.fromkeys((torch.unflatten, "unflatten"), (Routing, Tensor.unflatten)),
    **dict.fromkeys((torch.cat, torch.concat), (Routing, torch.cat)),
    torch.stack: (Routing, torch.stack),
    operator.getitem: (Routing, operator.getitem),
    **dict.fromkeys(("view", "reshape", torch.reshape), (Routing, Tensor.reshape)),
    **dict.fromkeys(("permute", torch.permute), (Routing, Tensor.permute)),
    **dict.fromkeys(("transpose", torch.transpose), (Routing, torch.transpose)),
    **dict.fromkeys(("squeeze", torch.squeeze), (Routing, torch.squeeze)),
    **dict.fromkeys(("unsqueeze", torch.unsqueeze), (Routing, torch.unsqueeze)),
    "size": (Size, Tensor.size),
    "dim": (Size, Tensor.dim),
}

# The same for arithmetic between an activation and a constant.
WITH_CONSTANT: dict[Any, tuple[type[Layer], Callable[..., Any]]] = {
    **{name: (Shift, function) for name, function in (ADD | SUBTRACT).items()},
    **{name: (Scale, function) for name, function in (MULTIPLY | DIVIDE).items()},
}

# Functions whose settings decide; a builder takes the arguments of the call.
BUILDERS: dict[Any, Callable[..., Layer]] = {
    **dict.fromkeys((F.conv1d, F.conv2d, F.conv3d), builders.convolution_call),
    F.linear: builders.linear_call,
    F.max_pool2d: builders.max_pool2d,
    F.local_response_norm: builders.local_response_norm,
    **dict.fromkeys((F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout), builders.dropout),
    F.pad: builders.pad,
    F.interpolate: builders.interpolate,
}

# What gives a tuple of tensors, of which the graph then takes one.
TUPLES: dict[Any, Callable[..., Any]] = {
    **dict.fromkeys((torch.chunk, "chunk"), Tensor.chunk),
    **dict.fromkeys((torch.split, "split"), Tensor.split),
    **dict.fromkeys((torch.unbind, "unbind"), Tensor.unbind),
}

# Why relevance cannot pass, and what to do; for a module, a function or the name of a tensor's method.
NORMALIZED = "it divides by what it makes of its own input, which no rule shares out: explain a network with BatchNorm"
GATED = "no rule splits relevance between activations that multiply each other: explain a network without gates or attention"
CURVED = "it does not rise everywhere or is not 0 at 0, so evidence may change its sign in it: explain a network with ReLU"
SQUASHED = "it is not 0 at 0: let the model end at its logits, and explain a network without it inside"
REASONS: dict[Any, str] = {
    **dict.fromkeys((nn.LayerNorm, nn.GroupNorm, nn.RMSNorm), NORMALIZED),
    **dict.fromkeys((nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d), NORMALIZED),
    **dict.fromkeys((F.layer_norm, F.group_norm, F.rms_norm, F.instance_norm, F.normalize, *DIVIDE), NORMALIZED),
    **dict.fromkeys((*MULTIPLY, operator.matmul, torch.matmul, torch.bmm, torch.einsum, "matmul", "bmm"), GATED),
    **dict.fromkeys((nn.MultiheadAttention, F.scaled_dot_product_attention, nn.Bilinear), GATED),
    **dict.fromkeys((nn.SiLU, nn.GELU, nn.Mish, nn.Hardswish, nn.Softplus), CURVED),
    **dict.fromkeys((F.silu, F.gelu, F.mish, F.hardswish, F.softplus), CURVED),
    **dict.fromkeys((nn.Sigmoid, nn.Hardsigmoid, nn.Softmax, nn.Softmax2d, nn.LogSoftmax), SQUASHED),
    **dict.fromkeys((torch.sigmoid, F.sigmoid, F.hardsigmoid, "sigmoid", F.softmax, torch.softmax, "softmax"), SQUASHED),
    **dict.fromkeys((F.log_softmax, torch.log_softmax, "log_softmax"), SQUASHED),
}
