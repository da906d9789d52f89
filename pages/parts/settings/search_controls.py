"""The controls of a search: what better means, how many settings are tried, and with how many shifted views."""

import streamlit as st

from lrp.metrics.search_criteria import CRITERIA, MEASURES
from lrp.metrics.search_space import GRID, GRID_SIZE
from lrp.metrics.settings_search import SettingsSearch
from pages.parts.frame.state import SessionValue

COUNTS = (len(GRID), 12, 24, 48, GRID_SIZE)
SHIFTS = (1, 2, 4)
SOURCES = ("Yours and the samples", "The folder of this server")  # of the pictures
GOAL, COUNT = SessionValue[str]("s_measure"), SessionValue[int]("s_candidates")
VIEWS, SOURCE = SessionValue[int]("s_shifts"), SessionValue[str]("s_pictures")


def choose_search() -> SettingsSearch:
    """Draws the controls; returns what they say."""
    measure, candidates, views = st.columns(3)
    with measure:
        chosen = st.segmented_control(
            "What is to be good", list(MEASURES), default="faithfulness", required=True, key=GOAL.key, bind="query-params",
            format_func=lambda name: CRITERIA[name].label if name in CRITERIA else "Both",
            help="\n".join(f"- **{each.label}**: {each.meaning}." for each in CRITERIA.values())
            + "\n- **Both**: the mean of the two, each in units of its standard deviation over pictures.",
        )  # fmt: skip
    with candidates:
        count = st.segmented_control(
            "How many settings are tried", COUNTS, default=COUNTS[1], required=True, key=COUNT.key, bind="query-params",
            help="Settings are a composite of rules with its gamma and its epsilons. Few are of every kind, the defaults first; "
            f"{COUNTS[0]} are the defaults alone, {GRID_SIZE} all. Those that do badly on a few pictures are soon left.",
        )
    with views:
        most = st.segmented_control(
            "Most shifted views", SHIFTS, default=2, required=True, key=VIEWS.key, bind="query-params",
            help="The best two settings are also tried as a mean over so many shifts of the picture along each axis (2 are "
            "2 × 2 = 4 views), which takes longer; 1 is the picture alone.",
        )
    return SettingsSearch(chosen, count, tuple(side for side in SHIFTS if side <= most))


def choose_picture_source() -> str:
    """Draws the control that says which of SOURCES the pictures come from; returns its choice."""
    return st.segmented_control(
        "Pictures", SOURCES, default=SOURCES[1], required=True, key=SOURCE.key, bind="query-params",
        help="Whoever runs this server has named a folder of pictures for the search.",
    )  # fmt: skip
