"""What a network looks at in a whole folder of pictures: confusion, mean maps, clusters of explanations."""

from pathlib import Path

import streamlit as st

from lrp.datasets.dataset import DataSet
from lrp.jobs.attributes import StoreError
from pages.parts.choose.subject import choose_subject
from pages.parts.dataset.choices import VIEWS, choose_source, choose_stored_method, choose_view, label_of_method
from pages.parts.dataset.clusters_view import show_clusters
from pages.parts.dataset.downloads import offer_data_set_downloads
from pages.parts.dataset.explain_folder import offer_to_explain
from pages.parts.dataset.gallery import open_asked_picture
from pages.parts.dataset.mean_maps_view import show_mean_maps
from pages.parts.dataset.pictures_view import show_pictures
from pages.parts.dataset.stores import Source, dataset_in, datasets_folder, methods_in, sentence_of, sources_in
from pages.parts.frame.file_names import name_as_markdown

NO_FOLDER = (
    "No data set is here yet: whoever runs this server names a folder with folders of pictures, or with stores that "
    "`lrp explain FOLDER --out STORE` has written, as in `LRP_DATASETS=data streamlit run app.py`."
)

subject = choose_subject()
st.markdown("## What does the network look at in general?")
st.markdown(
    "One picture tells little of a network. Here many are explained, and what their maps have in common shows what it looks at, "
    "and where it may be right for the wrong reason."
)


def found_sources(folder: str) -> list[Source]:
    """Returns what is in the operator's folder; draws a sentence where that is nothing."""
    try:
        found = sources_in(Path(folder)) if folder else []
    except OSError as error:
        st.warning(f"The folder of data sets cannot be read ({error.strerror}); whoever runs this server can say why.")
        return []
    if not found:
        st.info(NO_FOLDER, icon=":material/folder_off:")
    return found


def opened(source: Source) -> DataSet | None:
    """Returns the data set of a store; draws the sentence that says why it cannot be read, if it cannot."""
    try:
        return dataset_in(source.path, choose_stored_method(methods_in(source.path)))
    except (StoreError, OSError, KeyError, TypeError) as error:
        said = sentence_of(error) if isinstance(error, StoreError) else (
            f"{source.name} cannot be read as a store ({type(error).__name__}); choose another data set."
        )
        st.warning(name_as_markdown(said, 400), icon=":material/folder_off:")
        return None


def say_what_it_is(dataset: DataSet) -> None:
    """Draws how many pictures were explained by what, and which could not be."""
    network = name_as_markdown(str(dataset.store.settings.get("network", "")))
    st.markdown(f"**{len(dataset.pictures)} pictures**, explained by {label_of_method(dataset.method)} in {network}.")
    if dataset.problems:
        with st.expander(f"{len(dataset.problems)} more have no result"):
            told = ((name_as_markdown(file, 400), name_as_markdown(why, 400)) for file, why in dataset.problems.items())
            st.table([{"File": file, "Why": why} for file, why in told])


def show(dataset: DataSet, name: str) -> None:
    """Draws the data set, in the view that is chosen."""
    say_what_it_is(dataset)
    if not dataset.pictures:
        st.info("None of its pictures could be explained, so there is nothing to show.")
        return
    open_asked_picture(dataset)
    view = choose_view()
    try:
        if view == VIEWS[0]:
            show_pictures(dataset, subject)
        elif view == VIEWS[1]:
            show_mean_maps(dataset, subject.scale)
        else:
            show_clusters(dataset, subject)
        offer_data_set_downloads(dataset, name, subject.scale)
    except StoreError as error:
        st.warning(name_as_markdown(sentence_of(error), 400), icon=":material/folder_off:")


folder = datasets_folder()
if sources := found_sources(folder):
    source = choose_source(sources)
    if not source.is_store:
        offer_to_explain(Path(folder), source, subject.network)
    elif dataset := opened(source):
        show(dataset, source.name)
