"""Decodes an untrusted picture in a process of its own, with bounded time and memory.

A decoder can take minutes over a small file (a JPEG with a hundred thousand scans).
"""

import json
import logging
import threading
from io import BytesIO
from tempfile import TemporaryFile
from typing import BinaryIO

from PIL import Image

from lrp.pictures import decode
from lrp.pictures.cut_out import CutOut
from lrp.pictures.decode import InputError
from lrp.pictures.decode_job import decode_request
from lrp.pictures.failure_message import failure_message
from lrp.sandbox.process import TIMEOUT_STATUSES, ProcessLimits, run_job
from lrp.sandbox.service import Service

CPU_SECONDS = 5  # of processor time per picture; the largest accepted ones need half of it
WALL_SECONDS = 30.0  # wall-clock limit per picture, generous for a busy machine
MAX_MEMORY = 1_000_000_000  # bytes
STRIP = 256  # rows of pixels that are read at a time
MAX_PROCESSES = 2  # decoder processes at a time; further pictures wait
BUSY = "Many pictures are being read just now; try again in a minute."

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
        raise InputError(BUSY)
    try:
        with TemporaryFile() as output:  # not a pipe: a large picture would be in memory four times
            limits = ProcessLimits(CPU_SECONDS, WALL_SECONDS, MAX_MEMORY, MAX_MEMORY)
            code, _ = run_job("lrp.pictures.decode_job:main", data, limits, output)
            return _picture(code, output, data)
    except OSError as error:
        _log.warning("no process to decode a picture in: %s", error)
        raise InputError(decode.NO_MEMORY) from None
    finally:
        _slots.release()


class Decoder:
    """Decodes one picture after another as `decode_image` does, but in one process for many: see `lrp.sandbox.service`.

    For the files of one person's own job, a tenth of a second faster a picture. Not for several threads at a time.
    """

    def __init__(self) -> None:
        self._service = Service("lrp.pictures.decode_job:serve", ProcessLimits(CPU_SECONDS, WALL_SECONDS, MAX_MEMORY, MAX_MEMORY))

    def decode(self, data: bytes, cut_out: CutOut | None = None) -> Image.Image:
        """Returns the picture in a file, or what a network sees of it, which that process cuts out.

        Raises InputError, and nothing else.
        """
        if not data:
            return decode.decode(data)
        try:
            code, out = self._service.ask(decode_request(data, cut_out))
        except OSError as error:
            _log.warning("no process to decode pictures in: %s", error)
            raise InputError(decode.NO_MEMORY) from None
        return _picture(code, BytesIO(out), data)

    def close(self) -> None:
        """Ends the process."""
        self._service.close()


def _picture(code: int, output: BinaryIO, data: bytes) -> Image.Image:
    """The picture that a decoder wrote. Raises InputError where it refused the file or was ended by it."""
    if code:
        _log.info("a picture ended its decoder with status %d", code)
        raise InputError(_timeout_message() if code in TIMEOUT_STATUSES else failure_message(data))
    output.seek(0)
    said = json.loads(output.readline())
    if "refused" in said:
        raise InputError(said["refused"])
    (width, height), mode = said["size"], said["mode"]
    picture = Image.new(mode, (width, height))
    for top in range(0, height, STRIP):
        rows = min(STRIP, height - top)
        picture.paste(Image.frombytes(mode, (width, rows), output.read(len(mode) * width * rows)), (0, top))
    return picture


def _timeout_message() -> str:
    return f"This picture takes longer than {CPU_SECONDS} seconds to decode; save it anew as JPEG or PNG and try again."
