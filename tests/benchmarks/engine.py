"""Time and memory of the engine against its peers: python -m tests.benchmarks.engine [--depths 18 50] [--runs 15].

All contenders run in one process on the same picture and take turns, so that whatever else the machine does meets them alike;
figures are medians and ratios of medians. Peak memory is measured apart, each contender in a process of its own.
"""

import argparse
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import psutil
import torch
from captum.attr import IntegratedGradients as CaptumIntegratedGradients
from zennit.composites import EpsilonPlusFlat as ZennitEpsilonPlusFlat
from zennit.torchvision import ResNetCanonizer

import lrp
from tests.networks import FULL, HIGH, LOW, random_resnet

Contender = Callable[[], object]


def contenders(depth: int) -> dict[str, Contender]:
    """What is measured, by name; "stock" is one forward pass and input gradient of the model as torchvision has it."""
    model = random_resnet(depth, FULL, 1000, torch.float32)
    network = lrp.canonize(model, LOW.float(), HIGH.float())
    x = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    kept = lrp.trace(network, x)
    integrated = lrp.IntegratedGradients(n_steps=50, tolerance=None)
    black = LOW.float().expand_as(x)

    def stock() -> object:
        leaf = x.clone().requires_grad_()
        return torch.autograd.grad(model(leaf)[0, 3], leaf)

    def zennit() -> object:
        composite = ZennitEpsilonPlusFlat(canonizers=[ResNetCanonizer()])
        leaf = x.clone().requires_grad_()
        with composite.context(model) as modified:
            output = modified(leaf)
            return torch.autograd.grad(output, leaf, torch.eye(1000)[[3]] * output.detach())

    return {
        "stock": stock,
        "uniform epsilon": lambda: lrp.explain(network, x, 3, lrp.UniformEpsilon()),
        "uniform epsilon, kept trace": lambda: lrp.explain(network, kept, 3, lrp.UniformEpsilon()),
        "epsilon plus flat": lambda: lrp.explain(network, x, 3, lrp.EpsilonPlusFlat()),
        "epsilon plus flat, Zennit": zennit,
        "IG, 50 steps": lambda: lrp.explain(network, x, 3, integrated),
        "IG, 50 steps, Captum": lambda: CaptumIntegratedGradients(model).attribute(x, black, target=3, n_steps=50),
    }


RATIOS = (  # what, against what, the aim
    ("uniform epsilon", "stock", 1.00),
    ("epsilon plus flat", "epsilon plus flat, Zennit", 0.33),
    ("uniform epsilon, kept trace", "uniform epsilon", 0.75),
    ("IG, 50 steps", "IG, 50 steps, Captum", 0.45),
)


def medians(work: dict[str, Contender], runs: int) -> dict[str, float]:
    """Seconds of each contender, the median over `runs` turns after one to warm up; slow ones take fewer turns."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for turn in range(runs + 1):
        for name, run in work.items():
            if name.startswith("IG") and turn > max(runs // 5, 3):
                continue
            start = time.perf_counter()
            run()
            if turn:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def peak_memory(depth: int, name: str) -> float:
    """MB that the contender's process needs above what it held before, measured in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.engine", "--depths", str(depth), "--peak", name]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def print_peak(depth: int, name: str) -> None:
    process, run = psutil.Process(), contenders(depth)[name]
    before = peak = process.memory_info().rss
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.002):
            peak = max(peak, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    run()
    done.set()
    watcher.join()
    print((peak - before) / 1e6)


def main() -> None:
    parser = argparse.ArgumentParser(description="Benchmark the engine against its peers.")
    parser.add_argument("--depths", type=int, nargs="+", default=[18, 50])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--peak", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        return print_peak(options.depths[0], options.peak)
    for depth in options.depths:
        seconds = medians(contenders(depth), options.runs)
        print(f"\nResNet-{depth}, 224 px, {torch.get_num_threads()} threads")
        for name, value in seconds.items():
            print(f"  {name:<30}{value * 1e3:8.1f} ms{value / seconds['stock']:8.2f} x stock")
        for what, against, aim in RATIOS:
            ratio = seconds[what] / seconds[against]
            print(f"  {what} / {against}: {ratio:.2f} (aim {aim:.2f}) {'reached' if ratio <= aim else 'MISSED'}")
        ours, theirs = (peak_memory(depth, name) for name in ("IG, 50 steps", "IG, 50 steps, Captum"))
        print(f"  peak memory of IG: {ours:.0f} MB against Captum's {theirs:.0f} MB: {ours / theirs:.2f} (aim 0.33)")


if __name__ == "__main__":
    main()
