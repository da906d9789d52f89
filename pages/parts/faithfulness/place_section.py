"""The section of the page about places: how much of each map lies in a drawn box, and in the right part of a mosaic."""

from collections.abc import Hashable, Sequence

import streamlit as st
from torch import Tensor

from lrp.heads import SOFTMAX
from pages.parts.canvas import figure
from pages.parts.canvas.region import region_within, share_covered
from pages.parts.choose.class_choice import CLASS, PREDICTED
from pages.parts.choose.pictures import own_album
from pages.parts.choose.subject import Subject
from pages.parts.faithfulness import closer_look_charts
from pages.parts.faithfulness.grid import (
    CHANCE,
    CORNERS,
    MosaicResult,
    N,
    cell_sentence,
    grid_key,
    grid_seconds,
    grid_task,
    mosaic_task,
    with_first_cell_framed,
)
from pages.parts.faithfulness.localise import BOX_CANVAS, box_scores, box_sentence, current_box, draw_box_sliders
from pages.parts.faithfulness.measurements import Measurements
from pages.parts.faithfulness.report_card import MapCard
from pages.parts.frame.charts import CONFIG
from pages.parts.frame.maps import draw, enlarge
from pages.parts.say import words
from pages.parts.say.request import is_requested, offer_tests
from pages.parts.say.waiting import Waiting, ask, show_waiting
from pages.parts.work import compute
from pages.parts.work.question import Question, Task

TEST = "mosaic"
TILE, NARROW_TILE = 240, 136  # pixels; two of the narrow ones stand side by side in a window of 320
ABOUT = "Four pictures, each of a class of its own for this network, are put into one, and the map is made of that."


@st.fragment
def show_box(cards: Sequence[MapCard], subject: Subject) -> None:
    """Draws the maps with the box over them, and how much of each lies in it."""
    network, picture, name = subject.network, subject.picture, subject.name
    box = current_box(subject.scale)
    seen = compute.seen(picture, network)
    region = region_within(box, seen.size)
    st.markdown(
        f"**Draw a box round what you would call the {name}**: press *Mark a region* and drag over any of the pictures, or move "
        "there with the arrow keys and press Enter at two corners, or set its borders by numbers."
    )
    maps = [figure.Heatmap(f"{i}", card.name, card.result.map) for i, card in enumerate(cards)]
    figure.draw_canvas(seen, maps, f"The picture of {picture.name} as the network saw it.", BOX_CANVAS)
    with st.popover("Set the box by numbers", icon=":material/tune:"):
        draw_box_sliders(box, seen.size)
    if region is None:
        st.markdown("Nothing is measured yet, for there is no box.")
        return
    chance, found = share_covered(region, seen.size), box_scores(cards, region)
    sentences = [box_sentence(score, chance, name) for score in found]
    st.markdown(f"The box covers **{chance:.0%}** of the picture, which is what a map that knows nothing has in it.")
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences))
    bars: list[closer_look_charts.Bar] = [
        ("Strongest pixel (pointing game)", [float(p.hit) for p in found], ["hit" if p.hit else "miss" for p in found]),
        ("Of all that speaks for it (mass)", [p.mass for p in found], [f"{p.mass:.0%}" for p in found]),
        ("Of the pixels put first (rank)", [p.rank for p in found], [f"{p.rank:.0%}" for p in found]),
    ]
    alt = f"Bars of what lies in the box; chance is {chance:.0%}. " + " ".join(sentences).replace("**", "")
    chart = closer_look_charts.shares_figure(bars, list(enumerate(score.name for score in found)), chance, subject.narrow)
    st.plotly_chart(chart, key="box chart", config=CONFIG, alt=alt)
    st.caption("Your box is what you would look at, which the network need not: a miss is a finding, not a fault of the map.")


def mosaic_keys(questions: Sequence[Question], subject: Subject) -> list[Hashable]:
    """Returns the keys of the work that this section asks for."""
    asked = [question for question in questions if is_requested(TEST, question)]
    if not asked or subject.network.kind is not SOFTMAX:
        return []
    made_by = _made_by(subject)
    return [made_by.key, *(grid_key(question, made_by) for question in asked)]


