"""Maps as colours: a diverging scale that is symmetric about zero, and overlays on the picture."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lrp.attribution import Map

ColourStop = tuple[float, tuple[int, int, int, float]]  # position 0..1, (red, green, blue 0..255, opacity 0..1)

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


def end_colours(scale: str) -> tuple[str, str]:
    """Returns the names of the colours of positive and of negative relevance, such as ("red", "blue")."""
    negative, _, positive = scale.lower().split(" - ")
    return positive, negative


def end_shades(scale: str) -> tuple[str, str]:
    """Returns the shades of positive and of negative relevance for marks beside a map, such as ("#b2182b", "#2166ac")."""
    shades = SCALES[scale]
    return f"#{shades[-2]}", f"#{shades[1]}"


def only_sign(values: Map, sign: str) -> Map:
    """Returns the map with the values of other signs set to 0.

    sign: one of SIGNS. Raises ValueError for any other.
    """
    if sign not in SIGNS:
        raise ValueError(f"sign must be one of {', '.join(SIGNS)}, got {sign!r}")
    return {"both": values, "positive": np.maximum(values, 0), "negative": np.minimum(values, 0)}[sign]


def colour_limit(maps: Sequence[Map], percentile: float = 99.0) -> float:
    """Returns the |relevance| that gets the strongest colour: a percentile of |v| over all `maps`, in their unit.

    Where the percentile is 0 it is the largest |v|, and 1 where all values are 0. Raises ValueError unless
    0 < percentile <= 100.
    """
    if not 0 < percentile <= 100:
        raise ValueError(f"percentile must be above 0 and at most 100, got {percentile}")
    sizes = np.abs(np.concatenate([values.ravel() for values in maps]))
    return float(np.percentile(sizes, percentile)) or float(sizes.max()) or 1.0


def clipped_share(values: Map, limit: float) -> float:
    """Returns the share, 0 to 1, of values whose size is above the limit."""
    return float((np.abs(values) > limit).mean())


def as_int8(values: Map, limit: float) -> NDArray[np.int8]:
    """Returns the map clipped to -limit..limit and rounded to whole numbers from -127 to 127."""
    levels: NDArray[np.int8] = np.rint(np.clip(values / limit, -1, 1) * 127).astype(np.int8)
    return levels


def colour_stops(scale: str, photo: float = 0.0) -> list[ColourStop]:
    """Returns the colours of a scale with their positions, from the most negative to the most positive.

    photo: the share, 0 to 1, of the picture below that shows through at zero; it falls linearly to 0 at both ends.
    """
    colours = [tuple(int(code[i : i + 2], 16) for i in (0, 2, 4)) for code in SCALES[scale]]
    middle = (len(colours) - 1) / 2
    return [
        (i / (2 * middle), (r, g, b, 1 - photo * (1 - abs(i - middle) / middle))) for i, (r, g, b) in enumerate(colours)
    ]


def colourise(values: Map, limit: float, scale: str, picture: Image.Image | None = None, photo: float = 0.0) -> Image.Image:
    """Returns the map (H, W) as an RGB picture.

    limit: the |relevance| of the strongest colour. picture: what shows through where `photo` is above 0 (see `colour_stops`);
    it is drawn in grey, so that colour means relevance alone.
    """
    stops = colour_stops(scale, photo)
    positions = [position for position, _ in stops]
    wanted = (as_int8(values, limit).astype(float) / 127 + 1) / 2
    red, green, blue, opacity = (np.interp(wanted, positions, [colour[i] for _, colour in stops]) for i in range(4))
    colours = np.stack([red, green, blue], -1)
    below = np.full_like(colours, 255.0) if picture is None else np.asarray(picture.convert("L").convert("RGB"), float)
    return Image.fromarray(np.rint(colours * opacity[..., None] + below * (1 - opacity[..., None])).astype(np.uint8))
