"""What people take away: one picture of the comparison, the raw numbers, the settings."""

import json
from collections.abc import Callable
from typing import Any

import streamlit as st
from PIL import Image
from torch import Tensor

from lrp import export
from lrp.heatmap import colourise
from pages.parts.compute import Question, Result
from pages.parts.figure import Heatmap
from pages.parts.kept import kept
from pages.parts.look import Look

Answer = tuple[Question, Result, Heatmap]


def offer(
    headline: str, seen: Image.Image, answers: list[Answer], look: Look, settings: dict[str, Any], logits: Tensor
) -> None:
    """Three buttons; each file is made when its button is pressed. `logits`: (K,)."""
    numbers = [(question.method.name, result.relevance) for question, result, _ in answers]
    buttons: list[tuple[str, str, str, Callable[[], bytes]]] = [
        ("Picture (PNG)", "comparison.png", "image/png", lambda: _png(headline, seen, answers, look, settings)),
        ("Numbers (NPZ)", "comparison.npz", "application/octet-stream", lambda: export.npz(seen, numbers, logits, settings)),
        ("Settings (JSON)", "settings.json", "application/json", lambda: json.dumps(settings, indent=2).encode()),
    ]
    for column, (label, name, mime, make) in zip(st.columns(len(buttons)), buttons, strict=True):
        column.download_button(
            label, kept(make, name, mime), name, mime, on_click="ignore", icon=":material/download:", width="stretch",
            key=f"download {name}",
        )


def settings_of(questions: list[Question], logits: Tensor, look: Look) -> dict[str, Any]:
    """Everything that is needed to make the comparison again."""
    first = questions[0]
    picture, methods = (first.picture.name, first.picture.key), [question.method for question in questions]
    return export.settings_of(first.backbone, picture, first.target, logits, methods, look.settings())


def _png(
    headline: str, seen: Image.Image, answers: list[Answer], look: Look, settings: dict[str, Any]
) -> bytes:
    panels = []
    for question, result, heatmap in answers:
        assert heatmap.values is not None
        picture = colourise(heatmap.values, heatmap.limit, look.scale, seen, look.photo)
        explained = None if question.method.sums_to is None else result.explained
        panels.append(export.map_panel(heatmap.title, picture, heatmap.limit, result.total, explained, result.n_steps))
    return export.png(headline.replace("**", ""), seen, panels, settings)
