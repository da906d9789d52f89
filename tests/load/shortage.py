"""A ResNet-152 in large pictures, with less memory than it needs: python -m tests.load.shortage

Each try is a server of its own, which is started again if it ends, and two visitors in a browser. The server gets so many bytes
beyond what it has and no more, so that a real allocation fails: while the weights are loaded, on the way forward, or on the way
back. Passes if the first visitor reads the sentence, beside the maps of before, or in place of the page where not even these can
be drawn, or gets the maps, and if both visitors are then served something smaller, at the latest after a reload.

Libraries below torch do not always look at what the system gives them (OpenMP ends the process where it gets no thread; oneDNN
calls kernels that it could not write), so a process may end all the same. Then the page of the first visitor has to come back by
itself, to a server that was started again.
"""

import argparse
import hashlib
import json
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import psutil
import torch
from PIL import Image
from playwright.sync_api import Browser, Error, Page, TimeoutError, sync_playwright
from safetensors.torch import save_file

import lrp
from lrp.models import demo
from tests.browser.app import (
    ARGUMENTS,
    COMPARISON,
    find_chromium,
    headline,
    map_of,
    open_app,
    pick_depth,
    wait_for_change,
    wait_for_maps,
)
from tests.browser.comparing import upload
from tests.load.supervised import Supervised
from tests.networks import FULL, SLIM, random_resnet

QUICK = urlencode({"c": lrp.EpsilonPlus.label})
MEGABYTES = (200, 400, 800, 1200, 1700, 2500, 4000)
SENTENCE = "needs more memory than is free now"
COME_BACK = "Bring the picture of this link"  # by itself, from a server that began anew and has no uploads
SIDE = {"full": 640, "slim": 1024}  # pixels of the network's input
SHORT = "The server has too little memory for this now"  # of a page that cannot even draw what it has
GLANCE = 3000  # milliseconds between two looks at whether the server still runs
PATIENCE = 300.0  # seconds until a page is taken to hang
# Each new thread would reserve an arena of 64 MB that it never fills, which this limit would count.
ONE_ARENA = {"MALLOC_ARENA_MAX": "1"}


@dataclass(frozen=True)
class Try:
    """What became of one: `ended` is told, short, answered or restarted; `statuses` are those of the processes that ended.

    told: the sentence stands beside the maps of before, or below a map that was not computed; short: in place of the whole page.
    What the server has given back to the system by then, it has again when both ask for something smaller.

    instead: what came, if something smaller did not come afterwards.
    """

    spare: int
    threads: int
    ended: str
    statuses: list[int]
    kept: bool
    instead: str

    @property
    def good(self) -> bool:
        return self.ended in ("told", "short", "answered", "restarted") and self.kept and not self.instead


def write(folder: Path, width: str) -> Path:
    """A ResNet-152 with random weights, in a file as the bundled networks are, beside these."""
    model = random_resnet(152, FULL if width == "full" else SLIM, 11, torch.float32)
    described = {"depth": 152, "categories": [f"class {i}" for i in range(11)], "size": SIDE[width], "mean": [0.5] * 3,
                 "std": [0.25] * 3}  # fmt: skip
    path = folder / "resnet152.safetensors"
    save_file(model.state_dict(), path, {key: json.dumps(value) for key, value in described.items()})
    for depth in demo.SHA256:
        if depth != 152:
            path.with_name(f"resnet{depth}.safetensors").symlink_to(demo.FOLDER / f"resnet{depth}.safetensors")
    return path


def huge() -> bytes:
    """A picture of as many pixels as are taken."""
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        Image.fromarray(np.tile(np.arange(8000) % 256, (5000, 1)).astype(np.uint8)).save(file.name, compress_level=1)
        return Path(file.name).read_bytes()


