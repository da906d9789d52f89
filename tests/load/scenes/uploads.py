"""Attacks by files: many at once, tall ones, and ones that take long to decode."""

import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Self
from urllib.parse import urlencode

from PIL import Image

from tests.load.client import Client, LoadError
from tests.load.scenes.scene import OTHER, QUICK, Scene, Visitor, clients

FILE = 9_900_000  # bytes, just below what is taken


class Uploading(Visitor):
    """Brings a picture of their own, a new one each time, and sees it on the page."""

    def __enter__(self) -> Self:
        self._client, self._shade = Client(self.url, urlencode(QUICK), OTHER).__enter__(), 0
        self._client.run()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.__exit__()

    def ask(self) -> None:
        self._shade += 1
        status = self._client.upload(png(Image.new("RGB", (300, 200), (self._shade, 90, 90))), f"mine{self._shade}.png")
        if status != 204 or not self._client.says(f"mine{self._shade}.png"):
            raise LoadError(f"the upload was refused: {status}, {self._client.warnings}")


def png(picture: Image.Image) -> bytes:
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def endless_jpeg(scans: int = 3000, shade: int = 90) -> bytes:
    """A third of a megabyte: 40 megapixels, one scan of which comes again and again."""
    file = BytesIO()
    Image.new("L", (8000, 5000), shade).save(file, "JPEG", progressive=True)
    whole = file.getvalue().removesuffix(b"\xff\xd9")
    return whole + whole[whole.rindex(b"\xff\xda") :] * scans + b"\xff\xd9"


def many_files(url: str, end: float) -> None:
    """Eighty files of ten megabytes at once, from one session, again and again."""
    with clients(url, 1) as (client,), ThreadPoolExecutor(80) as crowd:
        while time.monotonic() < end:
            list(crowd.map(lambda number: client.put_file(bytes(FILE), f"file-{number}"), range(80)))


def slow_pictures(url: str, end: float) -> None:
    """Twelve sessions bring pictures that take as long to decode as any may."""
    with clients(url, 12) as sessions, ThreadPoolExecutor(12) as crowd:
        while time.monotonic() < end:
            list(crowd.map(lambda pair: pair[1].upload(endless_jpeg(shade=pair[0]), "slow.jpg"), enumerate(sessions)))


def tall_pictures(url: str, end: float) -> None:
    """Six sessions bring four pictures each, small as files and large as pixels, and leave; then they come again."""
    number = 0
    while time.monotonic() < end:
        with clients(url, 6) as sessions:
            for client in sessions * 4:
                number += 1
                if time.monotonic() < end:
                    client.upload(png(Image.new("RGB", (2047, 11_900), (number % 256, 9, 9))), "tall.png")


# Decoded pixels that the server may keep, and the network with a thousand classes, loaded once for the first own picture.
BUDGET = 200_000_000 + 130_000_000

SCENES = (
    Scene("many files", many_files, Uploading),
    Scene("slow pictures", slow_pictures, Uploading, head_start=4.0),
    Scene("tall pictures", tall_pictures, Uploading, budget=BUDGET),
)
