"""A depth and a choice of weights become a backbone: model, canonized network, class names, and the way in for pictures."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from lrp import demo
from lrp.description import INTERPOLATIONS
from lrp.download import Progress, cache_folder, read_checkpoint
from lrp.images import to_rgb
from lrp.network import Network, canonize
from lrp.resnet import LAYERS
from lrp.torchvision_import import torchvision
from lrp.vgg import LAYERS as VGG_LAYERS
from lrp.weights import TITLES, Weights, WeightsError, build, read_safetensors

DEPTHS = tuple(LAYERS)
ARCHITECTURES = {"resnet": DEPTHS, "vgg": tuple(VGG_LAYERS)}  # architecture -> its depths
STAGES = {  # architecture -> the modules whose feature maps are worth explaining: each the last of its resolution
    "resnet": ("layer1", "layer2", "layer3", "layer4"),
    "vgg": ("features.4", "features.9", "features.16", "features.23", "features.30"),
}

functional = torchvision.transforms.functional


@dataclass(frozen=True, eq=False)
class Backbone:
    """A trained network with what is needed to explain it. Nothing in it changes, so threads may share it.

    model: the module, in eval mode; network: its canonized copy, which knows the bounds of the pixels; size: pixels of a side
    of the input; margin: how much longer than that the shorter side of a picture is before the centre is cut out;
    mean, std: (1, 3, 1, 1), of RGB values in 0..1; sha256: of the file that the weights came from; architecture: one of
    ARCHITECTURES; interpolation: how pictures are scaled, one of lrp.description.INTERPOLATIONS.
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

    @property
    def name(self) -> str:
        """What people call the network, such as "ResNet-18" or "VGG-16"."""
        return f"{TITLES[self.architecture]}-{self.depth}"

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages of the network in order, as `Features` and Grad-CAM take them."""
        return STAGES[self.architecture]

    def preprocess(self, picture: Image.Image) -> Tensor:
        """The centre of a picture as the network takes it: (1, 3, size, size) float32, (RGB in 0..1 - mean) / std."""
        picture = picture if picture.mode == "RGB" else to_rgb(picture)
        how = torchvision.transforms.InterpolationMode(self.interpolation)
        scaled = functional.resize(picture, self.size + self.margin, how, antialias=True)
        pixels = functional.pil_to_tensor(functional.center_crop(scaled, self.size))
        return (pixels[None].float() / 255 - self.mean) / self.std

    def as_seen(self, x: Tensor) -> Image.Image:
        """The RGB picture that a (1, 3, H, W) or (3, H, W) input shows; values that no pixel can have are clipped."""
        if x.dim() not in (3, 4) or x.shape[-3] != 3 or (x.dim() == 4 and len(x) != 1):
            raise ValueError(f"x must be one picture of shape (1, 3, H, W) or (3, H, W), got {tuple(x.shape)}")
        pixels = x.detach().cpu().reshape(1, 3, *x.shape[-2:]) * self.std + self.mean
        return functional.to_pil_image((pixels[0] * 255).round().clamp(0, 255).byte())


def load_backbone(
    depth: int = 18, weights: str | Path = "demo", progress: Progress | None = None, architecture: str = "resnet"
) -> Backbone:
    """Returns the ResNet of `depth` with "demo" weights (bundled), "imagenet" weights, or those in a .safetensors file.

    ImageNet weights are torchvision's IMAGENET1K_V1 at every depth, one recipe, so that depths can be compared; they are
    downloaded at first use, which calls `progress` with the bytes done and in all (raising from it stops the download).
    What a file must hold is described at `lrp.weights.read_safetensors`.
    `architecture` "vgg" is VGG-16 (depth 16), the network of much of the literature; it comes with ImageNet weights only.
    Raises ValueError for an unknown depth or architecture, WeightsError if the weights cannot be had or used.
    """
    check_depth(depth, architecture)
    if weights == "imagenet":
        return _imagenet(depth, architecture, progress)
    if architecture != "resnet":
        raise WeightsError(f"{TITLES[architecture]}-{depth} comes with ImageNet weights only; choose those, or a ResNet.")
    found, name = (_demo(depth), "the demo network") if weights == "demo" else (_file(depth, Path(weights)), Path(weights).name)
    return _backbone(found, str(weights), build(found, name))


def check_depth(depth: int | None, architecture: str) -> int:
    """`depth` itself, or the first of the architecture for None. Raises ValueError if there is no such network."""
    if architecture not in ARCHITECTURES:
        raise ValueError(f"architecture must be one of {', '.join(ARCHITECTURES)}, got {architecture!r}")
    depths = ARCHITECTURES[architecture]
    if depth is None:
        return depths[0]
    if depth not in depths:
        raise ValueError(f"depth must be {'one of ' * (len(depths) > 1)}{', '.join(map(str, depths))}, got {depth!r}")
    return depth


def bundled_depths() -> tuple[int, ...]:
    """The depths whose demo weights come with the program."""
    return tuple(sorted(demo.SHA256))


def downloaded_depths() -> tuple[int, ...]:
    """The ResNet depths whose ImageNet weights are in the cache already; whether they are sound is seen when they are read."""
    names = {depth: imagenet_entry(depth).url.rpartition("/")[2] for depth in DEPTHS}
    return tuple(depth for depth, name in names.items() if (cache_folder() / name).is_file())


def imagenet_size(depth: int, architecture: str = "resnet") -> int:
    """About how many bytes the ImageNet weights of that network take, as torchvision states it."""
    return round(imagenet_entry(depth, architecture).meta["_file_size"] * 2**20)


def imagenet_entry(depth: int, architecture: str = "resnet") -> Any:
    """torchvision's entry for the ImageNet weights of that network: url, meta, transforms."""
    return torchvision.models.get_model_weights(f"{architecture}{depth}")["IMAGENET1K_V1"]


