"""The section of the guide on the mean over shifted views: the plain map with its lattice, and the mean beside it."""

import streamlit as st

from lrp.display.colours import colour_limit
from pages.parts.choose.averaging import VIEWS
from pages.parts.frame.maps import draw
from pages.parts.guide.guide_picture import MEAN, METHOD, SCALE, guide_question
from pages.parts.say import map_words
from pages.parts.say.waiting import absence_reason, ask, show_waiting
from pages.parts.work import compute


def show_lattice() -> None:
    """Draws the plain map and the mean side by side, each on its own scale, and says what the difference comes from."""
    questions = [guide_question(METHOD), guide_question(MEAN)]
    titles = ("Plain", f"Mean of {VIEWS} × {VIEWS} shifted views")
    # Nothing that another page asked for is cancelled.
    results, waiting = ask(questions, other_work=list(compute.JOBS.get().keys()))
    *places, said = st.columns([2, 2, 3])
    for place, title, question, result in zip(places, titles, questions, results, strict=True):
        place.markdown(f"**{title}**")
        if result is None:
            place.caption(absence_reason(question, waiting))
        else:
            picture = draw(result.map, SCALE, colour_limit([result.map]))
            place.image(picture, width="stretch", alt=map_words.map_summary(title, result.map), output_format="PNG")
    said.markdown(
        "The regular dots of the plain map come from the network, not from the picture. Wherever ResNet-18 or 34 halves its "
        "resolution, its shortcuts read one value of four and skip the rest, and what was skipped gets no relevance through "
        "them. Several such layers in a row leave a **lattice**, which stays in its place when the picture moves.\n\n"
        f"That tells the two apart. The picture is explained {VIEWS**2} times, each time moved by a few pixels; every map is "
        "moved back, and their mean is shown. What belongs to the picture stays, what belongs to the lattice cancels. On "
        "*Compare* a switch shows the plain map."
    )
    show_waiting(waiting, "lattice")
