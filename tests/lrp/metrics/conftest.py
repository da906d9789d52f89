"""A network, a batch of pictures, their classes and maps that are noise."""

import numpy as np
import pytest
import torch
from torch import nn

from tests.lrp.metrics.kit import small_network
from tests.networks import pictures


@pytest.fixture
def batch() -> tuple[nn.Module, torch.Tensor, torch.Tensor, np.ndarray]:
    x = pictures(3, 16, torch.float32)[..., :12, :12]
    return small_network(), x, torch.tensor([0, 3, 1]), np.random.default_rng(5).normal(size=(3, 12, 12)).astype(np.float32)
