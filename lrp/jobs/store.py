"""A store of explanations on disk: maps in Zarr, rows in Parquet, settings as attributes.

STORE/zarr.json          a Zarr v3 group, whose attributes hold the settings of the job
STORE/maps/METHOD/       an array (pictures, H, W) for each method; each picture is a chunk, each shard of pictures a file
STORE/channels/METHOD/   an array (pictures, K) of relevance per channel, where the job keeps it; each shard a chunk
STORE/pictures.parquet   which pictures, in the order of their positions
STORE/rows/000000.parquet   the rows of each shard; written last, so that a shard without it is not there
"""

from __future__ import annotations

import errno
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lrp.files.folder_lock import folder_lock
from lrp.files.plain_text import plain_text
from lrp.files.regular_file import os_reason
from lrp.jobs import tables
from lrp.jobs.attributes import ATTRIBUTE, CHOOSE, StoreError, check_settings, written_attributes
from lrp.jobs.channels import count_channels
from lrp.jobs.job import JobSettings, Settings, json_sha256
from lrp.jobs.listing import SourceFile
from lrp.jobs.rows import ShardResults, map_sha256, schema
from lrp.jobs.shards import Shard, shards_of

if TYPE_CHECKING:
    import pyarrow

MAPS, CHANNELS, PICTURES, ROWS = "maps", "channels", "pictures.parquet", "rows"
OWN = {"zarr.json", MAPS, CHANNELS, PICTURES, ROWS}  # all that there is in a store
HASHES = {MAPS: "map_sha256", CHANNELS: "channels_sha256"}  # the columns of the rows with the hash of what the arrays hold

Arrays = Mapping[tuple[str, str], Any]  # MAPS or CHANNELS, and a method -> an array of Zarr


class ResultStore:
    """A store that a job writes to.

    path: its folder. entries: the pictures, by position. shards: their parts.
    """

    def __init__(self, path: Path, job: JobSettings, entries: Sequence[SourceFile]) -> None:
        self.path, self.entries = path, entries
        self._schema = schema(job.backbone.kind, bool(job.channels))
        self.shards = shards_of(entries, job.shard, json_sha256(job.settings()))
        self._arrays = _arrays(path, job)

    def is_done(self, shard: Shard) -> bool:
        """Returns whether all of a shard is there as its pictures and the settings ask for, and all arrays as the rows say."""
        try:
            rows, digest = tables.read_rows(self._rows_path(shard.number))
            return digest == shard.digest and all(self._is_whole(shard, rows, *place) for place in self._arrays)
        except Exception:  # whatever is wrong with it, it is done again; libraries raise what damaged bytes lead them to
            return False

    def write(self, shard: Shard, results: ShardResults) -> None:
        """Writes the rows of a shard, its maps, and its relevance per channel if that is kept. Raises StoreError with a sentence.

        What was there of it is replaced. A map that is not given is NaN.
        """
        given = {MAPS: results.maps, CHANNELS: results.channels}
        try:
            for (kind, name), array in self._arrays.items():
                block = np.full((len(shard.entries), *array.shape[1:]), np.nan, array.dtype)
                for position, values in given[kind].get(name, {}).items():
                    block[position - shard.start] = values
                # The library would read the file first, which may be damaged.
                self.path.joinpath(kind, name, "c", f"{shard.number}", *["0"] * (array.ndim - 1)).unlink(missing_ok=True)
                array[shard.start : shard.start + len(shard.entries)] = block
            tables.write_rows(self._rows_path(shard.number), results.rows, self._schema, shard.digest)
        except OSError as error:
            raise _not_written(self.path, error) from None

    def _is_whole(self, shard: Shard, rows: pyarrow.Table, kind: str, name: str) -> bool:
        """Whether an array of a method is that of the rows, of which every picture has one for it or one that says why not."""
        own = [row for row in rows.to_pylist() if row["method"] in (name, None)]
        if [row["position"] for row in own] != list(shard.positions):
            return False
        block = self._arrays[kind, name][shard.start : shard.start + len(shard.entries)]
        wanted = [row[HASHES[kind]] for row in own]
        return all(sha256 is None or sha256 == map_sha256(values) for sha256, values in zip(wanted, block, strict=True))

    def _rows_path(self, number: int) -> Path:
        return self.path / ROWS / f"{number:06}.parquet"


