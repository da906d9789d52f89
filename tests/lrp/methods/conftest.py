"""A small ResNet with random weights and two pictures for it."""


import pytest
from torch import Tensor, nn

import lrp
from tests.networks import HIGH, LOW, pictures, random_resnet


@pytest.fixture(scope="module")
def model() -> nn.Module:
    return random_resnet()


@pytest.fixture(scope="module")
def network(model: nn.Module) -> lrp.Network:
    return lrp.canonize(model, LOW, HIGH)


@pytest.fixture(scope="module")
def x() -> Tensor:
    return pictures()
