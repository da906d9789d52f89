"""The maps of a result with all that is shown beside them: titles, sentences, and what the network saw."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PIL import Image
from torch import Tensor

from lrp.attribution import Attribution, Map, relative_gap, sum_channels
from lrp.display.colours import SCALES, colour_limit
from lrp.display.map_summary import map_summary
from lrp.display.sheet import Legend
from lrp.methods.explained_input import ExplainedInput
from lrp.methods.method import promised_sum
from lrp.metrics.sentences import CLOSE, accuracy_in_words
from lrp.models.prepare import CHANNELS, as_picture

MOST = 4  # explanations of a batch that are shown
SCALE = next(iter(SCALES))
KEPT = "✓"  # before what is said of a sum that is as promised
MISSED = "△"


@dataclass(frozen=True, eq=False)
class ShownMap:
    """One map. values: (H, W). trust: whether it adds up. question: what is asked; "" where that is not known.

    seen: what the network saw; None where that is not known, and for maps after the first of one picture.
    """

    title: str
    values: Map
    legend: Legend
    trust: str
    question: str = ""
    seen: Image.Image | None = None

    @property
    def is_finite(self) -> bool:
        """Whether all values are numbers, without which it cannot be drawn."""
        return bool(np.isfinite(self.values).all())

    @property
    def alt(self) -> str:
        """The map in words."""
        said = map_summary(self.title, self.values) if self.is_finite else f"{self.title}: values that are no numbers."
        return f"Heatmap. {said}"


def first_maps(result: Attribution) -> list[ShownMap]:
    """Returns the first maps of a result, MOST at most; none of inputs that are no pictures."""
    if result.relevance.dim() != 4:
        return []
    return [_shown(result, i) for i in range(min(len(result.relevance), MOST))]


def _shown(result: Attribution, i: int) -> ShownMap:
    values = sum_channels(result.relevance[i : i + 1].float())
    limit = colour_limit([values]) if np.isfinite(values).all() else 1.0
    total, explained, asked = float(result.total[i]), float(result.explained[i]), result.explained_input
    if not isinstance(asked, ExplainedInput):
        said = f"It adds up to {total:.2f}, and what it explains is {explained:.2f}."
        return ShownMap("Relevance", values, Legend(SCALE, limit, "logits"), said)
    gap = None if promised_sum(asked.method, asked.objective) is None else relative_gap(total - explained, explained)
    mark = "" if gap is None else KEPT if gap <= CLOSE else MISSED
    objective = asked.objective.alone(i)
    names = asked.categories or tuple(f"class {number}" for number in range(result.logits[0].numel()))
    trust = f"{mark} {accuracy_in_words(total, explained, gap)}".strip()
    seen = None if i and len(asked.x) == 1 else _seen(asked, asked.x[i : i + 1])
    legend = Legend(SCALE, limit, objective.unit)
    return ShownMap(asked.method.label, values, legend, trust, objective.asked(names), seen)


def _seen(asked: ExplainedInput, x: Tensor) -> Image.Image | None:
    """The picture of an input (1, C, H, W), None where the bounds of its pixels are not known."""
    if asked.low is None or asked.high is None or x.shape[1] not in CHANNELS:
        return None
    low, high, values = (tensor.detach().cpu().float() for tensor in (asked.low, asked.high, x))
    return as_picture((values - low) / (high - low))


def compared_maps(results: Iterable[Attribution]) -> list[ShownMap]:
    """Returns the map of each of several results, of one picture by several methods."""
    return [_shown(result, 0) for result in results]
