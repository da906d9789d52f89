"""The state of a canvas in a visit: what the server set, and what the browser has sent since."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

import streamlit as st

from pages.parts.canvas.cover import COVERED_KEY, NO_COVER, ONLY_KEY, TOGETHER_KEY, Cover, parse_cover
from pages.parts.canvas.look import Box, Look, box_of, parse_look
from pages.parts.frame.address import write_parameter
from pages.parts.frame.maps import COLOURS
from pages.parts.frame.state import SessionValue, owner_of


@dataclass(frozen=True)
class Start:
    """The state of the canvas that the server sets.

    stamp: a new one makes the browser take this state. plain: without controls of the look.
    """

    look: Look
    region: Box | None
    stamp: int
    plain: bool = False
    cover: Cover = NO_COVER

    def header(self) -> dict[str, object]:
        """Returns the fields by name, for the header of the browser's message."""
        return asdict(self)


class CanvasState:
    """The state of one canvas. key: of the component, whose value is what the browser sends; start_key: of the Start."""

    def __init__(self, key: str, start_key: str) -> None:
        self.said: SessionValue[Mapping[str, object]] = owner_of(key)
        self.start: SessionValue[Start] = owner_of(start_key)

    @property
    def key(self) -> str:
        return self.said.key

    def begin(self, look: Look, region: Box | None, plain: bool = False, cover: Cover | None = None) -> Start:
        """Sets the look, the region and the sliders in the browser, which drops what it had; returns the new Start."""
        before = self.start.get()
        start = Start(look, region, 1 + (before.stamp if before else 0), plain, cover or NO_COVER)
        self.start.set(start)
        return start

    def heard(self, name: str) -> Mapping[str, object] | None:
        """Returns what the browser sent last under this name; None if it has sent nothing since the last Start."""
        start, heard = self.start.get(), self.said.get()
        said = heard.get(name) if isinstance(heard, Mapping) else None  # what a browser sends may be of any type
        return said if start and isinstance(said, Mapping) and said.get("stamp") == start.stamp else None


LOOK = SessionValue[Look]("look")
REGION = SessionValue[Box | None]("region")
COVER = SessionValue[Cover]("covered shares")
PASSING = SessionValue[bool]("passing look")  # whether what the browser shows is not the visitor's choice, as during the tour
COMPARISON = CanvasState("canvas", "given")


def current_look() -> tuple[Look, Box | None]:
    """Returns the look and the marked region of the comparison: as the browser sent them last, else as the server set them.

    It writes them to the address and keeps them for the visit, but not a passing look and its sliders.
    """
    start = COMPARISON.start.get()
    if start is None:
        start = COMPARISON.begin(parse_look(st.query_params), region_before(), cover=_linked_cover())
    elif not COMPARISON.said.is_set:  # back from another page: the canvas begins anew
        look = LOOK.get() or Look()
        start = COMPARISON.begin(replace(look, colours=COLOURS.get() or look.colours), REGION.get(), cover=COVER.get())
    heard_look, heard_region, heard_cover = (COMPARISON.heard(name) for name in ("look", "region", "cover"))
    look = start.look if heard_look is None else parse_look(heard_look)
    region = start.region if heard_region is None else box_of(heard_region.get("box"))
    cover = start.cover if heard_cover is None else parse_cover(*map(heard_cover.get, ("only", "shares", "together")))
    if heard_look is None or not PASSING.get():
        LOOK.set(look)
    if heard_cover is None or not PASSING.get():
        COVER.set(cover)
    kept_look, kept_cover = LOOK.get() or look, COVER.get() or cover
    COLOURS.set(kept_look.colours)  # for which other pages have a control
    REGION.set(region)
    _write_look(kept_look)
    write_region(region)
    write_parameter(COVERED_KEY, kept_cover.text)
    write_parameter(ONLY_KEY, "true" if kept_cover.only else None)
    write_parameter(TOGETHER_KEY, "true" if kept_cover.together else None)
    return look, region


def _linked_cover() -> Cover:
    return parse_cover(*map(st.query_params.get, (ONLY_KEY, COVERED_KEY, TOGETHER_KEY)))


def region_before() -> Box | None:
    """Returns the region marked on another page, else that of the page's link."""
    return REGION.get() or box_of(st.query_params.get(REGION.key, "").split(","))


def set_look(look: Look) -> None:
    """Sets the look in the browser, as a pressed button does."""
    COMPARISON.begin(look, REGION.get(), cover=COVER.get())


def _write_look(look: Look) -> None:
    written = {field.name: getattr(look, field.name) for field in fields(look) if getattr(look, field.name) != field.default}
    texts = {name: str(value).lower() if isinstance(value, bool) else f"{value}" for name, value in written.items()}
    for field in fields(look):
        write_parameter(field.name, texts.get(field.name))


def write_region(region: Box | None) -> None:
    """Writes the marked region to the page's address."""
    write_parameter(REGION.key, ",".join(map(str, region)) if region else None)
