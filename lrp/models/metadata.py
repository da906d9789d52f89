"""The metadata of a weights file: depth, class names, and how pictures are prepared; values are JSON strings."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lrp.heads import HEADS, check_head
from lrp.models.architectures import RESNET_LAYERS
from lrp.models.safetensors_file import NeedsConversion

MAX_SIDE = 1024  # pixels
REQUIRED = ("depth", "categories", "size", "mean", "std")
OPTIONAL = ("resize_size", "crop_pct", "interpolation", "antialias", "head")
PREPARATION_NAMES = re.compile("size|crop|interpol|mean|std|alias", re.IGNORECASE)
INTERPOLATIONS = ("bilinear", "bicubic", "nearest", "box", "hamming", "lanczos")  # as Pillow and torchvision call them

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

    def to_strings(self) -> dict[str, str]:
        """Returns the metadata of a .safetensors file, as `parse_metadata` reads it."""
        values = {
            "depth": self.depth, "categories": self.categories, "size": self.size, "resize_size": self.size + self.margin,
            "interpolation": self.interpolation, "mean": self.mean, "std": self.std, "head": self.head,
        }  # fmt: skip
        return {name: json.dumps(value) for name, value in values.items()}


def parse_metadata(metadata: Mapping[str, object]) -> Metadata:
    """Validates and returns the metadata of a file. Raises ValueError with half a sentence that names value and constraint.

    Unknown entries are ignored, except those that seem to say how pictures are prepared: ignoring these would give wrong maps.
    """
    if missing := [name for name in REQUIRED if name not in metadata]:
        raise NeedsConversion(f"the file's metadata lacks {', '.join(missing)}")
    known = (*REQUIRED, *OPTIONAL)
    if unknown := [name for name in metadata if name not in known and PREPARATION_NAMES.search(name)]:
        raise ValueError(f"{unknown[0]} in the file's metadata is not known; what they may hold is {', '.join(known)}")
    try:
        given = {name: _parse_json(metadata[name]) for name in known if name in metadata}
    except (TypeError, ValueError, RecursionError):
        raise ValueError("the file's metadata are not JSON") from None
    depth, categories, size = given["depth"], given["categories"], given["size"]
    if type(depth) is not int or depth not in RESNET_LAYERS:
        raise ValueError(f"the depth must be one of {', '.join(map(str, RESNET_LAYERS))}, and is {_short(depth)}")
    if not isinstance(categories, list) or not categories or not all(isinstance(c, str) and c for c in categories):
        raise ValueError("the categories must be a list of names")
    if type(size) is not int or not 32 <= size <= MAX_SIDE:
        raise ValueError(f"the size must be 32 to {MAX_SIDE} pixels, and is {_short(size)}")
    mean, std = _triple("mean", given["mean"], "numbers from 0 to 1"), _triple("std", given["std"], "positive numbers up to 1")
    margin = _resize_side(size, given) - size
    return Metadata(depth, tuple(categories), size, mean, std, margin, _interpolation(given), _head(given))


def side_before_crop(size: int, crop_pct: float = 0.875) -> int:
    """Returns the length of the shorter side of which the crop takes the share `crop_pct`, as timm defines it."""
    return math.floor(size / crop_pct)


def _parse_json(text: object) -> object:
    """The value of a JSON string. Raises TypeError for anything but a string, and ValueError for broken JSON."""
    if not isinstance(text, str):
        raise TypeError
    value: object = json.loads(text)
    return value


def _triple(name: str, values: object, what: str) -> Triple:
    """The mean or the std, checked to be three numbers that pixels in 0..1 can have."""
    numbers = [v for v in values if isinstance(v, int | float) and type(v) is not bool] if isinstance(values, list) else []
    complete = isinstance(values, list) and len(values) == len(numbers) == 3
    if not complete or not all(0 <= v <= 1 for v in numbers) or (name == "std" and min(numbers) < 1e-4):
        large = complete and max(numbers) > 1
        way = "; those of pixels in 0..255 are to be divided by 255" if large else ""
        raise ValueError(f"the {name} must be three {what}, of pixels in 0..1, and is {_short(values)}{way}")
    return (numbers[0], numbers[1], numbers[2])


def _resize_side(size: int, given: Mapping[str, object]) -> int:
    """The length to which the shorter side of a picture is resized; the input's size by default."""
    share, side = given.get("crop_pct"), given.get("resize_size")
    if share is not None and not (isinstance(share, int | float) and 0.25 <= share <= 1 and share is not True):
        raise ValueError(f"the crop_pct must be a share from 0.25 to 1, and is {_short(share)}")
    by_share = size if share is None else side_before_crop(size, share)
    if side is None:
        return by_share
    if not isinstance(side, int) or isinstance(side, bool) or not size <= side <= 4 * size:
        raise ValueError(f"the resize_size must be {size} to {4 * size} pixels for a size of {size}, and is {_short(side)}")
    if share is not None and abs(side - by_share) > 1:
        raise ValueError(f"the resize_size {side} and the crop_pct {share} contradict each other, which would be {by_share}")
    return side


def _interpolation(given: Mapping[str, object]) -> str:
    """The interpolation, checked; bilinear by default. Also refuses `antialias` other than true."""
    found = given.get("interpolation", INTERPOLATIONS[0])
    if found not in INTERPOLATIONS:
        raise ValueError(f"the interpolation must be one of {', '.join(INTERPOLATIONS)}, and is {_short(found)}")
    if (smooth := given.get("antialias", True)) is not True:
        raise ValueError(f"the antialias must be true, for pictures are never made smaller without, and is {_short(smooth)}")
    return str(found)


def _head(given: Mapping[str, object]) -> str:
    """What the outputs mean, checked; softmax by default."""
    found = given.get("head", next(iter(HEADS)))
    return check_head(found if isinstance(found, str) else _short(found))


def _short(value: object) -> str:
    """The repr of a value, cut after 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]} ..."
