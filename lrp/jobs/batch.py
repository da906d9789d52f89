"""Explains several pictures at once by several methods: the one function that pages, command line and workers call."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor

from lrp.attribution import Attribution
from lrp.methods import explain
from lrp.methods.method import Method
from lrp.models.backbone import Backbone
from lrp.network.forward_pass import Trace, trace
from lrp.progress import Progress, equal_parts
from lrp.walk.class_index import Classes
from lrp.walk.objective_choice import ObjectiveChoice
from lrp.walk.objectives import Objective, as_objective, objectives_for

Pictures = Sequence[Image.Image] | Tensor | Trace


class Explanation(NamedTuple):
    """What one method found in a batch of N pictures, a row each, and the seconds that it took for all of them."""

    method: Method
    result: Attribution
    seconds: float


@dataclass(frozen=True, eq=False)
class BatchResult:
    """The explanations of N pictures, one for each method, in order.

    x: (N, C, H, W), what the network saw. logits: (N, K), what it said. objective: what was explained; where that depends on
    the picture, its classes are tensors (N,), and `objective.alone(i)` is that of picture i.
    """

    x: Tensor
    logits: Tensor
    objective: Objective
    explanations: tuple[Explanation, ...]


def explain_batch(
    backbone: Backbone, pictures: Pictures, objective: Classes | Objective | ObjectiveChoice | None,
    methods: Sequence[Method], progress: Progress | None = None,
) -> BatchResult:
    """Returns what each method finds in each of several pictures; the forward pass runs once.

    pictures: N RGB pictures, (N, C, H, W) as `Backbone.preprocess` makes it, or a Trace of that. objective: what is explained of
    each: a class index or (N,) of them, an objective, or an `ObjectiveChoice`; None for the class that each is predicted to show.
    progress: called with the share of the work done, 0 to 1; raising from it stops the work. Nothing is read, written or kept:
    same arguments, same bits. Raises as `lrp.explain` does, and ValueError for no picture.
    """
    forward = pictures if isinstance(pictures, Trace) else trace(backbone, _as_input(backbone, pictures))
    if objective is None:
        objective = ObjectiveChoice(next(iter(objectives_for(backbone.head))))
    if isinstance(objective, ObjectiveChoice):
        objective = objective.of(forward.logits, backbone.kind)
    asked = as_objective(objective, backbone.head)
    parts = zip(methods, equal_parts(progress, len(methods)), strict=True)
    explanations = tuple(_explained(backbone, forward, asked, method, part) for method, part in parts)
    return BatchResult(forward.x, forward.logits, asked, explanations)


def not_finite(method: Method) -> str:
    """Returns the sentence about a map with values that are no numbers."""
    return f"The relevance by {method.name} is no longer finite; choose less extreme settings."


def _as_input(backbone: Backbone, pictures: Sequence[Image.Image] | Tensor) -> Tensor:
    if isinstance(pictures, Tensor):
        return pictures
    if not pictures:
        raise ValueError("pictures must hold at least one, got none")
    return torch.cat([backbone.preprocess(picture) for picture in pictures])


def _explained(backbone: Backbone, forward: Trace, asked: Objective, method: Method, progress: Progress | None) -> Explanation:
    start = time.perf_counter()
    result = explain(backbone, forward, asked, method, progress)
    return Explanation(method, result, time.perf_counter() - start)
