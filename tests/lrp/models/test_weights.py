"""Weights from a file: what is accepted, what is refused."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from safetensors.torch import save_file

from lrp.models.architectures import RESNET_LAYERS
from lrp.models.safetensors_file import DTYPES, read_tensors
from lrp.models.weights import WeightsError, build, check_shapes, read_safetensors
from tests.checkpoints import METADATA, refusal, write
from tests.networks import SLIM, random_resnet


@pytest.mark.parametrize("depth", RESNET_LAYERS)
def test_a_file_gives_back_the_network_that_was_saved(tmp_path: Path, depth: int) -> None:
    path, original = write(tmp_path / "own.safetensors", depth), random_resnet(depth, dtype=torch.float16).float()
    weights = read_safetensors(path)
    model, x = build(weights, "own"), torch.randn(1, 3, 64, 64)
    assert torch.equal(model(x), original(x))
    assert (weights.depth, weights.categories, weights.size) == (depth, tuple("abcdefg"), 64)
    assert (weights.mean, weights.std) == ((0.5, 0.4, 0.3), (0.2, 0.2, 0.1))
    assert weights.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert model.conv1.out_channels == SLIM[0]


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".bin", ".pkl", ""])
def test_formats_that_can_hold_code_are_refused_without_being_opened(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"weights{suffix}"
    torch.save({}, path)
    path.chmod(0)
    assert "convert them to .safetensors" in refusal(path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"depth": None}, "lacks depth"),
        ({"mean": None, "std": None}, "lacks mean, std"),
        ({"depth": 20}, "one of 18, 34, 50, 101, 152"),
        ({"depth": [18]}, "one of 18, 34, 50, 101, 152"),
        ({"depth": 34}, "not those of a ResNet-34"),
        ({"categories": []}, "list of names"),
        ({"categories": "cat"}, "list of names"),
        ({"categories": ["a", 2]}, "list of names"),
        ({"categories": ["a", "b"]}, "with 2 classes: fc.bias should be 2, but is 7"),
        ({"size": 0}, "16 to 1024"),
        ({"size": 1e9}, "16 to 1024"),
        ({"size": True}, "16 to 1024"),
        ({"mean": [0.5]}, "three numbers"),
        ({"mean": [0.5, 0.5, float("nan")]}, "three numbers"),
        ({"std": [0.5, 0.5, 0]}, "three positive numbers"),
    ],
)
def test_metadata_that_do_not_fit_are_named(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    assert words in refusal(write(tmp_path / "own.safetensors", metadata=changes))


def test_metadata_that_are_no_json_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.safetensors"
    save_file(random_resnet(dtype=torch.float16).state_dict(), path, dict.fromkeys(METADATA, "{"))
    assert "metadata" in refusal(path)


def test_missing_foreign_and_misshapen_tensors_are_named(tmp_path: Path) -> None:
    good = random_resnet(dtype=torch.float16).state_dict()
    missing = {key: value for key, value in good.items() if key != "bn1.weight"}
    assert "bn1.weight should be 8, but is absent" in refusal(write(tmp_path / "a.safetensors", tensors=missing))
    foreign = good | {"head.weight": torch.zeros(2)}
    assert "head.weight should be absent, but is 2" in refusal(write(tmp_path / "b.safetensors", tensors=foreign))
    misshapen = good | {"conv1.weight": torch.zeros(8, 3, 3, 3)}
    words = "conv1.weight should be 8 x 3 x 7 x 7, but is 8 x 3 x 3 x 3"
    assert words in refusal(write(tmp_path / "c.safetensors", tensors=misshapen))
    whole = good | {"conv1.weight": torch.zeros(8, 3, 7, 7, dtype=torch.int8)}
    assert "but is 8 x 3 x 7 x 7 of whole numbers" in refusal(write(tmp_path / "d.safetensors", tensors=whole))
    empty = good | {"layer1.0.conv1.weight": torch.zeros(0, 8, 3, 3)}
    assert "not those of a ResNet-18" in refusal(write(tmp_path / "e.safetensors", tensors=empty))
    assert "not those of a ResNet-18" in refusal(write(tmp_path / "f.safetensors", tensors={"x": torch.zeros(1)}))


def test_values_that_are_not_finite_are_named(tmp_path: Path) -> None:
    tensors = random_resnet(dtype=torch.float16).state_dict()
    tensors["fc.bias"][3] = float("inf")
    assert "fc.bias holds values that are not finite" in refusal(write(tmp_path / "own.safetensors", tensors=tensors))


def test_a_lying_shape_costs_no_memory(tmp_path: Path) -> None:
    wide = {f"layer{stage}.0.conv1.weight": torch.zeros(100_000, 1, 1, 1, dtype=torch.float16) for stage in (1, 2, 3, 4)}
    assert "not those of a ResNet-18" in refusal(write(tmp_path / "own.safetensors", tensors=wide))


@pytest.mark.parametrize("position", [0, 7, 100, -1])
def test_a_damaged_byte_is_found_by_the_hash(tmp_path: Path, position: int) -> None:
    path = write(tmp_path / "own.safetensors")
    sha256, data = hashlib.sha256(path.read_bytes()).hexdigest(), bytearray(path.read_bytes())
    read_safetensors(path, sha256)
    data[position] ^= 1
    path.write_bytes(data)
    with pytest.raises(WeightsError, match="damaged"):
        read_safetensors(path, sha256)


@pytest.mark.parametrize("keep", [0, 4, 8, 100, 50_000, -1])
def test_a_file_cut_short_is_refused(tmp_path: Path, keep: int) -> None:
    path = write(tmp_path / "own.safetensors")
    path.write_bytes(path.read_bytes()[:keep])
    assert "own.safetensors cannot be used" in refusal(path)


def test_a_head_that_is_too_long_or_has_too_many_entries_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "own.safetensors")
    monkeypatch.setattr("lrp.models.safetensors_file.MAX_ENTRIES", 50)
    assert "tensors, and the limit is 50; save the network alone" in refusal(path)
    monkeypatch.setattr("lrp.models.safetensors_file.MAX_HEADER", 50)
    assert "it lists too many tensors for one network" in refusal(path)
    path.write_bytes(path.read_bytes()[:8] + b"x" * 100_000)
    assert "no whole .safetensors file" in refusal(path)
    monkeypatch.setattr("lrp.models.weights.MAX_BYTES", 50)
    assert "too large" in refusal(path)


def test_a_head_that_nests_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.safetensors"
    path.write_bytes((100_000).to_bytes(8, "little") + b"[" * 100_000)
    assert "head of the file" in refusal(path)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    assert "there is no such file" in refusal(tmp_path / "own.safetensors")
    (tmp_path / "folder.safetensors").mkdir()
    assert "it is a directory, not a file" in refusal(tmp_path / "folder.safetensors")


@pytest.mark.parametrize("odd", [0, 1, 3])
def test_every_kind_of_number_is_read_as_the_formats_own_library_does(odd: int) -> None:
    torch.manual_seed(0)
    written = {kind: (100 * torch.randn(5, 3)).to(dtype) for kind, dtype in DTYPES.items()}
    written |= {"none": torch.empty(0, 4), "one": torch.tensor(2.5)}
    metadata = {"what": "w" * odd}
    data = safetensors.torch.save(written, metadata)
    if odd:  # the library fills the head with spaces up to a multiple of 8; others need not
        head = data[8 : 8 + int.from_bytes(data[:8], "little")].rstrip() + b" " * odd
        data = len(head).to_bytes(8, "little") + head + data[8 + int.from_bytes(data[:8], "little") :]
    said, read = read_tensors(bytearray(data))
    assert said == metadata
    expected = safetensors.torch.load(data)
    assert read.keys() == expected.keys()
    for name, values in expected.items():
        assert read[name].dtype == values.dtype
        assert torch.equal(read[name], values)
        assert read[name].data_ptr() % 64 == 0 or not values.numel()


def test_a_file_that_is_cut_off_while_it_is_read_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "own.safetensors"
    write(path)

    def cut(*arguments: object) -> object:
        os.truncate(path, path.stat().st_size // 2)
        return check_shapes(*arguments)

    monkeypatch.setattr("lrp.models.weights.check_shapes", cut)
    assert "no whole .safetensors file" in refusal(path)
