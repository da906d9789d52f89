"""Relevance becomes colour: one symmetric scale about zero, overlays, and the sheet that people take away."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

Map = NDArray[np.float32]


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


def sum_channels(relevance: Tensor) -> Map:
    """The map (H, W) of one picture's relevance (1, 3, H, W), in logits: colour channels speak together for a pixel."""
    if relevance.dim() != 4 or len(relevance) != 1:
        raise ValueError(f"relevance must be that of one picture, of shape (1, 3, H, W), got {tuple(relevance.shape)}")
    return relevance[0].sum(0).cpu().numpy().astype(np.float32)


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


@dataclass(frozen=True)
class Panel:
    """One tile of a sheet: a picture with its title above and its notes below."""

    title: str
    picture: Image.Image
    notes: tuple[str, ...] = ()


SIDE, MARGIN, LINE = 320, 24, 22


def sheet(headline: str, panels: Sequence[Panel], lines: Sequence[str], settings: Mapping[str, object]) -> Image.Image:
    """One picture of a whole comparison, its settings written beneath and kept in its PNG text chunk (see `png_text`)."""
    width = MARGIN + len(panels) * (SIDE + MARGIN)
    heads = _wrap(headline, width - 2 * MARGIN, 20)
    wrapped = [part for line in lines for part in _wrap(line, width - 2 * MARGIN)]
    notes = max(len(_wrapped_notes(panel)) for panel in panels)
    top = MARGIN + (len(heads) + 1) * LINE
    height = top + LINE + SIDE + (notes + len(wrapped) + 1) * LINE + 2 * MARGIN
    canvas = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(canvas)
    for row, line in enumerate(heads):
        draw.text((MARGIN, MARGIN + row * LINE), line, "black", _font(20))
    for i, panel in enumerate(panels):
        left = MARGIN + i * (SIDE + MARGIN)
        draw.text((left, top), panel.title, "black", _font(16))
        canvas.paste(panel.picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.NEAREST), (left, top + LINE + 4))
        for row, note in enumerate(_wrapped_notes(panel)):
            draw.text((left, top + LINE + SIDE + 10 + row * LINE), note, "#333333", _font(14))
    for row, line in enumerate(wrapped):
        draw.text((MARGIN, top + LINE + SIDE + MARGIN + (notes + row) * LINE), line, "#333333", _font(14))
    canvas.info["settings"] = json.dumps(dict(settings), ensure_ascii=False)
    return canvas


def png_text(picture: Image.Image) -> PngInfo:
    """The settings of a sheet as PNG text, for `picture.save(..., pnginfo=png_text(picture))`."""
    info = PngInfo()
    info.add_itxt("settings", picture.info.get("settings", "{}"))
    return info


def _wrapped_notes(panel: Panel) -> list[str]:
    return [line for note in panel.notes for line in _wrap(note, SIDE)]


def _wrap(text: str, width: int, size: int = 14) -> list[str]:
    """The text in lines of at most `width` pixels, broken between words; a word that is longer alone is broken inside."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and _font(size).getlength(longer) > width:
            lines.append(line)
            longer = word
        while _font(size).getlength(longer) > width:
            fits = next(n for n in range(len(longer) - 1, 0, -1) if n == 1 or _font(size).getlength(longer[:n]) <= width)
            lines.append(longer[:fits])
            longer = longer[fits:]
        line = longer
    return [*lines, line]


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    # Captum brings matplotlib, and matplotlib a font that has the Greek letters of the rules' names.
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", size)
