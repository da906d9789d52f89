"""The bar above what a page shows: its network, its class and its question, each one press away."""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts.choose.backbone import asked_label


@dataclass(frozen=True)
class ControlBar:
    """Where the controls stand: in a row, or in a narrow window behind one button.

    network: behind a button in both. beside: for buttons of the page. below: for what needs the whole width.
    """

    network: DeltaGenerator
    question: DeltaGenerator
    beside: DeltaGenerator
    below: DeltaGenerator


def draw_control_bar(narrow: bool) -> ControlBar:
    """Draws the bar, empty but for the button that opens the controls of the network."""
    with st.container(key="control bar"):
        row = st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall" if narrow else "small")
        label = "Network and question" if narrow else asked_label()
        about = None if narrow else "The network: its family, size and weights, or one of your own."
        menu = row.popover(label, help=about, key="network menu")
        return ControlBar(menu, menu if narrow else row, row, st.container())
