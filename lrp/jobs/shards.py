"""The parts of a job that are done and written as one."""

from collections.abc import Sequence
from typing import NamedTuple

from lrp.jobs.job import json_sha256
from lrp.jobs.listing import SourceFile


class Shard(NamedTuple):
    """Pictures that are explained and written together.

    number: from 0. start: the position of the first picture in the store. entries: the pictures. digest: of the settings of the
    job and of what is known of the pictures, so that other settings, pictures or contents are told from it.
    """

    number: int
    start: int
    entries: Sequence[SourceFile]
    digest: str

    @property
    def positions(self) -> range:
        """The positions of its pictures in the store."""
        return range(self.start, self.start + len(self.entries))


def shards_of(entries: Sequence[SourceFile], size: int, settings_digest: str) -> list[Shard]:
    """Returns the shards of pictures, `size` in each but the last."""
    starts = range(0, len(entries), size)
    return [_shard(number, start, entries[start : start + size], settings_digest) for number, start in enumerate(starts)]


def _shard(number: int, start: int, entries: Sequence[SourceFile], settings_digest: str) -> Shard:
    shown = [[entry.file.encode("utf-8", "surrogateescape").hex(), *entry[1:]] for entry in entries]
    return Shard(number, start, entries, json_sha256([settings_digest, start, shown]))
