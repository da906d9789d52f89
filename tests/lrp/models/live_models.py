"""Live networks as people train them, small and with random weights, of torchvision's classes or as other authors write them."""

from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import Tensor, nn

from lrp._torchvision import torchvision
from tests.networks import disturb

resnet, vgg = torchvision.models.resnet, torchvision.models.vgg


def ready(model: nn.Module) -> nn.Module:
    """In eval mode, with a BatchNorm that does something."""
    disturb(model)
    return model.eval()


def torchvision_resnet(
    block: str = "BasicBlock", layers: tuple[int, ...] = (1, 1, 1, 1), classes: int = 3, **options: int
) -> nn.Module:
    return resnet.ResNet(getattr(resnet, block), list(layers), num_classes=classes, **options)


def with_channels(channels: int) -> nn.Module:
    model = torchvision_resnet()
    model.conv1 = nn.Conv2d(channels, 64, 7, 2, 3, bias=False)
    return model


def cifar_resnet() -> nn.Module:
    model = torchvision_resnet(layers=(2, 2, 2, 2))
    model.conv1, model.maxpool = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.Identity()
    return model


def with_head(head: nn.Module) -> nn.Module:
    model = torchvision_resnet()
    model.fc = head
    return model


def mlp(*layers: nn.Module) -> nn.Module:
    return with_head(nn.Sequential(*layers))


