"""BatchNorm: folded where that is exact, and a layer of its own elsewhere."""

import copy

import pytest
import torch
from torch import nn

import lrp
from lrp.methods.composites import Composite
from lrp.network.weighted import Diagonal, Weighted
from lrp.rules.first_layer import Flat
from tests.lrp.network.kit import (
    BLOCK,
    PICTURE,
    RULES,
    SAME,
    SERIES,
    Net,
    conv,
    input_times_gradient,
    prepared,
    relevance,
    signal,
)

FOLDED: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "after conv1d": (nn.Sequential(nn.Conv1d(4, 6, 3, bias=False), nn.BatchNorm1d(6)), SERIES),
    "after conv2d, grouped": (nn.Sequential(conv(4, 6, groups=2), nn.BatchNorm2d(6), nn.ReLU()), PICTURE),
    "after conv3d": (nn.Sequential(nn.Conv3d(4, 3, 2), nn.BatchNorm3d(3, affine=False)), BLOCK),
    "after conv2d that mirrors": (nn.Sequential(conv(padding=1, padding_mode="reflect"), nn.BatchNorm2d(4)), PICTURE),
    "after transposed 1d, grouped": (nn.Sequential(nn.ConvTranspose1d(4, 6, 3, groups=2), nn.BatchNorm1d(6)), SERIES),
    "after transposed 2d, grouped": (nn.Sequential(nn.ConvTranspose2d(4, 8, 2, 2, groups=4), nn.BatchNorm2d(8)), PICTURE),
    "after transposed 3d": (nn.Sequential(nn.ConvTranspose3d(4, 2, 2), nn.BatchNorm3d(2)), BLOCK),
    "after linear": (nn.Sequential(nn.Linear(8, 5), nn.BatchNorm1d(5), nn.ReLU()), (8,)),
    "twice": (nn.Sequential(conv(), nn.BatchNorm2d(4), nn.BatchNorm2d(4)), PICTURE),
    "before conv2d, grouped": (nn.Sequential(nn.BatchNorm2d(4), conv(4, 6, groups=2)), PICTURE),
    "before conv1d": (nn.Sequential(nn.BatchNorm1d(4), nn.Conv1d(4, 3, 2, stride=2, bias=False)), SERIES),
    "before linear": (nn.Sequential(nn.BatchNorm1d(8), nn.Linear(8, 3)), (8,)),
    "before two": (Net(lambda m, x: (lambda z: m.a(z) - m.b(z))(m.norm(x)), a=conv(), b=conv(), norm=nn.BatchNorm2d(4)), PICTURE),
    "around": (nn.Sequential(nn.BatchNorm2d(4), conv(), nn.BatchNorm2d(4)), PICTURE),
    "one convolution, two norms": (
        Net(lambda m, x: m.n(m.a(x)) + m.k(m.a(x)), a=conv(), n=nn.BatchNorm2d(4), k=nn.BatchNorm2d(4)), PICTURE
    ),
}  # fmt: skip
UNFOLDED: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "before a padded convolution": (nn.Sequential(nn.BatchNorm2d(4), conv(padding=1)), PICTURE),
    "before a transposed convolution": (nn.Sequential(nn.BatchNorm2d(4), nn.ConvTranspose2d(4, 2, 2)), PICTURE),
    "between cat and relu": (
        Net(lambda m, x: m.b(m.n(torch.cat((m.a(x), x), 1)).relu()), a=SAME, n=nn.BatchNorm2d(8), b=conv(8)), PICTURE
    ),
    "after what others read": (Net(lambda m, x: (lambda z: m.n(z) + z)(m.a(x)), a=conv(), n=nn.BatchNorm2d(4)), PICTURE),
    "read by others": (Net(lambda m, x: (lambda z: m.a(z) + z)(m.n(x)), a=conv(size=1), n=nn.BatchNorm2d(4)), PICTURE),
    "in one dimension": (nn.Sequential(nn.Linear(11, 6), nn.ReLU(), nn.BatchNorm1d(4)), SERIES),
    "before pooling": (nn.Sequential(conv(), nn.ReLU(), nn.BatchNorm2d(4), nn.MaxPool2d(2)), PICTURE),
}  # fmt: skip


