"""Small networks whose curves are known, and what their pixels contribute."""

import numpy as np
import torch
from torch import nn


def linear(size: int = 12) -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * size * size, 4)).double().eval()


def small_network() -> nn.Module:
    torch.manual_seed(4)
    layers = nn.Conv2d(3, 5, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(20, 4)
    return nn.Sequential(*layers).eval()


def contributions(model: nn.Module, x: torch.Tensor, target: int, baseline: torch.Tensor) -> np.ndarray:
    """(H, W), w (x - baseline): what each pixel adds to the logit of a linear network."""
    weight = model[1].weight[target].detach().view_as(x)
    return (weight * (x - baseline)).sum((0, 1)).numpy()
