"""The guide's worked example: two inputs, two hidden units, one output, explained by the same engine as the pictures."""

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor, nn

import lrp
from lrp.methods.method import Method


@dataclass(frozen=True)
class Example:
    """The engine's results: pre-activations z, activations a, output f, and the relevance of both inputs by LRP and by IG."""

    z: Tensor  # (2,)
    a: Tensor  # (2,)
    f: float
    lrp: Tensor  # (2,)
    ig: Tensor  # (2,)


def small_network(hidden: list[list[float]], output: list[float]) -> nn.Sequential:
    """Returns f(x) = output . ReLU(hidden x), without biases, in double precision; hidden: one row for each unit."""
    below, above = nn.Linear(2, 2, bias=False), nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        below.weight.copy_(torch.tensor(hidden))
        above.weight.copy_(torch.tensor([output]))
    return nn.Sequential(below, nn.ReLU(), above).double().eval()


def work_out(x: list[float], hidden: list[list[float]], output: list[float], epsilon: float) -> Example:
    """Returns the example explained by LRP-epsilon, and by Integrated Gradients from the baseline 0."""
    network, inputs = lrp.canonize(small_network(hidden, output)), torch.tensor([x], dtype=torch.double)
    z = torch.tensor(hidden, dtype=torch.double) @ inputs[0]
    methods: tuple[Method, ...] = lrp.UniformEpsilon(epsilon), lrp.IntegratedGradients("grey", 256, tolerance=None)
    by_lrp, by_ig = (lrp.explain(network, inputs, 0, method) for method in methods)
    return Example(z, z.clamp(min=0), float(by_lrp.logits[0, 0]), by_lrp.relevance[0], by_ig.relevance[0])


def show_example() -> None:
    """Draws sliders for inputs, weights and epsilon, and every number that follows from them."""
    st.markdown(
        "Two inputs, two hidden units that pass on only what is above 0, one output. Move the sliders: every number is worked "
        "out by the same program that explains the pictures."
    )
    inputs, weights, answer = st.columns(3)
    with inputs:
        x = [_slider(f"Input {name}", f"example x{i}", value) for i, (name, value) in enumerate((("x₁", 1.0), ("x₂", 2.0)), 1)]
        epsilon = st.slider(
            "ε", 0.0, 1.0, 0.0, 0.05, key="example epsilon",
            help="At 0 everything is handed down; more of it absorbs what is weak.",
        )  # fmt: skip
    with weights:
        hidden = [
            [_slider("x₁ → h₁", "example w11", 1.0), _slider("x₂ → h₁", "example w21", 1.0)],
            [_slider("x₁ → h₂", "example w12", 2.0), _slider("x₂ → h₂", "example w22", -0.5)],
        ]
        output = [_slider("h₁ → output", "example v1", 1.0), _slider("h₂ → output", "example v2", -1.0)]
    with answer:
        _show_answer(work_out(x, hidden, output, epsilon), x, hidden, output, epsilon)


def _slider(label: str, key: str, value: float) -> float:
    meaning = "A weight: how strongly the left one drives the right one." if "→" in label else "What the network is shown."
    return st.slider(label, -3.0, 3.0, value, 0.25, key=key, help=meaning)


def _show_answer(
    example: Example, x: list[float], hidden: list[list[float]], output: list[float], epsilon: float
) -> None:
    for k, name in enumerate("₁₂"):
        terms = " + ".join(f"{value:g}·({weight:g})" for value, weight in zip(x, hidden[k], strict=True))
        st.markdown(f"h{name} = max(0, {terms}) = **{float(example.a[k]):.3g}**")
    terms = " + ".join(f"{float(a):.3g}·({v:g})" for a, v in zip(example.a, output, strict=True))
    st.markdown(f"output = {terms} = **{example.f:.3g}**")
    rows = [
        f"| {name} | {', '.join(f'{float(value):.3g}' for value in found)} | {float(found.sum()):.3g} |"
        for name, found in ((f"LRP, ε = {epsilon:g}", example.lrp), ("IG from 0", example.ig))
    ]
    st.markdown("\n".join(["| | R₁, R₂ | sum |", "| --- | --- | ---: |", *rows]))
    kept = "Both sum to the output." if abs(float(example.lrp.sum()) - example.f) < 5e-3 else (
        "IG sums to the output; LRP's sum differs by what ε absorbed (or, where a unit's evidence cancels, blew up)."
    )  # fmt: skip
    st.caption(kept)
