"""The command line with a network of one logit, which is a sigmoid score and no choice among classes; and with two logits."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import lrp
from lrp.cli.main import main
from lrp.pictures.picture_files import read
from lrp.pictures.sandbox import decode_image
from lrp.walk.objectives import objectives_for
from tests.checkpoints import write
from tests.lrp.cli.kit import QUICK, numbers, picture, record, refusal
from tests.networks import SLIM, random_resnet

Run = Callable[..., int]


@pytest.fixture(params=[4.0, -4.0], ids=["yes", "no"])
def one(request: pytest.FixtureRequest, here: Path) -> Path:
    """A network with one logit far on either side of 0, and a picture beside it."""
    state = random_resnet(18, SLIM, 1, torch.float32).state_dict()
    state["fc.bias"][:] = request.param
    picture(here / "photos" / "cat.png")
    return write(here / "one.safetensors", tensors=state, categories=["rust"])


def logit_of(weights: Path) -> float:
    backbone = lrp.load_backbone(18, weights)
    return float(backbone.network(backbone.preprocess(decode_image(read("photos/cat.png")))))


@pytest.mark.parametrize("target", [(), ("--target", "rust"), ("--target", "0")])
def test_one_logit_is_told_as_a_score(one: Path, target: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--weights", str(one), "photos/cat.png", *QUICK, *target]) == 0
    said, score = capsys.readouterr().out, torch.tensor(logit_of(one)).sigmoid().item()
    assert said.startswith(f"photos/cat.png: rust, score {score:.3f}; ")
    assert "%" not in said
    written = record(Path("cat.json"))
    assert written["prediction"] == {"class": "rust", "index": 0, "probability": pytest.approx(score, rel=1e-5)}
    assert written["top five"] == [written["prediction"]]
    assert "score" in written["settings"]["output"]
    assert written["settings"]["probability"] == pytest.approx(score, rel=1e-5)
    assert written["results"][0]["explained"] == pytest.approx(logit_of(one), rel=1e-5)
    assert numbers(Path("cat.npz"))["logits"] == pytest.approx([logit_of(one)], rel=1e-5)


def test_a_layer_can_be_explained_too(one: Path) -> None:
    assert main(["explain", "--weights", str(one), "photos/cat.png", *QUICK, "--objective", "features"]) == 0


@pytest.mark.parametrize("objective", ["contrast", "clrp", "sglrp"])
@pytest.mark.parametrize("more", [(), QUICK, ("--target", "0")])
def test_what_compares_classes_is_one_plain_sentence(
    one: Path, objective: str, more: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(["explain", "--weights", str(one), "photos/cat.png", "--objective", objective, *more], capsys)
    assert f"objective {objective} compares classes" in said
    assert "one logit, the score of rust" in said
    assert "--objective logit or against or features" in said
    assert not Path("cat.json").exists()


def test_a_class_that_one_logit_does_not_have_is_named(one: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "between 0 and 0" in refusal(["explain", "--weights", str(one), "photos/cat.png", "--target", "1"], capsys)


def test_one_logit_is_measured_by_its_score(one: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["photos/cat.png", *QUICK, "--steps", "4", "--random-orders", "3", "--noisy-copies", "1", "--patch", "16"]
    assert main(["measure", "--weights", str(one), *arguments]) == 0
    said, score = capsys.readouterr().out.splitlines()[0], torch.tensor(logit_of(one)).sigmoid().item()
    assert said.startswith(f"photos/cat.png: rust, score {score:.3f}; gain by epsilon-plus-flat")
    with Path("measures/pictures.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert float(row["probability"]) == pytest.approx(score, rel=1e-5)
    areas = [float(row[name]) for name in ("deletion", "insertion", "random")]
    assert len(set(areas)) == 3  # a softmax of one logit is 1 whatever is taken away
    assert all(0 < area < 1 for area in areas)


@pytest.mark.parametrize("objective", objectives_for("softmax"))
def test_two_logits_are_two_classes_as_before(here: Path, objective: str, capsys: pytest.CaptureFixture[str]) -> None:
    state = random_resnet(18, SLIM, 2, torch.float32).state_dict()
    weights = write(here / "two.safetensors", tensors=state, categories=["a", "b"])
    picture(here / "photos" / "cat.png")
    assert main(["explain", "--weights", str(weights), "photos/cat.png", "--objective", objective, *QUICK]) == 0
    assert "%" in capsys.readouterr().out.partition(";")[0]
    best = json.loads(Path("cat.json").read_text())["top five"]
    assert sum(each["probability"] for each in best) == pytest.approx(1)
    assert len(best) == 2
