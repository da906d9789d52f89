"""Explains the pictures of a store: read, decoded, explained, measured and written at the same time."""

from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import islice
from typing import NamedTuple

from lrp.jobs.job import JobSettings
from lrp.jobs.prefetch import prefetched
from lrp.jobs.reading import Reader
from lrp.jobs.rows import Row, ShardResults, join_results
from lrp.jobs.shard_explainer import ShardExplainer
from lrp.jobs.shards import Shard
from lrp.jobs.store import ResultStore

READERS = 2  # threads that read pictures, each with a process that decodes them
WRITING = 2  # shards that may wait to be written; more would fill the memory


class JobProgress(NamedTuple):
    """What has been done since the last step.

    explained: how many pictures were explained or refused. written: how many are in the store now. problems: the rows of those
    pictures and maps among them that have no result, with the sentence that says why.
    """

    explained: int
    written: int = 0
    problems: Sequence[Row] = ()


def explain_shards(
    job: JobSettings, store: ResultStore, shards: Sequence[Shard], reader: Reader | None = None
) -> Generator[JobProgress, None, None]:
    """Explains the pictures of the shards and writes them to the store, one shard after the other; yields what has been done.

    While the network computes, the pictures after it are read, and those before it are measured and written. To close the
    iterator stops the work. reader: one that is used again, and closed by the caller. Raises StoreError for what cannot be
    written, and ValueError where a method cannot explain what is asked of this network.
    """
    entries = [entry for shard in shards for entry in shard.entries]
    with ThreadPoolExecutor(READERS) as readers, ThreadPoolExecutor(1) as writer, ExitStack() as own:
        reader = reader or own.enter_context(closing(Reader(job.backbone)))
        explainer, writing = ShardExplainer(job, writer), list[Future[JobProgress]]()
        with closing(prefetched(readers, reader.load, entries, READERS + 2 * job.batch)) as pictures:
            for shard in shards:
                made: list[Future[ShardResults]] = []
                for part in explainer.explain(shard, islice(pictures, len(shard.entries))):
                    made.append(part.made)
                    yield JobProgress(part.pictures)
                writing.append(writer.submit(_write, store, shard, made))
                while len(writing) > WRITING:
                    yield writing.pop(0).result()
        for each in writing:
            yield each.result()


def _write(store: ResultStore, shard: Shard, parts: Sequence["Future[ShardResults]"]) -> JobProgress:
    made = join_results([part.result() for part in parts])  # done: the one thread that makes them is this one
    store.write(shard, made)
    return JobProgress(0, len(shard.entries), [row for row in made.rows if row["problem"]])
