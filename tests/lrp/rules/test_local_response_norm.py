"""Local response normalization: its first-order expansion by autograd, conservation, and passing relevance unchanged."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import lrp
from lrp.methods.composites import Composite
from lrp.network.layers import LocalResponseNorm
from lrp.network.weighted import Weighted
from lrp.rules.weighted import Epsilon
from lrp.rules.weightless import Pass
from tests.lrp.network.kit import Net, everything, prepared, signal


def taylor_in_words(norm: nn.LocalResponseNorm, x: Tensor, R: Tensor) -> Tensor:
    """The rule for one pixel (channels,): v_kk is y_k for x_k alone, v_kj is x_j times the slope of y_k in x_j, by autograd."""
    slopes = torch.autograd.functional.jacobian(lambda values: norm(values.view(1, -1, 1)).view(-1), x)
    v = slopes * x
    for k in range(len(x)):
        v[k, k] = norm((x * F.one_hot(torch.tensor(k), len(x))).view(1, -1, 1)).view(-1)[k]
    return (v / v.sum(1, keepdim=True)).T @ R


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 11])
@pytest.mark.parametrize(("alpha", "beta", "k"), [(1e-4, 0.75, 1.0), (2.0, 0.75, 2.0), (30.0, 3.0, 0.5)])
@pytest.mark.parametrize("as_function", [False, True])
def test_local_response_norm_is_shared_by_its_first_order_expansion(size, alpha, beta, k, as_function):
    norm = nn.LocalResponseNorm(size, alpha, beta, k)
    call = Net(lambda m, x: F.local_response_norm(m.a(x), size, alpha, beta=beta, k=k), a=nn.Conv1d(7, 7, 1, bias=False))
    model, x = prepared(call if as_function else nn.Sequential(nn.Conv1d(7, 7, 1, bias=False), norm)), signal(7, 3)
    network = lrp.canonize(model)
    with torch.no_grad():
        torch.testing.assert_close(network(x), model(x), rtol=1e-12, atol=1e-12)
    result = lrp.explain(network, x, everything(network), lrp.UniformEpsilon(0.0))
    (name,) = [node.name for node in network.nodes if isinstance(node.layer, LocalResponseNorm)]
    source = network(x, network.nodes[0].name)
    R = model(x).detach()
    pixels = [taylor_in_words(norm, *pixel) for pixel in zip(source.mT.flatten(0, 1), R.mT.flatten(0, 1), strict=True)]
    arriving = torch.stack(pixels).view(2, 3, 7).mT
    below = (model.a if as_function else model[0]).weight.detach().squeeze(2)
    expected = x * torch.einsum("kj,nkp->njp", below, arriving / source)
    torch.testing.assert_close(result.relevance, expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(result.total, result.by_layer[name])


@pytest.mark.parametrize("value", [0.0, 1e-12, 3e4])
def test_local_response_norm_conserves_at_any_size_of_its_input(value):
    model = nn.Sequential(nn.Conv2d(3, 6, 1), nn.ReLU(), nn.LocalResponseNorm(5, 1.0), nn.Flatten(), nn.Linear(24, 2))
    network = lrp.canonize(prepared(model))
    result = lrp.explain(network, torch.full((1, 3, 2, 2), value, dtype=torch.float64), 1, lrp.EpsilonPlus(0.0, zero_bias=True))
    norm, below = (node.name for node in network.nodes[1:3])
    assert result.relevance.isfinite().all()
    torch.testing.assert_close(result.by_layer[below], result.by_layer[norm], rtol=1e-12, atol=1e-12)


def test_local_response_norm_may_also_be_passed_unchanged():
    model, x = prepared(nn.Sequential(nn.Conv1d(7, 7, 1, bias=False), nn.LocalResponseNorm(3, 2.0))), signal(7, 3)
    network = lrp.canonize(model)
    passing = Composite(((Weighted, Epsilon(0.0)), (LocalResponseNorm, Pass())))
    source, R = network(x, "_0"), model(x).detach()
    expected = x * torch.einsum("kj,nkp->njp", model[0].weight.detach().squeeze(2), R / source)
    torch.testing.assert_close(lrp.explain(network, x, everything(network), passing).relevance, expected)
