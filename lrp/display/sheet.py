"""The sheet that people take away: one picture of a whole comparison, with its words, colour scales and marked region."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from lrp.display.colours import colourise
from lrp.region import Region

SIDE, MARGIN, LINE, GAP = 320, 24, 22, 12
BAR = 10  # pixels, the height of a colour bar


@dataclass(frozen=True)
class Legend:
    """What the colours of a map stand for: those of `scale`, from -limit to limit, in `unit`."""

    scale: str
    limit: float
    unit: str

    @property
    def ends(self) -> tuple[str, str, str]:
        """What is written below the left end, the middle and the right end."""
        return f"−{self.limit:.2g}", "0", f"+{self.limit:.2g} {self.unit}"


@dataclass(frozen=True)
class Panel:
    """One tile of a sheet: a picture with its title above, and below it its colours and notes; the region is outlined in it."""

    title: str
    picture: Image.Image
    notes: tuple[str, ...] = ()
    legend: Legend | None = None
    region: Region | None = None


def sheet(
    headline: str, panels: Sequence[Panel], lines: Sequence[str], settings: Mapping[str, object], question: str = ""
) -> Image.Image:
    """One picture of a whole comparison, its settings written beneath and kept in its PNG text chunk (see `png_text`).

    question: what the maps answer, written below the headline.
    """
    width = MARGIN + len(panels) * (SIDE + MARGIN)
    room = width - 2 * MARGIN
    heads, asked = _wrap(headline, room, 20), _wrap(question, room)
    wrapped = [part for line in lines for part in _wrap(line, room)]
    below = max(map(_height_below, panels))
    top = MARGIN + (len(heads) + len(asked)) * LINE + GAP
    canvas = Image.new("RGB", (width, top + LINE + SIDE + below + (len(wrapped) + 1) * LINE + 2 * MARGIN), "white")
    draw = ImageDraw.Draw(canvas)
    _write(draw, (MARGIN, MARGIN), heads, 20, "black")
    _write(draw, (MARGIN, MARGIN + 4 + len(heads) * LINE), asked)
    for i, panel in enumerate(panels):
        _draw_panel(canvas, panel, MARGIN + i * (SIDE + MARGIN), top)
    _write(draw, (MARGIN, top + LINE + SIDE + MARGIN + below), wrapped)
    canvas.info["settings"] = json.dumps(dict(settings), ensure_ascii=False)
    return canvas


def png_text(picture: Image.Image) -> PngInfo:
    """The settings of a sheet as PNG text, for `picture.save(..., pnginfo=png_text(picture))`."""
    info = PngInfo()
    info.add_itxt("settings", picture.info.get("settings", "{}"))
    return info


def enlarged(picture: Image.Image, region: Region | None = None) -> Image.Image:
    """The picture SIDE pixels wide and high, its pixels not smoothed; the region is outlined, in white between black lines."""
    result = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.NEAREST)
    if region is not None:
        across, down = SIDE / picture.width, SIDE / picture.height
        left, top = round(region.left * across), round(region.top * down)
        right, bottom = round(region.right * across) - 1, round(region.bottom * down) - 1
        draw = ImageDraw.Draw(result)
        for inset, colour in enumerate(("black", "white", "white", "black")):  # seen on every colour of a map or a photo
            box = left + inset, top + inset, right - inset, bottom - inset
            if box[0] <= box[2] and box[1] <= box[3]:
                draw.rectangle(box, outline=colour)
    return result


def _draw_panel(canvas: Image.Image, panel: Panel, left: int, top: int) -> None:
    draw = ImageDraw.Draw(canvas)
    draw.text((left, top), panel.title, "black", _font(16))
    canvas.paste(enlarged(panel.picture, panel.region), (left, top + LINE + 4))
    row = top + LINE + SIDE + 10
    if panel.legend is not None:
        canvas.paste(_colour_bar(panel.legend.scale), (left, row))
        for text, place, anchor in zip(panel.legend.ends, (0, SIDE // 2, SIDE), ("la", "ma", "ra"), strict=True):
            draw.text((left + place, row + BAR + 2), text, "#333333", _font(12), anchor=anchor)
        row += BAR + LINE
    _write(draw, (left, row), _wrapped_notes(panel))


def _colour_bar(scale: str) -> Image.Image:
    return colourise(np.linspace(-1, 1, SIDE, dtype=np.float32)[None].repeat(BAR, 0), 1.0, scale)


def _height_below(panel: Panel) -> int:
    """What the colour bar and the notes of a panel take, in pixels."""
    return (BAR + LINE if panel.legend is not None else 0) + len(_wrapped_notes(panel)) * LINE


def _write(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], lines: Sequence[str], size: int = 14, colour: str = "#333333"
) -> None:
    for row, line in enumerate(lines):
        draw.text((at[0], at[1] + row * LINE), line, colour, _font(size))


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
    import matplotlib

    # Captum brings matplotlib, and matplotlib a font that has the Greek letters of the rules' names.
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", size)
