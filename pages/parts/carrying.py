"""What a visitor chose on one page is there on the next one too."""

import streamlit as st

from pages.parts.controls import PANELS

# The controls that several pages have, and what is asked on the first one, by their keys.
CARRIED = ("sample", "link", "depth", "weights", "class", "colours", "objective", "versus", "stage", *PANELS)
SETTINGS = tuple(f"{key}_" for key in PANELS)  # how the names of the settings of compared methods begin


def carry(page: str) -> None:
    """Keeps the values of shared controls when another page than before is about to be drawn.

    Streamlit takes a control on another page for another control, whatever its key; a value that is set anew under the key
    before the control is drawn is what it begins with. Such a value enters the link only when the control is next moved.
    """
    state = st.session_state
    if state.get("page", page) != page:
        for key in map(str, list(state)):
            if key in CARRIED or key.startswith(SETTINGS):
                state[key] = state[key]
    state["page"] = page
