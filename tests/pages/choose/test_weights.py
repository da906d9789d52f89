"""Depths and weights, and networks that cannot be had."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

import lrp
from lrp.models import demo
from pages.parts.work import compute
from pages.parts.work.cache import Store
from tests.pages.helpers import DEFAULTS, EPSILON, FAST, assert_one_sentence, assert_shows, expected, logits_of, photo
from tests.small import digests
from tests.visitor import Visitor


def test_another_depth_is_another_network(visitor: Visitor) -> None:
    visitor.put(depth="34").wait()
    assert "ResNet-34" in visitor.headline
    for shown, method in zip(visitor.maps, DEFAULTS.values(), strict=True):
        assert_shows(shown, expected(photo(), lrp.load_backbone(34), method))


def test_a_depth_that_is_not_bundled_is_one_sentence_and_the_comparison_stays(visitor: Visitor) -> None:
    visitor.put(depth="34").wait()
    before = visitor.data
    visitor.put(depth="50")
    assert_one_sentence(visitor, "18", "34", "50", "ImageNet")
    assert visitor.data == before
    assert visitor.value("depth") == "50"
    assert visitor.put(depth="34").sentences == []


def test_a_link_to_a_depth_that_is_not_bundled_shows_one_that_is(small: None) -> None:
    visitor = Visitor({"depth": "152"}).wait()
    assert_one_sentence(visitor, "152")
    assert "ResNet-18" in visitor.headline
    assert len(visitor.maps) == 3


def test_imagenet_weights_are_downloaded_at_first_use(shop: SimpleNamespace) -> None:
    visitor = Visitor().put(FAST)
    visitor.put(weights="imagenet").wait()
    assert visitor.sentences == []
    assert visitor.seen.size == (224, 224)
    network = lrp.load_backbone(18, "imagenet")
    assert network.categories[int(logits_of(photo(), network).argmax())] in visitor.headline
    assert_shows(visitor.maps[0], expected(photo(), network, DEFAULTS["a"]))
    visitor.put({EPSILON: 1.0})
    assert len(shop.server.requests) == 1
    assert visitor.put(weights="demo").seen.size == (32, 32)


def test_a_class_that_the_next_network_lacks_gives_way_to_the_one_seen(shop: SimpleNamespace) -> None:
    visitor = Visitor().put(FAST).put({"class": "ant"})
    visitor.put(weights="imagenet")
    network = lrp.load_backbone(18, "imagenet")
    seen = int(logits_of(photo(), network).argmax())
    assert f"**{network.categories[seen]}" in visitor.words.replace(visitor.headline, "")
    assert_shows(visitor.maps[0], expected(photo(), network, DEFAULTS["a"], seen))
    assert len(visitor.put(weights="demo").maps) == 3


def test_a_class_that_both_networks_know_is_kept(shop: SimpleNamespace) -> None:
    visitor = Visitor().put(FAST).put({"class": "cat"}).put(weights="imagenet")
    assert visitor.value("class") == "cat"
    assert_shows(visitor.maps[0], expected(photo(), lrp.load_backbone(18, "imagenet"), DEFAULTS["a"], 4))


def test_imagenet_weights_that_cannot_be_had_are_one_sentence_and_the_comparison_stays(
    shop: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LRP_WEIGHTS_URL", "http://127.0.0.1:1/")
    visitor = Visitor().wait()
    before = visitor.data
    visitor.put(weights="imagenet")
    assert_one_sentence(visitor, "ImageNet", "demo")
    assert visitor.data == before
    assert visitor.value("weights") == "imagenet"
    visitor.put({EPSILON: 1.0})
    assert_one_sentence(visitor, "ImageNet", "demo")
    assert visitor.put(weights="demo").sentences == []
    monkeypatch.setenv("LRP_WEIGHTS_URL", shop.server.url("/models"))
    visitor.put(FAST).put(weights="imagenet")
    assert visitor.sentences == []
    assert visitor.seen.size == (224, 224)


def test_weights_that_could_not_be_had_are_asked_for_again_on_a_click_only(
    shop: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LRP_WEIGHTS_URL", shop.server.url("/nowhere"))
    visitor = Visitor().put(FAST).put(weights="imagenet")
    asked = len(shop.server.requests)
    assert asked == 1
    visitor.put({EPSILON: 1.0}).look(sign="positive")
    assert len(shop.server.requests) == asked
    monkeypatch.setenv("LRP_WEIGHTS_URL", shop.server.url("/models"))
    visitor.press("Try again")
    assert visitor.sentences == []
    assert visitor.seen.size == (224, 224)


def test_a_link_to_imagenet_weights_downloads_them(shop: SimpleNamespace) -> None:
    visitor = Visitor({"weights": "ImageNet", "class": "crane bird", "c": lrp.EpsilonPlus.label})
    assert visitor.sentences == []
    assert_shows(visitor.maps[0], expected(photo(), lrp.load_backbone(18, "imagenet"), DEFAULTS["a"], 2))


def test_going_to_and_fro_between_many_networks_never_breaks_the_page(
    small: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "SHA256", digests(folder, 18, 34, 50, 101))
    visitor = Visitor().put(FAST)
    for depth in (34, 50, 18, 101, 18, 34):
        visitor.put(depth=str(depth))
        assert f"ResNet-{depth}" in visitor.headline
        assert_shows(visitor.maps[0], expected(photo(), lrp.load_backbone(depth), DEFAULTS["a"]))


def test_a_bundled_network_is_in_memory_once_however_many_visitors_change_theirs(
    small: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "SHA256", digests(folder, 18, 34, 50, 101))
    first = compute.backbone("resnet", 18, "demo")
    for depth in (34, 50, 101, 18):
        found = compute.backbone("resnet", depth, "demo")
    assert found is first
    with ThreadPoolExecutor(4) as pool:
        assert len({id(each) for each in pool.map(lambda _: compute.backbone("resnet", 50, "demo"), range(8))}) == 1


def test_networks_that_others_load_do_not_break_the_page(
    small: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More networks than are kept: the visitor's own is dropped, and comes back as another object with the same weights.
    monkeypatch.setattr(compute, "_BUNDLED", Store(3))
    monkeypatch.setattr(demo, "SHA256", digests(folder, 18, 34, 50, 101))
    visitor, somebody = Visitor().put(FAST), Visitor().put(FAST)
    for depth in (34, 50, 101):
        somebody.put(depth=str(depth))
    assert_shows(visitor.put({EPSILON: 1.0}).maps[0], expected(photo(), lrp.load_backbone(), lrp.UniformEpsilon(1.0)))
