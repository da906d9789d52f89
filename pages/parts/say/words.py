"""The sentences of the comparison: what the network sees, and how far each map can be trusted."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lrp import Backbone, EpsilonPlus, Network
from lrp.attribution import Map
from lrp.heads import REGRESSION, SIGMOID, SOFTMAX, Head, value_text
from lrp.methods.method import Method, promised_sum
from lrp.metrics.sentences import CLOSE
from lrp.network.layers import Layer
from lrp.network.weighted import Convolution
from lrp.walk.objectives import Objective
from pages.parts.work.question import Result

NAMED = 3  # labels or values in a headline
GREEN, AMBER = ":green[:material/check_circle:]", ":orange[:material/info:]"
PLACES = (("top left", "top", "top right"), ("left", "centre", "right"), ("bottom left", "bottom", "bottom right"))


def article(name: str) -> str:
    """The name in a sentence, with its article."""
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"


def certainty(probability: float) -> str:
    """How sure the network is, as people say it."""
    if probability >= 0.9:
        return "and is almost sure of it"
    if probability >= 0.6:
        return "and is fairly sure of it"
    return "but is unsure" if probability >= 0.3 else "but is mostly guessing"


def verdict(score: float) -> str:
    """What a score of 0 to 1 says, whose even point is one half."""
    if abs(score - 0.5) < 0.1:
        return "which says neither yes nor no"
    return "which says yes" if score > 0.5 else "which says no"


def headline_of(network: Backbone, predictions: Tensor, label: str = "") -> str:
    """Returns what a network says of a picture; predictions: (K,), probabilities, scores or values. label: what to call it."""
    name = label or network.name
    told = [(network.categories[i], float(predictions[i])) for i in network.kind.foremost(predictions, NAMED)]
    if network.kind is SOFTMAX:
        return class_headline(name, *told[0])
    if network.kind is REGRESSION:
        values = [f"**{value_text(value)}** for **{name}**" for name, value in told]
        return f"{name} predicts {enumerated(values, len(predictions))}."
    return scores_headline(name, told, len(predictions), int((predictions >= 0.5).sum()))


def class_headline(network: str, name: str, probability: float) -> str:
    """Returns what the network sees and how sure it is."""
    return f"{network} sees **{article(name)}** {certainty(probability)} ({probability:.0%})."


def scores_headline(network: str, foremost: Sequence[tuple[str, float]], labels: int, positive: int) -> str:
    """Returns which labels get a yes. foremost: names and scores, the highest first; positive: how many of `labels` get it."""
    name, score = foremost[0]
    if labels == 1:
        return f"{network} gives **{name}** a score of **{score:.2f}**, {verdict(score)}."
    if not positive:
        return f"{network} says yes to none of {labels} labels; nearest is **{name}** with a score of **{score:.2f}**."
    return f"{network} says yes to {enumerated([f'**{name}** ({score:.2f})' for name, score in foremost[:positive]], positive)}."


def enumerated(parts: Sequence[str], whole: int) -> str:
    """Returns the parts as people list them; `whole`: how many there are, those that are not named included."""
    *most, last = [*parts, f"{whole - len(parts)} more"] if whole > len(parts) else parts
    return f"{', '.join(most)} and {last}" if most else last


def colour_meaning(objective: Objective, categories: Sequence[str], ends: tuple[str, str], parts: str = "pixels") -> str:
    """What the two ends of the colour scale speak for, in a map of such `parts`."""
    positive, negative = objective.sides([f"**{name}**" for name in categories])
    return f"{ends[0].capitalize()} {parts} speak {positive}, {ends[1]} {parts} {negative}."


def target_name(objective: Objective, categories: Sequence[str]) -> str:
    """What is explained, such as "cat rather than dog"."""
    return objective.sides(categories)[0].removeprefix("for ")


def difference_meaning(first: str, second: str, ends: tuple[str, str]) -> str:
    """What the two ends of the colour scale mean in a difference of two maps, which is about methods and not about a class."""
    return (
        f"{ends[0].capitalize()} pixels got more relevance from **{first}** than from **{second}**, {ends[1]} pixels less. "
        "Each map was divided by its own range first: the colours say where the two methods differ, not what speaks for a class."
    )


def sign_note(sign: str) -> str:
    """What the filter leaves out of the pictures; nothing where both signs are drawn."""
    return "" if sign == "both" else f"Only the {sign} relevance is drawn; sums and words are of the whole map."


def unit_note(objective: Objective, head: Head) -> str:
    """What a map shares out among the pixels, with the word for it, where it is first read."""
    if objective.unit != "logits":
        return f"What the maps share out among the pixels is {objective.scalar}."
    if head is SIGMOID:
        return (
            "What the maps share out among the pixels is counted in **logits**: above 0 the network says yes to a label, below 0 "
            "no, and the further from 0, the surer it is."
        )
    return (
        "What the maps share out among the pixels is counted in **logits**, the scores that the network gives to classes: "
        "the class with the highest one is what it sees, and the further above the others, the surer it is."
    )


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
        kept = "" if network is None or result.gap <= CLOSE else _kept_by_depthwise_layers(method, network)
        return f"{mark} {_handed_down(result, said)} {kept}".strip()
    return f"{mark} {said} {_gap(result)}".strip()


def number_text(value: float) -> str:
    """Two decimals, or two digits where those would be 0."""
    return f"{value:.2f}" if abs(value) >= 0.1 or not value else f"{value:.2g}"


def correlation(value: float) -> str:
    """How alike two maps are, in two decimals; NaN in words."""
    return "undefined (one map is the same everywhere)" if math.isnan(value) else f"{value:z.2f}"


def _handed_down(result: Result, said: str) -> str:
    """What the sum of an LRP map means: for every rule and epsilon, what does not reach the pixels has stayed in the layers."""
    if result.gap <= CLOSE:
        return f"Read where it is strong, and how strong: nearly all of it reached the pixels. {said}"
    rest = number_text(result.explained - result.total)
    return (
        f"Read where it is strong, not how strong. {said} The rest, {rest}, stayed in the layers, with biases and epsilon: "
        "that is how this rule works, not an error."
    )


def _kept_by_depthwise_layers(method: Method, network: Network) -> str:
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


def crop_note(size: tuple[int, int], seen: tuple[int, int], margin: int = 0) -> str:
    """What became of a picture of that size before the network saw so many pixels, `margin` less than its shorter side had."""
    part = "the centre of " if size[0] != size[1] or margin else ""
    cut = f", without {margin / (min(seen) + margin):.0%} of its shorter side" if margin else ""
    return f"It sees {part}your picture ({size[0]:,} x {size[1]:,}) at {seen[0]} x {seen[1]} pixels{cut}."


def duration(value: float) -> str:
    """A duration, in the unit people would choose."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def about_seconds(value: float) -> str:
    """A forecast of so many seconds, no more exact than it can be."""
    if value < 1.5:
        return "about a second"
    return f"about {value:.0f} seconds" if value < 90 else f"about {value / 60:.0f} minutes"


def map_summary(label: str, values: Map) -> str:
    """A map in one sentence, for those who cannot see it: the share in favour, and where it is strongest."""
    sizes = np.abs(values)
    if not sizes.sum():
        return f"{label}: no relevance at all."
    positive = float(values.clip(min=0).sum() / sizes.sum())
    peak = np.unravel_index(_smooth(sizes).argmax(), sizes.shape)
    row, column = (int(3 * place / side) for place, side in zip(peak, sizes.shape, strict=True))
    return f"{label}: {positive:.0%} of the relevance is in favour, strongest at the {PLACES[row][column]}."


def _smooth(sizes: Map) -> NDArray[np.float64]:
    """Sums over squares of an eighth of the side, so that one lonely pixel is no peak; beyond the borders the map is mirrored."""
    reach = max(1, min(sizes.shape) // 8)
    # scipy.ndimage has this filter, but takes longer to import than a page may take to show its first map.
    padded = np.pad(sizes.astype(np.float64), (reach // 2, (reach - 1) // 2), mode="symmetric")
    for _ in range(sizes.ndim):  # along the first axis, then along the other one
        places = len(padded) - reach + 1
        padded = np.add.reduce([padded[first : first + places] for first in range(reach)]).T
    return padded
