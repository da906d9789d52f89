"""Damaged pictures by the thousand: each must become a picture or an InputError, within 5 seconds and 1 GB.

    python -m tests.fuzz.pictures --each 10000

Mutant number i of a format is the same on every machine and in every run; a failure names it. The process limits its own
memory to 1 GB, and a crash of a decoder ends it: `--first` goes on from there.
"""

import argparse
import resource
import struct
import sys
import time
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from PIL import Image

from lrp.pictures.decode import FORMATS, InputError, decode
from lrp.pictures.sandbox import CPU_SECONDS, MAX_MEMORY
from tests.fuzz.seeds import seeds

INTERESTING = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mutant(files: list[bytes], strangers: list[bytes], kind: str, number: int) -> bytes:
    """The file with that number: a sound one of the format after one to eight blows, some borrowed from other formats."""
    random = Random(f"{kind} {number}")
    data = bytearray(random.choice(files))
    for _ in range(random.choice((1, 1, 2, 3, 8))):
        if data:
            random.choice(_BLOWS)(data, random, strangers)
    # Without a sound checksum a PNG is refused before anything else is looked at.
    return _with_checksums(bytes(data)) if kind == "PNG" and random.random() < 0.8 else bytes(data)


Blow = Callable[[bytearray, Random, list[bytes]], None]


def _flip(data: bytearray, random: Random, _: list[bytes]) -> None:
    data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _overwrite(data: bytearray, random: Random, _: list[bytes]) -> None:
    data[random.randrange(len(data))] = random.randrange(256)


def _number(data: bytearray, random: Random, _: list[bytes]) -> None:
    start, width = random.randrange(len(data)), random.choice((1, 2, 4))
    value = random.choice(INTERESTING) & (1 << 8 * width) - 1
    data[start : start + width] = value.to_bytes(width, random.choice(("big", "little")))


def _cut(data: bytearray, random: Random, _: list[bytes]) -> None:
    start = random.randrange(len(data))
    del data[start : start + random.choice((1, 2, 4, 16, len(data)))]


def _repeat(data: bytearray, random: Random, _: list[bytes]) -> None:
    start = random.randrange(len(data))
    piece = data[start : start + random.choice((1, 4, 12, 64, 300))]
    data[start:start] = piece * random.choice((1, 1, 5, 50))


def _graft(data: bytearray, random: Random, strangers: list[bytes]) -> None:
    stranger = random.choice(strangers)
    begin, start = random.randrange(len(stranger)), random.randrange(len(data))
    data[start : start + random.choice((0, 8, 64))] = stranger[begin : begin + random.choice((4, 32, 500))]


def _zero(data: bytearray, random: Random, _: list[bytes]) -> None:
    start, length = random.randrange(len(data)), random.choice((2, 8, 40))
    data[start : start + length] = bytes([random.choice((0, 255))]) * min(length, len(data) - start)


_BLOWS: tuple[Blow, ...] = (_flip, _overwrite, _number, _number, _cut, _repeat, _graft, _zero)


def _with_checksums(data: bytes) -> bytes:
    """The PNG with the checksum of each chunk, as far as the lengths can be followed, put right."""
    out, at = bytearray(data), 8
    while at + 12 <= len(out):
        (length,) = struct.unpack_from(">I", out, at)
        end = at + 8 + length
        if end + 4 > len(out):
            break
        struct.pack_into(">I", out, end, zlib.crc32(out[at + 4 : end]))
        at = end + 4
    return bytes(out)


@dataclass
class Tally:
    """What became of the mutants of one format."""

    pictures: int = 0
    refused: int = 0
    slowest: float = 0.0
    failures: list[str] = field(default_factory=list)


def attack(kind: str, each: int, first: int = 0) -> Tally:
    """Decodes `each` mutants of the format, from number `first` on."""
    whole, tally = seeds(), Tally()
    strangers = [data for files in whole.values() for data in files]
    for number in range(first, first + each):
        data = mutant(whole[kind], strangers, kind, number)
        start = time.process_time()
        try:
            picture = decode(data)
        except InputError as error:
            tally.refused += 1
            if not str(error).endswith("."):
                tally.failures.append(f"{kind} {number}: no sentence: {error}")
        except BaseException as error:
            tally.failures.append(f"{kind} {number}: {error!r}")
        else:
            tally.pictures += 1
            if type(picture) is not Image.Image or picture.mode != "RGB" or picture.info:
                tally.failures.append(f"{kind} {number}: {picture!r} with {picture.info}")
        seconds = time.process_time() - start
        tally.slowest = max(tally.slowest, seconds)
        if seconds > CPU_SECONDS:
            tally.failures.append(f"{kind} {number}: {seconds:.1f} s")
    return tally


def peak() -> float:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description="Decode damaged pictures of every accepted format.")
    parser.add_argument("--each", type=int, default=10_000, help="mutants of each format")
    parser.add_argument("--first", type=int, default=0, help="the number of the first mutant")
    parser.add_argument("--formats", nargs="+", default=FORMATS, choices=FORMATS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # Pillow's, about metadata
    before, failures = peak(), []
    resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY, MAX_MEMORY))
    for kind in options.formats:
        tally = attack(kind, options.each, options.first)
        failures += tally.failures
        print(
            f"{kind}: {options.each} mutants, {tally.pictures} pictures, {tally.refused} refused, "
            f"{len(tally.failures)} failures, slowest {tally.slowest:.2f} s, peak {peak():.0f} MB (at first {before:.0f})",
            flush=True,
        )
    print(*failures[:50], sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
