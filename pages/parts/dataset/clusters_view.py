"""The part of the page with clusters of explanations: the scatter, and what sets a selection of it apart."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from streamlit.elements.plotly_chart import PlotlyState

from lrp.datasets.clusters import ClusterIndices
from lrp.datasets.dataset import DataSet, ExplainedPicture
from lrp.datasets.selection_words import foremost_place, selection_sentence
from lrp.region import Region
from pages.parts.choose.subject import Subject
from pages.parts.dataset.choices import CLUSTERED, GROUP, GROUPING, GROUPINGS, THUMBNAILS, THUMBS
from pages.parts.dataset.cluster_chart import cluster_alt, cluster_figure, group_name, group_sizes
from pages.parts.dataset.cluster_task import ClusteredClass, cluster_task
from pages.parts.dataset.gallery import show_gallery
from pages.parts.dataset.mean_maps_view import mean_task, show_mean
from pages.parts.dataset.suspicion_view import choose_region, offer_suspicion, region_of_place, show_suspicion
from pages.parts.frame.charts import CONFIG
from pages.parts.frame.file_names import name_as_markdown
from pages.parts.frame.state import SessionValue
from pages.parts.say.waiting import ask, show_waiting
from pages.parts.work.question import RefusedTask, Task

CHART = SessionValue[PlotlyState]("cluster chart")
LASSOED = SessionValue[frozenset[int]]("lassoed pictures")  # their positions in the store; a group that is chosen replaces them


def show_clusters(dataset: DataSet, subject: Subject) -> None:
    """Draws the menus, the scatter of the chosen class, and its selection."""
    name = _choose_class(dataset)
    (found,), waiting = ask([cluster_task(dataset, name)])
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
        "Class", classes, key=CLUSTERED.key, bind="query-params", on_change=LASSOED.pop,
        help="The pictures of which this class was explained. Only maps of one class can be compared.",
    )  # fmt: skip


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
    own: list[int] = [] if group is None else np.flatnonzero(labels == group).tolist()
    st.plotly_chart(
        cluster_figure(found, labels, own, subject.scale, thumbnails == THUMBNAILS[1], subject.narrow), key=CHART.key,
        config=CONFIG, alt=cluster_alt(found, labels, name), on_select=_take_lasso, selection_mode=("points", "lasso", "box"),
    )  # fmt: skip
    st.caption("Maps that are alike are close together. Draw round pictures to select them, or choose a group.")
    lassoed = found.chosen(LASSOED.get() or frozenset())
    return lassoed if lassoed.any() else labels == group if group is not None else lassoed


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
    """Returns the group in which one place has most more relevance than in the other pictures."""

    def distance(label: int) -> float:
        place = foremost_place(found.maps[labels == label], found.maps[labels != label])
        return place.share - (place.others or 0.0)

    return max((label for label, _ in group_sizes(labels)), key=distance)


def _take_lasso() -> None:
    """Keeps what was drawn round or pressed."""
    state = CHART.get()
    LASSOED.set(frozenset(int(point["customdata"]) for point in state.selection.points) if state else frozenset())


def _division_sentence(found: ClusteredClass) -> str:
    count = found.clusters.count
    if count == 1:
        return (
            "The eigenvalues speak for **one group**: nothing sets some of these pictures clearly apart. The groups are the next "
            "best division, and neighbours in the scatter are still alike."
        )
    return f"The eigenvalues speak for **{count} groups** that are clearly apart."


def show_selection(dataset: DataSet, found: ClusteredClass, selected: np.ndarray, subject: Subject) -> None:
    """Draws what sets the selected pictures apart: in words, by its mean map, in a test, and one by one."""
    st.markdown("#### The selection")
    st.markdown(f"**{selection_sentence(found.maps[selected], found.maps[~selected])}**")
    own = [each for each, chosen in zip(found.pictures, selected, strict=True) if chosen]
    others = [each for each, chosen in zip(found.pictures, selected, strict=True) if not chosen]
    groups: list[tuple[str, Sequence[ExplainedPicture]]] = [("the selection", own), *([("the others", others)] if others else [])]
    columns, tested = st.columns(2), st.container()
    with tested:
        region, test = _choose_test(dataset, found, selected, (own, others), subject) if others else (None, None)
    (means, *test_found), waiting = ask([mean_task(dataset, groups, "The mean maps"), *([test] if test else [])])
    with tested:
        show_suspicion(test_found[0] if test_found else None, own[0].explained_class, subject.network)
        show_waiting(waiting, "selection")
    if isinstance(means, RefusedTask):
        st.warning(name_as_markdown(means.reason, 400), icon=":material/folder_off:")
    elif means:
        for column, each in zip(columns, means, strict=False):
            with column, st.container(border=True):
                show_mean(each, subject.scale, region)
    show_gallery(dataset, own, subject.scale, "selected")


def _choose_test(
    dataset: DataSet, found: ClusteredClass, selected: np.ndarray, sides: tuple[list[ExplainedPicture], list[ExplainedPicture]],
    subject: Subject,
) -> tuple[Region, Task | None]:  # fmt: skip
    """Draws the region to suspect, at first the place that sets the selection apart; returns it, and the test once started."""
    st.markdown("#### Test the suspicion")
    st.markdown("Does the network need that region in these pictures? It is outlined in the mean maps.")
    height, width = map(int, dataset.store.settings["size"])
    place = foremost_place(found.maps[selected], found.maps[~selected]).name
    region = choose_region(region_of_place(place, (height, width)), (height, width))
    return region, offer_suspicion(dataset, *sides, subject.network, region)
