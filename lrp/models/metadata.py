"""The metadata of a weights file: depth, class names, and how pictures are prepared; values are JSON strings."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lrp.heads import HEADS
from lrp.models.architectures import RESNET_LAYERS
from lrp.models.preparation import (
    INTERPOLATIONS,
    MAX_SIDE,
    MIN_SIDE,
    head_name,
    interpolation_of,
    numbers_of,
    resize_side,
    short,
)
from lrp.models.safetensors_file import NeedsConversion

REQUIRED = ("depth", "categories", "size", "mean", "std")
OPTIONAL = ("resize_size", "crop_pct", "interpolation", "antialias", "head")
FURTHER = ("architecture", "channels", "squash", "library", "assumed")  # of networks that `lrp.load_network` reads
PREPARATION_NAMES = re.compile("size|crop|interpol|mean|std|alias", re.IGNORECASE)

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Metadata:
    """What is known about weights besides their tensors.

    size: pixels of a side of the input. margin: how much longer than that the shorter side of a picture is made before the
    centre is cropped. interpolation: one of INTERPOLATIONS. mean, std: of RGB values in 0..1. head: what the outputs mean, one
    of lrp.heads.HEADS.
    """

    depth: int
    categories: tuple[str, ...]
    size: int
    mean: Triple
    std: Triple
    margin: int = 0
    interpolation: str = INTERPOLATIONS[0]
    head: str = next(iter(HEADS))


def parse_metadata(metadata: Mapping[str, object]) -> Metadata:
    """Validates and returns the metadata of a file. Raises ValueError with half a sentence that names value and constraint.

    Unknown entries are ignored, except those that seem to say how pictures are prepared: ignoring these would give wrong maps.
    """
    if missing := [name for name in REQUIRED if name not in metadata]:
        raise NeedsConversion(f"the file's metadata lacks {', '.join(missing)}")
    if metadata.get("squash") == "true":
        raise ValueError("its pictures are scaled whatever their sides, which only --network and lrp.load_network read")
    known = (*REQUIRED, *OPTIONAL)
    if unknown := [name for name in metadata if name not in known and PREPARATION_NAMES.search(name)]:
        raise ValueError(f"{unknown[0]} in the file's metadata is not known; what they may hold is {', '.join(known)}")
    try:
        given = {name: _parse_json(metadata[name]) for name in known if name in metadata}
    except (TypeError, ValueError, RecursionError):
        raise ValueError("the file's metadata are not JSON") from None
    depth = given["depth"]
    categories = given["categories"]
    size = given["size"]
    if type(depth) is not int or depth not in RESNET_LAYERS:
        raise ValueError(f"the depth must be one of {', '.join(map(str, RESNET_LAYERS))}, and is {short(depth)}")
    if not isinstance(categories, list) or not categories or not all(isinstance(c, str) and c for c in categories):
        raise ValueError("the categories must be a list of names")
    if type(size) is not int or not MIN_SIDE <= size <= MAX_SIDE:
        raise ValueError(f"the size must be {MIN_SIDE} to {MAX_SIDE} pixels, and is {short(size)}")
    mean, std = (_triple(name, given[name]) for name in ("mean", "std"))
    margin = resize_side(size, given) - size
    return Metadata(depth, tuple(categories), size, mean, std, margin, interpolation_of(given), head_name(given))


def said_in_metadata(metadata: Mapping[str, object]) -> dict[str, object]:
    """Returns what the metadata of a file say, by the names of `load_network`'s settings; {} for a file without ours.

    Raises ValueError with half a sentence for ours that are not JSON, or that say more about pictures than is known here.
    """
    if not any(name in metadata for name in REQUIRED):
        return {}
    known = (*REQUIRED, *OPTIONAL, *FURTHER)
    if unknown := [name for name in metadata if name not in known and PREPARATION_NAMES.search(name)]:
        raise ValueError(f"{unknown[0][:40]} in the file's metadata is not known; what they may hold is {', '.join(known)}")
    try:
        given = {name: _parse_json(metadata[name]) for name in known if name in metadata}
    except (TypeError, ValueError, RecursionError):
        raise ValueError("the file's metadata are not JSON") from None
    names = {"resize_size": "resize"}
    return {names.get(name, name): value for name, value in given.items() if name not in ("depth", "antialias")}


def _parse_json(text: object) -> object:
    """The value of a JSON string. Raises TypeError for anything but a string, and ValueError for broken JSON."""
    if not isinstance(text, str):
        raise TypeError
    value: object = json.loads(text)
    return value


def _triple(name: str, values: object) -> Triple:
    """The mean or the std of three channels, in a list."""
    red, green, blue = numbers_of(name, values if isinstance(values, list) else [values])
    return red, green, blue