@contextmanager
def open_store(path: Path, job: JobSettings, entries: Sequence[SourceFile]) -> Iterator[ResultStore]:
    """Gives the store in a folder, with these pictures added to those that it has; made where there is none.

    Inside, no other run writes to it; one that is left without rows, and holds nothing of others, is removed. A picture that has
    changed takes the place that it had, and one that is no longer named keeps it. Raises StoreError with a sentence for a folder
    with anything else, for a store of other settings or another version, for one whose pictures cannot be read or that another
    run writes to, and for what cannot be written.
    """
    settings = job.settings()
    try:
        if not path.exists() or (path.is_dir() and not any(path.iterdir())):
            _make(path, job, settings, entries)
        check_settings(path, settings)
        with _sole_writer(path):
            _sweep(path)
            merged = _merged(path, job, entries)
            (path / ROWS).mkdir(exist_ok=True)  # what is missing is done again
            try:
                yield ResultStore(path, job, merged)
            finally:
                if _is_without_results(path):  # or its settings, which led to nothing, would have to be repeated
                    shutil.rmtree(path)
    except OSError as error:
        raise _not_written(path, error) from None


def _is_without_results(path: Path) -> bool:
    """Whether a store has no rows, and nothing that a job does not make."""
    return not any((path / ROWS).iterdir()) and {each.name for each in path.iterdir()} <= OWN


def _merged(path: Path, job: JobSettings, entries: Sequence[SourceFile]) -> list[SourceFile]:
    """The pictures of the store, to which those of `entries` are added."""
    known = tables.read_pictures(path / PICTURES)
    merged = list({entry.file: entry for entry in (*known, *entries)}.values())
    if merged != known:
        for array in _arrays(path, job).values():
            array.resize((len(merged), *array.shape[1:]))
        tables.write_pictures(path / PICTURES, merged)
    return merged


@contextmanager
def _sole_writer(path: Path) -> Iterator[None]:
    """Inside, no other run writes to the store. Raises StoreError where one does."""
    with ExitStack() as held:
        try:
            held.enter_context(folder_lock(path, wait=False))
        except BlockingIOError:
            shown = plain_text(str(path))
            raise StoreError(f"Another run is writing to {shown}; wait until it has ended, or {CHOOSE}.") from None
        yield


def _make(path: Path, job: JobSettings, settings: Settings, entries: Sequence[SourceFile]) -> None:
    """Makes a store without rows: under another name first, so that there is never half of one."""
    import zarr
    from zarr.codecs import ZstdCodec

    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".lrp-{secrets.token_hex(8)}.part")
    try:
        group = zarr.create_group(part, attributes={ATTRIBUTE: written_attributes(settings)})
        maps = group.create_group(MAPS)
        for method in job.methods:
            height, width = job.shape
            maps.create_array(
                method.name, shape=(len(entries), height, width), chunks=(1, height, width), dtype=job.dtype,
                shards=(job.shard, height, width), fill_value=float("nan"), compressors=ZstdCodec(level=1),
                dimension_names=("picture", "y", "x"),
            )  # fmt: skip
        if job.channels:
            count = count_channels(job.backbone, job.channels)
            kept = group.create_group(CHANNELS)
            for name in job.channel_methods:
                kept.create_array(
                    name, shape=(len(entries), count), chunks=(job.shard, count), dtype="float32", fill_value=float("nan"),
                    compressors=ZstdCodec(level=1), dimension_names=("picture", "channel"),
                )  # fmt: skip
        (part / ROWS).mkdir()
        tables.write_pictures(part / PICTURES, entries)
        with suppress(FileExistsError):
            _move(part, path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _move(part: Path, path: Path) -> None:
    """Moves a folder to a place that is free or an empty folder. Raises FileExistsError where another run was first."""
    try:
        part.rename(path)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise FileExistsError(error.errno, error.strerror, str(path)) from None
        raise


def _arrays(path: Path, job: JobSettings) -> Arrays:
    """The arrays that a job writes to. Raises StoreError where one is not as a store has it."""
    import zarr

    try:
        group = zarr.open_group(path, mode="r+")
        places = [(MAPS, method.name) for method in job.methods] + [(CHANNELS, name) for name in job.channel_methods]
        return {(kind, name): group[f"{kind}/{name}"] for kind, name in places}
    except Exception as error:  # whatever damaged files lead the library to
        shown = plain_text(str(path))
        raise StoreError(f"{shown} cannot be read as a store ({type(error).__name__}); {CHOOSE}.") from None


def _sweep(path: Path) -> None:
    """Removes what a killed run left half written."""
    for pattern in ("**/*.partial", "**/.lrp-*.part"):
        for file in path.glob(pattern):
            with suppress(OSError):
                file.unlink()


def _not_written(path: Path, error: OSError) -> StoreError:
    shown = plain_text(str(path))
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(f"There is no room left for {shown}; make some, and the same command goes on where this stopped.")
    return StoreError(f"{shown} cannot be written ({os_reason(error)}); {CHOOSE}.")
