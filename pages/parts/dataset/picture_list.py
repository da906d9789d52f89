"""The table of a data set's pictures: sortable by each number, and a row opens its picture."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from lrp.datasets.dataset import ExplainedPicture
from lrp.files.plain_text import plain_name

HELP = (
    "Press a column’s name to sort by it. Gap: how far the map’s sum is from what it promises, as a share. Focus: the share of "
    "pixels that hold half of the map. Faithfulness: insertion less deletion, where the job measured it."
)


def picture_rows(pictures: Sequence[ExplainedPicture]) -> list[dict[str, object]]:
    """Returns a row for each picture, by the headings of the table; columns that no picture has are left out."""
    rows = [
        {
            "Picture": plain_name(Path(each.file).name), "Label": each.label or None, "Network says": each.prediction,
            "Confidence": each.confidence, "Explained": each.explained_class, "Gap": each.gap, "Faithfulness": each.gain,
            "Focus": each.half,
        }
        for each in pictures
    ]  # fmt: skip
    empty = {name for name in rows[0] if all(row[name] is None for row in rows)} if rows else set()
    return [{name: value for name, value in row.items() if name not in empty} for row in rows]


def choose_rows(pictures: Sequence[ExplainedPicture]) -> list[ExplainedPicture]:
    """Draws the table; returns the pictures of the rows that are chosen."""
    numbers = {name: st.column_config.NumberColumn(format="%.3f") for name in ("Confidence", "Gap", "Faithfulness", "Focus")}
    st.caption(HELP)
    event = st.dataframe(
        picture_rows(pictures), hide_index=True, height=min(420, 38 * (len(pictures) + 1)), key=f"pictures {len(pictures)}",
        on_select="rerun", selection_mode="multi-row", column_config=numbers,
    )  # fmt: skip
    return [pictures[row] for row in event.selection.rows if row < len(pictures)]
