"""How fast a job is against the engine alone: python -m tests.benchmarks.jobs.

Both explain the same pictures in batches of the same size: the job from JPEG files to a store, the engine from inputs that are in
memory. They take turns. Prints a Markdown table of pictures a second, the medians, and the ratio, which should be at least 0.85;
and the engine's share of the job's processor time, decoders included, which other work on the machine disturbs less.
"""

import argparse
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import torch
from PIL import Image
from skimage import data

import lrp
from lrp._torchvision import torchvision
from lrp.jobs.job import JobSettings
from lrp.jobs.listing import SourceFile, list_pictures
from lrp.jobs.pipeline import explain_shards
from lrp.jobs.store import open_store
from tests.processor import instruction_sets

NEEDED = 0.85
FULL = "full-resnet50"  # of torchvision's width, with random weights, which cost what trained ones do
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


def network_of(name: str) -> lrp.Backbone:
    """The demo network of a depth, that of a name, or the one of full width."""
    if name == FULL:
        return lrp.Backbone.of(torchvision.models.resnet50().eval(), name="ResNet-50, full width, random weights")
    return lrp.load_backbone(int(name)) if name.isdigit() else lrp.load_network(name)


class Cost(NamedTuple):
    """Seconds, and those of all processors together, a picture."""

    wall: float
    processor: float


class Watch:
    """Measures from when it is made."""

    def __init__(self) -> None:
        self._begin = self._now()

    def cost(self, pictures: int) -> Cost:
        return Cost(*((now - then) / pictures for now, then in zip(self._now(), self._begin, strict=True)))

    @staticmethod
    def _now() -> tuple[float, float]:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return time.perf_counter(), sum(each.ru_utime + each.ru_stime for each in used)


def engine_cost(job: JobSettings, inputs: torch.Tensor) -> Cost:
    """What the engine alone takes."""
    watch = Watch()
    for batch in inputs.split(job.batch):
        lrp.explain_batch(job.backbone, batch, None, job.methods)
    if inputs.is_cuda:
        torch.cuda.synchronize()
    return watch.cost(len(inputs))


def job_cost(job: JobSettings, entries: list[SourceFile], store: Path) -> Cost:
    """What the job takes, from the files to the finished store."""
    watch = Watch()
    with open_store(store, job, entries) as opened:
        for _ in explain_shards(job, opened, opened.shards):
            pass
    return watch.cost(len(entries))


def compare(job: JobSettings, entries: list[SourceFile], turns: int) -> tuple[Cost, Cost]:
    """The median costs of engine and job."""
    inputs = torch.cat([job.backbone.preprocess(Image.open(entry.file)) for entry in entries])
    engine_cost(job, inputs[: job.batch])
    with tempfile.TemporaryDirectory() as folder:  # loads the libraries that write
        job_cost(job, entries[: job.batch], Path(folder) / "store")
    costs: list[tuple[Cost, Cost]] = []
    for _ in range(turns):
        with tempfile.TemporaryDirectory() as folder:
            costs.append((engine_cost(job, inputs), job_cost(job, entries, Path(folder) / "store")))
    engine, whole = (Cost(*map(statistics.median, zip(*own, strict=True))) for own in zip(*costs, strict=True))
    return engine, whole


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare a job with the engine alone.")
    parser.add_argument("--networks", nargs="+", default=["18", "50", "efficientnet_lite0", FULL], help="(default: %(default)s)")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--pictures", type=int, default=128, help="(default: %(default)s)")
    parser.add_argument("--batch", type=int, default=8, help="(default: %(default)s)")
    parser.add_argument("--turns", type=int, default=3, help="(default: %(default)s)")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    print(f"{instruction_sets()}, {torch.get_num_threads()} thread(s), {options.device}, batches of {options.batch}\n")
    print("| network | methods | engine, pictures/s | job, pictures/s | ratio | processor time |")
    print("| --- | --- | ---: | ---: | ---: | ---: |", flush=True)
    worst = 1.0
    with tempfile.TemporaryDirectory() as folder:
        write_photos(Path(folder), options.pictures)
        entries = list_pictures([folder])
        for name in options.networks:
            backbone = network_of(name).to(options.device)
            for title in options.methods:
                job = JobSettings(backbone, METHODS[title], batch=options.batch)
                engine, whole = compare(job, entries, options.turns)
                ratio, share = engine.wall / whole.wall, engine.processor / whole.processor
                worst = min(worst, ratio)
                cells = (backbone.name, title, f"{1 / engine.wall:.1f}", f"{1 / whole.wall:.1f}", f"{ratio:.2f}", f"{share:.2f}")
                print(f"| {' | '.join(cells)} |", flush=True)
    return int(worst < NEEDED)


if __name__ == "__main__":
    sys.exit(main())
