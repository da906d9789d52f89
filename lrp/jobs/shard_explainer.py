"""Explains the pictures of one shard in batches, and has their rows and maps made by another thread."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import torch

from lrp.jobs.batch import BatchResult, explain_batch
from lrp.jobs.channels import Channels, measured_channels
from lrp.jobs.curves import Curves, measured_curves
from lrp.jobs.job import JobSettings
from lrp.jobs.reading import Loaded
from lrp.jobs.rows import JobPicture, RowMaker, ShardResults
from lrp.jobs.shards import Shard
from lrp.network.forward_pass import trace
from lrp.network.out_of_memory import OUT_OF_MEMORY, is_out_of_memory
from lrp.pictures.decode import InputError


class ExplainedPart(NamedTuple):
    """Some pictures of a shard that have been explained or refused, and what the other thread makes of them."""

    pictures: int
    made: "Future[ShardResults]"


class ShardExplainer:
    """Explains shards of a job. maker: the thread that makes rows and maps."""

    def __init__(self, job: JobSettings, maker: ThreadPoolExecutor) -> None:
        self._job, self._maker, self._rows = job, maker, RowMaker(job)

    def explain(self, shard: Shard, pictures: Iterable[Loaded]) -> Iterator[ExplainedPart]:
        """Yields the parts of a shard, whose pictures are given in order."""
        batch: list[JobPicture] = []
        for position, loaded in zip(shard.positions, pictures, strict=True):
            try:
                batch.append(JobPicture(position, loaded, self._rows.target(loaded)))
            except InputError as error:
                yield self._refused(JobPicture(position, loaded), str(error))
            if len(batch) == self._job.batch:
                yield from self._explained(batch)
                batch = []
        if batch:
            yield from self._explained(batch)

    def _refused(self, picture: JobPicture, problem: str) -> ExplainedPart:
        return ExplainedPart(1, self._maker.submit(self._rows.refused, picture, problem))

    def _explained(self, batch: list[JobPicture]) -> Iterator[ExplainedPart]:
        try:
            computed = self._computed(batch)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
        else:
            yield ExplainedPart(len(batch), self._maker.submit(self._rows.explained, batch, *computed))
            return
        if len(batch) == 1:
            yield self._refused(batch[0], OUT_OF_MEMORY)
            return
        half = len(batch) // 2
        yield from self._explained(batch[:half])
        yield from self._explained(batch[half:])

    def _computed(self, batch: list[JobPicture]) -> tuple[BatchResult, Curves, Channels]:
        job = self._job
        x = torch.cat([picture.loaded.x for picture in batch if picture.loaded.x is not None])
        labels = tuple(picture.target for picture in batch if picture.target is not None)
        choice = replace(job.choice, target=labels) if job.class_from_folder else job.choice
        forward = trace(job.backbone, x)
        result = explain_batch(job.backbone, forward, choice, job.methods)
        channels = measured_channels(forward, result, job.channels) if job.channels else {}
        del forward
        return result, measured_curves(job.backbone, result) if job.faithfulness else {}, channels
