"""The part of the page about selected pictures of a scatter: what sets them apart, and a test of what is suspected of them."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from lrp.datasets.dataset import DataSet, ExplainedPicture
from lrp.datasets.selection_words import foremost_place, selection_sentence
from lrp.region import Region
from pages.parts.choose.subject import Subject
from pages.parts.dataset.cluster_task import ClusteredClass, channel_words
from pages.parts.dataset.gallery import show_gallery
from pages.parts.dataset.mean_maps_view import mean_task, show_mean
from pages.parts.dataset.suspicion_view import choose_region, offer_suspicion, region_of_place, show_suspicion
from pages.parts.frame.file_names import name_as_markdown
from pages.parts.say.waiting import ask, show_waiting
from pages.parts.work.question import RefusedTask, Task


def show_selection(dataset: DataSet, found: ClusteredClass, selected: np.ndarray, subject: Subject) -> None:
    """Draws what sets the selected pictures apart: in words, by its mean map, in a test, and one by one."""
    st.markdown("#### The selection")
    of_channels = (name_as_markdown(sentence, 400) for sentence in channel_words(found, selected))
    st.markdown(f"**{' '.join((selection_sentence(found.maps[selected], found.maps[~selected]), *of_channels))}**")
    own = [each for each, chosen in zip(found.pictures, selected, strict=True) if chosen]
    others = [each for each, chosen in zip(found.pictures, selected, strict=True) if not chosen]
    groups: list[tuple[str, Sequence[ExplainedPicture]]] = [("the selection", own), *([("the others", others)] if others else [])]
    columns, tested = st.columns(2), st.container()
    with tested:
        region, test = _choose_test(dataset, found, selected, (own, others), subject) if others else (None, None)
    (means, *test_found), waiting = ask([mean_task(dataset, groups, "The mean maps"), *([test] if test else [])])
    with tested:
        show_suspicion(test_found[0] if test_found else None, test, own[0].explained_class, subject.network)
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
