"""Backbones of modules in memory: logits, pictures, names, stages, and what is refused."""

import pytest
import torch
from torch import nn

import lrp
from tests.lrp.models.live_models import live, ready, torchvision_resnet
from tests.lrp.network.transformers import pictures, transformer
from tests.networks import SLIM, random_resnet
from tests.pictures import picture

NAMES = ["cat", "dog", "elk"]


def test_a_live_module_is_explained_as_it_is() -> None:
    model = random_resnet(18, SLIM, 3, torch.float32)
    backbone = lrp.Backbone.of(model, NAMES, size=64, mean=(0.5, 0.4, 0.3), std=(0.2, 0.2, 0.1), resize=73)
    x = backbone.preprocess(picture(90, 70))
    assert backbone.model is model
    assert torch.equal(backbone.model(x), model(x))
    assert (backbone.categories, backbone.size, backbone.margin, backbone.name) == (tuple(NAMES), 64, 9, "ResNet")
    assert backbone.stages[-4:] == ("layer1", "layer2", "layer3", "layer4")
    result = lrp.explain(backbone, x, 1, lrp.UniformEpsilon(1e-6))
    torch.testing.assert_close(result.logits, model(x).detach(), rtol=1e-4, atol=1e-5)
    assert lrp.explain(backbone, x, lrp.Features("layer3"), lrp.EpsilonPlus()).relevance.isfinite().all()
    assert backbone.report.missing == ("interpolation bilinear",)


def test_what_is_not_said_is_assumed_and_told() -> None:
    backbone = lrp.Backbone.of(ready(torchvision_resnet()), name="mine")
    assert (backbone.name, backbone.size, backbone.margin) == ("mine", 224, 32)
    for word in ("size 224", "resize 256", "0.485", "class names (class 0, class 1, ...)"):
        assert word in str(backbone.report)


@pytest.mark.parametrize(("name", "channels"), [("one channel", 1), ("four channels", 4)])
def test_channels_are_those_of_the_first_convolution(name: str, channels: int) -> None:
    backbone = lrp.Backbone.of(live(name)[0], size=(64, 96))
    x = backbone.preprocess(picture(90, 70))
    assert x.shape == (1, channels, 64, 96)
    seen = backbone.as_seen(x)
    assert (seen.mode, seen.size) == ("RGB", (96, 64))
    integrated = lrp.IntegratedGradients(n_steps=4, tolerance=None)
    for method in (lrp.EpsilonPlusFlat(), lrp.EpsilonGammaBox(), integrated, lrp.GradCAM()):
        assert lrp.explain(backbone, x, 0, method).relevance.isfinite().all()


def test_double_precision_stays() -> None:
    backbone = lrp.Backbone.of(random_resnet(), size=64)
    x = backbone.preprocess(picture(90, 70))
    assert x.dtype == torch.float64
    assert lrp.explain(backbone, x, 0, lrp.EpsilonPlus()).relevance.dtype == torch.float64
    assert backbone.as_seen(x).size == (64, 64)


def test_two_modules_differ_by_their_digest() -> None:
    one, other = (lrp.Backbone.of(random_resnet(18, SLIM, classes), size=64) for classes in (3, 4))
    again = lrp.Backbone.of(random_resnet(18, SLIM, 3), size=64)
    assert one.sha256 == again.sha256 != other.sha256


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        ("torchvision vit", ("encoder.layers.encoder_layer_0", "encoder.layers.encoder_layer_1")),
        ("torchvision swin", ("features.1.0", "features.1.1", "features.3.0", "features.3.1")),
        ("timm deit_tiny_patch16_224", ("blocks.0", "blocks.1")),
    ],
)
def test_the_stages_of_a_transformer_are_its_blocks(name: str, stages: tuple[str, ...]) -> None:
    backbone = lrp.Backbone.of(transformer(name).float(), size=pictures(name).shape[-1])
    assert backbone.stages == stages
    x = backbone.preprocess(picture(90, 70))
    for stage in stages:
        result = lrp.explain(backbone, x, lrp.Features(stage), lrp.CPLRP())
        assert result.relevance.abs().sum() > 0
        assert result.relevance.isfinite().all()


class Cosine(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv(x)
        return self.fc(x.cos().mean((2, 3)))


def test_what_cannot_be_is_refused_with_the_place_and_the_remedy() -> None:
    model = random_resnet(18, SLIM, 3, torch.float32)
    with pytest.raises(TypeError, match="cos"):
        lrp.Backbone.of(Cosine().eval(), size=32)
    with pytest.raises(ValueError, match="each of the 3 classes, got 2"):
        lrp.Backbone.of(model, ["a", "b"], size=64)
    with pytest.raises(ValueError, match="divided by 255"):
        lrp.Backbone.of(model, size=64, std=(58.4, 57.1, 57.4))
    with pytest.raises(ValueError, match="eval mode"):
        lrp.Backbone.of(torchvision_resnet().train(), size=64)
    with pytest.raises(ValueError, match="head must be one of"):
        lrp.Backbone.of(model, size=64, head="logits")
