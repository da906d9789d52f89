"""The training of the bundled networks, on a few photos made here: that it can be killed, and what it leaves."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

import lrp
from lrp.models.architectures.resnet import build_resnet
from lrp.models.demo import train, training_run
from lrp.models.demo.photos import load_photos, normalize_photos
from lrp.models.weights import build, read_safetensors
from tests.lrp.models.demo.training_kit import EPOCHS, command

ROOT = Path(__file__).parents[4]


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
from lrp.models.demo import train, training_run

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def half_written(state, path, real=torch.save):
    real(state, path)
    if state["epoch"] == 2:
        os.truncate(path, path.stat().st_size // 2)
        die()

def step(run, *arguments, real=training_run.TrainingRun.step):
    return die() if run.schedule.last_epoch == 4 else real(run, *arguments)

training_run.BATCH = 8
if sys.argv[1] == "training":
    training_run.TrainingRun.step = step
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
    run, rates = training_run.TrainingRun(build_resnet(18, (8, 8, 8, 8), 2), epochs=4, batches=5, rate=0.05), []
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
    seen, augment = set(), training_run.augment
    monkeypatch.setattr(training_run, "augment", lambda views, size: (seen.add(size), augment(views, size))[1])
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
    torch.testing.assert_close(backbone.preprocess(picture), normalize_photos(load_photos(photos / "val")[0][4:5]))


def test_another_seed_gives_other_weights(photos: Path, whole: Path, tmp_path: Path) -> None:
    train.main([*command(photos, tmp_path, "--seed", "1"), "--epochs", "1"])
    assert not equal(load_file(tmp_path / "resnet18.safetensors"), load_file(whole / "resnet18.safetensors"))


def test_a_teacher_is_followed_where_labels_say_nothing(photos: Path, whole: Path, tmp_path: Path) -> None:
    teacher = build(read_safetensors(whole / "resnet18.safetensors"), "teacher")
    model = build_resnet(18, (8, 8, 16, 16), 3)
    run = training_run.TrainingRun(model, 1, 3, 0.05, teacher)
    views = torch.randn(8, 3, 64, 64)
    torch.testing.assert_close(run.teacher_probabilities(views), teacher(views).softmax(1), rtol=0.1, atol=0.02)
    train.main([*command(photos, tmp_path, "--teacher", str(whole / "resnet18.safetensors")), "--epochs", "1"])
    alone = tmp_path / "alone"
    train.main([*command(photos, alone), "--epochs", "1"])
    assert not equal(load_file(tmp_path / "resnet18.safetensors"), load_file(alone / "resnet18.safetensors"))
