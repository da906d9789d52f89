"""ResNets of any width  [He et al. 2016], built as torchvision builds them: the same forward, and names in the state dict.

They are written out here because importing torchvision takes longer than importing torch, and the bundled networks need nothing
else of it.
"""

import torch
from torch import Tensor, nn

from lrp.models.architectures import RESNET_LAYERS


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut, in ResNet-18 and 34. planes: channels of its convolutions."""

    expansion = 1

    def __init__(self, inplanes: int, planes: int, stride: int = 1, downsample: nn.Sequential | None = None) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        """(N, inplanes, H, W) -> (N, planes, H / stride, W / stride)."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x if self.downsample is None else self.downsample(x)
        rectified: Tensor = self.relu(out)
        return rectified


class Bottleneck(nn.Module):
    """A 3x3 convolution between two of 1x1 and a shortcut, in ResNet-50 and deeper; the 3x3 convolution has the stride."""

    expansion = 4

    def __init__(self, inplanes: int, planes: int, stride: int = 1, downsample: nn.Sequential | None = None) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, 4 * planes, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * planes)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        """(N, inplanes, H, W) -> (N, 4 * planes, H / stride, W / stride)."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out += x if self.downsample is None else self.downsample(x)
        rectified: Tensor = self.relu(out)
        return rectified


BLOCKS = (BasicBlock, Bottleneck)


class ResNet(nn.Module):
    """A stem, four stages of blocks, and a linear layer on the mean over all places. widths: planes of the stages."""

    def __init__(
        self, block: type[BasicBlock | Bottleneck], layers: tuple[int, ...], widths: tuple[int, ...], num_classes: int
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, widths[0], 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inplanes = widths[0]
        for stage, (width, count) in enumerate(zip(widths, layers, strict=True), start=1):
            self.add_module(f"layer{stage}", _stage(block, inplanes, width, count, 1 if stage == 1 else 2))
            inplanes = width * block.expansion
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(inplanes, num_classes)
        for module in self.modules():
            # Without memory there is nothing to draw, and torch would load its compiler for it.
            if isinstance(module, nn.Conv2d) and not module.weight.is_meta:
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) -> logits (N, num_classes)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for stage in (1, 2, 3, 4):
            x = self.get_submodule(f"layer{stage}")(x)
        logits: Tensor = self.fc(torch.flatten(self.avgpool(x), 1))
        return logits


def _stage(block: type[BasicBlock | Bottleneck], inplanes: int, planes: int, count: int, stride: int) -> nn.Sequential:
    """`count` blocks, the first with the stride, and with a convolution as its shortcut where shapes change."""
    outplanes, shortcut = planes * block.expansion, None
    if stride != 1 or inplanes != outplanes:
        shortcut = nn.Sequential(nn.Conv2d(inplanes, outplanes, 1, stride, bias=False), nn.BatchNorm2d(outplanes))
    first = block(inplanes, planes, stride, shortcut)
    return nn.Sequential(first, *(block(outplanes, planes) for _ in range(1, count)))


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
    return ResNet(BLOCKS[depth >= 50], RESNET_LAYERS[depth], tuple(widths), num_classes)
