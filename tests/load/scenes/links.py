"""Attacks by links: redirects with endless or packed content, and names that nobody answers."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import chain, cycle

from PIL import Image

from tests.load.scenes.attack import Attack
from tests.load.scenes.scene import Scene
from tests.load.scenes.uploads import png
from tests.load.scenes.visitor import Visitor
from tests.load.session import LoadError
from tests.loopback import MUTE, Loopback, http

PORT = 28_417  # of the server that links lead to; two processes have to know it
WEB = f"http://127.0.0.1:{PORT}"
PACKED = 1_000_000_000  # bytes that two kilobytes unpack to
BOMBS = ("/gzip", "/gzip-twice", "/endless")


class Fetching(Visitor):
    """Fetches a linked picture again and again, and sees it on the page."""

    def ask(self) -> None:
        self.client.fetch(f"{WEB}/cat.png")
        if not self.client.says("On show: **linked picture**") or self.client.warnings:
            raise LoadError(f"the link was refused: {self.client.warnings}")


@cache
def packed(times: int) -> bytes:
    """Zeros that were packed so many times: members of ten megabytes, one after the other."""
    data = gzip.compress(bytes(10**7), 9) * (PACKED // 10**7)
    for _ in range(times - 1):
        data = gzip.compress(data, 9)
    return data


@contextmanager
def web() -> Iterator[None]:
    """The server that links lead to: a picture, and redirects to nothing with content of their own."""
    with Loopback(port=PORT) as server:
        server.serve("/cat.png", http(png(Image.new("RGB", (300, 200), "teal"))))
        for path, times in zip(BOMBS, (1, 2), strict=False):
            encoding = ", ".join(["gzip"] * times)
            server.serve(path, http(packed(times), 302, location="/none.png", content_encoding=encoding))
        head = http(status=302, location="/none.png", content_length=None)
        server.serve("/endless", lambda: chain([head], cycle([bytes(10**6)])))
        yield


def redirects(attack: Attack) -> None:
    """Six sessions fetch links that redirect with content which is endless, or unpacks to a gigabyte."""
    with attack.clients(6) as sessions:
        attack.repeat(lambda pair: pair[0].fetch(WEB + pair[1]), zip(sessions, cycle(BOMBS), strict=False))


def mute_names(attack: Attack) -> None:
    """Sixteen sessions fetch links to hosts whose names nobody answers."""
    with attack.clients(16) as sessions:
        attack.repeat(lambda pair: pair[1].fetch(f"http://name{pair[0]}.{MUTE}/cat.png"), enumerate(sessions))


SCENES = (
    Scene("redirects", redirects, Fetching),
    Scene("mute names", mute_names, Fetching, head_start=1.0),
)
