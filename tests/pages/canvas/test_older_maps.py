"""What a panel shows while its new map is computed, and what is known of a map that it shows again."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pages.parts.canvas import figure
from pages.parts.canvas.figure import Heatmap, with_older

SIZE = (4, 3)  # width, height


@pytest.fixture(autouse=True)
def visit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A visit of its own for each test."""
    kept: dict[str, Heatmap] = {}
    monkeypatch.setattr(figure, "LAST_MAPS", SimpleNamespace(get=lambda: kept))


def values(seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=SIZE[::-1]).astype(np.float32)


def shown(heatmap: Heatmap, comes: bool = False) -> Heatmap:
    (found,) = with_older([heatmap], [comes], SIZE)
    return found


def test_a_map_that_comes_has_the_values_of_the_last_one_of_its_panel_and_says_whose_they_are() -> None:
    old = values()
    shown(Heatmap("a", "Old", old))
    found = shown(Heatmap("a", "New", None), comes=True)
    assert found.values is old
    assert (found.title, found.before) == ("New", "Old")
    assert found.alt.startswith("Old: ")
    assert shown(Heatmap("a", "New", None)).values is None
    assert shown(Heatmap("b", "New", None), comes=True).values is None


def test_of_a_map_that_is_shown_again_nothing_is_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    same = values()
    before = shown(Heatmap("a", "A map", same)).sent
    monkeypatch.setattr(figure, "map_summary", lambda *_: pytest.fail("the map was put in words again"))
    monkeypatch.setattr(figure, "quantised", lambda *_: pytest.fail("the map was made whole numbers again"))
    assert shown(Heatmap("a", "A map", same)).sent is before


@pytest.mark.parametrize("change", [
    {"title": "Another"}, {"values": values(1)}, {"values": values()}, {"before": "Old"}, {"absent": "not computed"},
], ids=str)  # fmt: skip
def test_another_map_or_other_words_are_sent_as_they_are(change: dict[str, Any]) -> None:
    first = Heatmap("a", "A map", values())
    shown(first)
    other = replace(first, **change)
    assert shown(other) is other
    assert shown(replace(other)) is other