def diagonals(network: lrp.Network) -> list[str]:
    return [node.name for node in network.nodes if isinstance(node.layer, Diagonal)]


@pytest.mark.parametrize("case", FOLDED | UNFOLDED)
def test_batch_norm_is_folded_where_that_is_exact_and_else_stays_a_layer(case):
    model, shape = (FOLDED | UNFOLDED)[case]
    model, x = prepared(model), signal(*shape)
    network = lrp.canonize(model)
    assert bool(diagonals(network)) == (case in UNFOLDED)
    with torch.no_grad():
        torch.testing.assert_close(network(x), model(x), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(relevance(model, x, lrp.UniformEpsilon(0.0)), input_times_gradient(model, x), rtol=1e-8, atol=1e-9)


def test_a_linear_layer_that_took_up_a_batch_norm_refuses_what_would_mix_up_their_axes():
    network = lrp.canonize(prepared(nn.Sequential(nn.Linear(11, 4), nn.BatchNorm1d(4))))
    with pytest.raises(ValueError, match=r"needs an input of shape \(N, features\), got \(2, 4, 11\)"):
        network(signal(*SERIES))


@pytest.mark.parametrize("rule", [*RULES, Flat()], ids=str)
def test_a_batch_norm_left_alone_takes_every_rule_as_the_depthwise_convolution_it_is(rule):
    norm = prepared(nn.BatchNorm2d(4))
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    depthwise = conv(size=1, groups=4).double().eval()
    depthwise.weight.data, depthwise.bias.data = scale.view(4, 1, 1, 1), norm.bias - norm.running_mean * scale
    x, method = signal(*PICTURE), Composite(((Weighted, rule),), first=rule)
    torch.testing.assert_close(relevance(norm, x, method), relevance(depthwise, x, method), rtol=1e-5, atol=1e-5)


def test_presets_let_relevance_pass_a_batch_norm_as_if_the_convolution_behind_it_had_it_in_its_weights():
    # The canonization of BN -> ReLU -> convolution [Pahde et al. 2022]: ReLU(w x + b) = |w| a, where the activation
    # a = ReLU(sign(w) x + b / |w|) passes relevance on, and the convolution has the weights W |w|.
    model, x = prepared(nn.Sequential(nn.BatchNorm2d(4), nn.ReLU(), conv())), signal(*PICTURE)
    norm = model[0]
    w = norm.weight / (norm.running_var + norm.eps).sqrt()
    b = norm.bias - norm.running_mean * w
    scaled = copy.deepcopy(model[2])
    scaled.weight.data *= w.abs().view(1, 4, 1, 1)
    a = (w.sign().view(4, 1, 1) * x + (b / w.abs()).view(4, 1, 1)).relu().detach()
    for method in (lrp.EpsilonPlus(), lrp.EpsilonPlus(zero_bias=True), lrp.EpsilonAlpha2Beta1()):
        torch.testing.assert_close(relevance(model, x, method), relevance(scaled, a, method), rtol=1e-6, atol=1e-9)


class Renamed(nn.BatchNorm2d):
    """A class of one's own that leaves BatchNorm as it is."""


def test_a_class_that_leaves_batch_norm_as_it_is_is_folded_like_it():
    model, x = prepared(nn.Sequential(conv(), Renamed(4), nn.ReLU(), Renamed(4), nn.MaxPool2d(2))), signal(*PICTURE)
    network = lrp.canonize(model)
    assert len(diagonals(network)) == 1
    with torch.no_grad():
        torch.testing.assert_close(network(x), model(x), rtol=1e-12, atol=1e-12)


def test_an_instance_norm_that_kept_statistics_scales_and_shifts():
    model, x = prepared(nn.Sequential(conv(), nn.InstanceNorm2d(4, affine=True, track_running_stats=True))), signal(*PICTURE)
    assert len(diagonals(lrp.canonize(model))) == 1
    torch.testing.assert_close(relevance(model, x, lrp.UniformEpsilon(0.0)), input_times_gradient(model, x), rtol=1e-8, atol=1e-9)
    with pytest.raises(TypeError, match=r"no LRP rule for InstanceNorm2d without running statistics.* at 1"):
        lrp.canonize(nn.Sequential(conv(), nn.InstanceNorm2d(4)).eval())
