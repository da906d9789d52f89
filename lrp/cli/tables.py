"""Tables of many measured pictures: each picture, means over them, and differences between methods."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from typing import Any

from lrp.cli.files import write_new
from lrp.files.regular_file import OutputError, os_reason
from lrp.files.table_bytes import TABLE_SUFFIXES, table_bytes
from lrp.metrics.report import NUMBERS
from lrp.metrics.statistics import paired_difference, spread

TableRow = dict[str, Any]  # column -> a text or a number

TABLES = ("pictures", "summary", "differences")
SHOWN = ("gap", "deletion", "insertion", "gain", "half", "sensitivity", "agreement", "seconds")  # numbers that are printed


def summary(rows: Sequence[TableRow]) -> list[TableRow]:
    """Returns mean, standard deviation and number of pictures for each method and number."""
    by_method = _by_method(rows)
    return [
        {"method": method, "number": number, **asdict(spread([row[number] for row in own]))}
        for method, own in by_method.items()
        for number in NUMBERS
    ]


def differences(rows: Sequence[TableRow]) -> list[TableRow]:
    """Returns the mean difference of each two methods on the same pictures, for each number, with its 95 % bootstrap interval."""
    by_method = _by_method(rows)
    return [
        {"method": first, "versus": second, "number": number, **asdict(paired_difference(
            [row[number] for row in by_method[first]], [row[number] for row in by_method[second]]
        ))}
        for first, second in combinations(by_method, 2)
        for number in NUMBERS
    ]  # fmt: skip


def check_folder(folder: Path) -> None:
    """Raises OutputError if a table would overwrite a file of the folder."""
    for path in _table_paths(folder):
        if os.path.lexists(path):
            raise OutputError(f"{path} exists already and would be overwritten; move it, or choose another folder by --out.")


def write_tables(folder: Path, rows: Sequence[TableRow]) -> list[Path]:
    """Writes pictures, summary and differences to `folder`, each as CSV and as Parquet, all of them or none.

    Returns their paths: with -2 and so on in their names if others have come there meanwhile. Raises OutputError.
    """
    import pyarrow

    tables = [pyarrow.Table.from_pylist(list(part)) for part in (rows, summary(rows), differences(rows)) if part]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return write_new({
            folder / f"{name}{suffix}": table_bytes(table, suffix)
            for name, table in zip(TABLES, tables, strict=False)
            for suffix in TABLE_SUFFIXES
        })  # fmt: skip
    except OSError as error:
        raise OutputError(f"The tables cannot be written to {folder} ({os_reason(error)}); choose another folder.") from None


def means_in_words(rows: Sequence[TableRow]) -> list[str]:
    """Returns the means over the pictures as lines of text: a heading, then a line for each method."""
    means: dict[str, TableRow] = {}
    for row in summary(rows):
        means.setdefault(row["method"], {})[row["number"]] = row["mean"]
    width = max(map(len, means), default=0)
    lines = [" " * width + "".join(f"{name:>12}" for name in SHOWN)]
    for method, numbers in means.items():
        lines.append(f"{method:<{width}}" + "".join(f"{numbers[name]:12.3f}" for name in SHOWN))
    return lines


def _by_method(rows: Sequence[TableRow]) -> dict[str, list[TableRow]]:
    by_method: dict[str, list[TableRow]] = {}
    for row in rows:
        by_method.setdefault(row["method"], []).append(row)
    return by_method


def _table_paths(folder: Path) -> list[Path]:
    return [folder / f"{name}{suffix}" for name in TABLES for suffix in TABLE_SUFFIXES]
