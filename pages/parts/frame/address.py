"""What the page's address holds beside the controls bound to it."""

import streamlit as st


def write_parameter(name: str, text: str | None) -> None:
    """Sets what the page's link says under that name; None or nothing takes it out."""
    if not text:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != text:
        st.query_params[name] = text

