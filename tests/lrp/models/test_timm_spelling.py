"""Bare state dicts in timm's spelling, whose networks compute otherwise than torchvision's of the same shapes."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn

import lrp
from lrp._torchvision import torchvision
from lrp.cli.main import main
from tests.lrp.models.live_models import ready
from tests.pictures import picture

assert torchvision  # made to work with a torch without CUDA before timm imports it
SIDE = 72  # which strides do not divide, so that padding by the size of the picture shows


def live(name: str) -> nn.Module:
    import timm  # after torchvision

    torch.manual_seed(0)
    return ready(timm.create_model(name, num_classes=3))


def saved(model: nn.Module, path: Path, **beside: object) -> Path:
    torch.save({"state_dict": model.state_dict(), **beside}, path)
    return path


def assert_same(backbone: lrp.Backbone, model: nn.Module) -> None:
    """The network says what the live one says, to the bit, and its map is finite."""
    x = backbone.preprocess(picture(90, 80))
    with torch.no_grad():
        expected = model(x)
    assert torch.equal(backbone.model(x), expected)
    torch.testing.assert_close(backbone.network(x), expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))
    assert lrp.explain(backbone, x, 0, lrp.EpsilonPlusFlat()).relevance.isfinite().all()


@pytest.mark.usefixtures("unsandboxed")
@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("efficientnet_b0", "EfficientNet-B0"), ("tf_efficientnet_b0", "EfficientNet-B0"),
        ("tf_efficientnetv2_s", "EfficientNet-V2-S"), ("efficientnet_lite0", "EfficientNet-Lite0"),
        ("tf_efficientnet_lite0", "EfficientNet-Lite0"), ("mobilenetv2_100", "MobileNet-V2"),
        ("mobilenetv3_small_100", "MobileNet-V3-Small"), ("tf_mobilenetv3_large_100", "MobileNet-V3-Large"),
        ("regnetx_008", "RegNet-X-800MF"), ("regnety_004", "RegNet-Y-400MF"), ("convnext_tiny", "ConvNeXt-Tiny"),
    ],
)  # fmt: skip
def test_a_network_of_timm_is_its_own(name: str, title: str, tmp_path: Path) -> None:
    model = live(name)
    backbone = lrp.load_network(saved(model, tmp_path / "best.pth"), size=SIDE, architecture=f"{name}.some_training")
    assert (backbone.name, len(backbone.categories)) == (title, 3)
    assert not any("timm" in text for text in backbone.report.missing)
    assert_same(backbone, model)


def test_the_name_that_training_stored_decides_and_without_one_the_report_says_what_was_assumed(tmp_path: Path) -> None:
    model = live("tf_efficientnet_b0")
    assert_same(lrp.load_network(saved(model, tmp_path / "best.pth", arch="tf_efficientnet_b0"), size=SIDE), model)
    unnamed = lrp.load_network(saved(model, tmp_path / "unnamed.pth"), size=SIDE)
    assert "that it is timm's efficientnet_b0, whose shapes tf_efficientnet_b0 has too" in unnamed.report.missing


def test_what_is_written_of_it_is_the_same_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, path = live("tf_mobilenetv3_small_100"), tmp_path / "best.pth"
    saved(model, path)
    added = ["networks", "add", str(path), "--size", str(SIDE), "--architecture", "tf_mobilenetv3_small_100"]
    assert main(added) == 0
    capsys.readouterr()
    assert_same(lrp.load_network(path.with_suffix(".safetensors")), model)


def test_a_folder_says_which_of_both_it_is(tmp_path: Path) -> None:
    model = live("tf_mobilenetv3_small_100")
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    pictures = {"input_size": [3, SIDE, SIDE], "crop_pct": 0.875, "interpolation": "bicubic", "mean": [0.5] * 3, "std": [0.5] * 3}
    described = {"architecture": "tf_mobilenetv3_small_100", "label_names": ["x", "y", "z"], "pretrained_cfg": pictures}
    (tmp_path / "config.json").write_text(json.dumps(described))
    backbone = lrp.load_network(tmp_path)
    assert_same(backbone, model)
    assert backbone.report.missing == ()


@pytest.mark.usefixtures("unsandboxed")
@pytest.mark.parametrize("name", ["mobilenetv2_050", "convnext_atto", "regnety_002", "mixnet_s"])
def test_other_sizes_are_refused_with_a_way_on(name: str, tmp_path: Path) -> None:
    with pytest.raises(lrp.WeightsError, match=r"none of the sizes .* give the live module to lrp\.Backbone\.of"):
        lrp.load_network(saved(live(name), tmp_path / "best.pth"))


def test_a_wrong_name_is_refused(tmp_path: Path) -> None:
    path = saved(live("mobilenetv3_small_100"), tmp_path / "best.pth")
    with pytest.raises(ValueError, match="said to be mobilenetv3_large_100, and its shapes are those of mobilenetv3_small"):
        lrp.load_network(path, architecture="mobilenetv3_large_100")
