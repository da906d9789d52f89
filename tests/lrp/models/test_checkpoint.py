"""Files of torch.save that are hostile, wrong or damaged: one sentence each, nothing in them runs, and bounded cost."""

import io
import json
import os
import re
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import lrp
from lrp.models import checkpoint, checkpoint_job
from lrp.models.architectures.head import HeadLayer
from lrp.models.architectures.resnet import ResNet, ResNetShape
from lrp.models.fitting import fit
from lrp.models.safetensors_file import read_tensors
from lrp.models.state_dicts import find_network
from tests.networks import SLIM, random_resnet

State = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def state() -> State:
    return dict(random_resnet(18, SLIM, 3, torch.float32).state_dict())


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], tuple[dict[str, str], State]]:
    """The job of the sandbox, run here, without closing this process to all files."""
    monkeypatch.setattr(checkpoint_job, "open_nothing_more", lambda: None)

    def run(data: bytes) -> tuple[dict[str, str], State]:
        out = io.BytesIO()
        checkpoint_job.main(io.BytesIO(data), out)
        return read_tensors(bytearray(out.getvalue()))

    return run


def pickled(content: Any, zipped: bool = True) -> bytes:
    file = io.BytesIO()
    torch.save(content, file, _use_new_zipfile_serialization=zipped)
    return file.getvalue()


class Whole(nn.Module):
    """What `torch.save(model)` pickles, and what else a training program may leave in a checkpoint."""


class Hostile:
    def __reduce__(self) -> Any:
        return (os.mkdir, ("ran",))


def script(_: State) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        torch.jit.save(torch.jit.script(nn.Sequential(nn.Linear(2, 2))), file)
    return file.getvalue()


def deflated(state: State) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(pickled(state))) as whole, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as small:
        for entry in whole.infolist():
            small.writestr(entry.filename, whole.read(entry.filename))
    return file.getvalue()


def nested(_: State) -> bytes:
    content: Any = {}
    for _ in range(150):
        content = {"a": content}
    return pickled(content)


