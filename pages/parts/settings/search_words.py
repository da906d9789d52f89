"""What the page says before a search: whether the pictures suffice, and how many more are needed."""

from collections.abc import Sequence

from lrp.metrics.search_criteria import SIDE
from lrp.metrics.search_plan import MIN_HELD_OUT, MIN_PICTURES, MIN_SEARCH, HeldOutSplit

NEEDED = SIDE**2  # classes in each part, for localisation

HOW = """
- A shuffle that knows nothing of the pictures holds half of them out. On the others all settings see a few pictures, the better
  half of them twice as many, and so on (successive halving), so that bad ones cost little.
- **Faithfulness**: the network loses the class when what the map marks is covered, and finds it when that alone is given back.
  **Localisation**: in a mosaic of four pictures of different classes, the map of one class lies in the right one.
- The held-out pictures are looked at once, when the best is chosen, for three settings: the best, the runner-up and the default.
  The intervals are of 95 % each, by pairs of scores of the same picture, and widened for few pictures.
- **It tells nothing of other pictures or networks.** “No difference” is no proof that there is none: the interval says how large
  it may still be. Mosaics share pictures, so their scores are not quite independent.
- Of two settings between which there is no difference, take the simpler or the quicker one.
"""


def counts_sentence(count: int, split: HeldOutSplit | None) -> str:
    """Returns how many pictures there are and what they are for; `split` is None where they are too few."""
    if split is None:
        return (
            f"Here are **{count} of the {MIN_PICTURES} pictures** that a search needs at least, {MIN_SEARCH} to search with and "
            f"{MIN_HELD_OUT} held out. **Bring {MIN_PICTURES - count} more.**"
        )
    parts = f"{len(split.search)} to search with, and {len(split.held_out)} held out for the last comparison"
    said = f"**{count} pictures**: {parts}."
    return said if count >= 2 * MIN_PICTURES else f"{said} So few show large differences only; some thirty would show more."


def too_few_classes(classes: Sequence[int], split: HeldOutSplit) -> str | None:
    """Returns why localisation cannot be measured with pictures of these classes; None where it can."""
    counts = [len({classes[i] for i in part}) for part in (split.search, split.held_out)]
    if min(counts) >= NEEDED:
        return None
    return (
        f"Localisation puts pictures of {NEEDED} classes into one. The number of classes that the network sees is {counts[0]} in "
        f"the pictures to search with and {counts[1]} in the held-out ones. Bring pictures of other things, or choose "
        "faithfulness."
    )
