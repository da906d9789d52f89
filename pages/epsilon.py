"""LRP at every epsilon: a slider over the maps of one forward pass, and where the map stops being Input x Gradient."""

import streamlit as st

import lrp
from pages.parts.choose.setting_controls import setting_key
from pages.parts.choose.subject import choose_subject
from pages.parts.frame.menu_keys import FIRST
from pages.parts.frame.state import SessionValue
from pages.parts.sweep.sweep_page import show_page_of
from pages.parts.sweep.swept import EPSILON

# The epsilon of the first map on the main page, which this page begins with.
FROM_COMPARISON = SessionValue[float](setting_key(FIRST, lrp.UniformEpsilon, "epsilon"))

subject = choose_subject()
objective, first = subject.objective, FROM_COMPARISON.get()
st.markdown(subject.heading)
if objective.balanced:
    objective = subject.about_class_alone(
        "epsilon is followed from where the map is Input × Gradient, which a question about all classes at once never is"
    )
show_page_of(EPSILON, lrp.UniformEpsilon, subject, objective, 0.25 if first is None else first, "epsilon-plus-flat")
