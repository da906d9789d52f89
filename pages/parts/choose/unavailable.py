"""Tells on the page that the chosen network cannot be loaded, which one is shown instead, and what can be done."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import streamlit as st
from streamlit.errors import StreamlitAPIException

from lrp.models.architectures import title
from pages.parts.frame.address import forget_in_opened_address
from pages.parts.frame.file_names import name_as_markdown
from pages.parts.frame.network_names import WEIGHTS, label_with_weights
from pages.parts.frame.state import SessionValue, set_widgets


@dataclass(frozen=True)
class Choice:
    """A network as the controls name it."""

    architecture: str
    depth: int
    weights: str
    own: str = ""  # the name of a network of the menu "Your network", which takes the place of the others

    @property
    def name(self) -> str:
        """Such as "ResNet-18 with ImageNet weights"; the two kinds of weights are two networks."""
        if self.own:
            return name_as_markdown(self.own)
        return f"{title(self.architecture, self.depth)} with {WEIGHTS[self.weights]} weights"

    @property
    def label(self) -> str:
        """The name in a menu of all networks, such as "ResNet-18 (ImageNet)"; of an own one that of its file."""
        return self.own or label_with_weights(self.architecture, title(self.architecture, self.depth), self.weights)


@dataclass(frozen=True)
class Failure:
    """A network that could not be loaded, and one sentence why."""

    asked: Choice
    why: str


DEPTH, WEIGHTS_KIND = SessionValue[str]("depth"), SessionValue[str]("weights")  # the controls that choose the network
FAMILY = SessionValue[str]("family")  # of the published network, which its size in `DEPTH` says
SIZE = SessionValue[str]("size")  # of a network that is no ResNet; `DEPTH` has the same value
PUBLISHED = "none"  # of the menu "Your network": a network of the controls above it
OWN = SessionValue[str]("network")  # the name of the file, or PUBLISHED
LAST_SHOWN = SessionValue[Choice]("last network")
FAILURE = SessionValue[Failure]("failed network")


@dataclass(frozen=True)
class Unavailable:
    """A network that was asked for and cannot be loaded. why: one sentence; shown: the one that the page shows instead.

    controls: the values of the controls of depth and weights that ask for the one shown, by their keys.
    """

    asked: Choice
    why: str
    shown: Choice
    controls: dict[str, str]

    def headline(self, said: str) -> str:
        """What was asked for, before what the network shown has to say."""
        return f"{self._lead} {self._instead(said)}"

    def heading(self, said: str) -> str:
        """The same as Markdown: what was asked for as the heading, the rest below it."""
        return f"## {self._lead}\n\n{self._instead(said)}"

    @property
    def _lead(self) -> str:
        return f"{self.asked.name} cannot be shown."

    def _instead(self, said: str) -> str:
        weights = self.shown.name if self.shown.own else f"{WEIGHTS[self.shown.weights]} weights"
        return f"Instead, with {weights}: {said}"

    @property
    def link(self) -> dict[str, str | None]:
        """The parameters of a link to what is shown; None for those that are at their default."""
        depth, weights = self.controls[DEPTH.key], self.controls[WEIGHTS_KIND.key]
        return {
            DEPTH.key: None if depth == "18" else depth, WEIGHTS_KIND.key: None if weights == "demo" else WEIGHTS[weights],
            OWN.key: self.shown.own or None,
        }  # fmt: skip


def show_unavailable(unavailable: Unavailable | None) -> None:
    """Draws the sentence why, what is shown instead, and the ways on; nothing where the chosen network is shown."""
    if unavailable is None:
        return
    shown = unavailable.shown.name
    st.warning(f"{unavailable.why} All that this page shows is of {shown}.", icon=":material/cloud_off:")
    with st.container(horizontal=True):
        st.button("Try again", on_click=FAILURE.pop, icon=":material/refresh:", key="again network")
        st.button(f"Choose {shown}", on_click=_choose, args=(unavailable.controls,), key="choose shown network")


def _choose(controls: Mapping[str, str]) -> None:
    """Sets the controls of the network, of which the link may say something for one that is not drawn yet."""
    for name in controls:
        with suppress(StreamlitAPIException):  # for one that is drawn, which writes the link itself
            st.query_params.pop(name, None)
    forget_in_opened_address(controls)  # or it would be asked for again as soon as the control is drawn
    set_widgets(controls)
