"""The part of the page with clusters of explanations: what is clustered, the scatter, and what is selected in it."""

import numpy as np
import streamlit as st
from streamlit.elements.plotly_chart import PlotlyState

from lrp.datasets.clusters import ClusterIndices
from lrp.datasets.dataset import DataSet
from lrp.datasets.selection_words import foremost_channels, foremost_place
from pages.parts.choose.subject import Subject
from pages.parts.dataset.choices import (
    CLUSTER_INPUT,
    CLUSTER_INPUTS,
    CLUSTERED,
    GROUP,
    GROUPING,
    GROUPINGS,
    THUMBNAILS,
    THUMBS,
    class_title,
    is_clustered_by_channels,
)
from pages.parts.dataset.cluster_chart import cluster_alt, cluster_figure, group_name, group_sizes
from pages.parts.dataset.cluster_task import ClusteredClass, cluster_task
from pages.parts.dataset.selection_view import show_selection
from pages.parts.frame.charts import CONFIG
from pages.parts.frame.file_names import name_as_markdown
from pages.parts.frame.state import SessionValue
from pages.parts.say.waiting import ask, show_waiting
from pages.parts.work.question import RefusedTask

FEW = 16  # pictures from which maps of pure noise are one group: of 12 draws of 8, 10, 12 and 16, 10, 9, 2 and none were not
CHART = SessionValue[PlotlyState]("cluster chart")
LASSOED = SessionValue[frozenset[int]]("lassoed pictures")  # their positions in the store; a group that is chosen replaces them


def show_clusters(dataset: DataSet, subject: Subject) -> None:
    """Draws the menus, the scatter of the chosen class, and its selection."""
    name, by_channels = _choose_class(dataset), _choose_input(dataset)
    (found,), waiting = ask([cluster_task(dataset, name, by_channels)])
    show_waiting(waiting)
    if isinstance(found, RefusedTask):
        st.warning(name_as_markdown(found.reason, 400), icon=":material/scatter_plot:")
    elif found:
        selected = _choose_selection(found, name, subject)
        if selected.any():
            show_selection(dataset, found, selected, subject)


def _choose_class(dataset: DataSet) -> str:
    classes = dataset.classes
    if CLUSTERED.is_set and CLUSTERED.get() not in classes:
        CLUSTERED.pop()
    return st.selectbox(
        "Class", classes, format_func=class_title, key=CLUSTERED.key, bind="query-params", on_change=LASSOED.pop,
        help="The pictures of which this class was explained. Only maps of one class can be compared.",
    )  # fmt: skip


def _choose_input(dataset: DataSet) -> bool:
    """Draws what can be clustered where the store has both; returns whether it is relevance per channel."""
    layer = dataset.channel_layer
    if layer:
        st.segmented_control(
            "What is clustered", CLUSTER_INPUTS, default=CLUSTER_INPUTS[0], required=True, key=CLUSTER_INPUT.key,
            bind="query-params", on_change=LASSOED.pop,
            help="- **The maps**: where in the picture relevance lies.\n"
            f"- **Relevance per channel**: which channels of {name_as_markdown(layer)} it comes by, wherever in the picture. It "
            "finds what is shown at another place in each picture.",
        )  # fmt: skip
    return is_clustered_by_channels(dataset)


def _choose_selection(found: ClusteredClass, name: str, subject: Subject) -> np.ndarray:
    """Draws the scatter and its controls; returns which pictures are selected, (N,)."""
    left, right = st.columns(2)
    with left:
        by = st.segmented_control(
            "Groups by", GROUPINGS, default=GROUPINGS[0], required=True, key=GROUPING.key, bind="query-params",
            on_change=LASSOED.pop,
            help="- **Spectral**: as many as the eigenvalues of the graph of neighbours say, at least two.\n"
            "- **HDBSCAN**: dense groups; it may leave pictures without one.",
        )  # fmt: skip
    with right:
        thumbnails = st.segmented_control(
            "Draw", THUMBNAILS, default=THUMBNAILS[0], required=True, key=THUMBS.key, bind="query-params"
        )
    labels = found.clusters.spectral if by == GROUPINGS[0] else found.clusters.density
    st.markdown(_division_sentence(found))
    group = _choose_group(found, labels)
    lassoed = found.chosen(LASSOED.get() or frozenset())
    selected: np.ndarray = lassoed if lassoed.any() else labels == group if group is not None else lassoed
    own: list[int] = np.flatnonzero(selected).tolist()
    st.plotly_chart(
        cluster_figure(found, labels, own, subject.scale, thumbnails == THUMBNAILS[1], subject.narrow), key=CHART.key,
        config=CONFIG, alt=cluster_alt(found, labels, class_title(name)), on_select=_take_lasso,
        selection_mode=("points", "lasso", "box"),
    )  # fmt: skip
    alike = name_as_markdown(found.alike, 200)
    st.caption(f"Pictures with {alike} are close together. Draw round pictures to select them, or choose a group.")
    return selected


def _choose_group(found: ClusteredClass, labels: ClusterIndices) -> int | None:
    """Draws the groups to choose from; returns the label of the chosen one. At first it is the one that is most apart."""
    names = {group_name(label): label for label, _ in group_sizes(labels)}
    if GROUP.is_set and GROUP.get() not in (None, *names):
        GROUP.pop()
    chosen = st.pills(
        "Group", list(names), default=group_name(_most_apart(found, labels)), key=GROUP.key, bind="query-params",
        on_change=LASSOED.pop,
    )  # fmt: skip
    st.caption(", ".join(f"{group_name(label)}: {count} pictures" for label, count in group_sizes(labels)))
    return None if chosen is None else names[chosen]


def _most_apart(found: ClusteredClass, labels: ClusterIndices) -> int:
    """Returns the group in which one place, or some channels, have most more relevance than in the other pictures."""

    def distance(label: int) -> float:
        own = labels == label
        if found.channels is not None:
            apart = [] if own.all() else foremost_channels(found.channels[own], found.channels[~own])
            return sum(each.share - each.others for each in apart)
        place = foremost_place(found.maps[own], found.maps[~own])
        return place.share - (place.others or 0.0)

    return max((label for label, _ in group_sizes(labels)), key=distance)


def _take_lasso() -> None:
    """Keeps what was drawn round or pressed."""
    state = CHART.get()
    drawn = frozenset(int(point["customdata"]) for point in state.selection.points) if state else frozenset()
    LASSOED.set(drawn)
    if drawn:
        GROUP.set(None)


def _division_sentence(found: ClusteredClass) -> str:
    count = found.clusters.count
    if count == 1:
        return (
            "The eigenvalues speak for **one group**: nothing sets some of these pictures clearly apart. The groups are the next "
            "best division, and neighbours in the scatter are still alike."
        )
    few = f" Of fewer than {FEW} pictures, chance alone may set some apart." if len(found.pictures) < FEW else ""
    return f"The eigenvalues speak for **{count} groups** that are clearly apart.{few}"
