"""How things are measured: in turns, by medians; memory in processes of their own."""

import argparse
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import psutil
import torch

from lrp.models.device import as_device

# What was let go of returns to the system at once, or work in the room that loading a network left would seem to need none.
FRESH = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"}
SLOW = ("IG", "4 x 4")  # contenders whose names begin so take a fifth of the turns


def medians(
    work: dict[str, Callable[[], object]], runs: int, limit: float, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Seconds of each contender, the median over `runs` turns after one to warm up, or fewer once `limit` seconds are over.

    clock: `time.process_time` counts what the processor spent on the contenders, whatever else the machine does meanwhile.
    """
    times: dict[str, list[float]] = {name: [] for name in work}
    end = time.perf_counter() + limit
    for turn in range(runs + 1):
        if turn > 3 and time.perf_counter() > end:
            break
        for name, run in work.items():
            if name.startswith(SLOW) and turn > max(runs // 5, 3):
                continue
            start = clock()
            run()
            if turn:
                times[name].append(clock() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def add_clock(parser: argparse.ArgumentParser) -> None:
    """Adds the option --processor-time, after which `clock` of the parsed options is one of `medians`."""
    parser.add_argument(
        "--processor-time", dest="clock", action="store_const", const=time.process_time, default=time.perf_counter,
        help="count the processor's time, of all threads, on a machine that does other work",
    )  # fmt: skip


def peak_memory(network: str, batch: int, what: str, device: str = "cpu") -> float:
    """MB that the contender needs above what was held before, measured in a process of its own: of it, or of the accelerator."""
    command = [sys.executable, "-m", "tests.benchmarks.measure", network, str(batch), what, device]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | FRESH)
    return float(done.stdout.split()[-1])


def _peak_of_accelerator(run: Callable[[], object]) -> int:
    """Bytes of tensors on the accelerator at the most, above those from before."""
    before = torch.accelerator.memory_allocated()
    torch.accelerator.reset_peak_memory_stats()
    run()
    return torch.accelerator.max_memory_allocated() - before


def main() -> None:
    from tests.benchmarks.engine import contenders

    parser = argparse.ArgumentParser(description="Print the peak memory of one contender, in MB.")
    parser.add_argument("network")
    parser.add_argument("batch", type=int)
    parser.add_argument("what")
    parser.add_argument("device", nargs="?", default="cpu")
    options = parser.parse_args()
    device = as_device(options.device)
    process, run = psutil.Process(), contenders(options.network, options.batch, device)[options.what]
    if device.type != "cpu":
        print(_peak_of_accelerator(run) / 1e6)
        return
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


if __name__ == "__main__":
    main()
