"""Why relevance cannot pass some operations, and what to do; keys are modules, functions and names of tensors' methods."""

import operator
from collections.abc import Callable
from typing import Any, TypeVar

import torch.nn.functional as F
from torch import fx, nn

from lrp.network.constants import path_of
from lrp.network.layers import Layer
from lrp.network.operations.arithmetic import DIVIDE, MULTIPLY
from lrp.network.operations.spelling import Row, spellings

Read = TypeVar("Read", Layer, Layer | Row)

NORMALIZED = "it divides by what it makes of its own input, which no rule shares out: explain a network with BatchNorm"
GATED = "no rule splits relevance between activations that multiply each other: explain a network without gates or attention"
UNSHARED = "its constant factor is no matrix that all pictures and places share: write it as a Linear or a convolution"
CURVED = "it does not rise everywhere or is not 0 at 0, so evidence may change its sign in it: explain a network with ReLU"
SQUASHED = "it is not 0 at 0: let the model end at its logits, and explain a network without it inside"
STEPPED = "it rises in steps, so nothing tells how much each input contributed: explain a network without it"
COMPARED = "it makes places or truth values, which carry no relevance, of what it gets: explain a network that does not compare"
RANDOM = "it draws at random in eval mode too, so no two explanations would agree: explain a network without it"
RECURRENT = "no rule splits relevance between the gates of a recurrent or attending layer: explain a convolutional network"
SCATTERED = "it puts values at places that depend on the input: explain a network that resizes by interpolation instead"
POWERS = "it adds up powers of its inputs, so evidence changes its sign in it: explain a network with average or max pooling"



def _because(reason: str, *operations: Any) -> dict[Any, str]:
    """The reason for each of them; a name stands for every way that torch writes it."""
    found = [spellings(given) if isinstance(given, str) else [given] for given in operations]
    return dict.fromkeys((operation for group in found for operation in group), reason)


REASONS: dict[Any, str] = {
    **_because(NORMALIZED, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm, nn.CrossMapLRN2d, F.normalize, F.cosine_similarity, *DIVIDE),
    **_because(NORMALIZED, "layer_norm", "group_norm", "rms_norm", "instance_norm", "batch_norm", "renorm", "addcdiv"),
    **_because(NORMALIZED, "std", "std_mean", "var", "var_mean"),
    **_because(GATED, nn.Bilinear, nn.GLU, nn.MultiheadAttention, F.bilinear, F.glu, F.scaled_dot_product_attention, *MULTIPLY),
    **_because(GATED, operator.matmul, operator.imatmul, F.multi_head_attention_forward, "matmul", "mm", "bmm", "einsum"),
    **_because(GATED, "addmm", "addbmm", "baddbmm", "addcmul", "lerp", "prod", "cumprod", "dot", "inner", "outer", "tensordot"),
    **_because(GATED, "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
    **_because(CURVED, nn.SiLU, nn.GELU, nn.Mish, nn.Hardswish, nn.Softplus, operator.abs, "silu", "gelu", "mish", "hardswish"),
    **_because(CURVED, "softplus", "abs", "absolute", "square", "exp", "log", "log1p", "log2", "log10", "sqrt", "rsqrt"),
    **_because(CURVED, "reciprocal", "logsumexp", "logaddexp"),
    **_because(SQUASHED, nn.Sigmoid, nn.Hardsigmoid, nn.LogSigmoid, nn.Softmax, nn.Softmax2d, nn.Softmin, nn.LogSoftmax),
    **_because(SQUASHED, "sigmoid", "hardsigmoid", "logsigmoid", "softmax", "softmin", "log_softmax", "expit"),
    **_because(POWERS, nn.LPPool1d, nn.LPPool2d, F.lp_pool1d, F.lp_pool2d, "norm", "dist", "cdist"),
    **_because(STEPPED, operator.floordiv, operator.mod, "floor_divide", "remainder", "fmod", "floor", "ceil", "round", "trunc"),
    **_because(STEPPED, "frac", "sign", "sgn", "heaviside", "bucketize"),
    **_because(COMPARED, operator.gt, operator.ge, operator.lt, operator.le, operator.eq, operator.ne, "gt", "ge", "lt", "le"),
    **_because(COMPARED, "eq", "ne", "argmax", "argmin", "argsort", "nonzero", "any", "all", "bool"),
    **_because(RANDOM, nn.FractionalMaxPool2d, nn.FractionalMaxPool3d, F.fractional_max_pool2d, F.gumbel_softmax, "bernoulli"),
    **_because(RANDOM, "normal", "rand_like", "randn_like", "multinomial"),
    **_because(RECURRENT, nn.RNN, nn.LSTM, nn.GRU, nn.RNNCell, nn.LSTMCell, nn.GRUCell, nn.Transformer),
    **_because(RECURRENT, nn.TransformerEncoder, nn.TransformerEncoderLayer, nn.TransformerDecoderLayer),
    **_because(SCATTERED, nn.MaxUnpool1d, nn.MaxUnpool2d, nn.MaxUnpool3d, F.max_unpool1d, F.max_unpool2d, F.max_unpool3d),
    **_because(SCATTERED, F.grid_sample, "scatter", "scatter_add", "index_add"),
}

ALONE = frozenset((nn.GLU, nn.MultiheadAttention, F.glu, *spellings("prod", "cumprod")))  # one activation multiplies itself there


def target_of(node: fx.Node) -> Any:
    """The function, the name of the method or that of the attribute that a node asks for."""
    return node.args[1] if node.target is getattr else node.target


def name_of(node: Any) -> str:
    """What a node calls, in a word."""
    target = target_of(node)
    return getattr(target, "__name__", str(target))


def import_path(function: Any) -> str:
    """Where a function is defined, such as "torchvision.ops.drop_block.drop_block2d"."""
    return f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}"


def where(node: fx.Node) -> str:
    """The module that a node belongs to, or its own name where that is the whole model."""
    return path_of(node) or node.name


def no_rule(node: fx.Node, operation: str, target: Any, alone: bool = False) -> TypeError:
    """The error for an operation that no row names: what, where, and the way on. `alone`: it takes one activation."""
    row = "if relevance can pass through it, add its row to lrp/network/operations/table.py"
    reason = REASONS.get(target)
    if reason == GATED and alone and target not in ALONE:
        reason = UNSHARED
    told = f"{reason}, or, {row}" if reason else f"{row}, otherwise explain a network without it"
    return TypeError(f"no LRP rule for {operation} at {where(node)}; {told}")


def located(node: fx.Node, build: Callable[..., Read], *args: Any, **kwargs: Any) -> Read:
    try:
        return build(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{error} at {where(node)}") from None
