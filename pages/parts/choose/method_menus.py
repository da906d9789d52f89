"""The menus that choose the methods, for each map with its settings."""

import weakref
from collections.abc import Sequence
from dataclasses import Field, fields

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lrp import METHODS, Backbone, Network
from lrp.methods.method import Method
from lrp.methods.suitable import made_for_attention, suits_network
from pages.parts.choose.averaging import VIEWS, average_over_shifts, is_averaged
from pages.parts.choose.panel_network import draw_panel_network, load_panel_network, panel_choice
from pages.parts.choose.setting_controls import choose_setting, choose_settings, setting_key
from pages.parts.frame.address import write_parameter
from pages.parts.frame.album import Picture
from pages.parts.frame.menu_keys import FIRST, PANELS, PLACES, SECOND, THIRD
from pages.parts.frame.state import LazySessionValue, SessionValue, owner_of
from pages.parts.say import number_words
from pages.parts.work.forecast import expected_in

MIN_MAPS, DEFAULT_MAPS = 2, FIRST + SECOND + THIRD
OPEN_SETTINGS = ("epsilon", "relative")  # the settings that the first map shows in the open


def methods_drawer(label: str = "Methods and their settings") -> DeltaGenerator:
    """Returns the place of the menus, which is closed at first."""
    return st.expander(label)


def choose_panels(
    narrow: bool,
    drawer: DeltaGenerator,
    network: Backbone,
    picture: Picture | None = None,
    in_the_open: DeltaGenerator | None = None,
) -> dict[str, tuple[Method, Backbone]]:
    """Draws a menu for each map, and the first one's epsilon; returns methods and networks by the keys of the maps.

    drawer: that of `methods_drawer`. network: of the page. picture: the explained one, where a map may have a network of its own.
    in_the_open: where epsilon is drawn, below the menus if None.
    """
    keys = shown_maps()
    places: Sequence[DeltaGenerator]
    if narrow:
        first, places = drawer, [drawer] * len(keys)
    else:
        first, *places = drawer.columns(len(keys) + 1, vertical_alignment="bottom")
    with first:
        own = "" if picture is None else " and, if you like, its network"
        st.markdown(f"**Methods**  \none for each map, each with its settings{own}")
        if len(keys) < len(PANELS):
            st.button("Add a map", key="add map", on_click=_add_map, icon=":material/add:", help="Up to four maps are compared.")
    lead = st.container() if in_the_open is None else in_the_open
    chosen = {}
    networks = dict.fromkeys(keys, network)
    for label, place, key in zip(PLACES, places, keys, strict=False):
        if picture is not None and (choice := panel_choice(key)):
            with lead:
                networks[key] = load_panel_network(key, label, choice, picture, network)
        with place:
            method = choose_method(label, key, PANELS[key], network=networks[key])
            open_settings = [setting for setting in fields(method) if key == keys[0] and setting.name in OPEN_SETTINGS]
            with st.popover(f"Settings, {label.lower()}", icon=":material/tune:", width="stretch", key=f"settings {key}"):
                st.caption(method.summary)
                settings = choose_settings(method, key, [setting.name for setting in open_settings])
                if is_averaged(method(**settings), networks[key]):
                    st.caption(f"With 1, the mean over {VIEWS**2} views is shown while the switch below the menus is on.")
                if picture is not None:
                    draw_panel_network(key)
                if len(keys) > MIN_MAPS:
                    st.button("Remove this map", key=f"remove {key}", on_click=_remove_map, args=(key,), icon=":material/close:")
        if open_settings:
            with lead:
                settings |= _choose_in_the_open(method, key, open_settings)
        chosen[key] = method(**settings)
    with drawer:
        methods = average_over_shifts(chosen, networks)
    return {key: (method, networks[key]) for key, method in methods.items()}


def shown_maps() -> str:
    """Returns the keys of the compared maps, "abc" by default, and writes others to the page's address."""
    keys = MAPS.get()
    write_parameter(MAPS.key, None if keys == DEFAULT_MAPS else keys)
    return keys


def _linked_maps() -> str:
    linked = "".join(key for key in PANELS if key in st.query_params.get(MAPS.key, ""))
    return linked if len(linked) >= MIN_MAPS else DEFAULT_MAPS


MAPS = LazySessionValue("maps", _linked_maps)  # the keys of the maps that are compared


def _add_map() -> None:
    keys = MAPS.get()
    MAPS.set("".join(sorted({*keys, next(key for key in PANELS if key not in keys)})))


def _remove_map(key: str) -> None:
    MAPS.set(MAPS.get().replace(key, ""))


def _choose_in_the_open(method: type[Method], key: str, settings: list[Field[object]]) -> dict[str, object]:
    left, middle, right = st.columns([6, 5, 3], vertical_alignment="center")
    with middle:
        st.caption(method.summary)
    chosen = {}
    for setting, place in zip(settings, (left, right), strict=False):
        with place:
            chosen[setting.name] = choose_setting(setting, setting_key(key, method, setting.name))
    return chosen


def choose_method(
    label: str, key: str, default: str, with_rules: bool = False, network: Backbone | None = None
) -> type[Method]:
    """Draws a menu of the methods that suit the network, or of those that have rules; returns the chosen class.

    Its help says what slow ones take. network: None for a menu of several convolutional networks.
    """
    slugs = [slug for slug in _offered(network) if METHODS[slug].has_rules or not with_rules]
    chosen: SessionValue[str] = owner_of(key)
    if chosen.is_set and chosen.get() not in slugs:
        chosen.set(slugs[0])
    first = slugs.index(default) if default in slugs else 0
    slug = st.selectbox(
        label, slugs, index=first, key=key, bind="query-params", format_func=lambda slug: METHODS[slug].label,
        help="\n".join(
            f"- **{METHODS[slug].label}**: {METHODS[slug].summary}{_time_note(METHODS[slug], network)}" for slug in slugs
        ),
    )
    return METHODS[slug]


def _offered(network: Backbone | None) -> tuple[str, ...]:
    """The names of the methods that suit the network, in the order of menus."""
    if network is None:
        return tuple(slug for slug, method in METHODS.items() if not made_for_attention(method))
    known, found = _OFFERED.get(network.network, ((), ()))
    if known != tuple(METHODS):  # to which a program may add at any time
        known = tuple(METHODS)
        found = tuple(slug for slug, method in METHODS.items() if suits_network(method, network.network))
        _OFFERED[network.network] = known, found
    return found


# Network -> the methods that were tried, and those that suit it.
_OFFERED: weakref.WeakKeyDictionary[Network, tuple[tuple[str, ...], tuple[str, ...]]] = weakref.WeakKeyDictionary()


def _time_note(method: type[Method], network: Backbone | None) -> str:
    made = method()
    if made.quick or network is None:
        return ""
    return f" Takes {number_words.about_seconds(expected_in(network, made))} here."
