"""Files on disk: finds and reads pictures, and writes new files without overwriting anything."""

import itertools
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from lrp.pictures.decode import InputError
from lrp.plain_text import plain_text
from lrp.regular_file import FileTooLarge, NotRegular, read_regular, write_whole

MAX_BYTES = 500_000_000  # bytes; no format needs as many for the most pixels that are taken
STDIN = "-"  # the name of standard input among files
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
    """Returns the bytes of a file, or those of standard input for STDIN, which may be MAX_BYTES at most.

    Raises InputError for a link to the web, for what is no regular file, such as a pipe or a device, and for a file that cannot
    be read or is too large.
    """
    if re.match(r"\w+://", file):
        raise InputError("Links are not opened here; save the file first, then name it.")
    try:
        if file != STDIN:
            return read_regular(file, MAX_BYTES, follow_link=True)
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
    except FileTooLarge:
        raise InputError(_too_large()) from None
    except NotRegular as error:
        instead = "name the file itself, or give its content by a pipe to this program and name it -"
        raise InputError(f"This cannot be read: {error.strerror}; {instead}.") from None
    except OSError as error:
        raise InputError(f"This file cannot be read ({os_reason(error)}); check the path.") from None
    if len(data) > MAX_BYTES:
        raise InputError(_too_large())
    return data


def file_stem(file: str) -> str:
    """Returns what results of this file are called: its name without suffix."""
    return "stdin" if file == STDIN else Path(file).stem or "picture"


def write_new(wanted: Mapping[Path, bytes]) -> list[Path]:
    """Writes several files whole, or none, and replaces nothing: returns their paths, with -2 and so on where one was taken.

    Raises OSError.
    """
    for number in itertools.count(1):
        suffix = f"-{number}" if number > 1 else ""
        contents = {path.with_name(f"{path.stem}{suffix}{path.suffix}"): content for path, content in wanted.items()}
        if any(map(os.path.lexists, contents)):
            continue
        try:
            write_whole(contents, replace=False)
        except FileExistsError:
            continue
        return list(contents)
    raise AssertionError  # the numbers have no end


def printable(file: str) -> str:
    """Returns the name as text, with ? for bytes that are not UTF-8 and for characters that a terminal would obey."""
    return plain_text(file)


def os_reason(error: OSError) -> str:
    """Returns the operating system's reason for the error, in lower case."""
    return (error.strerror or "no reason given").lower()


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_SUFFIXES and path.is_file()


def _too_large() -> str:
    return f"This file has more than {MAX_BYTES // 10**6} MB; make the picture smaller and try again."
