"""explain --settings: what the page or a run has written is explained again, to the bit, or refused in one line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import lrp
from lrp.cli.main import main
from lrp.display.colours import SCALES
from lrp.display.record import comparison_record
from lrp.jobs.read_store import read_store
from lrp.models import demo
from lrp.pictures.samples import sample_png
from lrp.walk.objectives import Objective
from tests.lrp.cli.kit import numbers, picture, record, refusal
from tests.small import NAMES, digests, write_small

SHOWN = {"colours": list(SCALES)[1], "photo": 0.25, "clip": 97.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network in the place of the bundled one."""
    return write_small(tmp_path_factory.mktemp("demo"), 18).parent


@pytest.fixture
def backbone(folder: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> lrp.Backbone:
    monkeypatch.setattr(demo, "FOLDER", folder)
    monkeypatch.setattr(demo, "SHA256", digests(folder, 18))
    return lrp.load_backbone()


def written(backbone: lrp.Backbone, objective: Objective, *methods: Any, key: tuple[str, str] = ("Cat", "sample:Cat")) -> str:
    """A file of settings as the page writes it."""
    found = comparison_record(backbone, key, objective, torch.zeros(len(NAMES)), methods, SHOWN)
    Path("page.json").write_text(json.dumps(found))
    return "page.json"


def test_what_a_run_has_written_is_explained_again_to_the_bit(explain: Callable[..., int], here: Path) -> None:
    picture(here / "cat.png")
    given = ("--method", "saliency", "--method", "epsilon-gamma-box", "--gamma", 1 / 3, "--photo", 0.5, "--percentile", 90)
    assert explain("cat.png", *given, "--objective", "contrast", "--target", "church", "--out", "first") == 0
    assert main(["explain", "cat.png", "--settings", "first/cat.json", "--out", "again"]) == 0
    first, again = record(here / "first" / "cat.json"), record(here / "again" / "cat.json")
    assert first["settings"] == again["settings"]
    assert (here / "first" / "cat.png").read_bytes() == (here / "again" / "cat.png").read_bytes()
    one, other = numbers(here / "first" / "cat.npz"), numbers(here / "again" / "cat.npz")
    assert one.keys() == other.keys()
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)


def test_a_method_may_be_there_twice_and_the_picture_a_sample(backbone: lrp.Backbone, here: Path) -> None:
    methods = (lrp.UniformEpsilon(0.1), lrp.UniformEpsilon(2.0, relative=True), lrp.EpsilonPlus())
    assert main(["explain", "--settings", written(backbone, lrp.CLRP(3), *methods)]) == 0
    found, said = numbers(here / "Cat.npz"), record(here / "Cat.json")["settings"]
    x = backbone.preprocess(lrp.decode_image(sample_png("Cat")))
    for number, method in enumerate(methods, start=1):
        expected = lrp.explain(backbone, x, lrp.CLRP(3), method).relevance[0].numpy()
        np.testing.assert_array_equal(found[f"relevance_{number}_{method.name}"], expected)
    assert (said["picture"], said["picture sha256 or sample"]) == ("Cat", "sample:Cat")
    assert said["display"] == {"scale": SHOWN["colours"], "photo": 0.25, "percentile": 97.0}


def test_a_folder_of_pictures_is_explained_by_the_settings_of_one(backbone: lrp.Backbone, here: Path) -> None:
    for i in range(2):
        picture(here / "photos" / f"{i}.png", i)
    file = written(backbone, lrp.Logit(1), lrp.EpsilonPlus())
    assert main(["explain", "photos", "--settings", file, "--out", "store"]) == 0
    assert read_store("store").rows(["class"])["class"].to_pylist() == [NAMES[1]] * 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda said: said.pop("methods"), "holds no settings of a comparison"),
        (lambda said: said.update(methods=[]), "holds no settings of a comparison"),
        (lambda said: said.update(methods=[{"method": "other"}]), "method must be one of uniform-epsilon, "),
        (lambda said: said["methods"][0].update(epsilon="much"), "epsilon must be a number, got 'much'"),
        (lambda said: said["methods"][0].update(epsilon=True), "epsilon must be no switch, got True"),
        (lambda said: said["methods"][0].update(epsilon=-1), "-1"),
        (lambda said: said["methods"][0].update(speed=1), "UniformEpsilon has no setting 'speed'; it has epsilon, "),
        (lambda said: said.update(objective="why"), "objective must be one of logit, "),
        (lambda said: said.update({"explained class index": 99}), "target must be between 0 and 5, got 99"),
        (lambda said: said.update({"explained class index": "2"}), "holds no settings of a comparison"),
        (lambda said: said.update(network="ResNet-19"), "network must be one that comes with demo weights, got ResNet-19"),
        (lambda said: said.update({"weights sha256": "0" * 64}), "--settings are those of ResNet-18 with weights of SHA-256 000"),
        (lambda said: said.update(networks=[None, {}]), "compares several networks"),
        (lambda said: said.update(display={"colours": "rainbow"}), "holds no settings of a comparison"),
        (lambda said: said.update(picture="a.png", **{"picture sha256 or sample": "0" * 64}), "give the file of 'a.png'"),
    ],
)
def test_settings_that_cannot_be_used_are_one_line(
    backbone: lrp.Backbone, capsys: pytest.CaptureFixture[str], change: Callable[[dict[str, Any]], object], words: str
) -> None:
    file = Path(written(backbone, lrp.Logit(2), lrp.UniformEpsilon()))
    said = json.loads(file.read_text())
    change(said)
    file.write_text(json.dumps(said))
    assert words in refusal(["explain", "--settings", str(file)], capsys)


@pytest.mark.parametrize("content", ["", "[]", "3", "null", '{"settings": 3}', "{" * 9999, "\x00"])
def test_a_file_of_something_else_is_one_line(here: Path, capsys: pytest.CaptureFixture[str], content: str) -> None:
    Path("other.json").write_text(content)
    assert "--settings must be a file of settings, got other.json" in refusal(["explain", "--settings", "other.json"], capsys)
    assert "--settings must be a file of settings, got none" in refusal(["explain", "--settings", "none"], capsys)


@pytest.mark.parametrize("more", [
    ("--method", "saliency"), ("--epsilon", "1"), ("--target", "cat"), ("--objective", "logit"), ("--photo", "1"),
    ("--no-relative",),
])  # fmt: skip
def test_what_the_settings_say_cannot_be_said_again(
    backbone: lrp.Backbone, capsys: pytest.CaptureFixture[str], more: tuple[str, ...]
) -> None:
    file = written(backbone, lrp.Logit(2), lrp.UniformEpsilon())
    flag = more[0].replace("--no-", "--")
    assert f"leave out {flag}\n" in refusal(["explain", "--settings", file, *more], capsys)
