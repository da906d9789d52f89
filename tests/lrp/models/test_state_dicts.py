"""Networks within what training programs save: dictionaries in dictionaries, prefixes, and more than one network."""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from lrp.models.fitting import built, fit
from lrp.models.hints import hints_of
from lrp.models.state_dicts import find_network
from tests.networks import SLIM, random_resnet

State = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def model() -> nn.Module:
    return random_resnet(50, SLIM, 3, torch.float32)


def with_prefix(state: State, prefix: str) -> State:
    return {f"{prefix}{key}": value for key, value in state.items()}


def with_other_counts(state: State) -> State:
    return {key: value.half() if key.endswith("num_batches_tracked") else value for key, value in state.items()}


def trained(state: State) -> dict[str, Any]:
    """As timm leaves it, with the state of an optimizer and numbers of numpy."""
    parameters = [nn.Parameter(torch.zeros(3, 64, 7, 7)), nn.Parameter(torch.zeros(3))]
    optimizer = torch.optim.Adam(parameters)
    for parameter in parameters:
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    return {
        "epoch": 3, "arch": "resnet50", "state_dict": state, "optimizer": optimizer.state_dict(), "version": 2,
        "args": argparse.Namespace(lr=0.1), "metric": np.float64(0.9), "best": np.float32(0.5),
    }  # fmt: skip


FORMS: dict[str, Callable[[State], Any]] = {
    "a state dict": lambda state: state,
    "state_dict": lambda state: {"state_dict": state, "epoch": 3},
    "model": lambda state: {"model": state},
    "model_state_dict": lambda state: {"model_state_dict": state, "loss": torch.tensor(0.5)},
    "net": lambda state: {"net": state, "acc": 93.1},
    "averaged weights beside others": lambda state: {
        "state_dict": {key: torch.zeros_like(value) for key, value in state.items()}, "state_dict_ema": state
    },
    "nested": lambda state: {"checkpoint": {"model": {"state_dict": state}}},
    "DataParallel": lambda state: with_prefix(state, "module."),
    "compiled": lambda state: with_prefix(state, "_orig_mod."),
    "compiled in DataParallel": lambda state: {"state_dict": with_prefix(state, "module._orig_mod.")},
    "Lightning, model": lambda state: {"state_dict": with_prefix(state, "model.") | {"loss.weight": torch.ones(3)}, "loops": {}},
    "Lightning, net": lambda state: {"state_dict": with_prefix(state, "net."), "pytorch-lightning_version": "2.1"},
    "averaged by torch": lambda state: with_prefix(state, "module.") | {"n_averaged": torch.tensor(5)},
    "trained by timm": trained,
    "operations counted": lambda state: state | {"total_ops": torch.zeros(1), "layer1.0.conv1.total_params": torch.zeros(1)},
    "without counts": lambda state: {key: value for key, value in state.items() if "num_batches" not in key},
    "other counts": with_other_counts,
    "channels last": lambda state: {k: v.to(memory_format=torch.channels_last) if v.dim() == 4 else v for k, v in state.items()},
    "a head behind dropout": lambda state: {key.replace("fc.", "fc.1."): value for key, value in state.items()},
    "parameters": lambda state: {k: nn.Parameter(v) if v.is_floating_point() else v for k, v in state.items()},
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_same_network(model: nn.Module, form: str) -> None:
    plan, tensors, _ = fit(find_network(FORMS[form](dict(model.state_dict()))))
    x = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    assert plan.title == "ResNet-50"
    with torch.no_grad():
        torch.testing.assert_close(built(plan, tensors, "own")(x), model(x), rtol=1e-5, atol=1e-6)


def renamed(state: State, key: str, name: str) -> State:
    return {name if each == key else each: value for each, value in state.items()}


def test_averaged_weights_come_first_and_then_the_usual_names(model: nn.Module) -> None:
    state = dict(model.state_dict())
    for names, chosen in (
        (("model", "state_dict", "model_ema", "state_dict_ema"), "state_dict_ema"), (("model", "model_ema"), "model_ema"),
        (("model", "model_state_dict", "state_dict"), "state_dict"), (("best", "model"), "model"),
        (("net", "net_ema"), "net_ema"),
    ):
        found = find_network(dict.fromkeys(names, state))
        assert (found.name, set(found.parts)) == (chosen, set(names))
    assert find_network({"model": state, "model_ema": state}, "model").name == "model"


@pytest.mark.parametrize(
    ("content", "wanted", "words"),
    [
        (lambda s: with_prefix(s, "student.") | with_prefix(s, "teacher."), None, "2 networks, student, teacher; choose one by"),
        (lambda s: {"a": s, "b": s}, "c", "none is called 'c'; choose one by --part"),
        (lambda s: {"a": s}, "c", "it holds one network, a, and none is called 'c'; leave out part"),
        (lambda s: {"a": renamed(s, "layer1.0.conv1.weight", "layer1.0.conv1.weight_orig")}, None, r"is pruned; .*prune\.remove"),
        (lambda s: renamed(s, "layer2.0.conv1.weight", "layer2.0.conv1.weight_mask"), None, "layer2.0.conv1.weight_mask says"),
        (lambda s: renamed(s, "fc.weight", "fc.weight_g"), None, r"normalized anew; call torch\.nn\.utils\.remove_weight_norm"),
        (lambda s: renamed(s, "fc.weight", "fc.parametrizations.weight.original0"), None, "remove_parametrizations"),
        (lambda s: {"fc.weight": torch.zeros(2, 2)}, None, "no ResNet, .* is in it, which begins with fc.weight"),
        (lambda s: [1], None, "is in it, nor any other network"),
    ],
)
def test_what_holds_no_network_or_too_many_is_half_a_sentence(
    model: nn.Module, content: Callable[[State], Any], wanted: str | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        find_network(content(dict(model.state_dict())), wanted)


def test_what_else_is_in_the_file_is_named(model: nn.Module) -> None:
    state = with_prefix(dict(model.state_dict()), "model.") | {"loss.weight": torch.ones(3), "model.total_ops": torch.ones(1)}
    found = find_network({"state_dict": state, "optimizer": {"state": {}}, "epoch": 3})
    assert set(fit(found)[2]) == {"total_ops", "loss.weight", "optimizer", "epoch"}


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ({"classes": ["a", "b"]}, ["a", "b"]), ({"class_to_idx": {"b": 1, "a": 0}}, ["a", "b"]),
        ({"args": argparse.Namespace(class_names=("a", "b"))}, ["a", "b"]), ({"hyper_parameters": {"id2label": {0: "a"}}}, ["a"]),
        ({"idx_to_class": {"1": "b", "0": "a"}}, ["a", "b"]), ({"classes": 10}, None), ({"classes": [1, 2]}, None),
        ({"class_to_idx": {"a": 0, "b": 2}}, None), (None, None),
    ],
)  # fmt: skip
def test_names_that_a_training_program_stored_are_found(content: Any, names: list[str] | None) -> None:
    assert hints_of(content).get("categories") == names


