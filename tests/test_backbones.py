"""Backbones: what they know, how a picture goes in and comes back, and where their weights come from."""

import dataclasses
import hashlib
import io
import json
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save_file
from skimage import data as samples
from torch import nn

import lrp
from lrp import backbones, demo
from lrp.backbones import Backbone, bundled_depths, imagenet_entry, imagenet_size
from lrp.resnet import LAYERS, build_resnet
from lrp.torchvision_import import torchvision
from lrp.vgg import build_vgg
from tests.loopback import Loopback, http
from tests.networks import random_resnet

CLASSES = (
    "cassette player", "cat", "chain saw", "church", "English springer", "French horn", "garbage truck", "gas pump",
    "golf ball", "parachute", "tench",
)  # fmt: skip


@pytest.fixture(scope="module", params=bundled_depths())
def bundled(request: pytest.FixtureRequest) -> Backbone:
    return lrp.load_backbone(request.param)


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return lrp.load_backbone()


def picture(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8))


# Networks


@pytest.mark.parametrize("depth", LAYERS)
def test_a_resnet_of_the_usual_widths_is_torchvisions(depth: int) -> None:
    with torch.device("meta"):
        ours, theirs = build_resnet(depth), torchvision.models.get_model(f"resnet{depth}")
    assert [(k, v.shape) for k, v in ours.state_dict().items()] == [(k, v.shape) for k, v in theirs.state_dict().items()]
    assert [type(m) for m in ours.modules()][1:] == [type(m) for m in theirs.modules()][1:]
    assert [str(m) for m in ours.modules()][1:] == [str(m) for m in theirs.modules()][1:]


def test_a_slim_resnet_has_the_widths_asked_for() -> None:
    model = build_resnet(50, (8, 16, 24, 32), 5)
    assert [getattr(model, f"layer{i}")[0].conv1.out_channels for i in (1, 2, 3, 4)] == [8, 16, 24, 32]
    assert (model.conv1.out_channels, model.fc.in_features, model.fc.out_features) == (8, 4 * 32, 5)


@pytest.mark.parametrize(("depth", "widths"), [(20, (8, 8, 8, 8)), (18, (8, 8, 8)), (18, (8, 8, 8, 0))])
def test_a_resnet_that_does_not_exist_is_refused(depth: int, widths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"must be .*, got"):
        build_resnet(depth, widths)


# Bundled weights


def test_a_bundled_network_knows_a_cat_and_a_church(bundled: Backbone) -> None:
    from sklearn.datasets import load_sample_image

    for photo, name in ((samples.chelsea(), "cat"), (load_sample_image("china.jpg"), "church")):
        logits = bundled.network(bundled.preprocess(Image.fromarray(photo)))
        assert bundled.categories[int(logits.argmax())] == name


def test_a_bundled_network_is_what_it_says(bundled: Backbone) -> None:
    file = demo.FOLDER / f"resnet{bundled.depth}.safetensors"
    blocks = [len(getattr(bundled.model, f"layer{stage}")) for stage in (1, 2, 3, 4)]
    assert blocks == list(LAYERS[bundled.depth])
    assert bundled.categories == CLASSES
    assert (bundled.size, bundled.weights, bundled.name) == (160, "demo", f"ResNet-{bundled.depth}")
    assert bundled.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert isinstance(bundled.model, torchvision.models.ResNet)
    assert not bundled.model.training
    assert not any(parameter.requires_grad for parameter in bundled.model.parameters())


def test_the_canonized_network_agrees_with_the_model_and_knows_the_bounds_of_pixels(bundled: Backbone) -> None:
    white, black = (bundled.preprocess(Image.new("RGB", (160, 160), colour)) for colour in ("white", "black"))
    assert bundled.network.low is not None
    assert bundled.network.high is not None
    assert bundled.network.low.shape == bundled.network.high.shape == (1, 3, 1, 1)
    torch.testing.assert_close(white, bundled.network.high.expand_as(white))
    torch.testing.assert_close(black, bundled.network.low.expand_as(black))
    torch.testing.assert_close(bundled.network(white), bundled.model(white), rtol=1e-4, atol=1e-4)


def test_a_depth_that_is_not_bundled_names_those_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SHA256", {18: "0" * 64, 34: "0" * 64})
    assert bundled_depths() == (18, 34)
    with pytest.raises(lrp.WeightsError, match=r"^The demo weights come for depth 18 and 34, not for 50; choose .* ImageNet"):
        lrp.load_backbone(50)


