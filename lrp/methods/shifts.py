"""Means of relevance over shifted views of a picture, each map moved back before the mean is taken.

A layer with a stride reads some pixels more often than others, and where it has a kernel of 1x1, as the shortcuts of ResNet-18
and ResNet-34 have, most pixels not at all: relevance then lies on a lattice that has the period of the strides and is a
property of the network's sampling, not of the picture. Moving the picture moves the lattice over it, and the mean over the
moves removes it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import torch
from torch import Tensor

from lrp.attribution import Attribution, joined
from lrp.network.forward_pass import Trace, trace
from lrp.network.graph import Network
from lrp.progress import Progress, equal_parts
from lrp.settings import parameter
from lrp.walk.objectives import Objective
from lrp.walk.rows import Explain

SHIFTS = (1, 2, 4, 8)
CHUNK = 8  # views in one forward pass; 16 take no less time and twice the memory


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


def mirrored_indices(side: int, move: int) -> Tensor:
    """Returns (side,), the index of the pixel that each place shows after a move; beyond the border the picture is mirrored."""
    period = max(2 * (side - 1), 1)
    places = (torch.arange(side) + move) % period
    return torch.where(places < side, places, period - places)


@dataclass(frozen=True)
class ShiftedView:
    """A picture moved up by `down` and left by `right` pixels.

    border: (side, move) -> (side,), the index of the pixel that each place shows, as `mirrored_indices`.
    """

    down: int
    right: int
    border: Callable[[int, int], Tensor] = mirrored_indices

    def of(self, picture: Tensor) -> Tensor:
        """Returns the view of `picture`, both (N, C, H, W)."""
        rows, columns = self._shown(picture, picture.shape[-2:])
        return picture[:, :, rows][..., columns]

    def back(self, values: Tensor, size: Sequence[int]) -> Tensor:
        """Returns `values` (..., h, w) of the view moved back to the picture; a pixel that the view shows twice gets both of its.

        size: H and W of the picture, of which (h, w) may be a coarser grid; values then move by whole places of it.
        """
        rows, columns = self._shown(values, size)
        along = torch.zeros_like(values).index_add_(-2, rows, values)
        return torch.zeros_like(values).index_add_(-1, columns, along)

    def _shown(self, values: Tensor, size: Sequence[int]) -> tuple[Tensor, ...]:
        moves = zip(values.shape[-2:], (self.down, self.right), size, strict=True)
        return tuple(self.border(side, round(move * side / whole)).to(values.device) for side, move, whole in moves)


def shifted_views(shifts: int, step: int) -> list[ShiftedView]:
    """Returns the `shifts` x `shifts` views whose moves are multiples of `step` pixels; one of them is the picture as it is."""
    moves = [(i - shifts // 2) * step for i in range(shifts)]
    return [ShiftedView(down, right) for down, right in product(moves, moves)]


def shift_distance(forward: Trace, shifts: int) -> int:
    """Returns the pixels between neighbouring views: the network's stride over `shifts`, or one less where that is even.

    The stride is that of the last feature map which is more than one pixel wide. Even distances are multiples of the first
    layer's stride: every view would be sampled at the same pixels, and the finest lattice would stay.
    """
    side = max(forward.x.shape[2:])
    maps = [value for value in forward.values.values() if isinstance(value, Tensor) and value.dim() == 4]
    smallest = min((max(value.shape[2:]) for value in maps if max(value.shape[2:]) > 1), default=side)
    step = max(math.ceil(side / smallest) // shifts, 1)
    return step if step % 2 else step - 1


def views_of(forward: Trace, shifts: int) -> list[ShiftedView]:
    """Returns the `shifts` x `shifts` views of the traced picture. Raises ValueError for an input without height and width."""
    if forward.x.dim() != 4:
        raise ValueError(f"shifts must be 1 unless x is pictures, (N, C, H, W), got shifts={shifts} and {tuple(forward.x.shape)}")
    return shifted_views(shifts, shift_distance(forward, shifts))


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
    count, pictures = objective.explanation_count(len(forward.x)), torch.split(forward.x, 1)
    asked = [objective.alone(i) for i in range(count)]
    groups = [asked] if len(pictures) == 1 else [[one] for one in asked]  # the objectives of each picture
    found: list[Attribution] = []
    for picture, group, part in zip(pictures, groups, equal_parts(progress, len(pictures)), strict=True):
        found += _mean_of_one(forward, picture, group, views, explain, part)
    if progress:
        progress(1.0)
    return replace(joined(found), logits=forward.logits.expand(count, *forward.logits.shape[1:]))


def in_chunks(forward: Trace, views: Sequence[ShiftedView]) -> list[Sequence[ShiftedView]]:
    """Returns the views in groups that share a forward pass: one by one where rows are not samples (see `Trace.row_by_row`)."""
    chunk = CHUNK if forward.row_by_row else 1
    return [views[start : start + chunk] for start in range(0, len(views), chunk)]


def _mean_of_one(
    forward: Trace, picture: Tensor, objectives: Sequence[Objective], views: Sequence[ShiftedView], explain: Explain,
    progress: Progress | None,
) -> list[Attribution]:
    """Returns the mean for each of `objectives` on `picture` (1, C, H, W)."""  # fmt: skip
    found: list[list[Attribution]] = [[] for _ in objectives]
    chunks = in_chunks(forward, views)
    parts = iter(equal_parts(progress, len(chunks) * len(objectives)))
    for chunk in chunks:
        seen = trace(forward.network, torch.cat([view.of(picture) for view in chunk]))
        for results, objective in zip(found, objectives, strict=True):
            result = explain(seen, objective, next(parts))
            rows = zip(chunk, torch.split(result.relevance, 1), strict=True)
            moved = torch.cat([view.back(row, picture.shape[-2:]) for view, row in rows])
            results.append(replace(result, relevance=moved))
    return [_mean(joined(results)) for results in found]


def _mean(found: Attribution) -> Attribution:
    """Returns the mean over all rows as an Attribution of one row, with the logits of the first."""
    by_layer = {name: values.mean(0, keepdim=True) for name, values in found.by_layer.items()}
    return Attribution(found.relevance.mean(0, keepdim=True), found.logits[:1], found.explained.mean(0, keepdim=True), by_layer)
