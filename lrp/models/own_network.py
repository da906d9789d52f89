"""Loads networks by name, or from a file or folder in any of the forms that training programs write."""

from pathlib import Path

from lrp.models.architectures import network_names
from lrp.models.backbone import Backbone
from lrp.models.device import Device, as_device
from lrp.models.fitted import read_fitted
from lrp.models.loading import load_backbone
from lrp.progress import BytesProgress

SETTINGS = (
    "categories", "size", "resize", "crop_pct", "squash", "mean", "std", "interpolation", "channels", "head", "architecture",
    "part",
)  # fmt: skip


def networks() -> tuple[str, ...]:
    """Returns the names of the networks that `load_network` knows, such as "resnet18", "vgg16" and "efficientnet_b0"."""
    return tuple(network_names())


def load_network(
    name_or_path: str | Path, weights: str | Path | None = None, device: Device = "cpu", progress: BytesProgress | None = None,
    **given: object,
) -> Backbone:
    """Returns a network by its name, one of `networks()`, or one from a file or folder.

    By name, `weights` are "demo", "imagenet" or a file; None is what works offline, else ImageNet's. A file is .safetensors
    (bare, or with metadata as `python -m lrp networks add` writes them) or of torch.save (.pth, .pt, .ckpt, .tar, .bin), opened
    without running code; a folder has the layout of timm or Hugging Face. Family, depth, widths, stem, channels, classes and
    head are inferred from the shapes, see lrp/README.md; `backbone.report` says what was inferred, ignored and assumed.
    given: what the file does not say, or says otherwise: categories (names, or a .txt, .json or .csv file of them), size (pixels,
    or height and width), resize (pixels of the shorter side before the centre is cut out) or crop_pct, squash (the whole picture
    is scaled to the size), mean and std (of values in 0..1), interpolation, channels, head (one of lrp.heads.HEADS),
    architecture (a name to check against), part (which network, where a file holds several).
    progress: called with the bytes done and in all where weights are downloaded or a checkpoint is read; raising from it ends
    that. device: as in `load_backbone`.
    Raises WeightsError for a file that cannot be used, and ValueError for settings that cannot be; each is one sentence.
    """  # fmt: skip
    if unknown := [name for name in given if name not in SETTINGS]:
        raise ValueError(f"load_network has no setting {unknown[0]!r}; it has {', '.join(SETTINGS)}")
    place = as_device(device)
    values = {name: value for name, value in given.items() if value is not None}
    if str(name_or_path) not in networks():
        if weights is not None:
            raise ValueError(f"weights go with a name, one of {', '.join(networks())}, and {name_or_path} is a file of its own")
        return read_fitted(Path(name_or_path), values, progress).backbone().to(place)
    if weights not in (None, "demo", "imagenet"):
        return read_fitted(Path(str(weights)), {"architecture": str(name_or_path), **values}, progress).backbone().to(place)
    if values:
        raise ValueError(f"{name_or_path} is a published network, whose weights say {', '.join(values)}; give a file instead")
    architecture, depth = network_names()[str(name_or_path)]
    chosen = str(weights) if weights else "demo" if architecture == "resnet" else "imagenet"
    return load_backbone(depth, chosen, progress, architecture, place)
