"""How long a visitor waits, measured in the browser: python -m tests.benchmarks.browser [--moves 10] [--depth 18]."""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.app import ARGUMENTS, find_chromium, serve, wait_for_maps

# One row of the first map, for to compare the whole map with each frame would take longer than what is measured.
ROW = "Array.from(document.querySelector('.js-plotly-plot')?._fullData?.[1]?.z?.[80] ?? [])"
AIM = 0.5  # seconds from the key press to the new map


def first_view(page: Page, url: str) -> tuple[float, float]:
    """Seconds from opening the page to the first map, and to all of them."""
    start = time.perf_counter()
    page.goto(url)
    page.wait_for_function("() => document.querySelector('.js-plotly-plot')?._fullData?.length >= 3", timeout=90_000)
    some = time.perf_counter() - start
    wait_for_maps(page)
    return some, time.perf_counter() - start


def epsilon_moves(page: Page, moves: int) -> list[float]:
    """Seconds from each press of an arrow key on the epsilon slider to the first map drawn anew."""
    slider = page.get_by_role("slider", name="Epsilon").first
    times = []
    for _ in range(moves):
        # Each stop is visited once, so that no map is taken from the cache.
        before = page.evaluate(f"() => {ROW}")
        start = time.perf_counter()
        slider.press("ArrowLeft")
        page.wait_for_function(f"before => {ROW}?.some((value, i) => value !== before[i])", arg=before, timeout=90_000)
        times.append(time.perf_counter() - start)
        wait_for_maps(page)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description="Benchmark the app in the browser.")
    parser.add_argument("--moves", type=int, default=10)
    parser.add_argument("--depth", type=int, default=18)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder) / "log.txt") as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=ARGUMENTS)
        url = f"{url}/?depth={options.depth}"
        for visitor in ("first visitor of a new server", "second visitor, sample in the cache"):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            some, all_of_them = first_view(page, url)
            print(f"{visitor}: first maps after {some:.2f} s, all after {all_of_them:.2f} s")
        times = epsilon_moves(page, options.moves)
        middle = statistics.median(times)
        verdict = "reached" if middle <= AIM else "MISSED"
        print(f"moved epsilon, demo ResNet-{options.depth}: median {middle * 1e3:.0f} ms of {len(times)} moves, "
              f"{min(times) * 1e3:.0f} to {max(times) * 1e3:.0f} (aim {AIM * 1e3:.0f}) {verdict}")
        browser.close()


if __name__ == "__main__":
    main()
