"""The Parquet files of a store: which pictures it is about, and the rows of each shard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lrp.files.plain_text import plain_text
from lrp.files.regular_file import open_regular, os_reason, whole_file
from lrp.jobs.attributes import CHOOSE, StoreError
from lrp.jobs.listing import SourceFile
from lrp.jobs.rows import Row

if TYPE_CHECKING:
    import pyarrow

DIGEST = b"lrp shard sha256"  # the key of a file's own metadata


def write_pictures(path: Path, entries: Sequence[SourceFile]) -> None:
    """Writes the pictures of a store, in the order of their positions."""
    import pyarrow as pa

    # The name of a file is bytes, which need not be UTF-8.
    files = [entry.file.encode("utf-8", "surrogateescape") for entry in entries]
    sizes, modified, folders = (pa.array([entry[i] for entry in entries], kind) for i, kind in _KINDS())
    _write(path, pa.table([pa.array(files, pa.binary()), sizes, modified, folders], names=list(SourceFile._fields)))


def read_pictures(path: Path) -> list[SourceFile]:
    """Returns the pictures of a store, in the order of their positions. Raises StoreError where they cannot be read."""
    try:
        columns = _read(path).to_pydict()
        columns["file"] = [name.decode("utf-8", "surrogateescape") for name in columns["file"]]
        return list(map(SourceFile, *(columns[name] for name in SourceFile._fields)))
    except Exception as error:  # whatever damaged bytes lead the library to
        shown, reason = plain_text(str(path)), os_reason(error) if isinstance(error, OSError) else type(error).__name__
        raise StoreError(f"{shown} cannot be read ({reason}), which says of what the maps there are; {CHOOSE}.") from None


def write_rows(path: Path, rows: Sequence[Row], schema: pyarrow.Schema, digest: str) -> None:
    """Writes the rows of a shard, whole or not at all. digest: of the shard, by which `read_rows` tells it."""
    import pyarrow as pa

    _write(path, pa.Table.from_pylist(list(rows), schema.with_metadata({DIGEST: digest.encode()})))


def read_rows(path: Path) -> tuple[pyarrow.Table, str]:
    """Returns the rows of a shard and its digest."""
    table = _read(path)
    return table, (table.schema.metadata or {}).get(DIGEST, b"").decode()


def _KINDS() -> list[tuple[int, pyarrow.DataType]]:
    import pyarrow as pa

    return [(1, pa.int64()), (2, pa.int64()), (3, pa.string())]


def _write(path: Path, table: pyarrow.Table) -> None:
    import pyarrow.parquet

    with whole_file(path) as file:
        pyarrow.parquet.write_table(table, file, write_page_checksum=True)


def _read(path: Path) -> pyarrow.Table:
    import pyarrow.parquet

    with open_regular(path) as file:
        return pyarrow.parquet.read_table(file, page_checksum_verification=True)
