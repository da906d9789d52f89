"""The command line with networks whose outputs are labels, or predicted values."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
import torch

import lrp
from lrp.cli.main import main
from lrp.display.record import record_rows
from lrp.pictures.picture_files import read
from lrp.pictures.sandbox import decode_image
from tests.checkpoints import write
from tests.lrp.cli.kit import QUICK, numbers, picture, record, refusal
from tests.networks import SLIM, random_resnet

NAMES = ["rust", "dent", "crack"]
LABELS, CLASSES = "labels, each of which is there or not", "classes that exclude each other"
FEW = ("--steps", "4", "--random-orders", "3", "--noisy-copies", "1", "--patch", "16")


def network(head: str) -> str:
    """A file of a network with three outputs that are well apart, and a picture beside it."""
    state = random_resnet(18, SLIM, 3, torch.float32).state_dict()
    state["fc.bias"][:] = torch.tensor([0.5, 3.0, -4.0])
    picture(Path("photos/cat.png"))
    return str(write(Path(f"{head}.safetensors"), tensors=state, categories=NAMES, head=head))


def logits_of(weights: str) -> list[float]:
    backbone = lrp.load_backbone(18, weights)
    return backbone.network(backbone.preprocess(decode_image(read("photos/cat.png"))))[0].tolist()


def sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


@pytest.mark.usefixtures("here")
def test_labels_have_scores_that_need_not_sum_to_one(capsys: pytest.CaptureFixture[str]) -> None:
    weights = network("sigmoid")
    assert main(["explain", "--weights", weights, "photos/cat.png", *QUICK]) == 0
    said, scores = capsys.readouterr().out, [sigmoid(logit) for logit in logits_of(weights)]
    order = np.argsort(scores)[::-1]
    assert said.startswith(f"photos/cat.png: {NAMES[order[0]]}, score {scores[order[0]]:.3f}; ")
    written = record(Path("cat.json"))
    assert [each["class"] for each in written["top five"]] == [NAMES[i] for i in order]
    assert [each["probability"] for each in written["top five"]] == pytest.approx([scores[i] for i in order], rel=1e-5)
    assert written["settings"]["output"] == "labels, each with a sigmoid of its own"
    assert written["settings"]["probability"] == pytest.approx(scores[order[0]], rel=1e-5)
    assert dict(record_rows(written["settings"]))["Explained class"].endswith(f"score {scores[order[0]]:.3f}")


@pytest.mark.usefixtures("here")
def test_what_speaks_against_a_label_is_asked_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    weights = network("sigmoid")
    assert main(["explain", "--weights", weights, "photos/cat.png", *QUICK, "--objective", "against", "--target", "crack"]) == 0
    assert "explained: against crack" in capsys.readouterr().out
    written = record(Path("cat.json"))
    assert written["settings"]["objective"] == "against"
    assert written["results"][0]["explained"] == pytest.approx(-logits_of(weights)[2], rel=1e-5)
    against = numbers(Path("cat.npz"))["relevance_1_epsilon-plus-flat"]
    assert main(["explain", "--weights", weights, "photos/cat.png", *QUICK, "--target", "crack", "--out", "for"]) == 0
    np.testing.assert_allclose(against, -numbers(Path("for/cat.npz"))["relevance_1_epsilon-plus-flat"])


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("target", [None, "crack", "2"])
def test_a_predicted_value_is_told_and_explained_as_one(target: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    weights = network("regression")
    assert main(["explain", "--weights", weights, "photos/cat.png", *QUICK, *(("--target", target) if target else ())]) == 0
    said, values = capsys.readouterr().out, logits_of(weights)
    index = 2 if target else 0
    assert said.startswith(f"photos/cat.png: rust {values[0]:.4g}; ")
    assert ("explained: a higher crack" in said) == bool(target)
    assert "%" not in said
    assert "score" not in said
    written = record(Path("cat.json"))
    assert written["top five"] == [
        {"class": name, "index": i, "value": pytest.approx(values[i], rel=1e-5)} for i, name in enumerate(NAMES)
    ]
    settings = written["settings"]
    assert (settings["objective"], settings["output"]) == ("value", "predicted values")
    assert settings["value"] == pytest.approx(values[index], rel=1e-5)
    assert not {"probability", "logit"} & set(settings)
    assert written["results"][0]["explained"] == pytest.approx(values[index], rel=1e-5)
    assert dict(record_rows(settings))["Explained value"] == f"{NAMES[index]} (index {index}), {values[index]:.4g}"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("head", "objective", "said"), [
    ("sigmoid", "contrast", f"compares classes, and this network has {LABELS}; choose --objective logit or against or features"),
    ("sigmoid", "value", f"is about predicted values, and this network has {LABELS}"),
    ("regression", "clrp", "compares classes, and this network has predicted values; choose --objective value or features"),
    ("regression", "logit", f"is about {CLASSES} and {LABELS}, and this network has predicted values"),
    ("softmax", "against", f"is about {LABELS}, and this network has {CLASSES}"),
])  # fmt: skip
def test_a_question_that_the_outputs_cannot_answer(
    head: str, objective: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = refusal(["explain", "--weights", network(head), "photos/cat.png", "--objective", objective], capsys)
    assert f"objective {objective} {said}" in found
    assert not Path("cat.json").exists()


@pytest.mark.usefixtures("here")
def test_labels_are_measured_by_the_score_of_the_explained_one(capsys: pytest.CaptureFixture[str]) -> None:
    weights = network("sigmoid")
    assert main(["measure", "--weights", weights, "photos/cat.png", *QUICK, *FEW, "--target", "rust"]) == 0
    score = sigmoid(logits_of(weights)[0])
    assert capsys.readouterr().out.startswith(f"photos/cat.png: rust, score {score:.3f}; gain by epsilon-plus-flat")
    (row,) = rows()
    assert float(row["probability"]) == pytest.approx(score, rel=1e-5)
    areas = [float(row[name]) for name in ("deletion", "insertion", "random")]
    assert len(set(areas)) == 3
    assert all(0 < area < 1 for area in areas)


@pytest.mark.usefixtures("here")
def test_values_are_measured_on_the_scale_of_the_picture(capsys: pytest.CaptureFixture[str]) -> None:
    weights = network("regression")
    assert main(["measure", "--weights", weights, "photos/cat.png", *QUICK, *FEW]) == 0
    value = logits_of(weights)[0]
    assert capsys.readouterr().out.startswith(f"photos/cat.png: rust {value:.4g}; gain by epsilon-plus-flat")
    (row,) = rows()
    assert float(row["value"]) == pytest.approx(value, rel=1e-5)
    assert "probability" not in row
    assert all(math.isfinite(float(row[name])) for name in ("deletion", "insertion", "random", "drop"))


def rows() -> list[dict[str, str]]:
    with Path("measures/pictures.csv").open() as file:
        return list(csv.DictReader(file))
