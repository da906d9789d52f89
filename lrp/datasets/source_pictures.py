"""Finds and reads the pictures that a store was made from, as they were then."""

import hashlib
from pathlib import Path

from PIL import Image

from lrp.datasets.dataset import DataSet, ExplainedPicture
from lrp.files.plain_text import plain_text
from lrp.jobs.attributes import CHOOSE, StoreError
from lrp.jobs.listing import is_address
from lrp.pictures.cut_out import CutOut
from lrp.pictures.decode import InputError
from lrp.pictures.picture_files import read
from lrp.pictures.sandbox import Decoder

LARGEST = 4096  # pixels of a side that a network may see


def read_bytes(dataset: DataSet, picture: ExplainedPicture) -> bytes:
    """Returns the bytes of the file that was explained.

    A name that is not absolute is looked for in the current folder, then beside the store and above it. Only bytes with the
    SHA-256 of the picture's row are returned: a store can show no file that its writer did not have. Raises InputError with a
    sentence for a file that has changed since, that is gone, or that lies in an object store.
    """
    shown = plain_text(picture.file)
    if is_address(picture.file):
        raise InputError(f"{shown} lies in an object store, from which no picture is shown here.")
    problem = InputError(f"{shown} is no longer there; put it back, or explain the folder anew.")
    for place in _places(dataset, picture):
        try:
            data = read(str(place))
        except InputError:
            continue
        if hashlib.sha256(data).hexdigest() == picture.sha256:
            return data
        problem = InputError(f"{shown} has changed since it was explained; explain the folder anew.")
    raise problem


def read_seen(dataset: DataSet, picture: ExplainedPicture, decoder: Decoder) -> Image.Image:
    """Returns the part of a picture that the network saw, in its size: each pixel is that of the map.

    Raises InputError as `read_bytes` does, and for a file that cannot be decoded; StoreError for settings that cannot be.
    """
    data, settings = read_bytes(dataset, picture), dataset.store.settings
    try:
        (height, width), margin = map(int, settings["size"]), int(settings["margin"])
        how = str(settings["interpolation"]).lower()
        Image.Resampling[how.upper()]
        if not (0 < height <= LARGEST and 0 < width <= LARGEST and 0 <= margin <= LARGEST):
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise StoreError(f"{plain_text(str(dataset.store.path))} is damaged: no network sees pictures so; {CHOOSE}.") from None
    return decoder.decode(data, CutOut(height, width, margin=margin, squash=bool(settings.get("squash")), interpolation=how))


def _places(dataset: DataSet, picture: ExplainedPicture) -> list[Path]:
    """Where the file may lie."""
    path = Path(picture.file)
    if path.is_absolute():
        return [path]
    return list(dict.fromkeys([path.absolute(), *(folder / path for folder in dataset.store.path.absolute().parents)]))
