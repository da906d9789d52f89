"""What is said of one map: whether its sum is what it should be, and where it is strongest."""

import math

from lrp import EpsilonPlus, Network
from lrp.display.map_summary import map_summary as map_summary
from lrp.methods.method import Method, promised_sum
from lrp.metrics.sentences import CLOSE
from lrp.network.layers import Layer
from lrp.network.weighted import Convolution
from lrp.walk.objectives import Objective
from pages.parts.say.number_words import number_text
from pages.parts.work.question import Result

GREEN, AMBER = ":green[:material/check_circle:]", ":orange[:material/info:]"


def trust_note(result: Result, method: Method, objective: Objective, network: Network | None = None) -> str:
    """Whether the map's sum is what it should be, with a green or amber mark; no mark where no sum is promised.

    network: the one explained, of whose kind of layers the note may have to tell.
    """
    total, explained = number_text(result.total), number_text(result.explained)
    if method.sums_to is None:
        said = f"Adds up to **{total}**; {objective.scalar} is **{explained}**."
        return f"{said} This method promises no sum: read where it is strong, not how much it adds up to."
    promised = promised_sum(method, objective)
    if promised is None:
        said = f"Adds up to **{total}**. This question weighs both sides evenly, so what is left of the sum says nothing."
        return said if objective.top_rule is None else f"{said} For this question the last layer follows the z⁺ rule."
    mark = GREEN if result.gap <= CLOSE else AMBER
    said = f"Sums to **{total}**; {promised.format(objective.scalar)} is **{explained}**."
    if method.has_rules:
        depthwise_note = "" if network is None or result.gap <= CLOSE else _depthwise_note(method, network)
        return f"{mark} {_handed_down(result, said)} {depthwise_note}".strip()
    return f"{mark} {said} {_gap(result)}".strip()


def _handed_down(result: Result, said: str) -> str:
    """What the sum of an LRP map means: for every rule and epsilon, what does not reach the pixels has stayed in the layers."""
    if result.gap <= CLOSE:
        return f"Read where it is strong, and how strong: nearly all of it reached the pixels. {said}"
    rest = number_text(result.explained - result.total)
    return (
        f"Read where it is strong, not how strong. {said} The rest, {rest}, stayed in the layers, with biases and epsilon: "
        "that is how this rule works, not an error."
    )


def _depthwise_note(method: Method, network: Network) -> str:
    """A sentence where z+ meets depthwise layers, which keep nine tenths in EfficientNet-Lite0 (lrp/README.md)."""
    if not isinstance(method, EpsilonPlus) or not any(_is_depthwise(node.layer) for node in network.nodes):
        return ""
    return (
        "Most of it is kept by this network’s depthwise layers: many of their units are active by their bias alone, and under z⁺ "
        "such a unit hands nothing on. The places are right all the same."
    )


def _is_depthwise(layer: Layer) -> bool:
    return isinstance(layer, Convolution) and layer.depthwise


def _gap(result: Result) -> str:
    if math.isinf(result.gap):
        return "Where there is nothing to share out, only more steps bring it nearer to nothing."
    if result.n_steps is None:
        return "" if result.gap <= CLOSE else "Some layers of this network are beyond its rule."
    remedy = "" if result.gap <= CLOSE else "; more steps would help"
    off = "" if result.map_error is None else f" The map itself is off by about {result.map_error:.0%}."
    return f"A gap of {result.gap:.1%} with {result.n_steps} steps{remedy}.{off}"
