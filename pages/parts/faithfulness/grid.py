"""The grid pointing game: four pictures of different classes in one, and whether a map finds the one that is asked for."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from lrp import Backbone, explain
from lrp.attribution import Map, sum_channels
from lrp.heads import SOFTMAX
from lrp.metrics import grid_pointing_game, mosaic
from lrp.metrics.localisation import cell_mask
from lrp.progress import Progress
from pages.parts.choose.samples import SAMPLES, sample
from pages.parts.faithfulness.measurements import same_steps
from pages.parts.frame.album import Picture
from pages.parts.work.network_key import is_private, network_key
from pages.parts.work.question import Question, Result, Task

N = 2  # pictures a side
CHANCE = 1 / N**2
CORNERS = ("top left", "top right", "bottom left", "bottom right")
PATIENCE = 2.0  # seconds that the page waits before it shows a progress bar


@dataclass(frozen=True, eq=False)
class Mosaic:
    """Four pictures of different classes as one input of the network."""

    x: Tensor | None  # (1, 3, 2 H, 2 W), None where pictures of four classes were not found
    classes: tuple[int, ...]  # what the network sees in each picture


@dataclass(frozen=True, eq=False)
class MosaicResult:
    """The map of a mosaic, and how much of it lies in the right picture."""

    map: Map  # (2 H, 2 W), in logits
    share: float  # of the positive relevance that lies in the first cell


def mosaic_task(picture: Picture, network: Backbone, own: Sequence[Picture]) -> Task:
    """Returns a task that puts the picture beside pictures of other classes, from `own` and the samples; it gives a Mosaic."""
    others = [other for other in (*own, *map(sample, SAMPLES)) if other.key != picture.uncropped.key]
    candidates = [picture, *others]

    def work(progress: Progress | None) -> Mosaic:
        found = []
        for done, each in enumerate(candidates):
            if progress:
                progress(done / len(candidates))
            with torch.no_grad():
                found.append(network.network(network.preprocess(each.image))[0])
        chosen, classes = choose_pictures(torch.stack(found))
        x = mosaic(torch.cat([network.preprocess(candidates[i].image) for i in chosen])) if len(chosen) == N * N else None
        return Mosaic(x, tuple(classes))

    key = ("mosaic", network_key(network), *(each.key for each in candidates))
    shared = all(each.shared for each in candidates) and not is_private(network)
    return Task(key, "Pictures for the mosaic", shared, work, PATIENCE)


def choose_pictures(logits: Tensor) -> tuple[list[int], list[int]]:
    """Returns indices and classes of the first picture and the three surest others, all of different classes, fewer if need be.

    logits: (N, K), of N pictures and a softmax.
    """
    probability, classes = SOFTMAX.predictions(logits).max(1)
    order = [0, *(int(i) + 1 for i in probability[1:].argsort(descending=True))]
    chosen: dict[int, int] = {}
    for i in order:
        chosen.setdefault(int(classes[i]), i)
    return list(chosen.values())[: N * N], list(chosen)[: N * N]


def grid_key(question: Question, made_by: Task) -> Hashable:
    """Returns the key of the map of the mosaic that the task `made_by` makes."""
    return ("grid", question.key, made_by.key)


def grid_task(question: Question, result: Result, target: int, x: Tensor, made_by: Task) -> Task:
    """Returns a task that explains the mosaic `x` (1, 3, 2 H, 2 W); it gives a MosaicResult. result: of the picture alone."""
    method = same_steps(question, result)

    def work(progress: Progress | None) -> MosaicResult:
        values = sum_channels(explain(question.backbone, x, target, method, progress).relevance)
        return MosaicResult(values, grid_pointing_game(values, N, 0))

    patience = PATIENCE if question.quick else 0.0
    label, shared = f"Mosaic by {question.label}", question.shared and made_by.shared
    return Task(grid_key(question, made_by), label, shared, work, patience)


def grid_seconds(result: Result) -> float:
    """Returns a forecast for the map of a mosaic, from the seconds that the map of one picture took."""
    return N * N * result.seconds


def cell_sentence(name: str, found: MosaicResult, category: str) -> str:
    """Returns whether the map of the mosaic lies where the class is."""
    if np.isnan(found.share):
        return f"**{name}**: nothing in its map speaks for {category}."
    how = "finds it" if found.share >= 0.5 else "leans to it" if found.share > 1.2 * CHANCE else "does not find it"
    return f"**{name}** {how}: {found.share:.0%} of what speaks for {category} lies in its picture (chance {CHANCE:.0%})."


def with_first_cell_framed(picture: Image.Image) -> Image.Image:
    """Returns a copy of a mosaic with a frame round the first cell."""
    result, width = picture.convert("RGB"), max(2, picture.width // 160)
    rows, columns = cell_mask((picture.height, picture.width), N, 0).nonzero()
    ImageDraw.Draw(result).rectangle((0, 0, int(columns.max()), int(rows.max())), outline="black", width=width)
    return result
