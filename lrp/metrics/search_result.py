"""What a search for settings has found: the candidates with their scores, the comparisons on held-out pictures, a sentence."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from lrp.methods.method import Method
from lrp.metrics.search_criteria import CRITERIA, Scores
from lrp.metrics.search_plan import HeldOutSplit
from lrp.metrics.search_space import method_label
from lrp.metrics.statistics import PairedDifference, paired_difference

LEVEL = 0.95  # of the intervals


@dataclass(frozen=True, eq=False)
class Candidate:
    """A method with its settings and its scores, larger being better.

    search: (n, criteria), on the pictures that it saw during the search, n of them. held_out: (n, criteria), None for a candidate
    that was not compared on the held-out pictures.
    """

    method: Method
    search: Scores
    held_out: Scores | None = None

    @property
    def label(self) -> str:
        return method_label(self.method)


@dataclass(frozen=True)
class Comparison:
    """The difference of two candidates on the held-out pictures by one criterion, above 0 where the first is better."""

    first: str
    second: str
    criterion: str
    difference: PairedDifference

    @property
    def verdict(self) -> int:
        """1 if the first is better, -1 if it is worse, 0 if the interval holds 0."""
        return int(self.difference.low > 0) - int(self.difference.high < 0)


@dataclass(frozen=True, eq=False)
class SearchResult:
    """The result of `search_settings`.

    criteria: names in CRITERIA, in the order of the columns of all scores. candidates: best first, those that saw all search
    pictures before the others. default: the one that the best is compared with. split: the pictures of both parts.
    """

    criteria: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    default: Candidate
    split: HeldOutSplit

    @property
    def best(self) -> Candidate:
        return self.candidates[0]

    @property
    def runner_up(self) -> Candidate:
        return self.candidates[1]

    @property
    def found(self) -> bool:
        """Whether the best is another one than the default."""
        return self.best.method != self.default.method

    def compare(self, other: Candidate) -> tuple[Comparison, ...]:
        """Returns the best against another candidate on the held-out pictures, by each criterion, with an interval of LEVEL."""
        first, second = self.best.held_out, other.held_out
        if first is None or second is None:
            raise ValueError(f"{other.label} was not measured on the held-out pictures")
        return tuple(
            Comparison(self.best.label, other.label, name, paired_difference(
                first[:, i].tolist(), second[:, i].tolist(), LEVEL, expanded=True
            ))
            for i, name in enumerate(self.criteria)
        )  # fmt: skip

    @property
    def sentence(self) -> str:
        """In one sentence, whether the best settings are better than the default on pictures that did not choose them."""
        if not self.found:
            against = verdicts_in_words(self.compare(self.runner_up), f"the runner-up {self.runner_up.label}")
            return f"No settings did better in the search than the default {self.best.label}, which {self._where} {against}."
        against = verdicts_in_words(self.compare(self.default), f"the default {self.default.label}")
        return f"{self._where.capitalize()} {self.best.label} {against}."

    @property
    def runner_up_sentence(self) -> str:
        """In one sentence, whether the best settings are better than the second best."""
        against = verdicts_in_words(self.compare(self.runner_up), f"the runner-up {self.runner_up.label}")
        return f"{self._where.capitalize()} {self.best.label} {against}."

    @property
    def _where(self) -> str:
        return f"on your {len(self.split.held_out)} held-out pictures"

    def record(self) -> dict[str, object]:
        """Returns everything as plain values, for JSON."""
        compared = [self.compare(self.default)] if self.found else []
        return {
            "sentence": self.sentence,
            "runner_up": self.runner_up_sentence,
            "criteria": {name: CRITERIA[name].meaning for name in self.criteria},
            "pictures": asdict(self.split),
            "comparisons": [asdict(each) for row in (*compared, self.compare(self.runner_up)) for each in row],
            "candidates": [self._row(each) for each in self.candidates],
        }

    def _row(self, candidate: Candidate) -> dict[str, object]:
        seen = {"search": candidate.search, "held_out": candidate.held_out}
        return {
            "method": candidate.method.name,
            "settings": asdict(candidate.method),
            "label": candidate.label,
            **{part: None if scores is None else self._by_criterion(scores) for part, scores in seen.items()},
        }

    def _by_criterion(self, scores: Scores) -> dict[str, object]:
        means = {name: float(np.mean(scores[:, i])) for i, name in enumerate(self.criteria)}
        return {"pictures": len(scores), "mean": means, "scores": dict(zip(self.criteria, scores.T.tolist(), strict=True))}


def verdicts_in_words(comparisons: Sequence[Comparison], other: str) -> str:
    """Returns the verdicts as what follows the name of the first: "localises better than `other` by 0.06 (...) and ..."."""
    return " and ".join(_clause(each, "" if i else other) for i, each in enumerate(comparisons))


def _clause(comparison: Comparison, other: str) -> str:
    criterion, found = CRITERIA[comparison.criterion], comparison.difference
    interval = f"{100 * LEVEL:.0f} % interval {_signed(found.low)} to {_signed(found.high)}"
    if not comparison.verdict:
        than, mean = f" from {other}" if other else "", _signed(found.mean)
        named = criterion.label.lower()
        return f"shows no difference in {named}{than} that {found.n} pictures could show ({mean}, {interval})"
    how = criterion.better if comparison.verdict > 0 else criterion.worse
    than = f" than {other}" if other else ""
    return f"{how}{than} by {abs(found.mean):.2f} ({interval})"


def _signed(value: float) -> str:
    return f"{value:z.2f}".replace("-", "−")
