"""How much memory a job takes as it goes on: python -m tests.load.job --pictures 10000.

Writes small pictures, explains them into a store in a process of its own, and reads that process's memory after every shard.
Prints the memory after each tenth of the pictures, and fails if it grew by more than LIMIT after the first.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

LIMIT = 40_000_000  # bytes, which ten thousand maps of 32 x 32 by one method would take in single precision
WORK = """
import sys
from pathlib import Path
import psutil
import lrp
from lrp.jobs.job import JobSettings
from lrp.jobs.listing import list_pictures
from lrp.jobs.pipeline import explain_shards
from lrp.jobs.store import open_store

photos, weights, store = sys.argv[1:]
job = JobSettings(lrp.load_backbone(18, weights), (lrp.EpsilonPlusFlat(), lrp.Saliency()), batch=16)
process = psutil.Process()
with open_store(Path(store), job, list_pictures([photos])) as opened:
    for step in explain_shards(job, opened, opened.shards):
        if step.written:
            print(process.memory_info().rss + sum(child.memory_info().rss for child in process.children()), flush=True)
"""


def memory_of_job(photos: Path, weights: Path, store: Path) -> list[int]:
    """The bytes that the job's process and its decoders have after each shard."""
    command = [sys.executable, "-c", WORK, str(photos), str(weights), str(store)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return list(map(int, done.stdout.split()))


def write_photos(folder: Path, count: int) -> None:
    """Writes so many pictures of 48 x 40 pixels, in folders of a thousand."""
    generator = np.random.default_rng(0)
    for i in range(count):
        place = folder / f"{i // 1000:03}"
        place.mkdir(exist_ok=True)
        Image.fromarray(generator.integers(0, 256, (40, 48, 3), dtype=np.uint8)).save(place / f"{i:06}.png", compress_level=1)


def growth(memory: list[int]) -> int:
    """By how many bytes the memory grew after the first tenth of the shards, the largest against the largest."""
    tenth = max(2, len(memory) // 10)
    return max(memory[tenth:]) - max(memory[:tenth])


def main() -> int:
    from tests.small import write_small

    parser = argparse.ArgumentParser(description="Measure the memory of a job as it goes on.")
    parser.add_argument("--pictures", type=int, default=10_000, help="(default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        photos.mkdir()
        write_photos(photos, options.pictures)
        memory = memory_of_job(photos, write_small(Path(folder), 18), Path(folder) / "store")
    for share in range(1, 11):
        place = max(0, len(memory) * share // 10 - 1)
        print(f"{share * 10:3} % of {options.pictures} pictures: {memory[place] / 1e6:.0f} MB")
    print(f"growth after the first tenth: {growth(memory) / 1e6:.1f} MB, of at most {LIMIT / 1e6:.0f}")
    return int(growth(memory) > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
