"""What a browser sends of a pasted or chosen file, and what a hostile program sends in its place."""

import base64
import logging
from typing import Any

import pytest

from lrp import InputError
from pages.parts.choose.picture_sources import MAX_BYTES, PASTED, decoded, from_bytes, note_refusal, take_file, take_pasted
from pages.parts.frame.album import Album
from pages.parts.work import decoded_pictures
from tests.pages.helpers import file_of, photo, stripes

PNG = base64.b64encode(file_of(stripes())).decode()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the browser has just sent."""
    message: dict[str, Any] = {}
    monkeypatch.setattr(PASTED, "get", lambda: message)
    return message


def taken(album: Album) -> str | None:
    """What the page says after what was sent has been taken."""
    album.run_pending()
    return album.problem


def test_a_pasted_picture_and_a_file_of_another_name_are_taken(sent: dict[str, Any]) -> None:
    album = Album()
    sent["picture"] = PNG
    take_pasted(album)
    assert taken(album) is None
    sent["file"] = {"name": "notes.txt", "content": PNG}
    take_file(album)
    assert taken(album) is None
    assert [picture.name for picture in album.tray] == ["notes.txt"]


@pytest.mark.parametrize("content", [7, 1.5, [], {}, True, "no base64!", "é", PNG[:-3], PNG + "\n", "ab=c"])
def test_what_is_no_base64_is_one_sentence_and_nothing_in_the_log(
    sent: dict[str, Any], content: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    album = Album()
    sent["picture"] = content
    take_pasted(album)
    assert taken(album) == "The picture did not arrive as it was sent; paste or choose it again."
    sent["file"] = {"name": "a.png", "content": content}
    take_file(album)
    assert "did not arrive" in (taken(album) or "")
    assert album.picture is None
    assert caplog.text == ""


@pytest.mark.parametrize("message", [7, "text", [1], True, {"name": 3}, {"content": None}, {}])
def test_a_message_of_any_form_is_a_sentence_or_nothing(sent: dict[str, Any], message: Any) -> None:
    for name, take in (("picture", take_pasted), ("file", take_file), ("refused", note_refusal)):
        album = Album()
        sent[name] = message
        take(album)
        assert (taken(album) or ".").endswith(".")
        assert album.picture is None


@pytest.mark.parametrize("message", [7, "text", [1], None])
def test_a_whole_message_of_another_type_is_no_picture(monkeypatch: pytest.MonkeyPatch, message: Any) -> None:
    monkeypatch.setattr(PASTED, "get", lambda: message)
    for take in (take_pasted, take_file, note_refusal):
        album = Album()
        take(album)
        taken(album)
        assert album.picture is None


@pytest.mark.parametrize("number", [10**400, float("inf"), float("nan"), -1, "many", None, [2], True])
def test_numbers_of_refused_files_may_be_anything(sent: dict[str, Any], number: Any) -> None:
    album = Album()
    sent["refused"] = {"files": number, "name": "a.png", "size": number}
    note_refusal(album)
    assert "10 MB is the most" in (taken(album) or "")
    sent["refused"] = {"files": 2, "name": "a.png", "size": 3}
    note_refusal(album)
    assert "these were 2" in (taken(album) or "")


def test_the_server_counts_the_bytes_of_a_pasted_picture_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoded_pictures, "decode_image", lambda data: pytest.fail("decoded"))
    assert len(decoded(base64.b64encode(bytes(MAX_BYTES)).decode())) == MAX_BYTES
    for size in (MAX_BYTES + 1, 17_000_000):
        with pytest.raises(InputError, match="larger than 10 MB"):
            from_bytes(decoded(base64.b64encode(bytes(size)).decode()), "pasted picture")


def test_a_name_is_kept_as_text_on_one_line_of_bounded_length() -> None:
    data = file_of(photo())
    assert from_bytes(data, "a\x1b[31m\u202eb\ud800\n.png").name == "a?[31m?b? .png"
    assert len(from_bytes(data, "a" * 10_000).name) <= 255
