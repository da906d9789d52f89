"""The picture, chosen in the sidebar, and the network and the question, chosen in the bar of every page but the first."""

from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from lrp import Backbone
from lrp.walk.objectives import Objective, as_objective
from pages.parts.choose.backbone import choose_network
from pages.parts.choose.class_choice import choose_class
from pages.parts.choose.control_bar import draw_control_bar
from pages.parts.choose.cropping import choose_crop, warn_of_cut
from pages.parts.choose.linked_network import ask_for_linked_network
from pages.parts.choose.objective import choose_objective
from pages.parts.choose.pictures import choose_picture, own_album
from pages.parts.choose.unavailable import Unavailable, show_unavailable
from pages.parts.frame import viewport
from pages.parts.frame.album import Picture
from pages.parts.frame.maps import choose_colours
from pages.parts.frame.style import apply_style
from pages.parts.say import words
from pages.parts.work import compute


@dataclass(frozen=True)
class Subject:
    """What a page explains. predictions: (K,); target: the index of the explained output; scale: the name of the colour scale.

    objective: what is asked about that class, or about a layer. unavailable: the network that was chosen instead of `network`,
    if it cannot be had.
    """

    picture: Picture
    network: Backbone
    predictions: Tensor
    target: int
    objective: Objective
    scale: str
    narrow: bool
    unavailable: Unavailable | None

    @property
    def name(self) -> str:
        """The explained class."""
        return self.network.categories[self.target]

    @property
    def heading(self) -> str:
        """What the network sees and how sure it is, as Markdown; above that, what was asked for, if it is not shown."""
        said = words.headline_of(self.network, self.predictions)
        return self.unavailable.heading(said) if self.unavailable else f"## {said}"

    @property
    def asked(self) -> str:
        """What is explained: the class, the class rather than another, or what a layer responds to."""
        return words.target_name(self.objective, self.network.categories)

    def about_class_alone(self, why: str) -> Objective:
        """The question why this class; where another is chosen, draws a sentence that the page answers this one, and why."""
        alone = as_objective(self.target, self.network.head)
        if self.objective != alone:
            st.info(
                f"You chose “{self.objective.label}”, but this page answers “{alone.label}” for **{self.name}**: {why}.",
                icon=":material/info:",
            )
        return alone


def choose_subject() -> Subject:
    """Draws the style of the page, its sidebar and its bar."""
    apply_style()
    narrow = viewport.is_narrow()
    whole, place = choose_picture()
    ask_for_linked_network(whole)
    bar = draw_control_bar(narrow)
    with bar.network:
        network, unavailable = choose_network(whole, bar.below)
    picture = choose_crop(own_album(), whole, network, place)
    predictions = network.kind.predictions(compute.logits(picture, network))
    with bar.question:
        target = choose_class(network, predictions, bar.question if narrow else bar.below)
        objective = choose_objective(network, target, predictions)
        scale = choose_colours()
    show_unavailable(unavailable)
    warn_of_cut(picture, network)
    return Subject(picture, network, predictions, target, objective, scale, narrow, unavailable)
