"""Members of a permuted tensor are taken along its own axis, so that the first one counts pictures, unless all of it is read."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import lrp
from lrp.network.forward_pass import trace
from tests.lrp.network.kit import Net, input_times_gradient, signal

Call = Callable[[Tensor], Tensor]


def summed(parts: Any) -> Tensor:
    a, b = parts
    total: Tensor = a * 2 - b
    return total


CALLS: dict[str, tuple[Call, bool]] = {
    "indexed": (lambda h: (lambda p: p[0] * 2 - p[1])(h.permute(2, 0, 1)), True),
    "from the end": (lambda h: (lambda p: p[-2] * 2 - p[-1])(h.permute(-1, 0, 1)), True),
    "unbound": (lambda h: summed(h.permute(2, 0, 1).unbind(0)), True),
    "unbound by name": (lambda h: summed(torch.unbind(h.permute((2, 0, 1)), dim=0)), True),
    "function": (lambda h: torch.permute(h, (2, 0, 1))[1], True),
    "all of it is read": (lambda h: (lambda p: p[0] * 2 - p.sum(0))(h.permute(2, 0, 1)), False),
    "unbound along another axis": (lambda h: summed(h.permute(2, 0, 1).unbind(2)).permute(1, 0), False),
    "pictures first": (lambda h: h.permute(0, 2, 1)[:, 0], True),
}


@pytest.mark.parametrize("case", CALLS)
def test_the_first_axis_counts_pictures_where_members_are_read(case: str) -> None:
    call, kept = CALLS[case]
    torch.manual_seed(1)
    model = Net(lambda m, x: m.top(call(m.a(x))), a=nn.Linear(4, 2), top=nn.Linear(2, 3)).double().eval()
    x = signal(2, 4)
    network = lrp.canonize(model)
    torch.testing.assert_close(network(x), model(x))
    assert trace(network, x[:1]).row_by_row == kept
    found = lrp.explain(network, x, lrp.Features(network.output), lrp.UniformEpsilon(0.0)).relevance
    torch.testing.assert_close(found, input_times_gradient(model, x))
