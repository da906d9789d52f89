"""Buttons that set several settings at once, and one that sets them all to their defaults."""

from collections.abc import Mapping
from functools import cache

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lrp import METHODS, IntegratedGradients, UniformEpsilon
from pages.parts.canvas.look import Look
from pages.parts.canvas.state import current_look, set_look
from pages.parts.choose.averaging import AVERAGED
from pages.parts.choose.method_menus import DEFAULT_MAPS, MAPS
from pages.parts.choose.panel_network import PAGES_NETWORK
from pages.parts.choose.setting_controls import control_values, setting_key
from pages.parts.frame.menu_keys import FIRST, PANELS, SECOND, THIRD, network_menu_key
from pages.parts.frame.state import SessionValue, keys_in_session, owner_of, set_widgets

EPSILON = setting_key(FIRST, UniformEpsilon, "epsilon")
BASELINE, TOLERANCE = (setting_key(THIRD, IntegratedGradients, name) for name in ("baseline", "tolerance"))
# name -> purpose, the controls that differ from their defaults, and the display
BUNDLES: dict[str, tuple[str, Mapping[str, object], Look]] = {
    "Textbook": (
        "The methods as their papers introduce them: LRP-ε, the composite of the LRP overview, Integrated Gradients from black, "
        "without the photo beneath.",
        {SECOND: "zero-epsilon-gamma-box"}, Look(photo=0.0),
    ),
    "Sharp": (
        "Fine detail: small stabilizers, gamma in the lower layers, and strong colours.",
        {EPSILON: 0.1, SECOND: "epsilon-gamma-box"}, Look(clip=97.0),
    ),
    "Smooth": (
        "Where rather than what: a large epsilon, the calm z⁺ composite and Grad-CAM, over more of the photo.",
        {EPSILON: 1.0, THIRD: "grad-cam"}, Look(photo=0.7),
    ),
    "Conservative": (
        "Least that could mislead: no colour is clipped, and Integrated Gradients start from grey with a tight tolerance.",
        {FIRST: "epsilon-plus", BASELINE: "grey", TOLERANCE: "0.005"},
        Look(clip=100.0),
    ),
}  # fmt: skip


def show_bundles(place: DeltaGenerator) -> None:
    """Draws a button for each bundle, with a tick where it is what the page shows, and one that resets all settings.

    To be called after the controls of the settings were drawn, whatever their place.
    """
    shown, defaults = current_look()[0], _defaults(tuple(METHODS))
    controls: dict[str, SessionValue[object]] = {key: owner_of(key) for key in defaults}
    changed = {key: control.get() for key, control in controls.items() if control.is_set and control.get() != defaults[key]}
    with place:
        for name, (purpose, settings, look) in BUNDLES.items():
            wanted = {key: value for key, value in settings.items() if controls[key].is_set}
            active = changed == wanted and MAPS.get() == DEFAULT_MAPS and shown == look
            st.button(
                name, key=f"preset {name}", help=f"On show now. {purpose}" if active else purpose, on_click=_apply,
                args=(settings, look), icon=":material/check:" if active else None,
            )  # fmt: skip
        st.button(
            "Reset", key="reset", icon=":material/restart_alt:", on_click=_apply, args=({}, Look()),
            help="Methods, settings and display as they were at first; picture, network and class stay.",
        )


def _apply(settings: Mapping[str, object], look: Look) -> None:
    MAPS.set(DEFAULT_MAPS)
    drawn = {*keys_in_session(), *settings}
    set_widgets({key: value for key, value in {**_defaults(tuple(METHODS)), **settings}.items() if key in drawn})
    set_look(look)


@cache
def _defaults(methods: tuple[str, ...]) -> Mapping[str, object]:
    """Returns the default of every control of every map, by its key, for these methods: a program may add to METHODS."""
    kinds = [METHODS[name] for name in methods]
    settings = {name: value for key in PANELS for kind in kinds for name, value in control_values(key, kind()).items()}
    networks = {network_menu_key(key): PAGES_NETWORK for key in PANELS}
    return {**settings, **PANELS, **networks, AVERAGED.key: True}
