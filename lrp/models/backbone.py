"""A trained network with what is needed to explain it: canonized copy, class names, and picture preprocessing."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from PIL import Image
from torch import Tensor, nn

from lrp.heads import Head, head_of
from lrp.models.architectures import STAGES, title
from lrp.models.device import Device, as_device
from lrp.models.fit_report import FitReport
from lrp.models.preparation import INTERPOLATIONS
from lrp.models.prepare import as_picture, standardised
from lrp.models.weights import Weights
from lrp.network.attention_blocks import has_attention
from lrp.network.canonize import canonize
from lrp.network.graph import Network
from lrp.pictures.cut_out import CutOut

PUBLISHED_WEIGHTS = ("demo", "imagenet")


@dataclass(frozen=True, eq=False)
class Backbone:
    """A trained network with what is needed to explain it. Immutable, so threads may share it.

    model: the module, in eval mode, with the names of torchvision's ResNet and its numbers to the bit, but not of its class,
    by which Zennit's ResNetCanonizer finds the blocks: load its state dict into torchvision's for that. network: its
    canonized copy, which knows the bounds of the pixels; size: pixels of a side of the input, of the shorter one where
    `shape` says height and width; margin: how much longer than that the shorter side of a picture is before the centre is cut
    out; mean, std: (1, C, 1, 1), of values in 0..1, on the CPU; sha256: of the file that the weights came from; architecture:
    one of ARCHITECTURES or PUBLISHED; interpolation: how pictures are scaled, one of lrp.models.preparation.INTERPOLATIONS;
    title: the display name where architecture and depth do not say it; stage_names: `stages` where the architecture does not
    say them; squash: whether a picture is scaled to the input whatever its sides; report: what was inferred from the file.
    What the outputs mean is `head`.
    """

    depth: int
    weights: str
    model: nn.Module
    network: Network
    categories: tuple[str, ...]
    size: int
    margin: int
    mean: Tensor
    std: Tensor
    sha256: str
    architecture: str = "resnet"
    interpolation: str = INTERPOLATIONS[0]
    title: str = ""
    stage_names: tuple[str, ...] = ()
    shape: tuple[int, int] | None = None
    squash: bool = False
    report: FitReport = field(default_factory=FitReport)

    @classmethod
    def of(
        cls, model: nn.Module, categories: Sequence[str] | None = None, size: int | tuple[int, int] | None = None,
        mean: Sequence[float] | None = None, std: Sequence[float] | None = None, device: Device = "cpu", *,
        resize: int | None = None, crop_pct: float | None = None, squash: bool | None = None, interpolation: str | None = None,
        head: str = "softmax", name: str = "",
    ) -> "Backbone":
        """Returns the backbone of a module in eval mode that takes (N, C, H, W) and returns logits (N, K).

        categories: a name for each class. size: a side of its pictures in pixels, or height and width. mean, std: of values in
        0..1, for each channel. resize, crop_pct, squash, interpolation: as in `lrp.load_network`. head: what its outputs mean,
        one of lrp.heads.HEADS. name: to display. What is not given is assumed as `report` says. The module is neither changed
        nor copied unless it is elsewhere than `device`. Raises as `canonize` does, naming the node that has no rule, and
        ValueError for settings that cannot be.
        """
        from lrp.models.live import backbone_of_model  # here, for it needs this class

        said = {
            "size": size, "mean": mean, "std": std, "resize": resize, "crop_pct": crop_pct, "squash": squash,
            "interpolation": interpolation,
        }  # fmt: skip
        given = {key: value for key, value in said.items() if value is not None}
        return backbone_of_model(model, categories, given, head, name).to(device)

    @property
    def name(self) -> str:
        """The display name, such as "ResNet-18" or "EfficientNet-Lite0"."""
        return self.title or title(self.architecture, self.depth)

    @property
    def channels(self) -> int:
        """How many channels the network's pictures have: 1 (grey), 3, or 4 (with transparency)."""
        low = self.network.low
        return 3 if low is None or low.dim() != 4 else low.shape[1]

    @property
    def head(self) -> str:
        """What the outputs mean, one of lrp.heads.HEADS: one class alone is there or not, "sigmoid"."""
        return self.kind.name

    @property
    def kind(self) -> Head:
        """The head itself, which makes predictions of logits and says what they are called."""
        return head_of(self.network.head, len(self.categories))

    @property
    def device(self) -> torch.device:
        """Where the network computes, and where `preprocess` puts pictures."""
        return self.network.device

    @property
    def stages(self) -> tuple[str, ...]:
        """The module names of the stages in order, as `Features` and Grad-CAM take them."""
        return self.stage_names or STAGES[self.architecture]

    @property
    def published(self) -> bool:
        """Whether its weights are published ones, which architecture and depth name; else they came from a file."""
        return self.weights in PUBLISHED_WEIGHTS

    @property
    def preparation(self) -> dict[str, object]:
        """The settings of `lrp.load_network` that prepare pictures as here, and say what the outputs mean."""
        height, width = self.shape or (self.size, self.size)
        cut = {"squash": True} if self.squash else {"resize": min(height, width) + self.margin}
        mean, std = (values.flatten().tolist() for values in (self.mean, self.std))
        shown = {"size": [height, width], **cut, "interpolation": self.interpolation, "mean": mean, "std": std}
        return {**shown, "head": self.network.head}

    def preprocess(self, picture: Image.Image) -> Tensor:
        """Returns the centre of a picture as network input: (1, C, H, W) float32, (values in 0..1 - mean) / std.

        It lies on the device of the network, in the precision of its model.
        """
        return self.as_input(self.cut_out.of(picture))

    @property
    def cut_out(self) -> CutOut:
        """What it sees of a picture, and in which colours."""
        height, width = self.shape or (self.size, self.size)
        return CutOut(height, width, self.channels, self.margin, self.squash, self.interpolation)

    def as_input(self, seen: Image.Image) -> Tensor:
        """Returns what `preprocess` does of the picture that `cut_out` leaves."""
        x = standardised(seen, self.mean, self.std)
        return x.to(self.device, self.network.given or self.network.dtype)

    def part_seen(self, size: tuple[int, int]) -> tuple[float, float, float, float]:
        """Returns the part of a picture of that size (width, height) that `preprocess` leaves: left, top, right, bottom."""
        return self.cut_out.part_seen(size)

    def to(self, device: Device) -> "Backbone":
        """Returns the backbone on another device, which computes the same to rounding; itself where it is there already.

        Raises as `lrp.models.device.as_device` does.
        """
        place = as_device(device)
        if place == self.device:
            return self
        model, known = copy.deepcopy(self.model).to(place), self.network
        return replace(self, model=model, network=canonize(model, known.low, known.high, head=known.head))

    def as_seen(self, x: Tensor) -> Image.Image:
        """Returns the RGB picture that a (1, C, H, W) or (C, H, W) input shows; values outside of 0..255 are clipped."""
        count = self.channels
        if x.dim() not in (3, 4) or x.shape[-3] != count or (x.dim() == 4 and len(x) != 1):
            raise ValueError(f"x must be one picture of shape (1, {count}, H, W) or ({count}, H, W), got {tuple(x.shape)}")
        return as_picture(x.detach().cpu().float().reshape(1, count, *x.shape[-2:]) * self.std + self.mean)


