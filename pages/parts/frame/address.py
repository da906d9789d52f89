"""Writes parameters of the page's address that no control is bound to."""

import streamlit as st


def write_parameter(name: str, text: str | None) -> None:
    """Sets a parameter of the page's address; None or an empty text removes it."""
    if not text:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != text:
        st.query_params[name] = text

