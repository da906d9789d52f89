"""The section of the guide with the worked example: sliders, the drawing, and every number that follows."""

import streamlit as st

from lrp.display.colours import end_colours
from pages.parts.frame.state import SessionValue
from pages.parts.guide.example import Example, work_out
from pages.parts.guide.guide_picture import SCALE
from pages.parts.guide.network_drawing import BY_LRP, WAYS, draw_network, example_flow

WAY = SessionValue[str]("example way")


@st.fragment
def show_example() -> None:
    """Draws sliders for inputs, weights and epsilon, the network, and every number that follows; a fragment, to be quick."""
    above, below = end_colours(SCALE)
    st.markdown(
        "Two inputs, two hidden units that pass on only what is above 0, one output. Move the sliders and watch what flows: "
        "every number is worked out by the same program that explains the pictures. "
        f"{above.capitalize()} adds to the output, {below} takes away."
    )
    drawn, controls = st.columns([3, 2], gap="large")  # on a phone the drawing stands above its sliders
    with controls:
        x, hidden, output, epsilon = _controls()
    example = work_out(x, hidden, output, epsilon)
    with drawn:
        way = st.segmented_control("What flows along the edges", list(WAYS), key=WAY.key, default=BY_LRP, required=True) or BY_LRP
        st.caption(WAYS[way])
        draw_network(example, x, example_flow(example, x, hidden, output, epsilon, way), way)
        _show_answer(example, x, hidden, output, epsilon)


def _controls() -> tuple[list[float], list[list[float]], list[float], float]:
    left, right = st.columns(2)
    with left:
        x = [_slider(f"Input {name}", f"example x{i}", value) for i, (name, value) in enumerate((("x₁", 1.0), ("x₂", 2.0)), 1)]
        output = [_slider("h₁ → output", "example v1", 1.0), _slider("h₂ → output", "example v2", -1.0)]
    with right:
        hidden = [
            [_slider("x₁ → h₁", "example w11", 1.0), _slider("x₂ → h₁", "example w21", 1.0)],
            [_slider("x₁ → h₂", "example w12", 2.0), _slider("x₂ → h₂", "example w22", -0.5)],
        ]
    epsilon = st.slider(
        "ε, of LRP", 0.0, 1.0, 0.0, 0.05, key="example epsilon",
        help="At 0 everything is handed down; more of it absorbs what is weak.",
    )  # fmt: skip
    return x, hidden, output, epsilon


def _slider(label: str, key: str, value: float) -> float:
    meaning = "A weight: how strongly the left one drives the right one." if "→" in label else "What the network is shown."
    return st.slider(label, -3.0, 3.0, value, 0.25, key=key, help=meaning)


def _show_answer(
    example: Example, x: list[float], hidden: list[list[float]], output: list[float], epsilon: float
) -> None:
    sums = [
        f"h{name} = max(0, {' + '.join(f'{value:g}·({weight:g})' for value, weight in zip(x, row, strict=True))}) "
        f"= **{float(a):.3g}**"
        for name, row, a in zip("₁₂", hidden, example.a, strict=True)
    ]
    terms = " + ".join(f"{float(a):.3g}·({v:g})" for a, v in zip(example.a, output, strict=True))
    left, right = st.columns(2)
    left.markdown("  \n".join([*sums, f"output = {terms} = **{example.f:.3g}**"]))
    rows = [
        f"| {name} | {', '.join(f'{float(value):.3g}' for value in found)} | {float(found.sum()):.3g} |"
        for name, found in ((f"LRP, ε = {epsilon:g}", example.lrp), ("IG from 0", example.ig))
    ]
    right.markdown("\n".join(["| | R₁, R₂ | sum |", "| --- | --- | ---: |", *rows]))
    sum_note = "Both sum to the output." if abs(float(example.lrp.sum()) - example.f) < 5e-3 else (
        "IG sums to the output; LRP's sum differs by what ε absorbed (or, where a unit's evidence cancels, blew up)."
    )  # fmt: skip
    right.caption(sum_note)
