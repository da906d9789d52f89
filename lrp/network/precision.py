"""Brings models in half precision to single precision, in which they are explained."""

import copy

import torch
from torch import nn

HALF_PRECISIONS = (torch.float16, torch.bfloat16)


def in_single_precision(model: nn.Module) -> nn.Module:
    """Returns the model itself, or a copy in single precision if it has weights in half precision.

    Relevance is divided by activations near 0 and added up over many of them, for which 8 to 11 bits are too few and, in
    float16, the stabilizer of the division too small.
    """
    if any(weight.dtype in HALF_PRECISIONS for weight in model.parameters()):
        return copy.deepcopy(model).float()
    return model
