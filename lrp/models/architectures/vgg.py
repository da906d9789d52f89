"""VGG of any width, built from torchvision's parts."""

from torch import nn

from lrp._torchvision import torchvision
from lrp.models.architectures import VGG_LAYERS

vgg = torchvision.models.vgg


class SlimVGG(vgg.VGG):  # type: ignore[name-defined, misc]  # torchvision has no type hints
    """Torchvision's VGG with other widths; the same forward, layers and names in the state dict."""

    def __init__(self, layers: tuple[int, ...], widths: tuple[int, ...], hidden: int, num_classes: int) -> None:
        nn.Module.__init__(self)
        stages = zip(widths, layers, strict=True)
        self.features = vgg.make_layers([entry for width, count in stages for entry in (*[width] * count, "M")])
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(widths[-1] * 49, hidden), nn.ReLU(True), nn.Dropout(),
            nn.Linear(hidden, hidden), nn.ReLU(True), nn.Dropout(),
            nn.Linear(hidden, num_classes),
        )  # fmt: skip


def build_vgg(
    depth: int = 16, widths: tuple[int, ...] = (64, 128, 256, 512, 512), hidden: int = 4096, num_classes: int = 1000
) -> nn.Module:
    """Returns an untrained VGG of `depth` (16) without BatchNorm, with one width per stage and one for its hidden layers.

    With the default widths it is torchvision's own. Raises ValueError for another depth or number of widths.
    """
    if depth not in VGG_LAYERS:
        raise ValueError(f"depth must be {', '.join(map(str, VGG_LAYERS))}, got {depth}")
    if len(widths) != 5 or min(*widths, hidden) < 1:
        raise ValueError(f"widths must be five positive numbers, one per stage, got {widths} and {hidden} hidden units")
    return SlimVGG(VGG_LAYERS[depth], tuple(widths), hidden, num_classes)
