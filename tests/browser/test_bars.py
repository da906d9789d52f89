"""The bars of the likeliest classes: wide enough in every window, and never beside the headline of another picture or network."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.app import PATIENCE, control, headline, network_menu, open_app, pick, wait_for_maps
from tests.browser.comparing import QUICK
from tests.browser.conftest import Visit, visitors
from tests.browser.server import serve, tracebacks

HEADLINE = "document.querySelector('h2')"
WIDTHS = sorted({*range(320, 1601, 80), 720, 759, 761, 768, 900, 1024})

# The rows that are painted; Streamlit hides what it has not taken away yet.
ROWS = """() => {
    const lists = [...document.querySelectorAll('*')].map(each => each.shadowRoot?.querySelector('.bars ol'));
    const list = lists.find(each => each?.getClientRects().length && getComputedStyle(each).visibility === 'visible');
    return list && [...list.querySelectorAll('button')];
}"""

# How wide each bar is drawn, what share it stands for, whether a row is wider than its place, and how long a bar of 100 % is.
MEASURE = f"""() => ({ROWS})()?.map(row => {{
    const [bar, text, track] = ['.bar', '.text', '.track'].map(part => row.querySelector(part));
    const overflows = row.scrollWidth > row.clientWidth + 1;
    return [bar.getBoundingClientRect().width, parseFloat(text.textContent), overflows, track.getBoundingClientRect().width];
}})"""

# Compares the headline with the first bar in every frame that is painted: both name the likeliest class and how likely it is.
WATCH = f"""() => {{
    [window.mixed, window.together] = [new Set(), new Set()];
    const rows = {ROWS};
    const look = () => {{
        const said = {HEADLINE}?.closest('[data-testid=stMarkdown]')?.innerText ?? '';
        const best = (rows() ?? [])[0];
        const percent = said.match(/\\((\\d+)%\\)/);
        if (best && percent) {{
            const name = best.querySelector('.name').textContent;
            const share = parseFloat(best.querySelector('.text').textContent);
            const alike = said.includes(` ${{name}} `) && Math.abs(share - percent[1]) <= 0.6;
            (alike ? window.together : window.mixed).add(`${{said}} | ${{name}} ${{share}}%`);
        }}
        requestAnimationFrame(look);
    }};
    look();
}}"""


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with a pause before it draws the bars, without a way to the ImageNet weights."""
    folder: Path = tmp_path_factory.mktemp("slow")
    offline = {"LRP_WEIGHTS_URL": "http://127.0.0.1:1/", "LRP_WEIGHTS_CACHE": str(folder / "weights")}
    with serve(folder / "log.txt", environment=offline, launcher="tests/browser/slow_bars.py") as url:
        yield url
    assert not tracebacks((folder / "log.txt").read_text())


@pytest.fixture
def visit_slow(browser: Browser, slow: str) -> Iterator[Visit]:
    with visitors(browser, slow) as new:
        yield new


def test_the_bars_have_their_room_at_every_width_of_the_window(visit: Visit) -> None:
    page = visit()
    open_app(page, QUICK)
    main = page.get_by_test_id("stMain")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        there = f"width => innerWidth === width && ({MEASURE})()?.length === 5 && ({MEASURE})()"
        page.wait_for_function(there, arg=width, timeout=PATIENCE)
        wait_for_maps(page)
        rows = page.wait_for_function(there, arg=width, timeout=PATIENCE).json_value()  # drawn again where the layout changed
        longest, share, *_ = rows[0]
        assert longest >= 60, width
        assert len({round(track) for *_, track in rows}) == 1, width  # or bars could not be compared
        for drawn, percent, overflows, _ in rows:
            assert drawn == pytest.approx(max(2.0, longest * percent / share), rel=0.05, abs=1.0), width
            assert not overflows, width
        assert main.evaluate("main => main.scrollWidth <= main.clientWidth"), width


def change_often(page: Page, seed: int, times: int, longest: float) -> None:
    """Chooses pictures, depths and weights at random, sooner than the page can follow."""
    chance = random.Random(seed)
    for _ in range(times):
        key, name = chance.choice([
            *(("sample", name) for name in ("Cat", "Temple", "Dahlia", "Rocket", "Astronaut", "Coffee")), ("depth", "18"),
            ("depth", "34"), ("weights", "ImageNet"), ("weights", "Demo"),
        ])  # fmt: skip
        if key == "sample":
            pick(page, key, name)
        else:
            with network_menu(page):
                control(page, key).get_by_text(name, exact=True).click()
        page.wait_for_timeout(1000 * chance.uniform(0.02, longest))


def expect_never_mixed(page: Page, least: int) -> None:
    wait_for_maps(page)
    page.wait_for_function(f"() => ({ROWS})()?.length === 5", timeout=PATIENCE)
    assert page.evaluate("[...window.mixed]") == []
    assert len(page.evaluate("[...window.together]")) >= least


def test_runs_that_are_cut_short_leave_no_bars_beside_another_headline(visit_slow: Visit) -> None:
    page = visit_slow()
    open_app(page, QUICK)
    page.evaluate(WATCH)
    for name in ("Temple", "Cat", "Rocket"):  # each as soon as the headline is new, before the bars are
        before = headline(page).inner_text()
        pick(page, "sample", name)
        page.wait_for_function(f"before => ![undefined, before].includes({HEADLINE}?.innerText)", arg=before, timeout=PATIENCE)
    change_often(page, 0, 25, 1.0)
    expect_never_mixed(page, 3)


@pytest.mark.parametrize("seed", range(2))
def test_rapid_changes_of_pictures_and_weights_never_mix_headline_and_bars(visit: Visit, seed: int) -> None:
    page = visit()
    open_app(page, QUICK)
    page.evaluate(WATCH)
    change_often(page, seed, 30, 0.4)
    expect_never_mixed(page, 3)
