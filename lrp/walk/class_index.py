"""Class arguments of objectives, an index or several of them, and how they pick from logits (N, K)."""

from collections.abc import Sequence

import torch
from torch import Tensor

Classes = int | Sequence[int] | Tensor


def class_tensor(target: Classes) -> Tensor:
    """Returns `target` as a tensor of whole numbers. Raises TypeError for what is no class index and no sequence of them."""
    try:
        classes = torch.as_tensor(target)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise TypeError(f"target must be a class index or a tensor of them, got {target!r}") from None
    if not classes.numel():
        return classes.long()
    if classes.is_floating_point() or classes.is_complex() or classes.dtype == torch.bool:
        raise TypeError(f"target must be a class index or a tensor of them, got {classes.dtype}")
    return classes.long()


def _indices(logits: Tensor, target: Classes) -> Tensor:
    classes = class_tensor(target).to(logits.device)
    if classes.dim() > 1 or (classes.dim() == 1 and len(classes) != len(logits)):
        raise ValueError(f"target must be one index or one per sample ({len(logits)}), got shape {tuple(classes.shape)}")
    if bool(((classes < 0) | (classes >= logits.shape[1])).any()):
        raise ValueError(f"target must be between 0 and {logits.shape[1] - 1}, got {target}")
    return classes.expand(len(logits))


def pick_class(logits: Tensor, target: Classes) -> Tensor:
    """Returns each sample's logit of its class, (N,). Raises ValueError for a class that the logits do not have."""
    return logits.gather(1, _indices(logits, target).unsqueeze(1)).squeeze(1)


def one_hot(logits: Tensor, target: Classes) -> Tensor:
    """Returns 1 at each sample's class and 0 elsewhere, of the shape of the logits (N, K)."""
    return torch.zeros_like(logits).scatter_(1, _indices(logits, target).unsqueeze(1), 1)


def only_index(target: Classes) -> int:
    """Returns the only class index of `target`."""
    return int(class_tensor(target))


def category_of(categories: Sequence[str], target: Classes) -> str:
    """Returns the name of the only class of `target`."""
    return categories[only_index(target)]
