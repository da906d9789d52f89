"""Makes the gallery of every page and step in four views, one strip of pictures each: python -m tests.browser.gallery.

The views are a wide window and a phone, light and dark, side by side. Names after the command make those strips only.
"""

import sys
import tempfile
from collections.abc import Callable
from itertools import product
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

import lrp
from tests.browser.app import ARGUMENTS, PATIENCE, find_chromium, wait_for_maps
from tests.browser.camera import FAKE_CAMERA, start_camera, wait_for_frames
from tests.browser.screenshots import FOLDER, SETTLED, png_of, save, write_film
from tests.browser.server import serve
from tests.browser.test_cover import wait_for_curves
from tests.lrp.datasets.kit import make_store, pictures, write

WIDE, PHONE = ViewportSize(width=1440, height=800), ViewportSize(width=390, height=844)
HEIGHT, GAP = 480, 8  # pixels of a strip, and between its pictures


def wait_for_curves_of(page: Page) -> None:
    wait_for_maps(page)
    wait_for_curves(page)


def start(page: Page) -> None:
    page.context.grant_permissions(["camera"])
    page.get_by_role("button", name="Start the camera").wait_for(timeout=PATIENCE)
    start_camera(page)
    wait_for_frames(page, 5)


def wait_until_it_rests(page: Page) -> None:
    """Waits until the script has ended and nothing is being computed."""
    page.wait_for_function(
        """() => {
            const ended = document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
                && document.querySelector('.stMainBlockContainer')?.innerText.length > 200
                && !document.querySelector('[data-testid=stProgress], [data-testid=stSkeleton]');
            if (!ended) window.restsSince = performance.now();
            return ended && performance.now() - window.restsSince > 1500;
        }""",
        timeout=PATIENCE,
    )


# strip -> its address, and how it gets ready
PLACES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "compare": ("/", wait_for_curves_of),
    "compare-plain": ("/?averaged=false&photo=0", wait_for_curves_of),  # without the mean of shifted views, as it once began
    "step-1": ("/?step=1", wait_for_curves_of),
    "step-2": ("/?step=2", wait_for_curves_of),
    "step-3": ("/?step=3", wait_for_curves_of),
    "step-4": ("/?step=4", wait_for_curves_of),
    "present": ("/?present=true", wait_for_curves_of),
    "epsilon": ("/epsilon", wait_until_it_rests),
    "gamma": ("/gamma", wait_until_it_rests),
    "layers": ("/layers", wait_until_it_rests),
    "depths": ("/depths?n=LRP-%CE%B5", wait_until_it_rests),
    "trust": ("/faithfulness?maps=ab", wait_until_it_rests),
    "settings": ("/settings", wait_until_it_rests),
    "dataset": ("/dataset?dataset=store&set_view=Clusters", wait_until_it_rests),
    "camera": ("/camera", start),
    "guide": ("/guide", wait_until_it_rests),
}


def strip(browser: Browser, url: str, name: str) -> Image.Image:
    """The four views of a place, each scaled to the height of the strip."""
    link, get_ready = PLACES[name]
    views = []
    for viewport, scheme in product((WIDE, PHONE), ("light", "dark")):
        page = browser.new_page(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(url + link)
        get_ready(page)
        page.wait_for_timeout(SETTLED)
        picture = png_of(page)
        views.append(picture.resize((picture.width * HEIGHT // picture.height, HEIGHT), Image.Resampling.LANCZOS))
        page.context.close()
    whole = Image.new("RGB", (sum(view.width + GAP for view in views) - GAP, HEIGHT), "white")
    left = 0
    for view in views:
        whole.paste(view, (left, 0))
        left += view.width + GAP
    return whole


def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        datasets, film = Path(folder) / "datasets", Path(folder) / "cat.mjpeg"
        write_film(film)
        for marked in (True, False):
            write(datasets / "photos", pictures(marked), "marked" if marked else "plain")
        backbone = lrp.load_backbone()
        make_store(datasets / "store", datasets / "photos", backbone, backbone.categories.index("cat"))
        arguments = [*ARGUMENTS, *FAKE_CAMERA, f"--use-file-for-fake-video-capture={film}"]
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=arguments)
        with serve(Path(folder) / "log.txt", environment={"LRP_DATASETS": str(datasets)}) as url:
            for name in names or PLACES:
                save(strip(browser, url, name), FOLDER / f"views-{name}.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
