"""The explanation of a folder of pictures as work of the queue: done here, or sent to a Ray cluster."""

from collections.abc import Generator, Hashable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lrp.files.regular_file import OutputError
from lrp.jobs.job import JobSettings, json_sha256
from lrp.jobs.listing import SourceFile
from lrp.jobs.pipeline import JobProgress, explain_shards
from lrp.jobs.ray_driver import explain_by_driver
from lrp.jobs.ray_workers import JobPlan
from lrp.jobs.shards import Shard
from lrp.jobs.store import ResultStore, open_store
from lrp.progress import Progress
from pages.parts.dataset.stores import Source
from pages.parts.work import forecast
from pages.parts.work.cluster import cluster_address, source_of
from pages.parts.work.question import RefusedTask, Task


@dataclass(frozen=True)
class Written:
    """A job that has ended. store: the name of its store in the operator's folder."""

    store: str


def job_task(root: Path, source: Source, job: JobSettings, entries: list[SourceFile], asked: str) -> Task:
    """Returns a task that explains the pictures into a store of the operator's folder: Written, or RefusedTask.

    By the workers of the Ray cluster that LRP_RAY_ADDRESS names, if it does. Either goes on with what the other has begun.
    asked: how many pictures were asked for, which is all that the key says of them: a task that runs goes on when the folder
    changes meanwhile.
    """
    name = f"{source.path.name}_{job.backbone.name}_{job.methods[0].name}_{json_sha256(job.settings())[:8]}".replace("/", "-")
    seconds = len(entries) * forecast.expected_in(job.backbone, job.methods[0])

    def work(progress: Progress | None) -> Written | RefusedTask:
        done = 0
        try:
            with open_store(root / name, job, entries) as store:
                todo = [shard for shard in store.shards if not store.is_done(shard)]
                total = max(1, sum(len(shard.entries) for shard in todo))
                with closing(_steps(job, store, todo)) as steps:
                    for step in steps:
                        done += step.explained
                        if progress:
                            progress(done / total)
        except (OutputError, ValueError) as error:
            return RefusedTask(str(error))
        return Written(name)

    key: Hashable = ("data set job", str(root), name, asked)
    label = f"The explanation of {len(entries)} pictures"
    return Task(key, label, True, work, expected_seconds=seconds, elsewhere=bool(cluster_address()))


def _steps(job: JobSettings, store: ResultStore, todo: Sequence[Shard]) -> Generator[JobProgress, None, None]:
    address = cluster_address()
    if not (address and todo):
        return explain_shards(job, store, todo)
    plan = JobPlan.of(job, source_of(job.backbone), store.path)
    return explain_by_driver(plan, [shard.number for shard in todo], address)
