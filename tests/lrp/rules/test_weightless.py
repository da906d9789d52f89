"""Sums without weights: how a residual connection divides its relevance."""


import pytest
import torch
from torch import Tensor, nn

import lrp
from lrp.network.layers import Sum
from lrp.rules.kernel import Step
from lrp.rules.weighted import Epsilon
from lrp.rules.weightless import AbsoluteShare
from tests.lrp.rules.kit import LRP_METHODS, numbers
from tests.networks import HIGH, LOW, random_resnet


@pytest.mark.parametrize("rows", [1, 3])
def test_the_absolute_share_of_a_sum_in_matrix_form(rows):
    generator = torch.Generator().manual_seed(1)
    # The second branch has one value a channel, which is used at every place.
    inputs = tuple(numbers(shape, "any", generator) for shape in ((1, 2, 3, 3), (1, 2, 1, 1), (1, 2, 3, 3)))
    relevance = numbers((rows, 2, 3, 3), "any", generator)
    output = inputs[0] + inputs[1] + inputs[2]
    shares = AbsoluteShare()(Step(Sum(lambda *branches: sum(branches)), inputs, output), relevance)
    sizes = torch.stack([branch.expand(1, 2, 3, 3).abs() for branch in inputs])
    expected = sizes / sizes.sum(0) * relevance
    torch.testing.assert_close(shares[0], expected[0], rtol=1e-4, atol=1e-9)
    torch.testing.assert_close(shares[1], expected[1].sum((2, 3), keepdim=True), rtol=1e-4, atol=1e-9)
    assert (shares[2].abs() <= relevance.abs()).all()
    torch.testing.assert_close(sum(share.sum() for share in shares), relevance.sum(), rtol=1e-4, atol=1e-9)


class Cancelling(nn.Module):
    """Two branches of which the second undoes most of the first."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
        self.first.weight.data, self.second.weight.data = torch.tensor([[100.0]]), torch.tensor([[-99.0]])

    def forward(self, x: Tensor) -> Tensor:
        return self.first(x) + self.second(x)


@pytest.mark.parametrize("method", LRP_METHODS, ids=lambda method: method.name)
def test_the_split_of_residual_connections_is_a_setting_of_every_lrp_method(method):
    network = lrp.canonize(random_resnet(), LOW, HIGH)
    sums = [node.name for node in network.nodes if isinstance(node.layer, Sum)]
    assert len(sums) == 8
    signed, absolute = method().rules(network), method(residual="absolute").rules(network)
    assert {type(signed[name]) for name in sums} == {Epsilon}
    assert {absolute[name] for name in sums} == {AbsoluteShare()}
    assert {name for name in signed if signed[name] != absolute[name]} == set(sums)
    with pytest.raises(ValueError, match="residual must be one of signed, absolute, got 'half'"):
        method(residual="half")


def test_the_absolute_split_keeps_relevance_bounded_where_branches_cancel():
    network, x = lrp.canonize(Cancelling().double().eval()), torch.ones(1, 1, dtype=torch.float64)
    flow = {residual: lrp.explain(network, x, 0, lrp.UniformEpsilon(0.0, residual=residual)).by_layer
            for residual in ("signed", "absolute")}  # fmt: skip
    assert flow["signed"]["first"].item() == pytest.approx(100)
    assert flow["signed"]["second"].item() == pytest.approx(-99)
    assert flow["absolute"]["first"].item() == pytest.approx(100 / 199)
    assert flow["absolute"]["second"].item() == pytest.approx(99 / 199)
