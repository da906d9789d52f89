"""What a file of weights says about them: depth, class names, and how pictures are prepared. Written and read as JSON texts."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lrp.models.architectures import RESNET_LAYERS
from lrp.models.safetensors_file import Unconverted

MAX_SIDE = 1024
NEEDED = ("depth", "categories", "size", "mean", "std")
OPTIONAL = ("resize_size", "crop_pct", "interpolation", "antialias")
ABOUT_PICTURES = re.compile("size|crop|interpol|mean|std|alias", re.IGNORECASE)
INTERPOLATIONS = ("bilinear", "bicubic", "nearest", "box", "hamming", "lanczos")  # as Pillow and torchvision call them

Three = tuple[float, float, float]


@dataclass(frozen=True)
class Description:
    """What is known of weights besides their numbers.

    size: pixels of a side of the input. margin: how much longer than that the shorter side of a picture is made before the
    centre is cut out. interpolation: one of INTERPOLATIONS. mean, std: of RGB values in 0..1.
    """

    depth: int
    categories: tuple[str, ...]
    size: int
    mean: Three
    std: Three
    margin: int = 0
    interpolation: str = INTERPOLATIONS[0]

    def texts(self) -> dict[str, str]:
        """The metadata of a .safetensors file, as `describe` reads them."""
        values = {
            "depth": self.depth, "categories": self.categories, "size": self.size, "resize_size": self.size + self.margin,
            "interpolation": self.interpolation, "mean": self.mean, "std": self.std,
        }  # fmt: skip
        return {name: json.dumps(value) for name, value in values.items()}


def describe(metadata: Mapping[str, Any]) -> Description:
    """Returns what a file's metadata say, checked. Raises ValueError with half a sentence that names value and constraint.

    Entries of other names are notes and left alone, unless they are about how pictures are prepared: those must not be missed.
    """
    if missing := [name for name in NEEDED if name not in metadata]:
        raise Unconverted(f"the file's metadata lacks {', '.join(missing)}")
    known = (*NEEDED, *OPTIONAL)
    if unknown := [name for name in metadata if name not in known and ABOUT_PICTURES.search(name)]:
        raise ValueError(f"{unknown[0]} in the file's metadata is not known; what they may hold is {', '.join(known)}")
    try:
        given = {name: json.loads(metadata[name]) for name in known if name in metadata}
    except (TypeError, ValueError, RecursionError):
        raise ValueError("the file's metadata are not JSON") from None
    depth, categories, size = given["depth"], given["categories"], given["size"]
    if type(depth) is not int or depth not in RESNET_LAYERS:
        raise ValueError(f"the depth must be one of {', '.join(map(str, RESNET_LAYERS))}, and is {_brief(depth)}")
    if not isinstance(categories, list) or not categories or not all(isinstance(c, str) and c for c in categories):
        raise ValueError("the categories must be a list of names")
    if type(size) is not int or not 32 <= size <= MAX_SIDE:
        raise ValueError(f"the size must be 32 to {MAX_SIDE} pixels, and is {_brief(size)}")
    mean, std = _three("mean", given["mean"], "numbers from 0 to 1"), _three("std", given["std"], "positive numbers up to 1")
    return Description(depth, tuple(categories), size, mean, std, _shorter_side(size, given) - size, _interpolation(given))


def side_before_crop(size: int, crop_pct: float = 0.875) -> int:
    """How long the shorter side is made where the crop takes the share `crop_pct` of it, as timm counts."""
    return math.floor(size / crop_pct)


def _three(name: str, values: Any, what: str) -> Three:
    """The mean or the std: numbers that pixels in 0..1 can have."""
    numbers = isinstance(values, list) and len(values) == 3 and all(type(v) in (int, float) for v in values)
    if not numbers or not all(0 <= v <= 1 for v in values) or (name == "std" and min(values) < 1e-4):
        large = numbers and max(values) > 1
        way = "; those of pixels in 0..255 are to be divided by 255" if large else ""
        raise ValueError(f"the {name} must be three {what}, of pixels in 0..1, and is {_brief(values)}{way}")
    return (values[0], values[1], values[2])


def _shorter_side(size: int, given: Mapping[str, Any]) -> int:
    """How long the shorter side of a picture is made; as long as the input where nothing is said."""
    share, side = given.get("crop_pct"), given.get("resize_size")
    if share is not None and not (type(share) in (int, float) and 0.25 <= share <= 1):
        raise ValueError(f"the crop_pct must be a share from 0.25 to 1, and is {_brief(share)}")
    by_share = size if share is None else side_before_crop(size, share)
    if side is None:
        return by_share
    if type(side) is not int or not size <= side <= 4 * size:
        raise ValueError(f"the resize_size must be {size} to {4 * size} pixels for a size of {size}, and is {_brief(side)}")
    if share is not None and abs(side - by_share) > 1:
        raise ValueError(f"the resize_size {side} and the crop_pct {share} contradict each other, which would be {by_share}")
    return side


def _interpolation(given: Mapping[str, Any]) -> str:
    found = given.get("interpolation", INTERPOLATIONS[0])
    if found not in INTERPOLATIONS:
        raise ValueError(f"the interpolation must be one of {', '.join(INTERPOLATIONS)}, and is {_brief(found)}")
    if (smooth := given.get("antialias", True)) is not True:
        raise ValueError(f"the antialias must be true, for pictures are never made smaller without, and is {_brief(smooth)}")
    return str(found)


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]} ..."
