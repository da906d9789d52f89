"""Converts a checkpoint to a .safetensors file with its depth, its class names, and how pictures are prepared."""

import json
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import save
from torch import Tensor

from lrp.cli.files import OutputError, os_reason, printable
from lrp.models.checkpoint import StateDict, depth_of, find_network, open_checkpoint
from lrp.models.metadata import Metadata, Triple, parse_metadata
from lrp.models.weights import Weights, WeightsError, build

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, with which nearly all networks are trained


@dataclass(frozen=True)
class Preparation:
    """How pictures were prepared in training. resize: the shorter side before the centre is cut out, in pixels; see Metadata."""

    size: int
    resize: int
    interpolation: str
    mean: Sequence[float]
    std: Sequence[float]


def convert_file(
    file: Path, preparation: Preparation, classes: Path | None = None, depth: int | None = None, part: str | None = None,
    out: Path | None = None,
) -> list[str]:
    """Writes the .safetensors file beside `file`, or to `out`, and returns lines on what is in it and what was assumed.

    classes: a file of class names in order. depth: checked against the layers. part: which of several networks. Raises
    WeightsError for what cannot be converted, OutputError if there is no place for the result, and ValueError for names and
    numbers that cannot be.
    """  # fmt: skip
    target = out or _default_target(file)
    if target.exists():
        raise OutputError(f"{target} exists already and would be overwritten; move it, or choose another name by --out.")
    found, metadata = open_checkpoint(file)
    try:
        network, all_parts = find_network(found, part)
        own_depth = depth_of(network.tensors)
        if depth not in (None, own_depth):
            raise ValueError(f"it holds a ResNet-{own_depth}, not one of depth {depth}")
    except ValueError as error:
        raise WeightsError(f"{file.name} cannot be converted: {error}.") from None
    names = _class_names(classes, metadata, _class_count(network.tensors))
    described = _metadata(own_depth, names or _placeholders(_class_count(network.tensors)), preparation)
    size, mean, std = described.size, described.mean, described.std
    build(Weights(described.depth, network.tensors, described.categories, size, mean, std, ""), file.name)
    _write(target, network.tensors, described)
    return list(_lines(target, described, network, [name for name in all_parts if name != network.name], named=bool(names)))


def _default_target(file: Path) -> Path:
    """The path beside `file`, never `file` itself."""
    target = file.with_name(f"{file.name.removesuffix('.tar')}").with_suffix(".safetensors")
    return file.with_name(f"{file.stem}-described.safetensors") if target == file else target


def _class_count(tensors: Mapping[str, Tensor]) -> int:
    """The number of outputs of the last layer."""
    head = tensors.get("fc.weight")
    return head.shape[0] if head is not None and head.dim() else 1


def _placeholders(count: int) -> tuple[str, ...]:
    """Names for classes that the checkpoint does not name."""
    return tuple(f"class {index}" for index in range(count)) if count > 1 else ("positive",)


def _class_names(classes: Path | None, metadata: Mapping[str, str], count: int) -> tuple[str, ...]:
    """The class names in the file `classes`, else those in the metadata, made unique by their index; () for none."""
    if classes is None:
        found, source = _parse_names(metadata.get("categories", "[]")), "the metadata"
    else:
        try:
            text, source = classes.read_text("utf-8-sig"), printable(classes.name)
        except (OSError, UnicodeDecodeError):
            raise ValueError(f"classes must be a text file with one name a line, got {printable(str(classes))}") from None
        lines = [line.strip() for line in text.splitlines()]
        found = _parse_names(text) if classes.suffix == ".json" else [line for line in lines if line]
    if (classes or found) and len(found) != count:
        raise ValueError(f"there must be a name for each of the {count} classes, got {len(found)} in {source}")
    often = Counter(found)
    return tuple(f"{name} ({index})" if often[name] > 1 else name for index, name in enumerate(found))


def _parse_names(text: str) -> list[str]:
    """The names in a JSON list; [] for anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) and all(isinstance(name, str) and name for name in found) else []


def _metadata(depth: int, names: tuple[str, ...], preparation: Preparation) -> Metadata:
    """The metadata of the file to write. Raises ValueError for numbers that they cannot hold."""
    margin = preparation.resize - preparation.size
    described = Metadata(
        depth, names, preparation.size, _triple(preparation.mean), _triple(preparation.std), margin, preparation.interpolation
    )
    return parse_metadata(described.to_strings())


def _triple(values: Sequence[float]) -> Triple:
    red, green, blue = values
    return red, green, blue


def _write(target: Path, tensors: dict[str, Tensor], described: Metadata) -> None:
    data = save(tensors, described.to_strings())
    try:
        with target.open("xb") as file:
            file.write(data)
    except OSError as error:
        raise OutputError(f"{target} cannot be written ({os_reason(error)}); choose another place by --out.") from None


def _lines(target: Path, described: Metadata, part: StateDict, others: Sequence[str], named: bool) -> Iterator[str]:
    """What is in the file and what was assumed, in sentences."""
    count, path = len(described.categories), printable(str(target))
    shown = ", ".join(described.categories[:5]) + (", ..." if count > 5 else "")
    of = f"{count} classes, {shown}" if count > 1 else f"one score, {shown}"
    where = f", found under {part.name}" if part.name else ""
    yield f"{path}: a ResNet-{described.depth} with {of}{where}."
    if others:
        yield f"There is also {', '.join(others)}; --part NAME takes another one."
    if part.others:
        yield f"Left out, for they are not of the network: {', '.join(part.others[:8])}{', ...' if len(part.others) > 8 else ''}."
    if not named:
        yield "The checkpoint does not name its classes, so they are counted; --classes FILE gives names, one a line."
    size, shorter = described.size, described.size + described.margin
    yield (
        f"The shorter side of a picture is scaled to {shorter} pixels ({described.interpolation}), and the centre of "
        f"{size} x {size} is seen with mean {described.mean} and std {described.std}; if it was trained otherwise, convert it "
        "again with --size, --resize, --interpolation, --mean or --std."
    )
    yield f"Explain a picture by: python -m lrp explain PICTURE --depth {described.depth} --weights {shlex.quote(path)}"
