"""Packs a JSON header and arrays of numbers into one message for a script in the browser."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

UNPACK = Path(__file__).with_name("unpack.js").read_text()  # what reads the message; begin a component's script with it
ALIGNED = 8  # bytes; a typed array of the browser has to begin at a multiple of its numbers' size


def pack_message(header: Mapping[str, object], arrays: Mapping[str, NDArray[np.integer]]) -> bytes:
    """Returns one message: the length of the header (uint32), the header as JSON, then the arrays, all little-endian.

    arrays: by the names that the script finds them under, int8, uint8 or int16; their shapes are not sent.
    """
    described: dict[str, object] = {}
    parts: list[bytes] = []
    place = 0
    for name, values in arrays.items():
        data = values.astype(values.dtype.newbyteorder("<")).tobytes()
        described[name] = {"type": values.dtype.name, "at": place, "length": values.size}
        parts.append(data + bytes(-len(data) % ALIGNED))
        place += len(parts[-1])
    text = json.dumps({**header, "arrays": described}).encode()
    return struct.pack("<I", len(text)) + text + b"".join(parts)
