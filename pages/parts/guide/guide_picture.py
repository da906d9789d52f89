"""The example heatmap of the guide: a sample picture explained by the bundled network, and a description of the map."""

from typing import cast

import streamlit as st

from lrp import EpsilonPlusFlat
from lrp.display.colours import SCALES, colour_limit
from lrp.walk.objectives import Logit
from pages.parts.choose.samples import sample
from pages.parts.frame.maps import draw, enlarge, legend
from pages.parts.say import words
from pages.parts.work import compute
from pages.parts.work.question import Question, Result

SAMPLE, METHOD, DEPTH, SCALE = "Cat", EpsilonPlusFlat(), 18, next(iter(SCALES))


def guide_question(method: EpsilonPlusFlat) -> Question:
    """Returns the question why the network predicts its class for the guide's picture, asked of `method`."""
    picture, network = sample(SAMPLE), compute.backbone("resnet", DEPTH, "demo")
    target = int(compute.logits(picture, network).argmax())
    return Question(picture, network, Logit(target), method)


def show_heatmap() -> None:
    """Draws the picture, its heatmap and the colour scale, with a description of the map."""
    question = guide_question(METHOD)
    picture, network = question.picture, question.backbone
    predictions = network.kind.predictions(compute.logits(picture, network))
    target = network.kind.best(predictions)
    result = cast(Result, compute.answer(question))  # no job, as the method is quick
    name, limit = network.categories[target], colour_limit([result.map])
    summary = words.map_summary(METHOD.label, result.map)
    seen, drawn, said = st.columns([2, 2, 3])
    seen.markdown("**What the network saw**")
    alt = f"The picture {SAMPLE} as the network saw it."
    seen.image(enlarge(network.as_seen(network.preprocess(picture.image))), width="stretch", alt=alt)
    drawn.markdown(f"**Its heatmap for {name}**")
    drawn.image(draw(result.map, SCALE, limit), width="stretch", alt=f"Heatmap. {summary}", output_format="PNG")
    drawn.html(legend(limit, SCALE))
    said.markdown(
        f"{words.headline_of(network, predictions)} Red places in the heatmap speak for **{name}**, blue ones against it. "
        f"{summary} "
        "The scale below it says how much relevance the strongest colour stands for. This one is computed now, by the network "
        "that comes with the program; on *Compare* you can ask the same of your own picture."
    )
