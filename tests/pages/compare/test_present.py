"""Present mode goes from picture to picture, is an address, and leaves the page as it was."""

import json

from pages.parts.choose.samples import SAMPLES
from pages.parts.compare.copy_link import about_link
from pages.parts.compare.present import deck, turn
from pages.parts.frame.album import Album, Picture
from tests.pages.helpers import FAST_LINK, file_of, photo, stripes
from tests.visitor import Visitor


def test_present_mode_is_an_address_and_the_arrows_go_through_the_samples(small: None) -> None:
    plain = Visitor(FAST_LINK | {"depth": "34"}).wait()
    assert {"Present", "Show me"} <= set(plain.buttons)
    visitor = Visitor(FAST_LINK | {"depth": "34", "present": "true"}).wait()
    assert not visitor.at.info
    assert {"Previous", "Next", "Leave"} <= set(visitor.buttons)
    assert not {"Present", "Show me"} & set(visitor.buttons)
    assert visitor.header["plain"] is True
    assert visitor.data == plain.data
    first, second, *_ = SAMPLES
    assert f"{first} (1 of {len(SAMPLES)})" in visitor.words
    visitor.press("Next").wait()
    assert f"{second} (2 of {len(SAMPLES)})" in visitor.words
    assert visitor.at.query_params["sample"] == second
    assert visitor.data == Visitor(FAST_LINK | {"depth": "34", "sample": second}).wait().data
    visitor.press("Previous").press("Previous").wait()
    assert f"({len(SAMPLES)} of {len(SAMPLES)})" in visitor.words
    assert str(visitor.value("depth")) == "34"  # controls that are hidden keep what they say
    visitor.press("Next").press("Leave").wait()
    assert "present" not in visitor.at.query_params
    assert visitor.data == plain.data
    assert visitor.header["plain"] is False


def test_what_is_set_at_the_canvas_stays_when_the_browser_builds_it_anew(small: None) -> None:
    visitor = Visitor(FAST_LINK).wait()
    visitor.look(clip=93.0, region=(2, 3, 20, 21), cover={"only": True, "shares": {"b": 25}})
    link = dict(visitor.at.query_params)
    for press in ("Present", "Leave"):
        stamp = visitor.header["stamp"]
        visitor.press(press)
        assert visitor.header["stamp"] > stamp
        assert visitor.header["look"]["clip"] == 93.0
        assert list(visitor.header["region"]) == [2, 3, 20, 21]
        assert visitor.header["cover"] == {"only": True, "shares": {"b": 25}, "together": False}
    assert visitor.at.query_params == link


def test_two_own_pictures_are_the_deck(small: None) -> None:
    visitor = Visitor(FAST_LINK).upload(file_of(stripes()), "a.png").upload(file_of(photo("Rocket")), "b.png")
    visitor.press("Present").wait()
    assert "b.png (1 of 2)" in visitor.words.replace("\\", "")
    visitor.press("Next").wait()
    assert "a.png (2 of 2)" in visitor.words.replace("\\", "")
    about = json.loads(visitor.component("copy_link").json)["about"]
    assert about.startswith("Your picture is not part of it")


def test_one_own_picture_stands_before_the_samples() -> None:
    mine = Picture("mine", stripes(), "mine", False)
    album = Album(picture=None, tray=[mine], sample=next(iter(SAMPLES)))
    assert [each.name for each in deck(album)] == ["mine", *SAMPLES]
    assert [each.name for each in deck(Album())] == list(SAMPLES)
    turn(album, -1)
    assert album.picture is mine


def test_the_link_says_what_it_has_of_the_picture() -> None:
    own, fetched = Picture("ab" * 32, stripes(), "own", False), Picture("cd" * 32, stripes(), "x", False, "https://a.example/x")
    assert "not part of it" in about_link(own)
    assert about_link(fetched) == about_link(Picture("sample:Cat", photo(), "Cat", True)) != about_link(own)
