"""Torchvision's ImageNet weights: their metadata, whether they are downloaded already, and loading them."""

from typing import Any, Protocol

from lrp.models.architectures import DEPTHS, title
from lrp.models.backbone import Backbone, backbone_of
from lrp.models.download import BytesProgress, cache_folder, load_published
from lrp.models.weights import Weights, build

# The sizes of torchvision's files, which are wanted before one of them is; importing torchvision takes longer than torch.
MEBIBYTES = {
    ("resnet", 18): 44.661, ("resnet", 34): 83.275, ("resnet", 50): 97.781, ("resnet", 101): 170.511, ("resnet", 152): 230.434,
    ("vgg", 16): 527.796,
}  # fmt: skip


class WeightsEntry(Protocol):
    """What is used of a member of torchvision's weights enums."""

    url: str
    meta: dict[str, Any]
    transforms: Any


def downloaded_depths() -> tuple[int, ...]:
    """Returns the ResNet depths whose ImageNet weights are in the cache; their hash is checked only when they are loaded."""
    names = {depth: imagenet_entry(depth).url.rpartition("/")[2] for depth in DEPTHS}
    return tuple(depth for depth, name in names.items() if (cache_folder() / name).is_file())


def imagenet_size(depth: int, architecture: str = "resnet") -> int:
    """Returns roughly how many bytes the ImageNet weights of that network take, as torchvision states it."""
    return round(MEBIBYTES[architecture, depth] * 2**20)


def imagenet_entry(depth: int, architecture: str = "resnet") -> WeightsEntry:
    """Returns torchvision's entry for the ImageNet weights of that network."""
    from lrp._torchvision import torchvision

    entry: WeightsEntry = torchvision.models.get_model_weights(f"{architecture}{depth}")["IMAGENET1K_V1"]
    return entry


def load_imagenet(depth: int, architecture: str, progress: BytesProgress | None) -> Backbone:
    """Returns the backbone with torchvision's weights, downloaded at first use. Raises WeightsError if that fails."""
    entry, size = imagenet_entry(depth, architecture), imagenet_size(depth, architecture)
    what = f"the ImageNet weights of {title(architecture, depth)} ({size / 1e6:.0f} MB)"
    tensors, sha256 = load_published(entry.url.rpartition("/")[2], size, what, progress)
    view = entry.transforms()
    (side,), (shorter,) = view.crop_size, view.resize_size
    numbers = tuple(view.mean), tuple(view.std)
    found = Weights(depth, tensors, tuple(entry.meta["categories"]), side, *numbers, sha256, architecture, shorter - side)
    return backbone_of(found, "imagenet", build(found, entry.url.rpartition("/")[2]))
