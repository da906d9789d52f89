"""EfficientNet-Lite0  [Tan and Le 2019; Liu 2020]: inverted residual blocks with ReLU6 and no gates.

The names in the state dict are those of timm's tf_efficientnet_lite0, and so are its numbers: TensorFlow's "same" padding and
BatchNorm's epsilon of 0.001.
"""

from collections.abc import Mapping

from torch import Tensor, nn

STEM, HEAD = 32, 1280  # channels
# A stage's kernel size, stride, expansion, channels and number of blocks.
STAGES = (
    (3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3), (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)  # fmt: skip


class EfficientNetLite(nn.Module):
    """A stem, seven stages of blocks, a 1x1 convolution, and a linear layer on the mean over all places."""

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.pad = _same_padding(3, 2)
        self.conv_stem = nn.Conv2d(3, STEM, 3, 2, bias=False)
        self.bn1 = _batch_norm(STEM)
        self.act = nn.ReLU6(inplace=True)
        stages, channels = [], STEM
        for kernel, stride, expansion, width, count in STAGES:
            blocks: list[nn.Module] = []
            for number in range(count):
                block = SeparableBlock if expansion == 1 else InvertedResidual
                blocks.append(block(channels, width, kernel, stride if number == 0 else 1, expansion))
                channels = width
            stages.append(nn.Sequential(*blocks))
        self.blocks = nn.Sequential(*stages)
        self.conv_head = nn.Conv2d(channels, HEAD, 1, bias=False)
        self.bn2 = _batch_norm(HEAD)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(HEAD, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W), H and W multiples of 32 -> logits (N, num_classes)."""
        x = self.blocks(self.act(self.bn1(self.conv_stem(self.pad(x)))))
        x = self.pool(self.act(self.bn2(self.conv_head(x))))
        logits: Tensor = self.classifier(x.flatten(1))
        return logits


class SeparableBlock(nn.Module):
    """A depthwise convolution and a 1x1 convolution, without expansion."""

    def __init__(self, inplanes: int, planes: int, kernel: int, stride: int, expansion: int = 1) -> None:
        super().__init__()
        self.pad = _same_padding(kernel, stride)
        self.conv_dw = nn.Conv2d(inplanes, inplanes, kernel, stride, groups=inplanes, bias=False)
        self.bn1 = _batch_norm(inplanes)
        self.act = nn.ReLU6(inplace=True)
        self.conv_pw = nn.Conv2d(inplanes, planes, 1, bias=False)
        self.bn2 = _batch_norm(planes)
        self.has_shortcut = stride == 1 and inplanes == planes

    def forward(self, x: Tensor) -> Tensor:
        """(N, inplanes, H, W) -> (N, planes, H / stride, W / stride)."""
        out: Tensor = self.bn2(self.conv_pw(self.act(self.bn1(self.conv_dw(self.pad(x))))))
        return x + out if self.has_shortcut else out


class InvertedResidual(nn.Module):
    """A 1x1 convolution to more channels, a depthwise one, and a 1x1 convolution back  [Sandler et al. 2018]."""

    def __init__(self, inplanes: int, planes: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inplanes * expansion
        self.conv_pw = nn.Conv2d(inplanes, wide, 1, bias=False)
        self.bn1 = _batch_norm(wide)
        self.pad = _same_padding(kernel, stride)
        self.conv_dw = nn.Conv2d(wide, wide, kernel, stride, groups=wide, bias=False)
        self.bn2 = _batch_norm(wide)
        self.conv_pwl = nn.Conv2d(wide, planes, 1, bias=False)
        self.bn3 = _batch_norm(planes)
        self.act = nn.ReLU6(inplace=True)
        self.has_shortcut = stride == 1 and inplanes == planes

    def forward(self, x: Tensor) -> Tensor:
        """(N, inplanes, H, W) -> (N, planes, H / stride, W / stride)."""
        out: Tensor = self.act(self.bn1(self.conv_pw(x)))
        out = self.act(self.bn2(self.conv_dw(self.pad(out))))
        out = self.bn3(self.conv_pwl(out))
        return x + out if self.has_shortcut else out


def _batch_norm(channels: int) -> nn.BatchNorm2d:
    """BatchNorm with TensorFlow's epsilon."""
    return nn.BatchNorm2d(channels, eps=1e-3)


def _same_padding(kernel: int, stride: int) -> nn.ZeroPad2d:
    """TensorFlow's "same" padding of inputs whose sides the stride divides: the odd zero goes to the right and bottom."""
    zeros = kernel - stride
    return nn.ZeroPad2d((zeros // 2, zeros - zeros // 2) * 2)


def is_lite(tensors: Mapping[str, Tensor]) -> bool:
    """Whether tensors in timm's spelling are of an EfficientNet-Lite: without gates, and unlike MobileNet v2 with 5x5 kernels."""
    weight = tensors.get("blocks.2.0.conv_dw.weight")
    return weight is not None and weight.shape[2:] == (5, 5) and not any(".se." in key for key in tensors)


def block_names() -> list[str]:
    """Returns the module names of the blocks in order, such as "blocks.1.0"."""
    return [f"blocks.{stage}.{block}" for stage, row in enumerate(STAGES) for block in range(row[-1])]
