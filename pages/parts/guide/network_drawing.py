"""The network of the worked example as a drawing, with what flows along its edges: forward, or back by LRP or IG."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
import torch
from streamlit.components.v2.types import ComponentRenderer
from torch import Tensor

from lrp.display.colours import end_shades
from pages.parts.guide.example import Example
from pages.parts.guide.guide_picture import SCALE

FOLDER = Path(__file__).parent / "drawing"
FORWARD, BY_LRP, BY_IG = "Forward", "LRP", "IG"
WAYS = {
    FORWARD: "Each unit sums what flows in; a hidden one hands on only what is above 0.",
    BY_LRP: "The output walks back. Each unit shares out what it received, in proportion to what flowed in.",
    BY_IG: "The inputs fade in from 0, and each is credited with what its change moved. It flows along the same edges.",
}
NAMES = {"x1": "x₁", "x2": "x₂", "h1": "h₁", "h2": "h₂", "out": "output"}


@dataclass(frozen=True)
class ExampleFlow:
    """What flows along the edges and what each node has of it.

    below: (2, 2), from input i to hidden unit k at [i, k]. above: (2,), from hidden unit k to the output. inputs, hidden: (2,).
    output: of the output itself. In a walk back it is what each hands down and receives, else what each contributes.
    """

    below: Tensor
    above: Tensor
    inputs: Tensor
    hidden: Tensor
    output: float


def example_flow(
    example: Example, x: list[float], hidden: list[list[float]], output: list[float], epsilon: float, way: str
) -> ExampleFlow:
    """Returns what flows by one of WAYS. hidden: one row of weights for each unit; output: (2,) weights."""
    inputs, weights, top = (torch.tensor(values, dtype=torch.double) for values in (x, hidden, output))
    contributions, arriving = (weights * inputs).T, example.a * top  # (2, 2) at [i, k], and (2,)
    if way == FORWARD:
        return ExampleFlow(contributions, arriving, inputs, example.a, example.f)
    if way == BY_IG:  # without biases no unit changes its mind on the way from 0, so that the gradient is the same all along
        active = (example.z > 0).double()
        below = contributions * active * top
        return ExampleFlow(below, arriving, example.ig, arriving, example.f)
    above = arriving / _stabilized(torch.tensor(example.f, dtype=torch.double), epsilon) * example.f
    below = contributions / _stabilized(example.z, epsilon) * above
    return ExampleFlow(torch.nan_to_num(below), torch.nan_to_num(above), example.lrp, torch.nan_to_num(above), example.f)


def _stabilized(z: Tensor, epsilon: float) -> Tensor:
    return z + torch.where(z < 0, -epsilon, epsilon)


@st.cache_resource
def _component() -> ComponentRenderer:
    html, css, script = ((FOLDER / f"drawing.{kind}").read_text() for kind in ("html", "css", "js"))
    return st.components.v2.component("network drawing", html=html, css=css, js=script)


def draw_network(example: Example, x: list[float], flow: ExampleFlow, way: str) -> None:
    """Draws the network with the flow: an edge is as wide as what flows along it, in the colours of a map."""
    _component()(data=drawing_of(example, x, flow, way), key="network drawing")


def drawing_of(example: Example, x: list[float], flow: ExampleFlow, way: str) -> Mapping[str, object]:
    """Returns what the script draws; numbers as they are written."""
    back = way != FORWARD
    amounts = {
        **{(f"x{i + 1}", f"h{k + 1}"): float(flow.below[i, k]) for i in range(2) for k in range(2)},
        **{(f"h{k + 1}", "out"): float(flow.above[k]) for k in range(2)},
    }
    shares = dict(zip(NAMES, [*flow.inputs.tolist(), *flow.hidden.tolist(), flow.output], strict=True))
    values = dict(zip(NAMES, [*x, *example.a.tolist(), example.f], strict=True))
    edges = tuple(
        {"from": start, "to": end, "amount": amount, "text": signed(amount)} for (start, end), amount in amounts.items()
    )  # fmt: skip
    nodes = tuple(
        {
            "key": key, "name": name, "value": amount_text(values[key]),
            "share": f"R = {amount_text(shares[key])}" if back else "",
        }
        for key, name in NAMES.items()
    )  # fmt: skip
    told = "; ".join(f"{NAMES[start]} to {NAMES[end]} {signed(amount)}" for (start, end), amount in amounts.items())
    alt = f"The network of the example. {WAYS[way]} Along the edges: {told}."
    largest, shades = max(map(abs, amounts.values())) or 1.0, end_shades(SCALE)
    return {"edges": edges, "nodes": nodes, "back": back, "largest": largest, "alt": alt, "shades": shades}


def amount_text(value: float) -> str:
    """Returns a number in three digits, with a true minus; what is 0 but for rounding is 0."""
    return f"{0.0 if abs(value) < 5e-4 else value:.3g}".replace("-", "−")


def signed(value: float) -> str:
    """Returns the number with its sign."""
    text = amount_text(value)
    return text if text.startswith("−") or text == "0" else f"+{text}"
