"""VGG of any width  [Simonyan and Zisserman 2015], built from torchvision's parts."""

from torch import nn

from lrp._torchvision import torchvision
from lrp.models.architectures import VGG_LAYERS
from lrp.models.architectures.head import HeadLayer, build_head
from lrp.models.architectures.vgg_shapes import VGGShape


class VGG(torchvision.models.VGG):  # type: ignore[name-defined, misc]  # torchvision has no type hints
    """Torchvision's VGG with other stages and another head; the same forward, layers and names in the state dict."""

    def __init__(self, shape: VGGShape) -> None:
        nn.Module.__init__(self)
        layers: list[nn.Module] = []
        before = shape.channels
        for stage in shape.stages:
            for width in stage:
                layers.append(nn.Conv2d(before, width, 3, padding=1))
                layers += [nn.BatchNorm2d(width), nn.ReLU(True)] if shape.norm else [nn.ReLU(True)]
                before = width
            layers.append(nn.MaxPool2d(2, 2))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d((shape.side, shape.side))
        self.classifier = build_head(shape.head)


def build_vgg(
    depth: int = 16, widths: tuple[int, ...] = (64, 128, 256, 512, 512), hidden: int = 4096, num_classes: int = 1000
) -> nn.Module:
    """Returns an untrained VGG of `depth` (16) without BatchNorm, with one width per stage and one for its hidden layers.

    With the default widths it is torchvision's. Raises ValueError for another depth or number of widths.
    """
    if depth not in VGG_LAYERS:
        raise ValueError(f"depth must be {', '.join(map(str, VGG_LAYERS))}, got {depth}")
    if len(widths) != 5 or min(*widths, hidden) < 1:
        raise ValueError(f"widths must be five positive numbers, one per stage, got {widths} and {hidden} hidden units")
    stages = tuple((width,) * count for width, count in zip(widths, VGG_LAYERS[depth], strict=True))
    head = (
        HeadLayer("linear", "0", widths[-1] * 49, hidden), HeadLayer("relu", "1"), HeadLayer("nothing", "2"),
        HeadLayer("linear", "3", hidden, hidden), HeadLayer("relu", "4"), HeadLayer("nothing", "5"),
        HeadLayer("linear", "6", hidden, num_classes),
    )  # fmt: skip
    return VGG(VGGShape(stages, head))
