"""The tables that say which operation of torch becomes which kind of layer, made of those of the families.

The families are arithmetic.py, activations.py, bounds.py, gates.py, attention.py, pooling.py, moves.py, and with_weights.py for
layers with weights or normalization.
Calls with constant weights become modules before they are looked up here (lrp/network/rewrites/calls.py).
"""

import torch.nn.functional as F
from torch import nn
from torch.fx.node import Target

from lrp.network.layers import Function, Routing
from lrp.network.module_kinds import BATCH_NORMS, CONVOLUTIONS, INSTANCE_NORMS, TRANSPOSED
from lrp.network.operations import activations, arithmetic, attention, gates, moves, pooling
from lrp.network.operations import with_weights as builders
from lrp.network.operations.spelling import Builder, ModuleRows, OperationRow, spellings
from lrp.network.rewrites.batch_norm import LinearOfVectors
from lrp.network.rewrites.padding import PaddedConvolutionModule, pad_like_tensorflow

# A module's class, and what builds its layer of a module. A class of your own is not traced into once it has its row.
MODULES: ModuleRows = {
    **dict.fromkeys((*CONVOLUTIONS, *TRANSPOSED), builders.convolution),
    PaddedConvolutionModule: builders.padded_convolution,
    nn.Linear: builders.linear,
    LinearOfVectors: builders.linear_of_vectors,
    **dict.fromkeys(BATCH_NORMS, builders.batch_norm),
    **dict.fromkeys(INSTANCE_NORMS, builders.instance_norm),
    nn.LocalResponseNorm: lambda module: builders.local_response_norm(None, module.size, module.alpha, module.beta, module.k),
    nn.LayerNorm: lambda module: builders.layer_norm(None, module.normalized_shape, module.weight, module.bias, module.eps),
    **activations.MODULES,
    **gates.MODULES,
    **attention.MODULES,
    **pooling.MODULES,
    **moves.MODULES,
}

# A function, or the name of a tensor's method or attribute: the kind of layer, and what to call in its place (never in place).
FUNCTIONS: dict[Target, OperationRow] = {
    **arithmetic.FUNCTIONS,
    **activations.FUNCTIONS,
    **gates.FUNCTIONS,
    **attention.PRODUCTS,
    **pooling.FUNCTIONS,
    **moves.FUNCTIONS,
    pad_like_tensorflow: (Routing, pad_like_tensorflow),
}

# The same, or a builder, for a call with one activation and a constant.
WITH_CONSTANT: dict[Target, OperationRow | Builder] = {**arithmetic.WITH_CONSTANT, **activations.WITH_CONSTANT}

# Functions of one activation whose settings decide; a builder takes the arguments of the call. A key may also be the import
# path of a function.
BUILDERS: dict[Target, Builder] = {
    **arithmetic.BUILDERS,
    **activations.BUILDERS,
    **pooling.BUILDERS,
    **moves.BUILDERS,
    **attention.BUILDERS,
    F.local_response_norm: builders.local_response_norm,
    **dict.fromkeys(spellings("layer_norm"), builders.layer_norm),
}

# What returns a tuple of tensors.
TUPLES: dict[Target, Function] = moves.TUPLES


def row_class(module: nn.Module) -> type[nn.Module] | None:
    """Returns the class whose row describes a module: its own, or BatchNorm where a subclass leaves the forward as it is."""
    own = type(module)
    if own in MODULES:
        return own
    return next((kind for kind in BATCH_NORMS if isinstance(module, kind) and own.forward is kind.forward), None)
