"""Opens files of torch.save in a process of their own, which makes safetensors of the network in them."""

import hashlib
import json
import logging
import os
import threading
import time
from functools import partial
from io import BufferedRandom, BufferedReader
from tempfile import TemporaryFile

from torch import Tensor

from lrp.models.fit_report import readable, sentence
from lrp.models.safetensors_file import read_tensors
from lrp.models.state_dicts import StateDict
from lrp.models.weights import WeightsError
from lrp.progress import BytesProgress
from lrp.sandbox.process import GLANCE, TIMEOUT_STATUSES, ProcessLimits, run_job

MAX_BYTES = 2_000_000_000  # of a checkpoint, which may hold an optimizer's state beside the weights
CPU_SECONDS = 120
WALL_SECONDS = 300.0
OWN_MEMORY = 2_000_000_000  # bytes that the process needs for torch itself, generous for builds with CUDA
KINDS = ("network.", "beside.")  # how the names of the two groups of tensors begin
MEMORY_SHARE = 3  # bytes for each byte of the file

_one_at_a_time = threading.BoundedSemaphore(1)
_log = logging.getLogger(__name__)


def read_checkpoint(
    file: BufferedReader, name: str, part: str | None = None, progress: BytesProgress | None = None
) -> tuple[StateDict, str]:
    """Returns the network in an open checkpoint, and the SHA-256 of the file.

    name: what error messages call it. part: which of several networks. progress: called with the bytes made of it and those of
    the file; raising from it ends the process. Raises WeightsError, and nothing else, for a file that
    holds none, or more than numbers, and for one that takes too long or too much memory.
    """
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    metadata, tensors = _run("main", file, name, [part or ""], progress)
    found = {key: json.loads(value) for key, value in metadata.items()}
    own, beside = (
        {key.removeprefix(kind): value for key, value in tensors.items() if key.startswith(kind)} for kind in KINDS
    )
    state = StateDict(found["name"], own, beside, tuple(found["ignored"]), tuple(found["parts"]), found["said"], found["library"])
    return state, digest


def read_shard(
    file: BufferedReader, name: str, progress: BytesProgress | None = None
) -> tuple[dict[str, Tensor], str]:
    """Returns the tensors in an open file of torch.save, a part of a network, and its SHA-256. Raises as `read_checkpoint`."""
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    return _run("shard", file, name, [], progress)[1], digest


def _run(
    job: str, file: BufferedReader, name: str, arguments: list[str], progress: BytesProgress | None
) -> tuple[dict[str, str], dict[str, Tensor]]:
    """What the process wrote, metadata and tensors. Raises WeightsError."""
    size = os.fstat(file.fileno()).st_size
    limits = ProcessLimits(CPU_SECONDS, WALL_SECONDS, OWN_MEMORY + MEMORY_SHARE * size, 2 * size + 10_000_000)
    _wait_for_turn(progress, size)
    try:
        os.lseek(file.fileno(), 0, os.SEEK_SET)  # the process reads from where the file stands
        with TemporaryFile() as output:
            watch = progress and partial(_note_written, output, size, progress)
            code, _ = run_job(f"lrp.models.checkpoint_job:{job}", file, limits, output, arguments, watch)
            return _answer(code, output, name)
    except OSError as error:
        _log.warning("no process to read a checkpoint in: %s", error)
        raise WeightsError(f"{readable(name)} cannot be read, for there is no room for it now; try again later.") from None
    finally:
        _one_at_a_time.release()


def _wait_for_turn(progress: BytesProgress | None, size: int) -> None:
    """Returns when no other checkpoint is read. Raises WeightsError after WALL_SECONDS."""
    end = time.monotonic() + WALL_SECONDS
    while not _one_at_a_time.acquire(timeout=GLANCE):
        if time.monotonic() > end:
            raise WeightsError("Other checkpoints are being read just now; try again in a minute.")
        if progress:
            progress(0, size)


def _note_written(output: BufferedRandom, size: int, progress: BytesProgress) -> None:
    progress(min(os.fstat(output.fileno()).st_size, size), size)


def _answer(code: int, output: BufferedRandom, name: str) -> tuple[dict[str, str], dict[str, Tensor]]:
    """What the process wrote, if it ended well."""
    if code:
        _log.info("a checkpoint ended its process with status %d", code)
        reason = "it takes too long or too much memory" if code in TIMEOUT_STATUSES else "it is damaged"
        raise WeightsError(sentence(name, f"{reason}; save its state dict again by torch.save"))
    data = bytearray(output.seek(0, os.SEEK_END))
    output.seek(0)
    output.readinto(data)
    try:
        metadata, tensors = read_tensors(data)
    except ValueError:  # such as for more tensors than a file may have
        raise WeightsError(sentence(name, "it holds more than a network; save its state dict alone")) from None
    if "refused" in metadata:
        reason = json.loads(metadata["refused"]).replace("(FILE", f"({readable(name)!r}")
        raise WeightsError(sentence(name, reason))
    return metadata, tensors
