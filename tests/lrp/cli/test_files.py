"""The command line: what is read and written, and what it does with mistakes."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrp
from lrp.cli.result_folder import ResultFolder
from lrp.pictures import picture_files
from tests.lrp.cli.kit import QUICK, numbers, picture, record


def test_pictures_of_the_same_name_do_not_overwrite_each_other(explain, here: Path):
    sources = [picture(here / "a" / "cat.png", 1), picture(here / "b" / "cat.jpg", 2), picture(here / "c" / "CAT.png", 3)]
    for _ in range(2):  # a second run replaces the results of the first, and makes no more
        assert explain(*sources, sources[0], *QUICK, "--out", "maps") == 0
        names = ["cat", "cat-2", "CAT-3"]
        assert {path.name for path in (here / "maps").iterdir()} == {n + s for n in names for s in (".png", ".npz", ".json")}
        assert [record(here / "maps" / f"{name}.json")["file"] for name in names] == list(map(str, sources))
    seen = [numbers(here / "maps" / f"{name}.npz")["picture"] for name in names]
    assert not np.array_equal(seen[0], seen[1])


def test_nothing_that_is_not_an_earlier_result_is_overwritten(explain, here: Path):
    picture(here / "photo.png")
    (here / "other.json").write_text('{"settings": []}')
    (here / "gone.npz").symlink_to(here / "nowhere")
    picture(here / "other.jpg")
    picture(here / "gone.jpg")
    before = {path: path.read_bytes() for path in here.iterdir() if path.exists()}
    for _ in range(2):
        assert explain("photo.png", "other.jpg", "gone.jpg", *QUICK) == 0
        assert {path: path.read_bytes() for path in before} == before
        assert not (here / "nowhere").exists()
        made = {path.stem for path in here.iterdir() if path.suffix == ".npz" and path.exists()}
        assert made == {"photo-2", "other-2", "gone-2"}


def test_a_sheet_that_is_to_be_explained_is_not_overwritten_either(explain, here: Path):
    explain(picture(here / "photo.jpg"), *QUICK)
    sheet = (here / "photo.png").read_bytes()
    assert explain("photo.png", *QUICK) == 0
    assert (here / "photo.png").read_bytes() == sheet
    assert record(here / "photo-2.json")["file"] == "photo.png"


@pytest.mark.parametrize("file", [".", "", "/", ".."])
def test_every_file_gets_a_name(here: Path, file: str):
    assert ResultFolder(here, [file]).name_for(file, "0" * 64)


def test_one_bad_file_does_not_stop_the_others(explain, here: Path, capsys):
    (here / "notes.jpg").write_text("no picture")
    (here / "empty.jpg").touch()
    bad = ["notes.jpg", "empty.jpg", "nowhere.jpg", "https://example.org/cat.jpg"]
    assert explain(*bad, picture(here / "photo.jpg"), *QUICK, "--out", "maps") == 1
    out, err = capsys.readouterr()
    assert {path.name for path in (here / "maps").iterdir()} == {"photo.png", "photo.npz", "photo.json"}
    assert out.count("\n") == 1
    for line, file, words in zip(
        err.splitlines(), bad, ["not a picture", "empty", "no such file", "save the file first"], strict=True
    ):
        assert line.startswith(f"{file}: ")
        assert words in line
        assert line.endswith(".")


def test_a_file_that_is_too_large_is_not_read(here: Path, monkeypatch):
    monkeypatch.setattr(picture_files, "MAX_BYTES", 1_000_000)
    with (here / "film.png").open("wb") as file:
        file.truncate(1_000_001)
    monkeypatch.setattr("lrp.files.regular_file.os.fdopen", lambda *_: pytest.fail("read"))
    with pytest.raises(lrp.InputError, match="more than 1 MB"):
        picture_files.read("film.png")


def test_links_are_never_opened(explain, here: Path, monkeypatch, capsys):
    monkeypatch.setattr("socket.socket", lambda *arguments, **more: pytest.fail("a socket"))
    assert explain("http://127.0.0.1:9/cat.jpg", "ftp://127.0.0.1/cat.jpg", *QUICK) == 1
    assert capsys.readouterr().err.count("save the file first") == 2


def test_a_name_that_is_not_utf_8_is_no_obstacle(explain, here: Path, capsys):
    name = os.fsdecode(b"caf\xe9.jpg")
    picture(here / "plain.jpg").rename(here / name)
    assert explain(name, os.fsdecode(b"\xff.jpg"), *QUICK) == 1
    assert (here / os.fsdecode(b"caf\xe9.npz")).exists()
    assert record(here / os.fsdecode(b"caf\xe9.json"))["file"] == "caf?.jpg"
    assert capsys.readouterr().out.startswith("caf?.jpg: ")


def test_where_nothing_can_be_written_is_one_sentence(explain, here: Path, capsys):
    file = picture(here / "photo.jpg")
    assert explain(file, *QUICK, "--out", file) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"The results cannot be written to {file} (file exists); choose another folder.\n"


@dataclass(frozen=True)
class Overflowing(lrp.EpsilonPlus):
    """A method whose relevance is beyond all numbers."""

    name = "overflowing"

    def explain(self, *arguments: Any) -> lrp.Attribution:
        found = super().explain(*arguments)
        return lrp.Attribution(found.relevance * float("inf"), found.logits, found.explained)


def test_relevance_that_is_not_finite_is_said_and_not_written(explain, here: Path, monkeypatch, capsys):
    monkeypatch.setitem(lrp.METHODS, "overflowing", Overflowing)
    assert explain(picture(here / "photo.jpg"), "--method", "overflowing", "--out", "maps") == 1
    assert "The relevance by overflowing is no longer finite" in capsys.readouterr().err
    assert not (here / "maps").exists()
