"""The jobs of the sandbox that decode pictures; they load Pillow, NumPy and the modules of this folder, but not torch."""

import json
from typing import BinaryIO

from lrp.pictures.decode import NO_MEMORY, InputError, decode
from lrp.sandbox.child import allow_seconds
from lrp.sandbox.messages import read_message, write_message


def main(file: BinaryIO, out: BinaryIO) -> None:
    """Writes the answer about the picture in `file`, see `decode_answer`."""
    out.write(decode_answer(file.read()))


def serve(file: BinaryIO, out: BinaryIO, seconds: str) -> None:
    """Answers each message of `file` by one to `out`, in so many seconds of processor time each, until the file ends."""
    while (data := read_message(file)) is not None:
        allow_seconds(int(seconds))
        write_message(out, decode_answer(data))


def decode_answer(data: bytes) -> bytes:
    """Returns {"size": [width, height]}, a line feed and the RGB bytes of the picture in a file, or {"refused": sentence}."""
    said: dict[str, object]
    try:
        picture = decode(data)
        said, pixels = {"size": picture.size}, picture.tobytes()
    except InputError as error:
        said, pixels = {"refused": str(error)}, b""
    except MemoryError:
        said, pixels = {"refused": NO_MEMORY}, b""
    return json.dumps(said).encode() + b"\n" + pixels
