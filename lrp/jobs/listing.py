"""Which pictures a job is about: folders, patterns, lists and object stores become files, with what is known of each."""

import glob
import os
import random
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from lrp.files.plain_text import plain_text
from lrp.pictures.picture_files import PICTURE_SUFFIXES, no_pictures, pictures_in

WEB = ("http", "https", "ftp", "ftps", "sftp", "ssh")  # never opened here: `lrp.fetch_image` is for links
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)


class SourceFile(NamedTuple):
    """A picture that is to be explained.

    file: its path, or its address in an object store. size: bytes, and modified: when it was last changed, in nanoseconds or as
    the store counts, as they were when it was listed; -1 where they are not known. folder: the name of the folder that it lies
    in, where that is below the one that was named; else "".
    """

    file: str
    size: int = -1
    modified: int = -1
    folder: str = ""


def list_pictures(sources: Iterable[str], limit: int | None = None, shuffle: int | None = None) -> list[SourceFile]:
    """Returns the pictures that the sources name, each once: those of a source in the order of their names.

    sources: folders (with all below them), patterns such as "photos/**/*.jpg", files, and addresses of any of these in an object
    store, such as "s3://bucket/photos". limit: how many at most. shuffle: the seed of a random order of all of them; the limit
    is applied to that order. Raises ValueError for a folder or an address without pictures and for one that cannot be used.
    """
    found = {entry.file: entry for source in sources for entry in _entries(source)}
    entries = list(found.values())
    if shuffle is not None:
        random.Random(shuffle).shuffle(entries)
    return list(islice(entries, limit))


def is_address(source: str) -> bool:
    """Returns whether a source lies in an object store, or another file system that fsspec knows."""
    match = _SCHEME.match(source)
    return match is not None and match[1].lower() not in WEB


def is_collection(source: str) -> bool:
    """Returns whether a source names many pictures: a folder, a pattern that some files fit, or an address."""
    return is_address(source) or os.path.isdir(source) or _is_pattern(source)


def _is_pattern(source: str) -> bool:
    return glob.has_magic(source) and not os.path.lexists(source) and any(glob.iglob(source, recursive=True))


def file_system(address: str) -> tuple[Any, str]:
    """Returns the file system of fsspec for an address, and the path in it. Raises ValueError with a sentence."""
    import fsspec

    try:
        place, path = fsspec.core.url_to_fs(address)
    except Exception as error:  # each file system raises what its own library does
        shown = plain_text(str(error)).rstrip(".")
        raise ValueError(f"{plain_text(address)} cannot be opened ({type(error).__name__}: {shown})") from None
    return place, str(path)


def as_utf8(name: str) -> str:
    """Returns the name of a file with what is no UTF-8 in it replaced, as tables can hold it."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _entries(source: str) -> Iterator[SourceFile]:
    if is_address(source):
        yield from _of_address(source)
    elif os.path.isdir(source):
        files = pictures_in(Path(source))
        if not files:
            raise ValueError(no_pictures(source))
        yield from (_of_file(file, source) for file in files)
    elif _is_pattern(source):
        yield from (_of_file(file) for file in sorted(filter(os.path.isfile, glob.iglob(source, recursive=True))))
    else:
        yield _of_file(source)


def _of_file(file: str, root: str | None = None) -> SourceFile:
    parent = os.path.dirname(file)
    below = root is not None and os.path.normpath(parent) != os.path.normpath(root)
    folder = as_utf8(os.path.basename(parent)) if below else ""
    try:
        status = os.stat(file)
    except (OSError, ValueError):  # its row will say so
        return SourceFile(file, folder=folder)
    return SourceFile(file, status.st_size, status.st_mtime_ns, folder)


def _of_address(source: str) -> Iterator[SourceFile]:
    place, root = file_system(source)
    try:
        if glob.has_magic(root):
            found, root = place.glob(root, detail=True), ""
        elif place.isdir(root):
            found = place.find(root, detail=True)
        else:
            found = {root: place.info(root)}
    except Exception as error:  # each file system raises what its own library does
        shown = plain_text(str(error)).rstrip(".")
        raise ValueError(f"{plain_text(source)} cannot be listed ({type(error).__name__}: {shown})") from None
    names = [name for name, info in found.items() if info.get("type") == "file" and _is_picture(name, source)]
    if not names:
        raise ValueError(no_pictures(source).replace("a folder", "an address", 1))
    for name in sorted(names):
        parent = name.rpartition("/")[0]
        below = root and parent.strip("/") != root.strip("/")
        info, folder = found[name], parent.rpartition("/")[2] if below else ""
        yield SourceFile(str(place.unstrip_protocol(name)), int(info.get("size") or -1), _modified(info), folder)


def _is_picture(name: str, source: str) -> bool:
    """Whether a file is one of the pictures that a source names: one named itself may be called anything."""
    return name.lower().endswith(PICTURE_SUFFIXES) or source.rstrip("/").endswith(name.strip("/"))


def _modified(info: dict[str, Any]) -> int:
    """When a file in an object store was changed, in nanoseconds; -1 where the store does not say."""
    changed = next((info[name] for name in ("mtime", "LastModified", "last_modified", "created") if info.get(name)), -1)
    seconds = changed.timestamp() if hasattr(changed, "timestamp") else changed
    return int(seconds * 10**9) if isinstance(seconds, int | float) and seconds > 0 else -1
