"""A file of settings is a stranger's: whatever is in it, it is a record or one sentence, and reads nothing else."""

import json
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

import lrp
from lrp.display.colours import SCALES
from lrp.methods import METHODS
from pages.parts.compare.settings_upload import NO_SETTINGS, settings_in

GOOD: dict[str, Any] = {
    "picture": "Cat", "picture sha256 or sample": "sample:Cat", "network": "ResNet-18", "weights": "demo", "weights sha256": "0",
    "objective": "logit", "explained class": "cat", "explained class index": 2, "logit": 1.0, "region": None,
    "methods": [{"method": "uniform-epsilon", "epsilon": 0.25, "relative": True}], "results": [None],
    "display": {"colours": next(iter(SCALES)), "photo": 0.0, "clip": 99.0},
}  # fmt: skip
SIDES = {"left": 1, "top": 2, "right": 3, "bottom": 4}
BIG = 10**400


def refused(data: bytes) -> str:
    with pytest.raises(ValueError, match=r"\w") as error:
        settings_in(data)
    why = str(error.value)
    assert len(why) < 400
    assert "\n" not in why
    return why


def test_a_record_is_read_whatever_else_is_in_it() -> None:
    assert settings_in(json.dumps(GOOD).encode()).choice.target == 2
    more = GOOD | {"unknown key": [1, {"a": BIG}], "__class__": "x", "results": "nonsense", "logit": float("nan")}
    assert settings_in(json.dumps(more).encode()).methods[0].method == lrp.UniformEpsilon(0.25, True)
    assert settings_in(json.dumps(GOOD).encode("utf-16")).network.network == "ResNet-18"
    assert settings_in(b"\xef\xbb\xbf" + json.dumps(GOOD).encode()).picture == "Cat"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x00", b"\xff\xfe\x00", b"{" * 9999, b"[" * 100_000, b'{"a":' * 30_000, b"{'a': 1}", b"\x80\x81", b"NaN garbage",
        json.dumps(GOOD).encode("utf-16")[:-1], b'{"a": 1, "a": 2}', b"9" * 5000, "ü".encode("latin-1"), b"\x89PNG\r\n\x1a\n",
    ],
)  # fmt: skip
def test_what_is_no_json_is_said_to_be_none(data: bytes) -> None:
    assert refused(data).startswith("it ")


def test_a_large_file_is_not_read() -> None:
    assert refused(json.dumps(GOOD).encode().ljust(5_000_000)) == "it has 5,000 kB, and a file of settings has at most 1 MB"


@pytest.mark.parametrize(
    "whole", [[], 3, None, "text", float("nan"), BIG, {}, {"settings": 3}, {"settings": {"settings": GOOD}}, [GOOD]]
)
def test_json_of_something_else_holds_no_settings(whole: Any) -> None:
    assert refused(json.dumps(whole).encode()) == NO_SETTINGS


@pytest.mark.parametrize("name", sorted(GOOD.keys() - {"logit", "results"}))
@pytest.mark.parametrize(
    "value", [3, -1, BIG, float("nan"), float("inf"), [], {}, [[]], [3], {"a": []}, True, "\ud800", "x" * 9999],
    ids=lambda each: ascii(each)[:20],
)
def test_values_of_other_types_are_refused_or_mean_something(name: str, value: Any) -> None:
    data = json.dumps(GOOD | {name: value}).encode()
    if isinstance(value, str) and name not in ("objective", "methods", "display", "region", "explained class index"):
        settings_in(data)
    elif name == "explained class index" and isinstance(value, int) and not isinstance(value, bool):
        assert settings_in(data).choice.target == value  # which the network does not have, as the page says
    else:
        refused(data)


@pytest.mark.parametrize(
    "change",
    [
        {"methods": [{"method": "other"}]}, {"methods": [{"method": ["uniform-epsilon"]}]}, {"methods": [["method", "saliency"]]},
        {"methods": [[["method", "saliency"]]]}, {"methods": [{}]}, {"methods": ["saliency"]},
        {"methods": {"method": "saliency"}},
        *({"methods": [{"method": "uniform-epsilon", "epsilon": value}]}
          for value in (-1, BIG, -BIG, float("nan"), float("inf"), "1e999", "much", True, None, [], {}, [[1]])),
        *({"methods": [{"method": "integrated-gradients", "n_steps": value}]} for value in (0, BIG, 1.5, "x", float("nan"))),
        {"methods": [{"method": "saliency", "speed": 1}]},
        {"networks": {}}, {"networks": []}, {"networks": [3]}, {"networks": [{}]}, {"networks": [None, None]},
        *({"region": SIDES | {"right": value}} for value in (1, BIG, 1.5, float("nan"), "9", True, None)),
        {"region": [1, 2, 3, 4]},
        *({"crop": SIDES | {"left": value}} for value in (3, BIG, -BIG, 1.5, [])), {"crop": "whole"},
        *({"display": GOOD["display"] | {"photo": value}} for value in (-0.1, 1.1, BIG, float("nan"), "1", None, [], True)),
        *({"display": GOOD["display"] | {"clip": value}} for value in (0, 101, BIG, float("nan"))),
        {"display": {"colours": "rainbow"}}, {"display": {"colours": []}}, {"prepared": {"path": "/etc/passwd"}},
        {"prepared": []}, {"place": 3}, {"rather than class index": "1"}, {"explained class index": True},
    ],
    ids=lambda change: str(change)[:80],
)  # fmt: skip
def test_values_beyond_their_ranges_are_refused(change: dict[str, Any]) -> None:
    refused(json.dumps(GOOD | change).encode())


def test_no_folder_of_the_server_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "iterdir", lambda self: pytest.fail("a folder was read"))
    found = 0
    for method in METHODS.values():
        for setting in fields(method):
            if setting.metadata["pictures"]:
                found += 1
                record = GOOD | {"methods": [{"method": method.name, setting.name: "/etc"}]}
                (read,) = settings_in(json.dumps(record).encode()).methods
                assert (read.pictures, getattr(read.method, setting.name)) == ("/etc", setting.default)
                refused(json.dumps(GOOD | {"methods": [{"method": method.name, setting.name: ["/etc"]}]}).encode())
    assert found


KEYS = some.sampled_from([*GOOD, "crop", "networks", "prepared", "place"])
anything = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=9),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


@given(some.dictionaries(KEYS, anything, min_size=1))
def test_whatever_stands_in_a_record_it_is_read_or_refused(change: dict[str, Any]) -> None:
    with suppress(ValueError):
        settings_in(json.dumps(GOOD | change).encode())
