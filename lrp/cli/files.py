"""Names of files as they are shown, and new files that overwrite nothing."""

import itertools
import os
from collections.abc import Mapping
from pathlib import Path

from lrp.files.plain_text import plain_text
from lrp.files.regular_file import write_whole
from lrp.pictures.picture_files import STDIN
from lrp.pictures.samples import sample_name


def result_stem(file: str) -> str:
    """Returns what results of this file are called: its name without suffix, or that of the sample."""
    if sample := sample_name(file):
        return sample
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
