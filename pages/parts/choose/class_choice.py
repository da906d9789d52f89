"""The control that chooses the class to explain."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from lrp import Backbone
from lrp.heads import REGRESSION, SIGMOID
from pages.parts.frame.state import SessionValue

PREDICTED = "the predicted class"
CLASS = SessionValue[str]("class")  # the name of the explained class, or PREDICTED
TOP_FIVE = SessionValue[str | None]("top five")  # the one of the likeliest classes that was pressed

# Of a network with one output, and beside the menu of several, by the kind of output.
ALONE = {
    "sigmoid": "This network has one logit. Its sigmoid is a score of 0 to 1, and no choice among classes.",
    "regression": "This network predicts one value.",
}
HELP = {
    "softmax": "Any class can be explained, also one that the network does not see: the map shows what little speaks for it.",
    "sigmoid": "Any label can be explained, also one that the network says no to: the map shows what little speaks for it.",
    "regression": "Relevance above 0 raises the predicted value, relevance below 0 lowers it.",
}


def choose_class(network: Backbone, predictions: Tensor, of_top_five: DeltaGenerator | None = None) -> int:
    """Returns the index of the output to explain: the predicted class unless another is chosen.

    predictions: (K,). of_top_five: where the likeliest classes are drawn as buttons; None where the page shows them as bars.
    """
    names, kind = network.categories, network.kind
    if len(names) == 1:
        st.markdown(f"Explained: **{names[0]}**, {kind.text(float(predictions[0]), 1)}")
        st.caption(ALONE[kind.name])
        return 0
    chosen = choose_from_menu(network)
    if of_top_five is not None:
        with of_top_five:
            _offer_top_five(network, predictions)
    return kind.best(predictions) if chosen is None else chosen


def _offer_top_five(network: Backbone, predictions: Tensor) -> None:
    names, kind = network.categories, network.kind
    st.pills(
        f"{'First' if kind is REGRESSION else 'Top'} five", [names[i] for i in kind.foremost(predictions)], key=TOP_FIVE.key,
        on_change=_take_top_five, format_func=lambda name: f"{name} {kind.text(float(predictions[names.index(name)]))}",
        label_visibility="collapsed",
    )  # fmt: skip


def choose_from_menu(network: Backbone) -> int | None:
    """Draws the menu of the outputs; returns the index of the chosen one, None for the one that is predicted."""
    names, kind = network.categories, network.kind
    offered = list(names) if kind is REGRESSION else [PREDICTED, *names]
    shown = {PREDICTED: "the one with the highest score"} if kind is SIGMOID else {}
    chosen = st.selectbox(
        f"Explained {kind.output}", offered, key=CLASS.key, bind="query-params", help=HELP[kind.name],
        format_func=lambda name: shown.get(name, name),
    )  # fmt: skip
    return None if chosen == PREDICTED else names.index(chosen)


def _take_top_five() -> None:
    if name := TOP_FIVE.get():
        CLASS.set(name)
        TOP_FIVE.set(None)  # let go again, so that it can be pressed a second time
