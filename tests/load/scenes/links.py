"""Attacks by links: redirects with endless or packed content, and names that nobody answers."""

import gzip
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import chain, cycle
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

from PIL import Image

from tests.load.client import Client, LoadError
from tests.load.scenes.scene import OTHER, QUICK, Scene, Visitor, clients
from tests.load.scenes.uploads import png
from tests.loopback import MUTE, Loopback, http

PORT = 28_417  # of the server that links lead to; two processes have to know it
WEB = f"http://127.0.0.1:{PORT}"
PACKED = 1_000_000_000  # bytes that two kilobytes unpack to
BOMBS = ("/gzip", "/gzip-twice", "/endless")


class Fetching(Visitor):
    """Fetches a linked picture again and again, and sees it on the page."""

    def __enter__(self) -> Self:
        self._client = Client(self.url, "?" + urlencode(QUICK), OTHER).__enter__()
        self._client.run()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.__exit__()

    def ask(self) -> None:
        self._client.fetch(f"{WEB}/cat.png")
        if not self._client.says("On show: **linked picture**") or self._client.warnings:
            raise LoadError(f"the link was refused: {self._client.warnings}")


@cache
def packed(times: int) -> bytes:
    """Zeros, packed so many times, a megabyte after the other."""
    data = gzip.compress(bytes(PACKED), 9)
    for _ in range(times - 1):
        data = gzip.compress(data, 9)
    return data


@contextmanager
def web(folder: Path) -> Iterator[Mapping[str, str]]:
    """The server that links lead to: a picture, and redirects to nothing with content of their own."""
    with Loopback(port=PORT) as server:
        server.serve("/cat.png", http(png(Image.new("RGB", (300, 200), "teal"))))
        for path, times in zip(BOMBS, (1, 2), strict=False):
            encoding = ", ".join(["gzip"] * times)
            server.serve(path, http(packed(times), 302, location="/none.png", content_encoding=encoding))
        head = http(status=302, location="/none.png", content_length=None)
        server.serve("/endless", lambda: chain([head], cycle([bytes(10**6)])))
        yield {}


def fetch(client: Client, link: str, end: float) -> None:
    while time.monotonic() < end:
        client.fetch(link)


def redirects(url: str, end: float) -> None:
    """Six sessions fetch links that redirect with content which is endless, or unpacks to a gigabyte."""
    with clients(url, 6) as sessions, ThreadPoolExecutor(6) as crowd:
        list(crowd.map(lambda pair: fetch(pair[0], WEB + pair[1], end), zip(sessions, cycle(BOMBS), strict=False)))


def mute_names(url: str, end: float) -> None:
    """Sixteen sessions fetch links to hosts whose names nobody answers."""
    with clients(url, 16) as sessions, ThreadPoolExecutor(16) as crowd:
        list(crowd.map(lambda pair: fetch(pair[1], f"http://name{pair[0]}.{MUTE}/cat.png", end), enumerate(sessions)))


SCENES = (
    Scene("redirects", redirects, Fetching, web, PORT),
    Scene("mute names", mute_names, Fetching, web, PORT, head_start=3.0),
)
