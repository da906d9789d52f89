"""Things that break beneath the app: each ends in a sentence or a retry, and the next visitor is served."""

import ast
import errno
import os
import shutil
from pathlib import Path

import pytest
import torch

import lrp
from lrp.models import demo
from lrp.network.out_of_memory import is_out_of_memory
from lrp.sandbox import process
from pages.parts.work import compute
from pages.parts.work.worker import Worker
from tests.checkpoints import Shop, cached
from tests.loopback import http
from tests.networks import random_resnet
from tests.visitor import Visitor
from tests.work_queue import SECONDS

ROOT = Path(__file__).parents[1]
FAST = {"c": lrp.EpsilonPlus.label}


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_full_disk_costs_only_the_next_download(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, step: str, code: int
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    shop.offers(http(shop.data))
    with monkeypatch.context() as patch:
        if step == "write":
            patch.setattr("lrp.files.regular_file.os.fdopen", full)
        elif step == "fsync":
            patch.setattr("lrp.files.regular_file.os.fsync", full)
        else:
            patch.setattr(Path, "replace", full)
        assert shop.buy()["a"].shape == (150_000,)
        assert cached(shop) == []  # no half of a file is left on a disk that is full
    assert "LRP_WEIGHTS_CACHE" in caplog.text
    shop.buy()
    assert cached(shop) == [shop.name]


@pytest.mark.parametrize("fault", ["deleted", "truncated", "exchanged"])
def test_weights_that_change_beneath_a_running_server_are_one_sentence_and_the_comparison_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    for depth in demo.SHA256:
        shutil.copy(demo.FOLDER / f"resnet{depth}.safetensors", tmp_path)
    monkeypatch.setattr(demo, "FOLDER", tmp_path)
    compute.forget_shared()
    visitor = Visitor(FAST)
    before = visitor.data
    path = tmp_path / "resnet34.safetensors"
    data = path.read_bytes()
    if fault == "deleted":
        path.unlink()
    else:
        path.write_bytes(data[:-1000] if fault == "truncated" else data[:-1] + b"?")
    visitor.put(depth=34)
    (sentence,) = visitor.sentences
    assert "resnet34.safetensors" in sentence
    assert visitor.data == before
    path.write_bytes(data)
    visitor.press("Try again")
    assert visitor.sentences == []
    assert "ResNet-34" in visitor.headline
    compute.forget_shared()


def test_a_resnet_152_on_a_huge_picture_fails_alone() -> None:
    network = lrp.canonize(random_resnet(152, dtype=torch.float32))
    huge = torch.zeros(1, 3, 1, 1).expand(1, 3, 1_000_000, 1_000_000)  # 12 TB once anybody needs it whole
    worker = Worker()
    job = worker.submit(lambda progress: lrp.trace(network, huge))
    assert is_out_of_memory(job.future.exception(SECONDS))
    after = worker.submit(lambda progress: lrp.trace(network, torch.zeros(1, 3, 64, 64)).logits)
    assert after.future.result(SECONDS).isfinite().all()


def test_no_process_for_the_decoder_is_one_sentence_and_the_comparison_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Visitor(FAST)
    before = visitor.data
    monkeypatch.setattr(process.sys, "executable", "/nowhere/python")
    visitor.upload(b"\x89PNG\r\n\x1a\n")
    assert "memory" in visitor.sentences[0]
    assert visitor.data == before


def test_nothing_that_waits_or_ends_looks_at_a_clock_that_can_jump() -> None:
    files = [path for folder in ("lrp", "pages") for path in (ROOT / folder).rglob("*.py")]
    jumping = {"time.time", "time.time_ns", "datetime.now", "datetime.today", "datetime.utcnow", "date.today"}
    for path in files:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                assert ast.unparse(node) not in jumping, f"{path}:{node.lineno}"
