"""The display settings of the maps, read from a link or from what the browser sends."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from lrp.attribution import Map
from lrp.display.colours import SCALES, SIGNS, colour_limit, end_colours, only_sign
from pages.parts.frame.menu_keys import PANELS

VIEWS = ("side by side", "overlay", "blink", "wipe", "difference")
CHOICES = {"colours": tuple(SCALES), "sign": SIGNS, "view": VIEWS}
OVER_PHOTO = 0.4  # how much of the photo shows through at first, so that a newcomer sees what the colours lie on
RANGES = {"photo": (0.0, 1.0), "clip": (90.0, 100.0), "mix": (0.0, 1.0)}

Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels, the last two outside


@dataclass(frozen=True)
class Look:
    """The display settings of a comparison; the names are those in the link.

    colours: the name of the colour scale; photo: how much of the photo shows through where relevance is weak, 0 to 1; sign:
    "both", "positive" or "negative"; clip: the percentile of |relevance| that gets the strongest colour; common: one range
    for all maps; view: one of VIEWS; pair: the keys of the two maps that a view of two compares; mix: where the border
    between those two is, or how much of the second shows, 0 to 1; zoom: the part of the picture that is shown, as how many times
    larger and its left and top in pixels ("2.25,40,30"), "" for all of it.
    """

    colours: str = next(iter(SCALES))
    photo: float = OVER_PHOTO
    sign: str = "both"
    clip: float = 99.0
    common: bool = False
    view: str = VIEWS[0]
    pair: str = "ac"
    mix: float = 0.5
    zoom: str = ""

    @property
    def ends(self) -> tuple[str, str]:
        """The colours of the two ends in words, that for the class first: ("red", "blue")."""
        return end_colours(self.colours)

    def settings(self) -> dict[str, object]:
        """The settings by name, for what people take away, which shows the whole picture."""
        return {name: value for name, value in asdict(self).items() if name != "zoom"}


def parse_look(values: Mapping[str, object]) -> Look:
    """Returns the look that a link or the browser describes; invalid values are left at their defaults."""
    known = {field.name for field in fields(Look)} & values.keys()
    return Look(**{name: value for name in known if (value := _valid(name, values[name])) is not None})


def _valid(name: str, given: Any) -> Any:
    if name in CHOICES:
        return next((choice for choice in CHOICES[name] if choice.lower() == str(given).lower()), None)
    if name in RANGES:
        low, high = RANGES[name]
        try:
            return min(max(float(given), low), high) if math.isfinite(float(given)) else None
        except (TypeError, ValueError, OverflowError):  # the last for a whole number beyond all floats
            return None
    if name == "pair":
        return given if isinstance(given, str) and len(given) == 2 and set(given) <= set(PANELS) else None
    if name == "zoom":
        return _zoom_of(str(given))
    return str(given).lower() == "true" if name == "common" else None


def _zoom_of(text: str) -> str | None:
    found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,2})?),(\d{1,4}),(\d{1,4})", text, re.ASCII)
    if found is None:
        return "" if text == "" else None
    larger, left, top = float(found[1]), int(found[2]), int(found[3])
    return f"{larger:g},{left},{top}" if larger > 1 else None


def box_of(given: object) -> Box | None:
    """Returns (left, top, right, bottom) from four numbers or their texts; None where they enclose nothing or are no numbers."""
    if not isinstance(given, list | tuple) or len(given) != 4:
        return None
    try:
        left, top, right, bottom = (int(value) for value in given)
    except (TypeError, ValueError, OverflowError):  # the last for Infinity
        return None
    return (left, top, right, bottom) if 0 <= left < right <= 4096 and 0 <= top < bottom <= 4096 else None


def drawn(maps: Sequence[Map | None], look: Look) -> list[tuple[Map, float] | None]:
    """Returns for each map the values of the chosen sign, and the relevance that the strongest colour stands for."""
    shown = [None if values is None else only_sign(values, look.sign) for values in maps]
    present = [values for values in shown if values is not None]
    return [
        None if values is None else (values, colour_limit(present if look.common else [values], look.clip)) for values in shown
    ]