def test_a_damaged_bundled_file_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = (demo.FOLDER / "resnet18.safetensors").read_bytes()
    (tmp_path / "resnet18.safetensors").write_bytes(whole[:-2] + bytes([whole[-2] ^ 4, whole[-1]]))
    monkeypatch.setattr(demo, "FOLDER", tmp_path)
    with pytest.raises(lrp.WeightsError, match=r"^The weights in resnet18.safetensors are damaged; install .* again"):
        lrp.load_backbone()


def test_every_bundled_file_is_in_the_table_and_small() -> None:
    files = {path.name: path.stat().st_size for path in demo.FOLDER.glob("*.safetensors")}
    assert set(files) == {f"resnet{depth}.safetensors" for depth in demo.SHA256}
    assert sum(files.values()) <= 60_000_000


# Pictures in and out


@pytest.mark.parametrize(("width", "height"), [(160, 160), (451, 300), (300, 451), (16, 9), (320, 16)])
def test_any_picture_becomes_one_input_of_the_right_size(backbone: Backbone, width: int, height: int) -> None:
    x = backbone.preprocess(picture(width, height))
    assert (x.shape, x.dtype) == ((1, 3, 160, 160), torch.float32)
    assert torch.isfinite(x).all()


def test_a_picture_of_the_right_size_is_only_normalized(backbone: Backbone) -> None:
    original = picture(160, 160)
    expected = (np.asarray(original) / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    np.testing.assert_allclose(backbone.preprocess(original)[0].permute(1, 2, 0), expected, rtol=0, atol=1e-6)


def test_the_centre_of_a_wide_picture_is_taken_without_a_margin(backbone: Backbone) -> None:
    wide = Image.new("RGB", (480, 160), "red")
    wide.paste("blue", (160, 0, 320, 160))
    assert backbone.as_seen(backbone.preprocess(wide)).getcolors() == [(160 * 160, (0, 0, 255))]


def test_a_picture_that_is_made_smaller_is_smoothed(backbone: Backbone) -> None:
    board = np.indices((1600, 1600)).sum(0) % 2 * 255
    seen = np.asarray(backbone.as_seen(backbone.preprocess(Image.fromarray(board.astype(np.uint8)).convert("RGB"))))
    assert np.abs(seen.astype(int) - 127).max() < 12


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_what_the_network_saw_comes_back_to_the_last_bit(backbone: Backbone, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (160, 160, 3), dtype=np.uint8)
    x = backbone.preprocess(Image.fromarray(pixels))
    np.testing.assert_array_equal(np.asarray(backbone.as_seen(x)), pixels)
    np.testing.assert_array_equal(np.asarray(backbone.as_seen(x[0])), pixels)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "I;16"])
def test_pictures_of_other_modes_are_understood(backbone: Backbone, mode: str) -> None:
    grey = Image.new("RGB", (160, 160), (128,) * 3).convert(mode.split(";")[0], palette=Image.Palette.ADAPTIVE)
    if mode == "I;16":
        grey = Image.new("I;16", (160, 160), 128 * 257)
    seen = np.asarray(backbone.as_seen(backbone.preprocess(grey)))
    assert np.abs(seen.astype(int) - 128).max() <= 2


@pytest.mark.parametrize("shape", [(2, 3, 160, 160), (1, 1, 160, 160), (160, 160)])
def test_only_one_picture_can_be_shown_as_seen(backbone: Backbone, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"one picture of shape .*, got"):
        backbone.as_seen(torch.zeros(shape))


def test_values_that_no_pixel_has_are_clipped(backbone: Backbone) -> None:
    x = torch.full((1, 3, 8, 8), 100.0)
    assert backbone.as_seen(x).getcolors() == [(64, (255, 255, 255))]
    assert backbone.as_seen(-x).getcolors() == [(64, (0, 0, 0))]


def test_a_backbone_cannot_be_changed(backbone: Backbone) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        backbone.depth = 34  # type: ignore[misc]


# Weights of one's own


def test_a_file_of_ones_own_becomes_a_backbone(tmp_path: Path) -> None:
    path, original = tmp_path / "own.safetensors", random_resnet(34, dtype=torch.float32)
    metadata = {"depth": 34, "categories": list("abcdefg"), "size": 96, "mean": [0.5] * 3, "std": [0.25] * 3}
    save_file(original.state_dict(), path, {key: json.dumps(value) for key, value in metadata.items()})
    for weights in (path, str(path)):
        own = lrp.load_backbone(34, weights)
        x = own.preprocess(picture(200, 100))
        assert (own.weights, own.categories, x.shape) == (str(path), tuple("abcdefg"), (1, 3, 96, 96))
        torch.testing.assert_close(own.model(x), original(x))
    with pytest.raises(lrp.WeightsError, match="those of a ResNet-34; choose that depth"):
        lrp.load_backbone(18, path)


