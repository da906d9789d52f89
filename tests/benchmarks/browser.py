"""How long a visitor waits, measured in the browser: python -m tests.benchmarks.browser [--moves 10] [--depth 18].

Times end when the new picture is painted. `sent` is what the server sends meanwhile, over the socket.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Page, TimeoutError, sync_playwright

from tests.browser.app import ARGUMENTS, COMPARISON, control, find_chromium, wait_for_maps
from tests.browser.camera import FAKE_CAMERA, LIVE, open_camera, start_camera, wait_for_frames
from tests.browser.server import serve

AIMS = {  # seconds
    "first view, warm server": 2.0, "moved epsilon": 0.3, "changed class": 0.25, "changed question": 0.25,
    "moved display control": 0.1, "moved cover": 0.016, "curves of another picture": 2.0, "camera": 0.2,
}  # fmt: skip
REST = 10  # seconds, in which the server ends what it computes beside the maps for the first visitor
CLASSES = ("church", "golf ball", "tench", "parachute", "chain saw", "garbage truck", "French horn", "gas pump")

# The milliseconds from a moved display control to the frame that shows it, and whether it shows.
DISPLAY = """async percentile => {
    const c = %s, control = c.find('[data-look=clip]'), painted = c.panels[1].canvas.getContext('2d');
    const colours = () => painted.getImageData(0, 0, 200, 200).data.join();
    const before = colours(), start = performance.now();
    control.value = percentile;
    control.dispatchEvent(new Event('input'));
    await new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
    const end = performance.now();
    return [end - start, colours() !== before];
}""" % COMPARISON  # noqa: UP031
# The milliseconds that the browser works for a moved slider under a map, and whether it shows: in the event, then from the
# beginning of the next frame to the end of its painting. The wait between the two is the screen's and not counted.
COVER = """async step => {
    const c = %s, slider = c.panels[1].cover.slider, painted = c.panels[1].canvas.getContext('2d');
    const colours = () => painted.getImageData(0, 0, 200, 200).data.join();
    const before = colours(), frame = new Promise(resolve => requestAnimationFrame(() => resolve(performance.now())));
    const start = performance.now();
    slider.value = step;
    slider.dispatchEvent(new Event('input'));
    const handled = performance.now() - start;
    const end = new Promise(resolve => requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))));
    const drawn = await end - await frame;
    return [handled + drawn, colours() !== before];
}""" % COMPARISON  # noqa: UP031
# Promises the milliseconds from the next event of a kind to the frame that shows the first map with other values.
MOVE = """kind => {
    const values = () => %s?.data?.maps[0].values, before = values();
    window.moved = new Promise(resolve => document.addEventListener(kind, () => {
        const start = performance.now();
        const look = () => values()?.some((value, i) => value !== before[i])
            ? setTimeout(() => resolve(performance.now() - start)) : requestAnimationFrame(look);
        look();
    }, { once: true, capture: true }));
}""" % COMPARISON  # noqa: UP031


class Traffic:
    """Bytes that arrive and messages that leave over the page's sockets."""

    def __init__(self, page: Page) -> None:
        self.received = self.sent = 0
        page.on("websocket", self._listen)

    def _listen(self, socket) -> None:  # type: ignore[no-untyped-def]
        socket.on("framereceived", self._count)
        socket.on("framesent", lambda _: setattr(self, "sent", self.sent + 1))

    def _count(self, frame: bytes | str) -> None:
        self.received += len(frame)


def first_view(page: Page, url: str) -> tuple[float, float]:
    """Seconds from opening the page to the first map, and to all of them."""
    start = time.perf_counter()
    page.goto(url)
    page.wait_for_function(f"() => {COMPARISON}?.data?.maps.some(map => map.image)", timeout=90_000)
    some = time.perf_counter() - start
    wait_for_maps(page)
    return some, time.perf_counter() - start


def epsilon_moves(page: Page, moves: int) -> list[float]:
    """Seconds from each press of an arrow key on the epsilon slider to the frame with the first map drawn anew."""
    slider = page.get_by_role("slider", name="Epsilon").first
    times = []
    for _ in range(moves):
        # Each stop is visited once, so that no map is taken from the cache.
        page.evaluate(MOVE, "keydown")
        slider.press("ArrowLeft")
        times.append(page.evaluate("() => window.moved") / 1000)
        wait_for_maps(page)
    return times


def offered(page: Page, key: str) -> list[str]:
    """The options of a menu, which may be fewer for some networks; the first is chosen already."""
    menu, options = control(page, key).get_by_role("combobox"), page.get_by_role("option")
    menu.scroll_into_view_if_needed()
    menu.click()
    options.first.wait_for()
    found = options.all_inner_texts()
    menu.press("Escape")
    options.first.wait_for(state="hidden")
    return found


