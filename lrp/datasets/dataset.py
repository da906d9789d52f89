"""Reads the store of a job as a data set: what was found of each picture by one method, and its maps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lrp.files.plain_text import plain_text
from lrp.heads import HEADS
from lrp.jobs.attributes import CHOOSE, StoreError
from lrp.jobs.read_store import StoredExplanations, read_store
from lrp.models.find_class import spaced_lower_case

Maps = NDArray[np.float32]  # (N, H, W), in logits
ChannelRows = NDArray[np.float32]  # (N, K), in logits

CHUNK = 64  # maps that are read at a time
COLUMNS = (
    "position", "file", "sha256", "problem", "label", "prediction", "class", "method", "total", "explained", "gap", "gain",
    "gini", "half",
)  # fmt: skip


@dataclass(frozen=True)
class ExplainedPicture:
    """A picture of a data set, and what one method found in it.

    position: of its map in the store. file: as the job was given it. sha256: of the file's bytes. label: what its folder says
    that it shows, spelt as the class of that name, "" where nothing does. prediction, confidence: what the network says, and its
    probability, score or value. explained_class: whose map it is, "" where it is of no class. total: what the map sums to.
    explained: what it should sum to; gap: how far it is from that, as a share; both None where no sum is promised. gain:
    insertion less deletion; None where it was not measured. gini, half: how concentrated the map is, and the share of pixels that
    hold half of it.
    """

    position: int
    file: str
    sha256: str
    label: str
    prediction: str
    confidence: float
    explained_class: str
    total: float
    explained: float | None
    gap: float | None
    gain: float | None
    gini: float
    half: float

    @property
    def is_mistake(self) -> bool:
        """Whether the network says something else than the label; False where there is no label."""
        return bool(self.label) and self.label != self.prediction


@dataclass(frozen=True, eq=False)
class DataSet:
    """The pictures of a store that one method has explained, and for those that it could not, file -> sentence that says why."""

    store: StoredExplanations
    method: str
    pictures: tuple[ExplainedPicture, ...]
    problems: Mapping[str, str]

    @property
    def classes(self) -> list[str]:
        """The explained classes, those of most pictures first."""
        counts: dict[str, int] = {}
        for picture in self.pictures:
            counts[picture.explained_class] = counts.get(picture.explained_class, 0) + 1
        return sorted(counts, key=lambda name: (-counts[name], name))

    def of_class(self, name: str) -> list[ExplainedPicture]:
        """Returns the pictures of which this class was explained."""
        return [picture for picture in self.pictures if picture.explained_class == name]

    def maps(self, pictures: Sequence[ExplainedPicture]) -> Maps:
        """Returns the maps of these pictures. Raises StoreError where they cannot be read or are not there."""
        return np.concatenate(list(self.map_chunks(pictures)))

    def map_chunks(self, pictures: Sequence[ExplainedPicture]) -> Iterator[Maps]:
        """Yields the maps of these pictures, CHUNK at a time, so that not all need be in memory. Raises as `maps` does."""
        return self._chunks(self.store.maps(self.method).get_orthogonal_selection, pictures, "maps")

    @property
    def channel_layer(self) -> str:
        """The module of whose channels the store keeps the relevance by this method; "" where it does not."""
        return self.store.channel_layer(self.method)

    def channels(self, pictures: Sequence[ExplainedPicture]) -> ChannelRows:
        """Returns the relevance of each channel of `channel_layer` in these pictures, (N, K), whatever the place.

        Raises StoreError where it cannot be read or is not there, and ValueError where the store keeps none.
        """
        rows = self.store.channels(self.method).get_orthogonal_selection
        return np.concatenate(list(self._chunks(rows, pictures, "channels")))

    def _chunks(
        self, read: Callable[[tuple[list[int]]], object], pictures: Sequence[ExplainedPicture], what: str
    ) -> Iterator[Maps]:
        shown = plain_text(str(self.store.path))
        for start in range(0, len(pictures), CHUNK):
            places = [picture.position for picture in pictures[start : start + CHUNK]]
            try:
                found: Maps = np.asarray(read((places,)), np.float32)
            except Exception as error:  # whatever damaged or missing files lead the library to
                raise StoreError(f"The {what} in {shown} cannot be read ({type(error).__name__}); {CHOOSE}.") from None
            if not np.isfinite(found).all():
                raise StoreError(f"The {what} in {shown} are not those of its rows; let its job go on, which mends them.")
            yield found


def read_dataset(path: Path | str, method: str | None = None) -> DataSet:
    """Returns the data set in the store of a folder, as `method` explained it; None for the store's first method.

    Raises StoreError with a sentence for what is no store, is of another version, cannot be read, or holds no picture yet, and
    ValueError for a method that the store does not have.
    """
    store = read_store(path)
    try:
        methods, column = store.methods, HEADS[store.settings["head"]].column
        _check_size(store.settings["size"])
        method = methods[0] if method is None else method
        if method not in methods:
            raise ValueError(f"method must be one of {', '.join(methods)}, got {method!r}")
        rows = store.rows([*COLUMNS, column]).to_pylist()
        own = [row for row in rows if row["method"] in (method, None)]
        pictures = _named_alike([_picture(row, column) for row in own if not row["problem"]])
    except (KeyError, TypeError, IndexError):
        raise StoreError(f"{plain_text(str(path))} is damaged: its rows or settings are not those of a job; {CHOOSE}.") from None
    return DataSet(store, method, pictures, {row["file"]: row["problem"] for row in own if row["problem"]})


def _check_size(size: object) -> None:
    """Raises TypeError for what is no height and width in pixels."""
    if not (isinstance(size, list) and len(size) == 2 and all(isinstance(side, int) and side > 0 for side in size)):
        raise TypeError(f"size must be height and width in pixels, got {size!r}")


def _named_alike(pictures: Sequence[ExplainedPicture]) -> tuple[ExplainedPicture, ...]:
    """Returns the pictures with their labels spelt as the classes that are called so, whatever their case and underscores."""
    classes = {spaced_lower_case(name): name for picture in pictures for name in (picture.prediction, picture.explained_class)}
    return tuple(
        replace(picture, label=classes.get(spaced_lower_case(picture.label), picture.label)) for picture in pictures
    )


def _picture(row: Mapping[str, str | float | None], column: str) -> ExplainedPicture:
    """The picture of a row. Raises TypeError for a row that lacks what every row has."""
    texts = {name: str(row[name] or "") for name in ("file", "sha256", "label", "prediction")}
    needed = {name: _number(row[name]) for name in ("position", "total", "gini", "half")}
    optional = {name: None if row[name] is None else _number(row[name]) for name in ("explained", "gap", "gain")}
    return ExplainedPicture(
        int(needed["position"]), texts["file"], texts["sha256"], texts["label"], texts["prediction"], _number(row[column]),
        str(row["class"] or ""), needed["total"], optional["explained"], optional["gap"], optional["gain"], needed["gini"],
        needed["half"],
    )  # fmt: skip


def _number(value: str | float | None) -> float:
    if value is None or isinstance(value, str):
        raise TypeError(f"a number is needed, got {value!r}")
    return float(value)
