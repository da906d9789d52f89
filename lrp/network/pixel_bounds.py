"""Checks the bounds of the pixels that a caller gives, and brings them to the form in which a network keeps them."""

from collections.abc import Sequence

import torch
from torch import Tensor

SHAPE = "(1, C, 1, 1), one number for each channel"


def pixel_bounds(
    low: object, high: object, dtype: torch.dtype, device: torch.device, shape: Sequence[int] | None
) -> tuple[Tensor | None, Tensor | None]:
    """Returns `low` and `high`, numbers or anything that torch.as_tensor takes, in that precision and on that device.

    shape: (1, C, 1, 1) where it is known what the network reads; a number then stands for every channel. Raises ValueError
    if only one is given, for another shape, for values that are not finite, and unless low < high everywhere.
    """
    if low is None and high is None:
        return None, None
    if low is None or high is None:
        raise ValueError(f"low and high must be given together, got {'high' if low is None else 'low'} alone")
    bounds = [_bound(name, value, dtype, device, shape) for name, value in (("low", low), ("high", high))]
    if bounds[0].shape != bounds[1].shape:
        raise ValueError(f"low and high must have one shape, got {tuple(bounds[0].shape)} and {tuple(bounds[1].shape)}")
    if not (bounds[0] < bounds[1]).all():
        values = " and ".join(str(bound.flatten().tolist()) for bound in bounds)
        raise ValueError(f"low must be below high everywhere, got {values}")
    return bounds[0], bounds[1]


def check_bounds_fit(low: Tensor | None, x: Tensor) -> None:
    """Raises ValueError unless bounds of the shape of `low` fit pictures like `x`."""
    if low is None or low.dim() == 0:
        return
    aligned = zip(reversed(low.shape), reversed(x.shape), strict=False)
    if low.dim() > x.dim() or any(size not in (1, whole) for size, whole in aligned):
        shape = tuple(low.shape)
        raise ValueError(f"low and high have the shape {shape}, which does not fit x of {tuple(x.shape)}; give {SHAPE}")


def _bound(name: str, value: object, dtype: torch.dtype, device: torch.device, shape: Sequence[int] | None) -> Tensor:
    try:
        bound = torch.as_tensor(value).detach().to(device, dtype, copy=True)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"{name} must be a number or of shape {SHAPE}, got {type(value).__name__}") from None
    if not bound.isfinite().all():
        raise ValueError(f"{name} must be finite, got {bound.flatten().tolist()}")
    if bound.dim() == 0:
        return bound if shape is None else bound.expand(*shape).clone()
    fits = bound.dim() >= 2 and len(bound) == 1
    if fits and shape is not None:
        fits = bound.dim() == len(shape) and bound.shape[1] in (1, shape[1])
    if not fits:
        wanted = SHAPE if shape is None else f"{tuple(shape)}, one number for each channel"
        raise ValueError(f"{name} must be a number or of shape {wanted}, got the shape {tuple(bound.shape)}")
    return bound
