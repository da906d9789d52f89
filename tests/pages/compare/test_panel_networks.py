"""Each map of the comparison may explain a network of its own: in the page, in the link, and in all that is taken away."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import lrp
from pages.parts.choose.panel_network import PAGES_NETWORK
from pages.parts.frame.overlay import laid_over
from pages.parts.work.traces import TRACES
from tests.networks import random_resnet
from tests.pages.helpers import FAST_LINK, as_shown, assert_shows, ending, expected, logits_of, photo
from tests.small import NAMES
from tests.visitor import Visitor

OTHER = {"b_network": "ResNet-34 (demo)"}
Files = dict[str, Callable[[], bytes]]


@pytest.fixture
def pets(small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> lrp.Backbone:
    """The operator's folder has a network of three classes for pictures of 48 pixels, of which one is known to the others."""
    folder = tmp_path / "networks"
    folder.mkdir()
    monkeypatch.setenv("LRP_NETWORKS", str(folder))
    path = folder / "pets.safetensors"
    described = {"categories": ["cat", "yak", "zebu"], "size": 48, "resize_size": 60, "mean": [0.5] * 3, "std": [0.25] * 3}
    model = random_resnet(18, (8, 16, 24, 32), 3, torch.float32)
    save_file(model.state_dict(), path, {key: json.dumps(value) for key, value in described.items()})
    return lrp.load_network(path)


def class_seen(network: lrp.Backbone) -> str:
    return network.categories[int(logits_of(photo(), network).argmax())]


def test_a_map_of_another_network_is_that_network_s(small: None) -> None:
    visitor = Visitor(FAST_LINK | OTHER).wait()
    first, second = lrp.load_backbone(18), lrp.load_backbone(34)
    target = int(logits_of(photo(), first).argmax())
    asked = ((first, lrp.UniformEpsilon()), (second, lrp.EpsilonPlusFlat()), (first, lrp.EpsilonPlus()))
    for place, (network, method) in enumerate(asked):
        assert_shows(visitor.maps[place], expected(photo(), network, as_shown(method, network), target))
    assert visitor.titles == [
        f"{lrp.UniformEpsilon.label}, ResNet-18 (demo)", f"{lrp.EpsilonPlusFlat.label}, ResNet-34 (demo)",
        f"{lrp.EpsilonPlus.label}, ResNet-18 (demo)",
    ]  # fmt: skip
    assert "ResNet-34 (demo) sees" in visitor.words


def test_without_a_network_of_its_own_nothing_is_said_of_networks(small: None) -> None:
    visitor = Visitor(FAST_LINK).wait()
    assert visitor.titles == [lrp.UniformEpsilon.label, lrp.EpsilonPlusFlat.label, lrp.EpsilonPlus.label]
    assert not {key for key in visitor.at.query_params if key.endswith("_network")}
    assert visitor.value("a_network") == visitor.value("b_network") == PAGES_NETWORK


def test_the_network_of_the_page_chosen_for_a_map_is_no_other_one(small: None) -> None:
    visitor = Visitor(FAST_LINK | {"b_network": "ResNet-18 (demo)"}).wait()
    assert visitor.titles[1] == lrp.EpsilonPlusFlat.label


def test_what_another_network_sees_stands_below_the_headline_where_it_differs(pets: lrp.Backbone) -> None:
    visitor = Visitor(FAST_LINK | {"b_network": "pets.safetensors"}).wait()
    own = class_seen(lrp.load_backbone(18))
    sentences = [node.value for node in visitor.at.main.markdown if node.value.startswith("pets (ResNet-18) sees")]
    assert bool(sentences) == (own != class_seen(pets))
    assert "pets (ResNet-18) sees" in visitor.words  # below the map in any case


def test_a_class_that_another_network_does_not_know_is_replaced_and_said(pets: lrp.Backbone) -> None:
    visitor = Visitor(FAST_LINK | {"b_network": "pets.safetensors", "class": "elk"}).wait()
    best = class_seen(pets)
    assert f"It does not know **elk**, so its map explains **{best}**." in visitor.words
    network = lrp.load_backbone(18)
    values = expected(photo(), pets, lrp.EpsilonPlusFlat(), pets.categories.index(best))
    size = photo().size
    assert_shows(visitor.maps[1], laid_over(values, pets.part_seen(size), network.part_seen(size), (32, 32)))


