"""Time and memory of the engine against its peers: python -m tests.benchmarks.engine [--networks resnet18 vgg16] [--batch 1 16].

All contenders run in one process on the same pictures and take turns, so that whatever else the machine does meets them alike;
figures are medians and ratios of medians. Peak memory is measured apart, each contender in a process of its own. Networks:
resnet18, 34, 50, 101, 152 and vgg16, of full width with random weights, those of MODERN (contenders.py) without Zennit, which has
no rules for them, and demo18 and so on, the bundled ones, at their size.
On an accelerator, --device cuda, memory is that of its tensors.
"""

import argparse
import os
import sys

import torch

from lrp.models.device import as_device
from tests.benchmarks.contenders import MODERN, OTHER, Contender, of, several
from tests.benchmarks.measure import add_clock, medians, peak_memory
from tests.processor import ISAS, instruction_sets

OF_STOCK = {  # what, and how much longer than one forward pass and input gradient it may take
    "uniform epsilon": 0.92,
    "epsilon plus flat": 1.20,
    "epsilon alpha2 beta1": 1.80,
    "epsilon gamma box": 2.00,
}
# The same for each modern network that has an aim.
OF_STOCK_MODERN = {"efficientnet_b0": {"epsilon plus flat": 1.60}, "vit_b_16": {"attn-lrp": 1.20}}
OF_ZENNIT = 0.28
OF_ONE = {"10 classes": ("epsilon plus flat", 7.5), "16 epsilons": ("uniform epsilon", 11.5)}
OTHERS = (
    ("uniform epsilon, kept trace", "uniform epsilon", 0.75),
    ("epsilon plus flat" + OTHER, "epsilon plus flat", 0.40),
    ("epsilon alpha2 beta1" + OTHER, "epsilon alpha2 beta1", 0.60),
    ("epsilon gamma box" + OTHER, "epsilon gamma box", 0.65),
    ("4 x 4 shifts" + OTHER, "4 x 4 shifts", 0.40),
    ("IG, 50 steps", "IG, 50 steps, Captum", 0.45),
)


def verdict(what: str, ratio: float, aim: float) -> str:
    return f"  {what:<60}{ratio:6.2f}  (aim {aim:.2f}) {'reached' if ratio <= aim else 'MISSED'}"


def report(name: str, seconds: dict[str, float]) -> list[str]:
    """A line for each ratio that has an aim in that network, of those that were measured."""
    aims = OF_STOCK_MODERN.get(name, {} if name in MODERN else OF_STOCK)
    lines = [verdict(f"{what} / stock", seconds[what] / seconds["stock"], aim) for what, aim in aims.items() if what in seconds]
    if name in MODERN:
        return lines
    for what in seconds:
        if f"{what}, Zennit" in seconds:
            lines.append(verdict(f"{what} / Zennit", seconds[what] / seconds[f"{what}, Zennit"], OF_ZENNIT))
    for what, (one, aim) in OF_ONE.items():
        if what in seconds:
            lines.append(verdict(f"{what} / one ({one})", seconds[what] / seconds[one], aim))
    lines += [verdict(f"{a} / {b}", seconds[a] / seconds[b], aim) for a, b, aim in OTHERS if a in seconds and b in seconds]
    return lines


def contenders(name: str, batch: int, device: torch.device) -> dict[str, Contender]:
    """Everything that is measured; several classes and epsilons of one picture, and IG, for a batch of one alone.

    Each waits until the device has done its work, which an accelerator does while the program goes on.
    """
    found = {**of(name, batch, device), **(several(name, device) if batch == 1 else {})}
    return found if device.type == "cpu" else {what: finished(run) for what, run in found.items()}


def finished(run: Contender) -> Contender:
    """The same, done when the accelerator is."""

    def wait() -> object:
        found = run()
        torch.accelerator.synchronize()
        return found

    return wait


def device_of(parser: argparse.ArgumentParser, name: str) -> torch.device:
    """The device of that name; ends the program with a sentence where there is none."""
    try:
        return as_device(name)
    except ValueError as error:
        parser.error(str(error))


def main() -> None:
    parser = argparse.ArgumentParser(description="Benchmark the engine against its peers.")
    parser.add_argument("--networks", nargs="+", default=["resnet18", "resnet50", "resnet152", "vgg16"])
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=90, help="stop a network's turns after this long")
    parser.add_argument("--only", nargs="+", default=[], help="stock, and contenders whose names begin so")
    parser.add_argument("--without", nargs="+", default=[], help="no contenders whose names end so, such as Zennit")
    parser.add_argument("--no-memory", action="store_true", help="leave the peak memory out")
    parser.add_argument("--isa", choices=ISAS, default="native", help="avx2: as a processor without AVX-512 would")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, mps, or auto")
    add_clock(parser)
    options = parser.parse_args()
    device = device_of(parser, options.device)
    if not ISAS[options.isa].items() <= os.environ.items():  # torch reads these when it is loaded
        command = [sys.executable, "-m", "tests.benchmarks.engine", *sys.argv[1:]]
        os.execve(sys.executable, command, os.environ | ISAS[options.isa])
    named = f"{device}" if device.type != "cuda" else f"{device}, {torch.cuda.get_device_name(device)}, without TF32"
    print(f"instruction sets: {instruction_sets()}; device: {named}", flush=True)
    wanted = ("stock", *options.only)
    for name in options.networks:
        for batch in options.batch:
            work = {
                what: run
                for what, run in contenders(name, batch, device).items()
                if (not options.only or what.startswith(wanted)) and not what.endswith(tuple(options.without))
            }
            seconds = medians(work, options.runs, options.seconds, options.clock)
            memory = {} if options.no_memory else {what: peak_memory(name, batch, what, str(device)) for what in work}
            print(f"\n{name}, batch {batch}, {torch.get_num_threads()} threads")
            for what, value in seconds.items():
                peak = f"{memory[what]:8.0f} MB" if what in memory else ""
                print(f"  {what:<32}{value * 1e3:9.1f} ms{value / seconds['stock']:8.2f} x stock{peak}")
            print("\n".join(report(name, seconds) if not options.only or name in MODERN else []), flush=True)


if __name__ == "__main__":
    main()
