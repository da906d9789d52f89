"""The controls of the test of a suspicion: a region, what becomes of it, and the button that starts the test."""

from collections.abc import Hashable, Sequence

import streamlit as st

from lrp import Backbone
from lrp.datasets.dataset import DataSet, ExplainedPicture
from lrp.datasets.selection_words import PLACES
from lrp.datasets.suspicion import CHANGES
from lrp.region import Region
from pages.parts.dataset.choices import CHANGE, REGION
from pages.parts.dataset.suspicion_task import SuspicionAnswer, suspicion_sentence, suspicion_task
from pages.parts.frame.address import write_parameter
from pages.parts.frame.file_names import name_as_markdown
from pages.parts.frame.state import LazySessionValue, SessionValue
from pages.parts.say.number_words import about_seconds
from pages.parts.say.start_button import start_button
from pages.parts.work.compute import forget_result
from pages.parts.work.question import RefusedTask, Task

ACROSS = SessionValue[tuple[int, int]]("suspicion across")
DOWN = SessionValue[tuple[int, int]]("suspicion down")
SUGGESTED = SessionValue[Region]("suggested region")
STARTED = LazySessionValue("started suspicions", set[Hashable])


def region_of_place(name: str, size: tuple[int, int]) -> Region:
    """Returns the third of a picture (height, width) along each axis that a place of `lrp.datasets.selection_words` is."""
    (row, column), (height, width) = divmod(PLACES.index(name), 3), size
    return Region(width * column // 3, height * row // 3, width * (column + 1) // 3, height * (row + 1) // 3)


def choose_region(suggested: Region, size: tuple[int, int]) -> Region:
    """Draws the sliders of the region, which begin at the suggested one whenever another is suggested; returns what they say."""
    height, width = size
    if SUGGESTED.get() != suggested:
        linked = None if SUGGESTED.is_set else _region_of(REGION.get() or st.query_params.get(REGION.key, ""), size)
        region = linked or suggested
        SUGGESTED.set(suggested)
        ACROSS.set((region.left, region.right))
        DOWN.set((region.top, region.bottom))
    first, second = st.columns(2)
    left, right = first.slider("From left to right, in pixels", 0, width, ACROSS.get() or (0, width), key=ACROSS.key)
    top, bottom = second.slider("From top to bottom, in pixels", 0, height, DOWN.get() or (0, height), key=DOWN.key)
    left, top = min(left, width - 1), min(top, height - 1)
    region = Region(left, top, max(right, left + 1), max(bottom, top + 1))
    text = f"{region.left},{region.top},{region.right},{region.bottom}"
    REGION.set(text)
    write_parameter(REGION.key, None if region == suggested else text)
    return region


def _region_of(text: str, size: tuple[int, int]) -> Region | None:
    """Returns the region of a link; None for what is none within a picture of that size."""
    try:
        region = Region(*map(int, text.split(",")))
        region.check(*size)
    except (TypeError, ValueError):
        return None
    return region


def offer_suspicion(
    dataset: DataSet, selected: Sequence[ExplainedPicture], others: Sequence[ExplainedPicture], network: Backbone, region: Region
) -> Task | None:
    """Draws what becomes of the region and the button; returns the test if it has been started."""
    change = st.segmented_control(
        "What becomes of it", CHANGES, default=CHANGES[0], required=True, key=CHANGE.key, bind="query-params",
        help="- **blur**: what is shown there goes.\n- **move**: it changes places with the region opposite, so that what is "
        "shown stays in the picture. Where the class falls by a blur alone, the network needs what is shown there; where it "
        "falls by a move, it needs it in that place.",
    )  # fmt: skip
    if network.sha256 != dataset.store.settings.get("weights sha256"):
        told = name_as_markdown(str(dataset.store.settings.get("network", "")))
        st.info(f"The test asks the network that these maps are of, {told}: choose it, with the same weights, above.")
        return None
    if selected[0].explained_class not in network.categories:
        st.info("No class is explained by these maps, so there is none whose fall could be measured.")
        return None
    task = suspicion_task(dataset, selected, others, network, region, change)
    if task.key in STARTED.get():
        return task
    start_button(
        f"Test the suspicion: {about_seconds(task.expected_seconds)}", "start suspicion", lambda: STARTED.get().add(task.key),
        "The region is changed in the selected pictures and in as many others of the class; the network sees each before and "
        "after.",
    )  # fmt: skip
    return None


def show_suspicion(found: SuspicionAnswer | RefusedTask | None, test: Task | None, name: str, network: Backbone) -> None:
    """Draws what the test found, or why it could not be made, with a way to make it again."""
    if isinstance(found, RefusedTask):
        st.warning(name_as_markdown(found.reason, 400), icon=":material/science:")
        st.button("Try again", key="try suspicion again", on_click=forget_result, args=(test,), icon=":material/refresh:")
    elif found:
        st.markdown(suspicion_sentence(found, name_as_markdown(name), CHANGE.get() or CHANGES[0], network.kind))
