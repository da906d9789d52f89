"""What the page about trust measures on request: redrawn weights, a box that somebody draws, and a mosaic."""

import re
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import lrp
from lrp import metrics
from pages.parts.choose.samples import SAMPLES, sample
from pages.parts.faithfulness.grid import MosaicResult, cell_sentence, choose_pictures
from pages.parts.faithfulness.localise import BoxScore, box_sentence
from pages.parts.faithfulness.measurements import same_steps
from pages.parts.faithfulness.sanity import SIMILARITIES, SanityResult, other_class_sentence, stages_sentence
from pages.parts.work import compute
from pages.parts.work.question import Question, Result
from tests.small import Reader, array, small, small_folder  # noqa: F401
from tests.work_queue import finish_queue

METHODS = (lrp.UniformEpsilon(), lrp.EpsilonPlusFlat(shifts=4))
QUICK = {"t_steps": "5", "maps": "ab"}
TOLERANT = {"b_integrated-gradients_tolerance": "none"}
BOX = (4, 6, 20, 28)


def chart(reader: Reader, key: str) -> Any:
    (place,) = (i for i, each in enumerate(reader.at.get("plotly_chart")) if key in each.proto.id)
    return reader.chart_of(place)


def subject() -> tuple[lrp.Backbone, torch.Tensor, int]:
    backbone = lrp.load_backbone(18)
    x = backbone.preprocess(Image.fromarray(SAMPLES["Cat"]()))
    return backbone, x, int(backbone.network(x)[0].argmax())


@pytest.mark.usefixtures("small")
def test_redrawn_weights_are_asked_for_with_their_seconds_and_are_those_of_the_engine() -> None:
    reader = Reader("faithfulness", QUICK | {"maps": "abc", "c": lrp.GuidedBackprop.label}).settle()
    (offered,) = (label for label in reader.buttons if label.startswith("Redraw"))
    assert re.fullmatch(r"Redraw the weights for 3 quick maps: about (a second|\d+ seconds)", offered)
    assert not [each for each in reader.at.get("plotly_chart") if "stages chart" in each.proto.id]
    reader.press("Redraw").settle()
    backbone, x, target = subject()
    methods = (*METHODS, lrp.GuidedBackprop())
    tests = [(metrics.cascade(backbone, x, target, each), metrics.other_class(backbone, x, target, each)) for each in methods]
    expected = {each.label: SanityResult(tuple(stages), other) for each, (stages, other) in zip(methods, tests, strict=True)}
    for measure in SIMILARITIES:
        reader.put(alike=measure)
        lines = chart(reader, "stages chart")["data"]
        assert [line["name"] for line in lines] == list(expected)
        for line, (label, found) in zip(lines, expected.items(), strict=True):
            assert line["x"] == ["trained", "fc", "layer4", "layer3", "layer2", "layer1", "conv1"]
            assert array(line["y"]) == pytest.approx([1, *(getattr(stage, measure) for stage in found.stages)], abs=1e-3)
            assert f"- {stages_sentence(label, found, measure)}" in reader.words
            assert found.other is not None
            said = other_class_sentence(label, found.other, backbone.categories, backbone.categories[target])
            assert f"- {said}" in reader.words


@pytest.mark.usefixtures("small")
def test_a_slow_method_has_its_own_button_and_other_work_goes_on_meanwhile() -> None:
    integrated = {"b": lrp.IntegratedGradients.label, "b_integrated-gradients_n_steps": "8"}
    reader = Reader("faithfulness", QUICK | integrated | TOLERANT).settle()
    offered = [label.partition(":")[0] for label in reader.buttons if label.startswith("Redraw")]
    assert offered == [f"Redraw the weights for {label}" for label in (METHODS[0].label, "Integrated Gradients")]
    reader.press("Redraw the weights for Integrated Gradients")
    reader.press("Redraw the weights for LRP").settle()
    assert [line["name"] for line in chart(reader, "stages chart")["data"]] == [METHODS[0].label, "Integrated Gradients"]
    assert not [label for label in reader.buttons if label.startswith("Redraw")]


