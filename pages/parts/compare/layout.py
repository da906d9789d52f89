"""Where the parts of the comparison stand on the page."""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


@dataclass(frozen=True)
class Layout:
    """Where what is made with menus further down stands: above them, so that picture and maps are on the first screen.

    epsilon: of the first map; None where it stands below its menu.
    """

    headline: DeltaGenerator
    bars: DeltaGenerator
    limits: DeltaGenerator
    meaning: DeltaGenerator
    epsilon: DeltaGenerator | None
    maps: DeltaGenerator


def lay_out(narrow: bool) -> Layout:
    """Returns the containers of a window of that kind; in a narrow one the maps come before the bars and epsilon."""
    headline, bars = (st.container(), None) if narrow else st.columns([3, 2], vertical_alignment="center")
    limits, meaning = st.container(), st.container()
    epsilon = None if narrow else st.container()
    maps = st.container()
    return Layout(headline, st.container() if bars is None else bars, limits, meaning, epsilon, maps)
