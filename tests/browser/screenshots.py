"""Makes the pictures of the README from the samples that come with the program: python -m tests.browser.screenshots."""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.app import ARGUMENTS, find_chromium, open_app, serve

FOLDER = Path(__file__).parent / "pictures"
SETTLED = 1500  # milliseconds until the last animation has ended


def visit(browser: Browser, url: str, width: int, height: int, scheme: str) -> Page:
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    open_app(page, url)
    page.wait_for_timeout(SETTLED)
    return page


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder) / "log.txt") as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=ARGUMENTS)
        visit(browser, f"{url}/", 1440, 1080, "light").screenshot(path=FOLDER / "compare.png")
        visit(browser, f"{url}/?sample=Temple&photo=0.5", 390, 1000, "dark").screenshot(path=FOLDER / "compare-narrow-dark.png")
        browser.close()


if __name__ == "__main__":
    main()
