"""The command line on another device: --device, one that is not there, and too little memory."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lrp.cli import measure_files, search
from lrp.cli.main import main
from lrp.cli.run_files import OUT_OF_MEMORY
from lrp.jobs import batch
from tests.fake_device import MACHINES, machine
from tests.lrp.cli.kit import QUICK, numbers, picture, record, refusal

OUT = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
NO_MEMORY = [OUT, MemoryError(), RuntimeError("MPS backend out of memory"), RuntimeError("could not create a primitive")]


@pytest.mark.parametrize("kind", MACHINES)
@pytest.mark.parametrize("named", [True, False])
def test_the_files_are_those_of_the_processor(explain: Callable[..., int], kind: str, named: bool) -> None:
    picture(Path("cat.png"))
    asked = ("cat.png", *QUICK, "--method", "integrated-gradients", "--tolerance", "none", "--n-steps", "4")
    assert explain(*asked, "--out", "here") == 0
    with machine(kind) as place:
        assert explain(*asked, "--out", "there", "--device", str(place) if named else "auto") == 0
    here, there = (numbers(Path(folder, "cat.npz")) for folder in ("here", "there"))
    for name in ("logits", "relevance_1_epsilon-plus-flat", "relevance_2_integrated-gradients"):
        np.testing.assert_allclose(there[name], here[name], rtol=1e-4, atol=1e-4 * np.abs(here[name]).max())
    assert np.array_equal(here["picture"], there["picture"])
    kept = [record(Path(folder, "cat.json"))["settings"] for folder in ("here", "there")]
    assert kept[0].keys() == kept[1].keys()
    assert kept[0]["methods"] == kept[1]["methods"]


@pytest.mark.parametrize("kind", MACHINES)
@pytest.mark.filterwarnings("ignore:at..frobenius_norm is deprecated")
def test_pictures_are_measured_there(weights: str, here: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    picture(Path("cat.png"))
    few = ("--steps", "3", "--random-orders", "2", "--noisy-copies", "1", "--patch", "32")
    with machine(kind):
        assert main(["measure", "--weights", weights, "cat.png", *QUICK, *few, "--device", "auto"]) == 0
    assert "gain by epsilon-plus-flat" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["explain", "measure", "search"])
@pytest.mark.parametrize(("device", "said"), [
    ("gpu", "device must be one of auto, cpu, cuda, mps, got 'gpu'"),
    ("cuda:99", "device must be one that torch finds here, cpu"),
])  # fmt: skip
def test_a_device_that_is_not_there_is_one_sentence(
    weights: str, here: Path, command: str, device: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for i in range(12):
        picture(Path(f"{i}.png"))
    files = [f"{i}.png" for i in range(12)]
    found = refusal([command, "--weights", weights, *files, "--device", device], capsys)
    assert said in found
    assert found.endswith(f"got '{device}'\n")


@pytest.mark.parametrize("error", NO_MEMORY, ids=str)
def test_too_little_memory_is_one_sentence_and_the_next_picture_is_tried(
    explain: Callable[..., int], error: Exception, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    picture(Path("a.png"))
    picture(Path("b.png"))
    whole = batch.explain
    errors = [error]

    def fail_once(*arguments: Any) -> Any:
        if errors:
            raise errors.pop()
        return whole(*arguments)

    monkeypatch.setattr(batch, "explain", fail_once)
    assert explain("a.png", "b.png", *QUICK) == 1
    out, err = capsys.readouterr()
    assert err == f"a.png: {OUT_OF_MEMORY}\n"
    assert out.startswith("b.png: ")


def test_it_is_for_the_other_commands_too(
    weights: str, here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **settings: Any) -> Any:
        raise OUT

    for i in range(12):
        picture(Path(f"{i}.png"), i)
    files = [f"{i}.png" for i in range(12)]
    monkeypatch.setattr(measure_files, "report", fail)
    monkeypatch.setattr(search, "search_settings", fail)
    assert main(["measure", "--weights", weights, files[0]]) == 1
    assert capsys.readouterr().err == f"0.png: {OUT_OF_MEMORY}\n"
    assert main(["search", "--weights", weights, *files]) == 1
    assert capsys.readouterr().err == f"{OUT_OF_MEMORY}\n"


def test_another_error_is_no_lack_of_memory(explain: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any) -> Any:
        raise RuntimeError("a fault of the program")

    picture(Path("a.png"))
    monkeypatch.setattr(batch, "explain", fail)
    with pytest.raises(RuntimeError, match="a fault of the program"):
        explain("a.png", *QUICK)
