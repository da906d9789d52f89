"""Networks of torchvision's other families: inferred from bare state dicts, and loaded with published weights."""

import hashlib
from pathlib import Path

import pytest
import torch
from torch import nn

import lrp
from lrp._torchvision import torchvision
from lrp.models.architectures.families import plan_of
from lrp.models.architectures.published import PUBLISHED
from lrp.models.architectures.torchvision_model import empty_model, stage_names
from lrp.models.fitting import check_cost
from lrp.models.imagenet import imagenet_entry, imagenet_size
from lrp.models.tensors import load_tensors
from tests.lrp.models.live_models import ready
from tests.pictures import picture
from tests.published_transformers import NAMES, SIDE, SMALL

SMALLEST = ("efficientnet_b0", "mobilenet_v2", "mobilenet_v3_small", "regnet_x_400mf", "regnet_y_400mf", "densenet121")


def live(name: str, classes: int = 3) -> nn.Module:
    torch.manual_seed(0)
    return ready(torchvision.models.get_model(name, weights=None, num_classes=classes))


def saved(model: nn.Module, folder: Path) -> Path:
    torch.save({"state_dict": {f"module.{key}": value for key, value in model.state_dict().items()}}, folder / "best.pth")
    return folder / "best.pth"


def assert_same(backbone: lrp.Backbone, model: nn.Module, channels: int = 3) -> None:
    """The network says what the live one says, and a map of it is finite."""
    x = torch.rand(1, channels, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = model(x)
    assert torch.equal(backbone.model(x), expected)
    torch.testing.assert_close(backbone.network(x), expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))
    assert lrp.explain(backbone, x, 0, lrp.EpsilonPlusFlat()).relevance.isfinite().all()


@pytest.mark.usefixtures("unsandboxed")
@pytest.mark.parametrize("name", SMALLEST)
def test_a_state_dict_is_known_by_its_shapes(name: str, tmp_path: Path) -> None:
    model = live(name)
    backbone = lrp.load_network(saved(model, tmp_path), size=SIDE)
    assert (backbone.name, backbone.architecture, len(backbone.categories)) == (PUBLISHED[name].title, name, 3)
    assert_same(backbone, model)
    for stage in backbone.stages:
        backbone.network.find(stage)
    values = lrp.trace(backbone.network, backbone.preprocess(picture(SIDE, SIDE))).values
    sides = [values[backbone.network.find(stage).name].shape[-1] for stage in backbone.stages]
    assert sides == sorted(set(sides), reverse=True)  # each stage ends another resolution


@pytest.mark.usefixtures("unsandboxed")
@pytest.mark.parametrize("channels", [1, 4])
def test_the_first_convolution_says_the_channels(channels: int, tmp_path: Path) -> None:
    model = live("mobilenet_v2")
    first = model.features[0][0]
    model.features[0][0] = nn.Conv2d(channels, first.out_channels, 3, 2, 1, bias=False)
    backbone = lrp.load_network(saved(model, tmp_path), size=SIDE)
    assert backbone.channels == channels
    assert_same(backbone, model, channels)


@pytest.mark.usefixtures("unsandboxed")
@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("mobilenet_v2", nn.Linear(1280, 4)),
        ("efficientnet_b0", nn.Sequential(nn.Dropout(), nn.Linear(1280, 16), nn.ReLU(), nn.Linear(16, 4))),
        ("mobilenet_v3_small", nn.Sequential(nn.Linear(576, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 4))),
        ("convnext_tiny", nn.Sequential(nn.Flatten(), nn.LayerNorm(768, 1e-6), nn.Linear(768, 8), nn.ReLU(), nn.Linear(8, 4))),
    ],
)
def test_another_head_is_built_of_its_layers(name: str, head: nn.Module, tmp_path: Path) -> None:
    model = live(name)
    model.classifier = head
    backbone = lrp.load_network(saved(ready(model), tmp_path), size=SIDE)
    assert len(backbone.categories) == 4
    assert_same(backbone, model)


@pytest.mark.usefixtures("unsandboxed")
@pytest.mark.parametrize(("name", "features"), [("mobilenet_v3_small", 1024), ("convnext_tiny", 768)])
def test_a_last_layer_that_was_replaced_leaves_those_before_it(name: str, features: int, tmp_path: Path) -> None:
    model = live(name)
    model.classifier[-1] = nn.Sequential(nn.Dropout(), nn.Linear(features, 4))
    assert_same(lrp.load_network(saved(model.eval(), tmp_path), size=SIDE), model)


def test_another_head_of_a_regnet_may_be_called_otherwise(tmp_path: Path) -> None:
    model = live("regnet_x_400mf")
    state = {key.replace("fc.", "head."): value for key, value in model.state_dict().items()}
    torch.save(state, tmp_path / "best.pth")
    assert_same(lrp.load_network(tmp_path / "best.pth", size=SIDE), model)


@pytest.mark.parametrize(("name", "title"), [("vit_b_16", "ViT-B/16"), ("swin_s", "Swin-S"), ("swin_v2_t", "Swin-V2-T")])
def test_a_transformer_is_known_by_its_shapes(name: str, title: str) -> None:
    state = _of_shapes(name)
    plan = plan_of(state)
    assert (plan.title, plan.classes, plan.channels, plan.size) == (title, 3, 3, PUBLISHED[name].side)
    assert plan.make().state_dict().keys() == state.keys()
    with pytest.raises(ValueError, match=r"cannot take pictures of 32 x 48 pixels .*Wrong image height"):
        check_cost(plan_of(_of_shapes("vit_b_16")), (32, 48), "best.pth")