def test_blocks_that_are_missing_or_of_another_kind_are_named(model: nn.Module) -> None:
    good = dict(model.state_dict())
    for change, words in (
        ({"layer1.0.se.fc1.weight": torch.zeros(2, 2, 1, 1)}, "squeeze-and-excitation gate"),
        ({"layer1.0.conv2.bias": torch.zeros(8)}, r"layer1\.0\.conv2\.bias should be absent, but is 8"),
        ({"layer2.1.conv1.weight": torch.zeros(3, 3, 1, 1)}, r"layer2\.1\.conv1\.weight should be 16 x 64 x 1 x 1"),
        ({"fc.weight": torch.zeros(3, 5)}, "its head cannot be read: fc takes 5 values"),
        ({"conv1.weight": torch.zeros(8, 3, 5, 5)}, "conv1, is of 5 x 5"),
    ):
        with pytest.raises(ValueError, match=words):
            fit(find_network(good | change))
    for left_out, words in (
        ("fc", "has no head that makes logits"), ("layer4.1", r"layer4\.1\..* is absent"),
        ("bn1.running_mean", "bn1, has no running mean: it is a GroupNorm .*Backbone.of"), ("bn1.", "it has no BatchNorm bn1"),
    ):
        with pytest.raises(ValueError, match=words):
            fit(find_network({key: value for key, value in good.items() if not key.startswith(left_out)}))
