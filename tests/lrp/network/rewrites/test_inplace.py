"""Writes in place: whatever name the memory has, what is read later is what the model reads."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import lrp
from tests.lrp.network.kit import PICTURE, SAME, Net, prepared, signal


def of(call: Any, **parts: Any) -> nn.Module:
    """x -> a(x), which `call` gets as h, with whatever it does to it."""
    return prepared(Net(lambda m, x: call(m, m.a(x)), a=SAME, relu=nn.ReLU(True), **parts))


def after(h: Tensor, write: Any) -> Tensor:
    write()
    return h


def augmented(m: Any, h: Tensor) -> Tensor:
    """Every assignment that computes and writes at once, with other names for the same memory."""
    same, view = m.same(h), h.view(h.shape[0], 2, -1)
    h += same
    h *= 2
    h -= 0.25
    h /= 3
    return h + same + view.view_as(h)


READ: dict[str, nn.Module] = {
    "assignments that compute": of(augmented, same=nn.Identity()),
    "identity": of(lambda m, h: (lambda k: m.a(m.relu(h)) + k)(m.same(h)), same=nn.Identity()),
    "dropout": of(lambda m, h: (lambda k: m.a(m.relu(h)) + k)(m.drop(h)), drop=nn.Dropout()),
    "nothing": of(lambda m, h: (lambda k: m.a(m.relu(h)) + k)(m.none(h)), none=nn.Sequential()),
    "written by another name": of(lambda m, h: (lambda k: m.a(m.relu(k)) + h)(m.same(h)), same=nn.Identity()),
    "names of names": of(
        lambda m, h: (lambda k: m.a(m.relu(m.drop(k))) + k + h)(m.same(h)), same=nn.Identity(), drop=nn.Dropout()
    ),
    "dropout as a call": of(lambda m, h: (lambda k: m.a(m.relu(h)) + k)(F.dropout(h, 0.5, False))),
    "a view of what is written": of(lambda m, h: (lambda k: after(k, h.relu_))(h.view(h.shape[0], 2, -1))),
    "written as a view": of(lambda m, h: after(h, lambda: h.view(h.shape[0], 2, -1).relu_())),
    "written turned": of(lambda m, h: after(h, lambda: h.transpose(1, 2).relu_())),
    "written permuted": of(lambda m, h: after(h, lambda: h.permute(0, 2, 3, 1).add_(1))),
    "written with one more axis": of(lambda m, h: after(h, lambda: h.unsqueeze(1).mul_(2))),
    "a part of what is written": of(lambda m, h: (lambda k: after(k, h.relu_))(h[:, :2])),
    "a part written, none read": of(lambda m, h: h[:, :2].relu_()),
    "a member, and another": of(lambda m, h: (lambda c: torch.cat((c[0].mul_(2), c[1]), 1))(h.chunk(2, 1))),
    "a member, taken again": of(
        lambda m, h: (lambda c: (c[0].mul_(2), torch.cat((c[0], c[1]), 1))[1])(h.chunk(2, 1))
    ),
    "twice": of(lambda m, h: (lambda k: after(after(k + h, lambda: m.relu(k)) + k, lambda: h.add_(1)) + h + k)(m.same(h)),
                same=nn.Identity()),
    "the picture": prepared(Net(lambda m, x: after(x, lambda: x.sub_(0.5)) + m.a(x), a=SAME)),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_later_readers_read_what_was_written(case: str) -> None:
    model, x = READ[case], signal(*PICTURE)
    with torch.no_grad():  # autograd forbids writes to members of a tuple
        torch.testing.assert_close(lrp.canonize(model)(x), model(x.clone()), rtol=1e-12, atol=1e-12)


REFUSED: dict[str, nn.Module] = {
    "contiguous": of(lambda m, h: (lambda k: m.a(m.relu(h)) + k)(h.contiguous())),
    "flatten": of(lambda m, h: after(h, lambda: torch.flatten(h, 1).relu_())),
    "reshape": of(lambda m, h: (lambda k: after(k, h.relu_))(h.reshape(h.shape[0], -1))),
    "a part of what is read": of(lambda m, h: after(h, lambda: h[:, :2].relu_())),
    "a member of what is read": of(lambda m, h: after(h, lambda: h.chunk(2, 1)[0].mul_(2))),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_graph_cannot_tell_is_refused_with_the_way_on(case: str) -> None:
    with pytest.raises(TypeError, match=r"writes in place over .*, which may share memory with .* read later.*\.clone\(\) first"):
        lrp.canonize(REFUSED[case])


def test_memory_that_is_only_sometimes_shared_may_be_written_where_nobody_reads_it() -> None:
    model, x = of(lambda m, h: m.relu(torch.flatten(h.contiguous(), 1))), signal(*PICTURE)
    torch.testing.assert_close(lrp.canonize(model)(x), model(x))


def test_a_number_that_gets_another_one_is_no_write() -> None:
    def forward(m: Any, x: Tensor) -> Tensor:
        rows = whole = x.size(1)
        whole *= 2
        return m.a(x).view(x.shape[0], rows, -1, whole // rows)

    model, x = prepared(Net(forward, a=SAME)), signal(*PICTURE)
    torch.testing.assert_close(lrp.canonize(model)(x), model(x))


def test_a_write_to_a_part_by_an_index_is_refused_in_words() -> None:
    def call(m: Any, h: Tensor) -> Tensor:
        h[:, 0] = 0
        return h

    with pytest.raises(TypeError, match=r"writes to a part of a tensor, as h\[:, 0\] = 0 does"):
        lrp.canonize(of(call))
