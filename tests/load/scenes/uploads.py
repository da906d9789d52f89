"""Attacks by files: many at once, tall ones, and ones that take long to decode."""

import itertools
import zlib
from functools import cache
from io import BytesIO
from struct import pack

from PIL import Image

from tests.load.client_files import put_file, upload
from tests.load.scenes.attack import Attack
from tests.load.scenes.scene import Scene
from tests.load.scenes.visitor import Visitor
from tests.load.session import LoadError
from tests.png_file import png_file

FILE = 9_900_000  # bytes, just below what is taken


class Uploading(Visitor):
    """Brings a picture of their own, a new one each time, and sees it on the page."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._numbers = itertools.count()

    def ask(self) -> None:
        number = next(self._numbers)
        name, shade = f"mine{number}.png", (number % 256, number // 256 % 256, 90)
        status = upload(self.client, png(Image.new("RGB", (300, 200), shade)), name)
        if status != 204 or not self.client.says(name):
            raise LoadError(f"the upload was refused: {status}, {self.client.warnings}")


def png(picture: Image.Image) -> bytes:
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@cache
def _rest_of_rows(width: int, height: int) -> tuple[bytes, bytes]:
    """All that follows the first pixel of a picture of one colour, as a PNG filters it, plain and deflated."""
    plain = bytes(3 * (width - 1)) + (b"\2" + bytes(3 * width)) * (height - 1)  # each row is as the one above it
    deflate = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    return plain, deflate.compress(plain) + deflate.flush()


def plain_png(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """A picture of one colour, whose size costs only who reads it: an attacker has made the files before, elsewhere."""
    plain, deflated = _rest_of_rows(width, height)
    pixel = bytes((1, *colour))  # what follows in the first row is as the pixel before it
    first = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    data = b"\x78\xda" + first.compress(pixel) + first.flush(zlib.Z_FULL_FLUSH) + deflated
    data += pack(">I", zlib.adler32(plain, zlib.adler32(pixel)))
    return png_file(width, height, data)


def endless_jpeg(scans: int = 3000) -> bytes:
    """A third of a megabyte: 40 megapixels, one scan of which comes again and again."""
    file = BytesIO()
    Image.new("L", (8000, 5000), 90).save(file, "JPEG", progressive=True)
    whole = file.getvalue().removesuffix(b"\xff\xd9")
    return whole + whole[whole.rindex(b"\xff\xda") :] * scans + b"\xff\xd9"


def many_files(attack: Attack) -> None:
    """Eighty files of ten megabytes at once, from one session, again and again."""
    with attack.clients(1) as (client,):
        attack.repeat(lambda number: put_file(client, bytes(FILE), f"file-{number}"), range(80))


def slow_pictures(attack: Attack) -> None:
    """Twelve sessions bring pictures that take as long to decode as any may."""
    data = endless_jpeg()
    with attack.clients(12) as sessions:
        attack.repeat(lambda client: upload(client, data, "slow.jpg"), sessions)


def tall_pictures(attack: Attack) -> None:
    """Six sessions bring four pictures each, small as files and large as pixels, and leave; then they come again.

    Every second one is as large as a picture may be that is not reduced.
    """
    numbers, sizes = itertools.count(), itertools.cycle([(2047, 11_900), (1000, 12_000)])

    def come(_: int) -> None:
        with attack.clients(1) as (client,):
            for _ in range(4):
                upload(client, plain_png(*next(sizes), (next(numbers) % 256, 9, 9)), "tall.png")

    attack.repeat(come, range(6))


SCENES = (
    Scene("many files", many_files, Uploading),
    Scene("slow pictures", slow_pictures, Uploading, head_start=1.5),
    Scene("tall pictures", tall_pictures, Uploading, head_start=1.5),
)
