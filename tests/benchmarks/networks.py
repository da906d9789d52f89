"""How long the bundled networks take to load, and how large they are: python -m tests.benchmarks.networks [--runs 5]."""

import argparse
import statistics
import time

import lrp
from lrp.models import demo
from lrp.models.loading import bundled_depths

AIM = 1.0  # seconds from disk to a canonized network, the SHA-256 checked


def seconds_to_load(depth: int, runs: int) -> float:
    """The median; the first, which also imports what is missing, does not count."""
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        lrp.load_backbone(depth)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description="Benchmark the bundled networks.")
    parser.add_argument("--runs", type=int, default=5)
    runs, total = parser.parse_args().runs, 0.0
    for depth in bundled_depths():
        size, seconds = (demo.FOLDER / f"resnet{depth}.safetensors").stat().st_size / 1e6, seconds_to_load(depth, runs)
        total += size
        verdict = "reached" if seconds <= AIM else "MISSED"
        print(f"ResNet-{depth:<4} {size:5.1f} MB, loaded in {seconds:.2f} s (aim {AIM:.2f}) {verdict}")
    print(f"together    {total:5.1f} MB (aim 60) {'reached' if total <= 60 else 'MISSED'}")


if __name__ == "__main__":
    main()
