"""Every kind of layer: that a network of it computes the same, how relevance passes through it, and what is refused."""

import copy
import gc
import math
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import lrp
from lrp.composites import Composite
from lrp.layers import Diagonal, Weighted
from lrp.pixels import Flat, WSquare, ZBox
from lrp.renormalization import LocalResponseNorm
from lrp.rules import AlphaBeta, Epsilon, Gamma, ZPlus
from lrp.structure import Pass
from tests.networks import HIGH, LOW, random_resnet


class Net(nn.Module):
    """A model whose forward is `call(self, x)`; its parts are modules, tensors (buffers) or numbers."""

    def __init__(self, call: Callable[[Any, Tensor], Tensor], **parts: Any) -> None:
        super().__init__()
        self.call = call
        for name, part in parts.items():
            if isinstance(part, Tensor) and not isinstance(part, nn.Parameter):
                self.register_buffer(name, part)
            else:
                setattr(self, name, part)

    def forward(self, x: Tensor) -> Tensor:
        return self.call(self, x)


def prepared(model: nn.Module) -> nn.Module:
    """The model in double and eval mode with random numbers in it, BatchNorm statistics included."""
    model = copy.deepcopy(model)
    generator = torch.Generator().manual_seed(3)
    for module in model.modules():
        for name, tensor in (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)):
            if tensor.is_floating_point():
                tensor.data.normal_(generator=generator)
                if name == "running_var":
                    tensor.data.abs_().add_(0.5)
    return model.eval().double()


def signal(*shape: int, rows: int = 2) -> Tensor:
    return torch.randn(rows, *shape, generator=torch.Generator().manual_seed(4), dtype=torch.float64)


def conv(inputs: int = 4, outputs: int = 4, size: int = 3, **settings: Any) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, size, **settings)


def front(shape: tuple[int, ...]) -> nn.Module:
    """A layer with weights that keeps the shape."""
    return {1: nn.Linear, 2: nn.Conv1d, 3: nn.Conv2d, 4: nn.Conv3d}[len(shape)](shape[0], shape[0], *[1] * (len(shape) > 1))


def everything(network: lrp.Network) -> lrp.Features:
    """Explains all outputs at once, each starting with its own value."""
    return lrp.Features(network.output)


def relevance(model: nn.Module, x: Tensor, method: Any) -> Tensor:
    bounds = (torch.full((1, x.shape[1], *[1] * (x.dim() - 2)), bound, dtype=x.dtype) for bound in (-4.0, 5.0))
    network = lrp.canonize(model, *bounds)
    return lrp.explain(network, x, everything(network), method).relevance


def input_times_gradient(model: nn.Module, x: Tensor) -> Tensor:
    x = x.clone().requires_grad_()
    return x.detach() * torch.autograd.grad(model(x * 1).sum(), x)[0]


# What a network may be made of. Each is linear in pieces, so that LRP-0 is Input x Gradient, which autograd knows.

