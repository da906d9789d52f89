"""Time of the measures of trust against Quantus: python -m tests.benchmarks.metrics [--pictures 16] [--runs 3].

Both contenders run in one process on the same network, pictures and maps, take turns, and give the same numbers (but for a third
of a pixel where a portion of Quantus ends inside one); figures are medians and ratios of medians. The network is the demo
ResNet-18, the pictures are crops of scikit-image's cat. Both spend their time in passes of the network, so beside them stands
what a pass costs, and what its sums would cost at the speed of a matrix product, to tell how much is left to win.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import quantus
import skimage.data
import torch
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode

import lrp
from lrp import metrics
from lrp.metrics.copies import half_precision
from tests.benchmarks.measure import medians

QUIET = {"disable_warnings": True, "normalise": False}
SIDE = 1024  # of the matrices that are multiplied
TYPES = {"matrix product in float32": torch.float32, "matrix product in bfloat16": torch.bfloat16}
Work = Callable[[], Any]


def crops(backbone: lrp.Backbone, count: int) -> torch.Tensor:
    """(count, 3, H, W), as many parts of one picture."""
    cat = Image.fromarray(skimage.data.chelsea())
    generator = np.random.default_rng(0)
    corners = generator.integers(0, [cat.width - 240, cat.height - 240], (count, 2))
    return torch.cat([backbone.preprocess(cat.crop((x, y, x + 240, y + 240))) for x, y in corners.tolist()])


def contenders(count: int, steps: int) -> dict[str, Work]:
    backbone = lrp.load_backbone(18)
    x = crops(backbone, count)
    target = backbone.network(x).argmax(1)
    kept = lrp.explain(backbone, x, target, lrp.EpsilonPlusFlat()).relevance.sum(1)
    maps, darkest = kept.numpy(), x.amin((1, 2, 3), keepdim=True)
    batch = {"x_batch": x.numpy(), "y_batch": target.numpy(), "a_batch": maps[:, None], "batch_size": count}
    values = x[0].numel() // steps  # Quantus counts each colour of a pixel, and takes divisors of the number of pixels only

    def ours(patch: int, steps: int, precision: str = "full") -> Work:
        how = metrics.Perturbation(patch, steps, darkest, precision=precision)
        return lambda: metrics.deletion(backbone, x, target, list(maps), how)[:, 1:]

    def flipping() -> Any:
        metric = quantus.PixelFlipping(features_in_step=values, **QUIET)
        return np.array(metric(backbone.model, **batch))

    def regions() -> Any:
        metric = quantus.RegionPerturbation(patch_size=16, regions_evaluation=100, **QUIET)
        start = backbone.model(x).softmax(1).gather(1, target[:, None]).detach().numpy()
        return start - np.array(metric(backbone.model, **batch))

    return {
        f"pixel flipping, {steps} steps": ours(1, steps),
        f"pixel flipping, {steps} steps, half precision": ours(1, steps, "half"),
        f"pixel flipping, {steps} steps, Quantus": flipping,
        "regions of 16 pixels, 100 steps": ours(16, 100),
        "regions of 16 pixels, 100 steps, half precision": ours(16, 100, "half"),
        "regions of 16 pixels, 100 steps, Quantus": regions,
    }


def first_curves() -> tuple[float, float]:
    """Seconds, and those of the processor, for two methods' maps of one picture, their curves and those of ten random orders."""
    backbone = lrp.load_backbone(18)
    x = crops(backbone, 1)
    start, used = time.perf_counter(), time.process_time()
    methods = (lrp.EpsilonPlusFlat(), lrp.IntegratedGradients(n_steps=16, tolerance=None))
    maps = {method.name: lrp.explain(backbone, x, 0, method).relevance[0].sum(0).numpy() for method in methods}
    metrics.faithfulness(backbone, x, 0, maps)
    return time.perf_counter() - start, time.process_time() - used


def passes(count: int, runs: int) -> None:
    """Prints what a pass of the network costs, and what its sums would cost at the speed of a matrix product."""
    backbone = lrp.load_backbone(18)
    x, half = crops(backbone, count), half_precision(backbone)
    matrices = {name: torch.randn(SIDE, SIDE).to(dtype) for name, dtype in TYPES.items()}
    work: dict[str, Work] = {
        "stock": lambda: backbone.model(x),
        "full precision": lambda: backbone.network(x),
        "half precision": lambda: half(x.bfloat16()),
        **{name: partial(torch.mm, values, values) for name, values in matrices.items()},
    }
    with torch.inference_mode():
        with FlopCounterMode(display=False) as counter:
            backbone.model(x)
        seconds = medians(work, 5 * runs, 60)
    sums = counter.get_total_flops()
    seconds |= {name: seconds[name] * sums / (2 * SIDE**3) for name in matrices}
    print(f"\none pass, {sums / 1e9:.1f} billion operations; a fifth of stock is {200 * seconds['stock']:.1f} ms")
    for name, value in seconds.items():
        print(f"  {name:<50}{1000 * value:8.1f} ms{sums / value / 1e9:7.0f} GFLOP/s")


def main() -> None:
    parser = argparse.ArgumentParser(description="Benchmark the measures of trust against Quantus.")
    parser.add_argument("--pictures", type=int, default=16)
    parser.add_argument("--steps", type=int, default=30, help="portions: 15, 30, 75, ... (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=120, help="stop the turns after this long")
    options = parser.parse_args()
    work = contenders(options.pictures, options.steps)
    names = list(work)
    pairs = [(ours, theirs) for i, theirs in enumerate(names) if i % 3 == 2 for ours in names[i - 2 : i]]
    for ours, theirs in pairs:
        difference = np.abs(work[ours]() - work[theirs]()).max()
        print(f"{ours}: largest difference from Quantus {difference:.1e}")
    seconds = medians(work, options.runs, options.seconds)
    print(f"\n{options.pictures} pictures of 160 px, demo ResNet-18, {torch.get_num_threads()} threads")
    for name, value in seconds.items():
        print(f"  {name:<50}{value:8.2f} s")
    for ours, theirs in pairs:
        ratio = seconds[theirs] / seconds[ours]
        print(f"  {ours}: {ratio:.1f} times as fast as Quantus (aim 5) {'reached' if ratio >= 5 else 'MISSED'}")
    passes(options.pictures, options.runs)
    took, used = first_curves()
    reached = "reached" if took <= 5 else "MISSED"
    print(f"\ntwo methods, their curves and 10 random orders: {took:.1f} s, {used:.1f} s of the processor (aim 5) {reached}")


if __name__ == "__main__":
    main()
