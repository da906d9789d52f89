"""What people take away: one picture of the comparison, a printable report, the raw numbers, the settings."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
from PIL import Image
from torch import Tensor

from lrp.display import export, record
from lrp.display.colours import clipped_share, colourise
from lrp.display.sheet import Legend, Panel
from lrp.region import Region
from pages.parts.canvas.look import Look, drawn
from pages.parts.compare.report import Figure, link, report
from pages.parts.frame.download_retention import kept
from pages.parts.say import words
from pages.parts.work.compute import Question, Result


@dataclass(frozen=True)
class Taken:
    """A comparison as it stands. answers: the maps that are there, by their keys; notes: the sentences about the whole.

    name: of its files, without their ends. question: what the maps answer. region: the marked one.
    """

    headline: str
    seen: Image.Image
    answers: dict[str, tuple[Question, Result]]
    look: Look
    settings: dict[str, Any]
    logits: Tensor  # (K,)
    notes: list[str]
    name: str
    question: str
    categories: tuple[str, ...]
    region: Region | None = None

    @property
    def maps(self) -> list[tuple[Question, Result, Any, float]]:
        """Each question and answer with the values that are drawn and the relevance of the strongest colour."""
        shown = drawn([result.map for _, result in self.answers.values()], self.look)
        return [(*answer, *found) for answer, found in zip(self.answers.values(), shown, strict=True) if found]


def offer(taken: Taken, instead: Mapping[str, str | None]) -> None:
    """A button for each file; it is made when its button is pressed. instead: see `link`."""
    numbers = [(question.method.name, result.relevance) for question, result in taken.answers.values()]
    address = link(instead)
    buttons: list[tuple[str, str, str, Callable[[], bytes]]] = [
        ("Picture (PNG)", "png", "image/png", lambda: _png(taken)),
        ("Report (HTML)", "html", "text/html", lambda: _report(taken, address)),
        ("Numbers (NPZ)", "npz", "application/octet-stream",
         lambda: export.npz(taken.seen, numbers, taken.logits, taken.categories, taken.settings)),
        ("Settings (JSON)", "json", "application/json", lambda: json.dumps(taken.settings, indent=2).encode()),
    ]  # fmt: skip
    for column, (label, end, mime, make) in zip(st.columns(len(buttons)), buttons, strict=True):
        name = f"{taken.name}.{end}"
        column.download_button(
            label, kept(make, name, mime), name, mime, on_click="ignore", icon=":material/download:", width="stretch",
            key=f"download {end}",
        )


def settings_of(
    questions: Sequence[Question], results: Sequence[Result | None], logits: Tensor, look: Look, region: Region | None
) -> dict[str, Any]:
    """Everything that is needed to make the comparison again, and what came of it so far."""
    first = questions[0]
    picture, methods = (first.picture.name, first.picture.key), [question.method for question in questions]
    found = [
        None if result is None
        else record.result_of(question.method, question.objective, result.total, result.explained, result.n_steps)
        for question, result in zip(questions, results, strict=True)
    ]  # fmt: skip
    return record.settings_of(first.backbone, picture, first.objective, logits, methods, look.settings(), region, found)


def taken_of(
    questions: Sequence[Question], results: dict[str, Result | None], headline: str, seen: Image.Image, logits: Tensor,
    look: Look, region: Region | None, notes: list[str],
) -> Taken:
    """The comparison of these questions; results: by the keys of the maps, in the order of the questions."""  # fmt: skip
    first, categories = questions[0], questions[0].backbone.categories
    return Taken(
        headline,
        seen,
        {key: (asked, found) for asked, (key, found) in zip(questions, results.items(), strict=True) if found is not None},
        look,
        settings_of(questions, list(results.values()), logits, look, region),
        logits,
        notes,
        export.file_stem(first.picture.name, first.backbone.name, first.objective, categories),
        record.question_of(first.objective, categories, look.colours),
        categories,
        region,
    )


def _png(taken: Taken) -> bytes:
    panels = []
    for question, result, values, limit in taken.maps:
        picture = colourise(values, limit, taken.look.colours, taken.seen, taken.look.photo)
        explained = None if question.method.sums_to is None else result.explained
        legend, label = Legend(taken.look.colours, limit, question.objective.unit), question.method.label
        panels.append(export.map_panel(label, picture, legend, result.total, explained, result.n_steps, taken.region))
    panels += _difference(taken)
    return export.png(taken.headline.replace("**", ""), taken.question, taken.seen, panels, taken.settings, taken.region)


def _difference(taken: Taken) -> list[Panel]:
    """The difference of the two chosen maps, where that is what the page shows."""
    found = {key: each for key, each in zip(taken.answers, taken.maps, strict=True) if key in taken.look.pair}
    if taken.look.view != "difference" or not set(taken.look.pair) <= found.keys():
        return []
    (first, _, a, limit), (second, _, b, other) = (found[key] for key in taken.look.pair)
    picture = colourise(a / limit - b / other, 1.0, taken.look.colours, taken.seen, taken.look.photo)
    title = f"{first.method.label} − {second.method.label}"
    note = "Each map was divided by its own range first. The colours say where the two differ, not what speaks for a class."
    return [Panel(title, picture, (note,), Legend(taken.look.colours, 1.0, "of the range"), taken.region)]


def _report(taken: Taken, address: str) -> bytes:
    figures = [Figure("What the network saw", taken.seen, f"The picture {taken.settings['picture']} as the network saw it.")]
    for question, result, values, limit in taken.maps:
        label = question.method.label
        picture = colourise(values, limit, taken.look.colours, taken.seen, taken.look.photo)
        clipped = f"{clipped_share(values, limit):.1%} of the pixels are stronger than the scale."
        told, took = words.summary(label, result.map), f"It took {words.seconds(result.seconds)}."
        sentences = (words.trust(result, question.method, question.objective), told, clipped, took)
        legend = Legend(taken.look.colours, limit, question.objective.unit)
        figures.append(Figure(label, picture, f"Heatmap. {told}", sentences, legend))
    figures += [Figure(each.title, each.picture, f"Difference of two heatmaps: {each.title}.", each.notes, each.legend)
                for each in _difference(taken)]  # fmt: skip
    return report(taken.headline, taken.question, figures, taken.notes, taken.settings, taken.region, address)