def _of_shapes(name: str) -> dict[str, torch.Tensor]:
    with torch.device("meta"):
        return torchvision.models.get_model(name, num_classes=3).state_dict()


def test_a_window_says_places_that_are_in_its_table(published_transformers: dict[str, nn.Module]) -> None:
    model = published_transformers["swin_t"]
    state = model.state_dict()
    load_tensors(SMALL["swin_t"]().to("meta"), state)
    for wrong in (-1, 49):  # of the table of 7 x 7 for windows of 4 x 4
        changed = {key: value.clone().fill_(wrong) if key.endswith("_index") else value for key, value in state.items()}
        with pytest.raises(ValueError, match="relative_position_index holds places outside of the table"):
            load_tensors(SMALL["swin_t"]().to("meta"), changed)


def test_a_size_that_is_not_published_is_refused_by_name(tmp_path: Path) -> None:
    model = live("mobilenet_v3_small")
    model.features[12][0] = nn.Conv2d(96, 500, 1, bias=False)
    with pytest.raises(lrp.WeightsError, match=r"those of a MobileNet, but of none of the sizes .* \(V3-Small, V3-Large\)"):
        lrp.load_network(saved(model, tmp_path))


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_is_said_of_published_networks_is_what_torchvision_says(name: str) -> None:
    entry, known = imagenet_entry(0, name), PUBLISHED[name]
    assert known.mebibytes == entry.meta["_file_size"]
    assert known.giga == entry.meta["_ops"]
    assert [known.side] == entry.transforms().crop_size
    assert imagenet_size(0, name) == round(entry.meta["_file_size"] * 2**20)
    assert name in lrp.networks()


@pytest.mark.parametrize("name", ["efficientnet_b0", "densenet121"])
def test_published_weights_are_loaded_and_checked_by_the_digits_in_their_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = live(name, 1000)
    state = model.state_dict()
    if name == "densenet121":  # whose published file has the names of an older torchvision, and counts no batches
        parts = {f".{kind}{number}.": f".{kind}.{number}." for kind in ("norm", "conv") for number in (1, 2)}
        state = {_replaced(key, parts): value for key, value in state.items() if not key.endswith("num_batches_tracked")}
    torch.save(state, tmp_path / "weights")
    digits = hashlib.sha256((tmp_path / "weights").read_bytes()).hexdigest()[:8]
    entry = imagenet_entry(0, name)
    url = f"{entry.url.rpartition('-')[0]}-{digits}.pth"
    (tmp_path / "weights").rename(tmp_path / url.rpartition("/")[2])
    published = type("Entry", (), {"url": url, "meta": entry.meta, "transforms": entry.transforms})
    monkeypatch.setenv("LRP_WEIGHTS_CACHE", str(tmp_path))
    monkeypatch.setenv("LRP_WEIGHTS_URL", "http://127.0.0.1:1/")
    monkeypatch.setattr("lrp.models.imagenet.imagenet_entry", lambda depth, architecture: published)
    backbone = lrp.load_network(name)
    assert (backbone.name, backbone.weights, backbone.size) == (PUBLISHED[name].title, "imagenet", 224)
    assert backbone.interpolation == entry.transforms().interpolation.value
    assert backbone.stages == stage_names(empty_model(name))
    assert_same(backbone, model)
    (tmp_path / url.rpartition("/")[2]).write_bytes(b"something else")
    with pytest.raises(lrp.WeightsError, match="could not be downloaded"):
        lrp.load_network(name)


@pytest.mark.parametrize("name", SMALL)
def test_published_transformers_are_compared_at_their_size_and_explained(
    name: str, published_transformers: dict[str, nn.Module]
) -> None:
    backbone, model = lrp.load_network(name), published_transformers[name]
    assert (backbone.name, backbone.size, backbone.categories) == (PUBLISHED[name].title, SIDE, NAMES)
    assert backbone.network.first_use_check._model is None  # it was compared with the model
    assert_same(backbone, model)
    values = lrp.trace(backbone.network, backbone.preprocess(picture(SIDE, SIDE))).values
    shapes = [values[backbone.network.find(stage).name].shape for stage in backbone.stages]
    assert len(shapes) == 2
    assert name == "vit_b_16" or len(set(shapes)) == 2
    for method in (lrp.AttnLRP(), lrp.IntegratedGradients(n_steps=2, tolerance=None), lrp.GradCAM()):
        assert lrp.explain(backbone, backbone.preprocess(picture(90, 70)), 3, method).relevance.abs().sum() > 0


def _replaced(key: str, parts: dict[str, str]) -> str:
    for old, new in parts.items():
        if "denselayer" in key and old in key:
            return key.replace(old, new)
    return key


def test_a_network_without_offline_weights_has_no_demo_ones() -> None:
    with pytest.raises(lrp.WeightsError, match="EfficientNet-B0 comes with ImageNet weights only"):
        lrp.load_network("efficientnet_b0", "demo")
