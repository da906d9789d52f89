"""How a search for settings goes on, against its definition."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrp
from lrp.metrics.search_criteria import draw_mosaics
from lrp.metrics.search_plan import MIN_HELD_OUT, MIN_PICTURES, MIN_SEARCH, Round, halving_rounds, split_pictures
from lrp.metrics.search_space import DEFAULT, GRID, GRID_SIZE, changed_settings, draw_candidates, method_label, with_shifts


@given(st.integers(MIN_PICTURES, 200), st.floats(0.1, 0.9), st.integers(0, 9))
def test_every_picture_is_in_one_part(count: int, share: float, seed: int) -> None:
    split = split_pictures(count, share, seed)
    assert sorted((*split.search, *split.held_out)) == list(range(count))
    assert len(split.search) >= MIN_SEARCH
    assert len(split.held_out) >= MIN_HELD_OUT
    if MIN_HELD_OUT <= share * count <= count - MIN_SEARCH - 1:
        assert abs(len(split.held_out) - share * count) <= 0.5
    assert split == split_pictures(count, share, seed)


def test_seeds_shuffle() -> None:
    assert len({split_pictures(12, 0.5, seed) for seed in range(5)}) == 5


@pytest.mark.parametrize(("arguments", "message"), [
    ((9,), "needs at least 10 pictures, 4 to search with and 6 held out, got 9"),
    ((20, 0.95), "share of held-out pictures must be between 0.1 and 0.9, got 0.95"),
])  # fmt: skip
def test_too_few_pictures_and_no_share_are_refused(arguments: tuple[int, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        split_pictures(*arguments)


@given(st.integers(2, 100), st.integers(1, 200))
def test_rounds_halve_candidates_and_double_pictures(candidates: int, pictures: int) -> None:
    rounds = halving_rounds(candidates, pictures)
    assert rounds[0].candidates == candidates
    assert rounds[-1].pictures == pictures
    assert rounds[-1].candidates >= 2
    for before, after in pairwise(rounds):
        assert before.pictures >= MIN_SEARCH
        assert after.candidates == math.ceil(candidates / 2 ** (rounds.index(after)))
        assert before.pictures == math.ceil(pictures / 2 ** (len(rounds) - 1 - rounds.index(before)))


def test_rounds_worked_out_by_hand() -> None:
    assert halving_rounds(24, 30) == (Round(24, 8), Round(12, 15), Round(6, 30))
    assert halving_rounds(8, 7) == (Round(8, 7),)
    assert halving_rounds(2, 100) == (Round(2, 100),)


def test_few_candidates_are_of_every_preset_and_all_are_the_grid() -> None:
    first = draw_candidates(len(GRID))
    assert first == [own[0] for own in GRID]
    assert first[0] == DEFAULT == lrp.EpsilonPlusFlat()
    assert all(method == type(method)() for method in first)
    everything = draw_candidates(GRID_SIZE, seed=3)
    assert len(set(everything)) == GRID_SIZE
    assert set(everything) == {method for own in GRID for method in own}
    assert draw_candidates(40, seed=1) == draw_candidates(40, seed=1) != draw_candidates(40, seed=2)
    for count in (1, GRID_SIZE + 1):
        with pytest.raises(ValueError, match=f"candidates must be between 2 and {GRID_SIZE}, got {count}"):
            draw_candidates(count)


def test_the_grid_has_gamma_and_an_epsilon_for_each_stage() -> None:
    stages = {(method.epsilon, method.last_epsilon, method.gamma) for method in GRID[2]}
    assert {(0.25, None, 0.25), (0.1, 2.5, 1.0), (2.5, 0.25, 10.0)} <= stages
    assert {method.gamma for method in GRID[1]} == {0.1, 0.25, 1.0, 2.5, 10.0}


def test_labels_name_what_is_not_the_default() -> None:
    assert method_label(lrp.EpsilonPlusFlat()) == "LRP-ε-z⁺-flat"
    assert method_label(with_shifts(lrp.EpsilonGammaBox(gamma=1.0), 4)) == "LRP-ε-γ-box (Gamma = 1, Shifted views = 4)"
    assert changed_settings(lrp.UniformEpsilon(relative=True)) == {"relative": True}
    assert with_shifts(lrp.GradCAM(), 4) == lrp.GradCAM()


@given(st.lists(st.integers(0, 6), min_size=4, max_size=40).filter(lambda classes: len(set(classes)) > 3))
def test_mosaics_hold_four_classes_and_each_picture_in_turn(classes: list[int]) -> None:
    drawn = draw_mosaics(classes, 2)
    assert len(drawn) == len(classes)
    for i, cells in enumerate(drawn):
        assert cells[i % 4] == i
        assert len({classes[cell] for cell in cells}) == len(cells) == 4
    assert drawn == draw_mosaics(classes, 2)


def test_mosaics_of_three_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="sees at least 4 classes, got 3"):
        draw_mosaics([0, 1, 2, 2, 1, 0])
