"""The app in a real Chromium: where the browser is, and how a test reads the page."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, Playwright, TimeoutError, expect

PATIENCE = 90_000  # milliseconds; two busy cores compute Integrated Gradients in a few seconds
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def find_chromium(playwright: Playwright) -> str | None:
    """The path of a Chromium: the system's, or the one Playwright has downloaded; None if there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


# The canvas lives in a shadow root, which a script in the page has to enter by itself.
COMPARISON = (
    "Array.from(document.querySelectorAll('.st-key-canvas, .st-key-canvas *'), each => each.shadowRoot?.querySelector('.panels'))"
    ".find(Boolean)?.comparison"
)


def open_app(page: Page, url: str, patience: float = PATIENCE) -> None:
    """Opens the page and waits until every map of the comparison is there; `patience` as in `wait_for_maps`."""
    page.goto(url)
    wait_for_maps(page, patience)


def wait_for_maps(page: Page, patience: float = PATIENCE) -> None:
    """Waits until the script has ended, no map is being computed, and the canvas has what the server sent and rests in its place.

    patience: milliseconds until playwright's TimeoutError is raised, which says what the page was then.
    """
    try:
        page.wait_for_function(
            f"""() => {{
                const app = document.querySelector('[data-testid=stApp]');
                const drawn = {COMPARISON}?.data;
                const ended = app?.dataset.testScriptState === 'notRunning' && drawn
                    && drawn.maps.every(map => map.values && !map.before || !map.absent.startsWith('computing'));
                const top = {COMPARISON}?.panels?.[0]?.canvas.getBoundingClientRect().top;
                const moved = window.drawn !== drawn || window.panelTop !== top;
                if (!ended || moved) [window.drawn, window.panelTop, window.restsSince] = [drawn, top, performance.now()];
                return ended && performance.now() - window.restsSince > 500;
            }}""",
            timeout=patience,
        )
    except TimeoutError as error:
        raise TimeoutError(f"{error.message} The page: {state_of(page)}") from error


def state_of(page: Page) -> str:
    """What a page is that did not become what a test waited for: its address, its script, its maps, its bars and alerts."""
    told = page.evaluate(
        f"""() => ({{
            script: document.querySelector('[data-testid=stApp]')?.dataset.testScriptState,
            maps: {COMPARISON}?.data?.maps.map(map => [map.title, Boolean(map.values), map.before, map.absent]),
            words: [...document.querySelectorAll('[data-testid=stProgress], [data-testid=stAlert], [data-testid=stSpinner]')]
                .map(each => each.innerText),
        }})"""
    )
    return f"{page.url} {told}"


def map_of(page: Page, panel: int) -> list[int]:
    """The values of a map, row by row, in the whole numbers that are sent; panel 1 is the first map."""
    values: str = page.evaluate(f"panel => {COMPARISON}.data.maps[panel - 1].values.join()", panel)  # a list would take seconds
    return [int(value) for value in values.split(",")]


def wait_for_change(page: Page, panel: int, before: list[int]) -> list[int]:
    """The values of the panel as soon as they are not those of `before`."""
    page.wait_for_function(
        f"""([panel, before]) => {{
            const values = {COMPARISON}?.data?.maps[panel - 1]?.values;
            return values && values.join() !== before;
        }}""",
        arg=[panel, ",".join(map(str, before))],
        timeout=PATIENCE,
    )
    return map_of(page, panel)


def wait_for_rest(page: Page) -> None:
    """Waits until the page's script has ended."""
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_attached()


def comparison(page: Page, expression: str) -> Any:
    """What the canvas says of itself: `c` in the expression is its comparison."""
    return page.evaluate(f"() => {{ const c = {COMPARISON}; return {expression}; }}")


def parameters(page: Page) -> dict[str, str]:
    """The settings in the page's link."""
    return _parameters_of(page.url)


def expect_parameters(page: Page, wanted: Mapping[str, str]) -> None:
    """Waits until the page's link says just that, which the browser hears after it has drawn what there is to see."""
    with suppress(TimeoutError):
        page.wait_for_url(lambda url: _parameters_of(url) == wanted, timeout=PATIENCE)
    found = parameters(page)
    assert found == wanted, f"the link says {found}"


def _parameters_of(url: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}


def control(page: Page, key: str) -> Locator:
    """The control with that key."""
    return page.locator(f".st-key-{key.replace(' ', '-')}")


def choose(page: Page, key: str, option: str) -> None:
    """Picks an option of a menu by its words."""
    menu, wanted = control(page, key).get_by_role("combobox"), page.get_by_role("option", name=option, exact=True)
    menu.scroll_into_view_if_needed()
    for _ in range(10):
        menu.click()  # which a page that is still scrolling closes again
        with suppress(TimeoutError):
            return wanted.click(timeout=3000)
    raise AssertionError(f"the menu {key} does not offer {option}")


def pick(page: Page, key: str, name: Any) -> None:
    """Presses one of a row of buttons."""
    control(page, key).get_by_role("radio", name=str(name), exact=True).click()


def press_network_menu(page: Page) -> None:
    """Opens the controls of the network, or closes them."""
    control(page, "network menu").get_by_role("button").first.click()


@contextmanager
def network_menu(page: Page) -> Iterator[None]:
    """With the controls of the network opened."""
    press_network_menu(page)
    yield
    press_network_menu(page)


def pick_depth(page: Page, depth: int) -> None:
    with network_menu(page):
        pick(page, "depth", depth)


def headline(page: Page) -> Locator:
    """The sentence at the top: what the network sees."""
    return page.get_by_role("heading", level=2)


def expect_sentence(page: Page, words: str) -> None:
    """Waits for the warning that holds these words."""
    expect(page.get_by_test_id("stAlert").filter(has_text=words).first).to_be_visible(timeout=PATIENCE)


def link_box(page: Page) -> Locator:
    """Where a link is typed."""
    return page.get_by_role("textbox", name="Link to a picture")
