"""Decodes an untrusted picture in a process of its own, with bounded time and memory.

A decoder can take minutes over a small file (a JPEG with a hundred thousand scans), need far more memory than the file's size
suggests, or crash. A thread can be neither stopped nor limited; a process can be both.
"""

import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

from PIL import Image

from lrp.pictures import decode
from lrp.pictures.decode import InputError
from lrp.pictures.failure_message import failure_message

CPU_SECONDS = 5  # of processor time per picture; the largest accepted ones need half of it
WALL_SECONDS = 30.0  # wall-clock limit per picture, generous for a busy machine
MAX_MEMORY = 1_000_000_000  # bytes
MAX_PROCESSES = 2  # decoder processes at a time; further pictures wait

_slots = threading.BoundedSemaphore(MAX_PROCESSES)
_log = logging.getLogger(__name__)


def decode_image(data: bytes) -> Image.Image:
    """Returns the picture in a JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF or BMP file as an upright RGB image in sRGB.

    Runs `lrp.pictures.decode.decode`, which says more, in a process of its own with at most 5 seconds of processor time and
    1 GB of memory. Raises InputError, and nothing else.
    """
    if not data:
        return decode.decode(data)
    if not _slots.acquire(timeout=WALL_SECONDS):
        raise InputError("Many pictures are being read just now; try again in a minute.")
    try:
        code, out = _run(data)
    except OSError as error:
        _log.warning("no process to decode a picture in: %s", error)
        raise InputError(decode.NO_MEMORY) from None
    finally:
        _slots.release()
    line, _, pixels = out.partition(b"\n")
    if code:
        _log.info("a picture ended its decoder with status %d", code)
        raise InputError(_timeout_message() if code in _TIMEOUT_STATUSES else failure_message(data))
    answer = json.loads(line)
    if "refused" in answer:
        raise InputError(answer["refused"])
    return Image.frombytes("RGB", tuple(answer["size"]), pixels)


_TIMED_OUT = 1000
_TIMEOUT_STATUSES = (_TIMED_OUT, -24, -9)  # our own timeout, SIGXCPU, SIGKILL at the hard limit or by a system out of memory


def _run(data: bytes) -> tuple[int, bytes]:
    """Runs the decoder process; returns its exit status and its output."""
    # Address space reserved for idle threads would count towards the memory limit.
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    script = Path(__file__).with_name("sandbox_child.py")
    command = [sys.executable, "-I", str(script), str(CPU_SECONDS), str(MAX_MEMORY), decode.__file__]
    try:
        done = subprocess.run(
            command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=WALL_SECONDS, env=environment,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return _TIMED_OUT, b""
    return done.returncode, done.stdout


def _timeout_message() -> str:
    return f"This picture takes longer than {CPU_SECONDS} seconds to decode; save it anew as JPEG or PNG and try again."
