"""How much faster a job is by two workers of a Ray cluster than by one: python -m tests.benchmarks.ray_jobs.

Each worker has one processor and one thread. Prints a Markdown table: how long it takes until the first pictures are written,
while Ray, imports and the network are loaded; pictures a second from then on; and the ratio to one worker, which should be at
least 1.7 of two workers where two processors are free.
"""

import argparse
import tempfile
import time
from pathlib import Path

import ray

import lrp
from lrp.jobs.job import JobSettings
from lrp.jobs.listing import list_pictures
from lrp.jobs.ray_driver import explain_by_driver
from lrp.jobs.ray_workers import JobPlan
from lrp.jobs.store import open_store
from lrp.models.network_source import NetworkSource
from tests.benchmarks.jobs import write_photos


def rates(job: JobSettings, source: NetworkSource, photos: Path, store: Path, workers: int) -> tuple[float, float]:
    """The seconds until the first pictures are there, and pictures a second after them."""
    ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        address = ray.get_runtime_context().gcs_address
        start = time.perf_counter()
        first, explained, before = 0.0, 0, 0
        with open_store(store, job, list_pictures([str(photos)])) as opened:
            for step in explain_by_driver(JobPlan.of(job, source, store), [shard.number for shard in opened.shards], address):
                explained += step.explained
                if not first and step.written:
                    first, before = time.perf_counter() - start, explained
        return first, (explained - before) / (time.perf_counter() - start - first)
    finally:
        ray.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare one worker of a Ray cluster with two.")
    parser.add_argument("--depth", type=int, default=50, help="of the demo network (default: %(default)s)")
    parser.add_argument("--pictures", type=int, default=256, help="(default: %(default)s)")
    parser.add_argument("--shard", type=int, default=8, help="(default: %(default)s)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="(default: %(default)s)")
    options = parser.parse_args()
    source = NetworkSource(depth=options.depth)
    job = JobSettings(source.load(), (lrp.EpsilonPlusFlat(),), shard=options.shard)
    print("| workers | until the first, s | pictures/s | ratio |\n| ---: | ---: | ---: | ---: |", flush=True)
    alone = 0.0
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        photos.mkdir()
        write_photos(photos, options.pictures)
        for workers in options.workers:
            first, rate = rates(job, source, photos, Path(folder) / f"store {workers}", workers)
            alone = alone or rate
            print(f"| {workers} | {first:.1f} | {rate:.1f} | {rate / alone:.2f} |", flush=True)


if __name__ == "__main__":
    main()