def choices(page: Page, key: str, options: Sequence[str]) -> list[float]:
    """Seconds from the click on each of the options of a menu to the frame with the first map drawn anew."""
    times = []
    for option in options:
        menu, wanted = control(page, key).get_by_role("combobox"), page.get_by_role("option", name=option, exact=True)
        menu.scroll_into_view_if_needed()
        for _ in range(10):
            menu.click()  # which a page that is still scrolling closes again
            with suppress(TimeoutError):
                wanted.wait_for(timeout=3000)
                break
        page.evaluate(MOVE, "click")
        wanted.click()
        times.append(page.evaluate("() => window.moved") / 1000)
        wait_for_maps(page)
    return times


def display_moves(page: Page, moves: int) -> list[float]:
    """Seconds from each move of the percentile to the frame that shows it."""
    times = []
    for i in range(moves):
        milliseconds, changed = page.evaluate(DISPLAY, 90 + i % 10)
        assert changed
        times.append(milliseconds / 1000)
    return times


def cover_moves(page: Page, moves: int) -> list[float]:
    """Seconds from each move of the slider under the first map to the frame that shows the covered picture and its bars."""
    page.wait_for_function(f"() => {COMPARISON}.panels[1].cover.slider.disabled === false", timeout=90_000)
    times = []
    for i in range(moves):
        milliseconds, changed = page.evaluate(COVER, 1 + i % 19)
        assert changed
        times.append(milliseconds / 1000)
    return times


def curves_of(page: Page, url: str, samples: Sequence[str]) -> list[float]:
    """Seconds from the maps of each sample to the curves beneath them; the page rests for one before it measures them."""
    times = []
    for name in samples:
        page.goto(f"{url}&sample={name}")
        wait = f"() => {{ const c = {COMPARISON}, maps = c?.data?.maps; return maps?.every(map => map.values) && %s }}"
        page.wait_for_function(wait % "true", timeout=90_000)
        start = time.perf_counter()
        page.wait_for_function(wait % "c.curves.length === maps.length", timeout=90_000)
        times.append(time.perf_counter() - start)
    return times


def camera_frames(page: Page, url: str, link: str, seconds: float = 10.0) -> list[float]:
    """Seconds from one map of the camera to the next, as many as are drawn in so many seconds."""
    open_camera(page, url, link)
    start_camera(page)
    wait_for_frames(page, 5)
    before, start = page.evaluate(f"() => {LIVE}.number"), time.perf_counter()
    page.wait_for_timeout(1000 * seconds)
    frames = page.evaluate(f"() => {LIVE}.number") - before
    return [(time.perf_counter() - start) / frames] * frames


def told(name: str, traffic: Traffic, measure: Callable[[], list[float]]) -> None:
    """Prints the median of the times, and what came over the line meanwhile."""
    received, sent = traffic.received, traffic.sent
    times = measure()
    middle = statistics.median(times)
    aim = f" (aim {AIMS[name] * 1e3:.0f}) {'reached' if middle <= AIMS[name] else 'MISSED'}" if name in AIMS else ""
    kilobytes, messages = (traffic.received - received) / len(times) / 1e3, (traffic.sent - sent) / len(times)
    print(f"{name}: median {middle * 1e3:.0f} ms of {len(times)}, {min(times) * 1e3:.0f} to {max(times) * 1e3:.0f}{aim}; "
          f"received {kilobytes:.0f} kB, sent {messages:.1f} messages each")


def main() -> None:
    parser = argparse.ArgumentParser(description="Benchmark the app in the browser.")
    parser.add_argument("--moves", type=int, default=10)
    parser.add_argument("--depth", type=int, default=18)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder) / "log.txt") as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=[*ARGUMENTS, *FAKE_CAMERA])
        server, url = url, f"{url}/?depth={options.depth}"
        some, all_of_them = first_view(browser.new_page(viewport={"width": 1440, "height": 900}), url)
        print(f"first visitor of a new server: first maps after {some:.2f} s, all after {all_of_them:.2f} s")
        time.sleep(REST)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        traffic = Traffic(page)
        told("first view, warm server", traffic, lambda: [first_view(page, url)[0]])
        told("moved epsilon", traffic, lambda: epsilon_moves(page, options.moves))
        told("changed class", traffic, lambda: choices(page, "class", CLASSES))
        told("changed question", traffic, lambda: choices(page, "objective", offered(page, "objective")[1:]))
        told("moved display control", traffic, lambda: display_moves(page, options.moves))
        told("moved cover", traffic, lambda: cover_moves(page, options.moves))
        told("curves of another picture", traffic, lambda: curves_of(page, url, ("Temple", "Dahlia", "Coffee", "Rocket")))
        told("camera", traffic, lambda: camera_frames(page, server, f"?depth={options.depth}"))
        browser.close()


if __name__ == "__main__":
    main()
