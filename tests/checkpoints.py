"""Small checkpoints for tests: files, good but for one thing, and a server that has one to download."""

import hashlib
import io
import json
import os
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import torch
from safetensors.torch import save_file

from lrp.models.download import load_published
from lrp.models.weights import WeightsError, build, read_safetensors
from lrp.sandbox.process import ProcessLimits
from tests.loopback import Loopback
from tests.networks import random_resnet

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


def run_here(
    job: str, given: BinaryIO, limits: ProcessLimits, output: BinaryIO | None = None, arguments: Sequence[str] = (),
    watch: Callable[[], None] | None = None,
) -> tuple[int, bytes]:
    """Runs a job of the sandbox in this process: without its limits, and without the seconds in which a new one imports torch."""
    module, function = job.split(":")
    found = import_module(module)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(found, "open_nothing_more", lambda: None)
        getattr(found, function)(given, output, *arguments)
    return 0, b""


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
        return load_published(self.name, self.sha256, self.size, WHAT, lambda done, total: self.seen.append((done, total)))

    def refuses(self) -> str:
        with pytest.raises(WeightsError) as caught:
            self.buy()
        assert str(caught.value).endswith("demo weights, which work offline.")
        assert "\n" not in str(caught.value)
        return str(caught.value)


def cached(shop: Shop) -> list[str]:
    return sorted(os.listdir(shop.path.parent)) if shop.path.parent.exists() else []