PICTURE, SERIES, BLOCK = (4, 8, 8), (4, 11), (4, 5, 6, 4)
CONVOLUTIONS: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "conv1d": (nn.Conv1d(4, 6, 3, stride=2, padding=2, dilation=2, groups=2), SERIES),
    "conv1d same": (nn.Conv1d(4, 3, 4, padding="same", dilation=3), SERIES),
    "conv2d": (nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2), PICTURE),
    "conv2d valid": (conv(padding="valid"), PICTURE),
    "conv2d same": (nn.Conv2d(4, 3, (3, 5), padding="same"), PICTURE),
    "conv2d same, even": (nn.Conv2d(4, 3, (2, 4), padding="same", bias=False), PICTURE),
    "conv2d depthwise": (conv(4, 8, groups=4), PICTURE),
    "conv3d": (nn.Conv3d(4, 2, 2, stride=(1, 2, 1), padding=1, groups=2), BLOCK),
    "conv3d same, even": (nn.Conv3d(4, 2, (2, 1, 3), padding="same"), BLOCK),
    "transposed 1d": (nn.ConvTranspose1d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2), SERIES),
    "transposed 2d": (nn.ConvTranspose2d(4, 6, (2, 3), stride=(2, 1), dilation=(1, 2), groups=2), PICTURE),
    "transposed 3d": (nn.ConvTranspose3d(4, 2, 2, stride=2, groups=2), BLOCK),
    "linear": (nn.Linear(8, 3), (8,)),
    "linear on the last axis": (nn.Linear(11, 3), SERIES),
    "batch norm": (nn.BatchNorm2d(4), PICTURE),
}
POOLING: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "max 1d": (nn.MaxPool1d(3, 2), SERIES),
    "max 2d": (nn.MaxPool2d((3, 2), (2, 1), padding=1, ceil_mode=True), PICTURE),
    "max 2d dilated": (nn.MaxPool2d(2, 1, dilation=2), PICTURE),
    "max 3d": (nn.MaxPool3d(2, 1), BLOCK),
    "max function": (Net(lambda m, x: F.max_pool2d(x, 3, stride=2, padding=1)), PICTURE),
    "average 1d": (nn.AvgPool1d(3, 2, 1), SERIES),
    "average 2d": (nn.AvgPool2d(3, 2, 1, count_include_pad=False, ceil_mode=True), PICTURE),
    "average 3d": (nn.AvgPool3d(2, 1), BLOCK),
    "average function": (Net(lambda m, x: F.avg_pool2d(x, kernel_size=3, stride=1, padding=1)), PICTURE),
    "average by size": (Net(lambda m, x: F.avg_pool2d(x, x.size()[2:]).view(x.size(0), -1)), PICTURE),
    "adaptive average 1d": (nn.AdaptiveAvgPool1d(3), SERIES),
    "adaptive average 2d": (nn.AdaptiveAvgPool2d((3, None)), PICTURE),
    "adaptive average 3d": (nn.AdaptiveAvgPool3d(2), BLOCK),
    "adaptive average function": (Net(lambda m, x: F.adaptive_avg_pool2d(x, (1, 1))), PICTURE),
    "adaptive max 1d": (nn.AdaptiveMaxPool1d(3), SERIES),
    "adaptive max 2d": (nn.AdaptiveMaxPool2d(3), PICTURE),
    "adaptive max 3d": (nn.AdaptiveMaxPool3d(2), BLOCK),
    "mean": (Net(lambda m, x: x.mean([2, 3])), PICTURE),
    "sum": (Net(lambda m, x: torch.sum(x, dim=(2, 3))), PICTURE),
    "upsample nearest": (nn.Upsample(scale_factor=2), PICTURE),
    "upsample bilinear": (nn.Upsample(scale_factor=2, mode="bilinear"), PICTURE),
    "interpolate": (Net(lambda m, x: F.interpolate(x, size=(5, 13), mode="bilinear", align_corners=True)), PICTURE),
}
MOVES: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "flatten": (nn.Flatten(2), PICTURE),
    "unflatten": (nn.Unflatten(1, (2, 2)), PICTURE),
    "view": (Net(lambda m, x: x.view(x.shape[0], 2, x.size(1) // 2, -1)), PICTURE),
    "permute": (Net(lambda m, x: x.permute(0, 2, 3, 1).contiguous().reshape(x.size(0), -1)), PICTURE),
    "transpose, squeeze": (Net(lambda m, x: x.mean(3, keepdim=True).squeeze(3).transpose(1, 2).unsqueeze(1)), PICTURE),
    "cat": (Net(lambda m, x: torch.cat((m.a(x), x, m.a(x)), 1), a=conv(padding=1)), PICTURE),
    "stack": (Net(lambda m, x: torch.stack([x, m.a(x)], dim=2), a=conv(padding=1)), PICTURE),
    "index": (Net(lambda m, x: torch.cat((x[:, 0].unsqueeze(1)[..., ::2], x[:, 1:3, :, 1::2]), 1)), PICTURE),
    "chunk": (Net(lambda m, x: (lambda c: torch.cat((m.a(c[0]), c[-1]), 1))(x.chunk(2, dim=1)), a=conv(2, 3, 1)), PICTURE),
    "split": (Net(lambda m, x: x.split([1, 3], 1)[1]), PICTURE),
    "unbind": (Net(lambda m, x: torch.unbind(x, 1)[2]), PICTURE),
    "channel shuffle": (nn.ChannelShuffle(2), PICTURE),
    "pixel shuffle": (nn.PixelShuffle(2), PICTURE),
    "zero padding": (nn.ZeroPad2d((1, 2, 0, 3)), PICTURE),
    "padding, mirrored": (nn.ReflectionPad2d(2), PICTURE),
    "padding, repeated": (nn.ReplicationPad1d(2), SERIES),
    "padding of channels": (Net(lambda m, x: F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 2), "constant", 0)), PICTURE),
    "conv2d reflect": (conv(padding=(2, 1), padding_mode="reflect"), PICTURE),
    "conv2d circular same": (conv(size=4, padding="same", padding_mode="circular"), PICTURE),
    "conv1d replicate": (nn.Conv1d(4, 2, 3, padding=2, padding_mode="replicate"), SERIES),
}
ARITHMETIC: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "residual": (Net(lambda m, x: m.a(x) + x, a=conv(padding=1)), PICTURE),
    "of three": (Net(lambda m, x: torch.add(m.a(x).add(other=x), other=m.a(x)), a=conv(padding=1)), PICTURE),
    "twice": (Net(lambda m, x: x + x), PICTURE),
    "stretched": (Net(lambda m, x: x + x.mean((2, 3), keepdim=True)), PICTURE),
    "difference": (Net(lambda m, x: x - m.a(x), a=conv(padding=1)), PICTURE),
    "difference of a mean": (Net(lambda m, x: x - x.mean((2, 3), keepdim=True)), PICTURE),
    "lowered": (Net(lambda m, x: x - 0.5), PICTURE),
    "constants": (Net(lambda m, x: 3 - (2 * x * 0.5 + 1) / 4 - 0.3), PICTURE),
    "negated": (Net(lambda m, x: -m.a(x), a=conv()), PICTURE),
    "buffers": (Net(lambda m, x: x * m.w.view(-1, 1, 1) + m.b[:, None, None].abs(), w=torch.ones(4), b=torch.ones(4)), PICTURE),
    "a constant made on the way": (Net(lambda m, x: m.a(x) * torch.tensor([[[2.0]], [[-1.0]]]), a=conv(4, 2)), PICTURE),
    "transform_input": (
        Net(lambda m, x: m.a(torch.cat([torch.unsqueeze(x[:, c], 1) * (c + 0.5) + 0.1 for c in range(4)], 1)), a=conv()), PICTURE
    ),
    "a constant part": (
        Net(lambda m, x: torch.cat((m.c.expand(x.shape[0], -1, -1, -1), m.a(x)), 1), a=conv(),
            c=nn.Parameter(torch.ones(1, 2, 6, 6))), PICTURE,
    ),
    "convolutions as calls": (
        Net(lambda m, x: F.linear(F.conv2d(x, m.w - m.w.mean((1, 2, 3), keepdim=True), m.b, padding=1, groups=2), m.v),
            w=torch.ones(6, 2, 3, 3), b=torch.ones(6), v=torch.ones(5, 8)), PICTURE,
    ),
}  # fmt: skip
SAME = conv(padding=1)
ACTIVATIONS: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "relu": (nn.Sequential(conv(), nn.ReLU(), conv()), PICTURE),
    "called by name": (
        Net(lambda m, x: m.n(input=m.a(input=m.p(input=x))), p=nn.ZeroPad2d(1), a=conv(), n=nn.BatchNorm2d(4)), PICTURE
    ),
    "relu functions": (Net(lambda m, x: F.relu(m.a(x.relu())) + torch.relu(m.a(x)), a=conv()), PICTURE),
    "leaky relu": (nn.Sequential(conv(), nn.LeakyReLU(0.3, inplace=True), conv()), PICTURE),
    "leaky relu function": (Net(lambda m, x: F.leaky_relu(m.a(x), 0.2, True), a=conv()), PICTURE),
    "prelu": (nn.Sequential(conv(), nn.PReLU(4)), PICTURE),
    "dropout": (nn.Sequential(nn.Dropout(), conv(), nn.Dropout2d(inplace=True), nn.Identity()), PICTURE),
    "dropout function": (Net(lambda m, x: F.dropout(m.a(x), 0.3, training=m.training), a=conv()), PICTURE),
    "overwritten, then read": (Net(lambda m, x: (lambda z: m.relu(z) + m.a(z))(m.a(x)), a=SAME, relu=nn.ReLU(True)), PICTURE),
    "read, then overwritten": (Net(lambda m, x: (lambda z: z * 2 + m.relu(z))(m.a(x)), a=SAME, relu=nn.ReLU(True)), PICTURE),
    "overwritten by a method": (Net(lambda m, x: (lambda z: (z.relu_(), m.a(z))[1])(m.a(x)), a=SAME), PICTURE),
    "overwritten by a function": (Net(lambda m, x: (lambda z: F.relu(z, True) + z)(m.a(x)), a=SAME), PICTURE),
    "one module, twice": (Net(lambda m, x: m.a(m.relu(m.a(x))), a=conv(padding=1), relu=nn.ReLU()), PICTURE),
}  # fmt: skip
LINEAR_IN_PIECES = CONVOLUTIONS | POOLING | MOVES | ARITHMETIC | ACTIVATIONS


