"""The first picture that a network meets is compared with what its model makes of it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import lrp
from lrp.network.layers import Rectifier
from lrp.network.operations.table import FUNCTIONS, MODULES
from tests.lrp.network.kit import PICTURE, Net, conv, prepared, signal
from tests.networks import pictures, random_resnet


def model_of(activation: nn.Module) -> nn.Module:
    return prepared(nn.Sequential(conv(), nn.BatchNorm2d(4), activation, conv(), nn.Flatten(), nn.Linear(64, 3)))


class Switched(nn.Module):
    """Computes something else when no torch.fx looks on, as a forward with Python side effects may."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.out = conv(), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        h = self.a(x)
        if type(h) is Tensor:
            h = h * 2
        return self.out(h.mean((2, 3)))


@pytest.mark.parametrize("use", [lambda network, x: network(x), lrp.trace,
                                 lambda network, x: lrp.explain(network, x, 0, lrp.UniformEpsilon()),
                                 lambda network, x: lrp.explain(network, x, 0, lrp.InputXGradient())])  # fmt: skip
def test_a_row_that_computes_wrongly_is_an_error_that_names_the_node_every_time(use: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(MODULES, nn.ReLU6, lambda module: Rectifier(lambda x: x.clamp(0, 5.5)))
    model = model_of(nn.ReLU6())
    network, x = lrp.canonize(model), 5 * signal(*PICTURE)
    for _ in range(2):
        with pytest.raises(ValueError, match=r"other logits than its model, Sequential, by up to .*, first at _?2;"):
            use(network, x)


def test_a_function_that_computes_wrongly_is_named(monkeypatch: Any) -> None:
    monkeypatch.setitem(FUNCTIONS, torch.tanh, (FUNCTIONS[torch.tanh][0], lambda x: x.tanh() * 1.01))
    model = prepared(Net(lambda m, x: m.a(torch.tanh(m.a(x))), a=conv()))
    with pytest.raises(ValueError, match="first at tanh;"):
        lrp.canonize(model, example=signal(*PICTURE))


def test_what_torch_fx_does_not_see_is_an_error() -> None:
    model = prepared(Switched())
    with pytest.raises(ValueError, match=r"its model, Switched.*torch\.fx does not see all"):
        lrp.canonize(model)(signal(*PICTURE))


def test_the_model_runs_once_and_is_let_go() -> None:
    model, runs = random_resnet(), []
    network, x = lrp.canonize(model), pictures()
    model.layer1.register_forward_hook(lambda *given: runs.append(1))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(network, [x] * 8))
    lrp.trace(network, x)
    assert runs == [1]


def test_a_model_that_was_trained_on_or_changed_meanwhile_is_no_error() -> None:
    x = signal(*PICTURE)
    for change in (
        lambda model: model[0].weight.data.mul_(3), lambda model: model.float(), lambda model: model.train(),
        lambda model: model[0].register_forward_hook(lambda module, given, output: output * 2),
        lambda model: model.load_state_dict({name: values * 2 for name, values in model.state_dict().items()}),
    ):  # fmt: skip
        model = model_of(nn.ReLU())
        network, before = lrp.canonize(model), model(x).detach()
        change(model)
        torch.testing.assert_close(network(x).detach(), before)


def test_rounding_is_no_error_however_small_or_large_the_values() -> None:
    for size in (1e-11, 1e-4, 1e6):
        for dtype in (torch.float32, torch.bfloat16):
            model = random_resnet(50, (2, 2, 2, 2), 3, torch.float32)
            model.conv1.weight.data.mul_(size)
            model.layer4[2].bn3.weight.data.mul_(size)
            model = model.to(dtype)
            lrp.canonize(model)(pictures(1, 32).to(dtype))
    # Logits that cancel are noise in single precision, in which the two need not agree at all.
    cancelling = Net(lambda m, x: m.out(x.flatten(1) + 1e6) - m.out(x.flatten(1) + 1e6 - 1e-3), out=nn.Linear(256, 3))
    lrp.canonize(prepared(cancelling).float())(signal(*PICTURE).float())


def test_a_picture_that_the_model_writes_over_stays_as_it_is() -> None:
    x = signal(*PICTURE)
    before, model = x.clone(), prepared(Net(lambda m, x: m.a(x.sub_(1)), a=conv()))
    lrp.canonize(model)(x)
    assert torch.equal(x, before)
