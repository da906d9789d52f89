"""Weights that are no files, or whose shapes no computer holds: one sentence each, in the library and on the command line."""

import hashlib
import json
import os
import struct
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
import torch

import lrp
from lrp.cli.main import main
from lrp.models.architectures.published import PUBLISHED
from lrp.models.imagenet import MEBIBYTES, SHA256, imagenet_entry
from tests.checkpoints import METADATA, Shop, cached
from tests.loopback import http
from tests.networks import random_resnet

HUGE = 2**39


def with_shapes(path: Path, shapes: Mapping[str, list[int]]) -> Path:
    """A file without numbers that names tensors of these shapes."""
    entries = {name: {"dtype": "F32", "shape": shape, "data_offsets": [0, 0]} for name, shape in shapes.items()}
    metadata = {name: json.dumps(value) for name, value in METADATA.items()}
    head = json.dumps({"__metadata__": metadata, **entries}).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head)
    return path


SHAPES = {
    "a 0 at the end": {"a": [HUGE, HUGE, 0]}, "a 0 in front": {"a": [0, HUGE, HUGE, HUGE]},
    "a product of 0 modulo 2^64": {"a": [2**31, 2**31, 4]}, "eight sizes": {"a": [HUGE] * 8},
    "wide layers": {f"layer{stage}.0.conv1.weight": [HUGE, 0] for stage in (1, 2, 3, 4)},
    "one wide layer": {"layer1.0.conv1.weight": [2**30, 0]}, "many classes": {"fc.weight": [HUGE, 0]},
}  # fmt: skip


@pytest.mark.parametrize("shapes", SHAPES.values(), ids=SHAPES.keys())
def test_shapes_whose_product_overflows_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], shapes: Mapping[str, list[int]]
) -> None:
    file = with_shapes(tmp_path / "huge.safetensors", shapes)
    with pytest.raises(lrp.WeightsError, match=r"The weights in huge\.safetensors"):
        lrp.load_backbone(18, file)
    assert main(["explain", "x.png", "--weights", str(file)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["convert", str(file), "--out", str(tmp_path / "out.safetensors")]) == 1
    assert "cannot be used" in capsys.readouterr().err


def expanded(shape: tuple[int, ...]) -> torch.Tensor:
    """A tensor that says to have this shape, all of it one number in memory."""
    return torch.zeros(1).as_strided(shape, (0,) * len(shape))


@pytest.mark.parametrize("name", ["conv1.weight", "fc.weight"])
@pytest.mark.parametrize("shape", [(2**20, 2**20, 7, 7), (2**31, 2**31), (2**16, 2**16)])
def test_a_checkpoint_that_says_to_have_more_numbers_than_it_holds_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, shape: tuple[int, ...]
) -> None:
    torch.save({**random_resnet(18, dtype=torch.float32).state_dict(), name: expanded(shape)}, tmp_path / "small.pth")
    assert main(["convert", str(tmp_path / "small.pth")]) == 1
    assert "its tensors claim more numbers than the file holds" in capsys.readouterr().err


def test_a_checkpoint_of_sparse_numbers_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sparse = torch.zeros(7, 8).to_sparse()
    torch.save({**random_resnet(18, dtype=torch.float32).state_dict(), "fc.weight": sparse}, tmp_path / "sparse.pth")
    assert main(["convert", str(tmp_path / "sparse.pth")]) == 1
    assert "cannot be used" in capsys.readouterr().err


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.timeout(60)  # a pipe is waited for without end, a device has none
@pytest.mark.parametrize(("make", "what"), [(make_pipe, "a pipe"), (make_device, "a link")])
def test_a_pipe_or_a_device_is_no_file_of_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], None], what: str
) -> None:
    for name in ("a.safetensors", "a.pth"):
        make(tmp_path / name)
        assert main(["convert", str(tmp_path / name), "--out", str(tmp_path / "out.safetensors")]) == 1
        assert f"it is {what}, not a file; name the file itself" in capsys.readouterr().err
    with pytest.raises(lrp.WeightsError, match=f"it is {what}, not a file"):
        lrp.load_backbone(18, tmp_path / "a.safetensors")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("make", [make_pipe, make_device])
def test_what_is_no_file_in_the_cache_is_neither_read_nor_followed_but_replaced(shop: Shop, make: Callable[[Path], None]) -> None:
    shop.path.parent.mkdir()
    make(shop.path)
    shop.offers(http(shop.data))
    shop.buy()
    assert cached(shop) == [shop.name]
    assert shop.path.read_bytes() == shop.data
    assert not shop.path.is_symlink()


def test_a_link_in_the_cache_is_replaced_and_its_target_left_alone(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("theirs")
    shop.path.parent.mkdir()
    shop.path.symlink_to(tmp_path / "theirs")
    shop.offers(http(shop.data))
    shop.buy()
    assert (tmp_path / "theirs").read_text() == "theirs"
    assert shop.path.read_bytes() == shop.data


def test_the_whole_hash_of_the_files_of_torchvision_is_pinned() -> None:
    def names(networks: Iterable[tuple[str, int]]) -> set[str]:
        return {imagenet_entry(depth, architecture).url.rpartition("/")[2] for architecture, depth in networks}

    assert names(MEBIBYTES) <= SHA256.keys() <= names([*MEBIBYTES, *((name, 0) for name in PUBLISHED)])
    for name, sha256 in SHA256.items():
        assert name.endswith(f"-{sha256[:8]}.pth")
        assert len(bytes.fromhex(sha256)) == 32


def test_a_file_of_another_version_of_torchvision_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(SHA256, "resnet18-f37072fd.pth")
    with pytest.raises(lrp.WeightsError, match="whose SHA-256 is not known here"):
        lrp.load_backbone(18, "imagenet")


def test_a_file_with_the_first_digits_alone_is_not_loaded(shop: Shop) -> None:
    real = shop.sha256
    shop.sha256 = real[:8] + hashlib.sha256(b"another").hexdigest()[8:]
    shop.offers(http(shop.data))
    assert "not the published file" in shop.refuses()
    assert cached(shop) == []
