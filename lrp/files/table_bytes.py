"""Tables as the bytes of files, by the suffix of the file's name."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow

TABLE_SUFFIXES = (".csv", ".parquet")


def table_bytes(table: pyarrow.Table, suffix: str) -> bytes:
    """Returns a table as a file whose name ends with one of TABLE_SUFFIXES. Raises ValueError for another suffix."""
    import pyarrow.csv
    import pyarrow.parquet

    if suffix not in TABLE_SUFFIXES:
        raise ValueError(f"suffix must be one of {', '.join(TABLE_SUFFIXES)}, got {suffix!r}")
    buffer = BytesIO()
    (pyarrow.csv.write_csv if suffix == ".csv" else pyarrow.parquet.write_table)(table, buffer)
    return buffer.getvalue()
