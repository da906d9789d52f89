"""Sentences that say what was measured of a map."""

import math

import numpy as np

from lrp.heads import REGRESSION
from lrp.metrics.faithfulness import Faithfulness
from lrp.metrics.sanity import Sensitivity

CLOSE = 0.05  # a map whose sum is off by no more than this is said to add up

# What is told of a map, with the question that it answers.
ASPECTS: dict[str, tuple[str, str]] = {
    "accuracy": ("Its sum", "Does the map add up to what it explains?"),
    "faithfulness": ("Faithfulness", "If what it marks is taken away, does the network lose the class sooner than by chance?"),
    "focus": ("Focus", "How small a part of the picture holds half of the relevance?"),
    "stability": ("Stability", "Does the map stay the same if the picture changes by less than one can see?"),
    "agreement": ("Agreement", "Do the other methods order the pixels alike?"),
    "seconds": ("Time", "How long did the map take?"),
}

# What the curves say, by whether deletion and insertion are better than chance.
PRESENT = {
    (True, True): "What it marks is what the network needs, and enough for it",
    (True, False): "The network needs what it marks, but that alone is not enough for it",
    (False, True): "What it marks is enough for the network, which does not depend on it",
    (False, False): "What it marks matters to the network no more than any other part",
}
ABSENT = {
    (True, True): "what the map marks for it is what speaks for it: the score falls without it and rises with it alone",
    (True, False): "without what the map marks for it the score falls further, but that alone does not raise it",
    (False, True): "what the map marks for it raises the score alone, but without it the score falls no sooner",
    (False, False): "what the map marks for it moves the score no more than any other part",
}
VALUE = {
    (True, True): "What it marks is what raises the value: the value falls without it and rises with it alone",
    (True, False): "Without what it marks the value falls, but that alone does not raise it",
    (False, True): "What it marks raises the value alone, but without it the value falls no sooner than by chance",
    (False, False): "What it marks moves the value no more than any other part",
}
NO_DISTANCE = "The network predicts the same value with the whole picture replaced, so that nothing can be said of parts of it."


def beats_chance(curves: Faithfulness) -> tuple[bool, bool]:
    """Returns whether deletion, and insertion, are better than random orders by more than two of their standard deviations."""
    areas = curves.random_areas
    margin = 2 * areas.std()
    return bool(curves.deletion_area < areas.mean() - margin), bool(curves.insertion_area > areas.mean() + margin)


def accuracy_in_words(total: float, explained: float | None, gap: float | None) -> str:
    """Returns what the map sums to and what it should sum to, in logits; `gap` None for a method that promises no sum."""
    if gap is None or explained is None:
        return "This method promises no sum: its map is read for places, not for amounts."
    sums = f"It adds up to {total:.2f} of {explained:.2f}"
    if gap <= CLOSE:
        return f"{sums}, as it should."
    off = "where there was nothing to share out" if math.isinf(gap) else f"off by {gap:.0%}"
    return f"Read its places, not its amounts: it adds up to {total:.2f} of {explained:.2f}, {off}."


def faithfulness_in_words(curves: Faithfulness) -> str:
    """Returns whether the network needs what the map marks, and whether that is enough for it, with the mean scores."""
    chance = curves.random_areas.mean()
    if curves.head == REGRESSION.name:
        return _value_in_words(curves, chance)
    areas = (
        f"While it is covered step by step, the class scores {curves.deletion_area:.2f} on average, and "
        f"{curves.insertion_area:.2f} while it is given back; by chance, in a random order, {chance:.2f} either way."
    )
    if curves.absent:
        return f"The network says that the class is not there; {ABSENT[beats_chance(curves)]}. {areas}"
    return f"{PRESENT[beats_chance(curves)]}. {areas}"


def _value_in_words(curves: Faithfulness, chance: float) -> str:
    """What the curves of a predicted value say."""
    if math.isnan(chance):
        return NO_DISTANCE
    scale = f", where the whole picture has {curves.deletion[0]:.2f} and the replaced one {curves.deletion[-1]:.2f}"
    return (
        f"{VALUE[beats_chance(curves)]}. While it is covered step by step, the value is {curves.deletion_area:.2f} on average, "
        f"and {curves.insertion_area:.2f} while it is given back; by chance, in a random order, {chance:.2f} either way{scale}."
    )


def focus_in_words(half: float) -> str:
    """Returns on how small a part of the picture half of the relevance lies."""
    return f"Half of the relevance lies on {half:.0%} of the picture."


def stability_in_words(sensitivity: Sensitivity, noise: float) -> str:
    """Returns how much the map changes under noise of that share of the pixels' range."""
    return f"Noise of {noise:.0%}, which one hardly sees, changes the map by {sensitivity.average:.0%}."


def agreement_in_words(agreement: float) -> str:
    """Returns the mean rank correlation with the other maps in words; `agreement` is NaN where there are none."""
    if np.isnan(agreement):
        return "There is nothing to compare it with."
    said = f"Its rank correlation with the other maps is {agreement:.2f} on average"
    return f"{said}; 1 would be the same order of pixels, 0 no likeness."


def seconds_in_words(seconds: float) -> str:
    """Returns how long the map alone took."""
    return f"The map took {seconds:.2g} seconds."
