"""A stranger's picture is decoded in a process of its own, which is bounded in time and memory and may crash alone.

A decoder can take minutes over a small file (a JPEG with a hundred thousand scans), needs memory that its size does not
tell, or has a fault that ends the process. A thread can be neither stopped nor limited; a process can be both.
"""

import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

from PIL import Image

from lrp.pictures import decode as images
from lrp.pictures.complaints import complaint
from lrp.pictures.decode import InputError

SECONDS = 5  # of processor time for one picture; the largest that are taken need half of it
PATIENCE = 30.0  # seconds on the clock, on a machine that has other things to do
MEMORY = 1_000_000_000  # bytes
AT_ONCE = 2  # pictures decoded at a time in this process; the others wait

_places = threading.BoundedSemaphore(AT_ONCE)
_log = logging.getLogger(__name__)


def decode_image(data: bytes) -> Image.Image:
    """The picture in the bytes of a JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF or BMP file, as an upright RGB image in sRGB.

    What becomes of it is described at `lrp.pictures.decode.decode`, which runs in a process of its own: at most 5 seconds of
    processor time and 1 GB. Raises InputError, and nothing else.
    """
    if not data:
        return images.decode(data)
    if not _places.acquire(timeout=PATIENCE):
        raise InputError("Many pictures are being read just now; try again in a minute.")
    try:
        code, out = _run(data)
    except OSError as error:
        _log.warning("no process to decode a picture in: %s", error)
        raise InputError(images.NO_MEMORY) from None
    finally:
        _places.release()
    line, _, pixels = out.partition(b"\n")
    if code:
        _log.info("a picture ended its decoder with status %d", code)
        raise InputError(_too_long() if code in _OVERTIME else complaint(data))
    answer = json.loads(line)
    if "refused" in answer:
        raise InputError(answer["refused"])
    return Image.frombytes("RGB", tuple(answer["size"]), pixels)


_TIMED_OUT = 1000
_OVERTIME = (_TIMED_OUT, -24, -9)  # this clock, SIGXCPU, SIGKILL at the hard limit or by a system out of memory


def _run(data: bytes) -> tuple[int, bytes]:
    """The exit status of the decoder and what it wrote."""
    # Reserving address space for threads that never run would count as memory.
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    script = Path(__file__).with_name("sandbox_child.py")
    command = [sys.executable, "-I", str(script), str(SECONDS), str(MEMORY), images.__file__]
    try:
        done = subprocess.run(
            command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=PATIENCE, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        return _TIMED_OUT, b""
    return done.returncode, done.stdout


def _too_long() -> str:
    return f"This picture takes longer than {SECONDS} seconds to decode; save it anew as JPEG or PNG and try again."