# PyTorch remarks on what it must do itself for even kernels; nothing of ours.
odd_padding = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")


@odd_padding
@pytest.mark.parametrize("case", LINEAR_IN_PIECES)
def test_a_network_of_it_computes_the_same_and_lrp_0_is_input_times_gradient(case):
    model, shape = LINEAR_IN_PIECES[case]
    if not any(True for _ in model.parameters()):  # a network needs some
        model = nn.Sequential(front(shape), model)
    model, x = prepared(model), signal(*shape)
    with torch.no_grad():
        torch.testing.assert_close(lrp.canonize(model)(x), model(x.clone()), rtol=1e-12, atol=1e-12)
    expected = input_times_gradient(model, x)
    torch.testing.assert_close(relevance(model, x, lrp.UniformEpsilon(0.0)), expected, rtol=1e-8, atol=1e-9)


@odd_padding
@pytest.mark.parametrize("case", LINEAR_IN_PIECES)
def test_what_is_said_to_be_never_negative_never_is(case):
    # Rules leave out half of their work on the strength of this.
    model, shape = LINEAR_IN_PIECES[case]
    network = lrp.canonize(prepared(nn.Sequential(front(shape), nn.ReLU(), model)))
    values = lrp.trace(network, signal(*shape)).values
    assert any(node.nonnegative for node in network.nodes)
    assert all((values[node.name] >= 0).all() for node in network.nodes if node.nonnegative)
    assert all((values[name] >= 0).all() for node in network.nodes if node.reads_nonnegative for name in node.inputs)


