"""Where the parts of the comparison stand on the page."""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


@dataclass(frozen=True)
class Layout:
    """Where what is made with menus further down stands: above them, so that picture and maps are on the first screen.

    doubts: in a line, what `limits` below the maps says at length. epsilon: of the first map, None where it stands below its
    menu.
    """

    headline: DeltaGenerator
    bars: DeltaGenerator
    meaning: DeltaGenerator
    doubts: DeltaGenerator
    epsilon: DeltaGenerator | None
    maps: DeltaGenerator
    limits: DeltaGenerator


def lay_out(narrow: bool) -> Layout:
    """Returns the containers of a window of that kind; in a narrow one the maps come before the bars and epsilon.

    Both kinds have as many, or the browser would build the maps anew as soon as it has told how wide it is.
    """
    lead, beside = (st.container(), None) if narrow else st.columns([3, 2], vertical_alignment="center")
    headline, meaning, doubts = lead.container(), lead.container(key="meaning"), lead.container(key="doubts").empty()
    above, maps, limits, below = (st.container(key=key) for key in (None, "maps", None, None))
    return Layout(headline, below if beside is None else beside, meaning, doubts, None if narrow else above, maps, limits)


def show_doubts(place: DeltaGenerator, presented: bool, *doubts: str) -> None:
    """Draws in one line at `place` what there is to doubt of the picture, nothing where there is nothing.

    presented: whether nothing is shown below the maps.
    """
    if said := " ".join(filter(None, doubts)):
        place.markdown(f":material/help: {said}{'' if presented else ' More below.'}")
