"""The command line: weights, progress and interruption."""

import io
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import lrp
from lrp.cli.explain_files import ExplainRun
from lrp.cli.main import main
from lrp.cli.result_folder import ResultFolder
from lrp.models import network_source
from tests.lrp.cli.kit import QUICK, picture


def test_weights_that_cannot_be_had_are_one_sentence(here: Path, weights: str, capsys):
    file = str(picture(here / "photo.jpg"))
    for arguments, words in (
        (["--weights", "nowhere.safetensors"], "there is no such file"),
        (["--weights", "own.pth"], "are a pickle, which can hold code"),
        (["--weights", weights, "--depth", "50"], "those of a ResNet-18; choose that depth"),
    ):
        assert main(["explain", file, *arguments]) == 1
        out, err = capsys.readouterr()
        assert words in err
        assert (out, err.count("\n")) == ("", 1)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal(explain, here: Path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    assert explain(picture(here / "photo.jpg"), *QUICK) == 0
    assert "photo:   0%|" in terminal.getvalue()
    assert "weights" not in terminal.getvalue()
    assert capsys.readouterr().out.count("\n") == 1


def test_a_download_is_shown_on_a_terminal(here: Path, weights: str, monkeypatch):
    def load(depth: int, name: str, progress: Callable[[int, int], None], architecture: str) -> lrp.Backbone:
        assert (depth, name, architecture) == (18, "imagenet", "resnet")
        progress(20_000_000, 50_000_000)
        time.sleep(0.15)  # tqdm draws ten times a second at most
        progress(50_000_000, 50_000_000)
        return lrp.load_backbone(18, weights)

    monkeypatch.setattr(network_source, "load_backbone", load)
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    assert main(["explain", "--weights", "imagenet", str(picture(here / "photo.jpg")), *QUICK]) == 0
    assert "weights: 100%|" in terminal.getvalue()
    assert "50.0M/50.0M" in terminal.getvalue()


def test_the_share_done_only_grows_and_ends_at_one(here: Path, weights: str):
    shares: list[float] = []
    methods = [lrp.UniformEpsilon(), lrp.IntegratedGradients(n_steps=16, tolerance=None)]
    file = str(picture(here / "photo.jpg"))
    ExplainRun(lrp.load_backbone(18, weights), methods).explain(file, ResultFolder(here, [file]), shares.append)
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.5
    assert shares[-1] == 1


def test_an_interruption_ends_it_quietly(explain, here: Path, monkeypatch, capsys):
    def interrupt(*arguments: Any) -> Iterator[None]:
        raise KeyboardInterrupt

    monkeypatch.setattr(ExplainRun, "explain", interrupt)
    assert explain(picture(here / "photo.jpg")) == 130
    assert capsys.readouterr() == ("", "")


def test_a_reader_that_goes_away_is_no_error_message(monkeypatch: pytest.MonkeyPatch, capsys):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as gone:
        monkeypatch.setattr(sys, "stdout", gone)
        assert main(["methods"]) == 1
    assert capsys.readouterr().err == ""
