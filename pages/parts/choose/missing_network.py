"""The networks that the page's link asks for and that are neither published nor in the operator's folder."""

from collections.abc import Mapping

import streamlit as st

from pages.parts.choose.unavailable import OWN
from pages.parts.frame.menu_keys import PANELS, network_menu_key
from pages.parts.frame.state import LazySessionValue, SessionValue, owner_of

LONGEST_NAME = 200  # characters


def linked_networks() -> dict[str, str]:
    """Returns what the link says of networks, by the names of its parameters: of the page, and of each map."""
    keys = (OWN.key, *map(network_menu_key, PANELS))
    return {key: name for key in keys if 0 < len(name := st.query_params.get(key, "")) <= LONGEST_NAME}


MISSING = LazySessionValue("missing networks", linked_networks)


def take_place_of_missing(name: str) -> None:
    """Chooses a network that has been brought wherever the link asks for one of its name; the page's own is missing no longer."""
    missing = MISSING.get()
    for key in [key for key, wanted in missing.items() if wanted == name]:
        network: SessionValue[str] = owner_of(key)
        network.set(name)
        del missing[key]
    missing.pop(OWN.key, None)


def forget_missing(here: Mapping[str, object]) -> None:
    """Asks no longer for the networks that are `here`, by their labels."""
    MISSING.set({key: name for key, name in MISSING.get().items() if name not in here})
