"""Heads with one logit: a sigmoid score, explained, measured and told as one."""

import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import lrp
from lrp import metrics
from lrp.heads import SIGMOID, SOFTMAX, head_of
from lrp.metrics.regions import when_blurred
from lrp.metrics.scores import scores
from lrp.metrics.sentences import ABSENT, PRESENT, faithfulness_in_words
from lrp.region import Region
from lrp.walk.objectives import objectives_for

LOW = torch.full((1, 3, 1, 1), -2.0)
FEW = metrics.Perturbation(patch=4, steps=6, replacement="mean")


def head(classes: int = 1, shift: float = 0.0) -> lrp.Network:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, classes))
    model[-1].bias.data += shift
    return lrp.canonize(model.eval(), LOW, -LOW)


X = torch.randn(1, 3, 24, 24, generator=torch.Generator().manual_seed(2)).clamp(-2, 2)


def test_one_logit_is_a_sigmoid_score_and_several_are_one_decision():
    one, two = head_of("softmax", 1), head_of("softmax", 2)
    assert (one, two) == (SIGMOID, SOFTMAX)
    assert one.predictions(torch.tensor([[-math.log(3)], [0.0]])).flatten().tolist() == pytest.approx([0.25, 0.5])
    assert two.predictions(torch.tensor([[0.0, math.log(3)]])).tolist() == [pytest.approx([0.25, 0.75])]
    assert one.predictions(torch.tensor([math.log(3)])).item() == pytest.approx(0.75)
    assert two.predictions(torch.tensor([0.0, math.log(3)])).tolist() == pytest.approx([0.25, 0.75])
    assert scores(torch.tensor([[math.log(3)]]), "probability", "softmax").item() == pytest.approx(0.75)


@pytest.mark.parametrize("method", lrp.METHODS.values(), ids=lambda method: method.name)
@pytest.mark.parametrize("objective", [lrp.Contrast(0, 0), lrp.CLRP(0), lrp.SGLRP(0)], ids=lambda objective: objective.name)
def test_what_compares_classes_is_refused_with_the_way_on(method, objective):
    with pytest.raises(ValueError, match=r"compares classes, got a network with one logit, .*ask for the logit, lrp\.Logit\(0\)"):
        lrp.explain(head(), X, objective, method())


def test_the_questions_that_one_logit_answers():
    assert list(objectives_for("sigmoid")) == ["logit", "against", "features"]


@pytest.mark.parametrize("method", lrp.METHODS.values(), ids=lambda method: method.name)
def test_one_logit_is_explained_as_the_same_logit_among_others(method: Any):
    quick = {"n_steps": 4, "tolerance": None, "n_samples": 2}
    method = method(**{setting.name: quick[setting.name] for setting in fields(method) if setting.name in quick})
    one, two = head(), head(2)
    first = replace(two.nodes[-1].layer, weight=one.nodes[-1].layer.weight.repeat(2, 1), bias=one.nodes[-1].layer.bias.repeat(2))
    two = replace(two, nodes=(*one.nodes[:-1], replace(one.nodes[-1], layer=first)))
    torch.testing.assert_close(lrp.explain(one, X, 0, method).relevance, lrp.explain(two, X, 1, method).relevance)


@pytest.mark.parametrize("shift", [-4.0, 4.0])
def test_curves_are_sigmoid_scores_and_a_map_of_the_class_beats_chance_whatever_its_sign(shift):
    network = head(shift=shift)
    values = lrp.explain(network, X, 0, lrp.IntegratedGradients(X.mean((2, 3), keepdim=True))).relevance[0].sum(0).numpy()
    found = metrics.faithfulness(network, X, 0, {"map": values, "turned": -values}, FEW)
    assert found["map"].deletion[0] == pytest.approx(float(network(X).sigmoid()), rel=1e-5)
    assert found["map"].gain > 0 > found["turned"].gain
    assert found["map"].absent == (shift < 0)
    assert (found["map"].deletion < 1).all()


def test_words_for_a_class_that_is_absent_say_what_its_score_does():
    curves = metrics.Faithfulness(
        np.linspace(0, 1, 3), np.array([0.2, 0.05, 0.1]), np.array([0.1, 0.3, 0.2]), np.array([[0.2, 0.15, 0.1]] * 3), 0.2
    )
    assert faithfulness_in_words(curves).startswith(PRESENT[True, True])
    told = faithfulness_in_words(replace(curves, absent=True))
    assert told.startswith(f"The network says that the class is not there; {ABSENT[True, True]}. While it is covered")
    assert "scores 0.10 on average" in told
    assert "needs" not in told


def test_a_report_of_one_logit_holds_no_certainty():
    card = metrics.report(head(), X, 0, [lrp.EpsilonPlus(), lrp.InputXGradient()], FEW, n_samples=2).cards[0]
    numbers = card.numbers()
    assert np.isfinite([numbers[name] for name in ("deletion", "insertion", "gain", "random", "drop")]).all()
    assert len(set(card.curves.deletion.round(6))) > 2


def test_sanity_and_localisation_say_that_there_is_no_other_class():
    with pytest.raises(ValueError, match="one logit has no other class to compare with"):
        metrics.other_class(head(), X, 0, lrp.EpsilonPlus())
    with pytest.raises(ValueError, match="needs a network of several classes, got one logit"):
        next(metrics.choose_mosaics(torch.randn(8, 1), torch.zeros(8, dtype=torch.long), 2, 1))
    assert len(metrics.cascade(head(), X, 0, lrp.EpsilonPlus())) == 2


def test_a_blurred_region_is_asked_of_an_output_of_any_shape():
    before, after = when_blurred(head(), X, 0, Region(2, 2, 20, 20))
    torch.testing.assert_close(before, head()(X).detach()[:, 0])
    assert before != after
