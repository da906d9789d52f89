"""The sentences of the comparison: what the network sees, what is asked of it, and what the colours mean."""

from collections.abc import Sequence

from torch import Tensor

from lrp import Backbone
from lrp.heads import REGRESSION, SIGMOID, SOFTMAX, Head, value_text
from lrp.walk.objectives import Objective

NAMED = 3  # labels or values in a headline


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
        "What the maps share out among the pixels is counted in **logits**, the scores that the network gives to classes: the "
        "highest is what it sees, the further above the others, the surer."
    )


def crop_note(size: tuple[int, int], seen: tuple[int, int], margin: int = 0) -> str:
    """What became of a picture of that size before the network saw so many pixels, `margin` less than its shorter side had."""
    part = "the centre of " if size[0] != size[1] or margin else ""
    cut = f", without {margin / (min(seen) + margin):.0%} of its shorter side" if margin else ""
    return f"It sees {part}your picture ({size[0]:,} x {size[1]:,}) at {seen[0]} x {seen[1]} pixels{cut}."
