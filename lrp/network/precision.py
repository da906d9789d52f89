"""Precisions: models in half precision are explained in single, and sums are taken in double where there is such a thing."""

import copy

import torch
from torch import Tensor, nn

HALF_PRECISIONS = (torch.float16, torch.bfloat16)


def in_single_precision(model: nn.Module) -> nn.Module:
    """Returns the model itself, or a copy in single precision if it has weights in half precision.

    Relevance is divided by activations near 0 and added up over many of them, for which 8 to 11 bits are too few and, in
    float16, the stabilizer of the division too small.
    """
    if any(weight.dtype in HALF_PRECISIONS for weight in model.parameters()):
        return copy.deepcopy(model).float()
    return model


def where_doubles_are(values: Tensor) -> Tensor:
    """Returns the values themselves, or a copy on the processor where their device, as MPS, has no double precision."""
    return values.cpu() if values.device.type == "mps" else values


def in_double(values: Tensor) -> Tensor:
    """Returns the values in double precision, on the processor where their device has none."""
    return where_doubles_are(values).double()
