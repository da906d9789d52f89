"""A search for settings, where the best ones are known and where there are none."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

import lrp
from lrp.metrics import settings_search
from lrp.metrics.perturbation import Perturbation
from lrp.metrics.search_criteria import MEASURES
from lrp.metrics.search_plan import halving_rounds
from lrp.metrics.search_result import SearchResult
from lrp.metrics.settings_search import SettingsSearch, predicted_classes, search_settings, standings
from tests.lrp.metrics.search_kit import BY_NOISE, CLASSES, NOISES, Noisy, colour_network, coloured_patches

COUNT = 40
QUICK = Perturbation(patch=2, steps=6, replacement=0.0, score="logit")


@pytest.fixture(scope="module")
def network() -> lrp.Network:
    return colour_network()


def found(network: lrp.Network, measure: str = "both", x: torch.Tensor | None = None, **settings: Any) -> SearchResult:
    search = SettingsSearch(measure, shifts=(1,), perturbation=QUICK, **settings)
    return search_settings(network, coloured_patches(COUNT) if x is None else x, search, BY_NOISE)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_map_that_is_right_is_found_and_better_on_held_out_pictures(network: lrp.Network, measure: str) -> None:
    result = found(network, measure)
    assert predicted_classes(network, coloured_patches(COUNT)) == [i % CLASSES for i in range(COUNT)]
    assert result.best.method == Noisy(0.0)
    assert result.default.method == BY_NOISE[0]
    full = [each.method.noise for each in result.candidates if len(each.search) == COUNT // 2]
    assert full[:2] == [0.0, 3.0]
    for comparison in result.compare(result.default):
        assert comparison.verdict == 1
        assert comparison.difference.n == COUNT // 2
    if measure == "localisation":
        assert result.best.held_out is not None
        np.testing.assert_allclose(result.best.held_out, 1, atol=0.1)  # all of it where the colour is
    assert result.sentence.startswith(f"On your {COUNT // 2} held-out pictures Noisy ")
    assert {"faithfulness": "more faithful", "localisation": "localises better", "both": " and localises better"}[measure] in (
        result.sentence
    )


@pytest.mark.parametrize(("head", "seen"), [("sigmoid", [i % CLASSES for i in range(COUNT)]), ("regression", [0] * COUNT)])
def test_labels_and_values_are_searched_by_faithfulness_alone(network: lrp.Network, head: str, seen: list[int]) -> None:
    other = replace(network, head=head)
    assert predicted_classes(other, coloured_patches(COUNT)) == seen
    assert np.isfinite(found(other, "faithfulness").candidates[0].search).all()
    with pytest.raises(ValueError, match=r"localisation needs .* exclude each other, got one with .*; search by faith"):
        found(other, "both")


def test_candidates_that_lose_see_fewer_pictures(network: lrp.Network) -> None:
    result = found(network)
    rounds = halving_rounds(len(BY_NOISE), COUNT // 2)
    assert len(rounds) == 2
    seen = Counter(len(each.search) for each in result.candidates)
    assert seen == {rounds[0].pictures: 3, rounds[1].pictures: 3}
    assert [len(each.search) for each in result.candidates] == sorted(seen.elements(), reverse=True)
    measured = [each.method for each in result.candidates if each.held_out is not None]
    assert measured == [*[each.method for each in result.candidates[:2]], result.default.method]


def test_held_out_pictures_choose_nothing(network: lrp.Network) -> None:
    x, before = coloured_patches(COUNT), found(network)
    for place in before.split.held_out[:6]:
        x[place] = coloured_patches(COUNT, seed=9)[place]
    after = found(network, x=x)
    assert after.split == before.split
    assert [each.method for each in after.candidates] == [each.method for each in before.candidates]
    for one, other in zip(after.candidates, before.candidates, strict=True):
        assert np.array_equal(one.search, other.search)
    assert after.best.held_out is not None
    assert before.best.held_out is not None
    assert not np.array_equal(after.default.held_out, before.default.held_out)
    x[before.split.search[0]] = coloured_patches(COUNT, seed=9)[before.split.search[0]]
    assert not np.array_equal(found(network, x=x).default.search, before.default.search)


def test_random_scores_are_no_difference_on_held_out_pictures_though_they_look_like_one_in_the_search(
    network: lrp.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    times, generator = 100, np.random.default_rng(1)

    def judge(network: Any, case: Any, methods: Any, criteria: Any, *others: Any) -> Any:
        return generator.normal(size=(len(methods), len(criteria)))

    monkeypatch.setattr(settings_search, "criterion_scores", judge)
    results = [found(network, "faithfulness", seed=seed, held_out=0.4) for seed in range(times)]
    results = [result for result in results if result.found]
    assert len(results) > 70
    flattered = [result.best.search.mean() - result.default.search.mean() for result in results]
    assert np.mean(flattered) > 0.3
    comparisons = [result.compare(result.default)[0] for result in results]
    assert abs(np.mean([each.difference.mean for each in comparisons])) < 0.1
    assert np.mean([each.verdict != 0 for each in comparisons]) <= 0.1
    for result, each in zip(results, comparisons, strict=True):
        assert ("no difference" in result.sentence) == (not each.verdict)


def test_the_same_arguments_give_the_same_and_the_progress_is_told_in_order(network: lrp.Network) -> None:
    shares: list[float] = []
    search = SettingsSearch("both", shifts=(1, 2), perturbation=QUICK)
    result = search_settings(network, coloured_patches(COUNT), search, BY_NOISE, shares.append)
    again = search_settings(network, coloured_patches(COUNT), search, BY_NOISE)
    assert result.record() == again.record()
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(set(shares)) > 50
    assert {each.method.shifts for each in result.candidates} == {1, 2}
    assert sum(each.method.shifts == 2 for each in result.candidates) == 2


def test_raising_from_progress_stops_the_work(network: lrp.Network) -> None:
    class Stopped(Exception):
        pass

    def stop(share: float) -> None:
        if share > 0.2:
            raise Stopped

    with pytest.raises(Stopped):
        search_settings(network, coloured_patches(COUNT), SettingsSearch(shifts=(1,)), BY_NOISE, stop)


def test_the_presets_are_searched_with_shifts() -> None:
    search = SettingsSearch("localisation", candidates=4, shifts=(1, 2))
    result = search_settings(colour_network(), coloured_patches(20), search)
    assert {each.method.name for each in result.candidates} >= {"epsilon-plus-flat", "epsilon-gamma-box", "uniform-epsilon"}
    assert sum(each.method.shifts == 2 for each in result.candidates) == 2
    assert all(np.isfinite(each.search).all() for each in result.candidates)


@pytest.mark.parametrize(("settings", "message"), [
    ({"measure": "beauty"}, "measure must be one of faithfulness, localisation, both, got 'beauty'"),
    ({"candidates": 1}, "candidates must be between 2 and 93, got 1"),
    ({"shifts": (1, 3)}, "shifts must be one of 1, 2, 4, 8, got 3"),
])  # fmt: skip
def test_settings_outside_their_limits_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SettingsSearch(**settings)


def test_pictures_and_candidates_that_are_too_few_are_refused(network: lrp.Network) -> None:
    with pytest.raises(ValueError, match="needs at least 10 pictures, 4 to search with and 6 held out, got 9"):
        search_settings(network, coloured_patches(9))
    with pytest.raises(ValueError, match="at least 4 classes, got 3"):
        search_settings(network, coloured_patches(40)[[i for i in range(40) if i % CLASSES < 3]])
    with pytest.raises(ValueError, match="at least 2, all different, got 2, 1 of them different"):
        search_settings(network, coloured_patches(20), candidates=[Noisy(), Noisy()])


def test_standings_by_hand() -> None:
    scores = np.array([[[1.0, 0.5], [3.0, 0.7]], [[2.0, 0.2], [6.0, 0.2]]])  # deviations 1 and 2, 0.1 and 0
    np.testing.assert_allclose(standings(scores), [(2 / 1.5 + 0.6 / 0.05) / 2, (4 / 1.5 + 0.2 / 0.05) / 2])
    np.testing.assert_allclose(standings(np.ones((2, 3, 1))), [1, 1])  # without any deviation, as they are
    assert len(NOISES) == len(BY_NOISE)


def test_by_both_a_small_gain_does_not_make_up_for_a_large_loss() -> None:
    spread = np.random.default_rng(0).normal(0, 0.1, (20, 2))
    default, better, one_sided = (spread + np.array(means) for means in ((0.40, 0.80), (0.41, 0.81), (0.45, 0.50)))
    assert list(np.argsort(-standings(np.stack([default, better, one_sided])))) == [1, 0, 2]
