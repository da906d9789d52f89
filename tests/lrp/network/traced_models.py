"""Models whose forward makes use of Python itself. In a file of its own, for pytest rewrites the asserts of tests."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.lrp.network.kit import conv


class Given(nn.Module):
    """A forward with arguments that have defaults."""

    def __init__(self) -> None:
        super().__init__()
        self.a = conv()

    def forward(
        self, x: Tensor, scale: float = 0.5, mask: Tensor | None = None, *more: Any, relu: bool = True, **named: Any
    ) -> Tensor:
        h = self.a(x) * scale
        if relu and not more and not named:
            h = h.relu()
        return h if mask is None else h * mask


class Asserting(nn.Module):
    """A forward that checks shapes, as many do."""

    def __init__(self) -> None:
        super().__init__()
        self.a = conv()

    def forward(self, x: Tensor) -> Tensor:
        assert x.shape[1] == 4, "four channels"
        assert x.dim() == 4
        assert x.shape[2] == 8 and x.shape[3] == 8, f"got {x.shape}"  # noqa: PT018
        assert x.dim() in (3, 4)
        assert not x.shape[1] == 3  # noqa: SIM201
        assert 0 < x.shape[1] < 5
        torch._assert(x.shape[1] == 4, "four channels")
        return self.a(x)


class Apart(nn.Module):
    """A forward that takes shapes and tuples apart."""

    def __init__(self) -> None:
        super().__init__()
        self.a = conv()

    def forward(self, x: Tensor) -> Tensor:
        h = self.a(x)
        n, c, height, width = h.shape
        first, *_ = h.chunk(2, 1)
        rows, columns = x.size()[-2:]
        joined = torch.cat([part * (i + 1) for i, part in enumerate(h.split((1, 3), dim=1))], 1)
        assert len(h.chunk(2, 1)) == 2
        back = F.interpolate(joined, size=(rows, columns)).reshape(*x.shape[:2], -1).view(n, c, rows, columns)
        return back[..., :height, :width] + F.pad(first, (0, 0, 0, 0, 0, c - first.shape[1])) - h.view(-1, *h.shape[-3:])


class Branching(nn.Module):
    """A forward whose branch depends on the input."""

    def forward(self, x: Tensor) -> Tensor:
        return x if x.shape[2] > 4 else x * 2


class Looping(nn.Module):
    """A forward that loops over what has no known length."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([row * 2 for row in x.unbind(1)])


class Counting(nn.Module):
    """A forward that asks Python for a length."""

    def forward(self, x: Tensor) -> Tensor:
        return x * len(x.flatten(1))
