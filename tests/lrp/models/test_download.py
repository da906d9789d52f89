"""Weights from the web: checked every time, and a bad download leaves nothing behind."""

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
import torch

from lrp.models import download
from lrp.models.download import load_published
from tests.checkpoints import WHAT, Shop, cached
from tests.loopback import Loopback, http


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
    monkeypatch.setattr(download, "READ_TIMEOUT", 0.2)
    shop.offers(shop.server.silence)
    assert "took too long" in shop.refuses()
    monkeypatch.setattr(download, "TOTAL_TIMEOUT", 0.3)
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
        load_published(shop.name, shop.sha256, shop.size, WHAT, stop)
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
