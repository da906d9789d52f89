"""Carries a visitor's settings from one page to the next, and keeps them in the address."""

from contextlib import suppress
from dataclasses import fields
from urllib.parse import parse_qsl, urlencode

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import ScriptRunContext, get_script_run_ctx

from pages.parts.canvas.cover import COVERED_KEY, ONLY_KEY
from pages.parts.canvas.look import Look
from pages.parts.canvas.state import REGION
from pages.parts.choose.class_choice import CLASS
from pages.parts.choose.cropping import CROP
from pages.parts.choose.method_menus import MAPS
from pages.parts.choose.missing_network import NETWORK_FILES
from pages.parts.choose.objective import OBJECTIVE, STAGE, VERSUS
from pages.parts.choose.picture_sources import LINK
from pages.parts.choose.pictures import PICTURE_KEY, SAMPLE
from pages.parts.choose.unavailable import DEPTH, OWN, WEIGHTS_KIND
from pages.parts.frame.maps import COLOURS
from pages.parts.frame.menu_keys import PANELS
from pages.parts.frame.state import LazySessionValue, SessionValue, keys_in_session, owner_of

PAGE = SessionValue[str]("page")  # the one that was drawn last
ADDRESS = LazySessionValue("address", dict[str, str])  # what its link said at the end of that run

# The controls that several pages have, and what is asked on the first one, by their keys.
CONTROLS = (MAPS, SAMPLE, LINK, DEPTH, WEIGHTS_KIND, OWN, CLASS, COLOURS, OBJECTIVE, VERSUS, STAGE)
CARRIED = (PICTURE_KEY, NETWORK_FILES, CROP.key, *(control.key for control in CONTROLS), *PANELS)
SETTINGS = (*(f"{key}_" for key in PANELS), f"{CROP.key} ")  # how the names of settings of compared methods and of the crop begin
DRAWN = (REGION.key, COVERED_KEY, ONLY_KEY, *(field.name for field in fields(Look)))  # what the link says, but the canvas holds


def carry_settings(page: str) -> None:
    """Keeps the values of shared controls and of the link when a page other than the last one is about to be drawn.

    Streamlit takes a control on another page for a different one, even with the same key, but lets it begin with a value that
    was set under the key before. It also empties the link; parameters without a control on the new page stay in it, so that
    the first page comes back as it was even after a reload. What a link on the page before asks for by itself holds. After the
    browser's back and forward buttons Streamlit would set the controls to the address of that time; here the settings chosen
    last hold.
    """
    context = _context()
    went_back, context.is_history_navigation = context.is_history_navigation, False
    if PAGE.is_set and PAGE.get() != page:
        asked = set(st.query_params)
        for key in keys_in_session():
            control: SessionValue[object] = owner_of(key)
            if key in asked and key not in DRAWN:
                control.pop()
            elif key in CARRIED or key.startswith(SETTINGS):
                control.set(control.get())
        carried = {key: value for key, value in ADDRESS.get().items() if _shared(key) and key not in asked}
        with suppress(StreamlitAPIException):  # for a control of a page that was left in a hurry may still hold its part
            st.query_params.update(carried)
    elif went_back:  # to an address that this page had while it was opened
        context.query_string = urlencode(ADDRESS.get())
        with context.session_state.query_params() as address:
            address.populate_from_query_string(context.query_string)
            address._send_query_param_msg()
    PAGE.set(page)


def remember_address() -> None:
    """Keeps the link at the end of a run as the browser has it, which changes it before the server hears of a moved control."""
    ADDRESS.set(dict(parse_qsl(_context().query_string)))


def _shared(key: str) -> bool:
    return key in CARRIED or key in DRAWN or key.startswith(SETTINGS)


def _context() -> ScriptRunContext:
    context = get_script_run_ctx(suppress_warning=True)
    assert context is not None, "a page runs in Streamlit only"
    return context
