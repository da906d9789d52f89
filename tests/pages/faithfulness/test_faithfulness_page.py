"""The page about trust: every number on it is the engine's, quick methods come first, and long work waits for a click."""

from typing import Any

import numpy as np
import pytest
import scipy.stats
from PIL import Image

import lrp
from lrp.metrics import ASPECTS, MEASURES, Perturbation
from pages.parts.choose.samples import SAMPLES
from pages.parts.faithfulness.trust_charts import BARS, agreement_figure
from pages.parts.work import compute
from tests.small import Reader, array, small, small_folder  # noqa: F401
from tests.work_queue import held_queue

pytestmark = pytest.mark.usefixtures("small")
METHODS = (lrp.UniformEpsilon(), lrp.EpsilonPlusFlat(shifts=4), lrp.IntegratedGradients(n_steps=8, tolerance=None))
LABELS = [method.label for method in METHODS]
SMALL = {"t_steps": "5", "c_integrated-gradients_n_steps": "8", "c_integrated-gradients_tolerance": "none"}
KEYS = ("aspects chart", "agreement chart", "curves chart")
QUICK = {"t_steps": "5", "maps": "ab"}


def engine(methods: Any, perturbation: Perturbation) -> lrp.metrics.Report:
    backbone = lrp.load_backbone(18)
    x = backbone.preprocess(Image.fromarray(SAMPLES["Cat"]()))
    target = int(backbone.network(x)[0].argmax())
    return lrp.metrics.report(backbone, x, target, methods, perturbation)


def charts(reader: Reader) -> list[Any]:
    """The bars, the agreement if there is one, and the curves."""
    elements = enumerate(reader.at.get("plotly_chart"))
    drawn = {key: reader.chart_of(i) for i, each in elements for key in KEYS if key in each.proto.id}
    return [drawn[key] for key in KEYS if key in drawn]


def test_every_sentence_number_and_curve_is_that_of_the_engines_report() -> None:
    reader = Reader("faithfulness", SMALL).settle()
    expected = engine(METHODS, Perturbation(steps=5))
    for card in expected.cards:
        for aspect, sentence in card.words().items():
            if aspect != "seconds" and (aspect, card.label) != ("stability", LABELS[2]):
                assert f"- **{ASPECTS[aspect][0]}.** {sentence}" in reader.words, (card.label, aspect)
    bars, agreement, curves = charts(reader)
    assert [bar["name"] for bar in bars["data"]] == LABELS * len(BARS)
    assert sorted(agreement["data"][0]["x"]) == sorted(label.replace(" ", "<br>") for label in LABELS)
    deletion, insertion = (curves["data"][first : first + 5] for first in (0, 5))
    for i, card in enumerate(expected.cards):
        assert array(deletion[2 + i]["y"]) == pytest.approx(card.curves.deletion, abs=1e-5)
        assert array(insertion[2 + i]["y"]) == pytest.approx(card.curves.insertion, abs=1e-5)
        assert f"{card.label}: {card.curves.deletion_area:.2f} deletion" in deletion[2 + i]["name"]
    random = expected.cards[0].curves.random
    assert array(deletion[1]["y"]) == pytest.approx(random.mean(0), abs=1e-5)
    assert max(abs(np.subtract(array(deletion[0]["y"])[:6], random.mean(0) + random.std(0)))) < 1e-5
    assert all(chart.proto.alt for chart in reader.at.get("plotly_chart"))


