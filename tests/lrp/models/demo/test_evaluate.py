"""The accuracy of the bundled networks is measured right."""

from pathlib import Path

import pytest
import torch
from torch import nn

import lrp
from lrp.models.demo import evaluate, train
from lrp.models.demo.photos import load_photos


class Fixed(nn.Module):
    """Sees nothing and answers the class that the red channel of the first pixel says."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.one_hot(x[:, 0, 0, 0].round().long(), 3).float()


def test_the_table_counts_right_and_wrong_answers(photos: Path) -> None:
    stand_in = lrp.Backbone(18, "demo", Fixed(), None, ("a", "b", "c"), 4, 0, torch.zeros(1), torch.tensor(1 / 255), "")  # type: ignore
    answers, labels = torch.tensor([0, 0, 1, 1, 2, 2, 2, 2]), torch.tensor([0, 0, 0, 1, 2, 1, 1, 2])
    pixels = answers.byte().view(-1, 1, 1, 1).expand(-1, 3, 4, 4)
    counts = evaluate.confusion_counts(stand_in, pixels, labels)
    assert counts.tolist() == [[2, 1, 0], [0, 1, 2], [0, 0, 2]]
    assert evaluate.accuracy_table({18: counts, 50: counts}, ("a", "b", "c")).splitlines() == [
        "| class | photos | ResNet-18 | ResNet-50 |",
        "| ----- | -----: | --------: | --------: |",
        "| a     |      3 |      66.7 |      66.7 |",
        "| b     |      3 |      33.3 |      33.3 |",
        "| c     |      2 |     100.0 |     100.0 |",
        "| all   |      8 |      62.5 |      62.5 |",
        "",
        "ResNet-18: b was most often taken for c, 66.7 % of its photos.",
        "ResNet-50: b was most often taken for c, 66.7 % of its photos.",
    ]


def test_evaluate_measures_a_file(photos: Path, whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(whole / "resnet18.safetensors")
    evaluate.main(["--data", str(photos), "--depth", "18", "--weights", path])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| class    | photos | ResNet-18 |"
    assert [line.split("|")[1].strip() for line in lines[2:6]] == ["Blue sky", "lawn", "Mars", "all"]
    measured = train.accuracy(lrp.load_backbone(18, path).model, *load_photos(photos / "val")[:2])
    assert lines[5].split("|")[3].strip() == f"{100 * measured:.1f}"


def test_evaluate_refuses_photos_of_other_classes(photos: Path) -> None:
    with pytest.raises(SystemExit, match="has the classes Blue sky, lawn, Mars; the network has others"):
        evaluate.main(["--data", str(photos), "--depth", "18"])
