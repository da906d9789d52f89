"""Pictures under a Gaussian, as a product with a matrix for each axis."""

import torch
from torch import Tensor

from lrp.methods.shifted_views import mirrored

REACH = 4  # standard deviations after which the Gaussian is cut off, as in scipy


def gaussian_blur(x: Tensor, sigma: float, reach: int | None = None) -> Tensor:
    """Returns `x` under a Gaussian with a standard deviation of `sigma` pixels, the border mirrored as scipy's "mirror".

    Along the last axis of series (N, C, L), the last two of anything larger. reach: pixels after which the Gaussian is cut off;
    None for 4 standard deviations. A product takes the same time for any sigma, and no kernel is wider than the picture.
    """
    if sigma == 0:
        return x
    reach = int(REACH * sigma + 0.5) if reach is None else reach
    for axis in range(2 if x.dim() == 3 else x.dim() - 2, x.dim()):
        x = (x.transpose(axis, -1) @ _blur_matrix(x.shape[axis], sigma, reach).to(x).T).transpose(axis, -1)
    return x


def _blur_matrix(side: int, sigma: float, reach: int) -> Tensor:
    """The blur of one axis, (side, side)."""
    offsets = torch.arange(-reach, reach + 1)
    weights = torch.exp(-(offsets.double() ** 2) / (2 * sigma**2))
    shown = mirrored(torch.arange(side)[:, None] + offsets, side)
    return torch.zeros(side, side, dtype=torch.double).scatter_add_(1, shown, (weights / weights.sum()).expand(side, -1))
