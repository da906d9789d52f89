"""Carries a visitor's settings from one page to the next, and keeps them in the address."""

import time
from collections.abc import Mapping
from dataclasses import fields
from urllib.parse import parse_qsl, urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import ScriptRunContext, get_script_run_ctx

from pages.parts.canvas.cover import COVERED_KEY, ONLY_KEY, TOGETHER_KEY
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
from pages.parts.frame.state import UNSENT_SECONDS, LazySessionValue, SessionValue, keys_in_session, owner_of

PAGE = SessionValue[str]("page")  # the one that was drawn last
ADDRESS = LazySessionValue("address", dict[str, str])  # what its link said at the end of that run
ENDED = LazySessionValue("end of the last run", float)  # as time.monotonic says
HEARD = SessionValue[dict[str, str]]("heard address")  # what the browser's link said when it last was another one than ADDRESS

# The controls that several pages have, and what is asked on the first one, by their keys.
CONTROLS = (MAPS, SAMPLE, LINK, DEPTH, WEIGHTS_KIND, OWN, CLASS, COLOURS, OBJECTIVE, VERSUS, STAGE)
CARRIED = (PICTURE_KEY, NETWORK_FILES, CROP.key, *(control.key for control in CONTROLS), *PANELS)
SETTINGS = (*(f"{key}_" for key in PANELS), f"{CROP.key} ")  # how the names of settings of compared methods and of the crop begin
# What the link says, but the canvas holds.
DRAWN = (REGION.key, COVERED_KEY, ONLY_KEY, TOGETHER_KEY, *(field.name for field in fields(Look)))


def carry_settings(page: str) -> None:
    """Keeps the values of shared controls and of the link when a page other than the last one is about to be drawn.

    Streamlit takes a control on another page for a different one, even with the same key, but lets it begin with a value that
    was set under the key before. It also empties the link; parameters without a control on the new page stay in it, so that
    the first page comes back as it was even after a reload. What a link on the page before asks for by itself holds. After the
    browser's back and forward buttons Streamlit would set the controls to the address of that time; here the settings chosen
    last hold. So they do where the page is drawn again before the browser has heard of its address: Streamlit tells it once, and
    drops what is not yet sent when the next run begins.
    """
    context = _context()
    went_back, context.is_history_navigation = context.is_history_navigation, False
    said = _parameters(context)
    unheard = said != ADDRESS.get() and said == HEARD.get() and time.monotonic() - ENDED.get() < UNSENT_SECONDS
    if said != ADDRESS.get():
        HEARD.set(said)
    if PAGE.is_set and PAGE.get() != page:
        asked = set(st.query_params)
        for key in keys_in_session():
            control: SessionValue[object] = owner_of(key)
            if key in asked and key not in DRAWN:
                control.pop()
            elif key in CARRIED or key.startswith(SETTINGS):
                control.set(control.get())
        carried = {key: value for key, value in ADDRESS.get().items() if _shared(key) and key not in asked}
        _write_address(context, said | carried)
    elif went_back or unheard:  # to an address that this page had while it was opened, or before the browser heard of another one
        _write_address(context, ADDRESS.get())
    PAGE.set(page)


def _write_address(context: ScriptRunContext, parameters: Mapping[str, str]) -> None:
    context.query_string = urlencode(parameters)
    with context.session_state.query_params() as address:
        for key in parameters:
            # A control of a page that was left while it was drawn may still hold its part, and take it away with it.
            held = address.get_binding_for_param(key)
            if held and held.script_hash != context.page_script_hash:
                address.unbind_widget(held.widget_id)
        address.populate_from_query_string(context.query_string)
        address._send_query_param_msg()


def remember_address() -> None:
    """Keeps the link at the end of a run as the browser has it, which changes it before the server hears of a moved control."""
    ADDRESS.set(_parameters(_context()))
    ENDED.set(time.monotonic())


def _parameters(context: ScriptRunContext) -> dict[str, str]:
    return dict(parse_qsl(context.query_string))


def _shared(key: str) -> bool:
    return key in CARRIED or key in DRAWN or key.startswith(SETTINGS)


def _context() -> ScriptRunContext:
    context = get_script_run_ctx(suppress_warning=True)
    assert context is not None, "a page runs in Streamlit only"
    return context
