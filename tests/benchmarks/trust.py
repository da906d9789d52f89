"""How far each method can be trusted on the bundled networks: python -m tests.benchmarks.trust --data DIR.

DIR/val/<class>/ holds photos of the demo networks' classes. Prints a Markdown table, methods x (grid pointing game, deletion,
insertion, sanity, seconds); the numbers are means over the photos with their standard error, the seconds a median.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

import lrp
from lrp import metrics
from lrp.attribution import Map, sum_channels
from lrp.models.demo.photos import load_photos


@dataclass(frozen=True)
class Asked:
    """A method that is asked another question of the class than why it has its logit."""

    method: Any
    question: Callable[[Any], Any]

    @property
    def name(self) -> str:
        return f"{named(self.method)}, {self.question(0).name}"

    def explain(self, network: lrp.Network, x: Any, objective: Any, progress: Any = None) -> lrp.Attribution:
        return self.method.explain(network, x, self.question(objective.target), progress)


def named(method: Any) -> str:
    """The method's name, with the views that it is the mean of."""
    shifts = getattr(method, "shifts", 1)
    return method.name if shifts == 1 else f"{method.name}, {shifts} x {shifts} views"


METHODS = (
    lrp.EpsilonPlusFlat(),
    lrp.EpsilonPlusFlat(shifts=4),
    Asked(lrp.EpsilonPlusFlat(), lrp.CLRP),
    Asked(lrp.EpsilonPlusFlat(shifts=4), lrp.CLRP),
    Asked(lrp.EpsilonPlusFlat(), lrp.SGLRP),
    lrp.EpsilonAlpha2Beta1(),
    lrp.EpsilonAlpha2Beta1(shifts=4),
    lrp.EpsilonGammaBox(),
    lrp.ZeroEpsilonGammaBox(),
    lrp.UniformEpsilon(),
    lrp.UniformEpsilon(shifts=4),
    lrp.InputXGradient(),
    lrp.InputXGradient(shifts=4),
    lrp.IntegratedGradients(n_steps=16, tolerance=None),
    lrp.IDGI(n_steps=16),
    lrp.GuidedIntegratedGradients(n_steps=50),
    lrp.BlurIntegratedGradients(n_steps=32),
    lrp.ExpectedGradients(n_samples=24),
    lrp.GradCAM(),
)


@dataclass(frozen=True)
class Photos:
    """Photos as the network takes them: x (N, 3, H, W), their classes (N,), and mosaics as indices of n * n of them."""

    x: Tensor
    labels: Tensor
    mosaics: Sequence[Sequence[int]]


def choose(backbone: lrp.Backbone, data: Path, n: int, count: int) -> Photos:
    """The photos of `data`, one in four, and `count` mosaics of n x n of those that the network is sure of."""
    photos, labels, categories = load_photos(data / "val")
    if categories != backbone.categories:
        raise SystemExit(f"{data} has the classes {', '.join(categories)}; the network has others")
    x = (photos[::4].float() / 255 - backbone.mean) / backbone.std
    with torch.no_grad():
        logits = torch.cat([backbone.network(part) for part in x.split(16)])
    return Photos(x, labels[::4], list(metrics.choose_mosaics(logits, labels[::4], n, count)))


def explained(backbone: lrp.Backbone, x: Tensor, target: int, method: Any) -> Map:
    return sum_channels(lrp.explain(backbone, x, target, method).relevance)


def measure(backbone: lrp.Backbone, photos: Photos, n: int, sanity: int, method: Any, done: Callable[[], object]) -> list[str]:
    """The row of a method. Each mosaic is explained for its first cell, whose photo alone gives the other numbers."""
    grid, deletion, insertion, same, seconds = [], [], [], [], []
    perturbation = metrics.Perturbation(steps=10)
    for index, chosen in enumerate(photos.mosaics):
        target = int(photos.labels[chosen[0]])
        cell = index % n**2  # every place in turn
        arranged = [*chosen[1 : cell + 1], chosen[0], *chosen[cell + 1 :]]
        grid.append(metrics.grid_pointing_game(explained(backbone, metrics.mosaic(photos.x[arranged]), target, method), n, cell))
        x = photos.x[chosen[:1]]
        start = time.perf_counter()
        values = explained(backbone, x, target, method)
        seconds.append(time.perf_counter() - start)
        for found, curve in ((deletion, metrics.deletion), (insertion, metrics.insertion)):
            found.append(metrics.area(curve(backbone, x, target, [values], perturbation)[0]))
        if index < sanity:
            stages = metrics.cascade(backbone, x, target, method)
            same.append(np.mean([abs(stage.spearman) for stage in stages]))
        done()
    return [named(method), *map(with_error, (grid, deletion, insertion, same)), f"{statistics.median(seconds):.3f}"]


def with_error(values: Sequence[float]) -> str:
    """Mean and standard error."""
    found = metrics.spread(values)
    return f"{found.mean:.2f} ± {found.deviation / found.n**0.5:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how far each method can be trusted.")
    parser.add_argument("--data", type=Path, required=True, help="folder with val/<class>/")
    parser.add_argument("--depth", type=int, default=18, help="of the demo network (default: %(default)s)")
    parser.add_argument("--mosaics", type=int, default=100, help="(default: %(default)s)")
    parser.add_argument("--side", type=int, default=2, help="photos along a side of a mosaic (default: %(default)s)")
    parser.add_argument("--method", action="append", help="one of them alone, by name; may be given several times (default: all)")
    parser.add_argument("--sanity", type=int, default=10, help="photos whose weights are redrawn (default: %(default)s)")
    options = parser.parse_args()
    backbone = lrp.load_backbone(options.depth)
    photos = choose(backbone, options.data, options.side, options.mosaics)
    print("| method | grid pointing game | deletion | insertion | sanity | seconds |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for method in [method for method in METHODS if named(method) in (options.method or map(named, METHODS))]:
        with tqdm(photos.mosaics, named(method), leave=False, disable=None) as bar:
            row = measure(backbone, photos, options.side, options.sanity, method, bar.update)
        print(f"| {' | '.join(row)} |", flush=True)
    print(f"\n{backbone.name}, demo weights; {options.mosaics} mosaics of {options.side} x {options.side}: chance "
          f"{1 / options.side**2:.2f}; {min(options.sanity, options.mosaics)} photos for sanity; "
          f"{torch.get_num_threads()} thread(s)")  # fmt: skip


if __name__ == "__main__":
    main()
