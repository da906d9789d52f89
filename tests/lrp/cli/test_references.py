"""The command line: a folder of pictures that Expected Gradients compare with."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import lrp
from lrp.cli import picture_folder
from lrp.cli.picture_folder import read_folder
from tests.lrp.cli.kit import numbers, picture, record, refusal

EXPECTED = ("--method", "expected-gradients", "--n-samples", "8")


def test_the_pictures_of_a_folder_are_the_references(explain: Callable[..., int], here: Path):
    for seed in (1, 2):
        picture(here / "others" / f"{seed}.png", seed)
    shown = picture(here / "photo.jpg")
    assert explain(shown, *EXPECTED, "--references", "others") == 0
    (settings,) = record(here / "photo.json")["settings"]["methods"]
    expected = lrp.PictureSet("others", [Image.open(here / "others" / f"{seed}.png") for seed in (1, 2)])
    assert settings["references"] == str(expected)
    with_others = numbers(here / "photo.npz")["relevance_1_expected-gradients"]
    assert explain(shown, *EXPECTED) == 0
    assert record(here / "photo.json")["settings"]["methods"][0]["references"] == "samples"
    assert np.abs(numbers(here / "photo.npz")["relevance_1_expected-gradients"] - with_others).max() > 0


def test_of_many_pictures_some_are_taken_evenly_and_large_ones_are_scaled(here: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(picture_folder, "MOST", 3)
    for number in range(9):
        picture(here / "many" / f"{number}.png", number, (40, 30))
    picture(here / "many" / "large.png", 1, (1600, 1024))
    found = read_folder("many")
    assert found.images[1].tobytes() == Image.open(here / "many" / "3.png").tobytes()
    assert len(found.images) == 3
    monkeypatch.setattr(picture_folder, "MOST", 128)
    assert read_folder("many").images[-1].size == (800, 512)
    assert len(read_folder("many").images) == 10


def test_what_is_no_folder_of_pictures_is_refused(here: Path, capsys: pytest.CaptureFixture[str]):
    picture(here / "photo.png")
    (here / "empty").mkdir()
    (here / "broken").mkdir()
    (here / "broken" / "a.png").write_bytes(b"no picture")
    for given, said in (
        ("nowhere", "references must be samples or a folder of pictures, got nowhere"),
        ("empty", "a folder must hold pictures"),
        ("broken", "broken/a.png: "),
    ):
        assert said in refusal(["explain", "photo.png", *EXPECTED, "--references", given], capsys)
