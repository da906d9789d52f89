"""Which torch operation is which kind of layer. To support another one, add its row here.

The rows stand beside what they need: arithmetic.py, activations.py, bounds.py, pooling.py, moves.py, and for layers with weights
with_weights.py. Calls with constant weights become modules before they are looked up here (lrp/network/rewrites/calls.py).
"""

from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from torch import nn

from lrp.network.layers import Layer
from lrp.network.operations import activations, arithmetic, moves, pooling
from lrp.network.operations import with_weights as builders
from lrp.network.operations.spelling import Builder, Row
from lrp.network.rewrites.batch_norm import BATCH_NORMS, CONVOLUTIONS, TRANSPOSED, LinearOfVectors
from lrp.network.rewrites.padding import Padded

# A module's class, and what makes its layer of a module. A class of your own is not traced into once it has its row.
MODULES: dict[type[nn.Module], Callable[[Any], Layer]] = {
    **dict.fromkeys((*CONVOLUTIONS, *TRANSPOSED), builders.convolution),
    Padded: builders.padded_convolution,
    nn.Linear: builders.linear,
    LinearOfVectors: builders.linear_of_vectors,
    **dict.fromkeys(BATCH_NORMS, builders.batch_norm),
    **dict.fromkeys((nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d), builders.instance_norm),
    nn.LocalResponseNorm: lambda module: builders.local_response_norm(None, module.size, module.alpha, module.beta, module.k),
    **activations.MODULES,
    **pooling.MODULES,
    **moves.MODULES,
}

# A function, or the name of a tensor's method or attribute: the kind of layer, and what to call in its place (never in place).
FUNCTIONS: dict[Any, Row] = {**arithmetic.FUNCTIONS, **activations.FUNCTIONS, **pooling.FUNCTIONS, **moves.FUNCTIONS}

# The same, or a builder, for a call with one activation and a constant.
WITH_CONSTANT: dict[Any, Row | Builder] = {**arithmetic.WITH_CONSTANT, **activations.WITH_CONSTANT}

# Functions of one activation whose settings decide; a builder takes the arguments of the call. A key may also be the import
# path of a function.
BUILDERS: dict[Any, Builder] = {
    **arithmetic.BUILDERS,
    **activations.BUILDERS,
    **pooling.BUILDERS,
    **moves.BUILDERS,
    F.local_response_norm: builders.local_response_norm,
}

# What gives a tuple of tensors.
TUPLES: dict[Any, Callable[..., Any]] = moves.TUPLES
