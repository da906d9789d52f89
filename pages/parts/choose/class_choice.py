"""The control that chooses the class to explain."""

import streamlit as st
from torch import Tensor

from lrp import Backbone
from lrp.heads import likeliest_classes
from pages.parts.frame.state import SessionValue
from pages.parts.say import words

PREDICTED = "the predicted class"
CLASS = SessionValue[str]("class")  # the name of the explained class, or PREDICTED
TOP_FIVE = SessionValue[str | None]("top five")  # the one of the likeliest classes that was pressed


def choose_class(network: Backbone, probabilities: Tensor) -> int:
    """Returns the index of the class to explain: the predicted one unless another is chosen. probabilities: (K,)."""
    names = network.categories
    if len(names) == 1:
        st.markdown(f"Explained: **{names[0]}**, {words.probability_text(float(probabilities[0]), 1)}")
        st.caption("This network has one logit. Its sigmoid is a score of 0 to 1, and no choice among classes.")
        return 0
    best = likeliest_classes(probabilities)
    chosen = st.selectbox(
        "Explained class", [PREDICTED, *names], key=CLASS.key, bind="query-params",
        help="Any class can be explained, also one that the network does not see: red then means what little speaks for it.",
    )
    st.pills(
        "Top five", [names[i] for i in best], key=TOP_FIVE.key, on_change=_take_top_five,
        format_func=lambda name: f"{name} {float(probabilities[names.index(name)]):.0%}",
        help="What the network thinks of first. Click one to explain it.",
    )  # fmt: skip
    return best[0] if chosen == PREDICTED else names.index(chosen)


def _take_top_five() -> None:
    if name := TOP_FIVE.get():
        CLASS.set(name)
        TOP_FIVE.set(None)  # let go again, so that it can be pressed a second time
