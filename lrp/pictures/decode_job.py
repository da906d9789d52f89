"""The job of the sandbox that decodes a picture; it loads Pillow, NumPy and the modules of this folder, but not torch."""

import json
from typing import BinaryIO

from lrp.pictures.decode import NO_MEMORY, InputError, decode


def main(file: BinaryIO, out: BinaryIO) -> None:
    """Decodes the picture in `file`; writes {"size": [width, height]} and then the RGB bytes, or {"refused": sentence}."""
    answer: dict[str, object]
    try:
        picture = decode(file.read())
        answer, pixels = {"size": picture.size}, picture.tobytes()
    except InputError as error:
        answer, pixels = {"refused": str(error)}, b""
    except MemoryError:
        answer, pixels = {"refused": NO_MEMORY}, b""
    out.write(json.dumps(answer).encode() + b"\n")
    out.write(pixels)
