"""What one pass of a network costs, before anything is computed."""

import pytest
import torch

from lrp._torchvision import torchvision
from lrp.models.architectures.published import PUBLISHED
from lrp.models.fitting import forward_cost


@pytest.mark.parametrize("name", ["vgg11_bn", "efficientnet_b0", "convnext_tiny", "mobilenet_v3_large", "vit_b_16", "swin_t"])
def test_the_multiplications_of_a_pass_are_those_that_torchvision_publishes(name: str) -> None:
    with torch.device("meta"):
        model = torchvision.models.get_model(name)
    count, values = forward_cost(model, (1, 3, 224, 224))
    assert count / 1e9 == pytest.approx(PUBLISHED[name].giga, abs=0.0006)
    assert values >= 150_000  # what the first layer computes
