"""The marked region: how much of each map lies in it, and what blurring it does to the network's answer."""

from collections.abc import Hashable, Sequence

import streamlit as st

from lrp.metrics.regions import share_inside, when_blurred
from lrp.region import Region
from lrp.walk.objectives import ClassObjective, Logit, Objective
from pages.parts.canvas.region import share_covered
from pages.parts.frame.state import SessionValue
from pages.parts.work.network_key import network_key
from pages.parts.work.question import Question, Result
from pages.parts.work.traces import cached_trace

Explanations = Sequence[tuple[Question, Result]]
Blurring = tuple[str, float, float]  # the name of a value, the value as it is, and with the region blurred
LAST_BLURRING = SessionValue[tuple[Hashable, Blurring]]("blurred region")  # after the key of what was blurred


def measured_objective(question: Question) -> Objective:
    """Returns the question's objective, or the class's logit where the objective is no value of the output."""
    objective = question.objective
    return Logit(objective.target) if isinstance(objective, ClassObjective) and not objective.gradients else objective


def blurring(question: Question, region: Region) -> Blurring:
    """Returns the measured value's name, the value as it is, and with the region blurred; computed once."""
    objective = measured_objective(question)
    key = (question.picture.key, network_key(question.backbone), str(objective), region)
    last = LAST_BLURRING.get()
    if last is None or last[0] != key:
        network, x = question.backbone.network, cached_trace(question.picture, question.backbone).x
        before, after = when_blurred(network, x, objective, region)
        last = (key, (objective.scalar, float(before[0]), float(after[0])))
        LAST_BLURRING.set(last)
    return last[1]


def blurring_sentences(region: Region, size: tuple[int, int], what: str, before: float, after: float) -> str:
    """Returns where the region is, and what blurring it did to the value called `what`. size: (width, height)."""
    return (
        f"Columns {region.left} to {region.right - 1}, rows {region.top} to {region.bottom - 1}, "
        f"{share_covered(region, size):.1%} of the picture. With this region out of focus, {what} {_change(before, after)}. "
        "This is an experiment with the network, whatever the maps say."
    )


def _change(before: float, after: float) -> str:
    difference = round(after - before, 2)
    if not difference:
        return f"stays at {before:.2f}: the network hardly uses what is there"
    turn, means = ("falls", "uses what is there") if difference < 0 else ("rises", "does better without what is there")
    return f"{turn} from {before:.2f} to {after:.2f} (**{difference:+.2f}**): the network {means}"


def shares_in_region(region: Region, explanations: Explanations) -> list[tuple[str, float, float]]:
    """Returns for each map its method, and the shares of its positive and of its negative relevance that lie inside."""
    return [(question.label, *share_inside(result.map, region)) for question, result in explanations]


def show_region(region: Region, size: tuple[int, int], asked: Question, explanations: Explanations) -> None:
    """Draws the sentences and a table of the shares inside, with a row for chance. size: (width, height).

    asked: the question of the page, in whose network the region is blurred.
    """
    chance = share_covered(region, size)
    rows = [*shares_in_region(region, explanations), ("By chance", chance, chance)]
    lines = [f"| {label} | {positive:.1%} | {negative:.1%} |" for label, positive, negative in rows]
    st.markdown(f"#### The marked region  \n{blurring_sentences(region, size, *blurring(asked, region))}")
    heads = "| Map | Inside, of all that speaks for it | Inside, of all that speaks against it |"
    st.markdown("\n".join([heads, "| --- | ---: | ---: |", *lines]))


def region_sentences(region: Region, size: tuple[int, int], asked: Question, explanations: Explanations) -> list[str]:
    """Returns the same as sentences, for the report."""
    inside = [f"{label}: {positive:.1%} of all that speaks for it, {negative:.1%} of all that speaks against it"
              for label, positive, negative in shares_in_region(region, explanations)]  # fmt: skip
    blurred = blurring_sentences(region, size, *blurring(asked, region))
    chance = f"By chance it would be {share_covered(region, size):.1%} of both."
    return [f"**The marked region.** {blurred}", f"Inside it lie, of each map: {'; '.join(inside)}. {chance}"]