def test_it_is_carried_to_other_pages_and_back_and_reset_takes_it_away(small: None) -> None:
    visitor = Visitor(FAST_LINK | OTHER).wait()
    visitor.at.switch_page("pages/faithfulness.py")
    visitor.run().wait()
    assert "the second map (ResNet-34 (demo))" in visitor.words.replace("\\", "")
    visitor.at.switch_page("pages/compare.py")
    visitor.run().wait()
    assert visitor.at.query_params["b_network"] == "ResNet-34 (demo)"
    assert visitor.press("Reset").wait().titles[1] == lrp.EpsilonPlusFlat.label
    assert "b_network" not in visitor.at.query_params


def test_a_link_to_a_network_that_is_not_here_is_told_where_none_can_be_brought(
    small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LRP_NETWORK_UPLOADS", "0")
    visitor = Visitor(FAST_LINK | {"b_network": "lost.safetensors"}).wait()
    assert "“lost.safetensors” as the network of the second map" in visitor.at.info[0].value.replace("\\", "")
    assert visitor.titles[1] == lrp.EpsilonPlusFlat.label


def test_a_network_that_cannot_be_had_is_said_once_and_the_page_s_is_shown(
    small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: Files
) -> None:
    monkeypatch.setenv("LRP_WEIGHTS_CACHE", str(tmp_path))
    monkeypatch.setenv("LRP_WEIGHTS_URL", "http://127.0.0.1:1/")
    visitor = Visitor(FAST_LINK | {"b_network": "ResNet-50 (ImageNet)"}).wait()
    (sentence,) = visitor.sentences
    assert sentence.endswith("The second map shows ResNet-18 instead.")
    assert visitor.titles[1] == lrp.EpsilonPlusFlat.label
    report = ending(files, ".html").decode()
    assert "b_network" not in parse_qs(urlsplit(report.partition('<a href="')[2].partition('"')[0]).query)
    assert visitor.press("Choose ResNet-18").wait().sentences == []
    assert visitor.value("b_network") == PAGES_NETWORK


def test_what_is_taken_away_names_the_network_of_each_map(pets: lrp.Backbone, files: Files) -> None:
    Visitor(FAST_LINK | {"b_network": "pets.safetensors", "class": "cat", "region": "4,8,20,30"}).wait()
    kept = json.loads(ending(files, ".json"))
    assert kept["network"] == "ResNet-18"
    first, second, third = kept["networks"]
    assert first is third is None
    assert (second["network"], second["explained class"], second["explained class index"]) == ("pets (ResNet-18)", "cat", 0)
    assert second["weights sha256"] == pets.sha256 != kept["weights sha256"]
    assert second["logit"] == pytest.approx(float(logits_of(photo(), pets)[0]), rel=1e-4)
    report = ending(files, ".html").decode()
    assert "pets (ResNet-18) sees" in report
    assert "Network of map 2" in report
    assert pets.sha256 in report
    with np.load(io.BytesIO(ending(files, ".npz")), allow_pickle=False) as numbers:
        assert tuple(numbers["classes"]) == NAMES
        assert tuple(numbers["classes_2"]) == ("cat", "yak", "zebu")
        assert numbers["picture_2"].shape == (48, 48, 3)
        kept_map, raw = numbers[f"relevance_2_{lrp.EpsilonPlusFlat.name}"], lrp.explain(
            pets, pets.preprocess(photo()), 0, lrp.EpsilonPlusFlat()
        )
        np.testing.assert_allclose(kept_map, raw.relevance[0], atol=1e-4)
        assert "logits_1" not in numbers
    assert b"pets (ResNet-18)" in ending(files, ".png")


def test_the_trust_line_is_of_the_map_s_own_network(pets: lrp.Backbone) -> None:
    visitor = Visitor(FAST_LINK | {"b_network": "pets.safetensors", "class": "cat"}).wait()
    logit = float(logits_of(photo(), pets)[0])
    assert f"the logit is **{logit:.2f}**" in visitor.words


def test_as_many_traces_are_kept_as_networks_are_compared(pets: lrp.Backbone) -> None:
    visitor = Visitor(FAST_LINK | OTHER | {"a_network": "pets.safetensors"}).wait()
    kept = visitor.at.session_state[TRACES.key]
    assert (kept.limit, len(kept.keys())) == (3, 3)
    assert visitor.put({"a_network": PAGES_NETWORK, "b_network": PAGES_NETWORK}).at.session_state[TRACES.key].limit == 2
