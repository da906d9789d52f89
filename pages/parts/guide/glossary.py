"""The words that the guide explains where they stand first, and the list of all of them."""

import re
from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "classifier": (
        "A program that is shown a picture and says which of a fixed list of things is in it. Here it is a neural network: many "
        "small sums in layers, whose numbers were learned from thousands of pictures."
    ),
    "class": "One of the things that a classifier can answer with, such as cat or church.",
    "logit": (
        "The number of points that the network gives to a class. It may be negative, and has no upper end. The class with the "
        "most points is the answer; the further it is ahead of the others, the surer the answer."
    ),
    "probability": "The points of all classes, turned into shares that add up to 100 %.",
    "heatmap": "A picture of numbers: each pixel has one, and its colour says which.",
    "relevance": (
        "The share of the explained number that is credited to one pixel, or to one unit inside the network. Above 0 it spoke "
        "for the class, below 0 against it."
    ),
    "layer": "One stage of the network. It gets numbers from the stage below and hands on new ones.",
    "weight": "How strongly one number drives another one. A negative weight makes it smaller.",
    "epsilon": (
        "A small number that LRP adds to every sum before it shares it out. What is weak next to it goes under, so that a larger "
        "epsilon gives a calmer map of the strongest evidence."
    ),
    "baseline": (
        "The picture that stands for “nothing to see”, such as a black one. Integrated Gradients ask what changes from there."
    ),
    "gradient": "By how much the answer would change if one pixel were a little brighter.",
    "bias": "A number that a unit adds whatever the picture shows. It belongs to no pixel.",
}  # fmt: skip


def prose(text: str) -> str:
    """Returns HTML of a paragraph in which pressed words open their explanation: "[logit]", or "[Logits|logit]" as it is written.

    Two stars round words make them bold, one makes them italic.
    """
    for pattern, shown in ((r"\*\*(.+?)\*\*", r"<b>\1</b>"), (r"\*(.+?)\*", r"<i>\1</i>")):
        text = re.sub(pattern, shown, text, flags=re.DOTALL)
    text = re.sub(r"\[([^|\]]+)(?:\|([^\]]+))?\]", _term, text)
    return f'<div class="prose">{text}</div>'


def _term(found: re.Match[str]) -> str:
    shown, word = found[1], found[2] or found[1]
    return f'<details class="term"><summary>{shown}</summary><span>{WORDS[word]}</span></details>'


def list_of_words() -> str:
    """Returns HTML with all words and their explanations."""
    return f'<dl class="words">{"".join(f"<dt>{word}</dt><dd>{meaning}</dd>" for word, meaning in WORDS.items())}</dl>'
