"""Makes the pictures of the README from the samples that come with the program: python -m tests.browser.screenshots."""

import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from lrp import UniformEpsilon
from pages.parts.choose.samples import sample
from tests.browser.app import ARGUMENTS, PATIENCE, choose, find_chromium, open_app
from tests.browser.camera import FAKE_CAMERA, open_camera, start_camera, wait_for_frames
from tests.browser.other_pages import PAGES, open_page, wait_for_page
from tests.browser.server import serve
from tests.browser.test_cover import wait_for_curves

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
        page = visit(browser, f"{url}/", 1440, 1080, "light")
        wait_for_curves(page)
        page.screenshot(path=FOLDER / "compare.png")
        visit(browser, f"{url}/?sample=Temple&photo=0.5", 390, 1000, "dark").screenshot(path=FOLDER / "compare-narrow-dark.png")
        show_covered_maps(browser, url)
        show_guide(browser, url)
        show_other_pages(browser, url)
        browser.close()
        film = Path(folder) / "cat.mjpeg"
        write_film(film)
        arguments = [*ARGUMENTS, *FAKE_CAMERA, f"--use-file-for-fake-video-capture={film}"]
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=arguments)
        show_camera(browser, url)
        browser.close()


def show_covered_maps(browser: Browser, url: str) -> None:
    """Takes the sliders under the maps on a wide window, and the third step of the tour on a phone."""
    page = visit(browser, f"{url}/?cover=b30,c30", 1440, 1080, "light")
    wait_for_curves(page)
    page.locator(".panels").scroll_into_view_if_needed()
    page.locator(".told:visible").first.evaluate("told => told.scrollIntoView({ block: 'end' })")
    page.wait_for_timeout(SETTLED)
    save(png_of(page), FOLDER / "cover.png")
    page = visit(browser, f"{url}/?step=3", 390, 1000, "dark")
    wait_for_curves(page)
    page.wait_for_timeout(SETTLED)
    save(png_of(page), FOLDER / "show-me-narrow-dark.png")


def show_guide(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme="light")
    page.goto(f"{url}/guide")
    expect(page.get_by_role("heading", name="The words")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_test_id("stProgress")).to_have_count(0, timeout=PATIENCE)
    page.wait_for_timeout(SETTLED)
    save(png_of(page), FOLDER / "guide.png")


def show_other_pages(browser: Browser, url: str) -> None:
    for name in PAGES:
        page = browser.new_page(viewport={"width": 1440, "height": 1300}, color_scheme="light")
        open_page(page, name, f"{url}/")
        if name == "Depths":
            choose(page, "n", UniformEpsilon.label)  # a quick one: Integrated Gradients may take minutes on a busy machine
            expect(page.get_by_text("not computed yet")).to_have_count(0, timeout=PATIENCE)
            wait_for_page(page, name)
        page.wait_for_timeout(SETTLED)
        save(png_of(page), FOLDER / f"{PAGES[name]}.png")


def write_film(path: Path) -> None:
    """A film of the sample cat for Chromium's camera: frames of JPEG one after another."""
    frame = io.BytesIO()
    sample("Cat").image.convert("RGB").resize((640, 480)).save(frame, "JPEG", quality=95, subsampling="4:2:0")
    path.write_bytes(frame.getvalue() * 30)


def show_camera(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme="light")
    open_camera(page, url)
    start_camera(page)
    wait_for_frames(page, 10)
    save(png_of(page), FOLDER / "camera.png")


def png_of(page: Page) -> Image.Image:
    """What the window shows."""
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def save(picture: Image.Image, path: Path) -> None:
    """Keeps a picture in 256 colours, which is a third of the bytes."""
    picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