def resnet_d(bottleneck: bool, pooled: bool = True) -> nn.Module:
    """timm's ResNet-D (or C): three convolutions in the stem, and shortcuts that average first."""
    model = torchvision_resnet("Bottleneck" if bottleneck else "BasicBlock")
    model.conv1 = nn.Sequential(
        nn.Conv2d(3, 24, 3, 2, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU(inplace=True),
        nn.Conv2d(24, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(inplace=True),
        nn.Conv2d(32, 64, 3, 1, 1, bias=False),
    )  # fmt: skip
    for stage in (1, 2, 3, 4) if pooled else ():
        block = getattr(model, f"layer{stage}")[0]
        if block.downsample is not None:
            convolution, norm = block.downsample
            stride = convolution.stride[0]
            pool = nn.AvgPool2d(2, stride, ceil_mode=True, count_include_pad=False) if stride > 1 else nn.Identity()
            plain = nn.Conv2d(convolution.in_channels, convolution.out_channels, 1, bias=False)
            block.downsample = nn.Sequential(pool, plain, norm)
    return model


class KuangliuBlock(nn.Module):
    """The block of the best-known repository of networks for CIFAR-10, whose shortcut is called otherwise."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(before, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        self.shortcut = nn.Sequential()
        if stride != 1 or before != width:
            self.shortcut = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(out + self.shortcut(x))


class Kuangliu(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        self.layer1, self.layer2 = nn.Sequential(KuangliuBlock(16, 16, 1)), nn.Sequential(KuangliuBlock(16, 32, 2))
        self.layer3, self.layer4 = nn.Sequential(KuangliuBlock(32, 48, 2)), nn.Sequential(KuangliuBlock(48, 64, 2))
        self.linear = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        out = torch.relu(self.bn1(self.conv1(x)))
        out = self.layer4(self.layer3(self.layer2(self.layer1(out))))
        return self.linear(nn.functional.avg_pool2d(out, 4).flatten(1))


class LightningModule(nn.Module):
    """A body without its head, and a head of its own, as tutorials of Lightning have them."""

    def __init__(self, sequential: bool) -> None:
        super().__init__()
        body = torchvision_resnet()
        body.fc = nn.Identity()
        self.feature_extractor = nn.Sequential(*list(body.children())[:-1]) if sequential else body
        self.classifier = nn.Linear(512, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.feature_extractor(x).flatten(1))


def small_vgg(norm: bool, side: int = 7, counts: tuple[int, ...] = (1, 1, 2, 2, 2), classes: int = 3) -> nn.Module:
    """torchvision's VGG with narrow layers."""
    widths = (8, 8, 12, 16, 16)
    model = vgg.VGG.__new__(vgg.VGG)
    nn.Module.__init__(model)
    config = [entry for width, count in zip(widths, counts, strict=True) for entry in (*[width] * count, "M")]
    model.features, model.avgpool = vgg.make_layers(config, batch_norm=norm), nn.AdaptiveAvgPool2d((side, side))
    model.classifier = nn.Sequential(
        nn.Linear(16 * side**2, 20), nn.ReLU(), nn.Dropout(), nn.Linear(20, 20), nn.ReLU(), nn.Dropout(), nn.Linear(20, classes)
    )
    return model


def kuangliu_vgg() -> nn.Module:
    model = small_vgg(True, 1, (2, 2, 3, 3, 3))
    model.classifier = nn.Linear(16, 10)
    return model


class TimmVGG(nn.Module):
    """timm's VGG, whose head is of convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.features = vgg.make_layers([8, "M", 8, "M", 12, "M", 16, "M", 16, "M"])
        self.pre_logits = nn.Module()
        self.pre_logits.fc1, self.pre_logits.fc2 = nn.Conv2d(16, 24, 7), nn.Conv2d(24, 24, 1)
        self.head = nn.Module()
        self.head.fc = nn.Linear(24, 3)

    def forward(self, x: Tensor) -> Tensor:
        out = torch.relu(self.pre_logits.fc2(torch.relu(self.pre_logits.fc1(self.features(x)))))
        return self.head.fc(out.mean((2, 3)))


# What it is called -> the network, the title that is inferred, and the side of the pictures that it is tried with.
LIVE: dict[str, tuple[Callable[[], nn.Module], str, int]] = {
    "ResNet-18": (lambda: torchvision_resnet(layers=(2, 2, 2, 2)), "ResNet-18", 64),
    "ResNet-34": (lambda: torchvision_resnet(layers=(3, 4, 6, 3)), "ResNet-34", 32),
    "ResNet-50": (lambda: torchvision_resnet("Bottleneck", (3, 4, 6, 3)), "ResNet-50", 32),
    "bottleneck, one block a stage": (lambda: torchvision_resnet("Bottleneck"), "ResNet-14", 64),
    "wide": (lambda: torchvision_resnet("Bottleneck", width_per_group=128), "Wide ResNet-14-2", 64),
    "ResNeXt": (lambda: torchvision_resnet("Bottleneck", groups=32, width_per_group=4), "ResNeXt-14 32x4d", 64),
    "ResNet-D": (lambda: resnet_d(bottleneck=True), "ResNet-14-D", 64),
    "ResNet-D, basic blocks, odd sides": (lambda: resnet_d(bottleneck=False), "ResNet-10-D", 72),
    "ResNet-C": (lambda: resnet_d(bottleneck=True, pooled=False), "ResNet-14-C", 64),
    "one channel": (lambda: with_channels(1), "ResNet-10", 64),
    "four channels": (lambda: with_channels(4), "ResNet-10", 64),
    "CIFAR stem": (cifar_resnet, "ResNet-18", 32),
    "kuangliu": (Kuangliu, "ResNet-10", 32),
    "one logit": (lambda: torchvision_resnet(classes=1), "ResNet-10", 64),
    "dropout and linear": (lambda: mlp(nn.Dropout(), nn.Linear(512, 5)), "ResNet-10", 64),
    "linear without bias": (lambda: with_head(nn.Linear(512, 5, bias=False)), "ResNet-10", 64),
    "MLP": (lambda: mlp(nn.Linear(512, 16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 5)), "ResNet-10", 64),
    "MLP, BatchNorm before ReLU": (
        lambda: mlp(nn.Linear(512, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 5)), "ResNet-10", 64,
    ),
    "MLP, BatchNorm after ReLU": (
        lambda: mlp(nn.Linear(512, 16), nn.ReLU(), nn.BatchNorm1d(16), nn.Dropout(), nn.Linear(16, 5)), "ResNet-10", 64,
    ),
    "two linear layers and nothing between": (lambda: mlp(nn.Linear(512, 16), nn.Linear(16, 5)), "ResNet-10", 64),
    "MLP with names": (
        lambda: with_head(nn.Sequential(OrderedDict(fc1=nn.Linear(512, 16), relu=nn.ReLU(), out=nn.Linear(16, 5)))),
        "ResNet-10", 64,
    ),
    "a head beside the body": (lambda: LightningModule(sequential=False), "ResNet-10", 64),
    "the children of a ResNet in a row": (lambda: LightningModule(sequential=True), "ResNet-10", 64),
    "VGG-11": (lambda: small_vgg(False), "VGG-11", 64),
    "VGG-13 with BatchNorm": (lambda: small_vgg(True, counts=(2, 2, 2, 2, 2)), "VGG-13 with BatchNorm", 64),
    "VGG-16": (lambda: small_vgg(False, counts=(2, 2, 3, 3, 3)), "VGG-16", 64),
    "VGG-19 with BatchNorm": (lambda: small_vgg(True, counts=(2, 2, 4, 4, 4)), "VGG-19 with BatchNorm", 64),
    "VGG for CIFAR": (kuangliu_vgg, "VGG-14 with BatchNorm", 32),
    "timm's VGG": (TimmVGG, "VGG-8", 224),
}  # fmt: skip


def live(name: str) -> tuple[nn.Module, str, int]:
    make, title, side = LIVE[name]
    torch.manual_seed(len(name))
    return ready(make()), title, side
