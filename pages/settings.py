"""Which settings of LRP suit the network best, by a search on many pictures, judged on pictures that were held out."""

from collections.abc import Hashable

import streamlit as st

from lrp.metrics.search_criteria import CRITERIA
from lrp.metrics.search_plan import MIN_PICTURES, split_pictures
from lrp.metrics.search_result import SearchResult
from lrp.metrics.settings_search import SettingsSearch
from pages.parts.choose.pictures import own_album
from pages.parts.choose.subject import choose_subject
from pages.parts.frame.charts import CONFIG
from pages.parts.frame.state import LazySessionValue
from pages.parts.say import number_words
from pages.parts.say.start_button import start_button
from pages.parts.say.waiting import ask, show_waiting
from pages.parts.settings.collection import (
    Collection,
    classes_seen,
    collection_in,
    collection_of,
    pictures_folder,
    visit_pictures,
)
from pages.parts.settings.open_in_compare import compare_link
from pages.parts.settings.own_pictures import choose_own_pictures
from pages.parts.settings.search_charts import search_figure, search_figure_alt, search_table
from pages.parts.settings.search_controls import SOURCES, choose_picture_source, choose_search
from pages.parts.settings.search_task import search_seconds, search_task
from pages.parts.settings.search_words import HOW, counts_sentence, too_few_classes
from pages.parts.work.question import RefusedTask

STARTED = LazySessionValue("started searches", set[Hashable])  # the keys of the searches that were asked for
OWN, FOLDER = SOURCES

subject = choose_subject()
network = subject.network

st.markdown("## Which settings suit this network best?")
st.markdown(
    f"Many settings of LRP explain many pictures here, each for the class that **{network.name}** sees in it, and are ranked by "
    "how good their maps are. Then the best of them meets the default on pictures that were **held out**: that having tried much "
    "flatters nobody. The answer is one sentence, and it may be that there is no difference."
)


def choose_collection(search: SettingsSearch) -> tuple[Collection, str | None]:
    """Draws the controls of the pictures; returns them, and why localisation cannot be measured with them, if that is known."""
    folder = pictures_folder()
    if folder and choose_picture_source() == FOLDER:
        return collection_in(folder), None
    pictures = visit_pictures(choose_own_pictures(own_album().tray))
    if len(pictures) < MIN_PICTURES or "localisation" not in search.criteria:
        return collection_of(pictures), None
    return collection_of(pictures), too_few_classes(classes_seen(pictures, network), split_pictures(len(pictures)))


def offer_start(collection: Collection, search: SettingsSearch, key: Hashable, possible: bool) -> None:
    """Draws the button that starts the search, with a forecast of how long it takes."""
    forecast = f": {number_words.about_seconds(search_seconds(collection.count, network, search))}" if possible else ""
    start_button(
        f"Search{forecast}", "start search", lambda: STARTED.get().add(key),
        "It runs in the background and can be cancelled. It ends when you leave this page.", primary=True, possible=possible,
    )  # fmt: skip


def show_result(result: SearchResult) -> None:
    """Draws the sentence, the way to Compare, the chart and the table."""
    with st.container(border=True):
        st.markdown(f"**{result.sentence}**")
        st.markdown(result.runner_up_sentence if result.found else "")
        st.page_link(
            "pages/compare.py", label="Open these settings in Compare", icon=":material/compare:",
            query_params=compare_link(result.best.method), help="The first map is the default there, the second one has these.",
        )  # fmt: skip
    st.markdown("#### Every candidate")
    st.plotly_chart(search_figure(result), key="search chart", config=CONFIG, alt=search_figure_alt(result))
    st.dataframe(search_table(result), hide_index=True)
    meanings = [f"{CRITERIA[name].label}: {CRITERIA[name].meaning}." for name in result.criteria]
    flattered = "Scores in the search flatter the best, which was chosen by them; the held-out ones do not."
    st.caption(" ".join([*meanings, flattered]))


search = choose_search()
collection, refusal = choose_collection(search)
enough = collection.count >= MIN_PICTURES
st.markdown(counts_sentence(collection.count, split_pictures(collection.count) if enough else None))
if refusal:
    st.warning(refusal, icon=":material/grid_view:")
task = search_task(collection, network, search)
started = enough and not refusal and task.key in STARTED.get()
found, waiting = ask([task] if started else [])
if not started:
    offer_start(collection, search, task.key, enough and not refusal)
show_waiting(waiting)
if found and isinstance(found[0], RefusedTask):
    said = f"The search could not be made: {found[0].reason}. Take other pictures, or choose faithfulness."
    st.warning(said, icon=":material/troubleshoot:")
elif found and found[0]:
    show_result(found[0])
with st.expander("How the search goes on, and what it does not tell"):
    st.markdown(HOW)
st.caption("The address of this page holds every setting made here, and no picture of yours.")
