"""What the bias keeps is part of each rule: shares, bias and stabilizer make up the relevance, and no rule may forget it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

import lrp
from lrp.methods.composites import Composite
from lrp.network.layers import Shares
from lrp.network.operations.table import MODULES
from lrp.network.weighted import Weighted
from lrp.rules.kernel import Part, Step, divide
from lrp.rules.rule_base import Rule, Term, WeightRule
from lrp.rules.weighted import AlphaBeta, Epsilon, Gamma, ZPlus
from lrp.rules.weightless import Pass
from lrp.walk.ledger import keep_account


@dataclass(frozen=True)
class Absolute(WeightRule):
    """By the size of each contribution, that of the bias too."""

    def parts(self, layer: Weighted, step: Step) -> list[Part]:
        bias = None if layer.bias is None else layer.bias.abs()
        return [Part(step.inputs[0].abs(), layer.weight.abs(), bias)]


@dataclass(frozen=True)
class Halves(WeightRule):
    """Half by contribution, and half by its size."""

    def terms(self, step: Step, relevance: Tensor) -> Iterator[Term]:
        layer, (a,) = step.layer, step.inputs
        yield Term([Part(a, layer.weight, layer.bias)], divide(relevance, step.output, 0.0), 0.5)
        z = layer.apply(a.abs(), layer.weight.abs(), layer.bias.abs())
        yield Term([Part(a.abs(), layer.weight.abs(), layer.bias.abs())], divide(relevance, z, 0.0), 0.5)


class Forgetful(Rule):
    """Says nothing of the bias."""

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        return (torch.zeros_like(step.inputs[0]),)


class ForgetfulWithParts(Absolute):
    """Shares in its own way, and says of the bias only what its base does."""

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        return (torch.zeros_like(step.inputs[0]),)


def linear_step(weight: list[list[float]], bias: list[float] | None, x: list[float]) -> Step:
    layer = MODULES[nn.Linear](nn.Linear(len(x), len(weight), bias=bias is not None).double())
    layer.weight.copy_(torch.tensor(weight))
    if bias is not None:
        layer.bias.copy_(torch.tensor(bias))
    inputs = torch.tensor([x], dtype=torch.float64)
    return Step(layer, (inputs,), layer.run(inputs)[0])


def test_the_bias_share_worked_out_by_hand():
    # Contributions 2, -6 and the bias 1: z = -3; each rule shares out 12.
    step = linear_step([[2.0, -3.0]], [1.0], [1.0, 2.0])
    relevance = torch.full((1, 1), 12.0, dtype=torch.float64)
    expected = {
        Epsilon(0.0): 12 / -3,
        Epsilon(1.0): 12 / -4,
        Epsilon(0.0, bias=False): 0,
        ZPlus(): 12 / 3,  # of 2 + 1
        ZPlus(bias=False): 0,
        AlphaBeta(2, 1): 2 * 12 / 3,  # the negative contributions are -6 alone
        Gamma(1.0): 12 / -9,  # z = 2 - 2 * 6 + 1
        Pass(): 0,
        Absolute(): 12 / 9,
        Halves(): (12 / -3 + 12 / 9) / 2,
    }
    for rule, share in expected.items():
        assert rule.bias_share(step, relevance).tolist() == pytest.approx([share], rel=1e-5), rule


@pytest.mark.parametrize("rule", [Epsilon(0.0), ZPlus(), AlphaBeta(), Gamma(0.5), Absolute(), Halves()], ids=repr)
@pytest.mark.parametrize("rows", [1, 3])
def test_what_inputs_and_bias_get_is_all_of_the_relevance(rule, rows):
    generator = torch.Generator().manual_seed(2)
    layer = MODULES[nn.Conv2d](nn.Conv2d(3, 4, 3).double())
    for values in (layer.weight, layer.bias):
        values.copy_(torch.randn(values.shape, generator=generator))
    x = torch.randn(1, 3, 6, 6, generator=generator, dtype=torch.float64)
    step = Step(layer, (x,), layer.run(x)[0])
    relevance = torch.rand(rows, 4, 4, 4, generator=generator, dtype=torch.float64)
    (share,) = rule(step, relevance)
    kept = rule.bias_share(step, relevance)
    assert kept.shape == (rows,)
    assert kept.dtype == torch.float64
    assert kept.abs().min() > 0.1
    torch.testing.assert_close(share.flatten(1).sum(1) + kept, relevance.flatten(1).sum(1), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("rule", [Forgetful(), ForgetfulWithParts()], ids=lambda rule: type(rule).__name__)
def test_a_rule_that_does_not_say_what_the_bias_keeps_is_named(rule):
    relevance = torch.ones(1, 1, dtype=torch.float64)
    with pytest.raises(NotImplementedError, match=f"^{type(rule).__name__} must say in `bias_share` what the bias"):
        rule.bias_share(linear_step([[2.0, -3.0]], [1.0], [1.0, 2.0]), relevance)
    assert rule.bias_share(linear_step([[2.0, -3.0]], None, [1.0, 2.0]), relevance).tolist() == [0]


class Halving:
    """No rule, but a way to share that may be mixed into one."""

    def __call__(self, step: Step, relevance: Tensor) -> Shares:
        return [share / 2 for share in Epsilon()(step, relevance)]


class HalvingEpsilon(Halving, Epsilon):
    """Shares otherwise than Epsilon, whose bias share it would have."""


def test_a_rule_with_a_mixed_in_way_to_share_does_not_book_what_its_base_keeps() -> None:
    with pytest.raises(NotImplementedError, match="HalvingEpsilon must say in `bias_share`"):
        HalvingEpsilon().bias_share(linear_step([[2.0, -3.0]], [1.0], [1.0, 2.0]), torch.ones(1, 1, dtype=torch.float64))


def test_the_account_of_a_new_rule_adds_up():
    torch.manual_seed(1)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3)).double().eval()
    network = lrp.canonize(model)
    forward = lrp.trace(network, torch.rand(2, 3, 6, 6, dtype=torch.float64))
    for rule in (Absolute(), Halves()):
        found = keep_account(forward, 1, Composite(((Weighted, rule),)).assign(network))
        assert bool((found.bias.abs() > 0.02 * found.explained.abs()).all())
        torch.testing.assert_close(found.pixels + found.bias, found.explained, rtol=1e-3, atol=0)
    with pytest.raises(NotImplementedError, match="Forgetful must say in `bias_share`"):
        keep_account(forward, 1, Composite(((Weighted, Forgetful()),)).assign(network))
