"""torchvision's ImageNet weights: which there are, what they need, and whether they are here already."""

from typing import Any

from lrp.models.architectures import DEPTHS
from lrp.models.backbone import Backbone, backbone_of
from lrp.models.download import Progress, cache_folder, read_checkpoint
from lrp.models.weights import TITLES, Weights, build


def downloaded_depths() -> tuple[int, ...]:
    """The ResNet depths whose ImageNet weights are in the cache already; whether they are sound is seen when they are read."""
    names = {depth: imagenet_entry(depth).url.rpartition("/")[2] for depth in DEPTHS}
    return tuple(depth for depth, name in names.items() if (cache_folder() / name).is_file())



def imagenet_size(depth: int, architecture: str = "resnet") -> int:
    """About how many bytes the ImageNet weights of that network take, as torchvision states it."""
    return round(imagenet_entry(depth, architecture).meta["_file_size"] * 2**20)



def imagenet_entry(depth: int, architecture: str = "resnet") -> Any:
    """torchvision's entry for the ImageNet weights of that network: url, meta, transforms."""
    from lrp._torchvision import torchvision

    return torchvision.models.get_model_weights(f"{architecture}{depth}")["IMAGENET1K_V1"]



def load_imagenet(depth: int, architecture: str, progress: Progress | None) -> Backbone:
    """The backbone with torchvision's weights, downloaded at first use. Raises WeightsError if they cannot be had."""
    entry, size = imagenet_entry(depth, architecture), imagenet_size(depth, architecture)
    what = f"the ImageNet weights of {TITLES[architecture]}-{depth} ({size / 1e6:.0f} MB)"
    tensors, sha256 = read_checkpoint(entry.url.rpartition("/")[2], size, what, progress)
    view = entry.transforms()
    (side,), (shorter,) = view.crop_size, view.resize_size
    numbers = tuple(view.mean), tuple(view.std)
    found = Weights(depth, tensors, tuple(entry.meta["categories"]), side, *numbers, sha256, architecture, shorter - side)
    return backbone_of(found, "imagenet", build(found, entry.url.rpartition("/")[2]))

