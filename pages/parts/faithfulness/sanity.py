"""Whether a map depends on the learned weights and on the class: the tests and their results in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from lrp import Backbone
from lrp.attribution import Map
from lrp.metrics import Alike, cascade, other_class
from lrp.metrics.sanity import stages
from lrp.network.weighted import Weighted
from lrp.progress import Progress, part_of
from pages.parts.faithfulness.measurements import same_steps
from pages.parts.frame.maps import draw
from pages.parts.say.number_words import correlation
from pages.parts.work.question import Question, Result, Task
from pages.parts.work.traces import cached_trace

ALIKE = 0.5  # maps below this similarity count as unlike
SAME_PLACES, OTHER_PLACES = 0.7, 0.4  # rank correlation of |R| of the maps of two classes
FEW = 3  # parts: a network with fewer is redrawn layer by layer
REDRAWN = 2e7  # weights a second
CASCADE = 0.8  # of the time of both tests
SIDE, GAP = 96, 8  # pixels of a small map

SIMILARITIES = {"ssim": "Structural similarity (SSIM)", "spearman_absolute": "Rank correlation of |R|"}


@dataclass(frozen=True, eq=False)
class SanityResult:
    """How alike the map stays: after each stage of redrawn weights, from the top down, and for another class if there is one."""

    stages: tuple[Alike, ...]
    other: Alike | None


def redrawn_by_layer(network: Backbone) -> bool:
    """Returns whether this network is redrawn layer by layer, because it has too few parts."""
    return len(stages(network.network)) < FEW


def sanity_task(question: Question, result: Result, target: int) -> Task:
    """Returns a task that runs both tests of a map; it gives a SanityResult."""
    x = cached_trace(question.picture, question.backbone).x
    network = question.backbone
    method = same_steps(question, result)

    def work(progress: Progress | None) -> SanityResult:
        first, then = part_of(progress, 0.0, CASCADE), part_of(progress, CASCADE, 1.0)
        found = cascade(network, x, target, method, 0, redrawn_by_layer(network), first)
        alone = len(network.categories) == 1
        return SanityResult(tuple(found), None if alone else other_class(network, x, target, method, 0, then))

    return Task(("sanity", question.key), f"Weights redrawn for {question.label}", question.shared, work)


def sanity_seconds(question: Question, result: Result) -> float:
    """Returns a forecast of both tests: a map for each stage, three besides, and the weights that are drawn anew."""
    network = question.backbone.network
    maps = (len(stages(network, redrawn_by_layer(question.backbone))) + 3) * (1.5 if question.quick else 1)  # and a pass forward
    weights = sum(node.layer.weight.numel() for node in network.nodes if isinstance(node.layer, Weighted))
    return maps * result.seconds + weights / REDRAWN


def stages_sentence(name: str, found: SanityResult, measure: str) -> str:
    """Returns until which stage the map stays as it was, and what that means."""
    values = [getattr(stage, measure) for stage in found.stages]
    unlike = next((i for i, value in enumerate(values) if not value >= ALIKE), None)
    if unlike is None:
        return (
            f"**{name}** stays alike to the end ({correlation(values[-1])}), when no trained weight is left: it draws the "
            "edges of the picture rather than what the network has learned."
        )
    part = found.stages[unlike].changed
    if not unlike:
        at_once = f"**{name}** becomes another map at once, when the output layer is redrawn"
        return f"{at_once} ({correlation(values[0])}), as it should."
    above = "the output layer is redrawn" if unlike == 1 else f"everything above {part} is redrawn"
    return (
        f"**{name}** stays alike while {above} ({correlation(values[unlike - 1])}), and becomes another map at {part} "
        f"({correlation(values[unlike])}): it tells more of the layers below than of the decision."
    )


def other_class_sentence(name: str, other: Alike, categories: Sequence[str], explained: str) -> str:
    """Returns how far the map of another class, drawn at random, marks the same places."""
    value = other.spearman_absolute
    how = "marks partly the same places"
    if value >= SAME_PLACES:
        how = "marks nearly the same places, so it hardly says which class they speak for; only its signs can"
    elif not value >= OTHER_PLACES:
        how = "marks other places"
    return f"**{name}**: for {categories[int(other.changed)]} instead of {explained}, it {how} ({correlation(value)})."


def thumbnail_row(original: Map, found: SanityResult, scale: str) -> Image.Image:
    """Returns the map and the maps after each stage, small and side by side, each with its own colour scale."""
    maps = [original, *(stage.map for stage in found.stages)]
    sheet = Image.new("RGBA", (len(maps) * (SIDE + GAP) - GAP, SIDE))
    for place, values in enumerate(maps):
        sheet.paste(draw(values, scale).resize((SIDE, SIDE), Image.Resampling.BOX), (place * (SIDE + GAP), 0))
    return sheet


def similarity_curve(found: SanityResult, measure: str) -> tuple[list[str], list[float]]:
    """Returns the stages, the trained network first, and how alike the map still is at each."""
    values = [1.0, *(getattr(stage, measure) for stage in found.stages)]
    return ["trained", *(stage.changed for stage in found.stages)], np.round(values, 3).tolist()
