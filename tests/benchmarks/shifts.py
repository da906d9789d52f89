"""What the mean over shifted views gains: python -m tests.benchmarks.shifts --data DIR.

DIR/val/<class>/ holds photos of the demo networks' classes. Prints a Markdown table: method, views, distance and border against
the grid pointing game and the gain of insertion over deletion, each as the mean over the mosaics or photos and, below the plain
map, as the mean difference from it with the standard error of the pairs; and the median time in units of the plain map's.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import lrp
from lrp import metrics
from lrp.attribution import sum_channels
from lrp.methods.shifted_views import ShiftedView, mirrored_indices, shift_distance, shifted_views
from lrp.methods.shifts import mean_over_views
from lrp.walk.objectives import Logit
from tests.benchmarks.trust import Photos, choose

METHODS = (lrp.EpsilonPlusFlat(), lrp.EpsilonAlpha2Beta1(), lrp.EpsilonGammaBox(), lrp.UniformEpsilon(), lrp.InputXGradient())
BORDERS: dict[str, Callable[[int, int], Tensor]] = {  # (side, move) -> the place that each place shows
    "mirrored": mirrored_indices,
    "repeated": lambda side, move: (torch.arange(side) + move).clamp(0, side - 1),
    "wrapped": lambda side, move: (torch.arange(side) + move) % side,
}


@dataclass(frozen=True)
class Shifting:
    """So many shifts along each axis; `step` in pixels, None for the engine's choice."""

    shifts: int
    step: int | None = None
    border: str = "mirrored"

    def __str__(self) -> str:
        return f"{self.shifts} x {self.shifts}"

    def step_in(self, forward: lrp.Trace) -> int:
        return self.step or shift_distance(forward, self.shifts)

    def views(self, forward: lrp.Trace) -> list[ShiftedView]:
        return [replace(view, border=BORDERS[self.border]) for view in shifted_views(self.shifts, self.step_in(forward))]


PLAIN = Shifting(1)
NUMBERS = (PLAIN, Shifting(2), Shifting(4), Shifting(8))
OTHERS = (
    Shifting(4, 5), Shifting(4, 8), Shifting(4, 9), Shifting(4, border="repeated"), Shifting(4, border="wrapped"),
)  # fmt: skip


def explained(forward: lrp.Trace, target: int, method: Any, shifting: Shifting) -> tuple[Any, float]:
    """The map and the seconds that it took."""
    def explain(seen: lrp.Trace, objective: Any, progress: Any) -> lrp.Attribution:
        return lrp.explain(forward.network, seen, objective, method)

    start = time.perf_counter()
    if shifting == PLAIN:
        found = explain(forward, Logit(target), None)
    else:
        found = mean_over_views(forward, Logit(target), shifting.views(forward), explain)
    return sum_channels(found.relevance), time.perf_counter() - start


@dataclass(frozen=True)
class Measured:
    """`pointing` of each mosaic, `gain` of insertion over deletion and `seconds` of each photo, and the distance in pixels."""

    pointing: list[float]
    gain: list[float]
    seconds: list[float]
    step: int


def measure(backbone: lrp.Backbone, photos: Photos, n: int, method: Any, shifting: Shifting) -> Measured:
    """Each mosaic is explained for its first photo, in one cell after the other; that photo alone gives gain and seconds."""
    perturbation = metrics.Perturbation(steps=10)
    found = Measured([], [], [], shifting.step_in(lrp.trace(backbone, photos.x[:1])))
    for index, chosen in enumerate(photos.mosaics):
        target, cell = int(photos.labels[chosen[0]]), index % n**2
        arranged = [*chosen[1 : cell + 1], chosen[0], *chosen[cell + 1 :]]
        forward = lrp.trace(backbone, metrics.mosaic(photos.x[arranged]))
        found.pointing.append(metrics.grid_pointing_game(explained(forward, target, method, shifting)[0], n, cell))
        x = photos.x[chosen[:1]]
        values, seconds = explained(lrp.trace(backbone, x), target, method, shifting)
        found.seconds.append(seconds)
        inserted, deleted = (
            metrics.area(curve(backbone, x, target, [values], perturbation)[0]) for curve in (metrics.insertion, metrics.deletion)
        )
        found.gain.append(inserted - deleted)
    return found


def row(method: Any, shifting: Shifting, found: Measured, plain: Measured) -> str:
    """The row of the table."""
    if shifting == PLAIN:
        cells = ["", "", f"{np.mean(found.pointing):.3f}", f"{np.mean(found.gain):.3f}"]
    else:
        cells = [str(found.step), shifting.border, paired(found.pointing, plain.pointing), paired(found.gain, plain.gain)]
    ratio = statistics.median(found.seconds) / statistics.median(plain.seconds)
    return f"| {' | '.join([method.name, str(shifting), *cells, f'{ratio:.1f}'])} |"


def paired(values: list[float], plain: list[float]) -> str:
    """The mean, and the mean difference from the plain map with its standard error."""
    difference = np.subtract(values, plain)
    return f"{np.mean(values):.3f} ({difference.mean():+.3f} ± {difference.std(ddof=1) / len(values) ** 0.5:.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what the mean over shifted views gains.")
    parser.add_argument("--data", type=Path, required=True, help="folder with val/<class>/")
    parser.add_argument("--depth", type=int, default=18, help="of the demo network (default: %(default)s)")
    parser.add_argument("--mosaics", type=int, default=100, help="(default: %(default)s)")
    parser.add_argument("--method", help="one of them alone (default: all)")
    parser.add_argument("--numbers", type=int, default=4, help="3 leaves out 8 x 8 views (default: %(default)s)")
    parser.add_argument("--others", action="store_true", help="other distances and borders too")
    options = parser.parse_args()
    backbone = lrp.load_backbone(options.depth)
    photos = choose(backbone, options.data, 2, options.mosaics)
    print(f"{backbone.name}, demo weights, {len(photos.mosaics)} mosaics of 2 x 2, {torch.get_num_threads()} thread(s)\n")
    print("| method | views | distance | border | grid pointing game | insertion less deletion | time |")
    print("| --- | --- | ---: | --- | ---: | ---: | ---: |", flush=True)
    for method in METHODS:
        if options.method in (None, method.name):
            plain = measure(backbone, photos, 2, method, PLAIN)
            print(row(method, PLAIN, plain, plain), flush=True)
            for shifting in (*NUMBERS[1 : options.numbers], *(OTHERS if options.others else ())):
                print(row(method, shifting, measure(backbone, photos, 2, method, shifting), plain), flush=True)


if __name__ == "__main__":
    main()