LINE = r"Whole, a kind .* by `torch.save\(torch.load\(FILE, weights_only=False\){}.state_dict\(\), 'weights.pth'\)`"
REFUSED: dict[str, tuple[Callable[[State], bytes], str]] = {
    "a whole model": (lambda _: pickled(Whole()), LINE.format("")),
    "a model in a dictionary": (lambda _: pickled({"epoch": 1, "model": Whole()}), LINE.format(r"\['model'\]")),
    "TorchScript": (script, r"TorchScript program; .* `torch.save\(torch.jit.load\(FILE\).state_dict\(\), 'weights.pth'\)`"),
    "code": (lambda _: pickled({"state_dict": Hostile()}), "a kind of object that is not opened here"),
    "old code": (lambda _: pickled(Hostile(), zipped=False), "a kind of object that is not opened here"),
    "a compressed archive": (deflated, "a compressed archive"),
    "one number that claims to be many": (
        lambda s: pickled(s | {"fc.weight": torch.zeros(1).expand(30_000_000, 128)}), "claim more numbers than the file holds",
    ),
    "nothing": (lambda _: b"", "no checkpoint that PyTorch has written"),
    "text": (lambda _: b"hello" * 100, "no checkpoint that PyTorch has written"),
    "the half of one": (lambda s: pickled(s)[:-5000], "no checkpoint that PyTorch has written"),
    "a broken pickle": (lambda _: b"\x80\x02}q\x00(", "no checkpoint that PyTorch has written"),
    "dictionaries in dictionaries": (nested, "is in it"),
    "a list": (lambda s: pickled(list(s.values())), "is in it"),
    "sparse weights": (
        lambda s: pickled(s | {"layer1.0.conv1.weight": torch.ones(8, 8).to_sparse()}), "is in it",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_holds_no_numbers_alone_is_refused(job: Any, state: State, name: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    make, words = REFUSED[name]
    told, tensors = job(make(state))
    assert tensors == {}
    assert re.search(words, json.loads(told["refused"])), told
    assert list(tmp_path.iterdir()) == []


def test_objects_beside_the_weights_are_left_out(job: Any, state: State) -> None:
    content = {"state_dict": state, "loss": nn.CrossEntropyLoss(), "config": Whole(), "path": Path("a"), "step": Whole.forward}
    _, tensors = job(pickled(content))
    assert torch.equal(tensors["network.fc.weight"], state["fc.weight"])


def test_names_that_cannot_be_shown_are_escaped(tmp_path: Path, state: State) -> None:
    torch.save({"\x1b[31m\ud800": state, "x": state}, tmp_path / "own.pth")
    with pytest.raises(lrp.WeightsError, match=r"2 networks, \\x1b\[31m\\ud800, x; choose one by --part") as caught:
        lrp.load_network(tmp_path / "own.pth")
    assert str(caught.value).isprintable()


def test_a_checkpoint_that_takes_too_long_or_too_much_memory_is_ended(
    tmp_path: Path, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save(state, tmp_path / "own.pth")
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "WALL_SECONDS", 0.3)
        with pytest.raises(lrp.WeightsError, match=r"own\.pth cannot be used: it takes too long or too much memory; save its"):
            lrp.load_network(tmp_path / "own.pth")
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "OWN_MEMORY", 20_000_000)
        with pytest.raises(lrp.WeightsError, match=r"own\.pth cannot be used"):
            lrp.load_network(tmp_path / "own.pth")


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path, state: State) -> None:
    torch.save(state, tmp_path / "own.pth")
    os.mkfifo(tmp_path / "pipe.pth")
    (tmp_path / "link.pth").symlink_to("own.pth")
    for path, kind in ((tmp_path / "pipe.pth", "a pipe"), (tmp_path / "link.pth", "a link"), (Path("/dev/zero"), "a device")):
        with pytest.raises(lrp.WeightsError, match=f"{path.name} cannot be used: it is {kind}, not a file"):
            lrp.load_network(path)
    with pytest.raises(lrp.WeightsError, match="there is no such file; check the path"):
        lrp.load_network(tmp_path / "none.pth")


def test_no_process_is_one_sentence(tmp_path: Path, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save(state, tmp_path / "own.pth")
    monkeypatch.setattr("lrp.sandbox.process.sys.executable", "/nowhere/python")
    with pytest.raises(lrp.WeightsError, match="no room for it now"):
        lrp.load_network(tmp_path / "own.pth")


META = {"layer1.0.conv1.weight": (1, 1, 1, 1), "bn1.running_mean": (1,), "conv1.weight": (8, 3, 7, 7)}
SILLY: dict[str, tuple[dict[str, tuple[int, ...]], str]] = {
    "a stage of a large number": ({"layer99999999.0.conv1.weight": (1, 1, 1, 1)}, "its stages are layer1, layer99999999"),
    "a layer at a large place": (
        {"layer2.0.conv2.weight": (8, 8, 3, 3), "layer1.0.conv2.weight": (8, 8, 3, 3), "layer2.0.conv1.weight": (8, 8, 3, 3),
         "fc.0.weight": (8, 8), "fc.999999999.weight": (2, 8)}, "must be below 100, and one is 999999999",
    ),
    "a long side": ({"layer2.0.conv1.weight": (2**39, 0, 3, 3)}, "no side of a weight may be longer"),
}  # fmt: skip


@pytest.mark.parametrize("name", SILLY)
def test_names_and_shapes_that_would_cost_much_are_refused_at_once(name: str) -> None:
    shapes, words = SILLY[name]
    tensors = {key: torch.empty(shape, device="meta") for key, shape in {**META, **shapes}.items()}
    with pytest.raises(ValueError, match=words):
        fit(find_network(tensors))


def test_layers_that_would_need_too_much_memory_are_refused(tmp_path: Path) -> None:
    wide = ResNet(ResNetShape((1, 1), (1, 1), (200_000, 1), False, (HeadLayer("linear", "", 1, 2),), stem=(1,)))
    save_file(wide.state_dict(), tmp_path / "wide.safetensors")
    with pytest.raises(lrp.WeightsError, match="million values in a layer, and the limits are"):
        lrp.load_network(tmp_path / "wide.safetensors", size=512)
