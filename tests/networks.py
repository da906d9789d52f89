"""Networks for the tests: the textbook ones, and ResNets with random weights and random BatchNorm statistics."""

import torch
from torch import Tensor, nn

from lrp._torchvision import torchvision
from lrp.models.architectures import RESNET_LAYERS
from lrp.models.architectures.resnet import build_resnet

DEPTHS = (18, 34, 50, 101, 152)
SLIM = (8, 16, 24, 32)
FULL = (64, 128, 256, 512)


def random_resnet(
    depth: int = 18, widths: tuple[int, ...] = SLIM, classes: int = 7, dtype: torch.dtype = torch.float64
) -> nn.Module:
    """A ResNet in eval mode whose BatchNorm layers do something, so that forgetting to fold one is seen."""
    torch.manual_seed(depth)
    model = build_resnet(depth, widths, classes)
    disturb(model)
    return model.eval().to(dtype)


class TorchvisionResNet(torchvision.models.ResNet):
    """torchvision's own class with other widths: peers know a ResNet by its classes."""

    def __init__(self, depth: int, widths: tuple[int, ...], classes: int) -> None:
        nn.Module.__init__(self)
        resnet = torchvision.models.resnet
        block = resnet.Bottleneck if depth >= 50 else resnet.BasicBlock
        self._norm_layer = nn.BatchNorm2d
        self.inplanes, self.dilation, self.groups, self.base_width = widths[0], 1, 1, 64
        self.conv1, self.bn1 = nn.Conv2d(3, widths[0], 7, 2, 3, bias=False), nn.BatchNorm2d(widths[0])
        self.relu, self.maxpool, self.avgpool = nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1), nn.AdaptiveAvgPool2d((1, 1))
        for stage, (width, count) in enumerate(zip(widths, RESNET_LAYERS[depth], strict=True), start=1):
            setattr(self, f"layer{stage}", self._make_layer(block, width, count, 1 if stage == 1 else 2))
        self.fc = nn.Linear(widths[-1] * block.expansion, classes)


def torchvision_resnet(depth: int = 18) -> nn.Module:
    """`random_resnet(depth)` as torchvision's classes, with the same weights."""
    model = TorchvisionResNet(depth, SLIM, 7).double().eval()
    model.load_state_dict(random_resnet(depth).state_dict())
    return model


def disturb(model: nn.Module) -> None:
    """Gives every BatchNorm statistics and parameters that change something."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0, 0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.0)
            nn.init.normal_(module.bias, 0, 0.1)


def without_biases(model: nn.Module) -> nn.Module:
    """The same model with every bias, and what BatchNorm adds, set to 0."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.zeros_(module.bias)
            nn.init.zeros_(module.running_mean)
        elif getattr(module, "bias", None) is not None:
            nn.init.zeros_(module.bias)
    return model


def pictures(count: int = 2, size: int = 64, dtype: torch.dtype = torch.float64) -> Tensor:
    """(count, 3, size, size) of smooth noise, about as large as normalized photos."""
    generator = torch.Generator().manual_seed(5)
    coarse = torch.randn(count, 3, size // 8, size // 8, generator=generator, dtype=dtype)
    return nn.functional.interpolate(coarse, size=(size, size), mode="bicubic")


LOW = torch.tensor([-2.1, -2.0, -1.8], dtype=torch.float64).view(1, 3, 1, 1)
HIGH = torch.tensor([2.2, 2.4, 2.6], dtype=torch.float64).view(1, 3, 1, 1)


class Skip(nn.Module):
    """x -> W x + x with W = 5 everywhere: Captum's own fixture of a residual connection."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(2, 2, bias=False)
        nn.init.constant_(self.linear.weight, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x) + x


def small_vgg(classes: int = 7, dtype: torch.dtype = torch.float64) -> nn.Module:
    """VGG-16 with BatchNorm for pictures of 32 pixels, an eighth as wide or less, in eval mode, its BatchNorm doing something."""
    torch.manual_seed(16)
    layers: list[nn.Module] = []
    channels = 3
    for width in (8, 8, 0, 12, 12, 0, 16, 16, 16, 0, 24, 24, 24, 0, 24, 24, 24, 0):  # 0: pooling
        layers += [nn.MaxPool2d(2)] if not width else [nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        channels = width or channels
    layers += [nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4 * channels, 32), nn.ReLU(), nn.Dropout()]
    model = nn.Sequential(*layers, nn.Linear(32, 32), nn.ReLU(), nn.Dropout(), nn.Linear(32, classes))
    disturb(model)
    return model.eval().to(dtype)
