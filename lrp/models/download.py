"""The first-use download of ImageNet weights: from one fixed address, into a cache that never holds a broken file.

This never opens an address that a visitor typed; `lrp.pictures.link_download` alone does that.
"""

import hashlib
import io
import logging
import os
import re
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor

from lrp.models.weights import WeightsError

BASE = "https://download.pytorch.org/models/"
SILENCE = 20.0  # seconds without a byte
DEADLINE = 1800.0  # seconds for the whole file
CHUNK = 1 << 18
WAY_ON = "try again later, or choose the demo weights, which work offline"

Progress = Callable[[int, int], None]

_log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Where downloaded weights are kept: LRP_WEIGHTS_CACHE, or torch's own folder, whose files are then used too."""
    return Path(os.environ.get("LRP_WEIGHTS_CACHE") or Path(torch.hub.get_dir(), "checkpoints"))


def read_checkpoint(name: str, size: int, what: str, progress: Progress | None = None) -> tuple[dict[str, Tensor], str]:
    """The state dict in the published file `name`, and its SHA-256; downloaded first unless a sound copy is in the cache.

    The name ends in the first digits of the SHA-256, such as resnet18-f37072fd.pth, and they are checked every time. The file
    is asked for at LRP_WEIGHTS_URL, or else where torchvision keeps it. `size` is about how many bytes to expect, `what` the
    weights' name in a sentence; `progress` is called with the bytes done and in all, and raising from it stops the download.
    Raises WeightsError if the file cannot be had; the cache is then as it was.
    """
    path = cache_folder() / name
    data = _cached(path, 2 * size)
    if not _genuine(data, name):
        data = b"".join(_downloaded(name, size, what, progress))
        if not _genuine(data, name):
            raise WeightsError(f"What was downloaded as {what} is not the published file, so it was thrown away; {WAY_ON}.")
        _keep(data, path)
    try:
        # The bytes that were checked are the bytes that are read: nobody can exchange the file in between.
        tensors = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, ValueError):
        raise WeightsError(f"The file with {what} holds something else than weights; {WAY_ON}.") from None
    return tensors, hashlib.sha256(data).hexdigest()


def _cached(path: Path, limit: int) -> bytes:
    try:
        return path.read_bytes() if path.stat().st_size <= limit else b""
    except OSError:
        return b""


def _genuine(data: bytes, name: str) -> bool:
    digits = re.fullmatch(r".+-([0-9a-f]{8,64})\.pth", name)
    if digits is None:
        raise ValueError(f"the file name must end in digits of its SHA-256, got {name!r}")
    return hashlib.sha256(data).hexdigest().startswith(digits[1])


def _downloaded(name: str, size: int, what: str, progress: Progress | None) -> Iterator[bytes]:
    """The bytes as they come in; a download that ends early, late or not at all is one sentence."""
    url = (os.environ.get("LRP_WEIGHTS_URL") or BASE).rstrip("/") + "/" + name
    done, total = 0, size
    for chunk, total in _received(url, size, what):
        done += len(chunk)
        if total > 2 * size or done > total:
            raise WeightsError(f"The download of {what} is larger than the published file, so it was stopped; {WAY_ON}.")
        if progress:
            progress(done, total)
        yield chunk
    if done < total:
        raise WeightsError(f"The download of {what} broke off after {done / 1e6:.0f} of {total / 1e6:.0f} MB; {WAY_ON}.")


def _received(url: str, size: int, what: str) -> Iterator[tuple[bytes, int]]:
    """The chunks of an answer, each with the length of the whole as the server gives it."""
    end = time.monotonic() + DEADLINE
    try:
        with urllib.request.urlopen(url, timeout=SILENCE) as response:
            total = int(response.headers.get("Content-Length") or size)
            while chunk := response.read1(CHUNK):
                if time.monotonic() > end:
                    raise TimeoutError
                yield chunk, total
    except urllib.error.HTTPError as error:
        error.close()
        raise WeightsError(f"The server of {what} answered with error {error.code}; {WAY_ON}.") from None
    except TimeoutError:
        raise WeightsError(f"The download of {what} took too long; {WAY_ON}.") from None
    except (OSError, HTTPException, ValueError) as error:
        _log.warning("no weights from %s: %s", url, error)
        raise WeightsError(f"{_capital(what)} could not be downloaded, there is no way to their server now; {WAY_ON}.") from None


def _keep(data: bytes, path: Path) -> None:
    """Puts the file into the cache whole or not at all; without a place for it, the next use downloads again."""
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            part = Path(file.name)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        _log.warning("%s cannot be kept, set LRP_WEIGHTS_CACHE to a folder that can be written: %s", path, error)
        if part:
            part.unlink(missing_ok=True)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
