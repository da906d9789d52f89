"""Integrated Gradients by panels: exact where they should be, errors where they are made, and no gradient taken twice."""

import math

import pytest
import torch
from torch import Tensor

from lrp.methods.panels import GRADING, MAX_GRADIENTS, Integral, integrate

LIMIT = 1024


class Counted:
    """A function of x with its gradients, and how many of them were asked for."""

    def __init__(self, function):
        self.function, self.gradients, self.calls = function, 0, 0

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        self.gradients, self.calls = self.gradients + len(x), self.calls + 1
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            value = self.function(x)
            return value.detach(), torch.autograd.grad(value.sum(), x)[0]


def line(*end: float, start: float = 0.0) -> tuple[Tensor, Tensor]:
    x = torch.tensor([end], dtype=torch.double)
    return torch.full_like(x, start), x


def exact(f, ends: tuple[Tensor, Tensor], n: int = 50_000) -> Tensor:
    """The integrated gradients by the midpoint rule with very many steps."""
    start, end = ends
    t = (torch.arange(n, dtype=torch.double) + 0.5) / n
    total = torch.zeros_like(start)
    for part in t.split(10_000):
        total += Counted(f)(start + part[:, None] * (end - start))[1].sum(0) / n
    return total * (end - start)


def kinked(x: Tensor) -> Tensor:
    return (x[:, 0] + 2 * x[:, 1] - 1).relu() + 0.5 * (x[:, 1] - x[:, 0]).relu()


def both_ways(x: Tensor) -> Tensor:
    """Steep near the start, with a part that falls: errors of panels have both signs."""
    return torch.tanh(40 * x[:, 0]) - (x[:, 1] - 0.31).relu() + x[:, 0] * x[:, 1] ** 3


@pytest.mark.parametrize("first", [1, 3, 4, 9])
def test_it_is_exact_on_quadratics_whatever_the_panels(first):
    def quadratic(x: Tensor) -> Tensor:
        return 3 * x[:, 0] * x[:, 1] - x[:, 1] ** 2 + 2 * x[:, 0] + 5

    # along the line to (2, -1): R_0 = 3 x0 x1 / 2 + 2 x0 = 1, R_1 = 3 x0 x1 / 2 - x1^2 = -4
    found = integrate(Counted(quadratic), [line(2, -1)], first, 1e-9, LIMIT)
    torch.testing.assert_close(found.relevance, torch.tensor([[1.0, -4.0]], dtype=torch.double), rtol=1e-12, atol=1e-12)
    assert found.n_steps == max(first, 3)
    assert found.explained == pytest.approx(-3.0)
    assert all(abs(panel.error) < 1e-12 for panel in found.panels)


def test_the_error_lies_in_the_panel_of_the_kink_and_is_what_completeness_says():
    def kink(x: Tensor) -> Tensor:
        return (x[:, 0] - 0.3).relu()

    found = integrate(Counted(kink), [line(1)], 9, 10.0, LIMIT)
    (wrong,) = [panel for panel in found.panels if abs(panel.error) > 1e-12]
    assert wrong.begin < 0.3 < wrong.end
    # slopes 0 and 1 at its ends: half the width, where the part behind the kink is right
    assert wrong.error == pytest.approx((wrong.end - wrong.begin) / 2 - (wrong.end - 0.3))
    assert [panel.begin for panel in found.panels] == pytest.approx([(i / 8) ** GRADING for i in range(8)])


def test_only_the_panel_of_the_kink_is_halved():
    def kink(x: Tensor) -> Tensor:
        return (x[:, 0] - 0.3).relu()

    f = Counted(kink)
    found = integrate(f, [line(1)], 9, 1e-3, LIMIT)
    narrowest = min(found.panels, key=lambda panel: panel.end - panel.begin)
    assert narrowest.begin <= 0.3 <= narrowest.end
    assert f.gradients == found.n_steps == 1 + len(found.panels)
    first = integrate(Counted(kink), [line(1)], 9, 10.0, LIMIT)
    untouched = {panel for panel in first.panels if not panel.begin < 0.3 < panel.end}
    assert len(untouched) == 7
    assert untouched < set(found.panels)


@pytest.mark.parametrize("f", [kinked, both_ways])
@pytest.mark.parametrize("tolerance", [0.05, 0.001])
def test_it_holds_the_tolerance_and_errors_sum_to_what_is_missing(f, tolerance):
    ends = line(0.7, 0.9)
    found = integrate(Counted(f), [ends], 5, tolerance, LIMIT)
    missing = float(found.relevance.sum()) - found.explained
    assert abs(missing) <= tolerance * abs(found.explained)
    assert sum(panel.error for panel in found.panels) == pytest.approx(missing, abs=1e-12)
    assert found.explained == pytest.approx(float(f(ends[1]) - f(ends[0])))
    torch.testing.assert_close(found.relevance, exact(f, ends), rtol=0, atol=3 * sum(abs(panel.error) for panel in found.panels))


