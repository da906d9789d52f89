"""The command line: the search for settings."""

import json
from pathlib import Path

import pytest
import torch

import lrp
from lrp.cli.main import main
from lrp.metrics.settings_search import SettingsSearch, search_settings
from tests.lrp.cli.kit import picture, record, refusal

QUICK = ("--measure", "faithfulness", "--candidates", "4", "--max-shifts", "1")


@pytest.fixture
def photos(here: Path) -> Path:
    for seed in range(11):
        picture(here / "photos" / f"{seed:02}.png", seed)
    return here / "photos"


def test_the_record_is_what_the_engine_finds(photos: Path, weights: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", str(photos), "--weights", weights, *QUICK, "--out", "found/record.json"]) == 0
    out = capsys.readouterr().out
    backbone = lrp.load_backbone(18, weights)
    files = [str(file) for file in sorted(photos.iterdir())]
    x = torch.cat([backbone.preprocess(lrp.decode_image(Path(file).read_bytes())) for file in files])
    expected = search_settings(backbone, x, SettingsSearch("faithfulness", 4, (1,)))
    said = record(Path("found/record.json"))
    assert said["files"] == files
    assert (said["network"], said["weights"]) == (backbone.name, weights)
    assert {key: said[key] for key in expected.record()} == json.loads(json.dumps(expected.record()))
    assert expected.sentence in out
    assert (expected.runner_up_sentence in out) == expected.found
    assert f"--method {expected.best.method.name}" in out.splitlines()[-1]


def test_the_flags_that_it_prints_make_the_method_that_it_found(
    photos: Path, weights: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["search", str(photos), "--weights", weights, "--measure", "faithfulness", "--candidates", "6", "--max-shifts", "2"])
    flags = capsys.readouterr().out.splitlines()[-1].partition("explain FILE ")[2].split()
    best = record(Path("search.json"))["candidates"][0]
    assert main(["explain", str(photos / "00.png"), "--weights", weights, *flags]) == 0
    assert record(Path("00.json"))["settings"]["methods"][0] == {"method": best["method"], **best["settings"]}


def test_a_file_that_is_no_picture_is_left_out_and_named(photos: Path, weights: str, capsys: pytest.CaptureFixture[str]) -> None:
    (photos / "99.jpg").write_text("no picture")
    assert main(["search", str(photos), "--weights", weights, *QUICK]) == 1
    assert "99.jpg" in capsys.readouterr().err
    assert len(record(Path("search.json"))["files"]) == 11


def test_a_record_is_never_overwritten(photos: Path, weights: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("search.json").write_text("mine")
    assert main(["search", str(photos), "--weights", weights, *QUICK]) == 1
    assert "exists already" in capsys.readouterr().err
    assert Path("search.json").read_text() == "mine"


def test_too_few_pictures_are_refused_before_any_is_read(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = [str(photos / f"{seed:02}.png") for seed in range(9)]
    assert "needs at least 10 pictures, 4 to search with and 6 held out, got 9" in refusal(["search", *few], capsys)
    assert "candidates" in refusal(["search", *few, "--candidates", "1"], capsys)
