"""What comes from the browser becomes a picture of the album, or one sentence."""

import base64
import hashlib

import pytest
import streamlit

import lrp
from pages.parts.choose import picture_sources
from pages.parts.frame.album import Album
from tests.pages.helpers import file_of, stripes

FILE = file_of(stripes())


def sent(monkeypatch: pytest.MonkeyPatch, **message: object) -> None:
    """What the script in the browser sends with the next run."""
    monkeypatch.setattr(streamlit, "session_state", {"paste": message})


def test_an_own_picture_is_known_by_its_bytes_and_seen_by_nobody_else() -> None:
    picture = picture_sources.from_bytes(FILE, "a.png")
    assert picture.key == hashlib.sha256(FILE).hexdigest()
    assert picture.image.size == (90, 60)
    assert not picture.shared


def test_what_was_pasted_is_read_back_and_too_much_is_one_sentence() -> None:
    assert picture_sources.decoded(base64.b64encode(b"data").decode()) == b"data"
    with pytest.raises(lrp.InputError, match="10 MB"):
        picture_sources.decoded(None)


def test_what_was_pasted_is_held_until_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    album = Album()
    sent(monkeypatch, picture=base64.b64encode(FILE).decode())
    picture_sources.take_pasted(album)
    sent(monkeypatch)  # the next run knows it no more
    assert album.picture is None
    album.run_pending()
    assert album.picture == picture_sources.from_bytes(FILE, "pasted picture")


def test_a_file_of_another_kind_is_judged_by_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    album = Album()
    for name, content in (("photo.dat", FILE), ("notes.txt", b"no picture")):
        sent(monkeypatch, file={"name": name, "content": base64.b64encode(content).decode()})
        picture_sources.take_file(album)
        album.run_pending()
        assert album.picture
        assert album.picture.name == "photo.dat"
    assert album.problem
    assert "notes" in album.problem


@pytest.mark.parametrize(
    ("told", "parts"),
    [
        ({"files": 3, "name": "a.png", "size": 9}, ("3", "one of them")),
        ({"files": 1, "name": "a.png", "size": 23_400_000}, ("23.4 MB", "a.png")),
    ],
)
def test_what_the_browser_did_not_send_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, object], parts: tuple[str, ...]
) -> None:
    album = Album()
    sent(monkeypatch, refused=told)
    picture_sources.note_refusal(album)
    album.run_pending()
    assert album.problem
    assert all(part in album.problem.replace("\\", "") for part in parts)
