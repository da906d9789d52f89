"""Files on disk: finds and reads pictures, and writes results without overwriting anything but earlier results."""

import itertools
import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from lrp.pictures.decode import InputError

MAX_BYTES = 500_000_000  # bytes; no format needs as many for the most pixels that are taken
RESULT_SUFFIXES = (".json", ".npz", ".png")  # of the files that each picture gets
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".tif", ".tiff", ".gif", ".bmp")


class OutputError(RuntimeError):
    """Raised when results cannot be written; its message is one plain sentence with a remedy."""


def find_pictures(paths: Iterable[str]) -> list[str]:
    """Returns the files named, and for each folder named the pictures in it and below it, in order of their names, once each.

    Raises ValueError for a folder without pictures.
    """
    found: list[str] = []
    for path in paths:
        inside = sorted(str(file) for file in Path(path).rglob("*") if _is_picture(file))
        if Path(path).is_dir() and not inside:
            raise ValueError(f"a folder must hold pictures ({', '.join(PICTURE_SUFFIXES)}), got {printable(path)} with none")
        found += inside or [path]
    return list(dict.fromkeys(found))


def read(file: str) -> bytes:
    """Returns the bytes of a file. Raises InputError for a link, and for a file that cannot be read or is too large."""
    if re.match(r"\w+://", file):
        raise InputError("Links are not opened here; save the file first, then name it.")
    try:
        if Path(file).stat().st_size > MAX_BYTES:
            raise InputError(f"This file has more than {MAX_BYTES // 10**6} MB; make the picture smaller and try again.")
        return Path(file).read_bytes()
    except OSError as error:
        raise InputError(f"This file cannot be read ({os_reason(error)}); check the path.") from None


def output_names(files: Sequence[str], folder: Path) -> list[str]:
    """Returns a name in `folder` for the results of each file: its stem, or stem-2 and so on where that is taken.

    A name is taken if another of the files has it, or if it would overwrite one of them or anything but earlier results.
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
    """Writes the record, numbers and sheet of a picture to `base` with each of RESULT_SUFFIXES added. Raises OutputError."""
    # The record is written first: a later run recognises by it what an interrupted run left behind.
    try:
        base.parent.mkdir(parents=True, exist_ok=True)
        for path, content in zip(_result_paths(base), contents, strict=True):
            path.write_bytes(content)
    except OSError as error:
        reason = os_reason(error)
        raise OutputError(f"The results cannot be written to {base.parent} ({reason}); choose another folder.") from None


def printable(file: str) -> str:
    """Returns the name with question marks for bytes that are not UTF-8."""
    return file.encode(errors="replace").decode()


def os_reason(error: OSError) -> str:
    """Returns the operating system's reason for the error, in lower case."""
    return (error.strerror or "no reason given").lower()


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_SUFFIXES and path.is_file()


def _is_free(base: Path, sources: set[str]) -> bool:
    """Whether results written to `base` would overwrite nothing but earlier results."""
    paths = _result_paths(base)
    if sources & {os.path.realpath(path) for path in paths}:
        return False
    return _is_record(paths[0]) or not any(map(os.path.lexists, paths))


def _is_record(path: Path) -> bool:
    """Whether this file is the record of an earlier run, which may be replaced."""
    try:
        return "explained class" in json.loads(path.read_bytes())["settings"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return False


def _result_paths(base: Path) -> list[Path]:
    return [Path(f"{base}{suffix}") for suffix in RESULT_SUFFIXES]
