"""What the tests of the command line share."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from torch import Tensor

import lrp
from lrp.cli.main import main

State = dict[str, Tensor]

ROOT = Path(__file__).parents[3]
CATEGORIES = ("tench", "English springer", "cat", "tiger cat", "gas pump", "church", "golf ball")
SETTINGS = [(name, setting) for name, method in lrp.METHODS.items() for setting in fields(method)]
LRP = [name for name, method in lrp.METHODS.items() if method.has_rules]
QUICK = ("--method", "epsilon-plus-flat")


def picture(path: Path, seed: int = 3, size: tuple[int, int] = (90, 70)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    Image.fromarray(coarse).resize(size).save(path)
    return path


def numbers(path: Path) -> dict[str, Any]:
    with np.load(path) as found:
        return dict(found)


def record(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What is said about arguments that cannot be: one line on stderr, nothing on stdout, exit code 2."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    out, err = capsys.readouterr()
    assert (caught.value.code, out, err.count("\n")) == (2, "", 1)
    return err


def with_prefix(state: State, prefix: str) -> State:
    return {f"{prefix}{key}": value for key, value in state.items()}
