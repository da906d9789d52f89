"""A crowd on one server, each visitor changing picture, depth, epsilon and method all the time.

    python -m tests.load.visitors --visitors 20 --minutes 5

Passes if nobody meets an error, every map is bit for bit the one that is computed alone afterwards, and the memory of the
server in the last quarter is that of the second quarter within 10 %.
"""

import argparse
import hashlib
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
from PIL import Image

import lrp
from lrp.models.loading import bundled_depths
from pages.parts.choose.samples import SAMPLES
from tests.browser.app import serve
from tests.load.client import Client

# Mostly maps that are made at once, and some that wait in the queue.
METHODS = (lrp.EpsilonPlus, lrp.ZeroEpsilonGammaBox, lrp.EpsilonAlpha2Beta1Flat, lrp.UniformEpsilon, lrp.IntegratedGradients)
DRIFT = 0.10
# Integrated Gradients in few steps: what is measured is the crowd, not the arithmetic.
LINK = "?" + urlencode({
    "c": lrp.EpsilonPlus.label, "c_integrated-gradients_n_steps": 8, "c_integrated-gradients_tolerance": "none",
})  # fmt: skip


@dataclass
class Report:
    """What the crowd met; `maps` are (settings, their numbers' SHA-256)."""

    waits: list[float] = field(default_factory=list)
    maps: set[tuple[str, str]] = field(default_factory=set)
    answers: int = 0
    refused: int = 0
    clicked_again: int = 0
    errors: list[str] = field(default_factory=list)
    memory: list[tuple[float, int]] = field(default_factory=list)  # seconds, bytes


def visit(url: str, seed: int, end: float, report: Report) -> None:
    """One visitor, who looks at what came and then changes something, until the clock says `end`."""
    choose = random.Random(seed)
    try:
        with Client(url, LINK) as client:
            client.run()
            while time.monotonic() < end:
                _change(client, choose)
                start = time.monotonic()
                client.run()
                report.refused += client.finish()
                report.waits.append(time.monotonic() - start)
                settings, maps = client.numbers()
                report.clicked_again += client.clicked_again
                client.clicked_again = 0
                report.answers += len(maps)
                report.maps |= {_digest(settings, number, values) for number, values in enumerate(maps)}
                time.sleep(choose.uniform(0.5, 2.0))
    except Exception as error:
        report.errors.append(f"visitor {seed}: {error!r}")


def _change(client: Client, choose: random.Random) -> None:
    what = choose.choice(("sample", "depth", "epsilon", "c"))
    if what == "sample":
        client.put("sample", choose.choice(list(SAMPLES)))
    elif what == "depth":
        client.put("depth", str(choose.choice(bundled_depths())))
    elif what == "epsilon":
        key = "a_uniform-epsilon_epsilon"
        client.put(key, choose.choice(client.options(key)))
    else:
        client.put("c", choose.choice(METHODS).label)


def _digest(settings: dict[str, Any], number: int, values: Any) -> tuple[str, str]:
    asked = {key: settings[key] for key in ("picture", "network", "weights", "explained class index")}
    asked |= {"method": settings["methods"][number]}
    return json.dumps(asked, sort_keys=True), hashlib.sha256(values.tobytes()).hexdigest()


def alone(asked: str) -> str:
    """The SHA-256 of the map that the engine gives for these settings when nobody else asks."""
    settings = json.loads(asked)
    backbone = lrp.load_backbone(int(settings["network"].rpartition("-")[2]), settings["weights"])
    method = dict(settings["method"])
    picture = Image.fromarray(SAMPLES[settings["picture"]]())
    x = backbone.preprocess(picture)
    result = lrp.explain(backbone, x, settings["explained class index"], lrp.METHODS[method.pop("method")](**method))
    return hashlib.sha256(result.relevance[0].numpy().tobytes()).hexdigest()


def crowd(url: str, process: psutil.Process, visitors: int, minutes: float) -> Report:
    """Lets the visitors in, waits until they have left, and looks at the server's memory every two seconds meanwhile."""
    report, start = Report(), time.monotonic()
    end = start + 60 * minutes
    threads = [threading.Thread(target=visit, args=(url, seed, end, report), daemon=True) for seed in range(visitors)]
    for thread in threads:
        thread.start()
        time.sleep(0.2)
    while any(thread.is_alive() for thread in threads):
        if time.monotonic() < end:
            report.memory.append((time.monotonic() - start, process.memory_info().rss))
        time.sleep(2)
    return report


def drift(memory: list[tuple[float, int]]) -> tuple[float, float, float]:
    """Median bytes in the second and in the last quarter, and by which share the last is more."""
    quarter = max(1, len(memory) // 4)
    early, late = (statistics.median(size for _, size in part) for part in (memory[quarter : 2 * quarter], memory[-quarter:]))
    return early, late, late / early - 1


@contextmanager
def server() -> Iterator[tuple[str, psutil.Process]]:
    """The app as it is put on the open web, and its process."""
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder) / "log.txt", script="pages/parts/shell/server.py") as url:
        (process,) = (child for child in psutil.Process().children() if "pages/parts/shell/server.py" in child.cmdline())
        yield url, process
        if "Traceback" in (log := (Path(folder) / "log.txt").read_text()):
            raise RuntimeError(f"the log of the server holds a traceback:\n{log[-3000:]}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Many visitors at once.")
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=5.0)
    options = parser.parse_args()
    with server() as (url, process):
        report = crowd(url, process, options.visitors, options.minutes)
    wrong = [asked for asked, found in sorted(report.maps) if alone(asked) != found]
    print(*report.errors[:10], sep="\n")
    if len(report.memory) < 4:
        return 1
    early, late, more = drift(report.memory)
    print(f"{options.visitors} visitors, {options.minutes:g} minutes: {len(report.waits)} changes, {report.answers} maps seen")
    if report.waits:
        print(f"wait for all maps: median {statistics.median(report.waits):.1f} s, longest {max(report.waits):.1f} s")
    print(f"different maps: {len(report.maps)}, not equal to the one computed alone: {len(wrong)}")
    print(f"queue full: {report.refused} times; downloads clicked again: {report.clicked_again}; errors: {len(report.errors)}")
    print(f"memory: {early / 1e6:.0f} MB in the second quarter, {late / 1e6:.0f} MB in the last ({more:+.1%})")
    print(*wrong[:10], sep="\n")
    return int(bool(wrong or report.errors or not report.waits or more > DRIFT))


if __name__ == "__main__":
    sys.exit(main())