def test_quick_methods_are_measured_before_slow_ones_begin_and_the_stability_of_these_waits_for_a_click(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[str] = []
    submit = compute.answer

    def watched(asked: Any) -> Any:
        if not compute.is_known(asked):
            begun.append(asked.label)
        return submit(asked)

    monkeypatch.setattr("pages.parts.say.waiting.answer", watched)
    reader = Reader("faithfulness", SMALL).settle()
    first = {label: begun.index(label) for label in begun}
    curves = [first[f"Curves of {label}"] for label in LABELS]
    assert max(curves[:2]) < first[LABELS[2]] < curves[2]
    assert reader.words.count("Not measured, for it takes long.") == 1
    assert f"Stability of {LABELS[2]}" not in begun
    reader.press("Measure its stability: about ").wait().settle()
    (card,) = (card for card in engine(METHODS, Perturbation(steps=5)).cards if card.label == LABELS[2])
    assert card.words()["stability"] in reader.words
    assert not [label for label in reader.buttons if label.startswith("Measure its stability")]


def test_a_moved_setting_measures_the_curves_again_and_keeps_the_rest() -> None:
    reader = Reader("faithfulness", QUICK).settle()
    before = charts(reader)
    reader.put(t_patch=2, t_replacement="mean")
    assert "changes the map by" in reader.words
    after = charts(reader.settle())
    (card, _) = engine(METHODS[:2], Perturbation(patch=2, replacement="mean", steps=5)).cards
    assert array(after[2]["data"][2]["y"]) == pytest.approx(card.curves.deletion, abs=1e-5)
    assert after[1]["data"] == before[1]["data"]
    assert after[2]["data"] != before[2]["data"]


def test_what_stood_there_before_stays_dimmed_until_the_new_is_measured() -> None:
    reader = Reader("faithfulness", SMALL).settle()
    (first, *_) = engine(METHODS, Perturbation(steps=5)).cards
    with held_queue():
        reader.put({"t_steps": 10, "c_integrated-gradients_n_steps": 16})
        assert f"Until then, what stood here before: {LABELS[2]}, Cat" in reader.words
        assert f"Being measured ... :gray[Before: {first.words()['faithfulness']}]" in reader.words
        assert f"- :gray[**{LABELS[0]}**: the probability of the class is" in reader.words
        curves = charts(reader)[-1]["data"]
        assert {line["opacity"] for line in curves} == {0.35}
        assert len(curves) == 2 * (2 + len(LABELS))
    reader.settle()
    assert "before" not in reader.words.lower()
    curves = charts(reader)[-1]["data"]
    assert not any("opacity" in line for line in curves)
    (first, *_) = engine(METHODS, Perturbation(steps=10)).cards
    assert array(curves[2]["y"]) == pytest.approx(first.curves.deletion, abs=1e-5)


def test_what_was_cancelled_does_not_stand_for_what_was_asked() -> None:
    reader = Reader("faithfulness", SMALL).settle()
    with held_queue():
        reader.put({"c_integrated-gradients_n_steps": 16})
        assert "what stood here before" in reader.words
        reader.press("Cancel")
    reader.wait()
    assert f"**{LABELS[2]}**  \nnot computed" in reader.words
    assert "what stood here before" not in reader.words


def test_the_measure_of_agreement_is_chosen_and_told() -> None:
    reader = Reader("faithfulness", QUICK).settle()
    a, b = engine(METHODS[:2], Perturbation(steps=5)).maps
    expected = {"spearman": scipy.stats.spearmanr(a.ravel(), b.ravel()).statistic, "sign": (np.sign(a) == np.sign(b)).mean()}
    for measure, value in expected.items():
        reader.put(measure=measure)
        matrix = np.reshape(array(charts(reader)[1]["data"][0]["z"]), (2, 2))
        assert matrix[0, 1] == matrix[1, 0] == pytest.approx(value, abs=1e-4)
        assert f"{MEASURES[measure].meaning}" in reader.words
        assert f"{LABELS[0]} and {LABELS[1]} {value:z.2f}" in reader.words


def test_two_maps_of_one_method_are_told_apart_and_the_same_one_twice_is_one() -> None:
    reader = Reader("faithfulness", QUICK | {"b": LABELS[0]}).settle()
    assert len(charts(reader)) == 2
    assert "There is nothing to compare it with." in reader.words
    reader.put({"b_uniform-epsilon_epsilon": 1.0})
    reader.settle()
    assert f"**{LABELS[0]} (first map)**" in reader.words
    assert f"**{LABELS[0]} (second map)**" in reader.words


def test_the_compared_methods_are_carried_from_the_comparison() -> None:
    reader = Reader("faithfulness", QUICK | {"a": lrp.Saliency.label}).settle()
    reader.go("guide").go("faithfulness")
    assert reader.value("a") == "saliency"


def test_like_maps_stand_together_and_distance_is_darkest_where_it_is_least() -> None:
    matrix = np.array([[0, 0.9, 0.1], [0.9, 0, 0.9], [0.1, 0.9, 0]])
    (cells,) = agreement_figure(["one", "two", "three"], matrix, "centre").data
    assert abs(cells.x.index("one") - cells.x.index("three")) == 1
    assert cells.reversescale


def test_each_of_two_slow_maps_has_its_own_button_for_its_stability() -> None:
    slow = {"b": lrp.AveragedIntegratedGradients.label, "b_averaged-integrated-gradients_n_samples": "2"}
    reader = Reader("faithfulness", SMALL | slow).settle()
    assert sum(label.startswith("Measure its stability") for label in reader.buttons) == 2
