"""The training of the bundled networks, on a few photos made here: that it can be killed, and that it is measured right."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn

import lrp
from lrp.models.architectures.resnet import build_resnet
from lrp.models.demo import evaluate, train
from lrp.models.demo.photos import load_photos, normalize
from lrp.models.weights import build, read_safetensors

ROOT = Path(__file__).parents[3]
EPOCHS = 4
CLASSES = {"Blue_sky": (40, 90, 230), "lawn": (60, 180, 40), "Mars": (220, 90, 30)}


@pytest.fixture(scope="module", autouse=True)
def small_batches() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "BATCH", 8)
        yield


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes that differ in colour, 8 photos each to train on and 4 to measure."""
    folder, random = tmp_path_factory.mktemp("photos"), np.random.default_rng(1)
    for part, count in (("train", 8), ("val", 4)):
        for name, colour in CLASSES.items():
            (folder / part / name).mkdir(parents=True)
            for number in range(count):
                pixels = (random.normal(0, 25, (160, 160, 3)) + colour).clip(0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / part / name / f"{number}.png")
    return folder


def command(photos: Path, out: Path, *more: str) -> list[str]:
    widths = ["--widths", "8", "8", "16", "16"]
    return ["--depth", "18", "--data", str(photos), "--out", str(out), "--epochs", str(EPOCHS), "--rate", "0.05", *widths, *more]


@pytest.fixture(scope="module")
def whole(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a run that nothing disturbed has left its files."""
    out = tmp_path_factory.mktemp("whole")
    train.main(command(photos, out))
    return out


def equal(first: object, second: object) -> bool:
    if isinstance(first, torch.Tensor):
        return torch.equal(first, second)  # type: ignore[arg-type]
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(equal(first[key], second[key]) for key in first)  # type: ignore
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(equal, first, second))  # type: ignore[arg-type]
    return first == second


KILLED = """
import os, signal, sys
import torch
from lrp.models.demo import train

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def half_written(state, path, real=torch.save):
    real(state, path)
    if state["epoch"] == 2:
        os.truncate(path, path.stat().st_size // 2)
        die()

def step(run, *arguments, real=train.Run._step):
    return die() if run.schedule.last_epoch == 4 else real(run, *arguments)

train.BATCH = 8
if sys.argv[1] == "training":
    train.Run._step = step
else:
    torch.save = half_written
train.main(sys.argv[2:])
"""


@pytest.mark.parametrize("moment", ["training", "writing"])
def test_a_run_that_was_killed_goes_on_as_if_nothing_had_been(photos: Path, whole: Path, tmp_path: Path, moment: str) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": str(torch.get_num_threads())}
    arguments = [sys.executable, "-c", KILLED, moment, *command(photos, tmp_path)]
    killed = subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, timeout=300)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert torch.load(tmp_path / "resnet18.pt", weights_only=True)["epoch"] == 1
    train.main(command(photos, tmp_path, "--resume"))
    resumed, undisturbed = (torch.load(out / "resnet18.pt", weights_only=True) for out in (tmp_path, whole))
    assert resumed["epoch"] == EPOCHS
    assert equal(resumed["schedule"], undisturbed["schedule"])
    assert equal(resumed, undisturbed)
    assert equal(load_file(tmp_path / "resnet18.safetensors"), load_file(whole / "resnet18.safetensors"))


def test_the_rate_rises_to_its_peak_and_falls_to_nothing() -> None:
    run, rates = train.Run(build_resnet(18, (8, 8, 8, 8), 2), epochs=4, batches=5, rate=0.05), []
    for _ in range(20):
        rates.append(run.optimizer.param_groups[0]["lr"])
        run.optimizer.step()
        run.schedule.step()
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(0.05)
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] < 0.05 / 1000


@pytest.mark.parametrize(("arguments", "sizes"), [((), {96, 112, 128}), (("--size", "32"), {32})])
def test_pictures_grow_unless_their_size_is_given(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], sizes: set[int]
) -> None:
    seen, augment = set(), train.augment
    monkeypatch.setattr(train, "augment", lambda views, size: (seen.add(size), augment(views, size))[1])
    train.main(command(photos, tmp_path, *arguments))
    assert seen == sizes


def test_a_run_of_another_length_is_not_resumed(photos: Path, whole: Path) -> None:
    with pytest.raises(ValueError, match="a run of 4 epochs, got --epochs 9"):
        train.main([*command(photos, whole, "--resume"), "--epochs", "9"])


def test_what_was_trained_is_a_backbone_in_half_precision(photos: Path, whole: Path) -> None:
    path = whole / "resnet18.safetensors"
    backbone = lrp.load_backbone(18, path)
    assert backbone.categories == ("Blue sky", "lawn", "Mars")
    assert {value.dtype for value in load_file(path).values()} == {torch.float16, torch.int64}
    picture = Image.open(photos / "val" / "lawn" / "0.png")
    torch.testing.assert_close(backbone.preprocess(picture), normalize(load_photos(photos / "val")[0][4:5]))


def test_another_seed_gives_other_weights(photos: Path, whole: Path, tmp_path: Path) -> None:
    train.main([*command(photos, tmp_path, "--seed", "1"), "--epochs", "1"])
    assert not equal(load_file(tmp_path / "resnet18.safetensors"), load_file(whole / "resnet18.safetensors"))


def test_a_teacher_is_followed_where_labels_say_nothing(photos: Path, whole: Path, tmp_path: Path) -> None:
    teacher = build(read_safetensors(whole / "resnet18.safetensors"), "teacher")
    model = build_resnet(18, (8, 8, 16, 16), 3)
    run = train.Run(model, 1, 3, 0.05, teacher)
    views = torch.randn(8, 3, 64, 64)
    torch.testing.assert_close(run._teacher_probabilities(views), teacher(views).softmax(1), rtol=0.1, atol=0.02)
    train.main([*command(photos, tmp_path, "--teacher", str(whole / "resnet18.safetensors")), "--epochs", "1"])
    alone = tmp_path / "alone"
    train.main([*command(photos, alone), "--epochs", "1"])
    assert not equal(load_file(tmp_path / "resnet18.safetensors"), load_file(alone / "resnet18.safetensors"))


class Fixed(nn.Module):
    """Sees nothing and answers the class that the red channel of the first pixel says."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.one_hot(x[:, 0, 0, 0].round().long(), 3).float()


def test_the_table_counts_right_and_wrong_answers(photos: Path) -> None:
    stand_in = lrp.Backbone(18, "demo", Fixed(), None, ("a", "b", "c"), 4, 0, torch.zeros(1), torch.tensor(1 / 255), "")  # type: ignore
    answers, labels = torch.tensor([0, 0, 1, 1, 2, 2, 2, 2]), torch.tensor([0, 0, 0, 1, 2, 1, 1, 2])
    pixels = answers.byte().view(-1, 1, 1, 1).expand(-1, 3, 4, 4)
    counts = evaluate.confusion(stand_in, pixels, labels)
    assert counts.tolist() == [[2, 1, 0], [0, 1, 2], [0, 0, 2]]
    assert evaluate.table({18: counts, 50: counts}, ("a", "b", "c")).splitlines() == [
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
