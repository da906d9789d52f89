"""What the page says of a visitor's own picture that is not there, or was not taken, and which picture it shows meanwhile."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.app import (
    PATIENCE,
    control,
    expect_sentence,
    headline,
    link_box,
    map_of,
    open_app,
    parameters,
    wait_for_change,
    wait_for_maps,
)
from tests.browser.comparing import QUICK, download, fetch, picture, upload
from tests.browser.conftest import Visit
from tests.browser.other_pages import PAGES
from tests.browser.test_access import NOTHING, violations_by_scheme
from tests.loopback import Loopback, http

ASKED = "Bring the picture of this link"


def open_with_own(page: Page, link: str = QUICK, name: str = "own.png", seed: int = 0) -> list[int]:
    """Opens the page, uploads a picture and returns its second map."""
    open_app(page, link)
    before = map_of(page, 2)
    upload(page, name, picture(seed))
    wait_for_change(page, 2, before)
    wait_for_maps(page)
    return map_of(page, 2)


def chosen_samples(page: Page) -> int:
    return control(page, "sample").get_by_role("radio", checked=True).count()


def expect_asked(page: Page) -> None:
    expect(headline(page)).to_have_text(ASKED)
    expect(page.get_by_test_id("stMain").get_by_text("not part of it")).to_be_visible()
    assert page.locator(".st-key-canvas").count() == 0


def test_a_link_made_from_an_upload_asks_for_the_picture_and_keeps_question_and_region(visit: Visit, tmp_path: Path) -> None:
    page, other = visit(), visit()
    own = open_with_own(page, f"{QUICK}&class=church&region=20,30,80,90")
    address, mark = page.url, parameters(page)["picture"]
    assert mark
    report = download(page, "Report (HTML)", tmp_path).read_text("utf-8")
    assert f"picture={mark}" in report
    for width in (1440, 390):
        other.set_viewport_size({"width": width, "height": 900})
        other.goto(address)
        expect_asked(other)
        assert parameters(other) == parameters(page)
        upload(other, "again.png", picture())
        wait_for_maps(other)
        assert map_of(other, 2) == own
        assert parameters(other) == parameters(page)
        assert parameters(other)["region"] == "20,30,80,90"
        expect(other.get_by_text("This is not the picture")).to_have_count(0)


def test_every_page_asks_for_the_picture_of_its_link(visit: Visit) -> None:
    page, other = visit(), visit()
    open_with_own(page)
    for name in ("Layers", "How far to trust"):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_text("On show: own.png")).to_be_visible()
        assert chosen_samples(page) == 0
        page.wait_for_url(f"**/{PAGES[name]}?**picture=**")
        other.goto(page.url)
        expect_asked(other)


def test_axe_finds_nothing_where_a_picture_is_asked_for_and_where_an_own_one_is_shown(visit: Visit) -> None:
    page = visit()
    page.goto(f"{QUICK}&picture=0123456789ab")
    expect_asked(page)
    assert violations_by_scheme(page) == NOTHING
    for seed in (1, 2):
        upload(page, f"{seed}.png", picture(seed))
        expect(page.get_by_text(f"On show: {seed}.png")).to_be_visible()
        wait_for_maps(page)
    upload(page, "bad.png", b"no picture")
    expect_sentence(page, "bad.png")
    wait_for_maps(page)
    assert violations_by_scheme(page) == NOTHING


def test_a_reload_asks_for_an_upload_and_another_picture_is_told_from_it(visit: Visit) -> None:
    page = visit()
    open_with_own(page, f"{QUICK}&class=church")
    page.reload()
    expect_asked(page)
    upload(page, "other.png", picture(7))
    wait_for_maps(page)
    expect(page.get_by_text("This is not the picture that the link was made from")).to_be_visible()
    assert parameters(page)["class"] == "church"
    page.reload()
    expect_asked(page)
    page.get_by_role("button", name="Show the sample instead (Cat)").click()
    wait_for_maps(page)
    assert "picture" not in parameters(page)


def test_a_refused_file_leaves_the_good_picture_whose_sample_is_not_marked_and_the_sentence_names_the_file(visit: Visit) -> None:
    page = visit()
    open_app(page, f"{QUICK}&sample=Temple")
    temple = map_of(page, 2)
    assert chosen_samples(page) == 1
    upload(page, "own.png", picture())
    own = wait_for_change(page, 2, temple)
    wait_for_maps(page)
    assert chosen_samples(page) == 0
    for name, data, words in (
        ("torn.png", picture()[:900], "damaged or incomplete"),
        ("letter.png", b"Dear diary", "not a picture that we can read"),
        ("big.png", bytes(10_500_000), "10.5 MB"),
        ("notes.txt", b"Dear diary", "not a picture that we can read"),
        ("phone.heic", b"\0\0\0\x18ftypheic" + bytes(100), "phone.heic"),
        ("nothing.png", b"", "empty"),
    ):
        upload(page, name, data)
        alert = page.get_by_test_id("stAlert").filter(has_text=f"The file {name} was not taken")
        expect(alert).to_contain_text(words)
        others = page.get_by_test_id("stAlert").filter(has_not_text="This demo network knows")
        expect(others).to_have_count(1)
        wait_for_maps(page)
        assert map_of(page, 2) == own
        expect(page.get_by_text("On show: own.png")).to_be_visible()
        expect(page.get_by_test_id("stFileUploader").get_by_text("Error")).to_have_count(0)
    upload(page, "fine.jfif", picture(4))
    wait_for_change(page, 2, own)
    expect(page.get_by_test_id("stAlert").filter(has_not_text="This demo network knows")).to_have_count(0)
    page.get_by_role("button", name="Back to the sample (Temple)").click()
    expect(control(page, "sample").get_by_role("radio", name="Temple", checked=True)).to_be_visible()
    wait_for_maps(page)
    assert map_of(page, 2) == temple
    assert "picture" not in parameters(page)


def test_a_link_that_failed_is_not_in_the_address_and_one_that_was_fetched_is(visit: Visit, web: Loopback) -> None:
    page = visit()
    open_app(page, QUICK)
    fetch(page, web.url("/nowhere.png"))
    expect_sentence(page, "404")
    assert "link" not in parameters(page)
    expect(link_box(page)).to_have_value(web.url("/nowhere.png"))
    link = web.serve("/here.png", http(picture(3)))
    fetch(page, link)
    page.wait_for_url("**link=**", timeout=PATIENCE)
    assert parameters(page)["link"] == link


def test_a_link_to_a_public_picture_says_that_another_one_is_shown_until_it_is_fetched(visit: Visit, web: Loopback) -> None:
    link = web.serve("/public.png", http(picture(6)))
    page = visit(width=390)
    open_app(page, f"{QUICK}&link={link}&region=20,30,80,90")
    sample = map_of(page, 2)
    expect(page.get_by_text("Until it is there, you see the sample Cat instead")).to_be_visible()
    assert not any("/public.png" in request for request in web.requests)
    page.get_by_role("button", name="Fetch the linked picture").click()
    wait_for_change(page, 2, sample)
    expect(page.get_by_text("you see the sample Cat instead")).to_have_count(0)
    assert parameters(page)["link"] == link
