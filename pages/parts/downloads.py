"""What people take away: one picture of the comparison, a printable report, the raw numbers, the settings."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st
from PIL import Image
from torch import Tensor

from lrp import export
from lrp.heatmap import Panel, clipped_share, colourise
from pages.parts import words
from pages.parts.compute import Question, Result
from pages.parts.kept import kept
from pages.parts.look import Look, drawn
from pages.parts.report import link, report


@dataclass(frozen=True)
class Taken:
    """A comparison as it stands. answers: the maps that are there, by their keys; notes: the sentences about the whole."""

    headline: str
    seen: Image.Image
    answers: dict[str, tuple[Question, Result]]
    look: Look
    settings: dict[str, Any]
    logits: Tensor  # (K,)
    notes: list[str]

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
        ("Picture (PNG)", "comparison.png", "image/png", lambda: _png(taken)),
        ("Report (HTML)", "report.html", "text/html", lambda: _report(taken, address)),
        ("Numbers (NPZ)", "comparison.npz", "application/octet-stream",
         lambda: export.npz(taken.seen, numbers, taken.logits, taken.settings)),
        ("Settings (JSON)", "settings.json", "application/json", lambda: json.dumps(taken.settings, indent=2).encode()),
    ]  # fmt: skip
    for column, (label, name, mime, make) in zip(st.columns(len(buttons)), buttons, strict=True):
        column.download_button(
            label, kept(make, name, mime), name, mime, on_click="ignore", icon=":material/download:", width="stretch",
            key=f"download {name}",
        )


def settings_of(questions: list[Question], logits: Tensor, look: Look) -> dict[str, Any]:
    """Everything that is needed to make the comparison again."""
    first = questions[0]
    picture, methods = (first.picture.name, first.picture.key), [question.method for question in questions]
    return export.settings_of(first.backbone, picture, first.objective, logits, methods, look.settings())


def _png(taken: Taken) -> bytes:
    panels = []
    for question, result, values, limit in taken.maps:
        picture = colourise(values, limit, taken.look.colours, taken.seen, taken.look.photo)
        explained = None if question.method.sums_to is None else result.explained
        label, unit = question.method.label, question.objective.unit
        panels.append(export.map_panel(label, picture, limit, result.total, explained, result.n_steps, unit))
    first, second = (taken.answers.get(key) for key in taken.look.pair)
    if taken.look.view == "difference" and first and second:
        panels.append(_difference(taken, first, second))
    return export.png(taken.headline.replace("**", ""), taken.seen, panels, taken.settings)


def _difference(taken: Taken, first: tuple[Question, Result], second: tuple[Question, Result]) -> Panel:
    (a, limit), (b, other) = ((values, limit) for answer in (first, second) for question, _, values, limit in taken.maps
                              if question is answer[0])  # fmt: skip
    picture = colourise(a / limit - b / other, 1.0, taken.look.colours, taken.seen, taken.look.photo)
    title = f"{first[0].method.label} − {second[0].method.label}"
    return Panel(title, picture, ("each map divided by its own range, then subtracted",))


def _report(taken: Taken, address: str) -> bytes:
    panels = []
    for question, result, values, limit in taken.maps:
        label = question.method.label
        picture = colourise(values, limit, taken.look.colours, taken.seen, taken.look.photo)
        clipped = f"{clipped_share(values, limit):.1%} of the pixels are stronger than the scale."
        took = f"It took {words.seconds(result.seconds)}."
        sentences = [words.trust(result, question.method, question.objective), words.summary(label, result.map), clipped, took]
        panels.append((label, picture, limit, sentences))
    return report(taken.headline, taken.seen, panels, taken.look.colours, taken.notes, taken.settings, address)
