"""The pictures of a data set as a table, with the groups that their maps fall into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

from lrp.datasets.dataset import ExplainedPicture

if TYPE_CHECKING:
    import pyarrow


def picture_table(pictures: Sequence[ExplainedPicture], groups: Mapping[int, int] | None = None) -> pyarrow.Table:
    """Returns a table with a row for each picture: its position, file, label, prediction and numbers.

    groups: position -> the number of its group, from 1, in a column of its own; a picture that it does not hold has none.
    """
    import pyarrow as pa

    columns = {field.name: [getattr(picture, field.name) for picture in pictures] for field in fields(ExplainedPicture)}
    table = pa.table(columns)
    if groups is None:
        return table
    return table.append_column("group", pa.array([groups.get(picture.position) for picture in pictures], pa.int64()))