def attempt(browser: Browser, path: Path, spare: int, threads: int, patience: float = PATIENCE) -> Try:
    """A visitor asks for the ResNet-152 of a server that has so many megabytes to spare; then both ask for something smaller."""
    command = [sys.executable, "-m", "tests.load.shortage", "--path", str(path), "run", "app.py", "--server.headless", "true"]
    environment = ONE_ARENA | {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": "1"}
    with Supervised(command, path.with_name("log.txt"), environment) as server:
        first = browser.new_page(viewport={"width": 1440, "height": 900})
        open_app(first, f"{server.url}/?{QUICK}")
        sample = map_of(first, 1)
        upload(first, "huge.png", huge())
        before = wait_for_change(first, 1, sample)
        wait_for_maps(first)
        most = server.process.memory_info().rss + spare * 10**6
        _leave(server, spare * 10**6)
        pick_depth(first, 152)
        ended = _end_of(first, server, patience)
        kept = ended != "told" or _is_kept_or_explained(first, before)
        second = browser.new_page(viewport={"width": 1440, "height": 900})
        if not server.ends:  # the limit counts what the server has given back to the system; this does not
            _leave(server, max(0, most - server.process.memory_info().rss))
        instead = _instead_of_maps(first, f"{server.url}/?{QUICK}&sample=Coffee", patience)
        instead = instead or _instead_of_maps(second, f"{server.url}/?{QUICK}", patience)
        for page in (first, second):
            page.context.close()
        return Try(spare, threads, ended, server.ends, kept, instead)


def _leave(server: Supervised, spare: int) -> None:
    """Lets the server have so many bytes of addresses more than it has now."""
    server.process.rlimit(psutil.RLIMIT_AS, (server.process.memory_info().vms + spare, psutil.RLIM_INFINITY))


def _end_of(page: Page, server: Supervised, patience: float) -> str:
    """What the visitor meets, once the page rests."""
    end, alerts = time.monotonic() + patience, page.get_by_test_id("stAlert")
    while time.monotonic() < end:
        if server.ends:
            page.get_by_role("heading", name=COME_BACK).wait_for(timeout=patience * 1000)
            return "restarted"
        if alerts.filter(has_text=SHORT).count():
            return "short"
        told = alerts.filter(has_text=SENTENCE).count()
        if told or "ResNet-152" in headline(page).inner_text():
            with suppress(TimeoutError):  # the server may end meanwhile, too
                wait_for_maps(page, GLANCE)
                return "told" if told else "answered"
        time.sleep(0.5)
    return "nothing came"


def _is_kept_or_explained(page: Page, before: list[int]) -> bool:
    """Whether the first map is as it was, or empty because the new network's forward pass was done and its map is what failed."""
    absent = page.evaluate(f"(map => map.values ? '' : map.absent)({COMPARISON}.data.maps[0])")
    return absent == "not computed" or map_of(page, 1) == before


def _instead_of_maps(page: Page, url: str, patience: float) -> str:
    """What the visitor reads in place of a smaller network's maps, at first or after a reload; nothing if they come."""
    warnings = page.get_by_test_id("stAlert").filter(has_text="memory")
    try:
        try:
            open_app(page, url, patience * 500)
        except TimeoutError:  # where the system gives the server no thread, the browser gets no page
            open_app(page, url)
    except Error as error:
        return f"{error}; the page says {page.get_by_test_id('stAlert').all_inner_texts()}"
    if "ResNet-18" not in headline(page).inner_text():
        return headline(page).inner_text()
    return " ".join(warnings.all_inner_texts())


def tries(width: str, cases: list[tuple[int, int]]) -> list[Try]:
    """What became of each (megabytes, threads)."""
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=ARGUMENTS)
        for spare, threads in cases:
            with tempfile.TemporaryDirectory() as folder:
                found.append(attempt(browser, write(Path(folder), width), spare, threads))
                print(json.dumps(asdict(found[-1])), flush=True)
        browser.close()
    return found


def serve(path: Path, arguments: list[str]) -> None:
    """Runs the app with the network of this file in place of the bundled ResNet-152."""
    demo.FOLDER, demo.SHA256 = path.parent, demo.SHA256 | {152: hashlib.sha256(path.read_bytes()).hexdigest()}
    from streamlit.web.cli import main

    sys.argv[1:] = arguments
    main()


def main() -> int:
    parser = argparse.ArgumentParser(description="A ResNet-152 with too little memory.")
    parser.add_argument("--width", choices=SIDE, default="full")
    parser.add_argument("--spare", type=int, nargs="*", default=MEGABYTES, help="megabytes of each try")
    parser.add_argument("--threads", type=int, nargs="*", default=(1, 2), help="threads of each try")
    parser.add_argument("--path", type=Path, help="the file, in the process that serves")
    options, rest = parser.parse_known_args()
    if options.path:
        serve(options.path, rest)
        return 0
    found = tries(options.width, [(spare, threads) for threads in options.threads for spare in options.spare])
    return int(not (all(one.good for one in found) and any(one.ended == "told" for one in found)))


if __name__ == "__main__":
    sys.exit(main())
