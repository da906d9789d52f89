"""The files that a data set can be taken along as: tables, and the page as a report."""

from functools import partial

import numpy as np
import streamlit as st

from lrp.datasets.clusters import ClusterIndices
from lrp.datasets.dataset import DataSet
from lrp.datasets.tables import picture_table
from lrp.files.table_bytes import table_bytes
from pages.parts.dataset.choices import CLUSTERED, GROUPING, GROUPINGS, is_clustered_by_channels
from pages.parts.dataset.cluster_task import ClusteredClass, cluster_task
from pages.parts.dataset.dataset_report import dataset_report
from pages.parts.frame.download_retention import retain_download
from pages.parts.frame.html_page import permalink
from pages.parts.work.question import SHARED_RESULTS


def offer_data_set_downloads(dataset: DataSet, name: str, scale: str) -> None:
    """Draws the buttons that hand out the tables and the report, with the clusters that are on show."""
    found = shown_clusters(dataset)
    groups = None if found is None else chosen_groups(found)
    numbers = {} if found is None or groups is None else {
        picture.position: int(label) + 1 for picture, label in zip(found.pictures, groups, strict=True) if label >= 0
    }  # fmt: skip
    table = partial(picture_table, dataset.pictures, numbers or None)
    address = permalink({})
    made = (
        ("Table (CSV)", ".csv", "text/csv", lambda: table_bytes(table(), ".csv")),
        ("Table (Parquet)", ".parquet", "application/vnd.apache.parquet", lambda: table_bytes(table(), ".parquet")),
        ("Report (HTML)", ".html", "text/html", lambda: dataset_report(dataset, name, found, groups, scale, address)),
    )
    st.markdown("#### Take it along")
    for column, (label, suffix, mime, make) in zip(st.columns(len(made)), made, strict=True):
        file = f"{name.replace('/', '_')}{suffix}"
        column.download_button(
            label, retain_download(make, file, mime), file, mime, on_click="ignore", icon=":material/download:", width="stretch",
            key=f"download data set {suffix}",
        )  # fmt: skip
    st.caption("The report holds the matrix, mean maps, table and settings, and from the view Clusters those on show.")


def shown_clusters(dataset: DataSet) -> ClusteredClass | None:
    """Returns the clusters of the class that is chosen, None where they were not looked at."""
    name = CLUSTERED.get()
    if name is None or name not in dataset.classes:
        return None
    found = SHARED_RESULTS.get(cluster_task(dataset, name, is_clustered_by_channels(dataset)).key)
    return found if isinstance(found, ClusteredClass) else None


def chosen_groups(found: ClusteredClass) -> ClusterIndices:
    """Returns the group of each picture, by the way that is chosen."""
    clusters = found.clusters
    return np.asarray(clusters.density if GROUPING.get() == GROUPINGS[1] else clusters.spectral)
