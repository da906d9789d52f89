"""A job on a Ray cluster: workers that each build the network once, explain shards, and write them to the store themselves."""

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrp.files.regular_file import OutputError, os_reason
from lrp.jobs.attributes import StoreError
from lrp.jobs.job import JobSettings, json_sha256
from lrp.jobs.pipeline import JobProgress, explain_shards
from lrp.jobs.ray_cluster import AUTO, ClusterError, cluster
from lrp.jobs.reading import Reader
from lrp.jobs.sent_network import SentNetwork
from lrp.jobs.store import PICTURES, ResultStore
from lrp.jobs.tables import read_pictures
from lrp.models.network_source import NetworkSource
from lrp.models.weights import WeightsError

AT_ONCE = 2  # shards that a worker is given at once: more read ahead, fewer are lost with a worker

Numbers = dict[str, NDArray[Any]]  # a batch of Ray Data: column -> values


@dataclass(frozen=True)
class JobPlan:
    """A job as values that can be sent, from which a worker builds it again.

    network: of the job. given: the other settings of `lrp.jobs.job.JobSettings`. digest: of all settings, by which a worker knows
    whether it has the same network. store: the folder of the store, which every worker must reach at this path.
    """

    network: SentNetwork
    given: Mapping[str, Any]
    digest: str
    store: Path

    @classmethod
    def of(cls, job: JobSettings, source: NetworkSource, store: Path) -> "JobPlan":
        """Returns the plan of a job whose network comes from `source`."""
        given = {field.name: getattr(job, field.name) for field in fields(job) if field.name != "backbone"}
        return cls(SentNetwork.of(job.backbone, source), given, json_sha256(job.settings()), store.resolve())

    def job(self) -> JobSettings:
        """Builds the job, and its network. Raises ClusterError where that is another network than the plan was made of."""
        job = JobSettings(self.network.load(), **self.given)
        if json_sha256(job.settings()) != self.digest:
            raise ClusterError("A worker has another network than this store is of; give all machines the same weights there.")
        return job


class ShardWorker:
    """What `map_batches` of Ray Data calls: explains the shards whose numbers it is given, in a process of its own."""

    def __init__(self, plan: JobPlan) -> None:
        self._refused = ""  # the sentence on what is wrong: what this raised, Ray would try again and again
        try:
            self._job = plan.job()
            self._store = ResultStore(plan.store, self._job, read_pictures(plan.store / PICTURES))
            self._reader = Reader(self._job.backbone)
        except (OutputError, OSError, ValueError, WeightsError) as error:
            self._refused = reason_of(error)

    def __call__(self, batch: Numbers) -> Numbers:
        """Returns, of the shards numbered in column "shard", what of them was explained and written, as steps.

        And in column "refused" the sentence on what ended the work, "" where nothing did.
        """
        found = list[JobProgress]()
        try:
            if not self._refused:
                shards = [self._store.shards[number] for number in batch["shard"]]
                with closing(explain_shards(self._job, self._store, shards, self._reader)) as steps:
                    found.extend(steps)
        except (OutputError, ValueError) as error:
            self._refused = reason_of(error)
        rows = [(step.explained, step.written, json.dumps(list(step.problems)), "") for step in found]
        if self._refused:
            rows.append((0, 0, "[]", self._refused))
        columns = zip((*JobProgress._fields, "refused"), zip(*rows, strict=True), strict=True)
        return {name: np.array(values) for name, values in columns}


def reason_of(error: Exception) -> str:
    """Returns the sentence on what a worker cannot do."""
    return f"{error.filename}: {os_reason(error)}." if isinstance(error, OSError) else str(error)


def explain_on_ray(
    plan: JobPlan, shards: Sequence[int], address: str = AUTO, cores: int = 1
) -> Generator[JobProgress, None, None]:
    """Explains the shards of these numbers by the workers of a Ray cluster, in any order; yields what has been done.

    address: of the cluster; AUTO for the one that this machine belongs to, or else for one of its own processors. cores: of each
    worker, which are also the threads of torch there; on accelerators there is one worker for each. A worker that ends is
    replaced, and its shards are done again. Raises ClusterError where there is no Ray or no such cluster, or where it ends, and
    StoreError with the sentence of a worker that cannot go on.
    """
    with cluster(address) as ray:
        resources = ray.cluster_resources()
        gpus = int(resources.get("GPU", 0)) if plan.network.source.device != "cpu" else 0
        workers = gpus or int(resources.get("CPU", 1) // cores)
        numbers = ray.data.from_items([{"shard": number} for number in shards], override_num_blocks=len(shards))
        done = numbers.map_batches(
            ShardWorker, fn_constructor_args=(plan,), batch_size=AT_ONCE, num_cpus=cores, num_gpus=int(gpus > 0),
            compute=ray.data.ActorPoolStrategy(size=max(1, min(workers, len(shards)))),
        )  # fmt: skip
        for row in done.iter_rows():
            if row["refused"]:
                raise StoreError(str(row["refused"]))
            yield JobProgress(int(row["explained"]), int(row["written"]), json.loads(row["problems"]))
