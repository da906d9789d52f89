"""What a visit keeps of a canvas: what the browser began with, and what it has said since."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import streamlit as st

from pages.parts.canvas.look import Box, Look, box_of, parse_look
from pages.parts.frame.address import write_parameter
from pages.parts.frame.maps import COLOURS
from pages.parts.frame.state import SessionValue


@dataclass(frozen=True)
class Start:
    """What the browser is given to begin with. stamp: another one makes it begin anew; plain: without controls of the look."""

    look: Look
    region: Box | None
    stamp: int
    plain: bool = False

    def header(self) -> dict[str, Any]:
        """The same as the browser reads it."""
        return asdict(self)


class CanvasState:
    """One canvas. `key`: of the component, and so of what the browser says; start_key: of what it was given."""

    def __init__(self, key: str, start_key: str) -> None:
        self.said = SessionValue[Mapping[str, Any]](key)
        self.start = SessionValue[Start](start_key)

    @property
    def key(self) -> str:
        return self.said.key

    def begin(self, look: Look, region: Box | None, plain: bool = False) -> Start:
        """Makes the browser begin anew."""
        before = self.start.get()
        start = Start(look, region, 1 + (before.stamp if before else 0), plain)
        self.start.set(start)
        return start

    def heard(self, name: str) -> Mapping[str, Any] | None:
        """What the browser said last under this name; None if it has said nothing since it last began."""
        start, said = self.start.get(), (self.said.get() or {}).get(name)
        return said if start and isinstance(said, dict) and said.get("stamp") == start.stamp else None


LOOK = SessionValue[Look]("look")
REGION = SessionValue[Box | None]("region")
COMPARISON = CanvasState("canvas", "given")


def current_look() -> tuple[Look, Box | None]:
    """The look and the marked region of the comparison: what the browser said last, else what it was given."""
    start = COMPARISON.start.get()
    if start is None:
        start = COMPARISON.begin(parse_look(st.query_params), region_before())
    elif not COMPARISON.said.is_set:  # back from another page: the canvas begins anew
        look = LOOK.get() or Look()
        start = COMPARISON.begin(replace(look, colours=COLOURS.get() or look.colours), REGION.get())
    heard_look, heard_region = COMPARISON.heard("look"), COMPARISON.heard("region")
    look = start.look if heard_look is None else parse_look(heard_look)
    region = start.region if heard_region is None else box_of(heard_region.get("box"))
    LOOK.set(look)
    COLOURS.set(look.colours)  # for which other pages have a control
    REGION.set(region)
    _write_look(look)
    write_region(region)
    return look, region


def region_before() -> Box | None:
    """The region marked on another page, else that of the page's link."""
    return REGION.get() or box_of(st.query_params.get(REGION.key, "").split(","))


def set_look(look: Look) -> None:
    """Sets the look in the browser, as a pressed button does."""
    COMPARISON.begin(look, REGION.get())


def _write_look(look: Look) -> None:
    written = {field.name: getattr(look, field.name) for field in fields(look) if getattr(look, field.name) != field.default}
    texts = {name: str(value).lower() if isinstance(value, bool) else f"{value}" for name, value in written.items()}
    for field in fields(look):
        write_parameter(field.name, texts.get(field.name))


def write_region(region: Box | None) -> None:
    """Keeps the marked region in the page's link."""
    write_parameter(REGION.key, ",".join(map(str, region)) if region else None)
