"""Files of pictures on disk: finds and reads them."""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from lrp.files.plain_text import plain_text
from lrp.files.regular_file import FileTooLarge, NotRegular, os_reason, read_regular
from lrp.pictures.decode import InputError
from lrp.pictures.samples import sample_name, sample_png

MAX_BYTES = 500_000_000  # bytes; no format needs as many for the most pixels that are taken
STDIN = "-"  # the name of standard input among files
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".tif", ".tiff", ".gif", ".bmp")


def find_pictures(paths: Iterable[str]) -> list[str]:
    """Returns the files named, and for each folder named the pictures in it and below it, in order of their names, once each.

    Raises ValueError for a folder without pictures.
    """
    found: list[str] = []
    for path in paths:
        inside = pictures_in(Path(path))
        if Path(path).is_dir() and not inside:
            raise ValueError(no_pictures(path))
        found += inside or [path]
    return list(dict.fromkeys(found))


def pictures_in(folder: Path) -> list[str]:
    """Returns the files of pictures in a folder and below it, in order of their names; [] for what is no folder."""
    return sorted(str(file) for file in folder.rglob("*") if file.suffix.lower() in PICTURE_SUFFIXES and file.is_file())


def has_picture_suffix(name: str) -> bool:
    """Returns whether a file of that name should be a picture."""
    return name.lower().endswith(PICTURE_SUFFIXES) and not name.lower().startswith(PICTURE_SUFFIXES)


def no_pictures(folder: str) -> str:
    """Returns the sentence about a folder without pictures."""
    return f"a folder must hold pictures ({', '.join(PICTURE_SUFFIXES)}), got {plain_text(folder)} with none"


def read(file: str) -> bytes:
    """Returns the bytes of a file, or those of standard input for STDIN, which may be MAX_BYTES at most.

    A name such as "sample:Cat" is the sample picture of that name, one of lrp.pictures.samples.SAMPLES.
    Raises InputError for a link to the web, for what is no regular file, such as a pipe or a device, and for a file that cannot
    be read or is too large.
    """
    if re.match(r"\w+://", file):
        raise InputError("Links are not opened here; save the file first, then name it.")
    if sample := sample_name(file):
        return sample_png(sample)
    try:
        if file != STDIN:
            return read_regular(file, MAX_BYTES, follow_link=True)
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
    except FileTooLarge:
        raise InputError(too_large()) from None
    except NotRegular as error:
        instead = "name the file itself, or give its content by a pipe to this program and name it -"
        raise InputError(f"This cannot be read: {error.strerror}; {instead}.") from None
    except OSError as error:
        raise InputError(unreadable_picture(os_reason(error))) from None
    if len(data) > MAX_BYTES:
        raise InputError(too_large())
    return data


def unreadable_picture(reason: str) -> str:
    """Returns the sentence about a file that cannot be read."""
    return f"This file cannot be read ({reason}); check the path."


def too_large() -> str:
    """Returns the sentence about a file of more than MAX_BYTES."""
    return f"This file has more than {MAX_BYTES // 10**6} MB; make the picture smaller and try again."
