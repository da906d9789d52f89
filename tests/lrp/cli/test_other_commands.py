"""The command line: the other commands."""

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import lrp
from lrp.cli.explain import COLOURS
from lrp.cli.main import main
from lrp.display.colours import SCALES
from lrp.methods.composites import table
from tests.lrp.cli.kit import LRP, ROOT, numbers, picture, refusal


def test_every_method_is_listed_with_its_settings(capsys):
    assert main(["methods"]) == 0
    entries = capsys.readouterr().out.split("\n\n")
    for entry, method in zip(entries, lrp.METHODS.values(), strict=True):
        assert entry.startswith(f"{method.name}: {method.label}\n")
        words = " ".join(entry.split())
        assert method.summary in words
        for setting in fields(method):
            assert setting.metadata["help"] in words
            assert f"--{setting.name.replace('_', '-')} (default " in words
    assert "--epsilon (default 0.25; 0 to 10)" in entries[0]
    assert "--relative (default off)" in entries[0]
    assert "--tolerance (default 0.01; 0.05, 0.02, 0.01, 0.005, none)" in entries[list(lrp.METHODS).index("integrated-gradients")]


@pytest.mark.parametrize("name", LRP)
def test_the_rules_are_those_that_the_network_gets(name: str, weights: str, capsys):
    assert main(["rules", "--method", name]) == 0
    assert capsys.readouterr().out == table(lrp.METHODS[name]().rules(lrp.load_backbone(18, weights).network)) + "\n"


def test_the_rules_follow_depth_and_settings(capsys):
    assert main(["rules", "--method", "uniform-epsilon", "--depth", "50", "--epsilon", "0.125", "--relative"]) == 0
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    weighted = [rule for name, rule in lines if "conv" in name or "downsample" in name or name == "fc"]
    assert weighted == ["Epsilon(epsilon=0.125, relative=True, bias=True)"] * 54


def test_a_method_without_rules_is_one_line(capsys):
    said = refusal(["rules", "--method", "integrated-gradients"], capsys)
    assert "method must be one that has rules, uniform-epsilon, " in said
    negative = ["rules", "--method", "uniform-epsilon", "--epsilon", "-1"]
    assert "epsilon must be >= 0 and finite, got -1.0" in refusal(negative, capsys)


def test_it_runs_as_a_program(here: Path, weights: str):
    picture(here / "photo.jpg")
    command = [sys.executable, "-m", "lrp", "explain", "photo.jpg", "nowhere.jpg", "--weights", weights, "--method",
               "uniform-epsilon", "--target", "golf_ball", "--out", "maps"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=here, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert done.returncode == 1
    assert done.stdout.startswith("photo.jpg: ")
    assert done.stderr == "nowhere.jpg: This file cannot be read (no such file or directory); check the path.\n"
    found = numbers(here / "maps" / "photo.npz")["relevance_1_uniform-epsilon"]
    backbone = lrp.load_backbone(18, weights)
    x = backbone.preprocess(lrp.decode_image((here / "photo.jpg").read_bytes()))
    np.testing.assert_allclose(found, lrp.explain(backbone, x, 6, lrp.UniformEpsilon()).relevance[0], rtol=1e-3, atol=1e-9)


def test_every_scale_of_colours_can_be_named():
    assert list(COLOURS.values()) == list(SCALES)
    assert not any(" " in name for name in COLOURS)
