"""Why the first view shows a mean over shifted views: the plain map with its lattice beside it."""

from dataclasses import replace

import streamlit as st

from lrp.display.colours import colour_limit
from pages.parts.choose.averaging import SHIFTS
from pages.parts.frame.maps import draw
from pages.parts.guide.guide_picture import METHOD, SCALE, guide_question
from pages.parts.say import words
from pages.parts.say.waiting import absence_reason, ask, show_waiting
from pages.parts.work import compute


def show_lattice() -> None:
    """Draws the plain map and the mean side by side, each on its own scale, and says what the difference comes from."""
    questions = [guide_question(METHOD), guide_question(replace(METHOD, shifts=SHIFTS))]
    titles = ("Plain", f"Mean of {SHIFTS} × {SHIFTS} shifted views")
    results, waiting = ask(questions, kept=list(compute.JOBS.get().keys()))  # nothing that another page asked for is cancelled
    *places, said = st.columns([2, 2, 3])
    for place, title, question, result in zip(places, titles, questions, results, strict=True):
        place.markdown(f"**{title}**")
        if result is None:
            place.caption(absence_reason(question, waiting))
        else:
            picture = draw(result.map, SCALE, colour_limit([result.map]))
            place.image(picture, width="stretch", alt=words.map_summary(title, result.map), output_format="PNG")
    said.markdown(
        "The dots of the plain map are not in the picture. Where a layer halves its resolution, the shortcuts of ResNet-18 and "
        "34 read one value of four and skip the rest, so relevance comes to every second place only, and again at each such "
        "layer: a **lattice**. It stays where it is when the picture moves. So the picture is explained "
        f"{SHIFTS**2} times, moved by a few pixels each time, every map is moved back, and the mean is shown: what belongs to "
        "the picture stays, what belongs to the lattice cancels. On *Compare* a switch shows the plain map."
    )
    show_waiting(waiting, "lattice")
