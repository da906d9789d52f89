"""How a demo network begins: from a shallower one, or with one branch in every block."""

import re

import pytest
import torch

from lrp.models.architectures.resnet import build_resnet
from lrp.models.demo.growing import grow, zero_one_branch
from tests.networks import SLIM, random_resnet


@pytest.mark.parametrize(("shallow", "deep"), [(18, 34), (50, 101), (101, 152)])
def test_a_grown_network_goes_the_same_way_in_smaller_steps(shallow: int, deep: int) -> None:
    small, large = random_resnet(shallow), build_resnet(deep, SLIM, 7).double().eval()
    last = rf"layer\d\.[1-9]\d*\.bn{2 if shallow == 18 else 3}\.(weight|bias)"
    steps = [parameter for name, parameter in small.named_parameters() if re.fullmatch(last, name)]
    for step in steps:
        step.data *= 0.01
    grow(large, small.state_dict())
    x = torch.randn(2, 3, 64, 64, dtype=torch.float64)
    expected, found = small(x), large(x)
    for step in steps:
        step.data *= 0
    # The remainder is of second order, what these blocks do is of first.
    assert (found - expected).abs().max() < 0.1 * (small(x) - expected).abs().max()


def test_every_block_of_a_grown_network_begins_with_a_part_in_the_decision() -> None:
    small, large = random_resnet(50), build_resnet(101, SLIM, 7)
    grow(large, small.state_dict())
    shares = [block.bn3.weight.sum() for block in large.layer3]
    torch.testing.assert_close(sum(shares), sum(block.bn3.weight.sum() for block in small.layer3).float())
    assert min(shares) > 0.1 * max(shares)


@pytest.mark.parametrize("depth", [18, 50])
def test_every_block_begins_with_one_branch(depth: int) -> None:
    model = build_resnet(depth, (8, 16, 24, 32), 7).eval()
    zero_one_branch(model)
    keeping, shrinking = model.layer2[1], model.layer3[0]
    x = torch.rand(1, 16 if depth == 18 else 64, 16, 16)
    torch.testing.assert_close(keeping(x), x)
    assert not shrinking.downsample(x).any()
    assert shrinking(x).any()


def test_a_network_does_not_grow_from_another_kind() -> None:
    with pytest.raises(ValueError, match="does not fit; use the same block and widths"):
        grow(build_resnet(50, (8, 16, 24, 32), 7), random_resnet(18).state_dict())
