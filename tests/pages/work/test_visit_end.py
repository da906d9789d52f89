"""What a visit keeps is let go when it ends; large pictures are kept as files."""

import io
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

import lrp
from lrp import InputError
from pages.parts.frame.album import Album, Picture
from pages.parts.work import decoded_pictures, visit_end
from pages.parts.work.cache import Budget, Store
from pages.parts.work.decoded_pictures import open_file

pytestmark = pytest.mark.usefixtures("no_rest")


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock, and a page of the session "me" that is drawn."""
    clock = SimpleNamespace(at=0.0, monotonic=lambda: clock.at, sleep=lambda seconds: None)
    monkeypatch.setattr(visit_end, "time", clock)
    monkeypatch.setattr(visit_end, "_sessions", {})
    monkeypatch.setattr(visit_end, "_thread", SimpleNamespace(is_alive=lambda: True))
    monkeypatch.setattr(visit_end, "get_script_run_ctx", lambda suppress_warning: SimpleNamespace(session_id="me"))
    # A thread that an earlier test left would look at the sessions of this one; asked for the server, it ends.
    monkeypatch.setattr(visit_end, "runtime", SimpleNamespace(exists=lambda: True, get_instance=sys.exit))
    return clock


def test_what_a_visit_computed_goes_soon_and_its_pictures_when_nobody_can_come_back(now: SimpleNamespace) -> None:
    store, album = Store(4, Budget(10**9)).of_visit(), Album()
    visit_end.let_go_at_end(album.forget_pictures)
    store.put("a", np.zeros(1000))
    album.open(Picture("b", Image.new("RGB", (4, 4)), "b", False))
    for at, active, results, pictures in ((50.0, True, 1, True), (69.0, False, 1, True), (71.0, False, 0, True),
                                          (124.0, False, 0, True), (126.0, False, 0, False)):  # fmt: skip
        now.at = at
        visit_end.forget_disconnected(lambda session, active=active: active)
        assert (len(store.keys()), album.picture is not None) == (results, pictures), at
    visit_end.forget_disconnected(lambda session: pytest.fail("nothing of the session is left"))


def test_who_comes_back_in_time_keeps_the_pictures_and_ends_like_everybody_later(now: SimpleNamespace) -> None:
    store = Store(4, Budget(10**9)).of_visit()
    for at, active in ((0.0, True), (30.0, False), (40.0, True)):
        now.at = at
        visit_end.forget_disconnected(lambda session, active=active: active)
        store.put("a", 1)
    now.at = 70.0
    visit_end.forget_disconnected(lambda session: False)
    assert store.keys() == set()


def test_a_store_that_nobody_holds_is_not_held_for_its_end(now: SimpleNamespace) -> None:
    import gc
    import weakref

    store = Store(4, Budget(10**9)).of_visit()
    held = weakref.ref(store)
    del store
    gc.collect()
    assert held() is None
    now.at = 1000.0
    visit_end.forget_disconnected(lambda session: False)


TALL = (1300, 9000)  # pixels, which a decoder leaves as they are


def tall(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", TALL, (shade, 20, 30)).save(file, "PNG")
    return file.getvalue()


def test_large_pictures_are_bounded_together_and_decoded_again_bit_for_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    budget, decoded = Budget(120_000_000), list[int]()
    monkeypatch.setattr(decoded_pictures, "_DECODED", Store(1000, budget))

    def counted(data: bytes) -> Any:
        decoded.append(len(data))
        return lrp.decode_image(data)

    monkeypatch.setattr(decoded_pictures, "decode_image", counted)
    files = [open_file(tall(shade)) for shade in range(4)]
    assert budget.used <= 120_000_000
    assert len(decoded) == 4
    assert files[3]().size == files[3].size == TALL
    assert len(decoded) == 4  # it is still there
    np.testing.assert_array_equal(np.asarray(files[0]()), np.asarray(lrp.decode_image(tall(0))))
    assert len(decoded) == 5
    assert sum(len(file.data) for file in files) < 1_000_000


def test_a_picture_of_a_file_says_its_size_and_shows_a_thumbnail_without_being_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    file = open_file(tall(9))
    monkeypatch.setattr(decoded_pictures, "_DECODED", Store(10))
    monkeypatch.setattr(decoded_pictures, "decode_image", lambda data: pytest.fail("decoded"))
    picture = Picture(file.key, file, "tall", False)
    assert picture.size == TALL
    assert picture.thumbnail.size == (96, 96)
    assert picture.thumbnail.getpixel((5, 5)) == (9, 20, 30)


@contextmanager
def _turn(end: Callable[[], None]) -> Iterator[None]:
    yield
    end()


def test_a_page_that_waits_for_its_turn_holds_no_picture_beside_the_counted_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    store, made, held = Store(10), list[weakref.ref[Image.Image]](), list[bool]()

    def decode(data: bytes) -> Image.Image:
        picture = Image.new("RGB", (300, 300))
        made.append(weakref.ref(picture))
        return picture

    def wait() -> None:
        store.clear()  # others have pushed it out meanwhile
        held.append(made[-1]() is not None)

    monkeypatch.setattr(decoded_pictures, "_DECODED", store)
    monkeypatch.setattr(decoded_pictures, "decode_image", decode)
    monkeypatch.setattr(decoded_pictures, "decoding_turn", lambda: _turn(wait))
    file = open_file(b"a picture")
    assert file.size == (300, 300)
    with pytest.raises(InputError, match="Many pictures are being read"):
        file()
    assert held == [False] * (1 + decoded_pictures.TRIES)
    monkeypatch.setattr(decoded_pictures, "decoding_turn", lambda: _turn(lambda: None))
    assert file() is made[-1]()
