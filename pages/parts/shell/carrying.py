"""What a visitor chose on one page is there on the next one too, and in its address."""

from contextlib import suppress
from dataclasses import fields
from urllib.parse import parse_qsl, urlencode

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts.canvas.look import Look
from pages.parts.choose.controls import PANELS
from pages.parts.frame.state import LazySessionValue, SessionValue, keys_in_session

PAGE = SessionValue[str]("page")  # the one that was drawn last
ADDRESS = LazySessionValue("address", dict[str, str])  # what its link said at the end of that run

# The controls that several pages have, and what is asked on the first one, by their keys.
CARRIED = ("sample", "picture", "link", "depth", "weights", "class", "colours", "objective", "versus", "stage", *PANELS)
SETTINGS = tuple(f"{key}_" for key in PANELS)  # how the names of the settings of compared methods begin
DRAWN = ("maps", "region", *(field.name for field in fields(Look)))  # what the link says of the panels, but no control holds


def carry(page: str) -> None:
    """Keeps the values of shared controls, and the link's, when another page than before is about to be drawn.

    Streamlit takes a control on another page for another control, whatever its key; a value that is set anew under the key
    before the control is drawn is what it begins with. The link it empties; what no control of the new page has stays in the
    link, so that the first page is found as it was even after the new one has been loaded again. The browser's ways back and
    forward are no exception: they change the page, and what was chosen last holds. Streamlit would set every control to what
    the address of that time says, from which it first takes out what the page that is left has a control for too.
    """
    context = _context()
    went_back, context.is_history_navigation = context.is_history_navigation, False
    if PAGE.is_set and PAGE.get() != page:
        for key in keys_in_session():
            if key in CARRIED or key.startswith(SETTINGS):
                control = SessionValue[object](key)
                control.set(control.get())
        kept = {key: value for key, value in ADDRESS.get().items() if _shared(key)}
        with suppress(StreamlitAPIException):  # for a control of a page that was left in a hurry may still hold its part
            st.query_params.update(kept)
    elif went_back:  # to an address that this page had while it was opened
        context.query_string = urlencode(ADDRESS.get())
        with context.session_state.query_params() as address:
            address.populate_from_query_string(context.query_string)
            address._send_query_param_msg()
    PAGE.set(page)


def note_address() -> None:
    """Notes the link at the end of a run, as it is in the browser: what is moved there changes it before the server hears."""
    ADDRESS.set(dict(parse_qsl(_context().query_string)))


def _shared(key: str) -> bool:
    return key in CARRIED or key in DRAWN or key.startswith(SETTINGS)


def _context():  # type: ignore[no-untyped-def]
    return get_script_run_ctx(suppress_warning=True)
