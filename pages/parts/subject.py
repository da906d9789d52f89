"""What a page speaks about: the picture, the network and the class, chosen in the sidebar of every page but the first."""

from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from lrp import Backbone
from lrp.probability import probabilities
from pages.parts import compute, viewport, words
from pages.parts.maps import choose_colours
from pages.parts.network import choose_class, choose_network
from pages.parts.pictures import Picture, choose_picture
from pages.parts.style import tidy


@dataclass(frozen=True)
class Subject:
    """`probabilities`: (K,); target: the index of the explained class; scale: the name of the colour scale."""

    picture: Picture
    network: Backbone
    probabilities: Tensor
    target: int
    scale: str
    narrow: bool

    @property
    def name(self) -> str:
        """The explained class."""
        return self.network.categories[self.target]

    @property
    def headline(self) -> str:
        """What the network sees and how sure it is."""
        best, sure = int(self.probabilities.argmax()), self.probabilities
        return words.headline(self.network.name, self.network.categories[best], float(sure[best]), len(sure))


def choose_subject() -> Subject:
    """Draws the style of the page and its sidebar."""
    tidy()
    narrow = viewport.is_narrow()
    with st.sidebar:
        st.subheader("Picture")
        picture = choose_picture()
        st.subheader("Network")
        network = choose_network(picture)
        sure = probabilities(compute.logits(picture, network))
        target = choose_class(network, sure)
        st.subheader("Display")
        scale = choose_colours()
    return Subject(picture, network, sure, target, scale, narrow)
