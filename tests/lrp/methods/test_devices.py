"""Every method on an accelerator: nothing is left on the processor, and the results are the processor's."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import lrp
from lrp.attribution import sum_channels
from lrp.methods.method import uses_rules
from lrp.models.device import as_device
from tests.checkpoints import write
from tests.fake_device import MACHINES, machine
from tests.lrp.network.headed_networks import EACH
from tests.networks import SLIM, pictures, random_resnet, small_vgg

METHODS = (
    *EACH, lrp.EpsilonPlusFlat(shifts=2), lrp.EpsilonAlpha2Beta1(residual="absolute"), lrp.EpsilonPlus(zero_bias=True),
    lrp.UniformEpsilon(relative=True), lrp.IntegratedGradients("blurred", n_steps=4, tolerance=0.5),
    lrp.IntegratedGradients(torch.zeros(3, 1, 1), n_steps=4, tolerance=None),
)  # fmt: skip
OBJECTIVES = (lrp.Logit(torch.tensor([2, 3])), lrp.CLRP(2), lrp.SGLRP(2), lrp.Features("layer3"))
X = pictures(1, 64, torch.float32).clamp(-2, 2)


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> lrp.Backbone:
    tensors = random_resnet(18, SLIM, 7, torch.float32).state_dict()
    return lrp.load_backbone(18, write(tmp_path_factory.mktemp("small") / "small.safetensors", tensors=tensors))


@pytest.fixture(params=MACHINES)
def place(request: pytest.FixtureRequest) -> Iterator[torch.device]:
    with machine(request.param) as found:
        yield found


def answers(method: Any, objective: Any) -> bool:
    """Whether the method is defined for the objective."""
    return not (objective.name == "clrp" and not uses_rules(method)) and (method.name, objective.name) != ("deeplift", "sglrp")


def assert_same(found: Tensor | None, expected: Tensor | None, place: torch.device, what: str) -> None:
    if found is None or expected is None:
        assert found is expected
        return
    assert found.device == place, what
    far = (found.cpu() - expected).abs().max()
    assert far <= 1e-4 * expected.abs().max(), what


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_every_method_explains_there_what_it_explains_here(method: Any, place: torch.device, backbone: lrp.Backbone) -> None:
    moved = backbone.to(place.type)
    assert moved.device == place
    assert {value.device for value in moved.model.state_dict().values()} == {place}
    for objective in OBJECTIVES:
        if answers(method, objective):
            expected, found = (lrp.explain(each, X, objective, method) for each in (backbone, moved))
            for name in ("relevance", "logits", "explained", "total", "n_steps", "map_error"):
                assert_same(getattr(found, name), getattr(expected, name), place, f"{objective} {name}")
            for name, arrived in found.by_layer.items():
                assert arrived.device == place, name
            sum_channels(found.relevance[:1])


@pytest.mark.parametrize("method", [each for each in METHODS if uses_rules(each)], ids=str)
def test_the_account_is_kept_there_too(method: Any, place: torch.device, backbone: lrp.Backbone) -> None:
    moved = backbone.to(place)
    accounts = [method.account(lrp.trace(each, X), lrp.Logit(2)) for each in (backbone, moved)]
    for name in ("explained", "pixels", "bias"):
        expected, found = (getattr(account, name).cpu() for account in accounts)
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    assert [block.name for block in accounts[1].blocks] == [block.name for block in accounts[0].blocks]
    expected, found = ([float(split.main + split.skip) for split in account.splits] for account in accounts)
    assert found == pytest.approx(expected, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("kind", [random_resnet, small_vgg])
def test_a_model_that_lies_there_becomes_a_network_there(kind: Any, place: torch.device) -> None:
    size = 32 if kind is small_vgg else 64
    model, x = kind(dtype=torch.float32), pictures(1, size, torch.float32)
    here = lrp.canonize(model, -3.0, 3.0)
    there = lrp.canonize(model.to(place), -3.0, 3.0)
    assert {each.device for each in (there.low, there.high) if each is not None} == {place}
    for method in (lrp.EpsilonGammaBox(), lrp.EpsilonPlusFlat(), lrp.Occlusion(16), lrp.IntegratedGradients(n_steps=4)):
        expected, found = (lrp.explain(each, x, 1, method).relevance for each in (here, there))
        assert_same(found, expected, place, method.name)


def test_a_kept_forward_pass_serves_several_explanations(place: torch.device, backbone: lrp.Backbone) -> None:
    moved = backbone.to(place)
    kept = lrp.trace(moved, X, reuse_bytes=10**8)
    for target in (1, 2):
        for method in (lrp.EpsilonPlusFlat(), lrp.EpsilonGammaBox(), lrp.EpsilonPlusFlat(shifts=2)):
            expected = lrp.explain(backbone, X, target, method).relevance
            assert_same(lrp.explain(moved, kept, target, method).relevance, expected, place, method.name)


def test_a_picture_goes_there_and_is_seen_as_it_is_here(place: torch.device, backbone: lrp.Backbone) -> None:
    moved, picture = backbone.to(place), backbone.as_seen(X)
    x = moved.preprocess(picture)
    assert x.device == place
    torch.testing.assert_close(x.cpu(), backbone.preprocess(picture))
    assert moved.as_seen(x).tobytes() == backbone.as_seen(backbone.preprocess(picture)).tobytes()


def test_a_network_goes_there_and_back(place: torch.device, backbone: lrp.Backbone) -> None:
    there = backbone.to("auto")
    assert there.device == place == as_device("auto")
    assert there.to(place) is there
    assert replace(there, depth=18).head == backbone.head
    back = there.to("cpu")
    assert torch.equal(back.network(X), backbone.network(X))
    assert torch.equal(back.model(X), backbone.model(X))


def test_a_backbone_is_loaded_there(place: torch.device, tmp_path: Path) -> None:
    tensors = random_resnet(18, SLIM, 7, torch.float32).state_dict()
    loaded = lrp.load_backbone(18, write(tmp_path / "small.safetensors", tensors=tensors), device=place.type)
    assert loaded.device == place
