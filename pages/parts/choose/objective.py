"""The controls of the question: why this class, why it rather than another, or what a layer responds to."""

import streamlit as st
from torch import Tensor

from lrp import OBJECTIVES, Backbone
from lrp.walk.objectives import Objective, make_objective, objectives_for
from pages.parts.frame.state import SessionValue

OBJECTIVE = SessionValue[str]("objective")
VERSUS = SessionValue[str]("versus")
STAGE = SessionValue[str]("stage")
RUNNER_UP = "the likeliest other class"


def choose_objective(network: Backbone, target: int, predictions: Tensor) -> Objective:
    """Draws the controls; returns the chosen objective for the output `target`. predictions: (K,)."""
    possible = objectives_for(network.head)
    name = st.selectbox(
        "Question", list(possible), key=OBJECTIVE.key, bind="query-params", format_func=lambda name: OBJECTIVES[name].label,
        help="\n".join(f"- **{objective.label}** {objective.summary}" for objective in possible.values()),
    )  # fmt: skip
    needs = OBJECTIVES[name].__dataclass_fields__  # type: ignore[attr-defined]
    given: dict[str, int | str] = {"target": target}
    if "versus" in needs:
        given["versus"] = _choose_other(network, target, predictions)
    if "place" in needs:
        given["place"] = st.segmented_control(
            "Layer", network.stages, default=network.stages[-2], key=STAGE.key, bind="query-params", required=True,
            help="Early stages respond to edges and textures, late ones to parts and things.",
        ) or network.stages[-2]  # fmt: skip  # a message may empty what no click can
    return make_objective(name, given)


def _choose_other(network: Backbone, target: int, predictions: Tensor) -> int:
    others = [name for index, name in enumerate(network.categories) if index != target]
    chosen = st.selectbox(
        "Rather than", [RUNNER_UP, *others], key=VERSUS.key, bind="query-params",
        help="Relevance above 0 then tells where the picture looks more like the explained class than like this one.",
    )  # fmt: skip
    if chosen != RUNNER_UP:
        return network.categories.index(chosen)
    return next(index for index in network.kind.foremost(predictions, 2) if index != target)
