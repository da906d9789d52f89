"""Every way to write an operation: the same logits, LRP-0 is Input x Gradient, and the same maps as its usual form."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lrp
from lrp._torchvision import torchvision
from tests.lrp.network.kit import PICTURE, Net, conv, input_times_gradient, prepared, relevance, signal

POINTS = torch.tensor([2, 0, 3])


def after(call: Any, **parts: Any) -> nn.Module:
    """The operation on the output of a convolution."""
    return Net(lambda m, x: call(m, m.a(x)), a=conv(), **parts)


# What is linear in pieces: its gradient says where relevance goes. h is (N, 4, 6, 6), x (N, 4, 8, 8).
LINEAR_IN_PIECES: dict[str, nn.Module] = {
    # Parts of a tuple
    "cat of all parts": after(lambda m, h: torch.cat(h.split(2, 1), 1)),
    "stack of all parts": after(lambda m, h: torch.stack(h.unbind(1))[0]),
    "stacked anew": after(lambda m, h: torch.stack(h.unbind(1), 2)),
    "slice of parts": after(lambda m, h: torch.cat(h.chunk(4, 1)[:2], 1)),
    "part of a slice of parts": after(lambda m, h: h.chunk(4, 1)[1:][-1]),
    "reversed parts": after(lambda m, h: torch.cat(torch.chunk(h, 4, 1)[::-1], 1)),
    "unpacked parts": after(
        lambda m, h: (lambda a, b, c: torch.cat((c, a), 1) - F.pad(b, (0, 0, 0, 0, 1, 1)))(*h.split([1, 1, 2], 1))
    ),
    "a loop over parts": after(lambda m, h: sum(part * (i + 1) for i, part in enumerate(h.chunk(2, 1)))),
    "a list of parts": after(lambda m, h: torch.cat([*h.tensor_split(2, 1), h], 1)),
    "parts split by indices": after(lambda m, h: torch.cat([part.relu() for part in torch.tensor_split(h, (1, 3), dim=1)], 1)),
    "halves": after(lambda m, h: torch.hsplit(h, 2)[1]),
    "split with sizes": after(lambda m, h: torch.cat(h.split_with_sizes([3, 1], 1)[::-1], 1)),
    "split by a size": after(lambda m, h: torch.cat(h.split(h.shape[1] // 2, 1)[::-1], 1)),
    "the largest along an axis": after(lambda m, h: h.max(2)[0] + h.max(dim=3).values + torch.max(h, 2)[0]),
    "the smallest along an axis": after(lambda m, h: torch.min(h, dim=3)[0]),
    "the top two": after(lambda m, h: h.flatten(2).topk(2, dim=2)[0]),
    "sorted": after(lambda m, h: torch.sort(h, 1).values),
    "max pooling with indices": after(lambda m, h: F.max_pool2d(h, 2, return_indices=True)[0]),
    "parts added to parts": after(lambda m, h: torch.cat(h.chunk(2, 1)[1:] + h.split([3, 1], 1), 1)),
    "masks": after(
        lambda m, h: h.masked_fill(torch.tensor([True, False]).repeat(3), 0) + torch.where(m.c > 0, h, m.c) + h.tril(),
        c=torch.ones(6),
    ),
    "joined with constants": after(
        lambda m, h: torch.cat((h.relu(), m.c.expand(h.shape[0], 1, 6, 6), m.c.repeat(h.shape[0], 1, 1, 1)), 1),
        c=nn.Parameter(torch.ones(1, 1, 6, 6)),
    ),
    "named arguments": after(
        lambda m, h: torch.relu(input=h) + torch.clone(input=h) + torch.amax(input=h, dim=1, keepdim=True) + h.cumsum(dim=1)
    ),
    # Activations
    "prelu": after(lambda m, h: F.prelu(h, m.w) + torch.prelu(h, m.w[:1]) + h.prelu(weight=m.w), w=nn.Parameter(torch.ones(4))),
    "rrelu": after(lambda m, h: F.rrelu(h, training=m.training) + m.r(h), r=nn.RReLU(0.1, 0.5)),
    "of two": after(lambda m, h: torch.maximum(h, m.b(h)) + torch.max(h, -h) + h.minimum(m.b(h)), b=conv(size=1)),
    # Pooling
    "amax": after(lambda m, h: h.amax((2, 3)) + torch.amax(h, dim=[-1, -2]) + h.amax(2, keepdim=True).amin(3, True)[:, :, 0, 0]),
    "pooled by size": after(lambda m, h: F.max_pool2d(h, h.shape[2:]) + F.max_pool2d(h, kernel_size=(h.size(2), h.size(3)))),
    "another divisor": after(
        lambda m, h: F.avg_pool2d(h, 3, 2, 1, True, False, 5) + m.p(h), p=nn.AvgPool2d(3, 2, 1, True, divisor_override=7)
    ),
    "sum over the area": after(lambda m, h: h.sum((2, 3)) / (h.shape[2] * h.shape[3])),
    "adaptive with None": after(lambda m, h: F.adaptive_avg_pool2d(h, (None, 2)) + F.adaptive_max_pool2d(h, (None, 2))),
    # Shapes
    "flipped": after(lambda m, h: h.flip(2) + h.flip((1, 3)) + torch.flip(h, dims=[1]) + h.fliplr() + h.flipud().flipud()),
    "rolled": after(
        lambda m, h: h.roll(2, 1) + torch.roll(h, (1, 2), dims=(2, 3)) + h.rot90(1, (2, 3)) + torch.rot90(h, 2, [2, 3])
    ),
    "axes": after(
        lambda m, h: h.swapaxes(1, 2).movedim(2, 3) + torch.moveaxis(h, 1, -1).swapdims(1, 2) + h.mT.permute(0, 2, 3, 1)
    ),
    "taken": after(
        lambda m, h: h.narrow(1, 1, 2) + h.index_select(1, POINTS)[:, :2] + h[:, POINTS][:, 1:] + h.select(1, 2)[:, None]
    ),
    "repeated": after(
        lambda m, h: h.repeat(1, 2, 1, 1) + h.tile((1, 2, 1, 1)) + h.repeat_interleave(2, 1) + torch.tile(h, (2, 1, 1))
    ),
    "expanded": after(
        lambda m, h: h[:, :1].expand(-1, 4, -1, -1) + h.mean(1, True).expand_as(h) + torch.broadcast_to(h[:, :1], h.shape)
    ),
    "joined": after(lambda m, h: torch.hstack((h, h.relu())) + torch.concatenate((h, h), dim=1) + torch.concat([h, -h], 1)),
    "reshaped": after(
        lambda m, h: h.view_as(h.flatten(2)) + h.reshape_as(torch.flatten(h, start_dim=2)) + h.reshape(*h.shape[:2], -1)
    ),
    "squeezed": after(
        lambda m, h: h.mean((2, 3), keepdim=True).squeeze((2, 3)) + h.amax((2, 3), True).squeeze(-1).squeeze(dim=-1)
    ),
    "shuffled": after(lambda m, h: F.pixel_unshuffle(F.pixel_shuffle(h, 2), 2) + F.channel_shuffle(h, 2)),
    "windows": after(lambda m, h: h.unfold(2, 3, 2).sum(-1) + F.fold(F.unfold(h, 3), (6, 6), 3)[:, :, :2]),
    "padded": after(
        lambda m, h: F.pad(h, (1, -1, 0, 2)) + m.p(h) + m.c(h),
        p=nn.ConstantPad2d((0, 0, 1, 1), 0.0),
        c=nn.CircularPad2d((0, 0, 2, 0)),
    ),
    "padded to a size": Net(lambda m, x: F.pad(m.a(x), (0, x.shape[3] - m.a(x).shape[3], 1, x.size(2) - 7)) + x, a=conv()),
    "cropped to a size": Net(lambda m, x: x[..., : m.a(x).shape[2], 1 : m.a(x).size(-1) + 1] + m.a(x), a=conv()),
    "narrowed to a size": Net(lambda m, x: x.narrow(2, 0, m.a(x).shape[2]).narrow(3, 1, m.a(x).shape[3]) - m.a(x), a=conv()),
    "resized to another": after(lambda m, h: F.interpolate(F.max_pool2d(h, 2), size=h.shape[2:]) + h),
    "resized by averages": after(
        lambda m, h: F.interpolate(F.avg_pool2d(h, 2), h.size()[-2:], mode="bilinear") + m.u(h), u=nn.UpsamplingBilinear2d(6)
    ),
    "upsampling nearest": nn.Sequential(conv(), nn.UpsamplingNearest2d(scale_factor=2)),
    "sizes": after(
        lambda m, h: (
            (lambda n, c, y, z: h.view(n, c * y, z) * c - h.flatten(1, 2) / len((n, c)))(*h.shape[:4]) * h.ndim / h.numel()
        )
    ),
    # Arithmetic
    "weighted sums": after(lambda m, h: torch.add(h, m.b(h), alpha=2).sub(h.relu(), alpha=0.5).add_(h, alpha=-1), b=conv(size=1)),
    "reversed difference": after(lambda m, h: torch.rsub(h, 1, alpha=2) + torch.rsub(h, h.relu())),
    "between": after(lambda m, h: torch.lerp(h, m.b(h), 0.25) + h.lerp(end=h.relu(), weight=2), b=conv(size=1)),
    "sum with a product": after(lambda m, h: torch.addcmul(h, h.relu(), m.c, value=0.5), c=torch.ones(4, 1, 1)),
    "gains": after(
        lambda m, h: h * m.g.view(1, -1, 1, 1) + m.g[:, None, None] * h - torch.mul(h, 2) + 1.0 * h.multiply(3),
        g=nn.Parameter(torch.ones(4)),
    ),
    "signs": after(lambda m, h: -h + torch.negative(h) * 3 + +h + h.positive() + h.neg().div(2) + h**1 + torch.pow(h, 1)),
    "zeros of its shape": after(lambda m, h: torch.cat((h, torch.zeros_like(h)), 1) + h.new_ones(1)),
    "products with a matrix": after(
        lambda m, h: h @ m.w + torch.matmul(h, m.w) + F.linear(h, m.w.t(), m.v) + (m.w.t() @ h).mT @ m.u,
        w=nn.Parameter(torch.ones(6, 5)),
        v=torch.ones(5),
        u=torch.ones(5, 5),
    ),
    "einsum, one axis summed": after(lambda m, h: torch.einsum("nchw,kc->nkhw", h, m.w), w=torch.ones(3, 4)),
    "einsum, two axes summed": after(lambda m, h: torch.einsum("khw, nchw -> nck", m.w, h), w=torch.ones(2, 6, 6)),
    "einsum, two new axes": after(lambda m, h: torch.einsum("nchw,cab->nahwb", [h, m.w]), w=torch.ones(4, 2, 3)),
    "einsum, none new": after(lambda m, h: torch.einsum("nchw,hc->nw", h, m.w), w=torch.ones(6, 4)),
    "einsum, a gain": after(lambda m, h: torch.einsum("nchw,hc->nhwc", h, m.w), w=torch.ones(6, 4)),
    "addmm": after(
        lambda m, h: torch.addmm(m.v, h.flatten(1), m.w, beta=2, alpha=0.5) + h.flatten(1).mm(m.w),
        w=torch.ones(144, 5),
        v=torch.ones(5),
    ),
    "transposed as a call": after(
        lambda m, h: F.conv_transpose2d(h, m.w, m.v, 2, output_padding=1, groups=2), w=torch.ones(4, 3, 2, 2), v=torch.ones(6)
    ),
    "batch norm as a call": after(
        lambda m, h: (
            F.batch_norm(h.relu(), m.b, m.running_var, m.w, m.b)
            + torch.batch_norm(h, None, m.b, m.b, m.running_var, False, 0.1, 1e-3, False)
        ),
        running_var=torch.ones(4),
        w=torch.ones(4),
        b=torch.ones(4),
    ),
    # What does nothing
    "no dropout": after(
        lambda m, h: torch.dropout(h, 0.5, False) + F.feature_alpha_dropout(h, 0.5, m.training) + m.s(h) + m.d(h),
        s=torchvision.ops.StochasticDepth(0.5, "row"),
        d=torchvision.ops.DropBlock2d(0.3, 3),
    ),
}
# What bends is passed unchanged, a detached value hands relevance on, and autograd refuses what is written over.
OTHERS: dict[str, nn.Module] = {
    "written over, then read": after(
        lambda m, h: (h.add_(1), h.mul_(0.5), F.leaky_relu_(h, 0.3), h.sub_(0.1, alpha=2), h.clamp_(min=0), m.b(h) + h)[-1],
        b=conv(size=1),
    ),
    "written over by a function": after(
        lambda m, h: (torch.relu_(h), F.threshold_(h, 0, 0), F.dropout(h, 0.5, m.training, True), m.b(h) - h)[-1], b=conv(size=1)
    ),
    "nothing": after(
        lambda m, h: h.detach().to(h.dtype).to(h.device).type_as(h).double().contiguous().cpu().data + h.to(torch.float64)
    ),
    "elu": after(
        lambda m, h: F.elu(h, 0.5) + F.elu(h * 1, inplace=True) + F.celu(h, alpha=2.0) + torch.celu(h) + F.selu(h, inplace=False)
    ),
    "elu in place": after(lambda m, h: F.elu_(F.celu_(F.selu_(F.leaky_relu_(h, 0.3))))),
    "tanh": after(lambda m, h: torch.tanh(h) + h.tanh() + F.softsign(h) + F.tanhshrink(h) + F.softshrink(h, 0.2)),
    "hardtanh": after(lambda m, h: F.hardtanh(h, -1, 2) + F.hardtanh_(h * 2, min_val=-0.5) + m.t(h), t=nn.Hardtanh(0, 1)),
    "clamped": after(
        lambda m, h: h.clamp(-1) + h.clip(max=0.5) + torch.clamp(h, -1, 1) + h.clamp_max(1) + h.clone().clamp_min_(-2)
    ),
    "clamped by tensors": after(
        lambda m, h: torch.clamp(h, -m.c.exp(), m.c.abs()) + torch.maximum(-m.c.exp(), h), c=nn.Parameter(torch.ones(4, 1, 1))
    ),
    "threshold": after(lambda m, h: F.threshold(h, 0.5, 0) + m.t(h), t=nn.Threshold(-1, -1)),
    "shrinking": after(
        lambda m, h: F.hardshrink(h) + m.s(h) + m.t(h) + m.u(h), s=nn.Hardshrink(0.2), t=nn.Tanhshrink(), u=nn.Softshrink()
    ),
}
CASES = LINEAR_IN_PIECES | OTHERS
MOVED = "stack of all parts"


@pytest.mark.parametrize("case", CASES)
def test_the_logits_are_the_models(case):
    model, x = prepared(CASES[case]), signal(*PICTURE)
    with torch.no_grad():
        torch.testing.assert_close(lrp.canonize(model)(x), model(x.clone()), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", LINEAR_IN_PIECES)
def test_lrp_0_is_input_times_gradient(case):
    model, x = prepared(CASES[case]), signal(*PICTURE)
    torch.testing.assert_close(relevance(model, x, lrp.UniformEpsilon(0.0)), input_times_gradient(model, x), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_what_is_said_to_be_never_negative_never_is(case):
    model, x = prepared(nn.Sequential(conv(size=1), nn.ReLU(), CASES[case])), signal(*PICTURE)
    network = lrp.canonize(model)
    values = lrp.trace(network, x).values
    assert all((values[node.name] >= 0).all() for node in network.nodes if node.nonnegative)


@pytest.mark.parametrize("method", [lrp.EpsilonPlus(), lrp.UniformEpsilon(0.1), lrp.DeepLIFT("grey")], ids=lambda m: m.name)
@pytest.mark.parametrize("case", [case for case in CASES if case != MOVED])  # there the first axis is not that of the pictures
def test_several_classes_of_one_picture_are_explained_as_if_one_by_one(case, method):
    model, x = prepared(nn.Sequential(CASES[case], nn.Flatten())), signal(*PICTURE, rows=1)
    network = lrp.canonize(model)
    together = lrp.explain(network, x, torch.tensor([2, 0, 3]), method).relevance
    alone = [lrp.explain(network, x, target, method).relevance for target in (2, 0, 3)]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-9, atol=1e-12)