def test_panels_cover_every_line_without_gaps():
    found = integrate(Counted(both_ways), [line(0.7, 0.9), line(0.2, 0.8, start=-0.5)], 5, 1e-4, LIMIT)
    for each in (0, 1):
        panels = [panel for panel in found.panels if panel.line == each]
        assert (panels[0].begin, panels[-1].end) == (0.0, 1.0)
        assert [panel.end for panel in panels[:-1]] == [panel.begin for panel in panels[1:]]


def test_the_gap_of_several_lines_is_that_of_their_mean():
    ends = [line(0.7, 0.9), line(0.2, 0.8, start=-0.5)]
    found = integrate(Counted(both_ways), ends, 5, 1e-3, LIMIT)
    torch.testing.assert_close(found.relevance, sum(exact(both_ways, each) for each in ends) / 2, rtol=0, atol=0.01)
    assert found.explained == pytest.approx(sum(float(both_ways(end) - both_ways(start)) for start, end in ends) / 2)
    assert float(found.relevance.sum()) == pytest.approx(found.explained, rel=1e-3)
    assert sum(panel.error for panel in found.panels) / 2 == pytest.approx(float(found.relevance.sum()) - found.explained)


def by_the_limit(f, first: int, limit: int) -> tuple[Integral, Counted]:
    counted = Counted(f)
    return integrate(counted, [line(0.7, 0.9)], first, 1e-15, limit), counted


def test_beyond_what_is_kept_every_panel_is_halved_with_the_same_result():
    some = MAX_GRADIENTS - 4
    few, _ = by_the_limit(both_ways, some, some)
    first, counted = by_the_limit(both_ways, some, 2 * some)  # kept, then halved as a whole
    fixed, _ = by_the_limit(both_ways, 2 * some, 2 * some)  # never kept
    assert (few.n_steps, first.n_steps, fixed.n_steps) == (some, 2 * some - 1, 2 * some)
    assert counted.gradients == first.n_steps
    places = [panel.begin for panel in first.panels]
    weights = dict.fromkeys([*places, 1.0], 0.0)
    for panel in first.panels:
        weights[panel.begin] += (panel.end - panel.begin) / 2
        weights[panel.end] += (panel.end - panel.begin) / 2
    start, end = line(0.7, 0.9)
    t = torch.tensor(list(weights), dtype=torch.double)[:, None]
    by_hand = torch.tensor(list(weights.values()), dtype=torch.double) @ Counted(both_ways)(start + t * (end - start))[1]
    torch.testing.assert_close(first.relevance[0], by_hand * (end - start)[0])
    truth = exact(both_ways, (start, end))
    for found in (few, first, fixed):
        distance = float((found.relevance - truth).abs().sum() / truth.abs().sum())
        assert 0.2 * distance < found.map_error < 5 * distance


def test_it_ends_at_the_limit():
    found, counted = by_the_limit(both_ways, 30, 100)
    assert found.n_steps == counted.gradients == 100
    assert abs(sum(panel.error for panel in found.panels)) > 0


def test_nothing_between_the_ends_gets_nothing():
    found = integrate(Counted(both_ways), [line(0.5, 0.5, start=0.5)], 8, 1e-3, LIMIT)
    assert (found.n_steps, found.explained, found.map_error) == (8, 0.0, 0.0)
    assert not found.relevance.any()


def test_a_sum_of_nothing_is_sought_up_to_the_limit():
    def returns(x: Tensor) -> Tensor:
        return torch.sin(2 * math.pi * x[:, 0]) * x[:, 1]

    found = integrate(Counted(returns), [line(1, 0.0)], 8, 1e-3, 64)
    assert found.n_steps <= 64


def test_progress_rises_from_0_and_stops_the_work():
    shares: list[float] = []
    integrate(Counted(both_ways), [line(0.7, 0.9)], 40, 1e-6, LIMIT, shares.append)
    assert shares[0] == 0 < shares[1]
    assert shares == sorted(shares)
    assert shares[-1] < 1

    def cancel(share: float) -> None:
        if share > 0.3:
            raise InterruptedError

    f = Counted(both_ways)
    with pytest.raises(InterruptedError):
        integrate(f, [line(0.7, 0.9)], 40, 1e-6, LIMIT, cancel)
    assert f.gradients < 40
