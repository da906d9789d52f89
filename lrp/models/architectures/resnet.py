"""ResNets of any width  [He et al. 2016], built as torchvision and timm build them: the same forward and names.

They are written out here because importing torchvision takes longer than importing torch, and the bundled networks need nothing
else of it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lrp.models.architectures import RESNET_LAYERS
from lrp.models.architectures.head import HeadLayer, build_head


@dataclass(frozen=True)
class ResNetShape:
    """What a ResNet is built of.

    layers: blocks of each stage. widths: channels that each stage hands on. inner: channels of the 3x3 convolutions within the
    blocks of each stage. bottleneck: whether a block is a 3x3 convolution between two of 1x1. groups: of the 3x3 convolution
    [ResNeXt, Xie et al. 2017]. stem: channels of its convolutions, one or three of 3x3 [ResNet-C, He et al. 2019]. kernel: of a
    single stem convolution, 7, or 3 without strides and pooling, for pictures of 32 pixels. pooled: whether shortcuts average
    before their convolution, which then has no stride [ResNet-D]. head: its layers after the mean over all places.
    """

    layers: tuple[int, ...]
    widths: tuple[int, ...]
    inner: tuple[int, ...]
    bottleneck: bool
    head: tuple[HeadLayer, ...]
    groups: int = 1
    channels: int = 3
    stem: tuple[int, ...] = (64,)
    kernel: int = 7
    pooled: bool = False


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut, in ResNet-18 and 34. inner: channels between its convolutions."""

    def __init__(
        self, inplanes: int, inner: int, outplanes: int, stride: int = 1, downsample: nn.Sequential | None = None
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, inner, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(inner, outplanes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outplanes)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        """(N, inplanes, H, W) -> (N, outplanes, H / stride, W / stride)."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x if self.downsample is None else self.downsample(x)
        rectified: Tensor = self.relu(out)
        return rectified


class Bottleneck(nn.Module):
    """A 3x3 convolution between two of 1x1 and a shortcut, in ResNet-50 and deeper; the 3x3 convolution has the stride."""

    def __init__(
        self, inplanes: int, inner: int, outplanes: int, stride: int = 1, downsample: nn.Sequential | None = None, groups: int = 1
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride, 1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, outplanes, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outplanes)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        """(N, inplanes, H, W) -> (N, outplanes, H / stride, W / stride)."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out += x if self.downsample is None else self.downsample(x)
        rectified: Tensor = self.relu(out)
        return rectified


BLOCKS = (BasicBlock, Bottleneck)


class ResNet(nn.Module):
    """A stem, stages of blocks, and a head on the mean over all places."""

    def __init__(self, shape: ResNetShape) -> None:
        super().__init__()
        inplanes = shape.stem[-1]
        self.conv1 = _stem(shape)
        self.bn1 = nn.BatchNorm2d(inplanes)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1) if _reduces(shape) else nn.Identity()
        self.stages = tuple(f"layer{stage}" for stage in range(1, len(shape.layers) + 1))
        for stage, name in enumerate(self.stages):
            self.add_module(name, _stage(shape, stage, inplanes))
            inplanes = shape.widths[stage]
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = build_head(shape.head)
        for module in self.modules():
            # Without memory there is nothing to draw, and torch would load its compiler for it.
            if isinstance(module, nn.Conv2d) and not module.weight.is_meta:
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) -> logits (N, K)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for stage in self.stages:
            x = self.get_submodule(stage)(x)
        logits: Tensor = self.fc(torch.flatten(self.avgpool(x), 1))
        return logits


def _reduces(shape: ResNetShape) -> bool:
    """Whether the stem makes pictures smaller: all but a single 3x3 convolution do."""
    return len(shape.stem) > 1 or shape.kernel != 3


def _stem(shape: ResNetShape) -> nn.Module:
    """The convolutions before the first BatchNorm of the network itself."""
    stride = 2 if _reduces(shape) else 1
    if len(shape.stem) == 1:
        return nn.Conv2d(shape.channels, shape.stem[0], shape.kernel, stride, shape.kernel // 2, bias=False)
    first, second, third = shape.stem
    return nn.Sequential(
        nn.Conv2d(shape.channels, first, 3, 2, 1, bias=False), nn.BatchNorm2d(first), nn.ReLU(inplace=True),
        nn.Conv2d(first, second, 3, 1, 1, bias=False), nn.BatchNorm2d(second), nn.ReLU(inplace=True),
        nn.Conv2d(second, third, 3, 1, 1, bias=False),
    )  # fmt: skip


def _stage(shape: ResNetShape, stage: int, inplanes: int) -> nn.Sequential:
    """The blocks of a stage, the first with the stride, and with a convolution as its shortcut where shapes change."""
    stride = 1 if stage == 0 else 2
    inner = shape.inner[stage]
    outplanes = shape.widths[stage]
    shortcut = _shortcut(inplanes, outplanes, stride, shape.pooled) if stride != 1 or inplanes != outplanes else None

    def block(inplanes: int, stride: int = 1, downsample: nn.Sequential | None = None) -> nn.Module:
        if shape.bottleneck:
            return Bottleneck(inplanes, inner, outplanes, stride, downsample, shape.groups)
        return BasicBlock(inplanes, inner, outplanes, stride, downsample)

    return nn.Sequential(block(inplanes, stride, shortcut), *(block(outplanes) for _ in range(1, shape.layers[stage])))


def _shortcut(inplanes: int, outplanes: int, stride: int, pooled: bool) -> nn.Sequential:
    if not pooled:
        return nn.Sequential(nn.Conv2d(inplanes, outplanes, 1, stride, bias=False), nn.BatchNorm2d(outplanes))
    pool = nn.AvgPool2d(2, stride, ceil_mode=True, count_include_pad=False) if stride != 1 else nn.Identity()
    return nn.Sequential(pool, nn.Conv2d(inplanes, outplanes, 1, bias=False), nn.BatchNorm2d(outplanes))


def build_resnet(
    depth: int, widths: tuple[int, ...] = (64, 128, 256, 512), num_classes: int = 1000
) -> nn.Module:
    """Returns an untrained ResNet of `depth` (18, 34, 50, 101 or 152) with one width per stage; the stem has the first.

    With the default widths it is torchvision's. Raises ValueError for another depth or number of widths.
    """
    if depth not in RESNET_LAYERS:
        raise ValueError(f"depth must be one of {', '.join(map(str, RESNET_LAYERS))}, got {depth}")
    if len(widths) != 4 or min(widths) < 1:
        raise ValueError(f"widths must be four positive numbers, one per stage, got {widths}")
    deep = depth >= 50
    outer = tuple(width * (4 if deep else 1) for width in widths)
    head = (HeadLayer("linear", "", outer[-1], num_classes),)
    return ResNet(ResNetShape(RESNET_LAYERS[depth], outer, tuple(widths), deep, head, stem=(widths[0],)))
