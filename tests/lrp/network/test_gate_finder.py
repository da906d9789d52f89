"""Which products are read as a signal and its gate, in every spelling, and which are refused by name."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import lrp
from lrp.network.gated import PairProduct, Product, Statistic
from tests.lrp.network.kit import Net, conv, prepared, signal
from tests.lrp.network.restated import input_times_gradient

Call = Callable[[Any, Tensor], Tensor]


def squeezed(m: Any, h: Tensor) -> Tensor:
    mean: Tensor = m.b(h.mean((2, 3), keepdim=True))
    return mean


def multiplied_in_place(m: Any, h: Tensor) -> Tensor:
    h *= torch.sigmoid(squeezed(m, h))
    return h


def response_norm(m: Any, h: Tensor) -> Tensor:
    """GRN as ConvNeXt V2 writes it, for channels that come second."""
    sizes = torch.norm(h, p=2, dim=(2, 3), keepdim=True)
    return m.gain * (h * (sizes / (sizes.mean(1, keepdim=True) + 1e-6))) + m.offset + h


def layer_norm(m: Any, h: Tensor) -> Tensor:
    """LayerNorm over channels as ConvNeXt writes it."""
    u = h.mean(1, keepdim=True)
    s = (h - u).pow(2).mean(1, keepdim=True)
    return m.gain * ((h - u) / torch.sqrt(s + 1e-6)) + m.offset


GATED: dict[str, Call] = {
    "method": lambda m, h: h * squeezed(m, h).sigmoid(),
    "gate first": lambda m, h: torch.sigmoid(squeezed(m, h)) * h,
    "named": lambda m, h: torch.mul(input=h, other=torch.special.expit(squeezed(m, h))),
    "module": lambda m, h: h.multiply(m.sigmoid(squeezed(m, h))),
    "hard sigmoid": lambda m, h: h * F.hardsigmoid(squeezed(m, h), inplace=True),
    "in place": multiplied_in_place,
    "repeated": lambda m, h: h * torch.sigmoid(squeezed(m, h)).expand_as(h),
    "reshaped": lambda m, h: h * torch.sigmoid(squeezed(m, h).flatten(1)).view(h.size(0), -1, 1, 1),
    "places": lambda m, h: h * torch.sigmoid(m.c(torch.cat((h.mean(1, keepdim=True), h.amax(1, keepdim=True)), 1))),
    "hard sigmoid by ReLU6": lambda m, h: h * (F.relu6(squeezed(m, h) + 3) / 6),
    "hard swish by ReLU6": lambda m, h: h * m.relu6(h + 3) / 6,
    "SiLU": lambda m, h: h * torch.sigmoid(h),
    "quick GELU": lambda m, h: h * torch.sigmoid(1.702 * h),
    "linear unit": lambda m, h: torch.mul(*(half if i == 0 else half.sigmoid() for i, half in enumerate(h.chunk(2, 1)))),
    "blend": lambda m, h: torch.lerp(h, m.a2(h), torch.sigmoid(squeezed(m, h))),
    "two gates": lambda m, h: h * (torch.sigmoid(squeezed(m, h)) * torch.sigmoid(m.c(h[:, :2]))),
    "response norm": response_norm,
    "layer norm": layer_norm,
    "root mean square": lambda m, h: h * torch.rsqrt((h * h).mean(1, keepdim=True) + 1e-6),
    "standard deviation": lambda m, h: h / (h.std(1, keepdim=True) + 1e-6),
}


def network_of(call: Call) -> nn.Module:
    parts = {
        "a": conv(3, 4), "b": conv(size=1), "c": conv(2, 1, 1), "a2": conv(size=1), "sigmoid": nn.Sigmoid(), "relu6": nn.ReLU6(),
        "gain": nn.Parameter(torch.ones(4, 1, 1)), "offset": nn.Parameter(torch.ones(4, 1, 1)),
    }  # fmt: skip
    return prepared(Net(lambda m, x: call(m, m.a(x)).flatten(1), **parts))


@pytest.mark.parametrize("case", GATED)
def test_the_signal_takes_all_in_every_spelling(case: str) -> None:
    model, x = network_of(GATED[case]), signal(3, 8, 8)
    network = lrp.canonize(model)
    assert any(isinstance(node.layer, Product) for node in network.nodes)
    logits, target = network(x), torch.tensor([3, 5])
    torch.testing.assert_close(logits, model(x))
    found = lrp.explain(network, x, target, lrp.UniformEpsilon(0.0)).relevance
    if "ReLU6" not in case and case not in ("root mean square", "layer norm"):  # whose factors have no name of their own
        torch.testing.assert_close(found, input_times_gradient(model, x, target))
    gradient = lrp.explain(network, x, target, lrp.InputXGradient()).relevance
    torch.testing.assert_close(gradient, input_times_gradient(model, x, target, restated=False))


def test_a_layer_norm_that_is_written_out_is_the_layers():
    model, x, target = network_of(layer_norm), signal(3, 8, 8), torch.tensor([3, 5])
    module = network_of(
        lambda m, h: F.layer_norm(h.movedim(1, 3), (4,), m.gain.flatten(), m.offset.flatten(), 1e-6).movedim(3, 1)
    )
    ours, theirs = (
        lrp.explain(lrp.canonize(each), x, target, lrp.UniformEpsilon(0.0)).relevance for each in (model, module)
    )
    torch.testing.assert_close(ours, theirs)


def test_a_hard_swish_that_is_written_out_is_the_activations():
    model, x, target = network_of(GATED["hard swish by ReLU6"]), signal(3, 8, 8), torch.tensor([3, 5])
    module = network_of(lambda m, h: F.hardswish(h))
    ours, theirs = (
        lrp.explain(lrp.canonize(each), x, target, lrp.UniformEpsilon(0.0)).relevance for each in (model, module)
    )
    torch.testing.assert_close(ours, theirs)


REFUSED: dict[str, tuple[Call, str]] = {
    "one activation": (lambda m, h: h * h, "no LRP rule for mul .*multiply each other in this way"),
    "gate linear unit": (lambda m, h: F.glu(h, 1), "no LRP rule for glu .*multiply each other in this way"),
    "sigmoid inside": (lambda m, h: m.a2(torch.sigmoid(h)), "no LRP rule for sigmoid .*except where it is a sigmoid that only"),
    "sigmoid at the end": (lambda m, h: torch.sigmoid(h), "no LRP rule for sigmoid"),
    "sigmoid module at the end": (lambda m, h: m.sigmoid(h), "no LRP rule for Sigmoid at sigmoid"),
    "gate that is read elsewhere": (lambda m, h: (g := torch.sigmoid(h)) * h + g, "no LRP rule for sigmoid"),
    "product of gates": (lambda m, h: torch.sigmoid(h) * torch.sigmoid(m.a2(h)), "no LRP rule for (sigmoid|mul)"),
    "gate over a signal": (lambda m, h: torch.sigmoid(h) / h, "no LRP rule for"),
    "softmax": (lambda m, h: h * torch.softmax(m.a2(h), 1), "no LRP rule for softmax"),
    "norm": (lambda m, h: h.norm(dim=1, keepdim=True), "no LRP rule for norm.*powers"),
    "variance": (lambda m, h: h.var(1, keepdim=True), "no LRP rule for var"),
    "square": (lambda m, h: h * m.a2(h).square(), "no LRP rule for"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_other_products_are_refused_by_name(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(TypeError, match=message):
        lrp.canonize(network_of(call))


PAIRS: dict[str, Call] = {
    "activations": lambda m, h: h * m.a2(h),
    "rectified gate": lambda m, h: h * torch.relu(m.a2(h)),
    "tanh": lambda m, h: torch.mul(h, torch.tanh(m.a2(h))),
    "swish of another": lambda m, h: F.silu(h).mul_(m.a2(h)),
    "channels": lambda m, h: m.a2(h) * torch.relu(h.mean((2, 3), keepdim=True)),
}


@pytest.mark.parametrize("case", PAIRS)
def test_two_activations_that_no_gate_scales_share_a_product_and_all_arrives(case: str) -> None:
    model, x = network_of(PAIRS[case]), signal(3, 8, 8)
    network = lrp.canonize(model, example=x)
    (pair,) = (node for node in network.nodes if isinstance(node.layer, PairProduct))
    account = lrp.UniformEpsilon(1e-9).account(lrp.trace(network, x[:1]), lrp.Logit(1))
    (entry,) = (each for each in account.entries if each.node is pair)
    torch.testing.assert_close(torch.stack([*entry.given.values()]), entry.arrived.expand(2, 1) / 2)
    leaf = x.clone().requires_grad_()
    (slopes,) = torch.autograd.grad(model(leaf)[:, 1].sum(), leaf)
    torch.testing.assert_close(lrp.explain(network, x, 1, lrp.InputXGradient()).relevance, x * slopes)


def test_a_statistic_takes_no_relevance_and_is_no_question():
    network, x = lrp.canonize(network_of(response_norm)), signal(3, 8, 8)
    place = next(node.name for node in network.nodes if isinstance(node.layer, Statistic))
    with pytest.raises(ValueError, match="does not depend on the input"):
        lrp.explain(network, x, lrp.Features(place), lrp.EpsilonPlus())


def test_deeplift_refuses_products_by_name_and_integrated_gradients_adds_up():
    network, x = lrp.canonize(network_of(GATED["method"]), low=-3, high=3), signal(3, 8, 8)
    with pytest.raises(TypeError, match="DeepLIFT has no multiplier for Product at mul; use Integrated Gradients"):
        lrp.explain(network, x, 0, lrp.DeepLIFT())
    result = lrp.explain(network, x, 0, lrp.IntegratedGradients(n_steps=64, tolerance=None))
    torch.testing.assert_close(result.total, result.explained, rtol=1e-4, atol=1e-6)
