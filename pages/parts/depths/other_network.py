"""Whether a network has depths to compare, and what one that has none is compared with."""

import streamlit as st

from lrp import Backbone
from pages.parts.choose.backbone import all_choices
from pages.parts.choose.panel_network import forget_failure, load_other
from pages.parts.choose.subject import Subject
from pages.parts.choose.unavailable import Failure
from pages.parts.frame.network_names import WEIGHTS, WITH_BOTH, network_label
from pages.parts.frame.state import SessionValue

AGAINST = SessionValue[str]("against")  # the label of the network with which one that has no depths is compared
AT_FIRST = {
    "softmax": "at first the class that {} sees", "sigmoid": "at first the label that {} is surest of",
    "regression": "at first what {} predicts first",
}  # fmt: skip


def has_depths(network: Backbone) -> bool:
    """Whether there are published networks of the same kind and other depths."""
    return network.architecture == WITH_BOTH and network.weights in WEIGHTS


def introduce(subject: Subject, by_depth: bool) -> None:
    """Draws what the page asks: of several depths, or of another network."""
    network = subject.network
    asked = f"each is asked what speaks for **{subject.asked}** ({AT_FIRST[network.head].format(network.name)})"
    if by_depth:
        st.markdown("## Do deeper networks look at the same things?")
        st.markdown(
            f"Networks of several depths see the same picture, and {asked}. **If the depths agree on the places, the finding "
            "is about the picture; if they do not, it is about one network.** A deeper network is not a better witness by "
            "itself: see how sure each one is."
        )
        return
    st.markdown("## Does another network look at the same things?")
    st.markdown(
        f"**{network.name}** and another network see the same picture, and {asked}. **If they agree on the places, the finding "
        "is about the picture; if they do not, it is about one network**, such as about what its training has changed."
    )


def choose_other(subject: Subject) -> dict[str, Backbone]:
    """Draws the menu of what the page's network is compared with; returns both by their names."""
    network, choices = subject.network, all_choices()
    own = network_label(network)
    names = [name for name in choices if name not in (network.weights, own)]
    if AGAINST.is_set and AGAINST.get() not in names:
        AGAINST.set(names[0])
    name = st.selectbox(
        "Compare with", names, key=AGAINST.key, bind="query-params",
        help="Any network: another one of yours, or a published one. ImageNet weights are downloaded at first use.",
    )  # fmt: skip
    loaded = load_other(subject.picture, choices[name])
    if isinstance(loaded, Failure):
        st.warning(loaded.why, icon=":material/cloud_off:")
        again = "again other network"
        st.button("Try again", key=again, on_click=forget_failure, args=(loaded.asked,), icon=":material/refresh:")
        return {own: network}
    return {own: network, network_label(loaded): loaded}
