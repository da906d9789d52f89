"""The networks that the page's link asks for and that are neither published nor in the operator's folder."""

from collections.abc import Mapping

import streamlit as st

from pages.parts.choose.brought_network import BROUGHT, BroughtNetwork
from pages.parts.choose.unavailable import OWN
from pages.parts.frame.address import write_parameter
from pages.parts.frame.menu_keys import PANELS, network_menu_key
from pages.parts.frame.state import LazySessionValue, SessionValue, owner_of

LONGEST_NAME = 200  # characters
NETWORK_FILES = "network_files"  # the name in the link of the fingerprints of own networks
FINGERPRINT = 12  # characters of a file's SHA-256
LONGEST_LIST = 200  # characters of the fingerprints in a link


def linked_networks() -> dict[str, str]:
    """Returns what the link says of networks, by the names of its parameters: of the page, and of each map."""
    keys = (OWN.key, *map(network_menu_key, PANELS))
    return {key: name for key in keys if 0 < len(name := st.query_params.get(key, "")) <= LONGEST_NAME}


def linked_fingerprints() -> list[str]:
    """Returns the fingerprints of the files of own networks that the link names; none for an older link."""
    text = st.query_params.get(NETWORK_FILES, "")
    return [part for part in text.split("-") if part] if len(text) <= LONGEST_LIST else []


MISSING = LazySessionValue("missing networks", linked_networks)
LINKED_FILES = LazySessionValue("linked network files", linked_fingerprints)


def write_fingerprints() -> None:
    """Writes to the link which files the visitor's networks in use are of, beside those that are still missing."""
    linked = LINKED_FILES.get()
    owners: list[SessionValue[str]] = [OWN, *(owner_of(network_menu_key(panel)) for panel in PANELS)]
    used = {owner.get() for owner in owners if owner.is_set}
    found = [_fingerprint(network) for name, network in BROUGHT.get().items() if name in used]
    write_parameter(NETWORK_FILES, "-".join(dict.fromkeys([*(linked if MISSING.get() else []), *found])))


def doubt_of(network: BroughtNetwork) -> str:
    """Returns that this is another file than the link's of that name, or that it may be, as a sentence; "" for the same file."""
    linked = LINKED_FILES.get()
    if network.name not in MISSING.get().values() or _fingerprint(network) in linked:
        return ""
    if not linked:
        return "The link names this file, but does not say what was in it: it may be another one."
    return "This is another file than the one that the link was made with, so maps and numbers will differ."


def _fingerprint(network: BroughtNetwork) -> str:
    return network.backbone.sha256[:FINGERPRINT]


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
