"""The example heatmap of the guide: a sample picture explained by the bundled network, with its places marked and described."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import streamlit as st

from lrp import EpsilonPlusFlat
from lrp.display.colours import SCALES, colour_limit, end_colours
from lrp.display.html_parts import legend
from lrp.walk.objectives import Logit
from pages.parts.choose.averaging import VIEWS
from pages.parts.choose.samples import sample
from pages.parts.frame.maps import draw, enlarge
from pages.parts.guide.annotations import FigurePicture, circles_html, places_of
from pages.parts.say import map_words, words
from pages.parts.say.waiting import ask
from pages.parts.work import compute
from pages.parts.work.question import Question, Result

SAMPLE, METHOD, DEPTH, SCALE = "Cat", EpsilonPlusFlat(), 18, next(iter(SCALES))
MEAN = replace(METHOD, shifts=VIEWS)  # without the lattice; the heatmap that is explained, as soon as it is there
STYLE = (Path(__file__).parent / "guide.css").read_text()


def guide_question(method: EpsilonPlusFlat) -> Question:
    """Returns the question why the network predicts its class for the guide's picture, asked of `method`."""
    picture, network = sample(SAMPLE), compute.backbone("resnet", DEPTH, "demo")
    target = int(compute.logits(picture, network).argmax())
    return Question(picture, network, Logit(target), method)


def show_heatmap() -> None:
    """Draws the picture and its heatmap with numbered places, the colour scale, and what is to be seen at each place."""
    question = guide_question(MEAN)
    (mean,), _ = ask([question], other_work=list(compute.JOBS.get().keys()))  # nothing that another page asked for is cancelled
    picture, network = question.picture, question.backbone
    predictions = network.kind.predictions(compute.logits(picture, network))
    result = cast(Result, mean or compute.answer(guide_question(METHOD)))  # no job, as the plain method is quick
    name = network.categories[network.kind.best(predictions)]
    limit = colour_limit([result.map])
    seen = compute.seen(picture, network)
    summary = map_words.map_summary(METHOD.label, result.map)
    panels = [
        FigurePicture(enlarge(seen), "What the network saw", f"The picture {SAMPLE} as the network saw it."),
        FigurePicture(draw(result.map, SCALE, limit), f"Its heatmap for {name}", f"Heatmap. {summary}"),
    ]
    said = (
        f"<p>{words.headline_of(network, predictions).replace('**', '')} The colours below say how much relevance a pixel has. "
        "This heatmap is computed now, by the network that comes with the program; on <i>Compare</i> you can ask the same of "
        "your own picture.</p>"
    )
    places = places_of(result.map, name, end_colours(SCALE))
    st.html(f"<style>{STYLE}</style>{circles_html(panels, places, seen.size, said + legend(limit, SCALE))}")