def _imagenet(depth: int, architecture: str, progress: Progress | None) -> Backbone:
    entry, size = imagenet_entry(depth, architecture), imagenet_size(depth, architecture)
    what = f"the ImageNet weights of {TITLES[architecture]}-{depth} ({size / 1e6:.0f} MB)"
    tensors, sha256 = read_checkpoint(entry.url.rpartition("/")[2], size, what, progress)
    view = entry.transforms()
    (side,), (shorter,) = view.crop_size, view.resize_size
    numbers = tuple(view.mean), tuple(view.std)
    found = Weights(depth, tensors, tuple(entry.meta["categories"]), side, *numbers, sha256, architecture, shorter - side)
    return _backbone(found, "imagenet", build(found, entry.url.rpartition("/")[2]))


def _demo(depth: int) -> Weights:
    if depth not in demo.SHA256:
        depths = " and ".join(map(str, bundled_depths()))
        raise WeightsError(
            f"The demo weights come for depth {depths}, not for {depth}; choose such a depth, or the ImageNet weights."
        )
    return read_safetensors(demo.FOLDER / f"resnet{depth}.safetensors", demo.SHA256[depth])


def _file(depth: int, path: Path) -> Weights:
    weights = read_safetensors(path)
    if weights.depth != depth:
        raise WeightsError(f"The weights in {path.name} are those of a ResNet-{weights.depth}; choose that depth for them.")
    return weights


def _backbone(weights: Weights, name: str, model: nn.Module) -> Backbone:
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (weights.mean, weights.std))
    # A picture of half the size on each side costs a quarter of a pass, of the network and of the model.
    side = max(weights.size // 2, 32)
    generator = torch.Generator().manual_seed(0)
    example = (torch.rand(1, 3, side, side, generator=generator) - mean) / std
    network = canonize(model, low=-mean / std, high=(1 - mean) / std, example=example)
    return Backbone(
        weights.depth, name, model, network, weights.categories, weights.size, weights.margin, mean, std, weights.sha256,
        weights.architecture, weights.interpolation,
    )  # fmt: skip