# Layers with weights: every rule

RULES = [
    Epsilon(0.3), Epsilon(0.3, relative=True), Epsilon(0.0, bias=False), ZPlus(), AlphaBeta(2, 1), Gamma(0.5), ZBox(), WSquare()
]  # fmt: skip
MATRICES = [case for case in CONVOLUTIONS if case != "linear on the last axis"]


def matrix(model: nn.Module, shape: tuple[int, ...]) -> nn.Module:
    """The same as one fully connected layer, its columns what the model does to unit vectors."""
    units = torch.eye(math.prod(shape), dtype=torch.float64).view(-1, *shape)
    bias = model(torch.zeros(1, *shape, dtype=torch.float64)).flatten(1)
    dense = nn.Linear(len(units), bias.shape[1]).double()
    dense.weight.data, dense.bias.data = (model(units).flatten(1) - bias).T.contiguous(), bias[0]
    return nn.Sequential(nn.Flatten(), dense).eval()


@odd_padding
@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("case", MATRICES)
def test_every_rule_treats_a_layer_as_the_matrix_it_is(case, rule):
    model, shape = CONVOLUTIONS[case]
    model, x = prepared(model).requires_grad_(False), signal(*shape)
    method = Composite(((Weighted, rule),), first=rule)
    expected = relevance(matrix(model, shape), x.flatten(1), method).view_as(x)
    torch.testing.assert_close(relevance(model, x, method), expected, rtol=1e-9, atol=1e-9)


