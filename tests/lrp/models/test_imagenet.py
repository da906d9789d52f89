"""ImageNet weights: downloaded once, checked, and what is wrong with them said in one sentence; for ResNets and for VGG-16."""

import hashlib
import io
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

import lrp
from lrp._torchvision import torchvision
from lrp.models import imagenet
from lrp.models.architectures import RESNET_LAYERS
from lrp.models.architectures.resnet import build_resnet
from lrp.models.architectures.vgg import build_vgg
from lrp.models.imagenet import MEBIBYTES, imagenet_entry, imagenet_size
from tests.loopback import Loopback, http
from tests.networks import random_resnet
from tests.pictures import picture


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
        monkeypatch.setattr(imagenet, "imagenet_entry", lambda depth, architecture: entries[depth, architecture])
        monkeypatch.setitem(imagenet.SHA256, entry.url.rpartition("/")[2], hashlib.sha256(data).hexdigest())
        yield SimpleNamespace(server=server, entry=entry, data=data, original=original)


def path_of(shop: SimpleNamespace) -> str:
    return "/models/" + shop.entry.url.rpartition("/")[2]


# ResNets


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A server that offers a slim ResNet-18."""
    with selling(random_resnet(18, (4, 4, 4, 4), 3, torch.float32), 18, "resnet", tmp_path, monkeypatch) as shop:
        yield shop


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


@pytest.mark.parametrize("depth", RESNET_LAYERS)
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


def test_torchvision_offers_vgg_16_under_a_name_that_holds_its_digest() -> None:
    entry = imagenet_entry(16, "vgg")
    with torch.device("meta"):
        parameters = sum(tensor.numel() for tensor in build_vgg().parameters())
    assert 4 * parameters < imagenet_size(16, "vgg") < 4.1 * parameters
    assert (len(entry.meta["categories"]), entry.transforms().crop_size) == (1000, [224])
    assert entry.url == "https://download.pytorch.org/models/vgg16-397923af.pth"


@pytest.mark.parametrize(("architecture", "depth"), MEBIBYTES)
def test_the_sizes_are_those_that_torchvision_states(architecture: str, depth: int) -> None:
    assert imagenet_size(depth, architecture) == round(imagenet_entry(depth, architecture).meta["_file_size"] * 2**20)