def test_an_unknown_depth_and_unknown_weights_are_named() -> None:
    with pytest.raises(ValueError, match=r"depth must be one of 18, 34, 50, 101, 152, got 19"):
        lrp.load_backbone(19)
    with pytest.raises(lrp.WeightsError, match="other formats can hold code"):
        lrp.load_backbone(18, "demonstration")


# ImageNet weights


@contextmanager
def selling(original: nn.Module, depth: int, architecture: str, folder: Path, monkeypatch: pytest.MonkeyPatch):
    """A server that offers `original`, of three classes, as torchvision's entry for that network."""
    file = io.BytesIO()
    torch.save(original.state_dict(), file)
    data = file.getvalue()
    with Loopback() as server:
        entry = SimpleNamespace(
            url=f"https://elsewhere.invalid/models/{architecture}{depth}-{hashlib.sha256(data).hexdigest()[:8]}.pth",
            meta={"_file_size": len(data) / 2**20, "categories": ["a", "b", "c"]},
            transforms=imagenet_entry(depth, architecture).transforms,
        )
        entries = {(depth, architecture): entry}
        monkeypatch.setenv("LRP_WEIGHTS_CACHE", str(folder))
        monkeypatch.setenv("LRP_WEIGHTS_URL", server.url("/models"))
        monkeypatch.setattr(backbones, "imagenet_entry", lambda depth, architecture: entries[depth, architecture])
        yield SimpleNamespace(server=server, entry=entry, data=data, original=original)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A server that offers a slim ResNet-18."""
    with selling(random_resnet(18, (4, 4, 4, 4), 3, torch.float32), 18, "resnet", tmp_path, monkeypatch) as shop:
        yield shop


def path_of(shop: SimpleNamespace) -> str:
    return "/models/" + shop.entry.url.rpartition("/")[2]


def test_imagenet_weights_are_downloaded_once_and_become_a_backbone(shop: SimpleNamespace) -> None:
    shop.server.serve(path_of(shop), http(shop.data))
    shares: list[float] = []
    first = lrp.load_backbone(18, "imagenet", lambda done, total: shares.append(done / total))
    second = lrp.load_backbone(18, "imagenet")
    x = first.preprocess(picture(300, 400))
    assert len(shop.server.requests) == 1
    assert shares[-1] == 1
    assert (first.weights, first.size, first.categories) == ("imagenet", 224, ("a", "b", "c"))
    assert first.sha256 == second.sha256 == hashlib.sha256(shop.data).hexdigest()
    torch.testing.assert_close(first.model(x), shop.original(x))
    assert torch.equal(first.network(x), second.network(x))


@pytest.mark.parametrize(("width", "height"), [(500, 333), (100, 224), (256, 256)])
def test_pictures_are_prepared_as_torchvision_does_for_its_weights(shop: SimpleNamespace, width: int, height: int) -> None:
    shop.server.serve(path_of(shop), http(shop.data))
    ours = lrp.load_backbone(18, "imagenet").preprocess(picture(width, height))
    torch.testing.assert_close(ours[0], imagenet_entry(18).transforms()(picture(width, height)))


def test_a_download_that_fails_is_one_sentence_with_the_size_and_a_way_on(shop: SimpleNamespace) -> None:
    shop.server.serve(path_of(shop), http(shop.data[:-100] + bytes(100)))
    with pytest.raises(lrp.WeightsError, match=r"^What was .* ImageNet weights of ResNet-18 \(\d+ MB\) .*demo weights"):
        lrp.load_backbone(18, "imagenet")


def test_weights_of_another_network_under_a_genuine_name_are_refused(shop: SimpleNamespace) -> None:
    shop.entry.meta["categories"] = ["a", "b"]
    shop.server.serve(path_of(shop), http(shop.data))
    with pytest.raises(lrp.WeightsError, match="not those of a ResNet-18 with 2 classes"):
        lrp.load_backbone(18, "imagenet")


@pytest.mark.parametrize("depth", LAYERS)
def test_torchvision_offers_the_same_recipe_at_every_depth(depth: int) -> None:
    entry = imagenet_entry(depth)
    with torch.device("meta"):
        parameters = sum(tensor.numel() for tensor in build_resnet(depth).parameters())
    assert 4 * parameters < imagenet_size(depth) < 4.1 * parameters
    assert (len(entry.meta["categories"]), entry.transforms().crop_size) == (1000, [224])
    assert entry.url.startswith("https://download.pytorch.org/models/")


# VGG-16


@pytest.fixture
def vgg_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A server that offers a slim VGG-16."""
    torch.manual_seed(16)
    with selling(build_vgg(16, (4, 4, 6, 6, 8), 10, 3).eval(), 16, "vgg", tmp_path, monkeypatch) as shop:
        yield shop