@odd_padding
@pytest.mark.parametrize("case", MATRICES)
def test_flat_counts_what_each_output_sees(case):
    model, shape = CONVOLUTIONS[case]
    model, x = prepared(model).requires_grad_(False), signal(*shape)
    (weighted,) = [module for module in model.modules() if hasattr(module, "weight")]
    arriving = lrp.explain(lrp.canonize(model), x, lrp.Features(lrp.canonize(model).output), Composite(((Weighted, Flat()),)))
    weighted.weight.fill_(1)
    weighted.bias = None
    seen = matrix(model, shape)[1].weight  # (outputs, inputs), 1 where connected
    if isinstance(model, nn.BatchNorm2d):
        seen = torch.eye(math.prod(shape), dtype=torch.float64)
    R = prepared(CONVOLUTIONS[case][0])(x).flatten(1)
    expected = (R / seen.sum(1)) @ seen
    torch.testing.assert_close(arriving.relevance.flatten(1), expected, rtol=1e-5, atol=1e-5)


PADDED = {
    "on one side": nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), conv(padding=1, stride=2)),
    "all round": nn.Sequential(nn.ZeroPad2d(1), conv(padding=(0, 1))),
    "by a function": Net(lambda m, x: m.a(F.pad(x, [1, 2])), a=conv()),
}


@pytest.mark.parametrize("case", PADDED)
def test_zeros_around_the_picture_take_no_relevance(case):
    model, x = prepared(PADDED[case]), signal(*PICTURE)
    with torch.no_grad():
        torch.testing.assert_close(lrp.canonize(model)(x), model(x))
    for rule in (Flat(), WSquare()):
        torch.testing.assert_close(relevance(model, x, Composite((), rule)).sum(), model(x).sum(), rtol=1e-4, atol=0)


# BatchNorm

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


# The picture, and what the layer that reads it first must know


@pytest.mark.parametrize("rule", [ZBox(), Flat(), WSquare()], ids=str)
@pytest.mark.parametrize("scale", [2.0, -0.5])
def test_rules_of_the_first_layer_reach_it_through_what_is_done_to_the_picture(scale, rule):
    def transform(x: Tensor) -> Tensor:
        return torch.cat([(x[:, c] * scale - 0.3).unsqueeze(1) for c in range(3)], 1)

    plain, x, method = prepared(conv(3, 2, padding=1)), signal(3, 6, 6), Composite((), first=rule)
    whole = lrp.canonize(Net(lambda m, x: m.a(transform(x)), a=plain).eval(), LOW, HIGH)
    ends = transform(LOW), transform(HIGH)
    alone = lrp.canonize(plain, torch.minimum(*ends), torch.maximum(*ends))
    ours = lrp.explain(whole, x, everything(whole), method).relevance
    torch.testing.assert_close(ours, lrp.explain(alone, transform(x), everything(alone), method).relevance)


FIRST = {
    "reads the picture": (nn.Sequential(conv(), nn.ReLU(), conv()), ["_0"]),
    "behind a batch norm": (nn.Sequential(nn.BatchNorm2d(4), conv(padding=1), conv()), ["_1"]),
    "behind mirrored padding": (nn.Sequential(conv(padding=1, padding_mode="reflect"), conv()), ["_0"]),
    "behind pooling": (nn.Sequential(nn.AvgPool2d(2), nn.MaxPool2d(2), conv(size=1)), ["_2"]),
    "fully connected": (nn.Sequential(nn.Flatten(), nn.Linear(256, 3), nn.Linear(3, 2)), ["_1"]),
    "two": (Net(lambda m, x: m.a(x) + m.b(x + 1), a=conv(), b=conv()), ["a", "b"]),
    "a sum with features": (Net(lambda m, x: m.b(m.a(x) + x), a=conv(size=1), b=conv()), ["a"]),
}


@pytest.mark.parametrize("case", FIRST)
def test_the_layers_that_read_the_picture_first_are_known(case):
    model, expected = FIRST[case]
    network = lrp.canonize(prepared(model))
    assert [node.name for node in network.nodes if node.first] == expected


# Activations that bend


RISING = [nn.ReLU6(), nn.ELU(), nn.CELU(), nn.SELU(), nn.Tanh(), nn.Hardtanh(), nn.LeakyReLU()]


