"""Finds the best settings of LRP for a network on a person's own pictures, and says on held-out ones whether they are better."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from lrp.heads import SOFTMAX, head_of
from lrp.methods.method import Method
from lrp.methods.shifts import check_shifts
from lrp.metrics.curves import pictures_of
from lrp.metrics.perturbation import Perturbation
from lrp.metrics.search_criteria import MEASURES, Case, Meter, Scores, cases_of, criterion_scores, passes_by_criterion
from lrp.metrics.search_plan import FINALISTS, halving_rounds, planned_work, split_pictures
from lrp.metrics.search_result import Candidate, SearchResult
from lrp.metrics.search_space import DEFAULT, check_candidates, check_count, draw_candidates, with_shifts
from lrp.network.inputs import logits_of
from lrp.network.network_of import AnyNetwork, network_of
from lrp.progress import Progress
from lrp.walk.gradient_batch import CHUNK


@dataclass(frozen=True)
class SettingsSearch:
    """The settings of a search. Raises ValueError for one outside its limits.

    measure: what better means, one of MEASURES. candidates: how many settings are tried, 2 to GRID_SIZE, see `draw_candidates`.
    shifts: the numbers of shifted views that the best FINALISTS of them are tried with. held_out: the share of the pictures that
    are kept for the last comparison. seed: of the shuffle of the pictures, the settings and the mosaics.
    """

    measure: str = "both"
    candidates: int = 24
    shifts: tuple[int, ...] = (1, 2, 4)
    held_out: float = 0.5
    seed: int = 0
    perturbation: Perturbation = field(default_factory=lambda: Perturbation(steps=10))

    def __post_init__(self) -> None:
        if self.measure not in MEASURES:
            raise ValueError(f"measure must be one of {', '.join(MEASURES)}, got {self.measure!r}")
        check_count(self.candidates)
        for count in self.shifts:
            check_shifts(count)

    @property
    def criteria(self) -> tuple[str, ...]:
        return MEASURES[self.measure]

    def passes(self, pictures: int, size: int) -> float:
        """Returns the passes forward and back that a search on so many pictures of `size` pixels takes. Raises as a search."""
        work = planned_work(self.candidates, self.shifts, DEFAULT, split_pictures(pictures, self.held_out, self.seed))
        passes = [passes_by_criterion(each.method, self.criteria, size, self.perturbation) for each in work]
        return sum(each.times * sum(taken.values()) for each, taken in zip(work, passes, strict=True))


def search_settings(
    network: AnyNetwork, x: Tensor, search: SettingsSearch | None = None, candidates: Sequence[Method] | None = None,
    progress: Progress | None = None,
) -> SearchResult:
    """Returns the best settings for a network on the pictures `x` (N, C, H, W), each explained for the class that it sees in it.

    The pictures are shuffled and split. Successive halving on the search pictures ranks the candidates; the best FINALISTS are
    tried as means over shifted views too. By "both", candidates are ranked by the mean of their scores, each in units of
    its standard deviation over pictures (`standings`). Only then the best, the runner-up and the default
    (`EpsilonPlusFlat()`) are measured on the held-out pictures, once, so that having looked at many candidates flatters none of
    the intervals.
    candidates: methods to try, the first being the default; drawn from the grid where None. progress: called with the share
    done, 0 to 1; raising from it stops the work. Same arguments, same bits. Raises ValueError for too few pictures, and, where
    localisation is asked for, for less than four classes in either part.
    """  # fmt: skip
    search = search or SettingsSearch()
    methods = list(draw_candidates(search.candidates, search.seed) if candidates is None else candidates)
    check_candidates(methods)
    x = pictures_of(network, x)
    split = split_pictures(len(x), search.held_out, search.seed)
    with_mosaics = "localisation" in search.criteria
    if with_mosaics:
        _check_exclusive(network, x)
    classes = predicted_classes(network, x)
    chosen_by, held_out = (cases_of(x, classes, part, with_mosaics, search.seed) for part in (split.search, split.held_out))
    work = planned_work(len(methods), search.shifts, methods[0], split)
    costs = [passes_by_criterion(each.method, search.criteria, x.shape[-1], search.perturbation) for each in work]
    total = sum(each.times * sum(cost.values()) for each, cost in zip(work, costs, strict=True))
    searching = _Search(network, search, chosen_by, Meter(progress, total))
    ranked = searching.rank(methods)
    default = methods[0]
    measured = searching.measure([ranked[0], ranked[1], *([default] if default not in ranked[:2] else [])], held_out)
    if progress:
        progress(1.0)
    found = {method: Candidate(method, searching.scores_of(method), measured.get(method)) for method in (*ranked, default)}
    return SearchResult(search.criteria, tuple(found[method] for method in ranked), found[default], split)


def predicted_classes(network: AnyNetwork, x: Tensor) -> list[int]:
    """Returns the class that the network sees in each picture of `x` (N, C, H, W), the first one of predicted values."""
    whole = network_of(network)
    with torch.no_grad():
        logits = torch.cat([logits_of(whole, part) for part in torch.split(x, CHUNK)])
    head = head_of(whole.head, logits.shape[1])
    return [head.best(row) for row in logits]


def _check_exclusive(network: AnyNetwork, x: Tensor) -> None:
    """Raises ValueError for a network whose outputs do not exclude each other, so that a mosaic would ask nothing of it."""
    whole = network_of(network)
    with torch.no_grad():
        head = head_of(whole.head, logits_of(whole, x[:1]).shape[1])
    if head is not SOFTMAX:
        wanted = f"localisation needs a network with {SOFTMAX.meaning}"
        raise ValueError(f"{wanted}, got one with {head.meaning}; search by faithfulness alone")


class _Search:
    """The scores so far of every method on the search pictures, and how they are ranked."""

    def __init__(self, network: AnyNetwork, search: SettingsSearch, cases: Sequence[Case], meter: Meter) -> None:
        self._network, self._search, self._cases, self._meter = network, search, cases, meter
        self._scores: dict[Method, list[Scores]] = {}

    def scores_of(self, method: Method) -> Scores:
        """Returns the scores (n, criteria) on the n pictures that the method has seen."""
        return np.stack(self._scores[method])

    def rank(self, methods: Sequence[Method]) -> list[Method]:
        """Returns all methods and the shifted ones, best first; those that have seen more pictures come before the others."""
        alive, out = list(methods), list[Method]()
        for each in halving_rounds(len(methods), len(self._cases)):
            alive, left = alive[: each.candidates], alive[each.candidates :]
            out = [*left, *out]
            self._extend(alive, each.pictures)
            alive = self._ordered(alive)
        shifted = [with_shifts(method, count) for method in alive[:FINALISTS] for count in self._search.shifts]
        new = [method for method in dict.fromkeys(shifted) if method not in self._scores]
        self._extend(new, len(self._cases))
        return [*self._ordered([*alive, *new]), *out]

    def measure(self, methods: Sequence[Method], cases: Sequence[Case]) -> dict[Method, Scores]:
        """Returns the scores (n, criteria) of each method on other pictures."""
        by_case = [self._judge(case, methods) for case in cases]
        return {method: np.stack([scores[i] for scores in by_case]) for i, method in enumerate(methods)}

    def _extend(self, methods: Sequence[Method], pictures: int) -> None:
        """Measures what is missing of the first `pictures` pictures."""
        for i, case in enumerate(self._cases[:pictures]):
            missing = [method for method in methods if len(self._scores.get(method, ())) <= i]
            if missing:
                for method, scores in zip(missing, self._judge(case, missing), strict=True):
                    self._scores.setdefault(method, []).append(scores)

    def _judge(self, case: Case, methods: Sequence[Method]) -> Scores:
        return criterion_scores(self._network, case, methods, self._search.criteria, self._search.perturbation, self._meter)

    def _ordered(self, methods: Sequence[Method]) -> list[Method]:
        standing = standings(np.stack([self.scores_of(method) for method in methods]))
        return [methods[i] for i in np.argsort(-standing, kind="stable")]


def standings(scores: Scores) -> Scores:
    """Returns for each row of `scores` (M, n, criteria) how good it is, as the mean over the criteria of its mean score (M,).

    In standard deviations of the scores of one candidate over the n pictures, on average over all M, so that the criteria need
    no common scale; with several of them a small gain by one does not make up for a large loss by another.
    """
    deviations = scores.std(1).mean(0)
    standing: Scores = (scores.mean(1) / np.where(deviations > 0, deviations, 1)).mean(1)
    return standing
