"""The command line: what is asked about a class, and of which network."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from torch import nn

import lrp
from lrp.cli.main import main
from lrp.models.architectures import STAGES
from lrp.models.network_source import NetworkSource
from pages.parts.choose.samples import SAMPLES
from tests.lrp.cli.kit import picture, refusal
from tests.small import NAMES, logits_of, picture_of, write_small


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small(tmp_path_factory.mktemp("demo"), 18)


@pytest.fixture
def command(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Explains the cat with these arguments and returns the record and the numbers."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(SAMPLES["Cat"]()).save("cat.png")

    def run(*arguments: str) -> dict[str, Any]:
        assert main(["explain", "cat.png", "--weights", str(weights), *arguments]) == 0
        (numbers,), (record,) = tmp_path.glob("*.npz"), tmp_path.glob("*.json")
        with np.load(numbers) as arrays:
            return {**arrays, **json.loads(record.read_text())}

    return run


def test_a_contrast_on_the_command_line_is_that_of_the_library(command: Callable[..., Any], weights: Path) -> None:
    found = command("--objective", "contrast", "--target", "cat", "--versus", "elk", "--method", "epsilon-plus-flat")
    backbone = lrp.load_backbone(18, weights)
    result = lrp.explain(backbone, picture_of(backbone), lrp.Contrast(2, 4), lrp.EpsilonPlusFlat())
    np.testing.assert_array_equal(found["relevance_1_epsilon-plus-flat"], result.relevance[0])
    said = found["settings"]
    assert (said["objective"], said["explained class"], said["rather than class"]) == ("contrast", "cat", "elk")


def test_a_contrast_is_against_the_likeliest_other_class_unless_one_is_named(
    command: Callable[..., Any], weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command("--objective", "contrast", "--method", "uniform-epsilon")
    first, second = logits_of(lrp.load_backbone(18, weights)).topk(2).indices.tolist()
    assert f"explained: {NAMES[first]} rather than {NAMES[second]}" in capsys.readouterr().out


@pytest.mark.parametrize("stage", [None, *STAGES["resnet"]])
def test_a_stage_on_the_command_line_is_that_of_the_library(
    command: Callable[..., Any], weights: Path, stage: str | None
) -> None:
    found = command("--objective", "features", "--method", "epsilon-plus", *(() if stage is None else ("--stage", stage)))
    backbone = lrp.load_backbone(18, weights)
    result = lrp.explain(backbone, picture_of(backbone), lrp.Features(stage or "layer3"), lrp.EpsilonPlus())
    np.testing.assert_array_equal(found["relevance_1_epsilon-plus"], result.relevance[0])


def test_what_lrp_alone_can_explain_leaves_integrated_gradients_out(command: Callable[..., Any]) -> None:
    found = command("--objective", "clrp")
    assert [each["method"] for each in found["results"]] == ["uniform-epsilon", "epsilon-plus-flat"]


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--objective", "clrp", "--method", "integrated-gradients"), ("clrp", "LRP only", "integrated-gradients")),
        (("--versus", "dog"), ("--versus", "contrast", "logit")),
        (("--stage", "layer2", "--objective", "contrast"), ("--stage", "features", "contrast")),
        (("--stage", "layer9", "--objective", "features"), ("layer9", "layer4")),
        (("--objective", "contrast", "--versus", "gnu"), ("gnu",)),
        (("--architecture", "vgg", "--depth", "18"), ("16", "18")),
    ],
)
def test_a_question_that_cannot_be_asked_is_one_line(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["explain", "cat.png", "--weights", str(weights), "--out", str(tmp_path), *arguments])
    out, err = capsys.readouterr()
    assert (caught.value.code, out, err.count("\n")) == (2, "", 1)
    for part in parts:
        assert part in err


def test_a_stage_after_what_is_explained_is_one_line_and_the_run_goes_on(
    command: Callable[..., Any], weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command()
    arguments = ("--objective", "features", "--stage", "layer1", "--method", "grad-cam", "--layer", "layer4")
    assert main(["explain", "cat.png", "--weights", str(weights), *arguments]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "grad-cam" in line
    assert "layer4" in line


def test_the_rules_of_vgg_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--architecture", "vgg", "--method", "epsilon-plus-flat"]) == 0
    out = capsys.readouterr().out
    assert "features.28" in out or "features_28" in out
    assert "Flat" in out


@pytest.mark.parametrize("method", ["guided-backprop", "deconvolution"])
@pytest.mark.parametrize("files", [("cat.png",), ("photos", "--out", "store")], ids=["picture", "job"])
def test_a_method_of_rectifiers_is_refused_at_once_where_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], method: str, files: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    picture(tmp_path / "photos" / "cat.png")
    layers = (nn.Conv2d(3, 4, 3), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    curved = lrp.Backbone.of(nn.Sequential(*layers).eval(), ["a", "b"], 32)
    monkeypatch.setattr(NetworkSource, "load", lambda self, progress: curved)
    assert f"{method}: the method changes gradients at every ReLU" in refusal(["explain", *files, "--method", method], capsys)
