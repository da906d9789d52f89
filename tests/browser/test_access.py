"""Accessibility: axe's rules in the light theme and in the dark one."""

from pathlib import Path
from typing import Literal

import axe_playwright_python
from playwright.sync_api import Page, expect

from tests.browser.app import PATIENCE, control, expect_sentence, link_box, open_app, press_network_menu, wait_for_maps
from tests.browser.conftest import Visit

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

# What passed is neither listed nor sent: of a large page that would take longer than the rules themselves.
RUN = "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(found => found.violations)"

# The theme of .streamlit/config.toml: scheme -> its background, as the browser names it.
BACKGROUNDS: dict[Literal["light", "dark"], str] = {"light": "rgb(255, 255, 255)", "dark": "rgb(15, 20, 27)"}
NOTHING: dict[str, list[str]] = {scheme: [] for scheme in BACKGROUNDS}

# Whether the page rests in that background: for 300 ms neither a colour has changed nor an animation or the script run.
REPAINTED = """background => {
    const styles = Array.from(document.querySelectorAll('*'), each => getComputedStyle(each));
    const colours = styles.map(style => style.color + style.backgroundColor + style.fill).join();
    const app = document.querySelector('[data-testid=stApp]');
    const moves = document.getAnimations().some(each => each.playState === 'running');
    const moving = moves || app.dataset.testScriptState !== 'notRunning';
    if (moving || window.colours !== colours) [window.colours, window.restsSince] = [colours, performance.now()];
    return getComputedStyle(app).backgroundColor === background && performance.now() - window.restsSince > 300;
}"""

# The same for a page that never rests: whether it has had the background for a second.
RECOLOURED = """background => {
    const styled = getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor === background;
    if (!styled || window.background !== background) {
        window.colouredSince = performance.now();
        window.background = styled ? background : null;
    }
    return styled && performance.now() - window.colouredSince > 1000;
}"""

# Violations inside Streamlit's own widgets, which no setting of ours reaches: rule -> why it is let pass.
ALLOWED: dict[str, str] = {}


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate(RUN, RULES)
    broken = [rule for rule in found if rule["id"] not in ALLOWED]
    return [f"{rule['id']}: {rule['help']}: {[node['html'][:160] for node in rule['nodes'][:4]]}" for rule in broken]


def violations_by_scheme(page: Page, repainted: str = REPAINTED) -> dict[str, list[str]]:
    """What axe finds in the light theme, and in the dark one, which the page takes as soon as the browser asks for it."""
    found = {}
    for scheme, background in BACKGROUNDS.items():
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(repainted, arg=background, timeout=PATIENCE)
        found[scheme] = violations(page)
    return found


def test_axe_finds_nothing_on_the_comparison(visit: Visit) -> None:
    page = visit()
    open_app(page, "/?view=wipe&depth=50&region=10,10,60,60&maps=abcd")
    for expander in ("These maps in words", "Which rule where", "Reproduce this"):
        page.get_by_text(expander).click()
    expect(page.get_by_text("conv1").first).to_be_visible()
    expect(page.get_by_test_id("stCode").first).to_be_visible()
    assert violations_by_scheme(page) == NOTHING
    press_network_menu(page)
    expect(control(page, "depth")).to_be_visible()
    assert violations_by_scheme(page) == NOTHING


def test_axe_finds_nothing_on_an_error_and_on_the_guide(visit: Visit) -> None:
    page = visit()
    open_app(page, "/")
    link_box(page).fill("file:///etc/passwd")
    page.get_by_role("button", name="Fetch picture").click()
    expect_sentence(page, "begin with http")
    wait_for_maps(page)
    assert violations_by_scheme(page) == NOTHING
    page.get_by_role("link", name="How to read a heatmap").click()
    expect(page.get_by_role("heading", name="How to read a heatmap", level=1)).to_be_visible()
    assert violations_by_scheme(page) == NOTHING