def test_a_vgg_of_the_usual_widths_is_torchvisions() -> None:
    with torch.device("meta"):
        ours, theirs = build_vgg(), torchvision.models.vgg16()
    assert [(k, v.shape) for k, v in ours.state_dict().items()] == [(k, v.shape) for k, v in theirs.state_dict().items()]
    assert [str(m) for m in ours.modules()][1:] == [str(m) for m in theirs.modules()][1:]


@pytest.mark.parametrize(("depth", "widths"), [(19, (8,) * 5), (16, (8,) * 4), (16, (8, 8, 0, 8, 8))])
def test_a_vgg_that_does_not_exist_is_refused(depth: int, widths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"must be .*, got"):
        build_vgg(depth, widths)


def test_vgg_16_is_downloaded_once_and_becomes_a_backbone(vgg_shop: SimpleNamespace) -> None:
    vgg_shop.server.serve(path_of(vgg_shop), http(vgg_shop.data))
    first, second = (lrp.load_backbone(16, "imagenet", architecture="vgg") for _ in range(2))
    x = first.preprocess(picture(300, 400))
    assert len(vgg_shop.server.requests) == 1
    assert (first.name, first.depth, first.architecture, first.weights) == ("VGG-16", 16, "vgg", "imagenet")
    assert (first.size, first.categories, first.sha256) == (224, ("a", "b", "c"), hashlib.sha256(vgg_shop.data).hexdigest())
    assert isinstance(first.model, torchvision.models.VGG)
    torch.testing.assert_close(first.model(x), vgg_shop.original(x))
    torch.testing.assert_close(first.network(x), first.model(x))
    torch.testing.assert_close(x[0], imagenet_entry(16, "vgg").transforms()(picture(300, 400)))
    result = lrp.explain(second, x, 1, lrp.EpsilonGammaBox())
    assert result.relevance.isfinite().all()


def test_what_is_wrong_with_vgg_weights_is_one_sentence_that_names_the_network(vgg_shop: SimpleNamespace) -> None:
    with pytest.raises(lrp.WeightsError, match=r"^The server of the ImageNet weights of VGG-16 \(\d+ MB\) answered with error"):
        lrp.load_backbone(16, "imagenet", architecture="vgg")
    vgg_shop.server.serve(path_of(vgg_shop), http(vgg_shop.data))
    vgg_shop.entry.meta["categories"] = ["a", "b"]
    with pytest.raises(lrp.WeightsError, match="are not those of a VGG-16 with 2 classes"):
        lrp.load_backbone(16, "imagenet", architecture="vgg")


@pytest.mark.parametrize("weights", ["demo", "own.safetensors"])
def test_vgg_16_comes_with_imagenet_weights_only(weights: str) -> None:
    with pytest.raises(lrp.WeightsError, match=r"^VGG-16 comes with ImageNet weights only; choose those, or a ResNet\.$"):
        lrp.load_backbone(16, weights, architecture="vgg")


def test_an_unknown_architecture_and_a_depth_it_does_not_have_are_named() -> None:
    with pytest.raises(ValueError, match="architecture must be one of resnet, vgg, got 'alexnet'"):
        lrp.load_backbone(architecture="alexnet")
    with pytest.raises(ValueError, match=r"depth must be 16, got 18"):
        lrp.load_backbone(18, "imagenet", architecture="vgg")


def test_torchvision_offers_vgg_16_under_a_name_that_holds_its_digest() -> None:
    entry = imagenet_entry(16, "vgg")
    with torch.device("meta"):
        parameters = sum(tensor.numel() for tensor in build_vgg().parameters())
    assert 4 * parameters < imagenet_size(16, "vgg") < 4.1 * parameters
    assert (len(entry.meta["categories"]), entry.transforms().crop_size) == (1000, [224])
    assert entry.url == "https://download.pytorch.org/models/vgg16-397923af.pth"


def test_modules_are_never_shared_between_two_backbones(backbone: Backbone) -> None:
    other = lrp.load_backbone()
    mine, theirs = ({p.data_ptr() for p in b.model.parameters()} for b in (backbone, other))
    assert not mine & theirs
    assert isinstance(other.model, nn.Module)
