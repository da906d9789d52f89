"""The sentences on maps, classes and durations."""

from typing import Any

import numpy as np
import pytest

import lrp
from pages.parts.say import map_words, number_words, words
from pages.parts.work.question import Result


def result(total: float, explained: float, n_steps: int | None = None, seconds: float = 0.1) -> Result:
    nothing = np.zeros((2, 2), np.float32)
    return Result(nothing, nothing[None], total, explained, n_steps, seconds)


PROMISING = (lrp.UniformEpsilon(), lrp.IntegratedGradients())


@pytest.mark.parametrize("method", PROMISING)
@pytest.mark.parametrize(
    ("total", "explained", "green"),
    [(10, 10, True), (9.5, 10, True), (9.49, 10, False), (10.5, 10, True), (10.51, 10, False), (-9.5, -10, True),
     (-9.4, -10, False), (10, -10, False), (0, 10, False), (3, 0, False), (1e6, 1, False)],
)  # fmt: skip
def test_a_map_is_green_if_it_sums_to_what_it_should_within_five_per_cent(
    method: Any, total: float, explained: float, green: bool
) -> None:
    said = map_words.trust_note(result(total, explained, 64), method, lrp.Logit(0))
    assert (map_words.GREEN in said, map_words.AMBER in said) == (green, not green)
    assert f"**{total:.2f}**" in said
    assert f"**{explained:.2f}**" in said
    assert said.endswith(".")


@pytest.mark.parametrize("method", PROMISING)
def test_a_map_that_sums_to_nothing_as_it_should_is_green(method: Any) -> None:
    said = map_words.trust_note(result(0.0, 0.0, 64), method, lrp.Logit(0))
    assert map_words.GREEN in said
    assert "inf" not in said.replace(":material/info:", "")


def test_a_logit_of_zero_breaks_nothing() -> None:
    assert map_words.AMBER in map_words.trust_note(result(0.5, 0.0), lrp.UniformEpsilon(), lrp.Logit(0))


@pytest.mark.parametrize(
    ("total", "explained", "rest"),
    [(3, 10, "7.00"), (-2.5, -10, "-7.50"), (9, 10, "1.00"), (15, 10, "-5.00"), (-1, 10, "11.00"), (1, -10, "-11.00")],
)
def test_what_lrp_did_not_hand_down_is_said_to_have_stayed_in_the_layers(total: float, explained: float, rest: str) -> None:
    said = map_words.trust_note(result(total, explained), lrp.UniformEpsilon(), lrp.Logit(0))
    assert said.startswith(f"{map_words.AMBER} Read where it is strong, not how strong.")
    assert f"The rest, {rest}, stayed in the layers, with biases and epsilon" in said
    assert "%" not in said


def test_a_gap_of_integrated_gradients_is_told_with_its_steps_and_the_remedy() -> None:
    good, poor = (map_words.trust_note(result(total, 10, 128), lrp.IntegratedGradients(), lrp.Logit(0)) for total in (9.9, 8.0))
    assert "1.0%" in good
    assert "20.0%" in poor
    assert all("128 steps" in said for said in (good, poor))
    assert "more steps" in poor
    assert "more steps" not in good
    assert "biases" not in good + poor


@pytest.mark.parametrize("method", [method for method in lrp.METHODS.values() if method.sums_to is None])
def test_a_method_that_promises_no_sum_is_not_judged_by_it(method: Any) -> None:
    said = map_words.trust_note(result(3.0, 10.0), method, lrp.Logit(0))
    assert map_words.GREEN not in said
    assert map_words.AMBER not in said
    assert "**3.00**" in said
    assert "promises no sum" in said


def test_certainty_is_put_into_words_in_steps() -> None:
    told = [words.certainty(p) for p in (1.0, 0.9, 0.899, 0.6, 0.599, 0.3, 0.299, 0.0)]
    assert told[0] == told[1] != told[2] == told[3] != told[4] == told[5] != told[6] == told[7]
    assert len(set(told)) == 4


@pytest.mark.parametrize(("name", "found"), [("ant", "an ant"), ("English springer", "an English springer"), ("cat", "a cat")])
def test_a_class_has_its_article_in_the_headline(name: str, found: str) -> None:
    said = words.class_headline("ResNet-50", name, 0.456)
    for part in ("ResNet-50", f"**{found}**", "46%"):
        assert part in said


@pytest.mark.parametrize(("size", "cut"), [((451, 300), True), ((300, 300), False), ((1200, 1201), True)])
def test_a_picture_is_said_to_be_cut_only_if_it_was(size: tuple[int, int], cut: bool) -> None:
    said = words.crop_note(size, (160, 160))
    assert f"{size[0]:,} x {size[1]:,}" in said
    assert "160 x 160" in said
    assert ("centre" in said) == cut


@pytest.mark.parametrize(("value", "said"), [(0.0123, "12 ms"), (0.5, "500 ms"), (1.0, "1.0 s"), (63.21, "63.2 s")])
def test_a_duration_has_the_unit_that_people_would_choose(value: float, said: str) -> None:
    assert number_words.duration(value) == said
