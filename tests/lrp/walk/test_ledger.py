"""The account of a walk back: a network worked out by hand, the bias as an input like any other, and every method."""

from functools import cache
from typing import Any

import pytest
import skimage.data
import torch
from PIL import Image
from torch import nn

import lrp
from lrp.methods.composites import Composite
from lrp.network.weighted import Weighted
from lrp.rules.first_layer import Flat, WSquare, ZBox
from lrp.rules.rule_base import Rule
from lrp.rules.weighted import AlphaBeta, Epsilon, Gamma, ZPlus
from lrp.rules.weightless import AbsoluteShare
from lrp.walk.ledger import Account, keep_account
from lrp.walk.relevance import propagate
from tests.networks import HIGH, LOW, pictures, random_resnet, small_vgg

# Every LRP method, and again with each of its settings turned to the other choice.
METHODS = [
    method(**settings)
    for method in lrp.METHODS.values()
    if method.has_rules
    for settings in ({}, {"residual": "absolute"}, {"zero_bias": True}, {"relative": True})
    if settings.keys() <= method.__dataclass_fields__.keys()
]


def rules_of(network: lrp.Network, rule: Rule) -> dict[str, Rule]:
    return Composite(((Weighted, rule),)).assign(network)


class Residual(nn.Module):
    """z = W x + b and out = z + x, read by a layer that sums both: three nodes that keep something, worked out below."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.top = nn.Linear(2, 2), nn.Linear(2, 1)
        self.linear.weight.data, self.linear.bias.data = torch.tensor([[1.0, 0.0], [0.0, 2.0]]), torch.tensor([1.0, -1.0])
        self.top.weight.data, self.top.bias.data = torch.tensor([[1.0, 1.0]]), torch.tensor([2.0])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.top(self.linear(x) + x)


def test_a_network_worked_out_by_hand():
    # x = (1, 2): z = (2, 3), out = (3, 5), f = 10. Epsilon is 2 in the layers with weights, 0 at the sum.
    # top: s = 10 / 12, so out gets (2.5, 25/6), the bias 2 s = 5/3, epsilon 2 s = 5/3.
    # sum: z gets (2.5 * 2/3, 25/6 * 3/5) = (5/3, 5/2), x gets (5/6, 5/3).
    # linear: s = (5/3 / 4, 5/2 / 5) = (5/12, 1/2), so x gets (5/12, 2), the bias 5/12 - 1/2, epsilon 2 (5/12 + 1/2).
    network = lrp.canonize(Residual().eval().double())
    rules = {**rules_of(network, Epsilon(2.0)), "add": Epsilon(0)}
    found = keep_account(lrp.trace(network, torch.tensor([[1.0, 2.0]], dtype=torch.float64)), 0, rules)
    top, add, linear = found.entries
    assert [entry.node.name for entry in found.entries] == ["top", "add", "linear"]
    assert [float(top.arrived), float(add.arrived), float(linear.arrived)] == pytest.approx([10, 20 / 3, 25 / 6])
    assert [float(top.bias), float(add.bias), float(linear.bias)] == pytest.approx([5 / 3, 0, -1 / 12])
    assert [float(top.rest), float(add.rest), float(linear.rest)] == pytest.approx([5 / 3, 0, 11 / 6])
    assert {name: float(share) for name, share in add.given.items()} == pytest.approx({"linear": 25 / 6, "x": 2.5})
    (split,) = found.splits
    assert (float(split.main), float(split.skip)) == pytest.approx((25 / 6, 2.5))
    assert float(found.pixels) == pytest.approx(5 / 12 + 2 + 2.5)
    assert float(found.pixels + found.bias + found.rest) == pytest.approx(10)


@cache
def demo() -> tuple[lrp.Backbone, lrp.Trace]:
    backbone = lrp.load_backbone(18)
    return backbone, lrp.trace(backbone.network, backbone.preprocess(Image.fromarray(skimage.data.chelsea())))


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_the_account_of_every_method_adds_up_to_the_logit(method: Any):
    backbone, forward = demo()
    target = backbone.categories.index("cat")
    found = keep_account(forward, target, method.rules(backbone.network))
    plain = lrp.explain(backbone, forward, target, method)
    assert torch.equal(found.result.relevance, plain.relevance)
    logit = float(forward.logits[0, target])
    assert float(found.explained) == pytest.approx(logit)
    assert float(plain.total) + float(found.bias) + float(found.rest) == pytest.approx(logit, rel=1e-3)
    for entry in found.entries:
        assert float(entry.arrived) == pytest.approx(float(plain.by_layer[entry.node.name]), rel=1e-3, abs=1e-4)
        assert abs(float(entry.arrived)) <= float(entry.absolute) * (1 + 1e-6)
    assert sum(float(block.bias + block.rest) for block in found.blocks) == pytest.approx(float(found.bias + found.rest))
    if getattr(method, "zero_bias", False):
        assert not any(entry.bias.any() for entry in found.entries)
        assert float(plain.total) == pytest.approx(logit, rel=5e-3)


@pytest.mark.parametrize(
    "rule", [Epsilon(0), Epsilon(0.3), Epsilon(0.3, relative=True), ZPlus(), AlphaBeta(), AlphaBeta(1, 0), Gamma(0.5)], ids=repr
)
@pytest.mark.parametrize("signed", [False, True])
def test_the_bias_takes_what_an_input_of_1_would_get(rule: Rule, signed: bool):
    torch.manual_seed(3)
    model = nn.Linear(6, 5).double()
    x = torch.randn(4, 6, dtype=torch.float64) if signed else torch.rand(4, 6, dtype=torch.float64)
    wider = nn.Linear(7, 5, bias=False).double()
    wider.weight.data = torch.cat([model.weight.data, model.bias.data[:, None]], 1)
    network, other = (lrp.canonize(nn.Sequential(m).eval()) for m in (model, wider))
    found = keep_account(lrp.trace(network, x), lrp.Features("0"), rules_of(network, rule))
    ones = torch.cat([x, torch.ones(4, 1, dtype=torch.float64)], 1)
    expected = propagate(lrp.trace(other, ones), lrp.Features("0"), rules_of(other, rule)).relevance
    torch.testing.assert_close(found.bias, expected[:, 6])
    torch.testing.assert_close(found.result.relevance, expected[:, :6])


@pytest.mark.parametrize(
    "rule", [ZPlus(bias=False), AlphaBeta(bias=False), Flat(), WSquare(), ZBox(), Epsilon(bias=False)], ids=repr
)
def test_a_rule_without_the_bias_gives_it_nothing(rule: Rule):
    torch.manual_seed(4)
    model = nn.Sequential(nn.Conv2d(3, 4, 3)).double()
    network = lrp.canonize(model.eval(), LOW, HIGH)
    found = keep_account(lrp.trace(network, pictures(2, 16)), lrp.Features("0"), rules_of(network, rule))
    assert found.bias.tolist() == [0, 0]
    # Nothing is left for the stabilizer of 1e-6 to take where all z are of a decent size.
    torch.testing.assert_close(found.pixels, found.explained, rtol=1e-2, atol=0)


@pytest.mark.parametrize("model", [random_resnet(18), random_resnet(50), small_vgg()], ids=["resnet18", "resnet50", "vgg"])
def test_with_epsilon_0_the_biases_take_all_that_is_missing_each_its_gradient_times_itself(model: nn.Module):
    # f = sum x df/dx + sum b df/db in a ReLU network  [Srinivas, Fleuret 2019, Full-Gradient Representation, prop. 1].
    network, x = lrp.canonize(model), pictures(2, 32)
    rules = lrp.UniformEpsilon(0.0).rules(network)
    found = keep_account(lrp.trace(network, x), 3, rules)
    largest = max(float(entry.absolute.max()) for entry in found.entries)
    assert float(found.rest.abs().max()) < 1e-9 * largest
    top = next(node for node in reversed(network.nodes) if isinstance(node.layer, Weighted))
    torch.testing.assert_close(found.entries[0].bias, torch.full((2,), float(top.layer.bias[3]), dtype=torch.float64))
    torch.testing.assert_close(found.pixels + found.bias, network(x)[:, 3])


def test_several_classes_of_one_picture_have_an_account_each():
    network, x = lrp.canonize(random_resnet(18)), pictures(1, 32)
    rules = lrp.EpsilonAlpha2Beta1().rules(network)
    several = keep_account(lrp.trace(network, x), torch.tensor([1, 5]), rules)
    for row, target in enumerate((1, 5)):
        alone = keep_account(lrp.trace(network, x), target, rules)
        for one, both in zip(alone.entries, several.entries, strict=True):
            torch.testing.assert_close(both.bias[row], one.bias[0])
            torch.testing.assert_close(both.rest[row], one.rest[0])


def test_blocks_and_residual_connections_are_those_of_the_network():
    backbone, forward = demo()
    found: Account = keep_account(forward, 1, lrp.EpsilonPlusFlat().rules(backbone.network))
    layers = [f"layer{stage}.{block}" for stage in (4, 3, 2, 1) for block in (1, 0)]
    assert [block.name for block in found.blocks] == ["fc", "avgpool", *layers, "conv1"]
    assert [split.name for split in found.splits] == layers
    for split, block in zip(found.splits, found.blocks[2:], strict=False):
        assert float(split.main + split.skip) == pytest.approx(float(block.output.arrived), rel=1e-4)
        places = block.output.places
        assert places is not None
        assert float(places.sum()) == pytest.approx(float(block.output.arrived), rel=1e-4)
    assert [block.output.places.shape[-1] for block in found.blocks[2:]] == [5, 5, 10, 10, 20, 20, 40, 40, 40]


def test_an_absolute_split_has_no_bias_and_leaves_nothing_behind():
    network = lrp.canonize(Residual().eval().double())
    rules = {**rules_of(network, Epsilon(0)), "add": AbsoluteShare()}
    found = keep_account(lrp.trace(network, torch.tensor([[1.0, 2.0]], dtype=torch.float64)), 0, rules)
    assert float(found.entries[1].rest) == pytest.approx(0, abs=1e-5)
    assert float(found.entries[1].bias) == 0