@pytest.mark.usefixtures("small")
def test_what_lies_in_a_box_is_the_engines_beside_chance() -> None:
    reader = Reader("faithfulness", QUICK).settle()
    assert "Nothing is measured yet" in reader.words
    stamp = reader.header["stamp"]
    reader.at.session_state["box canvas"] = {"region": {"box": list(BOX), "stamp": stamp}}
    reader.run()
    assert reader.at.query_params["region"] == ",".join(map(str, BOX))
    chance = 16 * 22 / 32**2
    assert f"The box covers **{chance:.0%}** of the picture" in reader.words
    backbone, x, target = subject()
    bars = chart(reader, "box chart")["data"]
    mask = metrics.box_mask((32, 32), *BOX)
    for i, method in enumerate(METHODS):
        values = lrp.explain(backbone, x, target, method).relevance[0].sum(0).numpy()
        hit, mass, rank = (
            measure(values, mask)
            for measure in (metrics.pointing_game, metrics.relevance_mass_accuracy, metrics.relevance_rank_accuracy)
        )
        assert [bar["x"][0] for bar in bars[i:6:2]] == pytest.approx([float(hit), mass, rank], abs=1e-5)
        assert f"- {box_sentence(BoxScore(method.label, hit, mass, rank), chance, backbone.categories[target])}" in reader.words
    assert bars[6]["name"] == f"chance: {chance:.0%}"
    reader.go("compare")
    assert reader.header["region"] == list(BOX)
    reader.look(region=[1, 2, 9, 9]).go("faithfulness")
    assert reader.header["region"] == [1, 2, 9, 9]


@pytest.mark.usefixtures("small")
def test_a_box_is_set_by_numbers_too_and_the_whole_picture_is_none() -> None:
    reader = Reader("faithfulness", QUICK | {"region": "4,6,20,28"}).settle()
    assert (reader.value("box columns"), reader.value("box rows")) == ((4, 20), (6, 28))
    stamp = reader.header["stamp"]
    reader.put({"box columns": (0, 8)})
    assert reader.header["region"] == [0, 6, 8, 28]
    assert reader.header["stamp"] > stamp
    reader.put({"box columns": (0, 32), "box rows": (0, 32)})
    assert "region" not in reader.at.query_params
    assert "Nothing is measured yet" in reader.words


def test_the_mosaic_of_the_demo_network_is_played_as_the_engine_plays_it() -> None:
    compute.forget_shared()
    reader = Reader("faithfulness", QUICK).settle().press_each("Play it with").settle()
    backbone, _, target = subject()
    pictures = torch.cat([backbone.preprocess(Image.fromarray(each())) for each in SAMPLES.values()])
    chosen, classes = choose_pictures(backbone.network(pictures))
    assert (chosen[0], classes[0], len(set(classes))) == (0, target, 4)
    bars = chart(reader, "mosaic chart")["data"]
    for bar, method in zip(bars, METHODS, strict=False):
        values = lrp.explain(backbone, metrics.mosaic(pictures[chosen]), target, method).relevance[0].sum(0).numpy()
        share = metrics.grid_pointing_game(values, 2, 0)
        assert bar["x"][0] == pytest.approx(share, abs=1e-4)
        assert f"- {cell_sentence(method.label, MosaicResult(values, share), 'cat')}" in reader.words
    assert "top left a cat" in reader.words
    reader.put({"class": "church"})
    assert "The network sees a cat in your picture" in reader.words
    reader.press("Explain what it sees").settle()
    assert chart(reader, "mosaic chart")["data"] == bars
    finish_queue()


