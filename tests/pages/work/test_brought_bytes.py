"""Pictures that visitors bring are counted for as long as they are kept, by network address and of all."""

import io

import pytest
from PIL import Image

import lrp
from pages.parts.frame.album import Album, Picture
from pages.parts.settings import own_pictures
from pages.parts.work import brought_bytes, decoded_pictures
from pages.parts.work.brought_bytes import ByteLimit
from pages.parts.work.decoded_pictures import open_file
from pages.parts.work.job import Visit


class Kept:
    """Something that is kept."""


def coming_from(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = Visit("visit", lambda: True, address)
    monkeypatch.setattr(brought_bytes, "current_visit", lambda: visit)


def test_an_address_and_all_have_so_many_bytes_until_what_is_kept_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    account, first, second, third = ByteLimit(100, 60), Kept(), Kept(), Kept()
    coming_from("192.0.2.1", monkeypatch)
    account.count(first, 50)
    with pytest.raises(lrp.InputError, match="your network address"):
        account.count(second, 11)
    coming_from("192.0.2.2", monkeypatch)
    account.count(second, 50)
    coming_from("192.0.2.3", monkeypatch)
    with pytest.raises(lrp.InputError, match="all visitors"):
        account.count(third, 1)
    assert account.used == 100
    del first
    account.count(third, 50)
    assert account.used == 100
    del second, third
    assert account.used == 0


def photo(shade: int, size: tuple[int, int] = (600, 700)) -> bytes:
    file = io.BytesIO()
    Image.effect_noise(size, shade + 1).convert("RGB").save(file, "PNG")
    return file.getvalue()


def test_the_tray_counts_as_the_files_that_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    account, album = ByteLimit(10**9, 10**9), Album()
    monkeypatch.setattr(decoded_pictures, "BROUGHT", account)
    sizes = []
    for number in range(6):
        data = photo(number)
        sizes.append(len(data))
        file = open_file(data)
        album.take(lambda file=file: Picture(file.key, file, "mine", False))
    del file
    assert account.used == sum(sizes[2:])
    album.forget_pictures()
    assert account.used == 0


def test_pictures_of_the_search_count_as_they_are_kept_and_go_with_the_visit(monkeypatch: pytest.MonkeyPatch) -> None:
    account, brought = ByteLimit(5_000_000, 10**9), own_pictures.Brought()
    monkeypatch.setattr(own_pictures, "BROUGHT", account)
    monkeypatch.setattr(decoded_pictures, "BROUGHT", ByteLimit(10**9, 10**9))
    monkeypatch.setattr(own_pictures, "free_upload", lambda file: None)
    refused = []
    for number in range(7):
        file = io.BytesIO(photo(number, (1100, 1200)))
        file.name = f"{number}.png"
        refused.append(own_pictures.add_picture_file(brought, file))  # type: ignore[arg-type]
    kept = 512 * round(1200 * 512 / 1100) * 4  # bytes of each
    assert len(brought.pictures) == 5_000_000 // kept == 4
    assert account.used == 4 * kept
    assert [said is None for said in refused] == [True] * 4 + [False] * 3
    assert "5 MB" in str(refused[5])
    brought.forget_pictures()
    assert account.used == 0
