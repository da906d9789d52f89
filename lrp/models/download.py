"""Downloads published ImageNet weights at first use, checks their hash, and caches them.

Only a configured server is asked, never an address that a visitor typed; for those see `lrp.pictures.link_download`.
"""

import hashlib
import io
import logging
import os
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
from lrp.regular_file import read_regular, write_whole

DEFAULT_URL = "https://download.pytorch.org/models/"
READ_TIMEOUT = 20.0  # seconds to wait for the next bytes
TOTAL_TIMEOUT = 1800.0  # seconds for the whole file
CHUNK_BYTES = 1 << 18
NEXT_STEP = "try again later, or choose the demo weights, which work offline"

BytesProgress = Callable[[int, int], None]

_log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Returns the folder for downloaded weights: LRP_WEIGHTS_CACHE, or torch's own, whose files are then used too."""
    return Path(os.environ.get("LRP_WEIGHTS_CACHE") or Path(torch.hub.get_dir(), "checkpoints"))


def load_published(
    name: str, sha256: str, size: int, what: str, progress: BytesProgress | None = None
) -> dict[str, Tensor]:
    """Returns the state dict in the published file `name` with this SHA-256; downloads it unless it is in the cache.

    The whole SHA-256 is checked every time. The file is requested from LRP_WEIGHTS_URL, or else from torchvision's server.
    size: roughly the number of bytes. what: the weights' name in a sentence. progress: called with the bytes received and in
    total; raising from it stops the download. Raises WeightsError if there is no valid file; the cache is then unchanged.
    """
    path = cache_folder() / name
    data = _read_cache(path, 2 * size)
    if hashlib.sha256(data).hexdigest() != sha256:
        data = b"".join(_download(name, size, what, progress))
        if hashlib.sha256(data).hexdigest() != sha256:
            raise WeightsError(f"What was downloaded as {what} is not the published file, so it was thrown away; {NEXT_STEP}.")
        _write_cache(data, path)
    try:
        # From memory: the file could be replaced between the check and the load.
        tensors: dict[str, Tensor] = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, ValueError):
        raise WeightsError(f"The file with {what} holds something else than weights; {NEXT_STEP}.") from None
    return tensors


def _read_cache(path: Path, limit: int) -> bytes:
    """The bytes of a cached file; empty if there is none, one of more than `limit` bytes, or a link, pipe or device."""
    try:
        return read_regular(path, limit)
    except OSError:
        return b""


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
    end = time.monotonic() + TOTAL_TIMEOUT
    try:
        with urllib.request.urlopen(url, timeout=READ_TIMEOUT) as response:
            total = int(response.headers.get("Content-Length") or size)
            while chunk := response.read1(CHUNK_BYTES):
                if time.monotonic() > end:
                    raise TimeoutError
                yield chunk, total
    except urllib.error.HTTPError as error:
        error.close()
        raise WeightsError(f"The server of {what} answered with error {error.code}; {NEXT_STEP}.") from None
    except TimeoutError:
        raise WeightsError(f"The download of {what} took too long; {NEXT_STEP}.") from None
    except (OSError, HTTPException, ValueError) as error:
        _log.warning("no weights from %s: %s", url, error)
        failure = f"{_capitalise(what)} could not be downloaded, there is no way to their server now"
        raise WeightsError(f"{failure}; {NEXT_STEP}.") from None


def _write_cache(data: bytes, path: Path) -> None:
    """Writes the file to the cache, whole; if that fails, only a warning is logged and the next use downloads again."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole({path: data})
    except OSError as error:
        _log.warning("%s cannot be kept, set LRP_WEIGHTS_CACHE to a folder that can be written: %s", path, error)


def _capitalise(sentence: str) -> str:
    """The sentence with its first letter in upper case."""
    return sentence[:1].upper() + sentence[1:]
