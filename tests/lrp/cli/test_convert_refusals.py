"""python -m lrp convert: what cannot be converted is refused in one sentence."""

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from lrp.cli.main import main
from tests.lrp.cli.kit import refusal, with_prefix


def failure(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What is said of a checkpoint that cannot be converted: one sentence on stderr, exit code 1."""
    assert main(["convert", *arguments]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), err.endswith(".\n")) == ("", 1, True)
    assert "Traceback" not in err
    return err


class Whole(nn.Module):
    """What `torch.save(model)` pickles."""


@pytest.mark.usefixtures("unsandboxed")
def test_what_cannot_be_converted_is_one_sentence_with_a_way_on(
    model: nn.Module, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = dict(model.state_dict())
    torch.save(Whole(), here / "whole.pth")
    assert "`torch.save(torch.load('whole.pth', weights_only=False).state_dict(), 'weights.pth')`" in failure(capsys, "whole.pth")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        torch.jit.save(torch.jit.script(nn.Sequential(nn.Linear(2, 2))), here / "script.pt")
    assert "`torch.save(torch.jit.load('script.pt').state_dict(), 'weights.pth')`" in failure(capsys, "script.pt")
    (here / "text.pth").write_text("hello")
    (here / "empty.pth").touch()
    torch.save(good, here / "good.pth")
    (here / "cut.pth").write_bytes((here / "good.pth").read_bytes()[:-5000])
    for name in ("text.pth", "empty.pth", "cut.pth"):
        assert "no checkpoint" in failure(capsys, name)
    assert "no such file" in failure(capsys, "none.pth")
    torch.save({"fc.weight": torch.zeros(2, 2), "list": [1]}, here / "other.pth")
    assert "is in it" in failure(capsys, "other.pth")
    torch.save(with_prefix(good, "student.") | with_prefix(good, "teacher."), here / "two.pth")
    assert "2 networks, student, teacher; choose one by --part" in failure(capsys, "two.pth")
    assert "none is called 'x'" in failure(capsys, "two.pth", "--part", "x")
    torch.save({key: value for key, value in good.items() if not key.startswith("layer4.1")}, here / "short.pth")
    assert "not those of a ResNet-47: layer4.1.bn1.bias should be 32, but is absent" in failure(capsys, "short.pth")
    torch.save(good | {"layer1.0.se.fc.weight": torch.zeros(2, 2)}, here / "se.pth")
    assert "layer1.0.se.fc.weight is of a squeeze-and-excitation gate" in failure(capsys, "se.pth")
    torch.save(good | {"fc.bias": torch.full((3,), torch.nan)}, here / "nan.pth")
    assert "fc.bias holds values that are not finite" in failure(capsys, "nan.pth")
    assert "a ResNet-50, not one of depth 18" in failure(capsys, "good.pth", "--depth", "18")
    (here / "good.safetensors").write_text("mine")
    assert "exists already" in failure(capsys, "good.pth")
    assert (here / "good.safetensors").read_text() == "mine"


def test_a_checkpoint_runs_no_code(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Hostile:
        def __reduce__(self) -> Any:
            return (Path.touch, (Path("ran"),))

    torch.save({"state_dict": Hostile()}, here / "hostile.pth")
    failure(capsys, "hostile.pth")
    assert not (here / "ran").exists()


@pytest.mark.usefixtures("unsandboxed")
def test_names_and_numbers_that_cannot_be_are_refused(
    model: nn.Module, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save(model.state_dict(), here / "best.pth")
    (here / "two.txt").write_text("a\nb\n")
    (here / "no.json").write_text("{")
    for arguments, words in (
        (["--classes", "two.txt"], "a name for each of the 3 classes, got 2 in two.txt"),
        (["--classes", "no.json"], "the class names in no.json cannot be used: it is not JSON"),
        (["--classes", "none.txt"], "classes must be a text file"),
        (["--size", "8"], "between 16 and 1024, got 8"),
        (["--resize", "200"], "the resize must be 224 to 896"),
        (["--mean", "123.7", "116.3", "103.5"], "divided by 255"),
        (["--std", "0", "1", "1"], "three positive numbers"),
        (["--std", "nan", "1", "1"], "three positive numbers"),
        (["--interpolation", "cubic"], "bicubic"),
        (["--depth", "19"], "18, 34, 50, 101, 152"),
    ):
        assert words in refusal(["convert", "best.pth", *arguments], capsys)
    assert not (here / "best.safetensors").exists()
