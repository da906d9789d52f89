"""Products with a gate: worked out by hand, with K classes, and who gets what where a factor is repeated or a statistic."""

import pytest
import torch
from torch import Tensor, nn

import lrp
from lrp.methods.composites import Composite
from lrp.network.gated import Gate, PairProduct, Product
from lrp.network.weighted import Weighted
from lrp.rules.gates import HalfEach, SignalTakesAll, UniformPair
from lrp.rules.kernel import Step
from lrp.rules.rule_base import Rule
from lrp.rules.weighted import Epsilon


class Squeeze(nn.Module):
    """One picture of two channels and two places, (1, 2) and (3, 5), whose channels are scaled by a gate each."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.top = nn.Linear(2, 2), nn.Linear(4, 1, bias=False)
        self.gate.weight.data, self.gate.bias.data = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([-1.5, -4.0])
        nn.init.ones_(self.top.weight)

    def forward(self, x: Tensor) -> Tensor:
        gates: Tensor = torch.sigmoid(self.gate(x.mean(2)))
        top: Tensor = self.top((x * gates.view(1, 2, 1)).flatten(1))
        return top


X = torch.tensor([[[1.0, 2.0], [3.0, 5.0]]], dtype=torch.float64)


def relevance(rule: Rule) -> Tensor:
    composite = Composite(((Weighted, Epsilon(0)), (Product, rule)))
    return lrp.explain(lrp.canonize(Squeeze().eval().double()), X, 0, composite).relevance


def test_the_signal_takes_all():
    # The means 1.5 and 4 meet biases of -1.5 and -4, so both gates are sigmoid(0) = 1/2: f = (1 + 2 + 3 + 5) / 2.
    torch.testing.assert_close(relevance(SignalTakesAll()), X / 2)


def test_half_goes_through_the_gate():
    # Half of each x / 2 stays with the signal. Channel 0 gives its gate (1 + 2) / 4 = 3/4, channel 1 gives (3 + 5) / 4 = 2.
    # There z = 1.5 - 1.5 = 0 shares nothing under epsilon = 0, so what the gate got stays there.
    torch.testing.assert_close(relevance(HalfEach()), X / 4)


def test_half_arrives_at_the_pixels_where_the_gate_has_a_signal():
    model = Squeeze().eval().double()
    model.gate.bias.data.zero_()
    found = lrp.explain(lrp.canonize(model), X, 0, Composite(((Weighted, Epsilon(0)), (Product, HalfEach())))).relevance
    # What channel c gives its gate g_c, g_c sum x_c / 2, goes back to its places by their share of the mean.
    g = torch.sigmoid(X.mean(2, keepdim=True))
    expected = X * g / 2 + (g * X.sum(2, keepdim=True) / 2) * X / X.sum(2, keepdim=True)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=0)


@pytest.mark.parametrize("shape", [(1, 3, 1, 1), (1, 1, 2, 2), (1, 3, 2, 2)])
@pytest.mark.parametrize("rule", [SignalTakesAll(), HalfEach()])
def test_every_row_of_relevance_is_conserved_whatever_the_shape_of_the_gate(rule: Rule, shape: tuple[int, ...]) -> None:
    signal, gate = torch.randn(1, 3, 2, 2), torch.rand(*shape)
    arrived = torch.randn(4, 3, 2, 2)
    to_gate, to_signal = rule(Step(Product(torch.mul, gate=0), (gate, signal), signal * gate), arrived)
    assert to_signal is not None
    assert to_signal.shape == arrived.shape
    total = to_signal.flatten(1).sum(1) + (0 if to_gate is None else to_gate.flatten(1).sum(1))
    torch.testing.assert_close(total, arrived.flatten(1).sum(1))
    assert (to_gate is None) == isinstance(rule, SignalTakesAll) ^ isinstance(rule, HalfEach)


def test_a_statistic_takes_nothing_even_of_halves():
    x = torch.rand(2, 3)
    to_signal, to_norm = HalfEach()(Step(Product(torch.div, 1, constant=True), (x, x.norm()), x), torch.ones(2, 3))
    torch.testing.assert_close(to_signal, torch.ones(2, 3))
    assert to_norm is None


def test_other_layers_are_refused():
    with pytest.raises(TypeError, match="SignalTakesAll needs a product with a gate, got Gate"):
        SignalTakesAll().check(Gate(torch.sigmoid))


class Pair(nn.Module):
    """f(x) = relu(x) (W x), as the gated MLPs of transformers are built; with `pooled` the first factor is its mean."""

    def __init__(self, pooled: bool = False) -> None:
        super().__init__()
        self.pooled, self.linear, self.top = pooled, nn.Linear(2, 2, bias=False), nn.Linear(2, 1, bias=False)
        self.linear.weight.data = torch.tensor([[1.0, 1.0], [2.0, -1.0]])
        nn.init.ones_(self.top.weight)

    def forward(self, x: Tensor) -> Tensor:
        first = torch.relu(x)
        top: Tensor = self.top((first.mean(1, keepdim=True) if self.pooled else first) * self.linear(x))
        return top


@pytest.mark.parametrize(
    ("pooled", "expected"),
    [
        # x = (1, 3), W x = (4, -1), f = 4 - 3: of 4 one half to x_0, one half by 1 : 3; of -3 a half to x_1, a half by 2 : -3.
        (False, [2 + 0.5 + -1.5 * 2 / -1, 1.5 + -1.5 + -1.5 * -3 / -1]),
        # The mean is 2, so f = 8 - 2: half of 6 by 1 : 3 through the mean, half of 8 by 1 : 3 and half of -2 by 2 : -3.
        (True, [0.75 + 1 + -1 * 2 / -1, 2.25 + 3 + -1 * -3 / -1]),
    ],
)
def test_two_activations_that_multiply_each_other_get_half_each(pooled: bool, expected: list[float]) -> None:
    x = torch.tensor([[1.0, 3.0]], dtype=torch.float64)
    network = lrp.canonize(Pair(pooled).eval().double(), example=x)
    assert [type(node.layer) for node in network.nodes].count(PairProduct) == 1
    found = lrp.explain(network, x, 0, lrp.UniformEpsilon(0.0)).relevance
    torch.testing.assert_close(found, torch.tensor([expected], dtype=torch.float64), rtol=1e-5, atol=0)
    many = lrp.explain(network, x, torch.tensor([0, 0]), lrp.UniformEpsilon(0.0)).relevance
    torch.testing.assert_close(many, found.expand(2, 2))


def test_a_constant_factor_takes_nothing() -> None:
    class Scaled(Pair):
        def forward(self, x: Tensor) -> Tensor:
            top: Tensor = self.top(torch.tensor([0.5, 1.0]).double() * self.linear(x))
            return top

    x = torch.tensor([[1.0, 3.0]], dtype=torch.float64)
    found = lrp.explain(lrp.canonize(Scaled().eval().double(), example=x), x, 0, lrp.UniformEpsilon(0.0)).relevance
    torch.testing.assert_close(found, torch.tensor([[0.5 + 2, 1.5 - 3]], dtype=torch.float64))


def test_the_rule_for_pairs_refuses_other_layers() -> None:
    with pytest.raises(TypeError, match="UniformPair needs a product of two activations, got Gate"):
        UniformPair().check(Gate(torch.sigmoid))
