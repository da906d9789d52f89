"""What a page speaks about: the picture, the network and the class, chosen in the sidebar of every page but the first."""

from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from lrp import Backbone
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
        best = int(self.probabilities.argmax())
        return words.headline(self.network.name, self.network.categories[best], float(self.probabilities[best]))


def choose_subject() -> Subject:
    """Draws the style of the page and its sidebar."""
    tidy()
    narrow = viewport.is_narrow()
    picture = choose_picture()
    with st.sidebar:
        st.subheader("Network")
        network = choose_network(picture)
        probabilities = compute.logits(picture, network).softmax(0)
        target = choose_class(network, probabilities)
        st.subheader("Display")
        scale = choose_colours()
    return Subject(picture, network, probabilities, target, scale, narrow)
