"""The stores and the folders of pictures below the folder that the operator has named."""

import os
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from lrp.datasets.dataset import DataSet, read_dataset
from lrp.jobs.attributes import CHOOSE, StoreError
from lrp.jobs.read_store import read_store
from lrp.pictures.picture_files import has_picture_suffix
from pages.parts.work.question import SHARED_RESULTS

MOST = 200  # stores and folders that are offered
LOOKED_AT = 2000  # files of a folder that are looked at until it is taken to hold no pictures


@dataclass(frozen=True)
class Source:
    """What the page can be asked to show. name: the path below the operator's folder. is_store: or else a folder of pictures."""

    name: str
    path: Path
    is_store: bool


def datasets_folder() -> str:
    """Returns the folder of data sets that whoever runs the server has named, "" where there is none."""
    return os.environ.get("LRP_DATASETS", "")


def sources_in(root: Path) -> list[Source]:
    """Returns the stores in a folder and in those one below, and the folders of pictures in it; stores first, by name.

    Raises OSError where the folder cannot be read.
    """
    folders = [path for path in sorted(root.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    stores = [root] if _is_store(root) else []
    pictures = []
    for folder in folders:
        inside = [folder] if _is_store(folder) else [path for path in _folders_in(folder) if _is_store(path)]
        stores += inside
        if folder not in inside and _holds_pictures(folder):
            pictures.append(folder)
    found = [(path, True) for path in stores] + [(path, False) for path in pictures]
    return [Source(str(path.relative_to(root)) if path != root else path.name, path, store) for path, store in found[:MOST]]


def stamp_of(path: Path) -> Hashable:
    """Returns what changes when a store does: its name, and when its settings and its rows were last written."""
    times = [(path / name).stat().st_mtime_ns if (path / name).exists() else 0 for name in ("zarr.json", "rows")]
    return (str(path), *times)


def sentence_of(error: StoreError) -> str:
    """Returns the sentence of an error with the way on that a visitor has, where it names one of the command line."""
    return str(error).replace(f"; {CHOOSE}.", "; choose another data set.")


def methods_in(path: Path) -> list[str]:
    """Returns the names of the methods of a store. Raises StoreError."""
    return read_store(path).methods


def dataset_in(path: Path, method: str) -> DataSet:
    """Returns the data set in a store, read once until it changes. Raises StoreError and ValueError as `read_dataset` does."""
    key = ("data set", stamp_of(path), method)
    return cast(DataSet, SHARED_RESULTS.get_or_make(key, lambda: read_dataset(path, method)))


def _is_store(folder: Path) -> bool:
    return (folder / "zarr.json").is_file()


def _folders_in(folder: Path) -> list[Path]:
    try:
        return [path for path in sorted(folder.iterdir()) if path.is_dir()][:MOST]
    except OSError:
        return []


def _holds_pictures(folder: Path) -> bool:
    """Whether there is a picture in a folder or below it, as far as LOOKED_AT files tell."""
    left = LOOKED_AT
    for _, _, files in os.walk(folder):
        if any(map(has_picture_suffix, files)):
            return True
        left -= len(files) + 1
        if left < 0:
            break
    return False
