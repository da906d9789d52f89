"""What is chosen on the page, each in its link: the data set, the method, the part of the page, and what it is about."""

from collections.abc import Sequence

import streamlit as st

from lrp import METHODS
from lrp.datasets.dataset import DataSet
from lrp.files.plain_text import plain_text
from pages.parts.dataset.stores import Source
from pages.parts.frame.state import SessionValue

VIEWS = ("Pictures", "Mean maps", "Clusters")
GROUPINGS, THUMBNAILS = ("Spectral", "HDBSCAN"), ("Photos", "Maps")
MAPS, CHANNELS = CLUSTER_INPUTS = ("The maps", "Relevance per channel")
DATASET, METHOD = SessionValue[str]("dataset"), SessionValue[str]("set_method")
VIEW, CELL = SessionValue[str]("set_view"), SessionValue[str]("set_cell")
CLUSTERED = SessionValue[str]("set_class")
CLUSTER_INPUT = SessionValue[str]("set_clustered")
GROUPING = SessionValue[str]("set_grouping")
GROUP = SessionValue[str | None]("set_group")
THUMBS = SessionValue[str]("set_thumbnails")
CHANGE, REGION = SessionValue[str]("set_change"), SessionValue[str]("set_region")
NEXT = SessionValue[str]("data set to open")  # once the job that makes it has ended


def class_title(name: str) -> str:
    """Returns what an explained class is called where that may be none, as of the features of a layer."""
    return name or "no class"


def choose_source(sources: Sequence[Source]) -> Source:
    """Draws the menu of data sets; returns the chosen one."""
    names = {source.name: source for source in sources}
    if NEXT.is_set:
        if NEXT.get() in names:
            DATASET.set(NEXT.get() or "")
        NEXT.pop()
    if DATASET.is_set and DATASET.get() not in names:
        DATASET.pop()
    chosen = st.selectbox(
        "Data set", list(names), key=DATASET.key, bind="query-params", format_func=plain_text,
        help="Stores of explanations that `lrp explain FOLDER --out STORE` or this page has written, and folders of pictures "
        "that can be explained here. Whoever runs this server has put them there.",
    )  # fmt: skip
    return names[chosen]


def choose_stored_method(methods: Sequence[str]) -> str:
    """Draws a menu of the methods of a store if it has several; returns the chosen one."""
    if len(methods) == 1:
        return methods[0]
    if METHOD.is_set and METHOD.get() not in methods:
        METHOD.pop()
    return st.selectbox("Method", methods, key=METHOD.key, bind="query-params", format_func=label_of_method)


def choose_view() -> str:
    """Draws the control that says which part of the page is shown; returns one of VIEWS."""
    return st.segmented_control(
        "Show", VIEWS, default=VIEWS[0], required=True, key=VIEW.key, bind="query-params",
        help="- **Pictures**: how often the network is right, and every picture with its map.\n"
        "- **Mean maps**: what it looks at in general, for each class and each mistake.\n"
        "- **Clusters**: which pictures of a class it decides in the same way, and a test of what you suspect.",
    )  # fmt: skip


def is_clustered_by_channels(dataset: DataSet) -> bool:
    """Returns whether relevance per channel is chosen to be clustered, and the store has it."""
    return CLUSTER_INPUT.get() == CHANNELS and bool(dataset.channel_layer)


def label_of_method(name: str) -> str:
    """Returns what people call the method of a store, which may be one that this version does not have."""
    return METHODS[name].label if name in METHODS else name
