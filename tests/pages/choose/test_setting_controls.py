"""The controls that are made from settings."""

import dataclasses
from dataclasses import Field, fields
from itertools import pairwise
from typing import Any

import pytest

import lrp
from lrp.settings import parameter, value_in_words
from pages.parts.choose.setting_controls import log_stops

LOG = [
    pytest.param(field, id=f"{method.name}.{field.name}")
    for method in lrp.METHODS.values()
    for field in fields(method)
    if field.metadata["scale"] == "log"
]


@pytest.mark.parametrize("field", LOG)
def test_a_log_scale_offers_its_whole_range_and_the_default(field: Field[Any]) -> None:
    stops, (low, high) = log_stops(field), field.metadata["range"]
    assert field.default in stops
    assert stops[-1] == high
    assert stops[0] == low
    assert all(a < b for a, b in pairwise(stops))
    assert {type(stop) for stop in stops} == {type(field.default)}
    steps = [b / a for a, b in pairwise(stops) if a]
    assert max(steps) <= 2.5 + 1e-9
    if low == 0:
        assert 0 < stops[1] <= 1e-6  # exact 0 is a choice of its own


@pytest.mark.parametrize(
    ("default", "low", "high", "ends"),
    [(0.3, 0.0, 10.0, [0, 1e-6, 5, 10]), (0.3, 0.02, 7.0, [0.02, 0.025, 5, 7]), (100, 8, 512, [8, 16, 256, 512]),
     (7, 5, 40, [7, 8, 16, 32])],
)  # fmt: skip
def test_a_scale_between_any_limits_offers_its_default_and_nothing_outside(
    default: float, low: float, high: float, ends: list[float]
) -> None:
    made = dataclasses.make_dataclass("Made", [("value", float, parameter(default, "", "", range=(low, high), scale="log"))])
    stops = log_stops(fields(made)[0])
    assert default in stops
    assert [*stops[:2], *stops[-2:]] == ends
    assert stops == sorted(set(stops))
    assert low <= stops[0]
    assert stops[-1] <= high


@pytest.mark.parametrize("field", LOG)
def test_every_stop_is_written_so_that_it_reads_back(field: Field[Any]) -> None:
    stops = log_stops(field)
    assert [type(field.default)(value_in_words(stop)) for stop in stops] == stops


@pytest.mark.parametrize("method", lrp.METHODS.values(), ids=lambda method: method.name)
def test_every_setting_says_how_it_is_set(method: type[Any]) -> None:
    for field in fields(method):
        meta = field.metadata
        assert meta["label"]
        assert meta["help"].endswith(".")
        if isinstance(field.default, bool):
            continue
        assert (meta["range"] is None) != (meta["options"] is None)
        if meta["options"]:
            assert field.default in meta["options"]
            assert len(set(map(value_in_words, meta["options"]))) == len(meta["options"])
        for value in meta["options"] or log_stops(field):
            method(**{field.name: value})  # what is offered is accepted
