"""Class arguments of objectives: an index, or a tensor of them, picked from an output of shape (N, K)."""

import torch
from torch import Tensor

Classes = int | Tensor


def as_tensor(target: Classes) -> Tensor:
    """`target` as a tensor. Raises TypeError for what is no class index or integer tensor."""
    try:
        classes = torch.as_tensor(target)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"target must be a class index or a tensor of them, got {target!r}") from None
    if classes.is_floating_point() or classes.is_complex() or classes.dtype == torch.bool:
        raise TypeError(f"target must be a class index or a tensor of them, got {classes.dtype}")
    return classes


def _indices(output: Tensor, target: Classes) -> Tensor:
    classes = as_tensor(target).to(output.device)
    if classes.dim() > 1 or (classes.dim() == 1 and len(classes) != len(output)):
        raise ValueError(f"target must be one index or one per sample ({len(output)}), got shape {tuple(classes.shape)}")
    if bool(((classes < 0) | (classes >= output.shape[1])).any()):
        raise ValueError(f"target must be between 0 and {output.shape[1] - 1}, got {target}")
    return classes.long().expand(len(output))


def pick(output: Tensor, target: Classes) -> Tensor:
    """(N,), each sample's output at its class. Raises ValueError for a class that the output does not have."""
    return output.gather(1, _indices(output, target).unsqueeze(1)).squeeze(1)


def one_hot(output: Tensor, target: Classes) -> Tensor:
    """1 at each sample's class, 0 elsewhere, of the output's shape."""
    return torch.zeros_like(output).scatter_(1, _indices(output, target).unsqueeze(1), 1)


def own_value(output: Tensor, target: Classes) -> Tensor:
    """(N, 1), each sample's output at its class."""
    return pick(output, target).unsqueeze(1)