def backbone_of(weights: Weights, name: str, model: nn.Module) -> Backbone:
    """Returns the backbone of a model that holds `weights`, after comparing its logits with the model's. Raises as `canonize`."""
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (weights.mean, weights.std))
    network = canonize(model, low=-mean / std, high=(1 - mean) / std, head=weights.head)
    compare_with_model(network, (weights.size, weights.size), mean, std)
    return Backbone(
        weights.depth, name, model, network, weights.categories, weights.size, weights.margin, mean, std, weights.sha256,
        weights.architecture, weights.interpolation,
    )  # fmt: skip


def compare_with_model(network: Network, size: tuple[int, int], mean: Tensor, std: Tensor) -> Tensor:
    """Returns the network's logits for noise, which it has compared with its model's. Raises ValueError where they differ.

    size: height and width of its pictures. mean, std: (1, C, 1, 1), of values in 0..1.
    """
    # A picture of half the size on each side costs a quarter of a pass, of the network and of the model, but a transformer
    # that embeds positions takes one size alone.
    height, width = size if has_attention(network) else (max(side // 2, min(32, side)) for side in size)
    noise = torch.rand(1, mean.shape[1], height, width, generator=torch.Generator().manual_seed(0))
    logits: Tensor = network(((noise - mean) / std).to(network.device, network.given or network.dtype))
    return logits
