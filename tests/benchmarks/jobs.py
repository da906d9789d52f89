"""How fast a job is against the engine alone: python -m tests.benchmarks.jobs.

Both explain the same pictures in batches of the same size: the job from JPEG files to a store, the engine from inputs that are in
memory. They take turns. Prints a Markdown table of pictures a second, the medians, and the ratio, which should be at least 0.85.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch
from PIL import Image
from skimage import data

import lrp
from lrp.jobs.job import Job
from lrp.jobs.listing import Entry, list_pictures
from lrp.jobs.pipeline import explain_shards
from lrp.jobs.store import open_store
from tests.processor import instruction_sets

NEEDED = 0.85
METHODS = {
    "epsilon-plus-flat": (lrp.EpsilonPlusFlat(),),
    "the usual three": (lrp.UniformEpsilon(), lrp.EpsilonPlusFlat(), lrp.IntegratedGradients()),
}
PHOTOS = (data.chelsea, data.coffee, data.rocket, data.astronaut)  # 451 x 300 to 640 x 427 pixels


def write_photos(folder: Path, count: int) -> None:
    """Writes so many JPEG files of photos, no two of them alike."""
    for i in range(count):
        photo = Image.fromarray(PHOTOS[i % len(PHOTOS)]())
        photo.rotate(i / len(PHOTOS), Image.Resampling.BILINEAR).save(folder / f"{i:05}.jpg", quality=90)


def engine_rate(job: Job, inputs: torch.Tensor) -> float:
    """Pictures a second of the engine alone."""
    start = time.perf_counter()
    for batch in inputs.split(job.batch):
        lrp.explain_batch(job.backbone, batch, None, job.methods)
    if inputs.is_cuda:
        torch.cuda.synchronize()
    return len(inputs) / (time.perf_counter() - start)


def job_rate(job: Job, entries: list[Entry], store: Path) -> float:
    """Pictures a second of the job, from the files to the finished store."""
    start = time.perf_counter()
    with open_store(store, job, entries) as opened:
        for _ in explain_shards(job, opened, opened.shards):
            pass
    return len(entries) / (time.perf_counter() - start)


def compare(job: Job, entries: list[Entry], turns: int) -> tuple[float, float]:
    """The median rates of engine and job."""
    inputs = torch.cat([job.backbone.preprocess(Image.open(entry.file)) for entry in entries])
    engine_rate(job, inputs[: job.batch])
    rates: list[tuple[float, float]] = []
    for _ in range(turns):
        with tempfile.TemporaryDirectory() as folder:
            rates.append((engine_rate(job, inputs), job_rate(job, entries, Path(folder) / "store")))
    engine, whole = zip(*rates, strict=True)
    return statistics.median(engine), statistics.median(whole)


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare a job with the engine alone.")
    parser.add_argument("--networks", nargs="+", default=["18", "50", "efficientnet_lite0"], help="depths of the demo, or names")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--pictures", type=int, default=128, help="(default: %(default)s)")
    parser.add_argument("--batch", type=int, default=8, help="(default: %(default)s)")
    parser.add_argument("--turns", type=int, default=3, help="(default: %(default)s)")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    print(f"{instruction_sets()}, {torch.get_num_threads()} thread(s), {options.device}, batches of {options.batch}\n")
    print("| network | methods | engine, pictures/s | job, pictures/s | ratio |")
    print("| --- | --- | ---: | ---: | ---: |", flush=True)
    worst = 1.0
    with tempfile.TemporaryDirectory() as folder:
        write_photos(Path(folder), options.pictures)
        entries = list_pictures([folder])
        for name in options.networks:
            backbone = (lrp.load_backbone(int(name)) if name.isdigit() else lrp.load_network(name)).to(options.device)
            for title in options.methods:
                job = Job(backbone, METHODS[title], batch=options.batch)
                engine, whole = compare(job, entries, options.turns)
                worst = min(worst, whole / engine)
                print(f"| {backbone.name} | {title} | {engine:.1f} | {whole:.1f} | {whole / engine:.2f} |", flush=True)
    return int(worst < NEEDED)


if __name__ == "__main__":
    sys.exit(main())
