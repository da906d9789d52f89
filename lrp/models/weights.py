"""Validates an untrusted weights file before loading it: format, size, hash, metadata, shapes and values."""

import hashlib
import os
import shlex
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from lrp.files.regular_file import FileTooLarge, NotRegular, open_regular
from lrp.models.architectures import title
from lrp.models.architectures.efficientnet_lite import EfficientNetLite
from lrp.models.architectures.resnet import build_resnet
from lrp.models.metadata import parse_metadata
from lrp.models.preparation import INTERPOLATIONS
from lrp.models.safetensors_file import TRUNCATED, NeedsConversion, read_safetensors_header, read_tensors
from lrp.models.tensors import first_difference, load_tensors

MAX_BYTES = 600_000_000  # more than twice a full ResNet-152 in float32
MAX_WIDTH = 10**6  # output channels of a layer; one of more would not fit into a file
PICKLE_SUFFIXES = (".pt", ".pth", ".bin", ".pkl", ".pickle", ".ckpt", ".tar")


class WeightsError(RuntimeError):
    """Weights that cannot be downloaded or used; the message is one plain sentence with a remedy, fit for the page."""


@dataclass(frozen=True, eq=False)
class Weights:
    """A state dict with the metadata of its file (see `lrp.models.metadata.Metadata`) and the file's SHA-256."""

    depth: int
    tensors: dict[str, Tensor]
    categories: tuple[str, ...]
    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    sha256: str
    architecture: str = "resnet"
    margin: int = 0
    interpolation: str = INTERPOLATIONS[0]
    head: str = "softmax"

    @property
    def network(self) -> str:
        """The display name of the network that the weights are for, such as "ResNet-18"."""
        return title(self.architecture, self.depth)


def read_safetensors(path: Path, sha256: str | None = None) -> Weights:
    """Returns the weights in a .safetensors file, validated to be those of a ResNet with a name for each class.

    The file's metadata holds JSON: "depth", "categories" (a list of names), "size" (pixels), "mean" and "std" (three numbers of
    pixels in 0..1), and, where the shorter side is made longer than "size" before the centre is cropped, "resize_size" (pixels)
    or "crop_pct" (a share); also "interpolation" (bilinear if not given), and "head", what the outputs mean, one of
    lrp.heads.HEADS (softmax if not given). `python -m lrp convert` writes such files.
    The header is validated, shapes and names included, before the tensors are read. Raises WeightsError for
    another format, damage, a SHA-256 other than the one given, and metadata or shapes that do not fit.
    """
    _check_suffix(path)
    try:
        # What the program brought itself may be installed as links.
        with open_regular(path, MAX_BYTES, follow_link=sha256 is not None) as file:
            size = os.fstat(file.fileno()).st_size
            if sha256 is not None and hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                raise WeightsError(_damaged(path))
            file.seek(0)
            metadata, declared = read_safetensors_header(file, size)
            check_shapes(_with_metadata(metadata, declared), path.name)
            file.seek(0)
            data = bytearray(size)
            if file.readinto(data) != size:
                raise ValueError(TRUNCATED)
        weights = _with_metadata(*read_tensors(data))
    except OSError as error:
        raise WeightsError(f"The weights in {path} cannot be used: {unreadable_weights(error)}.") from None
    except (TypeError, ValueError) as error:
        remedy = f"; to make it such a file, run {conversion_command(path)}" if isinstance(error, NeedsConversion) else ""
        raise WeightsError(f"The weights in {path.name} cannot be used: {str(error).rstrip('.')}{remedy}.") from None
    # Of the bytes in memory, because the file may have changed since its hash was checked.
    digest = hashlib.sha256(data).hexdigest()
    if sha256 is not None and digest != sha256:
        raise WeightsError(_damaged(path))
    return replace(weights, sha256=digest)


def build(weights: Weights, name: str) -> nn.Module:
    """Returns the network of these weights in float32 and eval mode, with the widths of their shapes.

    `name` is what error messages call the weights. Raises WeightsError then, and for values that are not finite.
    """
    try:
        return load_tensors(check_shapes(weights, name), weights.tensors)
    except ValueError as error:
        raise WeightsError(f"The weights in {name} cannot be used: {error}.") from None


