"""The page of the camera, and what comes of what a browser sends it."""

import base64
import io
from typing import Any

import pytest
import streamlit

import lrp
from pages.parts.camera import live_view
from pages.parts.camera.frames import Frame, explain_frame
from pages.parts.camera.live_view import FOREMOST, _message, take_frozen
from pages.parts.frame.album import Album
from tests.canvas_messages import unpacked
from tests.pages.helpers import photo
from tests.visitor import Visitor


def test_the_page_waits_for_a_camera_and_says_what_becomes_of_frames() -> None:
    visitor = Visitor()
    visitor.at.switch_page("pages/camera.py")
    visitor.at.run()
    assert not visitor.at.exception
    words = " ".join(node.value for node in [*visitor.at.main.markdown, *visitor.at.main.caption])
    assert "What does the network see through your camera?" in words
    assert "explained in memory and forgotten" in words
    assert {"class", "k"} <= {menu.key for menu in visitor.at.main.selectbox}


def test_the_class_and_the_network_chosen_elsewhere_stay_chosen() -> None:
    visitor = Visitor({"class": "church", "depth": "34"})
    visitor.at.switch_page("pages/camera.py")
    visitor.at.run()
    words = " ".join(node.value for node in visitor.at.main.markdown)
    assert "**ResNet-34**" in words
    assert "**a church**" in words


def test_an_answer_names_the_outputs_and_belongs_to_its_frame() -> None:
    network, method = lrp.load_backbone(), lrp.EpsilonPlusFlat()
    explained = explain_frame(Frame(9, photo()), network, method, 0)
    header, arrays = unpacked(_message(network, method, explained, "Blue - white - red"))
    assert header["number"] == 9
    assert header["side"] == 160
    assert header["title"] == f"{method.label} for {network.categories[0]}"
    assert "sees a cat" in header["headline"]
    assert len(header["foremost"]) == FOREMOST
    assert header["foremost"][0]["name"] == "cat"
    assert arrays["picture"].size == 3 * 160 * 160
    assert arrays["live"].size == 160 * 160


def test_without_a_frame_the_browser_is_told_how_large_frames_are() -> None:
    network, method = lrp.load_backbone(), lrp.EpsilonPlusFlat()
    header, arrays = unpacked(_message(network, method, None, "Blue - white - red"))
    assert header["side"] == 160
    assert header["maps"] == []
    assert "number" not in header
    assert not arrays


@pytest.fixture
def album(monkeypatch: pytest.MonkeyPatch) -> Album:
    album = Album()
    monkeypatch.setattr(live_view, "own_album", lambda: album)
    return album


def sent(monkeypatch: pytest.MonkeyPatch, message: Any) -> dict[str, Any]:
    state = {live_view.LIVE.key: message}
    monkeypatch.setattr(streamlit, "session_state", state)
    return state


def test_a_frozen_frame_becomes_the_picture_on_show(album: Album, monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    photo().save(file, "JPEG")
    state = sent(monkeypatch, {"frozen": base64.b64encode(file.getvalue()).decode()})
    take_frozen()
    album.run_pending()
    assert album.picture
    assert album.picture.size == photo().size
    assert state[live_view.FROZEN.key] is True


@pytest.mark.parametrize("message", [None, 3, [], {}, {"frozen": 7}, {"frozen": "?"}, {"frozen": {"a": 1}}], ids=repr)
def test_what_is_no_frozen_frame_is_refused_in_a_sentence(message: Any, album: Album, monkeypatch: pytest.MonkeyPatch) -> None:
    sent(monkeypatch, message)
    take_frozen()
    album.run_pending()
    assert album.picture is None
    assert album.problem
