"""The sheet: one picture of a whole comparison, with its texts, colour scales and marked region."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from lrp.display.colours import colourise
from lrp.files.plain_text import plain_text
from lrp.region import Region

# Pillow, and not matplotlib, draws the sheet: every pixel of a map becomes a block of whole pixels, on every machine the same.
# In pixels: the side of a picture, the space around panels, the height of a line of text and of a colour bar, a smaller space.
SIDE, MARGIN, LINE_HEIGHT, BAR_HEIGHT, GAP = 320, 24, 22, 10, 12


@dataclass(frozen=True)
class Legend:
    """The meaning of a map's colours: those of `scale` stand for relevance from -limit to limit, in `unit`."""

    scale: str
    limit: float
    unit: str

    @property
    def tick_labels(self) -> tuple[str, str, str]:
        """The texts below the left end, the middle and the right end of the colour bar."""
        return f"−{self.limit:.2g}", "0", f"+{self.limit:.2g} {self.unit}"


@dataclass(frozen=True)
class SheetPanel:
    """One picture of a sheet, with its title above, its colour bar and notes below, and the region outlined in it."""

    title: str
    picture: Image.Image
    notes: tuple[str, ...] = ()
    legend: Legend | None = None
    region: Region | None = None


def draw_sheet(
    headline: str, panels: Sequence[SheetPanel], lines: Sequence[str], record: Mapping[str, object], question: str = "",
    size: tuple[int, int] = (SIDE, SIDE),
) -> Image.Image:
    """Returns the sheet of a comparison, an RGB picture.

    question: what the maps answer, written below the headline. panels: from left to right. lines: written beneath them.
    record: kept in the picture's `info`, for its PNG text chunk (see `png_text`). size: width and height of a panel's picture.
    """  # fmt: skip
    width = MARGIN + len(panels) * (size[0] + MARGIN)
    room = width - 2 * MARGIN
    headline_lines = _wrap(headline, room, 20)
    question_lines = _wrap(question, room)
    wrapped = [part for line in lines for part in _wrap(line, room)]
    top = MARGIN + (len(headline_lines) + len(question_lines)) * LINE_HEIGHT + GAP
    bottom = top + LINE_HEIGHT + size[1] + MARGIN + max(_height_below(panel, size[0]) for panel in panels)
    canvas = Image.new("RGB", (width, bottom + (len(wrapped) + 1) * LINE_HEIGHT + MARGIN), "white")
    draw = ImageDraw.Draw(canvas)
    _draw_lines(draw, (MARGIN, MARGIN), headline_lines, 20, "black")
    _draw_lines(draw, (MARGIN, MARGIN + 4 + len(headline_lines) * LINE_HEIGHT), question_lines)
    for i, panel in enumerate(panels):
        _draw_panel(canvas, panel, MARGIN + i * (size[0] + MARGIN), top, size)
    _draw_lines(draw, (MARGIN, bottom), wrapped)
    canvas.info["settings"] = json.dumps(dict(record), ensure_ascii=False)
    return canvas


def png_text(picture: Image.Image) -> PngInfo:
    """Returns the record of a sheet as PNG text, for `picture.save(..., pnginfo=png_text(picture))`."""
    info = PngInfo()
    info.add_itxt("settings", picture.info.get("settings", "{}"))
    return info


def _enlarge(picture: Image.Image, size: tuple[int, int], region: Region | None = None) -> Image.Image:
    """The picture at that size (width, height), not smoothed, with the region outlined in white between black lines."""
    result = picture.convert("RGB").resize(size, Image.Resampling.NEAREST)
    if region is not None:
        x_scale, y_scale = size[0] / picture.width, size[1] / picture.height
        left, top = round(region.left * x_scale), round(region.top * y_scale)
        right = round(region.right * x_scale) - 1
        bottom = round(region.bottom * y_scale) - 1
        draw = ImageDraw.Draw(result)
        for inset, colour in enumerate(("black", "white", "white", "black")):  # visible on every colour of a map or a photo
            box = left + inset, top + inset, right - inset, bottom - inset
            if box[0] <= box[2] and box[1] <= box[3]:
                draw.rectangle(box, outline=colour)
    return result


def _draw_panel(canvas: Image.Image, panel: SheetPanel, left: int, top: int, size: tuple[int, int]) -> None:
    """Draws title, picture, colour bar and notes below each other."""
    draw, (width, height) = ImageDraw.Draw(canvas), size
    draw.text((left, top), panel.title, "black", _font(16))
    canvas.paste(_enlarge(panel.picture, size, panel.region), (left, top + LINE_HEIGHT + 4))
    y = top + LINE_HEIGHT + height + 10
    if panel.legend is not None:
        canvas.paste(_colour_bar(panel.legend.scale, width), (left, y))
        for text, x, anchor in zip(panel.legend.tick_labels, (0, width // 2, width), ("la", "ma", "ra"), strict=True):
            draw.text((left + x, y + BAR_HEIGHT + 2), text, "#333333", _font(12), anchor=anchor)
        y += BAR_HEIGHT + LINE_HEIGHT
    _draw_lines(draw, (left, y), _wrapped_notes(panel, width))


def _colour_bar(scale: str, width: int) -> Image.Image:
    """The colours of a scale from left to right, `width` pixels wide."""
    return colourise(np.linspace(-1, 1, width, dtype=np.float32)[None].repeat(BAR_HEIGHT, 0), 1.0, scale)


def _height_below(panel: SheetPanel, width: int) -> int:
    """The height of the colour bar and the notes of a panel, in pixels."""
    return (BAR_HEIGHT + LINE_HEIGHT if panel.legend is not None else 0) + len(_wrapped_notes(panel, width)) * LINE_HEIGHT


def _draw_lines(
    draw: ImageDraw.ImageDraw, left_top: tuple[int, int], lines: Sequence[str], size: int = 14, colour: str = "#333333"
) -> None:
    """Draws lines of text below each other."""
    left, top = left_top
    for row, line in enumerate(lines):
        draw.text((left, top + row * LINE_HEIGHT), line, colour, _font(size))


def _wrapped_notes(panel: SheetPanel, width: int) -> list[str]:
    """The notes of a panel in lines that fit below its picture."""
    return [line for note in panel.notes for line in _wrap(note, width)]


def _wrap(text: str, width: int, size: int = 14) -> list[str]:
    """The text in lines of at most `width` pixels, broken between words, and inside a word that is wider than a line."""
    font = _font(size)
    lines: list[str] = []
    line = ""
    for word in plain_text(text).split():
        candidate = f"{line} {word}".strip()
        if line and font.getlength(candidate) > width:
            lines.append(line)
            candidate = word
        while font.getlength(candidate) > width:
            fits = next(n for n in range(len(candidate) - 1, 0, -1) if n == 1 or font.getlength(candidate[:n]) <= width)
            lines.append(candidate[:fits])
            candidate = candidate[fits:]
        line = candidate
    return [*lines, line]


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans at that size, in pixels."""
    import matplotlib

    # Captum brings matplotlib, and matplotlib a font that has the Greek letters of the rules' names.
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", size)