def check_shapes(weights: Weights, name: str) -> nn.Module:
    """Returns the network that the weights are for, on the meta device, so that a wrong shape allocates no memory.

    Raises WeightsError if a tensor is missing, unknown, or of another shape or kind of number.
    """
    with torch.device("meta"):
        model = _empty_model(weights, weights.tensors)
    if difference := first_difference(model.state_dict(), weights.tensors):
        raise WeightsError(
            f"The weights in {name} are not those of a {weights.network} with {len(weights.categories)} classes: {difference}."
        )
    return model


def _empty_model(weights: Weights, tensors: dict[str, Tensor]) -> nn.Module:
    """An untrained network with the widths of these tensors."""
    def widths(*keys: str) -> tuple[int, ...]:
        return tuple(_out_channels(tensors, f"{key}.weight") for key in keys)

    if weights.architecture == "vgg":
        from lrp.models.architectures.vgg import build_vgg  # here, for it loads torchvision

        stages = widths(*(f"features.{index}" for index in (0, 5, 10, 17, 24)))
        (hidden,) = widths("classifier.0")
        return build_vgg(weights.depth, stages, hidden, len(weights.categories))
    if weights.architecture == "efficientnet_lite":
        return EfficientNetLite(len(weights.categories))
    stages = widths(*(f"layer{stage}.0.conv1" for stage in (1, 2, 3, 4)))
    return build_resnet(weights.depth, stages, len(weights.categories))


def _check_suffix(path: Path) -> None:
    """Raises WeightsError for a file that is not named .safetensors."""
    if path.suffix.lower() in PICKLE_SUFFIXES:
        raise WeightsError(
            f"The weights in {path.name} are a pickle, which can hold code that runs when it is opened; convert them to "
            f".safetensors, which opens nothing but numbers: {conversion_command(path)}."
        )
    if path.suffix != ".safetensors":
        raise WeightsError(
            f"Weights are read from .safetensors files only, because other formats can hold code that runs when they are opened; "
            f"{path.name} is none: convert them to .safetensors by {conversion_command(path)}."
        )


def conversion_command(file: Path) -> str:
    """Returns the command that converts a checkpoint to .safetensors, in backticks and quoted for a shell."""
    # A name that would break the line or end the backticks is replaced.
    name = str(file) if str(file).isprintable() and "`" not in str(file) else "FILE"
    return f"`python -m lrp convert {shlex.quote(f'./{name}' if name.startswith('-') else name)}`"


def unreadable_weights(error: OSError) -> str:
    """Returns why a file of weights cannot be read and what to do, as half a sentence."""
    if isinstance(error, FileTooLarge):
        return f"the file is too large: the limit is {error.limit // 10**6} MB"
    if isinstance(error, NotRegular):
        return f"{error.strerror}; name the file itself"
    reason = "there is no such file" if isinstance(error, FileNotFoundError) else "the file cannot be read"
    return f"{reason}; check the path"


def _damaged(path: Path) -> str:
    """The sentence for a bundled file with another hash."""
    return f"The weights in {path.name} are damaged; install the program again to get them back."


def _with_metadata(metadata: dict[str, str], tensors: dict[str, Tensor]) -> Weights:
    """The weights of a file with this metadata, parsed; their SHA-256 is not known yet."""
    said = parse_metadata(metadata)
    return Weights(
        said.depth, tensors, said.categories, said.size, said.mean, said.std, "", margin=said.margin,
        interpolation=said.interpolation, head=said.head,
    )  # fmt: skip


def _out_channels(tensors: dict[str, Tensor], key: str) -> int:
    """The output channels of a weight; 1 if it is missing or has more than MAX_WIDTH, which `check_shapes` then reports."""
    width = tensors[key].shape[0] if key in tensors and tensors[key].dim() else 1
    return width if 1 <= width <= MAX_WIDTH else 1
