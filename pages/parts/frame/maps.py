"""Draws a map as a picture with its colour scale, for the pages that show many of them."""

import streamlit as st
from PIL import Image

from lrp.attribution import Map
from lrp.display.colours import SCALES, colour_limit, colour_stops, colourise
from lrp.display.sheet import Legend
from pages.parts.frame.state import SessionValue

COLOURS = SessionValue[str]("colours")  # the name of the colour scale, on every page
GAP = 12  # pixels between two pictures in one
MIN_WIDTH = 320  # pixels; a smaller map is enlarged in whole steps, so that its pixels stay squares


def choose_colours() -> str:
    """Draws the menu of colour scales; returns the name of the chosen one."""
    return str(
        st.selectbox(
            "Colours", list(SCALES), key=COLOURS.key, bind="query-params",
            help="What speaks for the class, and what against it. Colour-blind people can tell either pair apart.",
        )
    )  # fmt: skip


def draw(values: Map, scale: str, limit: float | None = None) -> Image.Image:
    """Draws the map (H, W) as a picture; its strongest colour stands for `limit`, else for the 99th percentile of |values|."""
    picture = colourise(values, colour_limit([values]) if limit is None else limit, scale)
    return enlarge(picture)


def enlarge(picture: Image.Image) -> Image.Image:
    """Returns the picture enlarged by a whole factor, at least MIN_WIDTH pixels wide."""
    factor = -(-MIN_WIDTH // picture.width)
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)


def side_by_side(*pictures: Image.Image) -> Image.Image:
    """Returns pictures of one height beside each other, with a transparent gap, so that they stay together on a phone."""
    width = sum(picture.width for picture in pictures) + GAP * (len(pictures) - 1)
    joined, left = Image.new("RGBA", (width, pictures[0].height)), 0
    for picture in pictures:
        joined.paste(picture, (left, 0))
        left += picture.width + GAP
    return joined


def faded(picture: Image.Image) -> Image.Image:
    """Returns the picture made pale, as one that is out of date is shown."""
    result = picture.convert("RGBA")
    result.putalpha(90)
    return result


def legend(limit: float, scale: str, unit: str = "logits") -> str:
    """Returns the colour scale as HTML, with the values of its ends. limit: the value of the strongest colour."""
    colours = ", ".join(f"rgb({r} {g} {b}) {at:.0%}" for at, (r, g, b, _) in colour_stops(scale))
    end = f"{limit:.2g}"
    texts = "".join(f"<span>{text}</span>" for text in Legend(scale, limit, unit).tick_labels)
    return (
        f'<div role="img" aria-label="Colours from minus {end} to plus {end} {unit}" style="font-size:0.8rem">'
        f'<div style="height:0.5rem;border-radius:0.25rem;background:linear-gradient(to right, {colours})"></div>'
        f'<div style="display:flex;justify-content:space-between">{texts}</div></div>'
    )
