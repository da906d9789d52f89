"""Models that are no plain network: each is refused by name, with its own way on."""

import copy
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune, spectral_norm

import lrp
from tests.lrp.network.kit import PICTURE, Net, conv, signal


def plain() -> nn.Sequential:
    return nn.Sequential(conv(), nn.ReLU(), nn.Flatten(), nn.Linear(144, 2)).double().eval()


def hooked(place: str) -> nn.Module:
    model = plain()
    model.get_submodule(place).register_forward_hook(lambda module, given, output: output * 2)
    return model


def pre_hooked() -> nn.Module:
    model = plain()
    model[0].register_forward_pre_hook(lambda module, given: (given[0] + 1,))
    return model


def replaced(place: str) -> nn.Module:
    model: Any = plain()
    model.get_submodule(place).forward = lambda x: x * 2
    return model


def with_first(change: Any) -> nn.Module:
    model = plain()
    model[0] = change(model[0])
    return model.eval()


def pruned(layer: nn.Module) -> nn.Module:
    return prune.l1_unstructured(layer, "weight", 0.5)


def lazy_with_weights() -> nn.Module:
    model = nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(), nn.Linear(144, 2))
    model.load_state_dict(nn.Sequential(conv(), nn.Flatten(), nn.Linear(144, 2)).state_dict())
    return model.eval()


REFUSED: dict[str, tuple[Any, str]] = {
    "hook on a layer": (lambda: hooked("0"), r"^0 has a forward hook .* handle"),
    "hook on the model": (lambda: hooked(""), r"^the model has a forward hook .* handle"),
    "pre-hook": (pre_hooked, r"^0 has a forward hook or pre-hook"),
    "forward of a layer": (lambda: replaced("0"), r"the forward of 0 was replaced; write a subclass"),
    "forward of the model": (lambda: replaced(""), r"the forward of the model was replaced; write a subclass"),
    "spectral norm": (lambda: with_first(spectral_norm), r"^0 computes its weight .*remove_spectral_norm"),
    "weight norm": (lambda: with_first(nn.utils.weight_norm), r"^0 computes its weight .*remove_weight_norm"),
    "pruned": (lambda: with_first(pruned), r"^0 computes its weight .*torch\.nn\.utils\.prune\.remove"),
    "parametrized": (
        lambda: with_first(parametrizations.weight_norm), r"^0 is parametrized \(weight\); .*remove_parametrizations"
    ),
    "lazy": (lambda: nn.Sequential(nn.LazyConv2d(4, 3)).eval(), r"^0 is a LazyConv2d .* run a picture through"),
    "lazy with weights": (lazy_with_weights, r"^0 is a LazyConv2d .* run a picture through"),
    "data parallel": (lambda: nn.DataParallel(plain()).eval(), r"wrapped in DataParallel; .* its \.module"),
    "compiled": (lambda: torch.compile(plain()), r"torch\.compile; .* its \._orig_mod"),
    "TorchScript": (lambda: torch.jit.freeze(torch.jit.trace(plain(), signal(*PICTURE))), r"TorchScript.* Python model"),
    "state dict": (lambda: plain().state_dict(), r"got a state dict; build the model .* load_state_dict"),
    "path": (lambda: "model.pth", r"must be a torch\.nn\.Module, got str"),
    "network": (lambda: lrp.canonize(plain()), r"got a Network, which is canonized already"),
    "its input": (lambda: Net(lambda m, x: x, a=conv()).eval(), r"returns its input as it is"),
    "no input": (lambda: Net(lambda m, x: m.c * 2, a=conv(), c=torch.ones(1, 2)).eval(), r"do not depend on the input"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*(weight_norm|torch.jit|Lazy).*")
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_plain_network_is_refused_with_its_own_way_on(case: str) -> None:
    build, message = REFUSED[case]
    with pytest.raises(TypeError, match=message) as caught:
        lrp.canonize(build())
    assert "rewrite its forward" not in str(caught.value)


def test_a_backbone_is_told_where_its_network_is(backbone: lrp.Backbone) -> None:
    with pytest.raises(TypeError, match=r"got a Backbone; its \.network is canonized already"):
        lrp.canonize(backbone)  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore:.*Lazy.*")
def test_a_lazy_layer_that_met_a_picture_is_a_layer_like_any_other() -> None:
    model, x = nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(), nn.LazyLinear(2)), signal(*PICTURE).float()
    expected = model.eval()(x)
    torch.testing.assert_close(lrp.canonize(model)(x), expected)


def test_weights_baked_in_are_read() -> None:
    other = with_first(pruned)
    model = with_first(pruned)
    model.load_state_dict(copy.deepcopy(other.state_dict()))
    prune.remove(model[0], "weight")
    torch.testing.assert_close(lrp.canonize(model)(signal(*PICTURE)), other(signal(*PICTURE)))
