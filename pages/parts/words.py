"""The sentences of the comparison: what the network sees, and how far each map can be trusted."""

import math

import numpy as np
from scipy.ndimage import uniform_filter

from lrp.heatmap import Map
from pages.parts.compute import Result

GREEN, AMBER = ":green[:material/check_circle:]", ":orange[:material/info:]"
SMALL_GAP = 0.05
PLACES = (("top left", "top", "top right"), ("left", "centre", "right"), ("bottom left", "bottom", "bottom right"))


def article(name: str) -> str:
    """The name in a sentence, with its article."""
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"


def certainty(probability: float) -> str:
    """How sure the network is, as people say it."""
    if probability >= 0.9:
        return "and is almost sure of it"
    if probability >= 0.6:
        return "and is fairly sure of it"
    return "but is unsure" if probability >= 0.3 else "but is mostly guessing"


def headline(depth: int, name: str, probability: float) -> str:
    """What the network sees and how sure it is."""
    return f"ResNet-{depth} sees **{article(name)}** {certainty(probability)} ({probability:.0%})."


def trust(result: Result, family: str) -> str:
    """Whether the map's sum is what it should be, with a green or amber mark."""
    mark = GREEN if result.gap <= SMALL_GAP else AMBER
    if family == "LRP":
        said = f"{mark} Sums to **{result.total:.2f}**; the logit is **{result.explained:.2f}**."
        if result.gap <= SMALL_GAP:
            return f"{said} Nearly all of it reached the pixels."
        if result.explained and 0 < result.total / result.explained < 1:
            absorbed = 1 - result.total / result.explained
            return f"{said} The other {absorbed:.0%} stayed with the biases and epsilon, as this rule does."
        return f"{said} This rule does not keep the sum, so read where the colours are, not how much they add up to."
    said = f"{mark} Sums to **{result.total:.2f}**; it should be **{result.explained:.2f}**, the logit less that of the baseline."
    if math.isinf(result.gap):
        return f"{said} Where there is nothing to share out, only more steps bring it nearer to nothing."
    steps = f"{result.n_steps} steps"
    return f"{said} A gap of {result.gap:.1%} with {steps}" + ("." if result.gap <= SMALL_GAP else "; more steps would help.")


def crop(size: tuple[int, int], seen: tuple[int, int]) -> str:
    """What became of the picture before the network saw it."""
    square = "" if size[0] == size[1] else "the centre of "
    return f"It sees {square}your picture ({size[0]:,} x {size[1]:,}) at {seen[0]} x {seen[1]} pixels."


def small_print(result: Result, clipped: float) -> str:
    """Time and clipping."""
    return f"{seconds(result.seconds)} · {clipped:.1%} of the pixels are stronger than the scale"


def seconds(value: float) -> str:
    """A duration, in the unit people would choose."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def summary(label: str, values: Map) -> str:
    """A map in one sentence, for those who cannot see it: the share that speaks for the class, and where it is strongest."""
    sizes = np.abs(values)
    if not sizes.sum():
        return f"{label}: no relevance at all."
    positive = float(values.clip(min=0).sum() / sizes.sum())
    peak = np.unravel_index(_smooth(sizes).argmax(), sizes.shape)
    row, column = (int(3 * place / side) for place, side in zip(peak, sizes.shape, strict=True))
    return f"{label}: {positive:.0%} of the relevance speaks for the class, strongest at the {PLACES[row][column]}."


def _smooth(sizes: Map) -> Map:
    """Sums over squares of an eighth of the side, so that one lonely pixel is no peak."""
    reach = max(1, min(sizes.shape) // 8)
    return uniform_filter(sizes, size=reach)
