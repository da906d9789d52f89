"""Small networks of each kind of layer, and what the tests of layers ask of them."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import lrp
from lrp.rules.first_layer import WSquare, ZBox
from lrp.rules.weighted import AlphaBeta, Epsilon, Gamma, ZPlus


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

RULES = [
    Epsilon(0.3), Epsilon(0.3, relative=True), Epsilon(0.0, bias=False), ZPlus(), AlphaBeta(2, 1), Gamma(0.5), ZBox(), WSquare()
]  # fmt: skip


def model_of_every_layer() -> nn.Module:
    """A network with one of each kind of layer that keeps something of its own."""
    return prepared(
        Net(
            lambda m, x: m.out(torch.flatten(m.pool(m.lrn(F.relu6(m.norm(m.halves(m.act(m.a(m.pad(x - 0.1)))))))), 1)),
            halves=Net(lambda m, x: (lambda c: torch.cat((c[1] * m.w, c[0]), 1))(x.chunk(2, 1)), w=torch.ones(1)),
            pad=nn.ReflectionPad2d(1), a=conv(3, 4, 4, padding="same"), act=nn.PReLU(), norm=nn.BatchNorm2d(4),
            lrn=nn.LocalResponseNorm(3), pool=nn.AdaptiveAvgPool2d(2), out=nn.Linear(16, 3),
        )
    )  # fmt: skip
