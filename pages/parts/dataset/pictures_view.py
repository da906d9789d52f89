"""The part of the page with every picture: the confusion matrix, the table, and the chosen pictures with their maps."""

import streamlit as st

from lrp.datasets.confusion import confusion, in_cell, mistakes
from lrp.datasets.dataset import DataSet
from pages.parts.choose.subject import Subject
from pages.parts.dataset.confusion_chart import CHART, MOST, choose_cell, confusion_alt, confusion_figure, take_cell
from pages.parts.dataset.gallery import show_gallery
from pages.parts.dataset.picture_list import choose_rows
from pages.parts.frame.charts import CONFIG


def show_pictures(dataset: DataSet, subject: Subject) -> None:
    """Draws the matrix where labels are known, the table of the chosen cell, and its pictures."""
    found, wrong = confusion(dataset.pictures), mistakes(dataset.pictures)
    pictures = list(dataset.pictures)
    if found is None:
        st.info("These pictures have no labels, so nothing says how often the network is right.", icon=":material/label_off:")
    else:
        st.markdown(f"**{found.accuracy:.0%}** of the labelled pictures are called as their folder is.")
        st.plotly_chart(
            confusion_figure(found, subject.narrow), key=CHART.key, config=CONFIG, alt=confusion_alt(found, wrong),
            on_select=take_cell, selection_mode="points",
        )  # fmt: skip
        if len(found.names) > MOST:
            st.caption(f"The {MOST} names of most pictures; the menu has all of {len(found.names)}.")
        if cell := choose_cell(found, wrong):
            pictures = in_cell(pictures, *cell)
    chosen = choose_rows(pictures)
    st.markdown("#### The chosen pictures" if chosen else "#### The pictures")
    if not chosen:
        st.caption("Choose rows of the table to see those alone.")
    show_gallery(dataset, chosen or pictures, subject.scale, "picture")
