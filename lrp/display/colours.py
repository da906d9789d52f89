"""Relevance becomes colour: one symmetric scale about zero, and overlays."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lrp.attribution import Map

# Diverging scales of ColorBrewer (Brewer, Harrower 2003) with a white centre, from the most negative to the most positive.
SCALES: dict[str, tuple[str, ...]] = {
    "Blue - white - red": (
        "053061", "2166ac", "4393c3", "92c5de", "d1e5f0", "ffffff", "fddbc7", "f4a582", "d6604d", "b2182b", "67001f",
    ),
    "Purple - white - orange": (
        "2d004b", "542788", "8073ac", "b2abd2", "d8daeb", "ffffff", "fee0b6", "fdb863", "e08214", "b35806", "7f3b08",
    ),
}  # fmt: skip
SIGNS = ("both", "positive", "negative")


def ends(scale: str) -> tuple[str, str]:
    """The colours of the two ends in words, that for the class first: ("red", "blue")."""
    against, _, speaking = scale.lower().split(" - ")
    return speaking, against


def only(values: Map, sign: str) -> Map:
    """The values of one sign, the others 0; `sign` is "both", "positive" or "negative"."""
    if sign not in SIGNS:
        raise ValueError(f"sign must be one of {', '.join(SIGNS)}, got {sign!r}")
    return {"both": values, "positive": np.maximum(values, 0), "negative": np.minimum(values, 0)}[sign]


def limit_of(maps: Sequence[Map], percentile: float = 99.0) -> float:
    """The size that the strongest colour stands for: a percentile of |v| over `maps`, in logits; 1 where all is 0."""
    if not 0 < percentile <= 100:
        raise ValueError(f"percentile must be above 0 and at most 100, got {percentile}")
    sizes = np.abs(np.concatenate([values.ravel() for values in maps]))
    return float(np.percentile(sizes, percentile)) or float(sizes.max()) or 1.0


def clipped_share(values: Map, limit: float) -> float:
    """The share of values beyond the limit, 0 to 1."""
    return float((np.abs(values) > limit).mean())


def as_int8(values: Map, limit: float) -> NDArray[np.int8]:
    """The map in 255 steps from -limit to limit, clipped."""
    return np.rint(np.clip(values / limit, -1, 1) * 127).astype(np.int8)


def stops(scale: str, photo: float = 0.0) -> list[tuple[float, tuple[int, int, int, float]]]:
    """The scale as (place 0..1, red, green, blue 0..255, opacity 0..1); where weak, a `photo` share of what lies below shows."""
    colours = [tuple(int(code[i : i + 2], 16) for i in (0, 2, 4)) for code in SCALES[scale]]
    middle = (len(colours) - 1) / 2
    return [
        (i / (2 * middle), (r, g, b, 1 - photo * (1 - abs(i - middle) / middle))) for i, (r, g, b) in enumerate(colours)
    ]


def colourise(values: Map, limit: float, scale: str, picture: Image.Image | None = None, photo: float = 0.0) -> Image.Image:
    """The map as an RGB picture; with `photo` above 0 it lies over the picture in grey, so that colour means relevance alone."""
    table = stops(scale, photo)
    places = [place for place, _ in table]
    where = (as_int8(values, limit).astype(float) / 127 + 1) / 2
    red, green, blue, alpha = (np.interp(where, places, [colour[i] for _, colour in table]) for i in range(4))
    colours = np.stack([red, green, blue], -1)
    below = np.full_like(colours, 255.0) if picture is None else np.asarray(picture.convert("L").convert("RGB"), float)
    return Image.fromarray(np.rint(colours * alpha[..., None] + below * (1 - alpha[..., None])).astype(np.uint8))
