"""A call and the module that does the same are explained alike, to the last step."""

import copy
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lrp
from lrp.network.layers import Rectifier, ReLU
from lrp.network.weighted import Convolution, Diagonal, Linear
from tests.lrp.network.kit import PICTURE, Net, conv, prepared, relevance, signal

METHODS = (lrp.EpsilonPlus(), lrp.EpsilonGammaBox(), lrp.EpsilonAlpha2Beta1Flat(), lrp.UniformEpsilon(0.1), lrp.GuidedBackprop())

# The module, and the calls that stand for it, each of the module's weights and of what comes before.
ACTIVATIONS: dict[str, tuple[nn.Module, list[Any]]] = {
    "relu": (
        nn.ReLU(),
        [
            lambda h: h.clamp(min=0),
            lambda h: h.clamp_(0),
            lambda h: h.clip(0.0),
            lambda h: torch.clamp_min(h, 0),
            lambda h: h.clamp_min_(0.0),
            lambda h: F.threshold(h, 0, 0),
            lambda h: torch.relu_(h),
            lambda h: torch.maximum(h, torch.tensor(0.0)),
            lambda h: torch.max(torch.tensor(0.0), h),
            lambda h: torch.maximum(h, torch.zeros_like(h)),
            lambda h: F.leaky_relu(h, 0.0).clamp(min=0),
        ],
    ),
    "relu6": (nn.ReLU6(), [lambda h: h.clamp(0, 6), lambda h: F.hardtanh_(h, 0.0, 6.0), lambda h: F.relu6(h, inplace=True)]),
    "leaky relu": (
        nn.LeakyReLU(0.2),
        [lambda h: F.leaky_relu_(h, 0.2), lambda h: F.prelu(h, torch.tensor([0.2], dtype=torch.float64))],
    ),
    "elu": (nn.ELU(0.7), [lambda h: F.elu(h, 0.7), lambda h: F.elu_(h, 0.7), lambda h: F.elu(h, alpha=0.7, inplace=True)]),
    "hardtanh": (nn.Hardtanh(-1, 2), [lambda h: h.clamp(-1, 2), lambda h: F.hardtanh(h, max_val=2.0)]),
}
PAIRS = [(name, i) for name, (_, calls) in ACTIVATIONS.items() for i in range(len(calls))]


@pytest.mark.parametrize(("name", "i"), PAIRS)
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_an_activation_as_a_call_is_explained_like_the_module(name, i, method):
    module, calls = ACTIVATIONS[name]
    parts = prepared(nn.Sequential(conv(), conv()))
    usual = nn.Sequential(parts[0], module, parts[1]).eval()
    other = Net(lambda m, x: m.b(calls[i](m.a(x))), a=parts[0], b=parts[1]).eval()
    x = 3 * signal(*PICTURE)
    assert torch.equal(relevance(other, x, method), relevance(usual, x, method))


def functional(module: Any, h: Any) -> Any:
    """What a layer with weights does, as a call."""
    if isinstance(module, nn.Conv2d):
        return F.conv2d(h, module.weight, module.bias, module.stride, module.padding, module.dilation, module.groups)
    if isinstance(module, nn.ConvTranspose2d):
        return F.conv_transpose2d(h, module.weight, module.bias, module.stride, module.padding)
    if isinstance(module, nn.BatchNorm2d):
        return F.batch_norm(h, module.running_mean, module.running_var, module.weight, module.bias, False, 0.1, module.eps)
    if isinstance(module, nn.Linear):
        return h @ module.weight.t() + module.bias
    return module(h)


WEIGHTED = {
    "convolution, batch norm": [conv(), nn.BatchNorm2d(4), nn.ReLU(), conv()],
    "batch norm, convolution": [nn.BatchNorm2d(4), conv(4, 6, groups=2), nn.ReLU()],
    "batch norm alone": [conv(), nn.ReLU(), nn.BatchNorm2d(4), nn.MaxPool2d(2)],
    "padding, convolution": [nn.ZeroPad2d((0, 1, 0, 1)), conv(padding="same"), nn.ReLU(), conv(size=4, padding="same")],
    "transposed, batch norm": [nn.ConvTranspose2d(4, 4, 2, 2), nn.BatchNorm2d(4), nn.ReLU()],
    "linear": [nn.Flatten(), nn.Linear(256, 6), nn.ReLU(), nn.Linear(6, 3)],
}


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
@pytest.mark.parametrize("case", WEIGHTED)
def test_weights_given_to_a_call_are_explained_like_those_of_a_module(case, method):
    usual, x = prepared(nn.Sequential(*WEIGHTED[case])), signal(*PICTURE)

    def call(m: Any, x: Any) -> Any:
        for module in m.layers:
            x = functional(module, x)
        return x

    other = Net(call, layers=copy.deepcopy(usual)).eval()
    ours, theirs = lrp.canonize(other), lrp.canonize(usual)
    assert [type(node.layer) for node in ours.nodes] == [type(node.layer) for node in theirs.nodes]
    torch.testing.assert_close(relevance(other, x, method), relevance(usual, x, method), rtol=1e-12, atol=1e-12)


def test_a_batch_norm_as_a_call_is_folded_where_that_is_exact():
    def call(m: Any, x: Any) -> Any:
        return F.batch_norm(m.a(x), m.m, m.running_var, eps=1e-3)

    network = lrp.canonize(prepared(Net(call, a=conv(), m=torch.ones(4), running_var=torch.ones(4))))
    assert [type(node.layer) for node in network.nodes] == [Convolution]
    read_twice = Net(lambda m, x: (lambda h: call(m, x) + h)(m.a(x)), a=conv(), m=torch.ones(4), running_var=torch.ones(4))
    twice = Net(
        lambda m, x: (lambda h: F.batch_norm(h, m.m, m.running_var) + h)(m.a(x)),
        a=conv(),
        m=torch.ones(4),
        running_var=torch.ones(4),
    )
    assert not any(isinstance(node.layer, Diagonal) for node in lrp.canonize(prepared(read_twice)).nodes)
    assert any(isinstance(node.layer, Diagonal) for node in lrp.canonize(prepared(twice)).nodes)


def test_a_constant_row_added_to_a_product_is_its_bias():
    model = Net(lambda m, x: x.flatten(1) @ m.w + m.b, w=nn.Parameter(torch.ones(256, 3)), b=torch.ones(3))
    (_, layer) = (node.layer for node in lrp.canonize(prepared(model)).nodes)
    assert isinstance(layer, Linear)
    assert layer.bias is not None


@pytest.mark.parametrize(("bounds", "kind"), [((0, None), ReLU), ((0, 6), Rectifier), ((-1, None), None), ((None, 0), None)])
def test_only_what_is_never_negative_is_a_rectifier(bounds, kind):
    network = lrp.canonize(prepared(Net(lambda m, x: m.a(x).clamp(*bounds), a=conv())))
    layer = network.nodes[-1].layer
    assert isinstance(layer, Rectifier) == (kind is not None)
    assert kind is None or type(layer) is kind
    assert network.nodes[-1].nonnegative == (kind is not None)
