"""The folder that results of pictures are written to: what they are called there, and what they may replace."""

import itertools
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lrp.cli.files import result_stem
from lrp.files.folder_lock import folder_lock
from lrp.files.regular_file import OutputError, os_reason, read_regular, write_whole

SUFFIXES = (".json", ".npz", ".png")  # of the files that each picture gets: record, numbers and sheet
MAX_RECORD = 10_000_000  # bytes

Mark = tuple[int, int]  # which file a record is, and when it was written


class ResultFolder:
    """Writes the results of one run. A picture's results are called by its stem, or stem-2 and so on where that is taken.

    A name is taken if another picture of this run has it, if one of its files is a picture of this run, or if there is anything
    else than an earlier result of the same picture: those of other pictures stay, and so do those that another run has written
    since this one began.
    """

    def __init__(self, folder: Path, files: Sequence[str]) -> None:
        """files: the pictures of the run, none of which is ever replaced."""
        self.folder = folder
        self._pictures = {os.path.realpath(file) for file in files}
        self._taken: set[str] = set()
        records = folder.glob(f"*{SUFFIXES[0]}") if folder.is_dir() else ()
        self._before = {path.name: _mark(path) for path in records}

    def write(self, file: str, key: str, contents: Sequence[bytes]) -> Path:
        """Writes the record, numbers and sheet of the picture in `file`, all of them or none; returns their path without suffix.

        key: of the picture, its SHA-256 or "sample:" and its name. contents: in the order of SUFFIXES. Raises OutputError.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with folder_lock(self.folder):  # held for a moment, in which no other run chooses a name
                name = self.name_for(file, key)
                write_whole(dict(zip(self._paths(name), contents, strict=True)))
        except OSError as error:
            reason = os_reason(error)
            raise OutputError(f"The results cannot be written to {self.folder} ({reason}); choose another folder.") from None
        self._taken.add(name.casefold())
        return self.folder / name

    def name_for(self, file: str, key: str) -> str:
        """Returns the name that results of this picture would get now."""
        stem = result_stem(file)
        wanted = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
        return next(name for name in wanted if name.casefold() not in self._taken and self._is_free(name, key))

    def _is_free(self, name: str, key: str) -> bool:
        paths = self._paths(name)
        if self._pictures & {os.path.realpath(path) for path in paths}:
            return False
        if not any(map(os.path.lexists, paths)):
            return True
        record = paths[0]
        return self._before.get(record.name, ()) == _mark(record) and _picture_of(record) == key

    def _paths(self, name: str) -> list[Path]:
        return [self.folder / f"{name}{suffix}" for suffix in SUFFIXES]


def _picture_of(record: Path) -> str | None:
    """The key of the picture whose results this record is about; None for any other file."""
    try:
        settings: Any = json.loads(read_regular(record, MAX_RECORD))["settings"]
        found = settings["picture sha256 or sample"]
        return found if isinstance(found, str) and "methods" in settings else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _mark(path: Path) -> Mark | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
