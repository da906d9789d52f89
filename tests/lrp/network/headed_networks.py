"""A small network that ends in what the test makes of its features, and every method with few steps."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import lrp
from tests.lrp.network.kit import Net

LOW = torch.full((1, 3, 1, 1), -2.0)


def quick(method: Any) -> Any:
    few = {"n_steps": 4, "tolerance": None, "n_samples": 2, "window": 8, "stride": 8}
    return method(**{setting.name: few[setting.name] for setting in fields(method) if setting.name in few})


def network_with_head(head: Callable[[Tensor], Tensor], classes: int = 3) -> lrp.Network:
    """Two convolutions, and what `head` makes of their output (N, classes, H, W)."""
    torch.manual_seed(0)
    parts = {"a": nn.Conv2d(3, 4, 3, padding=1), "b": nn.Conv2d(4, classes, 1)}
    return lrp.canonize(Net(lambda m, x: head(m.b(F.relu(m.a(x)))), **parts).eval(), LOW, -LOW)


def pooled(h: Tensor) -> Tensor:
    return F.adaptive_avg_pool2d(h, 1)


def vectors(h: Tensor) -> Tensor:
    return pooled(h).flatten(1)


X = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(2)) * 2 - 1

EACH = [quick(method) for method in lrp.METHODS.values()]
each_method = pytest.mark.parametrize("method", EACH, ids=lambda method: method.name)
