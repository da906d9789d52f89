"""What a visitor asks for while maps are computed is not lost, however the page is interrupted."""

import pytest
from PIL import Image
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from lrp import InputError
from pages.parts.frame.album import MAX_TRAY, Album, Picture
from tests.visitor import ROOT


def picture(name: str) -> Picture:
    return Picture(name, Image.new("RGB", (4, 4)), name, False)


def refuse() -> Picture:
    raise InputError("This file is empty.")


def test_what_was_asked_for_is_done_once_and_again_only_if_it_was_interrupted() -> None:
    album, times = Album(), list[int]()

    def interrupted() -> None:
        times.append(1)
        if len(times) == 1:  # what Streamlit raises at a touch of the session's state when another message has come
            raise RerunException(RerunData())
        album.take(lambda: picture("mine"))

    album.defer(interrupted)
    with pytest.raises(RerunException):
        album.run_pending()
    album.run_pending()
    album.run_pending()
    assert len(times) == 2
    assert album.picture
    assert album.picture.name == "mine"


def test_an_action_that_fails_is_not_tried_for_ever() -> None:
    album = Album()

    def fail() -> None:
        raise ZeroDivisionError

    album.defer(fail)
    with pytest.raises(ZeroDivisionError):
        album.run_pending()
    album.run_pending()


def test_the_newest_pictures_stay_and_a_refusal_keeps_the_one_on_show() -> None:
    album = Album()
    for name in "abcdea":
        album.take(lambda name=name: picture(name))
    assert [kept.name for kept in album.tray] == ["a", "e", "d", "c"]
    assert len(album.tray) == MAX_TRAY
    album.take(refuse)
    assert (album.picture, album.problem) == (album.tray[0], "This file is empty.")
    album.open(album.tray[1])
    assert (album.picture, album.problem) == (album.tray[1], None)
    album.close()
    assert album.picture is None


def test_no_callback_of_the_pictures_does_more_than_note_what_was_asked() -> None:
    source = (ROOT / "pages/parts/choose/pictures.py").read_text("utf-8")
    found = [line.partition("on_c")[2] for line in source.splitlines() if "on_change=" in line or "on_click=" in line]
    assert len(found) >= 6
    assert all("=album.defer" in call for call in found)