def _made_by(subject: Subject) -> Task:
    return mosaic_task(subject.picture, subject.network, own_album().tray)


def show_mosaic(cards: Sequence[MapCard], subject: Subject, measured: Measurements) -> Waiting:
    """Draws the grid pointing game; returns the work that is under way."""
    categories = subject.network.categories
    target = subject.target
    sees = int(subject.predictions.argmax())
    if subject.network.kind is not SOFTMAX:
        st.markdown(
            "**Without a box:** a mosaic would put your picture beside pictures of other classes. That says something of "
            f"{SOFTMAX.meaning} only, and this network has {subject.network.kind.meaning}. Draw a box above instead."
        )
        return []
    st.markdown(
        "**Without a box:** your picture becomes one of four in a mosaic, the others of other classes, and every map is asked "
        f"for **{subject.name}** only. What lies in the wrong pictures is no evidence for it (Böhle et al. 2021)."
    )
    if target != sees:
        seen = words.article(categories[sees])
        st.markdown(f"The network sees {seen} in your picture, so a mosaic can ask for that class only.")
        st.button("Explain what it sees", key="explain seen", on_click=CLASS.set, args=(PREDICTED,))
        return []
    offer_tests(TEST, "Play it with", [(card.name, card.question, grid_seconds(card.result)) for card in cards], ABOUT)
    played = [(i, card) for i, card in enumerate(cards) if is_requested(TEST, card.question)]
    if not played:
        return []
    made_by = _made_by(subject)
    (made,), waiting = ask([made_by], measured.asked_keys)
    x = made.x if made else None
    tasks = [] if x is None else [grid_task(card.question, card.result, target, x, made_by) for _, card in played]
    found, more = ask(tasks, measured.asked_keys)
    waiting += more
    show_waiting(waiting, TEST)
    if made and x is None:
        classes = " and ".join(categories[index] for index in made.classes)
        st.markdown(
            f"There are not enough pictures: this network sees only {classes} in yours and in the samples, and a mosaic needs "
            f"{N * N} classes. Bring another picture of something else, or choose another network."
        )
    present = [(i, card, each) for (i, card), each in zip(played, found, strict=False) if each is not None]
    if present and x is not None:
        _show_cells(x, made.classes, present, subject)
    return waiting


def _show_cells(
    x: Tensor, classes: Sequence[int], present: Sequence[tuple[int, MapCard, MosaicResult]], subject: Subject
) -> None:
    network, name = subject.network, subject.name
    sentences = [cell_sentence(card.name, found, name) for _, card, found in present]
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences))
    cells = ", ".join(f"{corner} {words.article(network.categories[i])}" for corner, i in zip(CORNERS, classes, strict=True))
    pictures = [("The mosaic", enlarge(network.as_seen(x)), f"The mosaic: {cells}.")]
    drawn = zip(present, sentences, strict=True)
    pictures += [(card.name, draw(found.map, subject.scale), said.replace("**", "")) for (_, card, found), said in drawn]
    with st.container(horizontal=True, gap="small"):
        for title, image, alt in pictures:
            with st.container(width=NARROW_TILE if subject.narrow else TILE):
                st.markdown(f"**{title}**")
                st.image(with_first_cell_framed(image), width="stretch", alt=alt, output_format="PNG")
    st.caption(f"The network sees: {cells}. The frame is round the picture that is asked for.")
    shares = [found.share for _, _, found in present]
    bars = [(f"Share in the picture of {words.article(name)}", shares, [f"{share:.0%}" for share in shares])]
    chart = closer_look_charts.shares_figure(bars, [(i, card.name) for i, card, _ in present], CHANCE, subject.narrow)
    alt = f"Bars of the share in the right picture; chance is {CHANCE:.0%}. " + " ".join(sentences).replace("**", "")
    st.plotly_chart(chart, key="mosaic chart", config=CONFIG, alt=alt)
