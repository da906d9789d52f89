"""A checkpoint becomes one .safetensors file that says what it is: depth, class names, and how pictures are prepared."""

import json
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import save
from torch import Tensor

from lrp.cli.files import OutputError, printable
from lrp.models.checkpoint import StateDict, depth_of, find_network, open_checkpoint
from lrp.models.metadata import Metadata, parse_metadata
from lrp.models.weights import Weights, WeightsError, build

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, with which nearly all networks are trained


@dataclass(frozen=True)
class View:
    """How the network was shown pictures in training. resize: what the shorter side is made; see Metadata."""

    size: int
    resize: int
    interpolation: str
    mean: Sequence[float]
    std: Sequence[float]


def convert(
    file: Path, view: View, classes: Path | None = None, depth: int | None = None, part: str | None = None,
    out: Path | None = None,
) -> list[str]:
    """Writes the .safetensors file beside `file`, or to `out`, and returns lines that tell what is in it and what was assumed.

    classes: a file of class names in order. depth: checked against the layers. part: which of several networks. Raises
    WeightsError for what cannot be converted, OutputError if there is no place for the result, and ValueError for names and
    numbers that cannot be.
    """  # fmt: skip
    target = out or _beside(file)
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
    names = _names(classes, metadata, _count(network.tensors))
    said = _checked(own_depth, names or _placeholders(_count(network.tensors)), view)
    build(Weights(said.depth, network.tensors, said.categories, said.size, said.mean, said.std, ""), file.name)
    _write(target, network.tensors, said)
    return list(_told(target, said, network, [name for name in all_parts if name != network.name], named=bool(names)))


def _beside(file: Path) -> Path:
    target = file.with_name(f"{file.name.removesuffix('.tar')}").with_suffix(".safetensors")
    return file.with_name(f"{file.stem}-described.safetensors") if target == file else target


def _count(tensors: Mapping[str, Tensor]) -> int:
    head = tensors.get("fc.weight")
    return head.shape[0] if head is not None and head.dim() else 1


def _placeholders(count: int) -> tuple[str, ...]:
    return tuple(f"class {index}" for index in range(count)) if count > 1 else ("positive",)


def _names(classes: Path | None, metadata: Mapping[str, str], count: int) -> tuple[str, ...]:
    """The class names in the file, else those that the checkpoint has; none if there are no such, and each once."""
    if classes is None:
        found, source = _listed(metadata.get("categories", "[]")), "the metadata"
    else:
        try:
            text, source = classes.read_text("utf-8-sig"), printable(classes.name)
        except (OSError, UnicodeDecodeError):
            raise ValueError(f"classes must be a text file with one name a line, got {printable(str(classes))}") from None
        lines = [line.strip() for line in text.splitlines()]
        found = _listed(text) if classes.suffix == ".json" else [line for line in lines if line]
    if (classes or found) and len(found) != count:
        raise ValueError(f"there must be a name for each of the {count} classes, got {len(found)} in {source}")
    often = Counter(found)
    return tuple(f"{name} ({index})" if often[name] > 1 else name for index, name in enumerate(found))


def _listed(text: str) -> list[str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) and all(isinstance(name, str) and name for name in found) else []


def _checked(depth: int, names: tuple[str, ...], view: View) -> Metadata:
    mean, std = tuple(view.mean), tuple(view.std)
    described = Metadata(depth, names, view.size, mean, std, view.resize - view.size, view.interpolation)  # type: ignore[arg-type]
    return parse_metadata(described.to_strings())


def _write(target: Path, tensors: dict[str, Tensor], said: Metadata) -> None:
    data = save(tensors, said.to_strings())
    try:
        with target.open("xb") as file:
            file.write(data)
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        raise OutputError(f"{target} cannot be written ({reason}); choose another place by --out.") from None


def _told(target: Path, said: Metadata, part: StateDict, others: Sequence[str], named: bool) -> Iterator[str]:
    count, path = len(said.categories), printable(str(target))
    shown = ", ".join(said.categories[:5]) + (", ..." if count > 5 else "")
    of = f"{count} classes, {shown}" if count > 1 else f"one score, {shown}"
    where = f", found under {part.name}" if part.name else ""
    yield f"{path}: a ResNet-{said.depth} with {of}{where}."
    if others:
        yield f"There is also {', '.join(others)}; --part NAME takes another one."
    if part.others:
        yield f"Left out, for they are not of the network: {', '.join(part.others[:8])}{', ...' if len(part.others) > 8 else ''}."
    if not named:
        yield "The checkpoint does not name its classes, so they are counted; --classes FILE gives names, one a line."
    yield (
        f"The shorter side of a picture is scaled to {said.size + said.margin} pixels ({said.interpolation}), and the centre of "
        f"{said.size} x {said.size} is seen with mean {said.mean} and std {said.std}; if it was trained otherwise, convert it "
        "again with --size, --resize, --interpolation, --mean or --std."
    )
    yield f"Explain a picture by: python -m lrp explain PICTURE --depth {said.depth} --weights {shlex.quote(path)}"
