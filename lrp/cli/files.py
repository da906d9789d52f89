"""Files by name: pictures read, and results written so that no file of somebody else is lost."""

import itertools
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from lrp.pictures.decode import InputError

LARGEST = 500_000_000  # bytes; no format needs as many for the most pixels that are taken
SUFFIXES = (".json", ".npz", ".png")


class OutputError(RuntimeError):
    """Results that cannot be written; its message is one plain sentence with a way on."""


def read(file: str) -> bytes:
    """Returns the bytes of a file. Raises InputError with a sentence if they cannot be had, and for a link."""
    if re.match(r"\w+://", file):
        raise InputError("Links are not opened here; save the file first, then name it.")
    try:
        if Path(file).stat().st_size > LARGEST:
            raise InputError(f"This file has more than {LARGEST // 10**6} MB; make the picture smaller and try again.")
        return Path(file).read_bytes()
    except OSError as error:
        raise InputError(f"This file cannot be read ({(error.strerror or 'no reason given').lower()}); check the path.") from None


def output_names(files: Sequence[str], folder: Path) -> list[str]:
    """Returns a name in `folder` for the results of each file: its stem, or stem-2 and so on where that is taken.

    Taken is what another of the files got, and what would overwrite one of them or anything else than earlier results.
    """
    sources = {os.path.realpath(file) for file in files}
    names: list[str] = []
    taken: set[str] = set()
    for file in files:
        stem = Path(file).stem or "picture"
        wanted = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
        names.append(next(name for name in wanted if name.casefold() not in taken and _is_free(folder / name, sources)))
        taken.add(names[-1].casefold())
    return names


def write(base: Path, contents: Sequence[bytes]) -> None:
    """Writes the record, numbers and sheet of a picture to `base` with each of SUFFIXES added. Raises OutputError."""
    # The record comes first, so that what a broken run leaves behind is known as ours.
    try:
        base.parent.mkdir(parents=True, exist_ok=True)
        for path, content in zip(_paths(base), contents, strict=True):
            path.write_bytes(content)
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        raise OutputError(f"The results cannot be written to {base.parent} ({reason}); choose another folder.") from None


def printable(file: str) -> str:
    """The name with a question mark for what is not UTF-8; on disk, names can be any bytes."""
    return file.encode(errors="replace").decode()


def _is_free(base: Path, sources: set[str]) -> bool:
    paths = _paths(base)
    if sources & {os.path.realpath(path) for path in paths}:
        return False
    return _is_record(paths[0]) or not any(map(os.path.lexists, paths))


def _is_record(path: Path) -> bool:
    """Whether this is the record of an earlier run, which may be replaced, and not somebody's own file."""
    try:
        return "explained class" in json.loads(path.read_bytes())["settings"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return False


def _paths(base: Path) -> list[Path]:
    return [Path(f"{base}{suffix}") for suffix in SUFFIXES]
