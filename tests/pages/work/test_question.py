"""One explanation that a page asks for: its cache key, whether it is computed at once, and its result."""

import math
from dataclasses import replace

import numpy as np
import pytest

import lrp
from lrp.attribution import sum_channels
from pages.parts.choose.samples import sample
from pages.parts.work import forecast
from pages.parts.work.question import Question, Result
from tests.small import NAMES


@pytest.fixture
def question(small: None) -> Question:
    return Question(sample("Cat"), lrp.load_backbone(18), lrp.Logit(1), lrp.EpsilonPlusFlat())


def test_whatever_changes_the_map_changes_the_key(question: Question) -> None:
    others = [
        replace(question, picture=sample("Rocket")), replace(question, backbone=lrp.load_backbone(34)),
        replace(question, objective=lrp.Logit(2)), replace(question, objective=lrp.Contrast(1, 2)),
        replace(question, objective=lrp.CLRP(1)), replace(question, method=lrp.EpsilonPlusFlat(epsilon=0.5)),
        replace(question, method=lrp.EpsilonPlus()), replace(question, method=lrp.EpsilonPlusFlat(shifts=2)),
    ]  # fmt: skip
    assert len({question.key, *(other.key for other in others)}) == len(others) + 1
    assert replace(question, method=lrp.EpsilonPlusFlat()).key == question.key


def test_a_mean_is_computed_at_once_only_where_it_is_soon_there(question: Question, monkeypatch: pytest.MonkeyPatch) -> None:
    mean = replace(question, method=lrp.EpsilonPlusFlat(shifts=4))
    for seconds, quick in ((0.9, True), (1.1, False)):
        monkeypatch.setattr(forecast, "expected_seconds", lambda *_, seconds=seconds: seconds)
        assert question.quick
        assert mean.quick == quick
        assert not replace(question, method=lrp.IntegratedGradients()).quick


def test_the_work_gives_what_the_engine_gives(question: Question) -> None:
    result = question.prepare()(None)
    backbone = question.backbone
    found = lrp.explain(backbone, backbone.preprocess(question.picture.image), 1, question.method)
    assert isinstance(result, Result)
    np.testing.assert_array_equal(result.map, sum_channels(found.relevance))
    assert (result.total, result.explained) == (float(found.total), float(found.explained))
    assert len(NAMES) == found.logits.shape[1]


def test_a_method_that_cannot_answer_says_so_before_any_work(question: Question) -> None:
    with pytest.raises(ValueError, match="LRP only"):
        replace(question, objective=lrp.CLRP(1), method=lrp.IntegratedGradients()).prepare()


@pytest.mark.parametrize(
    ("total", "explained", "gap"), [(3.0, 4.0, 0.25), (-5.0, -4.0, 0.25), (0.0, 0.0, 0.0), (1.0, 0.0, math.inf)]
)
def test_the_gap_is_a_share_of_what_is_explained(total: float, explained: float, gap: float) -> None:
    nothing = np.zeros((2, 2), np.float32)
    assert Result(nothing, nothing, total, explained, None, 0.0).gap == gap
