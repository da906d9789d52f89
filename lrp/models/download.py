"""Downloads published ImageNet weights at first use, checks their hash, and caches them.

Only a configured server is asked, never an address that a visitor typed; for those see `lrp.pictures.link_download`.
"""

import hashlib
import logging
import os
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from pickle import UnpicklingError
from typing import BinaryIO, NamedTuple

import torch
from torch import Tensor

from lrp.files.regular_file import open_regular, whole_file
from lrp.models.weights import WeightsError
from lrp.progress import BytesProgress

DEFAULT_URL = "https://download.pytorch.org/models/"
READ_TIMEOUT = 20.0  # seconds to wait for the next bytes
TOTAL_TIMEOUT = 1800.0  # seconds for the whole file
CHUNK_BYTES = 1 << 18
NEXT_STEP = "try again later, or choose the demo weights, which work offline"

_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)  # by the name of the file
_log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Returns the folder for downloaded weights: LRP_WEIGHTS_CACHE, or torch's own, whose files are then used too."""
    return Path(os.environ.get("LRP_WEIGHTS_CACHE") or Path(torch.hub.get_dir(), "checkpoints"))


def load_published(
    name: str, sha256: str, size: int, what: str, progress: BytesProgress | None = None
) -> dict[str, Tensor]:
    """Returns the state dict in the published file `name` with this SHA-256; downloads it unless it is in the cache.

    The SHA-256 is checked every time: whole, or as many first digits of it as are known (torchvision's names have eight). The
    file is requested from LRP_WEIGHTS_URL, or else from torchvision's server.
    size: roughly the number of bytes. what: the weights' name in a sentence. progress: called with the bytes received and in
    total; raising from it stops the download. Raises WeightsError if there is no valid file; the cache is then unchanged.
    """
    path = cache_folder() / name
    with _locks[name]:  # whoever asks for the same meanwhile finds it in the cache
        file = _open_cached(path, sha256, 2 * size) or _open_download(path, _Published(name, sha256, size, what), progress)
    try:
        with file:  # open since its hash was checked: another file at the path would not be read
            tensors: dict[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, ValueError):
        raise WeightsError(f"The file with {what} holds something else than weights; {NEXT_STEP}.") from None
    return tensors


class _Unwritable(Exception):
    """Raised where the disk does not take a download."""


class _Published(NamedTuple):
    """A published file: its name, its SHA-256, roughly its bytes, and what it is called in a sentence."""

    name: str
    sha256: str
    size: int
    what: str


def _open_cached(path: Path, sha256: str, limit: int) -> BinaryIO | None:
    """The cached file, open; None if there is none with this SHA-256, or one of more than `limit` bytes, a link or a device."""
    try:
        file = open_regular(path, limit)
    except OSError:
        return None
    if hashlib.file_digest(file, "sha256").hexdigest()[: len(sha256)] != sha256:
        file.close()
        return None
    file.seek(0)
    return file


def _open_download(path: Path, wanted: _Published, progress: BytesProgress | None) -> BinaryIO:
    """The downloaded file, open: that in the cache, or where this cannot be written one that has no name."""
    inside: BaseException | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            try:
                _stream(file, wanted, progress)
            except BaseException as error:
                inside = error
                raise
        if found := _open_cached(path, wanted.sha256, 2 * wanted.size):
            return found
        raise _Unwritable("it was replaced by another file")
    except (OSError, _Unwritable) as error:
        if error is inside and not isinstance(error, _Unwritable):  # raised by `progress`
            raise
        _log.warning("%s cannot be kept, set LRP_WEIGHTS_CACHE to a folder that can be written: %s", path, error)
    with ExitStack() as stack:
        unnamed = stack.enter_context(tempfile.TemporaryFile())
        try:
            _stream(unnamed, wanted, progress)
        except _Unwritable:
            raise WeightsError(f"{_capitalise(wanted.what)} could not be written to the disk; {NEXT_STEP}.") from None
        unnamed.seek(0)
        stack.pop_all()
    return unnamed


def _stream(file: BinaryIO, wanted: _Published, progress: BytesProgress | None) -> None:
    """Downloads into the file. Raises WeightsError for another content than the published one, _Unwritable for a full disk."""
    digest = hashlib.sha256()
    for chunk in _download(wanted.name, wanted.size, wanted.what, progress):
        digest.update(chunk)
        try:
            file.write(chunk)
        except OSError as error:
            raise _Unwritable(str(error)) from None
    if digest.hexdigest()[: len(wanted.sha256)] != wanted.sha256:
        raise WeightsError(
            f"What was downloaded as {wanted.what} is not the published file, so it was thrown away; {NEXT_STEP}."
        )


def _download(name: str, size: int, what: str, progress: BytesProgress | None) -> Iterator[bytes]:
    """Yields the bytes as they arrive. Raises WeightsError for too many of them or too few."""
    url = (os.environ.get("LRP_WEIGHTS_URL") or DEFAULT_URL).rstrip("/") + "/" + name
    done, total = 0, size
    for chunk, total in _response_chunks(url, size, what):
        done += len(chunk)
        if total > 2 * size or done > total:
            raise WeightsError(f"The download of {what} is larger than the published file, so it was stopped; {NEXT_STEP}.")
        if progress:
            progress(done, total)
        yield chunk
    if done < total:
        raise WeightsError(f"The download of {what} broke off after {done / 1e6:.0f} of {total / 1e6:.0f} MB; {NEXT_STEP}.")


def _response_chunks(url: str, size: int, what: str) -> Iterator[tuple[bytes, int]]:
    """Yields the chunks of an answer, each with the total length that the server states. Raises WeightsError for failures."""
    import requests  # 0.1 s, for a download alone
    from urllib3.exceptions import HTTPError, ReadTimeoutError

    end = time.monotonic() + TOTAL_TIMEOUT
    try:
        with requests.get(url, stream=True, timeout=READ_TIMEOUT, headers={"Accept-Encoding": "identity"}) as response:
            if not response.ok:
                raise WeightsError(f"The server of {what} answered with error {response.status_code}; {NEXT_STEP}.")
            total = int(response.headers.get("Content-Length") or size)
            response.raw.enforce_content_length = False  # the caller counts, and says how much came
            while chunk := response.raw.read1(CHUNK_BYTES):  # what has arrived, so that drops cannot outlast the limit
                if time.monotonic() > end:
                    raise TimeoutError
                yield chunk, total
    except (TimeoutError, requests.Timeout, ReadTimeoutError):
        raise WeightsError(f"The download of {what} took too long; {NEXT_STEP}.") from None
    except (OSError, HTTPError, ValueError) as error:
        _log.warning("no weights from %s: %s", url, error)
        failure = f"{_capitalise(what)} could not be downloaded, there is no way to their server now"
        raise WeightsError(f"{failure}; {NEXT_STEP}.") from None


def _capitalise(sentence: str) -> str:
    """The sentence with its first letter in upper case."""
    return sentence[:1].upper() + sentence[1:]
