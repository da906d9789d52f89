"""Why relevance cannot pass some operations, and what to do instead, as the messages of errors say it."""

import operator
from collections.abc import Callable
from typing import TypeVar

import torch.nn.functional as F
from torch import fx, nn
from torch.fx.node import Target

from lrp.network.fx_nodes import location
from lrp.network.layers import Layer
from lrp.network.operations.arithmetic import DIVIDE, MULTIPLY
from lrp.network.operations.spelling import OperationRow, spellings

Built = TypeVar("Built", Layer, Layer | OperationRow)

NORMALIZED = "it divides by an activation, which no rule shares out: explain a network with BatchNorm or LayerNorm"
GATED = (
    "no rule splits relevance between activations that multiply each other in this way: write it as a product of two of them, "
    "value by value or as matrices, or explain a network without other products"
)
UNSHARED = "its constant factor is no matrix that all pictures and places share: write it as a Linear or a convolution"
CURVED = "it does not rise everywhere or is not 0 at 0, so evidence may change its sign in it: explain a network with ReLU"
SQUASHED = (
    "it is not 0 at 0: let the model end at its logits, and explain a network without it inside, except where it is a sigmoid "
    "that only multiplies other activations, or a softmax that only weighs others in a matrix product"
)
STEPPED = "it rises in steps, so nothing tells how much each input contributed: explain a network without it"
COMPARED = "it makes places or truth values, which carry no relevance, of what it gets: explain a network that does not compare"
RANDOM = "it draws at random in eval mode too, so no two explanations would agree: explain a network without it"
RECURRENT = "no rule splits relevance between the gates of a recurrent layer: explain a network without it"
WHOLE_TRANSFORMER = "it chooses a fused path while it runs: write its layers out with MultiheadAttention, LayerNorm and Linear"
SCATTERED = "it puts values at places that depend on the input: explain a network that resizes by interpolation instead"
POWERS = "it adds up powers of its inputs, so evidence changes its sign in it: explain a network with average or max pooling"


def _because(reason: str, *operations: Target) -> dict[Target, str]:
    """Returns the reason for each operation; a name stands for every way that torch writes it."""
    groups = [spellings(given) if isinstance(given, str) else [given] for given in operations]
    return dict.fromkeys((operation for group in groups for operation in group), reason)


REASONS: dict[Target, str] = {
    **_because(NORMALIZED, nn.GroupNorm, nn.RMSNorm, nn.CrossMapLRN2d, F.cosine_similarity, *DIVIDE),
    **_because(NORMALIZED, "group_norm", "rms_norm", "instance_norm", "batch_norm", "renorm", "addcdiv"),
    **_because(NORMALIZED, "std", "std_mean", "var", "var_mean"),
    **_because(GATED, nn.Bilinear, nn.GLU, nn.MultiheadAttention, F.bilinear, F.glu, F.scaled_dot_product_attention, *MULTIPLY),
    **_because(GATED, operator.matmul, operator.imatmul, F.multi_head_attention_forward, "matmul", "mm", "bmm", "einsum"),
    **_because(GATED, "addmm", "addbmm", "baddbmm", "addcmul", "lerp", "prod", "cumprod", "dot", "inner", "outer", "tensordot"),
    **_because(GATED, "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
    **_because(CURVED, nn.Softplus, operator.abs),
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
    **_because(RECURRENT, nn.RNN, nn.LSTM, nn.GRU, nn.RNNCell, nn.LSTMCell, nn.GRUCell),
    **_because(WHOLE_TRANSFORMER, nn.Transformer, nn.TransformerEncoder, nn.TransformerEncoderLayer, nn.TransformerDecoderLayer),
    **_because(SCATTERED, nn.MaxUnpool1d, nn.MaxUnpool2d, nn.MaxUnpool3d, F.max_unpool1d, F.max_unpool2d, F.max_unpool3d),
    **_because(SCATTERED, F.grid_sample, "scatter", "scatter_add", "index_add"),
}

# Operations of one activation that multiplies itself.
SELF_MULTIPLYING: frozenset[Target] = frozenset((nn.GLU, nn.MultiheadAttention, F.glu, *spellings("prod", "cumprod")))


def no_rule_error(node: fx.Node, name: str, operation: Target, one_activation: bool = False) -> TypeError:
    """Returns the error for an operation without a row: its name, its place in the model, and the remedy.

    `one_activation`: whether all but one of its arguments are constants.
    """
    row = "if relevance can pass through it, add its row to the table of its family in lrp/network/operations/"
    reason = REASONS.get(operation)
    if reason == GATED and one_activation and operation not in SELF_MULTIPLYING:
        reason = UNSHARED
    remedy = f"{reason}, or, {row}" if reason else f"{row}, otherwise explain a network without it"
    return TypeError(f"no LRP rule for {name} at {location(node)}; {remedy}")


def build_at(node: fx.Node, build: Callable[..., Built], *args: object, **kwargs: object) -> Built:
    """Returns `build(*args, **kwargs)`; a TypeError from it gets the place of `node` in the model."""
    try:
        return build(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{error} at {location(node)}") from None
