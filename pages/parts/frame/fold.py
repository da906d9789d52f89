"""Parts of a page that are drawn when a visitor opens them."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def opened_fold(label: str, key: str) -> DeltaGenerator | None:
    """Draws a fold; returns it where it is open, None where what is in it is neither made nor sent."""
    fold = st.expander(label, key=f"fold {key}", on_change="rerun")
    return fold if fold.open else None
