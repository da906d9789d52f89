"""The marked region: how much of each map lies in it, and what the network says when it is out of focus."""

from collections.abc import Hashable, Sequence
from typing import Any, cast

import streamlit as st

from lrp.metrics.regions import share_inside, when_blurred
from lrp.region import Region
from lrp.walk.objectives import Logit, Objective
from pages.parts.canvas.region import share_covered
from pages.parts.frame.state import SessionValue
from pages.parts.work.compute import Question, Result
from pages.parts.work.traces import cached_trace

Answers = Sequence[tuple[Question, Result]]
Measured = tuple[str, float, float]  # the name of a value, the value as it is and when the region is blurred
BLURRED = SessionValue[tuple[Hashable, Measured]]("region change")  # the last experiment, after what it was asked of


def asked_of(question: Question) -> Objective:
    """What the experiment measures: the question's objective, or the logit where that one is no value of the output."""
    objective = question.objective
    return objective if objective.gradients else Logit(cast(Any, objective).target)


def experiment(question: Question, region: Region) -> Measured:
    """The name of the measured value, and the value as it is and when the region is blurred; computed once."""
    objective = asked_of(question)
    key = (question.picture.key, question.backbone.sha256, str(objective), region)
    kept = BLURRED.get()
    if kept is None or kept[0] != key:
        network, x = question.backbone.network, cached_trace(question.picture, question.backbone).x
        before, after = when_blurred(network, x, objective, region)
        kept = (key, (objective.scalar, float(before[0]), float(after[0])))
        BLURRED.set(kept)
    return kept[1]


def sentences(region: Region, size: tuple[int, int], what: str, before: float, after: float) -> str:
    """Where the region is, and the experiment: what became of the explained value, called `what`."""
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


def shares(region: Region, answers: Answers) -> list[tuple[str, float, float]]:
    """For each map its method, and the shares of its positive and of its negative relevance that lie inside."""
    return [(question.method.label, *share_inside(result.map, region)) for question, result in answers]


def show_region(region: Region, size: tuple[int, int], answers: Answers) -> None:
    """Draws the sentences and a table with a row for each map, and one for what chance would give."""
    chance = share_covered(region, size)
    found = [*shares(region, answers), ("By chance", chance, chance)]
    rows = [f"| {label} | {positive:.1%} | {negative:.1%} |" for label, positive, negative in found]
    st.markdown(f"#### The marked region  \n{sentences(region, size, *experiment(answers[0][0], region))}")
    heads = "| Map | Inside, of all that speaks for it | Inside, of all that speaks against it |"
    st.markdown("\n".join([heads, "| --- | ---: | ---: |", *rows]))


def in_words(region: Region, size: tuple[int, int], answers: Answers) -> list[str]:
    """The same as sentences alone, for the report."""
    inside = [f"{label}: {positive:.1%} of all that speaks for it, {negative:.1%} of all that speaks against it"
              for label, positive, negative in shares(region, answers)]  # fmt: skip
    told = sentences(region, size, *experiment(answers[0][0], region))
    chance = f"By chance it would be {share_covered(region, size):.1%} of both."
    return [f"**The marked region.** {told}", f"Inside it lie, of each map: {'; '.join(inside)}. {chance}"]
