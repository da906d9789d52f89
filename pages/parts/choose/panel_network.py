"""The menu in which a map of the comparison gets a network of its own, and that network."""

from collections.abc import Iterable

import streamlit as st

from lrp import Backbone
from pages.parts.choose.backbone import all_choices, load_choice
from pages.parts.choose.unavailable import Choice, Failure
from pages.parts.frame.album import Picture
from pages.parts.frame.file_names import name_as_markdown
from pages.parts.frame.menu_keys import network_menu_key
from pages.parts.frame.state import LazySessionValue, SessionValue, owner_of

PAGES_NETWORK = "the one of the page"
FAILURES = LazySessionValue("failed other networks", dict[Choice, Failure])
HELP = (
    "This map can explain another network than the rest of the page: one beside the other, or yours before and after training. "
    "ImageNet weights are downloaded at first use."
)


def _menu(panel: str) -> SessionValue[str]:
    """Returns the label that the menu of a map holds."""
    return owner_of(network_menu_key(panel))


def panel_choice(panel: str) -> Choice | None:
    """Returns the network that the menu of a map holds, also before the menu is drawn; None for that of the page."""
    chosen = _menu(panel)
    label = chosen.get() if chosen.is_set else st.query_params.get(chosen.key)
    return all_choices().get(label or PAGES_NETWORK)


def draw_panel_network(panel: str) -> None:
    """Draws the menu."""
    offered, chosen = [PAGES_NETWORK, *all_choices()], _menu(panel)
    if chosen.is_set and chosen.get() not in offered:
        chosen.set(PAGES_NETWORK)
    st.selectbox("Network", offered, key=chosen.key, bind="query-params", help=HELP)


def maps_of_other_networks(panels: Iterable[str], places: Iterable[str]) -> str:
    """Returns which maps of the comparison have a network of their own, in words; "" for none."""
    chosen = [(place, panel_choice(panel)) for panel, place in zip(panels, places, strict=True)]
    return ", the ".join(f"{place.lower()} ({name_as_markdown(choice.label)})" for place, choice in chosen if choice)


def link_without_failures(panels: Iterable[str]) -> dict[str, None]:
    """Returns the parameters of a link that ask for networks of maps which could not be had, each with None."""
    failed = {choice.label for choice in FAILURES.get()}
    return {network_menu_key(panel): None for panel in panels if _menu(panel).get() in failed}


def load_panel_network(panel: str, place: str, choice: Choice, picture: Picture, instead: Backbone) -> Backbone:
    """Returns the chosen network of a map; where it cannot be had, draws a sentence and returns the page's, `instead`.

    place: what the map is called.
    """
    loaded = load_other(picture, choice)
    if isinstance(loaded, Backbone):
        return loaded
    st.warning(f"{loaded.why} The {place.lower()} shows {instead.name} instead.", icon=":material/cloud_off:")
    with st.container(horizontal=True):
        again = f"again network {panel}"
        st.button("Try again", key=again, on_click=forget_failure, args=(choice,), icon=":material/refresh:")
        st.button(f"Choose {instead.name}", key=f"page network {panel}", on_click=_menu(panel).set, args=(PAGES_NETWORK,))
    return instead


def load_other(picture: Picture, choice: Choice) -> Backbone | Failure:
    """Returns a network other than the page's, or why it cannot be had, which is remembered.

    Or a server that does not answer would be asked again with every click.
    """
    failures = FAILURES.get()
    if choice in failures:
        return failures[choice]
    loaded = load_choice(picture, choice)
    if isinstance(loaded, Failure):
        failures[choice] = loaded
    return loaded


def forget_failure(choice: Choice) -> None:
    """Removes the remembered failure, so that the network is loaded again."""
    FAILURES.get().pop(choice, None)
