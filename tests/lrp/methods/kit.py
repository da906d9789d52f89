"""What the tests of the methods beside LRP share."""

from collections.abc import Callable
from dataclasses import fields

import pytest
import torch
from torch import Tensor, nn

import lrp

OTHERS = [method for method in lrp.METHODS.values() if not method.has_rules]
OBJECTIVES = [lrp.Logit(torch.tensor([1, 6])), lrp.Contrast(1, versus=2), lrp.SGLRP(1), lrp.Features("layer3")]
CLASSES = torch.tensor([1, 6])

each_other_method = pytest.mark.parametrize("method", OTHERS, ids=lambda method: method.name)
captum_warns = pytest.mark.filterwarnings("ignore:Setting (backward|forward):UserWarning", "ignore:Input Tensor 0:UserWarning")


def small(method):
    """The method with settings that take little time."""
    quick = {"n_steps": 8, "tolerance": None, "n_samples": 2, "window": 32, "stride": 32, "relu": False}
    return method(**{setting.name: quick[setting.name] for setting in fields(method) if setting.name in quick})


def assert_same(ours: Tensor, theirs: Tensor, tolerance: float = 1e-9) -> None:
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() <= tolerance * theirs.abs().max()


def value_of(objective: lrp.Logit, model: nn.Module) -> Callable[[Tensor], Tensor]:
    """The explained scalar computed by the stock model."""
    stage = nn.Sequential(*list(model.children())[:7])  # up to layer3
    return {
        lrp.Logit: lambda x: model(x)[:, objective.target].diagonal() if len(x) > 1 else model(x)[:, 1],
        lrp.Contrast: lambda x: model(x)[:, 1] - model(x)[:, 2],
        lrp.SGLRP: lambda x: model(x).softmax(1)[:, 1],
        lrp.Features: lambda x: stage(x).flatten(1).sum(1),
    }[type(objective)]


class Pooled(nn.Module):
    """Convolutions, max pools that do or do not overlap, a concatenation and a LeakyReLU."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.first, self.second, self.third = nn.Conv2d(3, 6, 3), nn.Conv2d(3, 6, 3), nn.Conv2d(12, 5, 3)
        self.relu, self.leaky, self.pool = nn.ReLU(), nn.LeakyReLU(0.2), nn.MaxPool2d(2, stride)
        self.top, self.last = nn.ReLU(), nn.Linear(5, 4)

    def forward(self, x: Tensor) -> Tensor:
        branches = torch.cat([self.relu(self.first(x)), self.leaky(self.second(x))], 1)
        return self.last(self.top(self.third(self.pool(branches))).mean((2, 3)))


class Hand(nn.Module):
    """x -> relu(x1 - x2), relu(x2), relu(-x1) -> 2 h1 - 3 h2 + 5 h3, and its negative."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.relu, self.last = nn.Linear(2, 3, bias=False), nn.ReLU(), nn.Linear(3, 2, bias=False)
        self.first.weight.data = torch.tensor([[1.0, -1], [0, 1], [-1, 0]])
        self.last.weight.data = torch.tensor([[2.0, -3, 5], [-2, 3, -5]])

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.relu(self.first(x)))
