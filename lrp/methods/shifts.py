"""Means of relevance over shifted views of a picture, each map moved back before the mean is taken.

A layer with a stride reads some pixels more often than others, and where it has a kernel of 1x1, as the shortcuts of ResNet-18
and ResNet-34 have, most pixels not at all: relevance then lies on a lattice that has the period of the strides and is a
property of the network's sampling, not of the picture. Moving the picture moves the lattice over it, and the mean over the
moves removes it.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from lrp.attribution import Attribution, join_attributions
from lrp.methods.shifted_views import ShiftedView, in_chunks, trace_of_views, views_of
from lrp.network.forward_pass import Trace, trace
from lrp.network.graph import Network
from lrp.progress import Progress, equal_parts
from lrp.settings import parameter
from lrp.walk.objectives import Objective
from lrp.walk.rows import Explain

SHIFTS = (1, 2, 4, 8)


def shifts_setting() -> int:
    """Returns a field for the number of shifted views along each axis; by name, so that it moves no positional setting."""
    return parameter(
        1, "Shifted views", "Average the map over so many shifts of the picture along each axis (4 are 4 x 4 = 16 views). "
        "That removes the lattice that the strides of ResNet-18 and 34 leave; it takes as many times longer as there are views.",
        options=SHIFTS, by_name=True,
    )  # fmt: skip


def check_shifts(shifts: int) -> None:
    """Raises ValueError for a number of shifts that is none of SHIFTS."""
    if shifts not in SHIFTS or isinstance(shifts, bool):
        raise ValueError(f"shifts must be one of {', '.join(map(str, SHIFTS))}, got {shifts!r}")


def mean_over_shifts(
    x: Tensor | Trace, network: Network, objective: Objective, shifts: int, explain: Explain, progress: Progress | None = None
) -> Attribution:
    """Returns the mean of `shifts` x `shifts` explanations of `x`, (N, C, H, W), each of a shifted view by `explain`.

    R = 1/k^2 sum_v T_v^T R(T_v x), where T_v moves the picture by v pixels, the border being mirrored, and its transpose T_v^T
    moves each value back to the pixel that it was read from, so that the sum of every map is kept. The moves are the multiples
    of `shift_distance` from -(k // 2) to (k - 1) // 2 along both axes. `explained` and `by_layer` are means over the views as
    well; `logits` are those of the picture as it is.
    Raises ValueError for an input without height and width.
    """
    forward = x if isinstance(x, Trace) else trace(network, x)
    return mean_over_views(forward, objective, views_of(forward, shifts), explain, progress)


def mean_over_views(
    forward: Trace, objective: Objective, views: Sequence[ShiftedView], explain: Explain, progress: Progress | None = None
) -> Attribution:
    """Returns the mean over `views` of what `explain` gives, each map moved back; `forward` is the trace of the unmoved `x`."""
    count, pictures = objective.explanation_count(len(forward.x)), len(forward.x)
    asked = [objective.alone(i) for i in range(count)]
    groups = [asked] if pictures == 1 else [[one] for one in asked]  # the objectives of each picture
    found: list[Attribution] = []
    for index, (group, part) in enumerate(zip(groups, equal_parts(progress, pictures), strict=True)):
        found += _mean_of_one(forward, index, group, views, explain, part)
    if progress:
        progress(1.0)
    return replace(join_attributions(found), logits=forward.logits.expand(count, *forward.logits.shape[1:]))


def _mean_of_one(
    forward: Trace, index: int, objectives: Sequence[Objective], views: Sequence[ShiftedView], explain: Explain,
    progress: Progress | None,
) -> list[Attribution]:
    """Returns the mean for each of `objectives` on picture `index` of the traced ones."""  # fmt: skip
    found: list[list[Attribution]] = [[] for _ in objectives]
    chunks = in_chunks(forward, views)
    parts = iter(equal_parts(progress, len(chunks) * len(objectives)))
    for chunk in chunks:
        seen = trace_of_views(forward, chunk, index)
        for results, objective in zip(found, objectives, strict=True):
            result = explain(seen, objective, next(parts))
            rows = zip(chunk, torch.split(result.relevance, 1), strict=True)
            moved = torch.cat([view.back(row, forward.x.shape[-2:]) for view, row in rows])
            results.append(replace(result, relevance=moved))
    return [_mean(join_attributions(results)) for results in found]


def _mean(found: Attribution) -> Attribution:
    """Returns the mean over all rows as an Attribution of one row, with the logits of the first."""
    by_layer = {name: values.mean(0, keepdim=True) for name, values in found.by_layer.items()}
    return Attribution(found.relevance.mean(0, keepdim=True), found.logits[:1], found.explained.mean(0, keepdim=True), by_layer)
