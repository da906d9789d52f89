"""The files of a comparison for download: one picture, a printable report, the raw numbers, the settings."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st
from PIL import Image
from torch import Tensor

from lrp.attribution import Map
from lrp.display import export, record
from lrp.display.colours import clipped_share, colourise
from lrp.display.sheet import Legend, SheetPanel
from lrp.region import Region
from pages.parts.canvas.look import Look, drawn
from pages.parts.compare.html_report import Figure, html_report, permalink
from pages.parts.frame.download_retention import keep_download
from pages.parts.say import words
from pages.parts.work.question import Question, Result


@dataclass(frozen=True)
class ComparisonExport:
    """Everything that the files of a comparison are made from.

    seen: the picture as the network saw it. answers: the computed maps by their keys. notes: the sentences about the whole.
    name: of the files, without their suffix. question: what the maps answer, in words. region: the marked one, if any.
    """

    headline: str
    seen: Image.Image
    answers: dict[str, tuple[Question, Result]]
    look: Look
    settings: dict[str, object]
    logits: Tensor  # (K,)
    notes: list[str]
    name: str
    question: str
    categories: tuple[str, ...]
    region: Region | None = None

    @property
    def maps(self) -> list[tuple[Question, Result, Map, float]]:
        """Each question and its result, with the values (H, W) that are drawn and the relevance of the strongest colour."""
        shown = drawn([result.map for _, result in self.answers.values()], self.look)
        return [(*answer, *values) for answer, values in zip(self.answers.values(), shown, strict=True) if values]


def offer_downloads(comparison: ComparisonExport, instead: Mapping[str, str | None]) -> None:
    """Draws a download button for each file; a file is made when its button is pressed. instead: see `permalink`."""
    numbers = [(question.method.name, result.relevance) for question, result in comparison.answers.values()]
    address = permalink(instead)
    buttons: list[tuple[str, str, str, Callable[[], bytes]]] = [
        ("Picture (PNG)", "png", "image/png", lambda: _png(comparison)),
        ("Report (HTML)", "html", "text/html", lambda: _html(comparison, address)),
        ("Numbers (NPZ)", "npz", "application/octet-stream",
         lambda: export.numbers_npz(comparison.seen, numbers, comparison.logits, comparison.categories, comparison.settings)),
        ("Settings (JSON)", "json", "application/json", lambda: json.dumps(comparison.settings, indent=2).encode()),
    ]  # fmt: skip
    for column, (label, suffix, mime, make) in zip(st.columns(len(buttons)), buttons, strict=True):
        name = f"{comparison.name}.{suffix}"
        column.download_button(
            label, keep_download(make, name, mime), name, mime, on_click="ignore", icon=":material/download:", width="stretch",
            key=f"download {suffix}",
        )


def settings_of(
    questions: Sequence[Question], results: Sequence[Result | None], logits: Tensor, look: Look, region: Region | None
) -> dict[str, object]:
    """Returns everything that is needed to repeat the comparison, with the results so far."""
    first = questions[0]
    picture, methods = (first.picture.name, first.picture.key), [question.method for question in questions]
    outcomes = [
        None if result is None
        else record.result_record(
            question.method, question.objective, result.total, result.explained, result.n_steps, result.map_error
        )
        for question, result in zip(questions, results, strict=True)
    ]  # fmt: skip
    return record.comparison_record(first.backbone, picture, first.objective, logits, methods, look.settings(), region, outcomes)


def comparison_export(
    questions: Sequence[Question], results: dict[str, Result | None], headline: str, seen: Image.Image, logits: Tensor,
    look: Look, region: Region | None, notes: list[str],
) -> ComparisonExport:
    """Returns the export of a comparison. results: by the keys of the maps, in the order of the questions."""  # fmt: skip
    first, categories = questions[0], questions[0].backbone.categories
    asked = zip(questions, results.items(), strict=True)
    return ComparisonExport(
        headline=headline,
        seen=seen,
        answers={key: (question, result) for question, (key, result) in asked if result is not None},
        look=look,
        settings=settings_of(questions, list(results.values()), logits, look, region),
        logits=logits,
        notes=notes,
        name=export.file_stem(first.picture.name, first.backbone.name, first.objective, categories),
        question=record.question_in_words(first.objective, categories, look.colours),
        categories=categories,
        region=region,
    )


def _png(comparison: ComparisonExport) -> bytes:
    look, panels = comparison.look, []
    for question, result, values, limit in comparison.maps:
        picture = colourise(values, limit, look.colours, comparison.seen, look.photo)
        explained = None if question.method.sums_to is None else result.explained
        legend, label = Legend(look.colours, limit, question.objective.unit), question.method.label
        panels.append(export.map_panel(label, picture, legend, result.total, explained, result.n_steps, comparison.region))
    panels += _difference_panel(comparison)
    headline = comparison.headline.replace("**", "")
    return export.sheet_png(headline, comparison.question, comparison.seen, panels, comparison.settings, comparison.region)


def _difference_panel(comparison: ComparisonExport) -> list[SheetPanel]:
    """Returns the difference of the two chosen maps as a panel, none where the page does not show it."""
    look = comparison.look
    maps = {key: each for key, each in zip(comparison.answers, comparison.maps, strict=True) if key in look.pair}
    if look.view != "difference" or not set(look.pair) <= maps.keys():
        return []
    (first, _, a, limit), (second, _, b, other) = (maps[key] for key in look.pair)
    picture = colourise(a / limit - b / other, 1.0, look.colours, comparison.seen, look.photo)
    title = f"{first.method.label} − {second.method.label}"
    note = "Each map was divided by its own range first. The colours say where the two differ, not what speaks for a class."
    return [SheetPanel(title, picture, (note,), Legend(look.colours, 1.0, "of the range"), comparison.region)]


def _html(comparison: ComparisonExport, address: str) -> bytes:
    look, settings = comparison.look, comparison.settings
    figures = [Figure("What the network saw", comparison.seen, f"The picture {settings['picture']} as the network saw it.")]
    for question, result, values, limit in comparison.maps:
        label = question.method.label
        picture = colourise(values, limit, look.colours, comparison.seen, look.photo)
        clipped = f"{clipped_share(values, limit):.1%} of the pixels are stronger than the scale."
        summary, took = words.map_summary(label, result.map), f"It took {words.duration(result.seconds)}."
        trust = words.trust_note(result, question.method, question.objective, question.backbone.network)
        sentences = (trust, summary, clipped, took)
        legend = Legend(look.colours, limit, question.objective.unit)
        figures.append(Figure(label, picture, f"Heatmap. {summary}", sentences, legend))
    for panel in _difference_panel(comparison):
        alt = f"Difference of two heatmaps: {panel.title}."
        figures.append(Figure(panel.title, panel.picture, alt, panel.notes, panel.legend))
    return html_report(
        comparison.headline, comparison.question, figures, comparison.notes, settings, comparison.region, address
    )
