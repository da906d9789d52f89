"""How pictures become the input of a network: size, crop, interpolation, mean and std, validated from untrusted values."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from lrp.heads import HEADS, check_head

MIN_SIDE, MAX_SIDE = 16, 1024  # pixels of a side of the input
INTERPOLATIONS = ("bilinear", "bicubic", "nearest", "box", "hamming", "lanczos")  # as Pillow and torchvision call them
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # with which nearly all networks are trained
COUNTS = {1: "one number", 3: "three numbers", 4: "four numbers"}  # of a mean or std, by channels

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Preparation:
    """How a picture becomes the input of a network.

    height, width: of the input in pixels. margin: how much longer than its shorter side the picture is made there before the
    centre is cut out. squash: whether the whole picture is scaled to the input instead, whatever its sides. interpolation: one
    of INTERPOLATIONS. mean, std: of values in 0..1, one number a channel.
    """

    height: int
    width: int
    margin: int
    squash: bool
    interpolation: str
    mean: Numbers
    std: Numbers

    def in_words(self) -> str:
        """Returns how a picture is prepared, as half a sentence."""
        size = f"{self.height} x {self.width}"
        shorter = min(self.height, self.width) + self.margin
        cut = f"scaled to {shorter} pixels on its shorter side and cut to {size}"
        way = f"scaled to {size} whatever its sides" if self.squash else cut
        return f"a picture is {way} ({self.interpolation}), with mean {_listed(self.mean)} and std {_listed(self.std)}"


def preparation_of(said: Mapping[str, object], channels: int, usual_side: int) -> tuple[Preparation, dict[str, str]]:
    """Returns the preparation that `said` gives for a network of that many channels, and what was assumed, in words.

    said: "size" (pixels, or height and width), "resize" (pixels of the shorter side before the cut) or "crop_pct" (the share of
    it that the cut takes), "squash", "interpolation", "mean", "std". Raises ValueError with half a sentence that names value and
    constraint.
    """
    assumed = {}
    height, width = size_of(said["size"]) if "size" in said else (usual_side, usual_side)
    if "size" not in said:
        assumed["size"] = f"size {usual_side}"
    shorter, squash = min(height, width), said.get("squash", False)
    if not isinstance(squash, bool):
        raise ValueError(f"squash must be true or false, and is {short(squash)}")
    usual = not squash and height == width and shorter >= 2 * 32
    given = {"resize_size": said.get("resize"), "crop_pct": said.get("crop_pct")}
    if squash and any(value is not None for value in given.values()):
        raise ValueError("resize and crop_pct say what is cut away, and squash that nothing is; give one of them")
    if not squash and all(value is None for value in given.values()):
        given["resize_size"] = side_before_crop(shorter) if usual else shorter
        assumed["resize"] = f"resize {given['resize_size']}"
    margin = 0 if squash else resize_side(shorter, given, "resize") - shorter
    how = interpolation_of(said)
    mean, std = (numbers_of(name, said.get(name, _usual(name, channels)), channels) for name in ("mean", "std"))
    values = {"interpolation": how, "mean": _listed(mean), "std": _listed(std)}
    assumed |= {name: f"{name} {value}" for name, value in values.items() if name not in said}
    return Preparation(height, width, margin, squash, how, mean, std), assumed


def size_of(size: object) -> tuple[int, int]:
    """Returns the height and width of a number of pixels, or of two. Raises ValueError."""
    sides = list(size) if isinstance(size, list | tuple) else [size, size]
    pixels = [side for side in sides if isinstance(side, int) and not isinstance(side, bool) and MIN_SIDE <= side <= MAX_SIDE]
    if len(sides) != 2 or len(pixels) != 2:
        raise ValueError(f"the size must be {MIN_SIDE} to {MAX_SIDE} pixels, or a height and a width, and is {short(size)}")
    height, width = pixels
    if max(height, width) > 8 * min(height, width):
        raise ValueError(f"one side of the size may be at most 8 times the other, and it is {short(size)}")
    return height, width


def side_before_crop(size: int, crop_pct: float = 0.875) -> int:
    """Returns the length of the shorter side of which the crop takes the share `crop_pct`, as timm defines it."""
    return math.floor(size / crop_pct)


def resize_side(size: int, given: Mapping[str, object], name: str = "resize_size") -> int:
    """Returns the length to which the shorter side of a picture is resized; the input's size by default.

    name: what messages call it. Raises ValueError.
    """
    share, side = given.get("crop_pct"), given.get("resize_size")
    if share is not None and not (isinstance(share, int | float) and 0.25 <= share <= 1 and share is not True):
        raise ValueError(f"the crop_pct must be a share from 0.25 to 1, and is {short(share)}")
    by_share = size if share is None else side_before_crop(size, share)
    if side is None:
        return by_share
    if not isinstance(side, int) or isinstance(side, bool) or not size <= side <= 4 * size:
        raise ValueError(f"the {name} must be {size} to {4 * size} pixels for a size of {size}, and is {short(side)}")
    if share is not None and abs(side - by_share) > 1:
        raise ValueError(f"the {name} {side} and the crop_pct {share} contradict each other, which would be {by_share}")
    return side


def interpolation_of(given: Mapping[str, object]) -> str:
    """Returns the interpolation; bilinear by default. Raises ValueError, also for `antialias` other than true."""
    found = given.get("interpolation", INTERPOLATIONS[0])
    if found not in INTERPOLATIONS:
        raise ValueError(f"the interpolation must be one of {', '.join(INTERPOLATIONS)}, and is {short(found)}")
    if (smooth := given.get("antialias", True)) is not True:
        raise ValueError(f"the antialias must be true, for pictures are never made smaller without, and is {short(smooth)}")
    return str(found)


def head_name(given: Mapping[str, object]) -> str:
    """Returns what the outputs mean; softmax by default. Raises ValueError for none of lrp.heads.HEADS."""
    found = given.get("head", next(iter(HEADS)))
    return check_head(found if isinstance(found, str) else short(found))


def numbers_of(name: str, values: object, channels: int = 3) -> Numbers:
    """Returns the mean or the std, one number a channel, that pixels in 0..1 can have. Raises ValueError.

    One number stands for every channel, and the mean of three for a single channel, as in timm.
    """
    values = list(values) if isinstance(values, tuple) else values
    if isinstance(values, int | float) and not isinstance(values, bool):
        values = [values] * channels
    if channels == 1 and isinstance(values, list) and len(values) == 3 and all(isinstance(v, int | float) for v in values):
        values = [values[0] if values.count(values[0]) == 3 else sum(values) / 3]
    numbers = [v for v in values if isinstance(v, int | float) and type(v) is not bool] if isinstance(values, list) else []
    complete = isinstance(values, list) and len(values) == len(numbers) == channels
    if not complete or not all(0 <= v <= 1 for v in numbers) or (name == "std" and min(numbers) < 1e-4):
        count = COUNTS.get(channels, f"{channels} numbers")
        what = f"{count} from 0 to 1" if name == "mean" else f"{count.replace('number', 'positive number')} up to 1"
        large = complete and max(numbers) > 1
        way = "; those of pixels in 0..255 are to be divided by 255" if large else ""
        raise ValueError(f"the {name} must be {what}, of pixels in 0..1, and is {short(values)}{way}")
    return tuple(numbers)


def short(value: object) -> str:
    """Returns the repr of a value, cut after 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]} ..."


def _usual(name: str, channels: int) -> list[float]:
    """ImageNet's mean or std; for one channel that of its greys, and for a fourth, transparency, values in 0..1 as they are."""
    if channels == 1:
        return [0.449] if name == "mean" else [0.226]
    usual = list(IMAGENET_MEAN if name == "mean" else IMAGENET_STD)
    return usual if channels == 3 else [*usual, 0.0 if name == "mean" else 1.0]


def _listed(values: Numbers) -> str:
    return " ".join(f"{value:g}" for value in values)
