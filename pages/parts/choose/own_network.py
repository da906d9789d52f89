"""The menu of networks that are not published: those in the folder that the operator names, and those of this visit."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import streamlit as st

from lrp import Backbone
from lrp.files.plain_text import plain_name
from lrp.models.network_folder import (
    TO_ADD,
    UNUSABLE,
    DescribedNetwork,
    adding_command,
    described_networks,
    network_folder,
    network_places,
    stamp,
)
from pages.parts.choose.brought_network import BROUGHT, BroughtNetwork, uploads_allowed
from pages.parts.choose.displayed_names import with_displayed_names
from pages.parts.choose.unavailable import OWN, PUBLISHED
from pages.parts.frame.file_names import as_markdown, name_as_markdown
from pages.parts.work import compute

MOST_REASONS = 3  # files that are named with a reason without being folded


@dataclass(frozen=True)
class OwnChoice:
    """A network of the menu: a file or folder in the operator's folder, or one that the visitor has brought."""

    name: str
    file: Path | None = None
    brought: BroughtNetwork | None = None

    def load(self) -> Backbone:
        """Returns the network; raises WeightsError, OSError and ValueError for a file that cannot be used."""
        if self.brought is not None:
            return self.brought.backbone
        assert self.file is not None
        return with_displayed_names(compute.folder_network(self.file), self.name)


def own_networks() -> dict[str, OwnChoice]:
    """Returns the networks of the menu by their names, the visitor's own ones first."""
    found = {name: OwnChoice(name, brought=brought) for name, brought in BROUGHT.get().items()}
    return found | {file.path.name: OwnChoice(file.path.name, file.path) for file in _in_folder() if file.usable}


def is_own_chosen() -> bool:
    """Whether a network of the menu takes the place of the published ones."""
    return OWN.get() in own_networks()


def choose_own_network() -> OwnChoice | None:
    """Draws the menu where there is something to choose; returns the choice, None for a published network."""
    found = own_networks()
    if not found:
        _show_unread()
    if not found and not OWN.is_set and OWN.key not in st.query_params:  # a link may ask for one that is not here
        return None
    if OWN.is_set and OWN.get() not in (PUBLISHED, *found):
        OWN.set(PUBLISHED)
    chosen = st.selectbox(
        "Your network", [PUBLISHED, *found], key=OWN.key, bind="query-params",
        format_func=lambda name: "none: the one chosen above" if name == PUBLISHED else plain_name(name),
        help="Networks that were added to this server, and those that you have brought. It takes the place of the one above.",
    )
    if choice := found.get(chosen):
        words = "" if choice.brought else next(as_markdown(file.words) for file in _in_folder() if file.path == choice.file)
        st.caption(words or "Yours alone, for this visit. The link has its name, not its file.")
    _show_unread()
    return choice


def _show_unread() -> None:
    """Says which files of the folder are to be added first, and which cannot be used, to who can act: not on the open web."""
    if not uploads_allowed():
        return
    unread = [file for file in _in_folder() if file.words.startswith(TO_ADD)]
    if unread:
        names = ", ".join(name_as_markdown(file.path.name) for file in unread[:3]) + ", ..." * (len(unread) > 3)
        st.caption(f"Also in the folder, and to be added first: {names}. The command is {adding_command(unread[0].path)}.")
    refused = [file for file in _in_folder() if file.words.startswith(UNUSABLE)]
    if len(refused) > MOST_REASONS:
        with st.expander(f"{len(refused)} files of the folder cannot be used"):
            _show_reasons(refused)
    else:
        _show_reasons(refused)


def _show_reasons(refused: list[DescribedNetwork]) -> None:
    for file in refused:
        st.caption(f"{name_as_markdown(file.path.name)} {as_markdown(file.words)}.")


def _in_folder() -> list[DescribedNetwork]:
    """The networks in the operator's folder, read again when a file has changed."""
    folder = network_folder()
    if folder is None or not folder.is_dir():
        return []
    return _described(folder, tuple(map(stamp, network_places(folder))))


@lru_cache(1)
def _described(folder: Path, stamps: tuple[tuple[object, ...], ...]) -> list[DescribedNetwork]:
    return described_networks(folder)
