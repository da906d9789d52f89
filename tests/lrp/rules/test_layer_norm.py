"""The rule for layer normalization: worked out by hand, and as the matrix that the layer is once its deviation is known."""

import pytest
import torch
from torch import Tensor, nn

from lrp.methods.composites import Composite
from lrp.network.canonize import canonize
from lrp.network.forward_pass import trace
from lrp.network.layer_norm import LayerNorm
from lrp.network.layers import ReLU
from lrp.rules.kernel import Step
from lrp.rules.layer_norm import FixedDeviation
from lrp.rules.weighted import Epsilon
from lrp.walk.ledger import keep_account


def norm(size: int, gain: list[float], offset: list[float]) -> nn.Module:
    made = nn.LayerNorm(size, eps=0.0).double()
    made.weight.data, made.bias.data = torch.tensor(gain, dtype=torch.float64), torch.tensor(offset, dtype=torch.float64)
    return nn.Sequential(made).eval()


def test_a_norm_worked_out_by_hand():
    # x = (1, 3): mean 2, sigma 1, y = (2 * -1 + 1, 4 * 1 + 1) = (-1, 5). Of the 5 at output 1, s = 1: beta keeps 1.
    # t = (0, 4), mean 2, so R = (1 * (0 - 2), 3 * (4 - 2)) = (-2, 6): 5 - 1 = 4 arrive.
    network = canonize(norm(2, [2.0, 4.0], [1.0, 1.0]))
    rules = Composite(((LayerNorm, FixedDeviation(0.0)),)).assign(network)
    account = keep_account(trace(network, torch.tensor([[1.0, 3.0]], dtype=torch.float64)), 1, rules)
    torch.testing.assert_close(account.result.relevance, torch.tensor([[-2.0, 6.0]], dtype=torch.float64))
    assert float(account.bias) == pytest.approx(1.0)
    assert float(account.rest) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("epsilon", [0.0, 0.1])
@pytest.mark.parametrize("affine", [True, False])
def test_it_is_epsilon_on_the_matrix_that_the_layer_is_once_the_deviation_is_known(epsilon: float, affine: bool) -> None:
    generator = torch.Generator().manual_seed(2)
    layer = nn.LayerNorm(5, elementwise_affine=affine).double()
    for parameter in layer.parameters():
        nn.init.normal_(parameter, generator=generator)
    first = torch.randn(1, 5, generator=generator, dtype=torch.float64)
    matrix = nn.Linear(5, 5).double()
    sigma = (first.var(unbiased=False) + layer.eps).sqrt()
    gain = layer.weight.data if affine else torch.ones(5, dtype=torch.float64)
    matrix.weight.data = (gain / sigma)[:, None] * (torch.eye(5, dtype=torch.float64) - 1 / 5)
    matrix.bias.data = layer.bias.data if affine else torch.zeros(5, dtype=torch.float64)

    norm_network, dense = (canonize(nn.Sequential(each, nn.Linear(5, 3).double()).eval()) for each in (layer, matrix))
    everything = torch.randn(4, 5, generator=generator, dtype=torch.float64)  # K = 4 rows of relevance for one sample
    found: list[Tensor] = []
    expected: list[Tensor] = []
    for network, used, into in ((norm_network, FixedDeviation(epsilon), found), (dense, Epsilon(epsilon), expected)):
        forward = trace(network, first)
        node = network.nodes[0]
        step = Step(node.layer, (first,), forward.values[node.name], forward.kept[node.name])
        into += [*used(step, everything.clone()), used.bias_share(step, everything.clone())]
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_other_layers_are_refused():
    with pytest.raises(TypeError, match="FixedDeviation needs a layer normalization, got ReLU"):
        FixedDeviation().check(ReLU(torch.relu))
