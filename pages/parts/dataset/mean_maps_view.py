"""The part of the page with mean maps: what the network looks at in general, for each class and for each mistake."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from lrp.datasets.clusters import pooled
from lrp.datasets.confusion import in_cell, mistakes
from lrp.datasets.dataset import DataSet, ExplainedPicture
from lrp.datasets.mean_map import MeanMap, mean_map
from lrp.datasets.selection_words import foremost_place
from lrp.display.colours import colour_limit
from lrp.display.html_parts import legend
from lrp.jobs.attributes import StoreError
from lrp.progress import Progress
from lrp.region import Region
from pages.parts.dataset.choices import class_title
from pages.parts.dataset.stores import sentence_of, stamp_of
from pages.parts.frame.file_names import name_as_markdown
from pages.parts.frame.maps import draw, side_by_side
from pages.parts.say.waiting import ask, show_waiting
from pages.parts.work.question import RefusedTask, Task

MOST = 12  # classes, and kinds of mistakes, of which a mean is shown


def outlined(picture: Image.Image, region: Region, shape: tuple[int, ...]) -> Image.Image:
    """Returns a drawn map (height, width) with the region outlined in black and white."""
    across, down = picture.width / shape[1], picture.height / shape[0]
    left = region.left * across
    top = region.top * down
    right = region.right * across - 1
    bottom = region.bottom * down - 1
    drawn = ImageDraw.Draw(picture)
    drawn.rectangle([left, top, right, bottom], outline="black", width=4)
    drawn.rectangle([left + 1, top + 1, right - 1, bottom - 1], outline="white", width=2)
    return picture


@dataclass(frozen=True)
class NamedMean:
    """The mean map of some pictures. name: what they are. place: where in the picture most of the mean lies."""

    name: str
    found: MeanMap
    place: str


def mean_task(dataset: DataSet, groups: Sequence[tuple[str, Sequence[ExplainedPicture]]], label: str) -> Task:
    """Returns a task that gives a NamedMean for each named group of pictures, or RefusedTask where maps cannot be read."""
    positions = tuple((name, tuple(picture.position for picture in pictures)) for name, pictures in groups)
    key: Hashable = ("mean maps", stamp_of(dataset.store.path), dataset.method, positions)

    def work(progress: Progress | None) -> tuple[NamedMean, ...] | RefusedTask:
        found = []
        try:
            for done, (name, pictures) in enumerate(groups):
                if progress:
                    progress(done / len(groups))
                found.append(_named(name, mean_map(dataset, pictures)))
        except StoreError as error:
            return RefusedTask(sentence_of(error))
        return tuple(found)

    return Task(key, label, True, work, patience=3.0)


def _named(name: str, found: MeanMap) -> NamedMean:
    return NamedMean(name, found, foremost_place(pooled(found.mean[None], 3), np.empty((0, 3, 3), np.float32)).name)


def class_groups(dataset: DataSet) -> list[tuple[str, list[ExplainedPicture]]]:
    """Returns the pictures of each explained class that the network is right about, or that have no label; then its mistakes."""
    classes = [
        (class_title(name), [each for each in dataset.of_class(name) if not each.is_mistake]) for name in dataset.classes
    ]  # fmt: skip
    right = [(name, pictures) for name, pictures in classes if pictures]
    wrong = [
        (f"{label} called {prediction}", in_cell(dataset.pictures, label, prediction))
        for label, prediction, _ in mistakes(dataset.pictures)
    ]
    return [*right[:MOST], *wrong[:MOST]]


def show_mean_maps(dataset: DataSet, scale: str) -> None:
    """Draws the mean map of each class and each mistake beside its spread."""
    st.caption(
        "Each map is divided by its sum of |relevance| before the mean is taken, so every picture counts alike. The spread, on "
        "the right, is the standard deviation over pictures: where it is large, they differ. A class counts the pictures that "
        "the network is right about."
    )
    (found,), waiting = ask([mean_task(dataset, class_groups(dataset), "The mean maps")])
    show_waiting(waiting)
    if isinstance(found, RefusedTask):
        st.warning(found.reason, icon=":material/folder_off:")
    elif found:
        columns = st.columns(3)
        for place, each in enumerate(found):
            with columns[place % 3], st.container(border=True):
                show_mean(each, scale)


def show_mean(each: NamedMean, scale: str, region: Region | None = None) -> None:
    """Draws a mean map beside its spread, with what they are in words. region: outlined in the mean, if there is one."""
    n, limit = each.found.n, colour_limit([each.found.mean])
    st.markdown(f"**{name_as_markdown(each.name)}**, {n} picture{'s' if n > 1 else ''}  \nmost of it: {each.place}")
    alt = f"Mean map of {n} pictures, {each.name}: most relevance lies in the {each.place}"
    mean = draw(each.found.mean, scale, limit)
    if region:
        mean, alt = outlined(mean, region, each.found.mean.shape), f"{alt}. The region to test is outlined"
    top = float(each.found.spread.max())
    if top:
        mean, alt = side_by_side(mean, draw(each.found.spread, scale, top)), f"{alt}. Beside it their spread, up to {top:.2g}"
    st.image(mean, width="stretch", alt=alt, output_format="PNG")
    st.html(legend(limit, scale, "of a picture’s relevance"))
