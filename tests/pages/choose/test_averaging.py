"""The switch between the plain map and its mean over shifted views."""

from typing import Any

import pytest

import lrp
from lrp.attribution import Map, sum_channels
from pages.parts.work import compute
from tests.pages.helpers import assert_shows, logits_of, photo
from tests.visitor import Visitor

LINK = {"c": lrp.InputXGradient.label}  # no other map has the lattice
SHIFTS = "b_epsilon-plus-flat_shifts"


def by_engine(depth: int, **settings: Any) -> Map:
    """The second map of the first view, as the engine gives it."""
    backbone = lrp.load_backbone(depth)
    target = int(logits_of(photo(), backbone).argmax())
    method = lrp.EpsilonPlusFlat(**settings)
    return sum_channels(lrp.explain(backbone, backbone.preprocess(photo()), target, method).relevance)


def test_the_first_view_is_a_mean_and_the_switch_shows_the_plain_map(visitor: Visitor) -> None:
    assert visitor.value("averaged") is True
    assert_shows(visitor.maps[1], by_engine(18, shifts=4))
    assert "the mean of the logit over 4 × 4 shifted views is" in visitor.words
    assert any(caption.value.startswith("With 1, the mean over 16") for caption in visitor.at.caption), "beside Shifted views"
    visitor.put(averaged=False)
    assert_shows(visitor.maps[1], by_engine(18))
    assert "shifted views is" not in visitor.words
    visitor.press("Reset").wait()
    assert_shows(visitor.maps[1], by_engine(18, shifts=4))


def test_a_link_can_ask_for_the_plain_map(small: None) -> None:
    visitor = Visitor(LINK | {"averaged": "false"})
    assert visitor.value("averaged") is False
    assert_shows(visitor.maps[1], by_engine(18))


@pytest.mark.parametrize("shifts", ["2", "4"])
def test_a_number_of_views_that_was_chosen_for_the_map_itself_stays(small: None, shifts: str) -> None:
    visitor = Visitor(LINK | {SHIFTS: shifts}).wait()
    assert "averaged" not in visitor.controls
    assert_shows(visitor.maps[1], by_engine(18, shifts=int(shifts)))


def test_there_is_no_switch_where_it_would_change_nothing() -> None:
    compute.forget_shared()  # of small networks
    visitor = Visitor(LINK | {"depth": "50"}).wait()
    assert "averaged" not in visitor.controls
    assert_shows(visitor.maps[1], by_engine(50))
    visitor.put(depth=34).wait()
    assert "averaged" in visitor.controls
    assert_shows(visitor.maps[1], by_engine(34, shifts=4))
    visitor.put(b="input-x-gradient").wait()
    assert "averaged" not in visitor.controls
