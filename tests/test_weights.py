"""Weights from disk and from the web: what is accepted, what is refused, and that a bad download leaves nothing behind."""

import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from lrp import download
from lrp.download import read_checkpoint
from lrp.resnet import LAYERS
from lrp.weights import WeightsError, build, read_safetensors
from tests.loopback import Loopback, http
from tests.networks import SLIM, random_resnet

METADATA = {"depth": 18, "categories": list("abcdefg"), "size": 64, "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.2, 0.1]}
WHAT = "the small weights (1 MB)"


def write(path: Path, depth: int = 18, tensors: dict[str, torch.Tensor] | None = None, **changes: Any) -> Path:
    """A good file of the depth, but for `changes` to its metadata; None leaves an entry out."""
    tensors = random_resnet(depth, dtype=torch.float16).state_dict() if tensors is None else tensors
    metadata = METADATA | {"depth": depth} | changes.pop("metadata", changes)
    save_file(tensors, path, {key: json.dumps(value) for key, value in metadata.items() if value is not None})
    return path


def refusal(path: Path) -> str:
    with pytest.raises(WeightsError) as caught:
        build(read_safetensors(path), path.name)
    message = str(caught.value)
    assert message[0].isupper()
    assert message.endswith(".")
    assert "\n" not in message
    return message


# Files


@pytest.mark.parametrize("depth", LAYERS)
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
        ({"size": 0}, "32 to 1024"),
        ({"size": 1e9}, "32 to 1024"),
        ({"size": True}, "32 to 1024"),
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
    monkeypatch.setattr("lrp.header.MAX_ENTRIES", 50)
    assert "head of the file" in refusal(path)
    monkeypatch.setattr("lrp.header.MAX_HEADER", 50)
    assert "no whole .safetensors file" in refusal(path)
    monkeypatch.setattr("lrp.weights.MAX_BYTES", 50)
    assert "too large" in refusal(path)


def test_a_head_that_nests_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.safetensors"
    path.write_bytes((100_000).to_bytes(8, "little") + b"[" * 100_000)
    assert "head of the file" in refusal(path)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    assert "there is no such file" in refusal(tmp_path / "own.safetensors")
    (tmp_path / "folder.safetensors").mkdir()
    assert "cannot be read" in refusal(tmp_path / "folder.safetensors")


# The download


class Shop:
    """A server with one small checkpoint under the name that its content deserves, and an empty cache."""

    def __init__(self, server: Loopback, cache: Path) -> None:
        file = io.BytesIO()
        torch.save({"a": torch.arange(150_000.0)}, file)
        self.server, self.data = server, file.getvalue()
        self.sha256 = hashlib.sha256(self.data).hexdigest()
        self.name = f"small-{self.sha256[:8]}.pth"
        self.path, self.size = cache / self.name, len(self.data)
        self.seen: list[tuple[int, int]] = []

    def offers(self, reply: Any) -> None:
        self.server.serve(f"/models/{self.name}", reply)

    def buy(self) -> dict[str, torch.Tensor]:
        tensors, sha256 = read_checkpoint(self.name, self.size, WHAT, lambda done, total: self.seen.append((done, total)))
        assert sha256 == self.sha256
        return tensors

    def refuses(self) -> str:
        with pytest.raises(WeightsError) as caught:
            self.buy()
        assert str(caught.value).endswith("demo weights, which work offline.")
        assert "\n" not in str(caught.value)
        return str(caught.value)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LRP_WEIGHTS_CACHE", str(tmp_path / "cache"))
    with Loopback() as server:
        monkeypatch.setenv("LRP_WEIGHTS_URL", server.url("/models"))
        yield Shop(server, tmp_path / "cache")


def cached(shop: Shop) -> list[str]:
    return sorted(os.listdir(shop.path.parent)) if shop.path.parent.exists() else []


def test_the_first_use_downloads_and_the_second_does_not(shop: Shop) -> None:
    shop.offers(http(shop.data))
    assert torch.equal(shop.buy()["a"], torch.arange(150_000.0))
    assert shop.path.read_bytes() == shop.data
    assert cached(shop) == [shop.name]
    assert [total for _, total in shop.seen] == [shop.size] * len(shop.seen)
    done = [done for done, _ in shop.seen]
    assert len(done) > 1
    assert done == sorted(done)
    assert done[-1] == shop.size
    shop.buy()
    assert len(shop.server.requests) == 1


def test_a_file_with_the_wrong_hash_is_thrown_away(shop: Shop) -> None:
    shop.offers(http(shop.data[:-1] + b"?"))
    assert "not the published file" in shop.refuses()
    assert cached(shop) == []
    shop.offers(http(shop.data))
    shop.buy()


def test_a_connection_that_is_cut_leaves_nothing_behind(shop: Shop) -> None:
    shop.offers(http(shop.data)[: shop.size // 2])
    assert "broke off after 0 of 1 MB" in shop.refuses()
    assert cached(shop) == []


def test_without_a_network_there_is_a_way_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback() as gone:
        monkeypatch.setenv("LRP_WEIGHTS_URL", gone.url())
    assert shop.refuses().startswith("The small weights (1 MB) could not be downloaded")
    monkeypatch.setenv("LRP_WEIGHTS_URL", "http://no-such-host.invalid/")
    assert "could not be downloaded" in shop.refuses()
    monkeypatch.setenv("LRP_WEIGHTS_URL", shop.server.url("/nowhere"))
    assert "answered with error 404" in shop.refuses()
    assert cached(shop) == []


def test_a_sound_copy_in_the_cache_needs_no_network(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.path.parent.mkdir()
    shop.path.write_bytes(shop.data)
    monkeypatch.setenv("LRP_WEIGHTS_URL", "http://no-such-host.invalid/")
    shop.buy()
    assert shop.seen == []


@pytest.mark.parametrize("damage", ["cut", "emptied", "changed", "lengthened"])
def test_a_damaged_copy_in_the_cache_is_never_loaded_but_replaced(shop: Shop, damage: str) -> None:
    data = shop.data
    shop.path.parent.mkdir()
    shop.path.write_bytes({"cut": data[:-9], "emptied": b"", "changed": b"?" + data[1:], "lengthened": data * 3}[damage])
    shop.refuses()
    shop.offers(http(shop.data))
    shop.buy()
    assert shop.path.read_bytes() == shop.data


def test_a_server_that_falls_silent_or_drips_is_given_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "SILENCE", 0.2)
    shop.offers(shop.server.silence)
    assert "took too long" in shop.refuses()
    monkeypatch.setattr(download, "DEADLINE", 0.3)
    shop.offers(shop.server.drip(http(shop.data), 0.02))
    assert "took too long" in shop.refuses()
    assert cached(shop) == []


def test_an_answer_that_is_too_large_is_stopped(shop: Shop) -> None:
    shop.offers(http(shop.data, content_length=3 * shop.size))
    assert "larger than the published file" in shop.refuses()
    shop.offers(http(shop.data * 3, content_length=None))
    assert "larger than the published file" in shop.refuses()


def test_raising_from_progress_stops_the_download_and_leaves_nothing_behind(shop: Shop) -> None:
    def stop(done: int, total: int) -> None:
        raise InterruptedError(f"{done} of {total}")

    shop.offers(http(shop.data))
    with pytest.raises(InterruptedError, match=f"of {shop.size}"):
        read_checkpoint(shop.name, shop.size, WHAT, stop)
    assert cached(shop) == []


def test_a_cache_that_cannot_be_written_only_costs_the_next_download(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.path.parent.write_bytes(b"a file where the folder should be")
    shop.offers(http(shop.data))
    shop.buy()
    assert "LRP_WEIGHTS_CACHE" in caplog.text


def test_a_checkpoint_that_would_run_code_is_not_opened(shop: Shop, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    file = io.BytesIO()
    torch.save({"a": _Trap(trap)}, file)
    shop.data, shop.sha256 = file.getvalue(), hashlib.sha256(file.getvalue()).hexdigest()
    shop.name, shop.size = f"small-{shop.sha256[:8]}.pth", len(shop.data)
    shop.offers(http(shop.data))
    assert "something else than weights" in shop.refuses()
    assert not trap.exists()


class _Trap:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_the_cache_is_torchs_own_unless_another_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("LRP_WEIGHTS_CACHE", raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert download.cache_folder() == tmp_path / "hub" / "checkpoints"
