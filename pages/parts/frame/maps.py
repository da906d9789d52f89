"""Draws a map as a picture with its colour scale, for the pages that show many of them."""

import streamlit as st
from PIL import Image

from lrp.attribution import Map
from lrp.display.colours import SCALES, colour_limit, colourise
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
