"""What is said of the end of a search, for results that are made up."""

import json

import numpy as np
import pytest

import lrp
from lrp.metrics.search_plan import HeldOutSplit
from lrp.metrics.search_result import Candidate, SearchResult
from lrp.metrics.statistics import paired_difference

N = 14
WOBBLE = np.linspace(-0.04, 0.04, N)[:, None]
DEFAULT, GAMMA, EPSILON = lrp.EpsilonPlusFlat(), lrp.EpsilonGammaBox(gamma=1.0), lrp.UniformEpsilon()


def result(best: tuple[float, ...], default: tuple[float, ...], names: tuple[str, ...] = ("localisation",)) -> SearchResult:
    """The best, the default and a third one that is not measured again, with these means on 14 held-out pictures."""
    seen = np.full((N, len(names)), 0.5)
    first = Candidate(GAMMA, seen, WOBBLE + np.array(best))
    other = Candidate(DEFAULT, seen, np.zeros((N, 1)) + np.array(default))
    split = HeldOutSplit(tuple(range(N)), tuple(range(N, 2 * N)))
    return SearchResult(names, (first, other, Candidate(EPSILON, seen[:5])), other, split)


def interval(best: float, default: float) -> str:
    found = paired_difference((WOBBLE[:, 0] + best).tolist(), [default] * N, expanded=True)
    return f"(95 % interval {found.low:z.2f} to {found.high:z.2f})".replace("-", "−")


def test_a_difference_is_said_with_its_interval() -> None:
    assert result((0.86,), (0.8,)).sentence == (
        "On your 14 held-out pictures LRP-ε-γ-box (Gamma = 1) localises better than the default LRP-ε-z⁺-flat by 0.06 "
        f"{interval(0.86, 0.8)}."
    )
    assert result((0.7,), (0.8,)).sentence == (
        "On your 14 held-out pictures LRP-ε-γ-box (Gamma = 1) localises worse than the default LRP-ε-z⁺-flat by 0.10 "
        f"{interval(0.7, 0.8)}."
    )


def test_no_difference_is_an_answer() -> None:
    said = result((0.805,), (0.8,)).sentence
    assert "shows no difference in localisation from the default LRP-ε-z⁺-flat that 14 pictures could show (0.01, 95 %" in said
    assert said.endswith(f"{interval(0.805, 0.8)[1:-1]}).")


def test_both_measures_stand_in_one_sentence() -> None:
    found = result((0.3, 0.9), (0.2, 0.9), ("faithfulness", "localisation"))
    assert [each.verdict for each in found.compare(found.default)] == [1, 0]
    assert found.sentence.count(".") - found.sentence.count("0.") == 1
    assert "is more faithful than the default LRP-ε-z⁺-flat by 0.10" in found.sentence
    assert "and shows no difference in localisation that 14 pictures could show" in found.sentence


def test_where_the_default_is_best_it_is_compared_with_the_runner_up() -> None:
    found = result((0.86,), (0.8,))
    default = Candidate(DEFAULT, found.best.search, found.best.held_out)
    other = Candidate(GAMMA, found.default.search, found.default.held_out)
    best = SearchResult(found.criteria, (default, other), default, found.split)
    assert not best.found
    assert best.sentence.startswith("No settings did better in the search than the default LRP-ε-z⁺-flat, which on your 14")
    assert "localises better than the runner-up LRP-ε-γ-box (Gamma = 1) by 0.06" in best.sentence
    assert len(best.record()["comparisons"]) == 1


def test_the_record_holds_every_score() -> None:
    found = result((0.3, 0.9), (0.2, 0.9), ("faithfulness", "localisation"))
    record = json.loads(json.dumps(found.record()))
    assert record["sentence"] == found.sentence
    assert record["pictures"] == {"search": list(range(N)), "held_out": list(range(N, 2 * N))}
    assert record["candidates"][0]["settings"]["gamma"] == 1.0
    assert record["candidates"][0]["held_out"]["mean"] == pytest.approx({"faithfulness": 0.3, "localisation": 0.9})
    assert record["candidates"][2]["held_out"] is None
    assert record["candidates"][2]["search"]["pictures"] == 5
    with pytest.raises(ValueError, match="LRP-ε was not measured on the held-out pictures"):
        found.compare(found.candidates[2])
