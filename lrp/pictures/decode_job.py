"""The jobs of the sandbox that decode pictures; they load Pillow, NumPy and the modules of this folder, but not torch."""

import json
from typing import BinaryIO

from lrp.pictures.cut_out import CutOut
from lrp.pictures.decode import NO_MEMORY, InputError, decode
from lrp.sandbox.child import allow_seconds
from lrp.sandbox.messages import read_message, write_message


def main(file: BinaryIO, out: BinaryIO) -> None:
    """Writes the answer about the picture in `file`, see `decode_answer`."""
    out.write(decode_answer(file.read()))


def serve(file: BinaryIO, out: BinaryIO, seconds: str) -> None:
    """Answers each `decode_request` of `file` by a message to `out`, in so many processor seconds, until the file ends."""
    while (request := read_message(file)) is not None:
        allow_seconds(int(seconds))
        asked, _, data = request.partition(b"\n")
        values = json.loads(asked)
        write_message(out, decode_answer(data, None if values is None else CutOut(*values)))


def decode_request(data: bytes, cut_out: CutOut | None) -> bytes:
    """Returns the message that asks for the picture in a file, or for what a network sees of it."""
    return json.dumps(cut_out).encode() + b"\n" + data


def decode_answer(data: bytes, cut_out: CutOut | None = None) -> bytes:
    """Returns {"size": [width, height], "mode": of Pillow}, a line feed and the picture's bytes, or {"refused": sentence}."""
    said: dict[str, object]
    try:
        picture = decode(data) if cut_out is None else cut_out.of(decode(data))
        said, pixels = {"size": picture.size, "mode": picture.mode}, picture.tobytes()
    except InputError as error:
        said, pixels = {"refused": str(error)}, b""
    except MemoryError:
        said, pixels = {"refused": NO_MEMORY}, b""
    return json.dumps(said).encode() + b"\n" + pixels
