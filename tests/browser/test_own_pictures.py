"""Pictures that visitors bring, and those that are none."""

import base64
import re

from PIL import Image
from playwright.sync_api import Locator, expect

from pages.parts.frame.file_names import JOINER
from tests.browser.app import (
    control,
    expect_sentence,
    link_box,
    map_of,
    open_app,
    parameters,
    wait_for_change,
    wait_for_maps,
)
from tests.browser.comparing import QUICK, encoded, expect_maps, fetch, picture, upload
from tests.browser.conftest import Visit
from tests.loopback import Loopback, http

PASTE = """text => {
    const clipboard = new DataTransfer();
    clipboard.items.add(new File([Uint8Array.from(atob(text), each => each.charCodeAt(0))], 'a.png', {type: 'image/png'}));
    document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: clipboard, bubbles: true, cancelable: true}));
}"""


def test_an_uploaded_picture_is_explained_and_the_sample_comes_back(visit: Visit) -> None:
    page = visit()
    open_app(page, QUICK)
    sample = map_of(page, 2)
    upload(page, "own.png", picture())
    wait_for_change(page, 2, sample)
    expect_maps(page)
    expect(page.get_by_text("(240 x 180)")).to_be_visible()
    own = map_of(page, 2)
    page.evaluate(PASTE, base64.b64encode(encoded(Image.new("RGB", (300, 210), "teal"), "PNG")).decode())
    pasted = wait_for_change(page, 2, own)
    expect(page.get_by_text("(300 x 210)")).to_be_visible()
    control(page, "tray 1").get_by_role("button").click()
    assert wait_for_change(page, 2, pasted) == own
    page.get_by_role("button", name="Back to the sample").click()
    assert wait_for_change(page, 2, own) == sample


def test_a_linked_picture_is_fetched_after_a_click_only(visit: Visit, web: Loopback) -> None:
    link = web.serve("/linked.png", http(picture(1)))
    page = visit()
    open_app(page, f"{QUICK}&link={link}")
    expect(link_box(page)).to_have_value(link)
    sample = map_of(page, 2)
    assert not any("/linked.png" in request for request in web.requests)
    page.get_by_role("button", name="Fetch picture").click()
    wait_for_change(page, 2, sample)
    expect_maps(page)
    assert parameters(page)["link"] == link


def test_two_visitors_do_not_see_each_others_pictures(visit: Visit) -> None:
    one, two = visit(), visit()
    open_app(one, QUICK)
    open_app(two, QUICK)
    sample = map_of(two, 2)
    upload(one, "one.png", picture(2))
    upload(two, "two.png", picture(3))
    maps = [wait_for_change(page, 2, sample) for page in (one, two)]
    assert maps[0] != maps[1]


def test_a_bad_file_or_link_is_one_sentence_and_stays_where_it_was_typed(visit: Visit, web: Loopback) -> None:
    page, patient = visit(), visit()
    for each in (page, patient):
        open_app(each, QUICK)
    before = map_of(page, 2)
    silence = web.serve("/silence", web.silence)
    fetch(patient, silence)  # this one waits for its ten seconds while the others are tried
    for name, data, words in (
        ("note.png", b"this is a text, not a picture", "not a picture that we can read"),
        ("empty.png", b"", "empty"),
        ("cut.jpg", encoded(Image.new("RGB", (300, 200), "red"), "JPEG")[:400], "damaged or incomplete"),
        ("bomb.png", encoded(Image.new("1", (12_000, 12_000)), "PNG"), "12,000 x 12,000"),
    ):
        upload(page, name, data)
        expect_sentence(page, words)
        wait_for_maps(page)
        assert map_of(page, 2) == before
    web_page = web.serve("/page", http(b"<!doctype html><title>A cat</title>", content_type="text/html"))
    for visitor, link, words in (
        (page, "file:///etc/passwd", "begin with http:// or https://"),
        (page, "http://127.0.0.1/", "could not fetch a picture"),
        (page, "http://169.254.169.254/", "could not fetch a picture"),
        (page, web_page, "leads to a web page"),
        (page, web.url("/missing.png"), "no picture at this address (404)"),
        (patient, silence, "longer than 10 seconds"),
    ):
        if visitor is page:
            fetch(page, link)
        expect_sentence(visitor, words)
        wait_for_maps(visitor)
        assert map_of(visitor, 2) == before
        expect(link_box(visitor)).to_have_value(link)


MARKED = "img, a, svg, .katex, code, ol, del"
HOSTILE_NAMES = (
    "![x](http:%2F%2Fforeign.example).png", "**a** :material_face: :cat: :streamlit: -- b.png", "1. <img src=x>.png",
    "www.foreign.example me@foreign.example.png", "$x$ :red[a] `b` ~~c~~.png",
)  # fmt: skip


def expect_literal(text: Locator, name: str) -> None:
    """Waits until the name is in the text, letter by letter but for the joiners that keep links and marks from being read."""
    letters = re.compile(f"{JOINER}*".join(map(re.escape, name)))
    expect(text).to_contain_text(letters, use_inner_text=True)


def test_names_are_shown_letter_by_letter_on_every_page_and_ask_no_foreign_host(visit: Visit) -> None:
    page = visit()  # which fails at a request to another host
    uploader = page.get_by_test_id("stFileUploaderDropzoneInput")
    open_app(page, QUICK)
    for seed, name in enumerate((HOSTILE_NAMES[0], *HOSTILE_NAMES)):  # one more, for a single picture has no tray
        expect(uploader).to_have_count(1)  # the last one has gone
        before = map_of(page, 2)
        upload(page, name, picture(seed))
        wait_for_change(page, 2, before)
        expect_maps(page)
        back = page.get_by_test_id("stMarkdownContainer").filter(has_text="On show:")
        expect(back).to_be_visible()
        expect_literal(back, name)
        if seed:
            control(page, "tray 0").get_by_role("button").hover()
            tooltip = page.get_by_test_id("stTooltipContent")
            expect(tooltip).to_contain_text("on show now")
            expect_literal(tooltip, name)
            assert not tooltip.locator(MARKED).count()
            page.mouse.move(0, 0)
            expect(tooltip).to_have_count(0)
    page.get_by_role("link", name="Depths").click()
    heading = page.get_by_test_id("stMarkdownContainer").filter(has_text="What they saw")
    for seed, name in enumerate(reversed(HOSTILE_NAMES)):  # the last of them is on show
        expect(uploader).to_have_count(1)
        if seed:
            upload(page, name, picture(seed))
        expect(heading).to_be_visible()
        expect_literal(heading, name)
        assert heading.locator("strong").count() == 1
        assert not heading.locator(MARKED).count()
