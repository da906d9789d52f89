"""Files of weights, read with suspicion: only formats that hold no code, whole, bounded, of the right shapes."""

import hashlib
import os
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lrp.models.description import INTERPOLATIONS, describe
from lrp.models.safetensors_file import CUT, Unconverted, read_header, read_tensors

TITLES = {"resnet": "ResNet", "vgg": "VGG"}  # architecture -> what people call it
MAX_BYTES = 600_000_000  # more than twice a full ResNet-152 in float32
PICKLES = (".pt", ".pth", ".bin", ".pkl", ".pickle", ".ckpt", ".tar")


class WeightsError(RuntimeError):
    """Weights that cannot be had or used; its message is one plain sentence with a way on, fit for the page."""


@dataclass(frozen=True, eq=False)
class Weights:
    """A state dict with what its file says about it; see `lrp.models.description.Description`."""

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

    @property
    def network(self) -> str:
        """The name of the network that they are for, such as "ResNet-18"."""
        return f"{TITLES[self.architecture]}-{self.depth}"


def read_safetensors(path: Path, sha256: str | None = None) -> Weights:
    """The weights in a .safetensors file, checked to be those of a ResNet with a name for each of its classes.

    The file's metadata holds JSON: "depth", "categories" (a list of names), "size" (pixels), "mean" and "std" (three numbers of
    pixels in 0..1), and, where the shorter side is made longer than "size" before the centre is cut out, "resize_size" (pixels)
    or "crop_pct" (a share); also "interpolation" (bilinear if not given). `python -m lrp convert` writes such files.
    The head of the file is judged by itself, shapes and names included, before the numbers are read. Raises WeightsError for
    another format, damage, a SHA-256 other than the one given, and metadata or shapes that do not fit.
    """
    _check_kind(path)
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_BYTES:
                raise WeightsError(f"The weights in {path.name} are too large: the limit is {MAX_BYTES // 10**6} MB.")
            if sha256 is not None and hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                raise WeightsError(_damaged(path))
            file.seek(0)
            metadata, promised = read_header(file, size)
            check_shapes(_described(metadata, promised), path.name)
            file.seek(0)
            data = bytearray(size)
            if file.readinto(data) != size:
                raise ValueError(CUT)
        weights = _described(*read_tensors(data))
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else "the file cannot be read"
        raise WeightsError(f"The weights in {path} cannot be used: {reason}; check the path.") from None
    except (TypeError, ValueError) as error:
        remedy = f"; to make it such a file, run {conversion(path)}" if isinstance(error, Unconverted) else ""
        raise WeightsError(f"The weights in {path.name} cannot be used: {str(error).rstrip('.')}{remedy}.") from None
    # The bytes that are used are the bytes that are named, whatever became of the file meanwhile.
    digest = hashlib.sha256(data).hexdigest()
    if sha256 is not None and digest != sha256:
        raise WeightsError(_damaged(path))
    return replace(weights, sha256=digest)


def build(weights: Weights, name: str) -> nn.Module:
    """The network of these weights in float32 and eval mode, its widths read off the shapes.

    `name` is what to call the weights if they do not fit. Raises WeightsError then, and for values that are not finite.
    """
    model = check_shapes(weights, name)
    tensors = {key: value.float() if value.is_floating_point() else value for key, value in weights.tensors.items()}
    for key, value in tensors.items():
        if not value.isfinite().all():
            raise WeightsError(f"The weights in {name} cannot be used: {key} holds values that are not finite numbers.")
    model.load_state_dict(tensors, strict=True, assign=True)
    return model.requires_grad_(False).eval()


def check_shapes(weights: Weights, name: str) -> nn.Module:
    """The network that the weights are for, without memory behind it, so that a lying shape costs nothing.

    Raises WeightsError if a tensor lacks, is foreign, or has another shape or kind of number.
    """
    with torch.device("meta"):
        model = _skeleton(weights, weights.tensors)
    expected = model.state_dict()
    for key in sorted(expected.keys() | weights.tensors.keys()):
        wanted, found = _shape(expected.get(key)), _shape(weights.tensors.get(key))
        if wanted != found:
            raise WeightsError(
                f"The weights in {name} are not those of a {weights.network} with {len(weights.categories)} classes: "
                f"{key} should be {wanted}, but is {found}."
            )
    return model


def _skeleton(weights: Weights, tensors: dict[str, Tensor]) -> nn.Module:
    from lrp.models.architectures.resnet import build_resnet  # here, for they load torchvision
    from lrp.models.architectures.vgg import build_vgg

    def widths(*keys: str) -> tuple[int, ...]:
        return tuple(_rows(tensors, f"{key}.weight") for key in keys)

    if weights.architecture == "vgg":
        stages = widths(*(f"features.{index}" for index in (0, 5, 10, 17, 24)))
        (hidden,) = widths("classifier.0")
        return build_vgg(weights.depth, stages, hidden, len(weights.categories))
    stages = widths(*(f"layer{stage}.0.conv1" for stage in (1, 2, 3, 4)))
    return build_resnet(weights.depth, stages, len(weights.categories))


def _check_kind(path: Path) -> None:
    if path.suffix.lower() in PICKLES:
        raise WeightsError(
            f"The weights in {path.name} are a pickle, which can hold code that runs when it is opened; convert them to "
            f".safetensors, which opens nothing but numbers: {conversion(path)}."
        )
    if path.suffix != ".safetensors":
        raise WeightsError(
            f"Weights are read from .safetensors files only, because other formats can hold code that runs when they are opened; "
            f"{path.name} is none: convert them to .safetensors by {conversion(path)}."
        )


def conversion(file: Path) -> str:
    """The command, in backticks, that makes a .safetensors file of a checkpoint; quoted as a shell needs it."""
    # A name that would break the line, or the backticks round it, cannot stand in the sentence.
    name = str(file) if str(file).isprintable() and "`" not in str(file) else "FILE"
    return f"`python -m lrp convert {shlex.quote(f'./{name}' if name.startswith('-') else name)}`"


def _damaged(path: Path) -> str:
    return f"The weights in {path.name} are damaged; install the program again to get them back."


def _described(metadata: dict[str, Any], tensors: dict[str, Tensor]) -> Weights:
    said = describe(metadata)
    return Weights(
        said.depth, tensors, said.categories, said.size, said.mean, said.std, "", margin=said.margin,
        interpolation=said.interpolation,
    )  # fmt: skip


def _rows(tensors: dict[str, Tensor], key: str) -> int:
    return max(1, tensors[key].shape[0]) if key in tensors and tensors[key].dim() else 1


def _shape(tensor: Tensor | None) -> str:
    if tensor is None:
        return "absent"
    kind = "" if tensor.is_floating_point() else " of whole numbers"
    return (" x ".join(map(str, tensor.shape)) or "one number") + kind
