"""A link, or a file, whose picture is not there: the page asks for it, says why, and keeps what was asked of it."""

import pytest

import lrp
from pages.parts.choose.picture_sources import MAX_BYTES, why_refused
from pages.parts.frame.album import Album, Missing, Picture
from pages.parts.frame.file_names import JOINER, address_as_markdown, name_as_markdown
from tests.loopback import Loopback, http
from tests.pages.helpers import FAST, FAST_LINK, assert_one_sentence, assert_shows, expected, file_of, photo, stripes
from tests.small import NAMES
from tests.visitor import Visitor


def informed(visitor: Visitor) -> str:
    """What the page tells, but what a demo network knows, which it tells of every own picture."""
    told = [each.value for each in visitor.at.info]
    return "\n".join(each for each in told if not each.startswith("This demo network knows"))


def test_the_link_of_an_upload_asks_for_it_and_shows_it_once_it_was_brought(small: None) -> None:
    first = Visitor(FAST_LINK | {"class": "bee", "region": "4,6,20,28"}).wait().upload(file_of(stripes())).wait()
    link = dict(first.at.query_params)
    assert link["picture"]
    assert "sample" not in link
    second = Visitor(link)
    assert "not part of it" in informed(second)
    assert "canvas" not in {each.proto.component_name for each in second.at.get("bidi_component")}
    assert dict(second.at.query_params) == link
    second.upload(file_of(stripes()), "again.png").wait()
    assert second.data == first.data
    assert dict(second.at.query_params) == link
    assert informed(second) == ""


@pytest.mark.parametrize("mark", ["0123456789ab", "upload", "x" * 5000, "<b>", "ü"])
def test_any_mark_of_an_own_picture_asks_for_it_and_another_one_is_said_to_be_another(small: None, mark: str) -> None:
    visitor = Visitor(FAST_LINK | {"picture": mark, "class": "bee"})
    assert "not part of it" in informed(visitor)
    visitor.upload(file_of(stripes())).wait()
    assert "not the picture that the link was made from" in informed(visitor)
    methods = [lrp.UniformEpsilon(), lrp.EpsilonPlusFlat(shifts=4)]
    for shown, method in zip(visitor.maps, methods, strict=False):
        assert_shows(shown, expected(stripes(), lrp.load_backbone(), method, NAMES.index("bee")))
    visitor.upload(file_of(stripes(60)), "next.png").wait()
    assert informed(visitor) == ""


def test_a_sample_may_be_shown_instead_and_the_link_then_says_so(small: None) -> None:
    visitor = Visitor(FAST_LINK | {"picture": "0123456789ab"}).press("Show the sample instead").wait()
    assert "picture" not in visitor.at.query_params
    assert_shows(visitor.maps[0], expected(photo(), lrp.load_backbone(), lrp.UniformEpsilon()))


def test_a_refused_file_is_named_where_a_picture_is_asked_for_too(small: None) -> None:
    visitor = Visitor({"picture": "0123456789ab"}).upload(b"", "no_*thing*.png")
    assert_one_sentence(visitor, "no\\_\\*thing\\*.png", "empty")
    assert "not part of it" in informed(visitor)


def test_a_refused_file_keeps_the_good_picture_however_often(visitor: Visitor) -> None:
    visitor.put(FAST).upload(file_of(stripes())).wait()
    before = visitor.data
    for name, data in (("a.png", b""), ("b.jpg", file_of(stripes(), "JPEG")[:900]), ("c.png", b"text")):
        visitor.upload(data, name)
        assert_one_sentence(visitor, name)
        assert visitor.data == before
        assert visitor.value("sample") is None
    assert visitor.upload(file_of(stripes(60))).wait().sentences == []


def test_the_address_holds_a_link_only_while_its_picture_is_shown_or_awaited(visitor: Visitor, web: Loopback) -> None:
    visitor.put(FAST).fetch(web.url("/nowhere.png"))
    assert "link" not in visitor.at.query_params
    link = web.serve("/here.png", http(file_of(stripes())))
    visitor.fetch(link).wait()
    assert visitor.at.query_params["link"] == link
    assert "picture" not in visitor.at.query_params
    assert "link" not in visitor.upload(file_of(stripes(60))).wait().at.query_params
    assert "picture" not in visitor.put(sample="Coffee").wait().at.query_params


def test_a_linked_picture_is_asked_for_in_the_main_part_and_a_failure_is_said_there(small: None, web: Loopback) -> None:
    link = web.url("/nowhere.png")
    visitor = Visitor(FAST_LINK | {"link": link}).wait()
    assert link in informed(visitor)
    assert "Cat" in informed(visitor)
    visitor.press("Fetch the linked picture")
    assert "404" in visitor.at.main.warning[0].value
    assert visitor.at.query_params["link"] == link
    visitor.press("Keep the sample")
    assert "link" not in visitor.at.query_params
    assert informed(visitor) == ""


def test_why_the_browser_did_not_send_a_file() -> None:
    why, name = why_refused({"files": 1, "name": "big.png", "size": MAX_BYTES + 600_000})
    assert "10.6 MB" in why
    assert name == "big.png"
    why, name = why_refused({"files": 3, "name": "a.png", "size": 1})
    assert "3" in why
    assert name == ""


def test_a_picture_answers_a_link_by_its_fingerprint_or_its_address() -> None:
    own, public = Picture("ab" * 32, photo(), "own", False), Picture("cd" * 32, photo(), "linked", False, "https://a.example/")
    assert Missing(own.fingerprint).matches(own)
    assert not Missing(own.fingerprint).matches(public)
    assert Missing(link=public.link).matches(public)
    assert not Missing(link=public.link).matches(own)
    assert public.fingerprint == ""
    album = Album(missing=Missing(own.fingerprint))
    album.open(own)
    assert not album.missing
    assert album.notice is None


@pytest.mark.parametrize("name", ["a*b*.png", "$x$.png", "![](http://a.example/b.png)", ":red[a].png", "<b>.png", "a\nb.png"])
def test_names_of_files_are_read_as_they_are_written(name: str) -> None:
    told = name_as_markdown(name)
    assert "\n" not in told
    assert told.replace("\\", "").replace(JOINER, "") == " ".join(name.split())
    assert all(f"\\{sign}" in told for sign in "*$![:<" if sign in name)


def test_long_names_and_addresses_are_shortened_and_an_address_is_no_link() -> None:
    assert len(name_as_markdown("a" * 500)) < 60
    told = address_as_markdown("https://a.example/`" + "b" * 500)
    assert len(told) < 110
    assert told[0] == told[-1] == "`"
    assert "`" not in told[1:-1]