@pytest.mark.usefixtures("small")
def test_too_few_classes_for_a_mosaic_are_said_with_a_way_on() -> None:
    reader = Reader("faithfulness", QUICK).settle().press("Play it with").settle()
    assert "There are not enough pictures: this network sees only dog in yours and in the samples" in reader.words


def test_a_mosaic_takes_the_own_picture_and_then_the_surest_of_each_other_class() -> None:
    logits = torch.tensor([[2.0, 0, 0, 0], [9, 0, 0, 0], [0, 3, 0, 0], [0, 5, 0, 0], [0, 0, 4, 0], [0, 0, 0, 9]])
    assert choose_pictures(logits) == ([0, 5, 3, 4], [0, 3, 1, 2])
    assert choose_pictures(logits[:4]) == ([0, 3], [0, 1])


def test_a_test_takes_the_steps_of_the_map_and_no_more() -> None:
    picture, empty = sample("Cat"), np.zeros((1, 1), np.float32)
    result = Result(empty, empty, 1.0, 1.0, 128, 0.1)
    for method, expected in (
        (lrp.IntegratedGradients(n_steps=64, tolerance=0.01), lrp.IntegratedGradients(n_steps=128, tolerance=None)),
        (lrp.IntegratedGradients(n_steps=8, tolerance=None), lrp.IntegratedGradients(n_steps=8, tolerance=None)),
        (METHODS[0], METHODS[0]),
    ):
        question = Question(picture, lrp.load_backbone(18), lrp.Logit(0), method)
        assert same_steps(question, result) == expected


def alike(*values: float) -> SanityResult:
    empty = np.zeros((1, 1), np.float32)
    stages = [metrics.Alike(f"part{i}", value, 0.0, value, empty) for i, value in enumerate(values)]
    return SanityResult(tuple(stages), None)


def unlike(value: float) -> metrics.Alike:
    return metrics.Alike("1", 0.0, 0.0, value, np.zeros((1, 1), np.float32))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((0.2, 0.9), "at once, when the output layer is redrawn (0.20)"),
        ((0.9, 0.3), "while the output layer is redrawn (0.90), and becomes another map at part1 (0.30)"),
        ((0.9, 0.8, 0.3), "while everything above part2 is redrawn (0.80), and becomes another map at part2 (0.30)"),
        ((0.9, 0.8, 0.7), "to the end (0.70), when no trained weight is left: it draws the edges"),
        ((float("nan"),), "at once"),
    ],
)
def test_the_words_say_where_a_map_becomes_another_one(values: tuple[float, ...], said: str) -> None:
    assert said in stages_sentence("x", alike(*values), "ssim")


@pytest.mark.parametrize(("value", "said"), [(0.8, "nearly the same"), (0.5, "partly"), (0.1, "other places"), (np.nan, "other")])
def test_the_words_say_whether_another_class_has_another_map(value: float, said: str) -> None:
    assert said in other_class_sentence("x", unlike(value), ["ant", "bee"], "ant")
    assert "for bee instead of ant" in other_class_sentence("x", unlike(value), ["ant", "bee"], "ant")


def test_the_words_on_places_know_chance_and_maps_without_evidence() -> None:
    assert "as chance would have it" in box_sentence(BoxScore("x", True, 0.31, 0.3), 0.3, "cat")
    assert "strongest pixel lies in the box. Of what speaks for cat, 60% lies inside, 2.0 times" in box_sentence(
        BoxScore("x", True, 0.6, 0.3), 0.3, "cat"
    )
    assert "Nothing in this map speaks for cat" in box_sentence(BoxScore("x", False, float("nan"), 0.3), 0.3, "cat")
    empty = np.zeros((2, 2), np.float32)
    said = [cell_sentence("x", MosaicResult(empty, share), "cat") for share in (0.6, 0.4, 0.26, float("nan"))]
    for words, expected in zip(said, ("finds it: 60%", "leans to it", "does not find it", "nothing in its map"), strict=True):
        assert expected in words