@pytest.mark.parametrize("activation", RISING, ids=str)
def test_relevance_passes_an_activation_unchanged_even_where_its_gradient_is_0(activation):
    model, x = prepared(nn.Sequential(conv(4, 4, 1), activation)), 9 * signal(*PICTURE)
    network = lrp.canonize(model)
    result = lrp.explain(network, x, everything(network), lrp.EpsilonPlus())
    name = network.nodes[0].name
    torch.testing.assert_close(result.by_layer[name], result.explained)
    torch.testing.assert_close(result.explained, model(x).flatten(1).sum(1))


# Local response normalization


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


# What holds for all of them


def zoo_in_small() -> nn.Module:
    """A network with one of each kind of layer that keeps something of its own."""
    return prepared(
        Net(
            lambda m, x: m.out(torch.flatten(m.pool(m.lrn(F.relu6(m.norm(m.halves(m.act(m.a(m.pad(x - 0.1)))))))), 1)),
            halves=Net(lambda m, x: (lambda c: torch.cat((c[1] * m.w, c[0]), 1))(x.chunk(2, 1)), w=torch.ones(1)),
            pad=nn.ReflectionPad2d(1), a=conv(3, 4, 4, padding="same"), act=nn.PReLU(), norm=nn.BatchNorm2d(4),
            lrn=nn.LocalResponseNorm(3), pool=nn.AdaptiveAvgPool2d(2), out=nn.Linear(16, 3),
        )
    )  # fmt: skip


LRP_METHODS = [method for method in lrp.METHODS.values() if method.family == "LRP"]


@odd_padding
@pytest.mark.parametrize("method", LRP_METHODS, ids=lambda method: method.name)
def test_several_classes_of_one_picture_are_explained_as_if_one_by_one(method):
    network, x = lrp.canonize(zoo_in_small(), LOW, HIGH), signal(3, 7, 7, rows=1)
    together = lrp.explain(network, x, torch.tensor([2, 0, 1]), method()).relevance
    alone = [lrp.explain(network, x, target, method()).relevance for target in (2, 0, 1)]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-9, atol=1e-12)


@odd_padding
def test_a_network_shares_no_memory_with_its_model():
    model, x = zoo_in_small(), signal(3, 7, 7)
    network = lrp.canonize(model, LOW, HIGH)
    before = network(x).detach()
    for tensor in (*model.parameters(), *model.buffers()):
        tensor.data.fill_(0.5)
    model.lrn.size, model.pool.output_size = 1, 1
    model.train()
    assert torch.equal(network(x), before)


def test_a_model_gets_nothing_added_and_its_weights_go_when_it_goes():
    model = prepared(ARITHMETIC["a constant made on the way"][0])
    before, weight = set(vars(model)), weakref.ref(model.a.weight)
    collecting = gc.isenabled()
    gc.disable()  # only what nobody refers to goes now
    try:
        network = lrp.canonize(model)
        assert set(vars(model)) == before
        del model
        assert weight() is None
        assert network.nodes
    finally:
        if collecting:
            gc.enable()


def test_eight_threads_may_canonize_at_a_time():
    # torch.fx patches nn.Module while it traces; unguarded, threads see each other's patches and leave them behind.
    whole = nn.Module.__call__, nn.Module.__getattr__
    models = [random_resnet(50, (2, 2, 2, 2), 3) for _ in range(4)]
    with ThreadPoolExecutor(8) as threads:
        networks = list(threads.map(lambda i: lrp.canonize(models[i % 4]), range(16)))
    assert {len(network.nodes) for network in networks} == {122}
    assert (nn.Module.__call__, nn.Module.__getattr__) == whole


# What is refused, before any computation


