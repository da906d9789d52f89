"""Half precision: a model in it is explained in single precision."""

import copy

import torch
from torch import nn

HALF = (torch.float16, torch.bfloat16)


def in_single(model: nn.Module) -> nn.Module:
    """The model itself, or a copy in single precision of one that has weights in half precision.

    Relevance is divided by activations near 0 and added up over many of them, for which 8 to 11 bits are too few and, in
    float16, the stabilizer of the division too small.
    """
    if any(weight.dtype in HALF for weight in model.parameters()):
        return copy.deepcopy(model).float()
    return model
