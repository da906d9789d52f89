"""A crowd on one server, each visitor changing picture, depth, epsilon and method all the time.

    python -m tests.load.visitors --visitors 20 --minutes 5

Passes if nobody meets an error, every map is bit for bit the one that is computed alone afterwards, and the memory that the
server takes beside what its budgets hold is in the last quarter that of the second quarter within 10 %. Prints a row of the table
of pages/README.md.
"""

import argparse
import hashlib
import json
import random
import sys
import threading
import time
from typing import Any
from urllib.parse import urlencode

from PIL import Image

import lrp
from lrp.models.loading import bundled_depths
from pages.parts.choose.samples import SAMPLES
from tests.load.client import Client
from tests.load.client_files import numbers
from tests.load.crowd_report import Report
from tests.load.watched_server import WatchedServer, watched_server

# Mostly maps that are made at once, and some that wait in the queue.
METHODS = (lrp.EpsilonPlus, lrp.ZeroEpsilonGammaBox, lrp.EpsilonAlpha2Beta1Flat, lrp.UniformEpsilon, lrp.IntegratedGradients)
# Integrated Gradients in few steps: what is measured is the crowd, not the arithmetic.
LINK = "?" + urlencode({
    "c": lrp.EpsilonPlus.label, "c_integrated-gradients_n_steps": 8, "c_integrated-gradients_tolerance": "none",
})  # fmt: skip


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
                settings, maps, clicks = numbers(client)
                report.clicked_again += clicks
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


def crowd(server: WatchedServer, visitors: int, minutes: float) -> Report:
    """Lets the visitors in, waits until they have left, and looks at the server's memory meanwhile."""
    report, start = Report(), time.monotonic()
    end = start + 60 * minutes
    threads = [threading.Thread(target=visit, args=(server.url, seed, end, report), daemon=True) for seed in range(visitors)]
    for thread in threads:
        thread.start()
        time.sleep(0.2)
    for thread in threads:
        thread.join()
    report.memory = server.samples(start, end)
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description="Many visitors at once.")
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=5.0)
    options = parser.parse_args()
    with watched_server("public") as server:
        report = crowd(server, options.visitors, options.minutes)
    report.wrong = [asked for asked, found in sorted(report.maps) if alone(asked) != found]
    print(*report.errors[:10], *report.wrong[:10], sep="\n")
    print(report.row(options.visitors, options.minutes))
    return int(not report.good)


if __name__ == "__main__":
    sys.exit(main())
