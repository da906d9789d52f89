"""A short run of the load test of jobs; the long one is python -m tests.load.job."""

from pathlib import Path

import pytest

from tests.load.job import LIMIT, growth, memory_of_job, write_photos
from tests.small import write_small


def test_memory_is_flat_over_many_small_pictures(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    write_photos(photos, 800)
    memory = memory_of_job(photos, write_small(tmp_path, 18), tmp_path / "store")
    assert len(memory) == 13
    assert growth(memory) < LIMIT


@pytest.mark.parametrize(("memory", "grown"), [([5, 9, 8, 9], 0), ([5, 9, 12, 3], 3), ([100, *range(100, 200)], 91)])
def test_growth_is_judged_after_the_beginning(memory: list[int], grown: int) -> None:
    assert growth(memory) == grown
