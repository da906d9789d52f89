"""Shifted views of a picture: which there are, how a map moves back, and the forward passes of several at once."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import torch
from torch import Tensor

from lrp.network.forward_pass import Trace, trace

CHUNK = 8  # views in one forward pass; 16 take no less time and twice the memory


def mirrored_indices(side: int, move: int) -> Tensor:
    """Returns (side,), the index of the pixel that each place shows after a move; beyond the border the picture is mirrored."""
    return mirrored(torch.arange(side) + move, side)


def mirrored(places: Tensor, side: int) -> Tensor:
    """Returns the pixels 0 to `side` - 1 that show at `places` of a picture that is mirrored at its first and last one."""
    period = max(2 * (side - 1), 1)
    places = places % period
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


def in_chunks(forward: Trace, views: Sequence[ShiftedView]) -> list[Sequence[ShiftedView]]:
    """Returns the views in groups that share a forward pass: one by one where rows are not samples (see `Trace.row_by_row`)."""
    chunk = CHUNK if forward.row_by_row else 1
    return [views[start : start + chunk] for start in range(0, len(views), chunk)]


def trace_of_views(forward: Trace, views: Sequence[ShiftedView], index: int = 0) -> Trace:
    """Returns the forward pass of views of picture `index` of the traced ones, kept where `forward` keeps what is made of it."""

    def make() -> Trace:
        return trace(forward.network, torch.cat([view.of(forward.x[index : index + 1]) for view in views]))

    if forward.reuse is None:
        return make()
    key = ("views", index, *views)
    return replace(forward.reuse.get_or_make(key, make, lambda seen: seen.nbytes), reuse=forward.reuse.at(key))
