"""The rows of a store: one a picture and method, with what was found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from lrp.attribution import Map
from lrp.display.record import result_record
from lrp.heads import Head
from lrp.jobs.batch import BatchResult, Explanation, not_finite
from lrp.jobs.channels import Channels
from lrp.jobs.curves import Curves
from lrp.jobs.job import JobSettings
from lrp.jobs.labels import Labels
from lrp.jobs.listing import as_utf8
from lrp.jobs.reading import Loaded
from lrp.metrics.localisation import focus
from lrp.pictures.decode import InputError

if TYPE_CHECKING:
    import pyarrow

Row = dict[str, Any]  # column -> a text, a number, a list of them, or None
StoredMap = NDArray[np.float16] | NDArray[np.float32]

CURVES = ("deletion", "insertion", "gain")  # areas that are measured only where a job asks for faithfulness


def schema(head: Head, with_channels: bool = False) -> pyarrow.Schema:
    """Returns the columns of the rows, for a network whose outputs have that head."""
    import pyarrow as pa

    text = pa.string()
    index = pa.int32()
    number = pa.float64()
    top = pa.list_(pa.struct([("class", text), ("index", index), (head.column, number)]))
    columns = {
        "position": pa.int64(), "file": text, "sha256": text, "size": pa.int64(), "problem": text,
        "label": text, "label_index": index,
        "prediction": text, "prediction_index": index, head.column: number, "top_five": top,
        "class": text, "class_index": index, "method": text, "total": number, "explained": number, "gap": number,
        "n_steps": pa.int64(), "map_error": number, "gini": number, "half": number,
        **dict.fromkeys(CURVES, number), "seconds": number, "map_sha256": text,
        **({"channels_sha256": text} if with_channels else {}),
    }  # fmt: skip
    return pa.schema(list(columns.items()))


class JobPicture(NamedTuple):
    """A picture of a job: its position in the store, what was read, and the class that its label asks to explain."""

    position: int
    loaded: Loaded
    target: int | None = None


class ShardResults(NamedTuple):
    """Rows of pictures, and by method and position their maps (H, W) and relevance per channel (K,), where that is kept."""

    rows: list[Row]
    maps: dict[str, dict[int, StoredMap]]
    channels: dict[str, dict[int, StoredMap]]


def join_results(parts: Iterable[ShardResults]) -> ShardResults:
    """Returns what all parts hold, the rows by position."""
    joined = ShardResults([], {}, {})
    for part in parts:
        joined.rows.extend(part.rows)
        for values, own in ((joined.maps, part.maps), (joined.channels, part.channels)):
            for name, found in own.items():
                values.setdefault(name, {}).update(found)
    joined.rows.sort(key=lambda row: int(row["position"]))
    return joined


class RowMaker:
    """Makes the rows of a job's pictures, and their maps as they are kept."""

    def __init__(self, job: JobSettings) -> None:
        self._job, self._labels = job, Labels(job.backbone.categories)

    def target(self, loaded: Loaded) -> int | None:
        """Returns the class that the picture's label asks to explain; None where the job does not go by labels.

        Raises InputError with a sentence for a bad file, and for a label that is no class.
        """
        if loaded.problem:
            raise InputError(loaded.problem)
        if not self._job.class_from_folder:
            return None
        label = self._labels.of(loaded.entry)
        if label.index is None:
            said = f"called {label.name!r}, which is no class" if label.name else "in no folder that is called as a class"
            raise InputError(f"The picture is {said} of the network; rename the folder, or leave out --class-from-folder.")
        return label.index

    def refused(self, picture: JobPicture, problem: str) -> ShardResults:
        """Returns the only row of a picture that could not be explained."""
        return ShardResults([{**self._picture(picture), "problem": problem}], {}, {})

    def explained(
        self, pictures: Sequence[JobPicture], result: BatchResult, curves: Curves, channels: Channels
    ) -> ShardResults:
        """Returns the rows and maps of a batch, whose curves and relevance per channel are measured or {}."""
        names = [explanation.method.name for explanation in result.explanations]
        made = ShardResults([], {name: {} for name in names}, {name: {} for name in names})
        known = [{**self._picture(picture), **self._prediction(result, i)} for i, picture in enumerate(pictures)]
        for explanation in result.explanations:
            name = explanation.method.name
            summed = explanation.result.relevance.sum(1).cpu()
            # By torch, for NumPy takes fifty times as long to make halves; what does not fit is told by its row.
            values = summed.float().numpy()
            stored = summed.to(getattr(torch, self._job.dtype)).numpy()
            rows = channels[name].numpy() if name in channels else None
            for i, (picture, stored_map) in enumerate(zip(pictures, stored, strict=True)):
                row = {**known[i], "method": name, "problem": _problem(explanation, values[i], stored_map)}
                if not row["problem"]:
                    row |= _numbers(explanation, result, i, values[i])
                    row |= {**(curves[name][i] if curves else {}), "map_sha256": map_sha256(stored_map)}
                    made.maps[name][picture.position] = stored_map
                    if rows is not None:
                        made.channels[name][picture.position] = rows[i]
                        row["channels_sha256"] = map_sha256(rows[i])
                made.rows.append(row)
        return made

    def _picture(self, picture: JobPicture) -> Row:
        position, loaded, _ = picture
        label = self._labels.of(loaded.entry)
        return {
            "position": position, "file": as_utf8(loaded.entry.file), "sha256": loaded.sha256, "size": loaded.size, "problem": "",
            "label": label.name, "label_index": label.index,
        }  # fmt: skip

    def _prediction(self, result: BatchResult, i: int) -> Row:
        """What the network says of picture i of a batch, and what of that is explained."""
        backbone, head = self._job.backbone, self._job.backbone.kind
        predictions = head.predictions(result.logits[i].cpu())
        top = [
            {"class": backbone.categories[index], "index": index, head.column: float(predictions[index])}
            for index in head.foremost(predictions)
        ]
        target = result.objective.alone(i).target_index
        return {
            "prediction": top[0]["class"], "prediction_index": top[0]["index"], head.column: top[0][head.column],
            "top_five": top, "class": None if target is None else backbone.categories[target], "class_index": target,
        }  # fmt: skip


def map_sha256(values: StoredMap) -> str:
    """Returns the SHA-256 of the values of a map, or of relevance per channel, row by row, least significant byte first."""
    return hashlib.sha256(np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()).hexdigest()


def _numbers(explanation: Explanation, result: BatchResult, i: int, values: Map) -> Row:
    method, found, seconds = explanation
    n_steps = None if found.n_steps is None else int(found.n_steps[i])
    map_error = None if found.map_error is None else float(found.map_error[i])
    record = result_record(method, result.objective, float(found.total[i]), float(found.explained[i]), n_steps, map_error)
    concentration, half = focus(values)
    return {**record, "gini": concentration, "half": half, "seconds": seconds / len(found.relevance)}


def _problem(explanation: Explanation, values: Map, stored_map: StoredMap) -> str:
    """What is wrong with a map: the sentence, or ""."""
    if not np.isfinite(values).all():
        return not_finite(explanation.method)
    if not np.isfinite(stored_map).all():
        return f"Relevance of up to {abs(values).max():.3g} is too large for {stored_map.dtype}; choose --dtype float32."
    return ""
