"""ResNets of any width, built from torchvision's blocks."""

from torch import nn

from lrp._torchvision import torchvision
from lrp.models.architectures import RESNET_LAYERS

resnet = torchvision.models.resnet
BLOCKS = (resnet.BasicBlock, resnet.Bottleneck)
EXPANSION = {resnet.BasicBlock: 1, resnet.Bottleneck: 4}  # output channels of a block per unit of width


class SlimResNet(resnet.ResNet):  # type: ignore[name-defined, misc]  # torchvision has no type hints
    """Torchvision's ResNet with other stage widths; the same forward, blocks and names in the state dict."""

    def __init__(self, block: type[nn.Module], layers: tuple[int, ...], widths: tuple[int, ...], num_classes: int) -> None:
        nn.Module.__init__(self)
        self._norm_layer = nn.BatchNorm2d
        self.inplanes, self.dilation, self.groups, self.base_width = widths[0], 1, 1, 64
        self.conv1 = nn.Conv2d(3, widths[0], 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        for stage, (width, count) in enumerate(zip(widths, layers, strict=True), start=1):
            setattr(self, f"layer{stage}", self._make_layer(block, width, count, 1 if stage == 1 else 2))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(widths[-1] * EXPANSION[block], num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


def build_resnet(
    depth: int, widths: tuple[int, ...] = (64, 128, 256, 512), num_classes: int = 1000
) -> nn.Module:
    """Returns an untrained ResNet of `depth` (18, 34, 50, 101 or 152) with one width per stage; the stem has the first.

    With the default widths it is torchvision's own. Raises ValueError for another depth or number of widths.
    """
    if depth not in RESNET_LAYERS:
        raise ValueError(f"depth must be one of {', '.join(map(str, RESNET_LAYERS))}, got {depth}")
    if len(widths) != 4 or min(widths) < 1:
        raise ValueError(f"widths must be four positive numbers, one per stage, got {widths}")
    block = BLOCKS[depth >= 50]
    return SlimResNet(block, RESNET_LAYERS[depth], tuple(widths), num_classes)
