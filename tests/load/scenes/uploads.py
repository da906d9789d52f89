"""Attacks by files: many at once, tall ones, and ones that take long to decode."""

import itertools
from io import BytesIO

from PIL import Image

from tests.load.client_files import put_file, upload
from tests.load.scenes.attack import Attack
from tests.load.scenes.scene import Scene
from tests.load.scenes.visitor import Visitor
from tests.load.session import LoadError

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
                upload(client, png(Image.new("RGB", next(sizes), (next(numbers) % 256, 9, 9))), "tall.png")

    attack.repeat(come, range(6))


SCENES = (
    Scene("many files", many_files, Uploading),
    Scene("slow pictures", slow_pictures, Uploading, head_start=1.5),
    Scene("tall pictures", tall_pictures, Uploading, head_start=1.5),
)
