"""How a browser test comes to the pages beside the comparison, and when they are ready."""

from playwright.sync_api import Page

from tests.browser.app import PATIENCE, headline

PAGES = {
    "Epsilon": "epsilon", "Gamma": "gamma", "Layers": "layers", "Depths": "depths", "How far to trust": "faithfulness",
}  # to their addresses  # fmt: skip

QUICK = {"How far to trust": "/?maps=ab"}  # with which a page has no long work


def open_page(page: Page, name: str, link: str | None = None) -> None:
    """Opens the comparison with that link, and goes on by the navigation as soon as its controls are there."""
    page.goto(link or QUICK.get(name, "/"))
    headline(page).wait_for(timeout=PATIENCE)
    page.get_by_role("link", name=name, exact=True).click(timeout=PATIENCE)
    wait_for_page(page, name)


def wait_for_page(page: Page, name: str) -> None:
    """Waits until that page has ended its work and its charts are drawn."""
    page.wait_for_function(
        """path => {
            const app = document.querySelector('[data-testid=stApp]');
            const drawn = document.querySelector('.js-plotly-plot:has(.main-svg)')?.data;
            const ended = location.pathname.endsWith(path) && app?.dataset.testScriptState === 'notRunning' && drawn?.length
                && !document.querySelector('[data-testid=stProgress], [data-testid=stSkeleton]');
            if (!ended || window.drawn !== drawn) [window.drawn, window.restsSince] = [drawn, performance.now()];
            return ended && performance.now() - window.restsSince > 500;
        }""",
        arg=f"/{PAGES[name]}",
        timeout=PATIENCE,
    )
