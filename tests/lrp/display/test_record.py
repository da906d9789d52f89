"""The record of a comparison in plain values and in words, and the names of files about it."""

import json
import math
import re
from dataclasses import fields
from typing import Any

import pytest
import torch

import lrp
from lrp.display.export import MAX_PART_LENGTH, comparison_stem
from lrp.display.record import comparison_record, question_in_words, record_rows, result_record
from lrp.methods.method import promised_sum
from lrp.region import Region
from lrp.walk.objectives import OBJECTIVES, make_objective

NAMES = ("ant", "black-and-tan coonhound", "cat")
GIVEN = {"target": 2, "versus": 0, "place": "layer3"}
EACH_METHOD = pytest.mark.parametrize("method", lrp.METHODS.values(), ids=lambda method: method.name)


@pytest.mark.parametrize(("picture", "found"), [
    ("Cat", "cat"),
    ("IMG_0001.JPG", "img-0001"),
    ("Mr. T. and his dog.webp", "mr-t-and-his-dog"),
    ("Käse auf Brötchen.png", "kase-auf-brotchen"),
    ("../../etc/passwd", "etc-passwd"),
    ('a<b>:"|?*\\c.png', "a-b-c"),
    ("\x00\n.png", "picture"),
    ("猫.png", "picture"),
    (".png", "picture"),
    ("", "picture"),
    ("x" * 300 + ".png", "x" * MAX_PART_LENGTH),
])  # fmt: skip
def test_files_are_named_after_picture_network_and_class(picture: str, found: str) -> None:
    assert comparison_stem(picture, "ResNet-18", lrp.Logit(2), NAMES) == f"{found}_resnet-18_cat"


@pytest.mark.parametrize(("name", "found"), [
    ("logit", "cat"), ("contrast", "cat-rather-than-ant"), ("clrp", "cat-clrp"), ("sglrp", "cat-sglrp"), ("features", "layer3"),
])  # fmt: skip
def test_each_question_about_a_picture_has_a_file_name_of_its_own(name: str, found: str) -> None:
    assert comparison_stem("Cat", "VGG-16", make_objective(name, GIVEN), NAMES) == f"cat_vgg-16_{found}"


@pytest.mark.parametrize("category", ["", "n02123045: tabby, tabby cat", "猫", "con", "a/b\\c", "." * 80])
def test_a_file_name_is_safe_whatever_the_class_is_called(category: str) -> None:
    stem = comparison_stem("a.png", "ResNet-18", lrp.Logit(0), (category,))
    assert re.fullmatch(r"a_resnet-18_[a-z0-9][a-z0-9-]*", stem)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_question_is_told_with_its_classes_and_the_meaning_of_both_colours(name: str) -> None:
    objective = make_objective(name, GIVEN)
    for scale, ends in (("Blue - white - red", ("Red", "blue")), ("Purple - white - orange", ("Orange", "purple"))):
        said = question_in_words(objective, NAMES, scale)
        positive, negative = objective.sides(NAMES)
        assert said.endswith(f"? {ends[0]} pixels speak {positive}, {ends[1]} pixels {negative}.") or f"({name.upper()}) " in said
        assert all(end in said for end in ends)
        assert ("layer3" if name == "features" else "cat") in said
        assert ("ant" in said.split("?")[0].split()) == (name == "contrast")


def test_one_against_all_are_two_questions_and_told_as_two() -> None:
    assert lrp.CLRP(2).sides(NAMES) != lrp.SGLRP(2).sides(NAMES)
    assert lrp.CLRP.summary != lrp.SGLRP.summary


def record(methods: list, results: list, region: Region | None = None, name: str = "logit") -> dict:
    backbone, display = lrp.load_backbone(), {"colours": "Blue - white - red", "photo": 0.25, "sign": "positive", "clip": 97.5}
    logits = torch.linspace(-1, 1, len(backbone.categories))
    objective = make_objective(name, GIVEN)
    return comparison_record(backbone, ("mine.png", "0" * 64), objective, logits, methods, display, region, results)


@EACH_METHOD
def test_every_setting_of_every_method_is_told_by_its_label(method: type) -> None:
    asked = method()
    told = dict(record_rows(record([asked], [None])))["Map 1"]
    assert told.startswith(method.label)
    for setting in fields(method):
        assert f"{setting.metadata['label']} = " in told
    assert "True" not in told
    assert "None" not in told


def test_units_follow_the_values_that_have_one() -> None:
    methods = [lrp.Occlusion(16), lrp.UniformEpsilon(relative=True), lrp.IntegratedGradients(tolerance=None)]
    rows = dict(record_rows(record(methods, [])))
    assert "Window = 16 pixels, Stride = 12 pixels" in rows["Map 1"]
    assert "Relative epsilon = on" in rows["Map 2"]
    assert "Tolerated gap = none" in rows["Map 3"]


def test_what_ran_is_told_beside_what_was_asked() -> None:
    method, objective = lrp.IntegratedGradients(n_steps=64), lrp.Logit(2)
    found = [result_record(method, objective, 2.02, 2.0, 128, 0.04)]
    kept = record([method], found)
    assert kept["methods"][0]["n_steps"] == 64
    (ran,) = kept["results"]
    assert ran == {
        "method": method.name, "total": 2.02, "explained": 2.0, "gap": pytest.approx(0.01), "n_steps": 128, "map_error": 0.04,
    }  # fmt: skip
    told = dict(record_rows(kept))["Map 1"]
    assert "Steps = 64" in told
    assert told.endswith("128 steps were taken, which left a gap of 1.0%; the map itself is off by about 4%")


@pytest.mark.parametrize(("method", "objective", "explained", "gap"), [
    (lrp.UniformEpsilon(), lrp.Logit(0), 2.0, 0.5), (lrp.UniformEpsilon(), lrp.Logit(0), -2.0, 1.5),
    (lrp.Saliency(), lrp.Logit(0), 2.0, None),
    (lrp.UniformEpsilon(), lrp.Logit(0), 0.0, None), (lrp.UniformEpsilon(), lrp.CLRP(0), 1e-9, None),
    (lrp.IntegratedGradients(), lrp.SGLRP(0), 2.0, 0.5),
])  # fmt: skip
def test_a_gap_is_kept_only_where_it_says_something(method: Any, objective: Any, explained: float, gap: float | None) -> None:
    found = result_record(method, objective, 1.0, explained, None)
    assert found["gap"] == (gap if gap is None else pytest.approx(gap))
    assert (found["explained"] is None) == (promised_sum(method, objective) is None)
    assert not any(isinstance(value, float) and not math.isfinite(value) for value in found.values())


def test_the_region_is_kept_and_told_with_its_first_and_last_pixels() -> None:
    kept = json.loads(json.dumps(record([], [], Region(4, 8, 20, 30))))
    assert Region(**kept["region"]) == Region(4, 8, 20, 30)
    assert dict(record_rows(kept))["Marked region"] == "columns 4 to 19, rows 8 to 29, counted from 0"
    assert record([], [])["region"] is None
    assert "Marked region" not in dict(record_rows(record([], [])))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_no_row_is_empty_or_speaks_the_programs_names(name: str) -> None:
    rows = record_rows(record([lrp.UniformEpsilon()], [None], name=name))
    assert all(label and text for label, text in rows)
    told = "\n".join(text for _, text in rows)
    for raw in ("zero_bias", "n_steps", "side by side", "False", "{", "demo;"):
        assert raw not in told
    drawn = ("the photo shows through by 25%", "only positive relevance is drawn", "percentile 97.5")
    for part in (*drawn, "the bundled demo weights"):
        assert part in told
