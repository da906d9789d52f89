"""How long a new server takes to its first map, before and after a change: python -m tests.benchmarks.cold --before CHECKOUT.

Each turn starts fresh processes for both checkouts, the one that began last first in the next turn: `import lrp` and `import
torch`, and `streamlit run app.py` with a Chromium that is running already, with an empty cache, and opens the page as soon as
the server answers. Times begin when the server is started, and end when the first map, and all maps, are drawn in the page.
The server's processor time until then depends less on what else the machine does.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

from tests.browser.app import ARGUMENTS, COMPARISON, PATIENCE, find_chromium
from tests.browser.server import ROOT, free_port, wait_until_up

FIRST, ALL = "first map", "all maps"
DRAWN = {
    FIRST: f"() => {COMPARISON}?.data?.maps.some(map => map.image)",
    ALL: f"() => {COMPARISON}?.data?.maps.every(map => map.image && !map.before)",
}
Times = dict[str, list[float]]


def import_seconds(checkout: Path, module: str) -> float:
    """Seconds of `import module` in a new process, without the start of Python."""
    script = f"import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"
    done = subprocess.run([sys.executable, "-c", script], cwd=checkout, check=True, capture_output=True, text=True)
    return float(done.stdout)


@contextmanager
def new_server(checkout: Path, log: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Starts the checkout's app and yields its address and process as soon as it answers."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true"]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=checkout, stdout=output, stderr=subprocess.STDOUT)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_up(address, process, log)
        yield address, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def first_visit(browser: Browser, checkout: Path, query: str) -> dict[str, float]:
    """Seconds, and seconds of the server's processor, from its start to the first map and to all, in a page without a cache."""
    with tempfile.TemporaryDirectory() as folder:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        start = time.perf_counter()
        with new_server(checkout, Path(folder) / "log.txt") as (address, server):
            page, times = context.new_page(), {}
            page.goto(f"{address}/{query}", wait_until="commit")
            for what, drawn in DRAWN.items():
                page.wait_for_function(drawn, timeout=PATIENCE)
                times[what] = time.perf_counter() - start
                used = server.cpu_times()
                times[f"{what}, the server's processor time"] = used.user + used.system
            context.close()
    return times


def measure(browser: Browser, checkouts: dict[str, Path], turns: int, query: str) -> tuple[dict[str, Times], list[float]]:
    """The seconds of every measure of each checkout, one of each turn, and the system's load at the start of each.

    A turn before them fills the system's file cache.
    """
    times: dict[str, Times] = {name: {} for name in checkouts}
    loads = []
    order = list(checkouts)
    for turn in range(turns + 1):
        for name in order:
            loads.append(os.getloadavg()[0])
            found = {f"import {module}": import_seconds(checkouts[name], module) for module in ("torch", "lrp")}
            found |= first_visit(browser, checkouts[name], query)
            for what, seconds in found.items() if turn else ():
                times[name].setdefault(what, []).append(seconds)
        order.reverse()
    return times, loads


def report(times: dict[str, Times], loads: list[float]) -> str:
    """A Markdown table: the medians, least and most seconds of each measure, and the ratio of the medians."""
    before, now = times["before"], times["now"]
    lines = ["| | before, s | now, s | now / before |", "| --- | ---: | ---: | ---: |"]
    for what in before:
        medians = statistics.median(before[what]), statistics.median(now[what])
        spans = (f"{statistics.median(each):.2f} ({min(each):.2f} to {max(each):.2f})" for each in (before[what], now[what]))
        lines.append(f"| {what} | {' | '.join(spans)} | {medians[1] / medians[0]:.2f} |")
    ratios = (statistics.median(each["import lrp"]) / statistics.median(each["import torch"]) for each in (before, now))
    lines.append(f"| import lrp / import torch | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} | |")
    lines += ["", f"Medians of {len(now[FIRST])} turns; load {min(loads):.1f} to {max(loads):.1f} on {os.cpu_count()} cores."]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the cold start of this checkout with another's.")
    parser.add_argument("--before", type=Path, required=True, help="another checkout of the project")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--query", default="", help="what follows the address, such as '?averaged=false'")
    options = parser.parse_args()
    checkouts = {"before": options.before.resolve(), "now": ROOT}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=ARGUMENTS)
        times, loads = measure(browser, checkouts, options.turns, options.query)
        browser.close()
    print(report(times, loads))


if __name__ == "__main__":
    main()
