"""What no rule fits is refused before any computation: with the value that is wrong, the reason, and the remedy."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import lrp
from tests.lrp.network.kit import Net, conv

Call = Callable[[Any, Tensor], Tensor]
BOUNDS = r"must be 0 at 0.*bounds must enclose 0, got"
CASES: dict[str, tuple[Call, str]] = {
    "clamp above 0": (lambda m, h: h.clamp(min=0.5), rf"{BOUNDS} 0.5 and None at clamp"),
    "clamp below 0": (lambda m, h: torch.clamp(h, max=-1), rf"{BOUNDS} None and -1"),
    "hardtanh above 0": (lambda m, h: F.hardtanh(h, 0.5, 1.0), rf"{BOUNDS} 0.5 and 1.0 at hardtanh"),
    "hardtanh as a module": (lambda m, h: m.t(h), rf"{BOUNDS} 1 and 2 at t"),
    "maximum with 1": (lambda m, h: torch.maximum(h, torch.tensor(1.0)), BOUNDS),
    "clamp by an activation": (lambda m, h: torch.clamp(h, m.a(h), None), "no LRP rule for clamp"),
    "clamp by a size": (lambda m, h: h.clamp(max=h.shape[1]), "bounds of an activation must be constants"),
    "falling threshold": (
        lambda m, h: F.threshold(h, -1, 0),
        "must rise and be 0 at 0.* got threshold=-1, value=0 at _threshold",
    ),
    "threshold to 1": (lambda m, h: F.threshold(h, 0, 1), "got threshold=0, value=1"),
    "square": (lambda m, h: h.square(), "no LRP rule for square.*does not rise everywhere"),
    "power": (lambda m, h: h**2, "a power must have the exponent 1.*got the exponent 2 at pow"),
    "abs": (lambda m, h: abs(h), "no LRP rule for abs.*does not rise everywhere"),
    "sigmoid in place": (lambda m, h: h.sigmoid_(), "no LRP rule for sigmoid_.*not 0 at 0"),
    "floor": (lambda m, h: h // 2, "no LRP rule for floordiv.*rises in steps"),
    "rounded quotient": (lambda m, h: torch.div(h, 2, rounding_mode="floor"), "no LRP rule for div"),
    "comparison": (lambda m, h: torch.where(h > 0, h, 0 * h), "no LRP rule for gt.*carry no relevance"),
    "gate": (lambda m, h: F.glu(h, 1), "no LRP rule for glu.*multiply each other"),
    "attention": (lambda m, h: torch.einsum("nchw,ncij->nhj", h, h), "no LRP rule for einsum.*multiply each other"),
    "einsum with a matrix for each place": (
        lambda m, h: torch.einsum("nchw,ck->nk", h, torch.ones(4, 2)),
        "no LRP rule for einsum.*no matrix that all",
    ),
    "batch statistics": (
        lambda m, h: F.batch_norm(h, None, None, training=True),
        "must use running statistics, got training=True",
    ),
    "no statistics": (lambda m, h: F.batch_norm(h, None, None), "must be given running statistics, got None at batch_norm"),
    "statistics of the input": (lambda m, h: F.batch_norm(h, h.mean((0, 2, 3)), h.var((0, 2, 3))), "no LRP rule for"),
    "dropout at random": (lambda m, h: torch.dropout(h, 0.5, True), "dropout must do nothing in eval mode, got training=True"),
    "rrelu at random": (lambda m, h: F.rrelu(h, training=True), "rrelu must do nothing in eval mode"),
    "places": (lambda m, h: h.max(1)[1], "places carry no relevance.* values that max gives"),
    "indices": (lambda m, h: F.max_pool2d(h, 2, return_indices=True)[1], "places carry no relevance"),
    "argmax": (lambda m, h: h.argmax(1), "no LRP rule for argmax.*carry no relevance"),
    "largest of all": (lambda m, h: h * h.max(), "largest of all values mixes pictures.*axis"),
    "lp pooling": (lambda m, h: F.lp_pool2d(h, 2, 2), "no LRP rule for lp_pool2d.*powers"),
    "unpooling": (lambda m, h: F.max_unpool2d(h, h.long(), 2), "no LRP rule for"),
    "constant padding": (lambda m, h: m.p(h), "padding must be 0 or repeat values, got value=1.5 at p"),
    "negative divisor": (
        lambda m, h: F.avg_pool2d(h, 2, divisor_override=-1),
        "must divide by a positive number, got divisor_override=-1",
    ),
    "a tuple as the output": (lambda m, h: h.chunk(2, 1), "must return one tensor of logits, got what chunk gives"),
    "a shape as the output": (lambda m, h: h.shape, "must return one tensor of logits, got what shape gives"),
    "weights of each picture": (
        lambda m, h: torch.bmm(h[:, 0], torch.ones(2, 6, 6)),
        "no LRP rule for bmm.*no matrix that all pictures and places share",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_no_rule_fits_is_refused_in_words(case):
    call, message = CASES[case]
    parts = {"t": nn.Hardtanh(1, 2), "p": nn.ConstantPad2d(1, 1.5)}
    model = Net(lambda m, x: call(m, m.a(x)), a=conv(), **parts).eval()
    with pytest.raises(TypeError, match=message) as caught:
        lrp.canonize(model)
    assert "\n" not in str(caught.value)
    assert "argument" not in str(caught.value)


MODULES = {
    "recurrent": (nn.LSTM(4, 4), "no LRP rule for LSTM at 1; no rule splits relevance between the gates"),
    "unpooling": (nn.MaxUnpool2d(2), "no LRP rule for MaxUnpool2d at 1; .*places that depend on the input"),
    "power pooling": (nn.LPPool2d(2, 2), "no LRP rule for LPPool2d at 1; it adds up powers"),
    "gate": (nn.GLU(1), "no LRP rule for GLU at 1; .*multiply each other"),
    "log sigmoid": (nn.LogSigmoid(), "no LRP rule for LogSigmoid at 1; it is not 0 at 0"),
    "random pooling": (nn.FractionalMaxPool2d(2, 3), "no LRP rule for FractionalMaxPool2d at 1; it draws at random"),
    "threshold": (nn.Threshold(0.0, 2.0), "got threshold=0.0, value=2.0 at 1"),
}


@pytest.mark.parametrize("case", MODULES)
def test_a_module_that_no_rule_fits_is_refused_in_words(case):
    module, message = MODULES[case]
    with pytest.raises(TypeError, match=message):
        lrp.canonize(nn.Sequential(conv(), module).eval())


def looped(m: Any, x: Tensor) -> Tensor:
    return m.a(x) if x.sum() > 0 else x


REMEDY = r".*add its row to the table of its family in lrp/network/operations/"
REFUSED: dict[str, tuple[nn.Module, str]] = {
    "softplus": (nn.Sequential(conv(), nn.Softplus()), "no LRP rule for Softplus at 1; it does not rise .* ReLU, or" + REMEDY),
    "softplus as a function": (
        Net(lambda m, x: F.softplus(m.a(x)), a=conv()), "no LRP rule for softplus at softplus; it does not rise" + REMEDY
    ),
    "sigmoid": (nn.Sequential(conv(), nn.Sigmoid()), "no LRP rule for Sigmoid at 1; it is not 0 at 0" + REMEDY),
    "softmax": (Net(lambda m, x: m.a(x).softmax(1), a=conv()), "no LRP rule for softmax .* end at its logits" + REMEDY),
    "group norm": (nn.Sequential(conv(), nn.GroupNorm(2, 4)), "no LRP rule for GroupNorm at 1; .* LayerNorm, or" + REMEDY),
    "square": (Net(lambda m, x: (h := m.a(x)) * h, a=conv()), "no LRP rule for mul at mul; .* multiply each other" + REMEDY),
    "quotient": (Net(lambda m, x: 1 / m.a(x), a=conv()), "no LRP rule for truediv at truediv; it divides" + REMEDY),
    "square of a matrix": (
        Net(lambda m, x: (h := m.a(x)) @ h, a=conv()), "no LRP rule for matmul at matmul; .* products, or" + REMEDY
    ),
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


class Squeeze(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.act = nn.Conv2d(3, 3, 1), nn.Softplus()

    def forward(self, x):
        return self.act(self.conv(x)).mean((2, 3))


def test_an_operation_without_a_rule_is_named_before_any_computation():
    with pytest.raises(TypeError, match=r"no LRP rule for Softplus at act; .*add its row to the table of its family"):
        lrp.canonize(Squeeze().eval())
