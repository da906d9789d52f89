"""Curves, report cards and tables of networks whose outputs are labels or predicted values."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import lrp
from lrp import metrics
from lrp.metrics.scores import relative_values
from lrp.metrics.sentences import ABSENT, NO_DISTANCE, PRESENT, VALUE, beats_chance, faithfulness_in_words

LOW = torch.full((1, 3, 1, 1), -2.0)
FEW = metrics.Perturbation(patch=4, steps=6, replacement="mean")
X = torch.randn(1, 3, 24, 24, generator=torch.Generator().manual_seed(2)).clamp(-2, 2)


def network(head: str, shift: float = 0.0) -> lrp.Network:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3))
    model[-1].bias.data += shift
    return lrp.canonize(model.eval(), LOW, -LOW, head=head)


def map_of(asked: lrp.Network, target: int) -> np.ndarray:
    result = lrp.explain(asked, X, target, lrp.IntegratedGradients(X.mean((2, 3), keepdim=True)))
    return lrp.attribution.sum_channels(result.relevance)


def covered(share: float) -> Tensor:
    """The picture with its first patches, row by row, replaced by its mean colour."""
    taken = torch.zeros(36)
    taken[: round(36 * share)] = 1
    mask = taken.view(6, 6).repeat_interleave(4, 0).repeat_interleave(4, 1)
    return torch.where(mask.bool(), X.mean((2, 3), keepdim=True), X)


IN_ORDER = -np.arange(36.0).reshape(6, 6).repeat(4, 0).repeat(4, 1).astype(np.float32)  # the first patch most relevant


@pytest.mark.parametrize("target", [0, 1, 2])
def test_the_curve_of_a_label_is_its_own_sigmoid(target: int) -> None:
    labels = network("sigmoid")
    found = metrics.deletion(labels, X, target, [IN_ORDER], FEW)[0]
    expected = [float(labels(covered(i / 6))[0, target].sigmoid()) for i in range(7)]
    assert found.tolist() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("target", [0, 1, 2])
def test_the_curve_of_a_value_is_counted_from_that_of_the_replaced_picture(target: int) -> None:
    values = network("regression")
    y = [float(values(covered(i / 6))[0, target]) for i in range(7)]
    found = metrics.deletion(values, X, target, [IN_ORDER], FEW)[0]
    assert found.tolist() == pytest.approx([(each - y[-1]) / abs(y[0] - y[-1]) for each in y], rel=1e-4, abs=1e-5)
    assert abs(found[0]) == pytest.approx(1)
    assert found[-1] == 0
    raw = metrics.deletion(values, X, target, [IN_ORDER], replace(FEW, score="logit"))[0]
    assert raw.tolist() == pytest.approx(y, rel=1e-5)


def test_relative_values_do_not_depend_on_unit_or_zero_and_keep_a_rise_a_rise() -> None:
    y = np.array([7.0, 5.0, 9.0, 3.0])
    assert relative_values(y, y[0], y[-1]).tolist() == [1.0, 0.5, 1.5, 0.0]
    assert relative_values(1000 * y + 4, 1000 * y[0] + 4, 1000 * y[-1] + 4).tolist() == [1.0, 0.5, 1.5, 0.0]
    assert relative_values(-y, -y[0], -y[-1]).tolist() == [-1.0, -0.5, -1.5, 0.0]
    assert np.isnan(relative_values(y, y[0], y[0])).all()


@pytest.mark.parametrize("head", ["sigmoid", "regression"])
@pytest.mark.parametrize("target", [0, 1, 2])
@pytest.mark.parametrize("shift", [-4.0, 4.0])
def test_a_map_beats_its_negative_whatever_the_sign_of_the_output(head: str, target: int, shift: float) -> None:
    asked = network(head, shift)
    values = map_of(asked, target)
    found = metrics.faithfulness(asked, X, target, {"map": values, "turned": -values}, FEW)
    assert found["map"].gain > 0 > found["turned"].gain
    assert beats_chance(found["map"]) == (True, True)
    assert found["map"].head == head
    assert found["map"].absent == (head == "sigmoid" and shift < 0)
    assert np.isfinite([found["map"].drop, found["map"].kept, *found["map"].random_areas]).all()


@pytest.mark.parametrize("target", [0, 1, 2])
def test_the_explanation_alone_is_counted_on_the_scale_of_the_curves(target: int) -> None:
    values = network("regression")
    everything = np.ones((24, 24), np.float32)  # every patch marked alike: the whole picture is kept
    found = metrics.faithfulness(values, X, target, {"all": everything, "none": -everything}, FEW)
    assert found["all"].kept == pytest.approx(found["all"].deletion[0])
    assert found["all"].drop == pytest.approx(0, abs=1e-5)
    assert found["none"].kept == pytest.approx(0, abs=1e-5)


def test_words_follow_what_the_output_means() -> None:
    shares, random = np.linspace(0, 1, 3), np.array([[1.0, 0.5, 0.0]] * 3)
    curves = metrics.Faithfulness(shares, np.array([1.0, 0.1, 0.0]), np.array([0.0, 0.9, 1.0]), random, 0.8)
    assert faithfulness_in_words(replace(curves, head="sigmoid")).startswith(PRESENT[True, True])
    absent = faithfulness_in_words(replace(curves, head="sigmoid", absent=True))
    assert absent.startswith(f"The network says that the class is not there; {ABSENT[True, True]}")
    said = faithfulness_in_words(replace(curves, head="regression"))
    assert said.startswith(f"{VALUE[True, True]}. While it is covered step by step, the value is 0.30 on average, and 0.70 while")
    assert said.endswith("0.50 either way, where the whole picture has 1.00 and the replaced one 0.00.")
    assert "class" not in said
    nothing = replace(curves, head="regression", random=np.full((3, 3), np.nan))
    assert faithfulness_in_words(nothing) == NO_DISTANCE


def test_a_value_that_nothing_moves_is_told_and_not_divided_by_nothing() -> None:
    values = network("regression")
    x = X.mean((2, 3), keepdim=True).expand_as(X)
    card = metrics.report(values, x, 0, [lrp.EpsilonPlus()], FEW, n_samples=2).cards[0]
    assert np.isnan(card.curves.deletion).all()
    assert card.words()["faithfulness"] == NO_DISTANCE
    assert card.beats_chance == (False, False)


@pytest.mark.parametrize("head", ["sigmoid", "regression"])
def test_a_report_card_of_each_kind(head: str) -> None:
    card = metrics.report(network(head), X, 1, [lrp.EpsilonPlus(), lrp.InputXGradient()], FEW, n_samples=2).cards[0]
    numbers = card.numbers()
    assert np.isfinite(list(numbers.values())).all()
    assert all(said.endswith(".") for said in card.words().values())


def test_another_label_or_value_can_be_asked_for() -> None:
    for head in ("sigmoid", "regression"):
        assert metrics.other_class(network(head), X, 0, lrp.EpsilonPlus()).changed in ("1", "2")