class SqueezeAndExcitation(nn.Module):
    """A gate as in SENet, but with ReLUs, so that only the product is in the way."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.gate = conv(), nn.Sequential(nn.AdaptiveAvgPool2d(1), conv(size=1), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return self.a(x) * self.gate(x)


def looped(m: Any, x: Tensor) -> Tensor:
    return m.a(x) if x.sum() > 0 else x


REMEDY = r".*add its row to lrp/operations\.py"
REFUSED: dict[str, tuple[nn.Module, str]] = {
    "silu": (nn.Sequential(conv(), nn.SiLU()), "no LRP rule for SiLU at 1; it does not rise everywhere.* ReLU, or" + REMEDY),
    "gelu": (Net(lambda m, x: F.gelu(m.a(x)), a=conv()), "no LRP rule for gelu at gelu; it does not rise" + REMEDY),
    "sigmoid": (nn.Sequential(conv(), nn.Sigmoid()), "no LRP rule for Sigmoid at 1; it is not 0 at 0" + REMEDY),
    "softmax": (Net(lambda m, x: m.a(x).softmax(1), a=conv()), "no LRP rule for softmax .* end at its logits" + REMEDY),
    "layer norm": (nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8)), "no LRP rule for LayerNorm at 1; it divides" + REMEDY),
    "group norm": (nn.Sequential(conv(), nn.GroupNorm(2, 4)), "no LRP rule for GroupNorm at 1; .* with BatchNorm, or" + REMEDY),
    "gate": (nn.Sequential(SqueezeAndExcitation()), "no LRP rule for mul at 0; .* multiply each other.* without gates" + REMEDY),
    "square": (Net(lambda m, x: m.a(x) * m.a(x), a=conv()), "no LRP rule for mul at mul; .* multiply each other" + REMEDY),
    "quotient": (Net(lambda m, x: 1 / m.a(x), a=conv()), "no LRP rule for truediv at truediv; it divides" + REMEDY),
    "attention": (Net(lambda m, x: m.a(x) @ m.a(x), a=conv()), "no LRP rule for matmul at matmul; .* attention, or" + REMEDY),
    "dynamic weights": (Net(lambda m, x: F.conv2d(m.a(x), m.a(x)), a=conv()), "no LRP rule for conv2d at conv2d" + REMEDY),
    "unknown": (Net(lambda m, x: torch.sin(m.a(x)), a=conv()), "no LRP rule for sin at sin; if relevance can pass" + REMEDY),
    "weighted sum": (Net(lambda m, x: torch.add(m.a(x), x, alpha=2), a=SAME), "no LRP rule for add at add" + REMEDY),
    "two arguments": (
        Net(lambda m, x: m.a(x, output_size=(9, 9)), a=nn.ConvTranspose2d(4, 4, 2)), "no LRP rule for ConvTranspose2d at a"
    ),
    "dropout": (Net(lambda m, x: F.dropout(m.a(x)), a=conv()), "dropout must do nothing in eval mode.* at dropout"),
    "indices": (nn.Sequential(conv(), nn.MaxPool2d(2, return_indices=True)), "pooling must return values alone.* at 1"),
    "padding": (Net(lambda m, x: F.pad(m.a(x), (1, 1), value=3.0), a=conv()), "padding must be 0 or .*, got value=3.0 at pad"),
    "renormalization by 0": (nn.Sequential(conv(), nn.LocalResponseNorm(3, k=0.0)), "needs k > 0 .*, got k=0.0.* at 1"),
    "bicubic": (nn.Sequential(conv(), nn.Upsample(9, mode="bicubic")), "resizing must .*, got mode='bicubic' at 1"),
    "batch statistics": (
        nn.Sequential(conv(), nn.BatchNorm2d(4, track_running_stats=False)), "must keep running statistics.* at 1"
    ),
    "branch": (Net(looped, a=conv()), "Net cannot be traced by torch.fx .*rewrite its forward"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_right_is_one_error_that_names_it_and_the_remedy(case):
    model, message = REFUSED[case]
    with pytest.raises(TypeError, match=message) as caught:
        lrp.canonize(model.eval())
    assert "\n" not in str(caught.value)


def test_a_model_of_which_a_part_is_in_training_mode_is_refused():
    model = nn.Sequential(conv(), nn.BatchNorm2d(4)).eval()
    model[1].train()
    with pytest.raises(ValueError, match="must be in eval mode"):
        lrp.canonize(model)


def test_a_constant_that_stretches_what_it_meets_is_refused():
    network = lrp.canonize(prepared(Net(lambda m, x: m.a(x)[:, :1] + m.c, a=conv(), c=torch.ones(1, 3, 1, 1))))
    with pytest.raises(ValueError, match=r"must not stretch what it meets, got \(2, 1, 6, 6\) and then \(2, 3, 6, 6\)"):
        network(signal(*PICTURE))
