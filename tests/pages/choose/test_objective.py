"""What is asked about a class, and of which network, on the page and in words."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import lrp
from lrp.attribution import sum_channels
from lrp.models import demo
from lrp.models.architectures.vgg import build_vgg
from pages.parts.say import map_words, number_words
from pages.parts.work import compute
from pages.parts.work.question import Result
from tests.small import NAMES, logits_of, picture_of, write_small
from tests.visitor import Visitor
from tests.work_queue import finish_queue

DEFAULTS = (lrp.UniformEpsilon(), lrp.EpsilonPlusFlat(shifts=4), lrp.IntegratedGradients())


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[lrp.Backbone]:
    """The one bundled network, with no result kept from before."""
    compute.forget_shared()
    found = lrp.load_backbone(18, write_small(tmp_path, 18))
    monkeypatch.setattr(demo, "FOLDER", tmp_path)
    monkeypatch.setattr(demo, "SHA256", {18: found.sha256})
    yield found
    finish_queue()


def assert_explained(visitor: Visitor, network: lrp.Backbone, objective: Any, methods: Any = DEFAULTS) -> None:
    for shown, method in zip(visitor.maps, methods, strict=True):
        values = sum_channels(lrp.explain(network, picture_of(network), objective, method).relevance)
        assert np.abs(shown.values - values).max() <= 0.501 * shown.step + 1e-6 * np.abs(values).max()


# On the page


def test_why_this_rather_than_that_begins_with_the_likeliest_other_class(network: lrp.Backbone) -> None:
    first, second = logits_of(network).topk(2).indices.tolist()
    visitor = Visitor({"objective": lrp.Contrast.label}).wait()
    assert_explained(visitor, network, lrp.Contrast(first, second))
    assert f"for **{NAMES[first]}** rather than **{NAMES[second]}**" in visitor.words
    assert "the difference of the two logits" in visitor.words
    visitor.put({"class": NAMES[second]}).wait()  # whose likeliest other class is now the predicted one
    assert_explained(visitor, network, lrp.Contrast(second, first))


def test_why_this_rather_than_that_takes_any_other_class(network: lrp.Backbone) -> None:
    visitor = Visitor({"objective": lrp.Contrast.label, "class": "dog", "versus": "fox"}).wait()
    assert_explained(visitor, network, lrp.Contrast(3, 5))


def test_the_class_itself_is_no_other_class(network: lrp.Backbone) -> None:
    visitor = Visitor({"objective": lrp.Contrast.label, "class": "dog"})
    assert "dog" not in visitor.at.get_by_key("versus").options


@pytest.mark.parametrize(
    ("objective", "others"), [(lrp.CLRP, "all other classes alike"), (lrp.SGLRP, "its likeliest rivals")], ids=("clrp", "sglrp")
)
def test_one_against_all_promises_no_sum_of_an_lrp_map(network: lrp.Backbone, objective: type[Any], others: str) -> None:
    visitor = Visitor({"objective": objective.label, "class": "cat", "c": lrp.EpsilonGammaBox.label}).wait()
    assert_explained(visitor, network, objective(2), (*DEFAULTS[:2], lrp.EpsilonGammaBox(shifts=4)))
    assert f"for **cat** more than for {others}" in visitor.words
    assert map_words.GREEN not in visitor.words
    assert map_words.AMBER not in visitor.words


def test_a_question_for_lrp_alone_is_one_sentence_at_the_other_methods(network: lrp.Backbone) -> None:
    visitor = Visitor({"objective": lrp.CLRP.label}).wait()
    (sentence,) = visitor.sentences
    assert sentence.startswith(lrp.IntegratedGradients.label)
    assert "LRP" in sentence
    assert len(visitor.maps) == 2
    assert visitor.put(objective="logit").wait().sentences == []


def test_a_layer_is_explained_as_a_whole(network: lrp.Backbone) -> None:
    visitor = Visitor({"objective": lrp.Features.label}).wait()
    assert_explained(visitor, network, lrp.Features("layer3"))
    visitor.put(stage="layer1").wait()
    assert_explained(visitor, network, lrp.Features("layer1"))
    assert "for what layer1 responds to" in visitor.words


def test_vgg_without_its_weights_is_one_sentence_and_the_comparison_stays(network: lrp.Backbone) -> None:
    visitor = Visitor().wait()
    before = visitor.headline
    visitor.put(family="VGG")
    (sentence,) = visitor.sentences
    assert "VGG-16" in sentence
    assert "ImageNet" in sentence
    assert visitor.headline.startswith("## VGG-16 ")  # what was asked for, and then what is shown
    assert visitor.headline.endswith(before.removeprefix("## "))


def test_vgg_is_explained_like_any_network(network: lrp.Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    model = build_vgg(16, (4, 4, 4, 4, 4), 8, len(NAMES)).eval()
    canonized = lrp.canonize(model, -network.mean / network.std, (1 - network.mean) / network.std)
    vgg = lrp.Backbone(
        16, "imagenet", model, canonized, NAMES, 64, 0, network.mean, network.std, "digits of the file", "vgg"
    )  # fmt: skip
    monkeypatch.setattr(lrp, "load_backbone", lambda depth, *_: vgg if depth == 16 else network)
    visitor = Visitor({"depth": "VGG-16", "weights": "ImageNet"}).wait()
    assert visitor.sentences == []
    assert "VGG-16 sees" in visitor.headline
    assert_explained(visitor, vgg, int(logits_of(vgg).argmax()))


# In words


def test_numbers_that_two_decimals_would_swallow_keep_two_digits() -> None:
    texts = [number_words.number_text(value) for value in (12.345, -0.1, 0.0123, -3e-5, 0.0)]
    assert texts == ["12.35", "-0.10", "0.012", "-3e-05", "0.00"]


@pytest.mark.parametrize("objective", lrp.OBJECTIVES.values(), ids=lambda objective: objective.name)
@pytest.mark.parametrize("method", lrp.METHODS.values(), ids=lambda method: method.name)
def test_every_sentence_about_a_sum_is_a_whole_one(objective: type[Any], method: type[Any]) -> None:
    empty = np.zeros((2, 2), np.float32)
    said = map_words.trust_note(Result(empty, empty, 0.9, 1.0, 64, 0.1), method(), objective)
    assert said.endswith(".")
    assert "{" not in said
