"""The question of a page, asked of another network, by the names of classes and layers."""

from dataclasses import replace
from typing import Any

import pytest
import torch

import lrp
from pages.parts.choose.other_network import objective_in
from tests.networks import random_resnet
from tests.small import NAMES


def network_with(names: list[str], **more: Any) -> lrp.Backbone:
    model = random_resnet(18, (4, 4, 4, 4), len(names), torch.float32)
    return replace(lrp.Backbone.of(model, names, size=32, **more), stage_names=("layer1", "layer2", "layer3", "layer4"))


@pytest.mark.parametrize(
    ("asked", "found", "said"),
    [
        (lrp.Logit(2), lrp.Logit(0), ""),
        (lrp.Logit(0), lrp.Logit(1), "does not know **ant**, so its map explains **yak**"),
        (lrp.Contrast(2, 0), lrp.Contrast(0, 1), "so **yak** stands in its place"),
        (lrp.Contrast(0, 2), lrp.Contrast(1, 0), "so its map explains **yak**"),
        (lrp.CLRP(2), lrp.CLRP(0), ""),
        (lrp.Features("layer2"), lrp.Features("layer2"), ""),
        (lrp.Features("blocks.6"), lrp.Features("layer4"), "no layer called blocks.6"),
    ],
)
def test_a_question_goes_by_names(asked: Any, found: Any, said: str) -> None:
    page = network_with(list(NAMES))
    objective, sentence = objective_in(network_with(["cat", "yak", "zebu"]), torch.tensor([0.3, 0.6, 0.1]), asked, page)
    assert objective == found
    assert said in sentence
    assert bool(said) == bool(sentence)


def test_a_network_with_another_kind_of_outputs_is_asked_its_usual_question() -> None:
    page, own = network_with(list(NAMES)), network_with(["weight", "cat"], head="regression")
    objective, sentence = objective_in(own, torch.tensor([30.0, 2.0]), lrp.Logit(2), page)
    assert objective == lrp.Value(1)
    assert "outputs are of another kind" in sentence
