"""The controls that have a folder of pictures explained into a store beside it, and what became of that."""

from collections.abc import Hashable
from pathlib import Path

import streamlit as st

from lrp import Backbone
from lrp.jobs.channels import last_layer
from lrp.jobs.job import JobSettings
from lrp.jobs.labels import Labels
from lrp.jobs.listing import list_pictures
from lrp.methods.method import Method
from pages.parts.choose.method_menus import choose_method
from pages.parts.choose.setting_controls import choose_settings
from pages.parts.dataset.choices import NEXT
from pages.parts.dataset.folder_job import job_task
from pages.parts.dataset.stores import Source
from pages.parts.frame.file_names import name_as_markdown
from pages.parts.frame.menu_keys import DATASET_METHOD
from pages.parts.frame.state import LazySessionValue, SessionValue
from pages.parts.say.number_words import about_seconds
from pages.parts.say.start_button import start_button
from pages.parts.say.waiting import ask, show_waiting
from pages.parts.work.compute import forget_result
from pages.parts.work.network_key import is_private
from pages.parts.work.question import RefusedTask, Task

COUNTS = ("100", "300", "1000", "all")  # of pictures
COUNT = SessionValue[str]("set_count")
BY_LABEL = SessionValue[bool]("set_by_label")
STARTED = LazySessionValue("started data sets", set[Hashable])
SHARD = 16  # pictures that are written at once: what is lost when a job is cancelled


def offer_to_explain(root: Path, source: Source, network: Backbone) -> None:
    """Draws the settings of a job on a folder of pictures, the button that starts it, and its progress."""
    if is_private(network):
        st.info("A network that you have brought is yours alone, and a store is everybody's: choose another network.")
        return
    st.markdown("These are pictures that nothing here has explained yet. A job explains them into a store beside them.")
    method, count, by_label = _choose_job()
    try:
        entries = list_pictures([str(source.path)], None if count == "all" else int(count), shuffle=0)
    except (ValueError, OSError) as error:
        st.warning(f"The folder cannot be read: {error}.", icon=":material/folder_off:")
        return
    labels = Labels(network.categories)
    by_label = by_label and all(labels.of(entry).index is not None for entry in entries)
    channels = last_layer(network) if method.has_rules else ""
    job = JobSettings(network, (method,), class_from_folder=by_label, shard=SHARD, channels=channels)
    task = job_task(root, source, job, entries, count)
    _offer_start(task, len(entries), network)
    started = task.key in STARTED.get()
    (found,), waiting = ask([task]) if started else ([None], [])
    show_waiting(waiting)
    if isinstance(found, RefusedTask):
        st.warning(name_as_markdown(found.reason, 400), icon=":material/folder_off:")
        st.button("Try again", key="try data set again", on_click=forget_result, args=(task,), help="What is done is kept.")
    elif found:
        forget_result(task)  # the folder may change, and the store may be removed
        STARTED.get().discard(task.key)
        NEXT.set(found.store)
        st.rerun()


def _choose_job() -> tuple[Method, str, bool]:
    left, middle, right = st.columns(3)
    with left:
        kind = choose_method("Method", DATASET_METHOD, "epsilon-plus-flat")
        with st.popover("Settings of the method", icon=":material/tune:", width="stretch"):
            settings = choose_settings(kind, DATASET_METHOD)
    with middle:
        count = st.segmented_control(
            "How many pictures", COUNTS, default=COUNTS[1], required=True, key=COUNT.key, bind="query-params",
            help="Drawn at random, the same each time. A store that has some of them goes on with the others.",
        )  # fmt: skip
    with right:
        by_label = st.toggle(
            "Explain the class of the folder", key=BY_LABEL.key, bind="query-params",
            help="Where every folder is called as a class of the network is; else the class that it predicts is explained.",
        )  # fmt: skip
    return kind(**settings), count, by_label


def _offer_start(task: Task, count: int, network: Backbone) -> None:
    if task.key in STARTED.get():
        return
    start_button(
        f"Explain {count} pictures: {about_seconds(task.expected_seconds)}", "start data set",
        lambda: STARTED.get().add(task.key), f"By {name_as_markdown(network.name)}. It runs in the background and can be "
        "cancelled; what is done by then is kept, and the same press goes on with it.", primary=True,
    )  # fmt: skip
