"""PNG files written by hand: what Pillow would not write, or not as fast. Imports nothing that takes long to load."""

import struct
import zlib


def png_file(width: int, height: int, deflated: bytes, depth: int = 8, colour: int = 2, **chunks: bytes) -> bytes:
    """A PNG with these zlib bytes as its rows; `chunks` come before them, by their names."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    named = ((name.encode(), value) for name, value in chunks.items())
    parts = [(b"IHDR", header), *named, (b"IDAT", deflated), (b"IEND", b"")]
    packed = (struct.pack(">I", len(value)) + name + value + struct.pack(">I", zlib.crc32(name + value)) for name, value in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)
