"""Networks small enough to be worked out on paper."""

from dataclasses import dataclass

import pytest
import torch
from torch import nn

import lrp
from lrp.methods.composites import Composite
from lrp.network.forward_pass import trace
from lrp.network.weighted import Weighted
from lrp.rules.kernel import Part
from lrp.rules.rule_base import Rule, WeightRule
from lrp.rules.weighted import AlphaBeta, Epsilon, Gamma, ZPlus
from lrp.rules.weightless import AbsoluteShare
from lrp.walk.relevance import propagate
from tests.networks import Skip


def relevance(model: nn.Module, x: list[float], target: int, rule: Rule) -> torch.Tensor:
    network = lrp.canonize(model.eval().double())
    forward = trace(network, torch.tensor([x], dtype=torch.float64))
    return propagate(forward, lrp.Logit(target), Composite(((Weighted, rule),)).assign(network)).relevance[0]


def test_a_skip_connection_shares_relevance_by_contribution():
    # z = W x = [25, 25], out = z + x = [27, 28]. Of the 28 at target 1, 25 go through W: 10 from x0, 15 from x1; 3 skip.
    torch.testing.assert_close(relevance(Skip(), [2.0, 3.0], 1, Epsilon(0)), torch.tensor([10.0, 18.0], dtype=torch.float64))


def simple(first: float = 2.0) -> nn.Sequential:
    """3 inputs -> 3 rectified units -> 1 output, worked through in the rules below with x = (1, 2, 3)."""
    model = nn.Sequential(nn.Linear(3, 3, bias=False), nn.ReLU(), nn.Linear(3, 1, bias=False))
    nn.init.constant_(model[0].weight, 2)
    model[0].weight.data[0, 0] = first
    nn.init.constant_(model[2].weight, 3)
    return model


def test_epsilon_on_a_chain_of_layers():
    # Every unit is 2 (1 + 2 + 3) = 12, the output 3 * 36 = 108, and each input's share is 108 x_i / 6.
    torch.testing.assert_close(
        relevance(simple(), [1.0, 2.0, 3.0], 0, Epsilon(0)), torch.tensor([18.0, 36.0, 54.0], dtype=torch.float64)
    )


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # One weight is -2: units (8, 12, 12), output 96; unit 0 hands its 24 to x1 and x2 alone, 9.6 and 14.4.
        (AlphaBeta(1, 0), [12.0, 33.6, 50.4]),
        (ZPlus(), [12.0, 33.6, 50.4]),
        # Unit 0 with gamma = 1: contributions (-2, 8, 12), shares of 24 in 18ths.
        (Gamma(1.0), [28 / 3, 104 / 3, 52.0]),
    ],
)
def test_rules_on_a_unit_with_a_negative_weight(rule, expected):
    torch.testing.assert_close(
        relevance(simple(-2.0), [1.0, 2.0, 3.0], 0, rule), torch.tensor(expected, dtype=torch.float64), rtol=1e-6, atol=0
    )


@pytest.mark.parametrize(("rule", "expected"), [(Epsilon(0), [3.0, -2.0]), (AbsoluteShare(), [0.6, 0.4])])
def test_a_sum_whose_branches_cancel(rule, expected):
    # 3 + (-2) = 1: by contribution the shares are 3 and -2 of 1, by absolute share 3/5 and 2/5.
    class Pair(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = nn.Linear(2, 1, bias=False), nn.Linear(2, 1, bias=False)
            self.left.weight.data = torch.tensor([[3.0, 0.0]])
            self.right.weight.data = torch.tensor([[0.0, -2.0]])

        def forward(self, x):
            return self.left(x) + self.right(x)

    network = lrp.canonize(Pair().eval().double())
    forward = trace(network, torch.ones(1, 2, dtype=torch.float64))
    rules = {**Composite(((Weighted, Epsilon()),)).assign(network), "add": rule}
    result = propagate(forward, lrp.Logit(0), rules)
    torch.testing.assert_close(result.relevance[0], torch.tensor(expected, dtype=torch.float64), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("rule", "expected"), [(AlphaBeta(1, 0), [-1.0, 0.0]), (AlphaBeta(2, 1), [-2.0, 0.5])])
def test_alpha_beta_with_a_bias_on_a_negative_output(rule, expected):
    # w = (1, -1), b = -1, x = (1, 1): f = -1, z+ = 1, z- = -1 - 1, so R_1 = alpha f and R_2 = -beta f / 2.
    model = nn.Linear(2, 1)
    model.weight.data, model.bias.data = torch.tensor([[1.0, -1.0]]), torch.tensor([-1.0])
    torch.testing.assert_close(
        relevance(nn.Sequential(model), [1.0, 1.0], 0, rule), torch.tensor(expected, dtype=torch.float64), rtol=1e-5, atol=0
    )


def test_a_new_rule_takes_five_lines():
    @dataclass(frozen=True)
    class Absolute(WeightRule):
        def parts(self, layer, step):
            return [Part(step.inputs[0].abs(), layer.weight.abs())]

    model = nn.Sequential(nn.Linear(2, 1, bias=False))
    model[0].weight.data = torch.tensor([[1.0, -3.0]])
    torch.testing.assert_close(  # f = -2 is shared 1 : 3
        relevance(model, [1.0, 1.0], 0, Absolute()), torch.tensor([-0.5, -1.5], dtype=torch.float64), rtol=1e-5, atol=0
    )


@pytest.mark.parametrize(
    ("method", "settings", "message"),
    [
        (lrp.UniformEpsilon, {"epsilon": -0.1}, "epsilon must be >= 0 and finite, got -0.1"),
        (lrp.EpsilonPlusFlat, {"epsilon": float("nan")}, "epsilon must be >= 0 and finite, got nan"),
        (lrp.ZeroEpsilonGammaBox, {"gamma": -1.0}, "gamma must be >= 0 and at most 1e\\+06, got -1.0"),
        (lrp.ZeroEpsilonGammaBox, {"last_epsilon": -1.0}, "epsilon must be >= 0 and finite, got -1.0"),
        (lrp.EpsilonGammaBox, {"gamma": 1e39}, "gamma must be >= 0 and at most 1e\\+06, got 1e\\+39"),
    ],
)
def test_a_method_refuses_numbers_that_its_rules_refuse(method, settings, message):
    with pytest.raises(ValueError, match=message):
        method(**settings)


def test_the_largest_gamma_still_gives_a_map():
    share = relevance(simple(-2.0), [1.0, 2.0, 3.0], 0, Gamma(1e6))
    torch.testing.assert_close(share, torch.tensor([12.0, 33.6, 50.4], dtype=torch.float64), rtol=1e-4, atol=0)
