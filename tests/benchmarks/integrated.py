"""Integrated Gradients at a gap of 1 % against Captum's default call and against doubling: python -m tests.benchmarks.integrated.

On the sample cat and the bundled ResNet-18, in turns; the best of several, for other work only ever adds. Set
ONEDNN_MAX_CPU_ISA=AVX2 for a processor without AVX-512.
"""

import argparse
from functools import partial
from time import perf_counter

import skimage.data
from captum.attr import IntegratedGradients as Captum
from PIL import Image
from torch import Tensor

import lrp

TOLERANCE = 0.01


def doubled(backbone: lrp.Backbone, x: Tensor, target: int) -> Tensor:
    """The map with 64, 128, ... nodes until its gap is closed, all gradients taken anew each time."""
    n_steps = 64
    while True:
        result = lrp.explain(backbone, x, target, lrp.IntegratedGradients(n_steps=n_steps, tolerance=None))
        if float(result.gap) <= TOLERANCE or n_steps == 1024:
            return result.relevance
        n_steps *= 2


def main() -> None:
    parser = argparse.ArgumentParser(description="Integrated Gradients against Captum's default call and against doubling.")
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    backbone = lrp.load_backbone()
    x = backbone.preprocess(Image.fromarray(skimage.data.chelsea()))
    target, black = int(backbone.model(x).argmax()), backbone.network.low.expand_as(x)
    work = {
        "by panels": partial(lrp.explain, backbone, x, target, lrp.IntegratedGradients(tolerance=TOLERANCE)),
        "Captum, 50 steps": partial(Captum(backbone.model).attribute, x, black, target=target, n_steps=50),
        "doubling": partial(doubled, backbone, x, target),
    }
    seconds = dict.fromkeys(work, float("inf"))
    for _ in range(runs):
        for name, run in work.items():
            begin = perf_counter()
            run()
            seconds[name] = min(seconds[name], perf_counter() - begin)
    for name, value in seconds.items():
        print(f"{name:<20}{value * 1e3:8.0f} ms   by panels / {name}: {seconds['by panels'] / value:.2f}")


if __name__ == "__main__":
    main()
