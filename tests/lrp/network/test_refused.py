"""What is refused, before any computation."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import lrp
from tests.lrp.network.kit import PICTURE, Net, conv, prepared, signal


class SqueezeAndExcitation(nn.Module):
    """A gate as in SENet, but with ReLUs, so that only the product is in the way."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.gate = conv(), nn.Sequential(nn.AdaptiveAvgPool2d(1), conv(size=1), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return self.a(x) * self.gate(x)


def looped(m: Any, x: Tensor) -> Tensor:
    return m.a(x) if x.sum() > 0 else x


REMEDY = r".*add its row to lrp/network/operations/table\.py"
REFUSED: dict[str, tuple[nn.Module, str]] = {
    "silu": (nn.Sequential(conv(), nn.SiLU()), "no LRP rule for SiLU at 1; it does not rise everywhere.* ReLU, or" + REMEDY),
    "gelu": (Net(lambda m, x: F.gelu(m.a(x)), a=conv()), "no LRP rule for gelu at gelu; it does not rise" + REMEDY),
    "sigmoid": (nn.Sequential(conv(), nn.Sigmoid()), "no LRP rule for Sigmoid at 1; it is not 0 at 0" + REMEDY),
    "softmax": (Net(lambda m, x: m.a(x).softmax(1), a=conv()), "no LRP rule for softmax .* end at its logits" + REMEDY),
    "layer norm": (nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8)), "no LRP rule for LayerNorm at 1; it divides" + REMEDY),
    "group norm": (nn.Sequential(conv(), nn.GroupNorm(2, 4)), "no LRP rule for GroupNorm at 1; .* with BatchNorm, or" + REMEDY),
    "gate": (nn.Sequential(SqueezeAndExcitation()), "no LRP rule for mul at 0; .* multiply each other.* without gates" + REMEDY),
    "square": (Net(lambda m, x: m.a(x) * m.a(x), a=conv()), "no LRP rule for mul at mul; .* multiply each other" + REMEDY),
    "quotient": (Net(lambda m, x: 1 / m.a(x), a=conv()), "no LRP rule for truediv at truediv; it divides" + REMEDY),
    "attention": (Net(lambda m, x: m.a(x) @ m.a(x), a=conv()), "no LRP rule for matmul at matmul; .* attention, or" + REMEDY),
    "dynamic weights": (Net(lambda m, x: F.conv2d(m.a(x), m.a(x)), a=conv()), "no LRP rule for conv2d at conv2d" + REMEDY),
    "unknown": (Net(lambda m, x: torch.sin(m.a(x)), a=conv()), "no LRP rule for sin at sin; if relevance can pass" + REMEDY),
    "two arguments": (
        Net(lambda m, x: m.a(x, output_size=(9, 9)), a=nn.ConvTranspose2d(4, 4, 2)), "no LRP rule for ConvTranspose2d at a"
    ),
    "dropout": (Net(lambda m, x: F.dropout(m.a(x)), a=conv()), "dropout must do nothing in eval mode.* at dropout"),
    "indices": (nn.Sequential(conv(), nn.MaxPool2d(2, return_indices=True)), "pooling must return values alone.* at 1"),
    "padding": (Net(lambda m, x: F.pad(m.a(x), (1, 1), value=3.0), a=conv()), "padding must be 0 or .*, got value=3.0 at pad"),
    "renormalization by 0": (nn.Sequential(conv(), nn.LocalResponseNorm(3, k=0.0)), "needs k > 0 .*, got k=0.0.* at 1"),
    "bicubic": (nn.Sequential(conv(), nn.Upsample(9, mode="bicubic")), "resizing must .*, got mode='bicubic' at 1"),
    "batch statistics": (
        nn.Sequential(conv(), nn.BatchNorm2d(4, track_running_stats=False)), "must keep running statistics.* at 1"
    ),
    "branch": (Net(looped, a=conv()), "Net cannot be traced by torch.fx .*rewrite its forward"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_right_is_one_error_that_names_it_and_the_remedy(case):
    model, message = REFUSED[case]
    with pytest.raises(TypeError, match=message) as caught:
        lrp.canonize(model.eval())
    assert "\n" not in str(caught.value)


def test_a_model_of_which_a_part_is_in_training_mode_is_refused():
    model = nn.Sequential(conv(), nn.BatchNorm2d(4)).eval()
    model[1].train()
    with pytest.raises(ValueError, match="must be in eval mode"):
        lrp.canonize(model)


def test_a_constant_that_stretches_what_it_meets_is_refused():
    network = lrp.canonize(prepared(Net(lambda m, x: m.a(x)[:, :1] + m.c, a=conv(), c=torch.ones(1, 3, 1, 1))))
    with pytest.raises(ValueError, match=r"must not stretch what it meets, got \(2, 1, 6, 6\) and then \(2, 3, 6, 6\)"):
        network(signal(*PICTURE))
