"""What people take away: one picture of the comparison, the raw numbers, the settings."""

import json
from collections.abc import Callable
from dataclasses import asdict
from io import BytesIO
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from lrp.heatmap import Panel, colourise, png_text, sheet
from pages.parts.compute import Question, Result
from pages.parts.figure import Heatmap
from pages.parts.look import Look

Answer = tuple[Question, Result, Heatmap]


def settings_of(questions: list[Question], name: str, logit: float, probability: float, view: dict[str, Any]) -> dict[str, Any]:
    """Everything that is needed to make the comparison again."""
    first = questions[0]
    return {
        "picture": first.picture.name,
        "picture sha256 or sample": first.picture.key,
        "network": f"ResNet-{first.backbone.depth}",
        "weights": first.backbone.weights,
        "weights sha256": first.backbone.sha256,
        "explained class": name,
        "logit": logit,
        "probability": probability,
        "methods": [{"method": question.method.name, **asdict(question.method)} for question in questions],
        "display": view,
    }


def offer(
    headline: str, seen: Image.Image, answers: list[Answer], look: Look, settings: dict[str, Any], logits: Any
) -> None:
    """Three buttons; each file is made when its button is pressed."""
    buttons: list[tuple[str, str, str, Callable[[], bytes]]] = [
        ("Picture (PNG)", "comparison.png", "image/png", lambda: _png(headline, seen, answers, look, settings)),
        ("Numbers (NPZ)", "comparison.npz", "application/octet-stream", lambda: _npz(seen, answers, settings, logits)),
        ("Settings (JSON)", "settings.json", "application/json", lambda: json.dumps(settings, indent=2).encode()),
    ]
    for column, (label, name, mime, make) in zip(st.columns(len(buttons)), buttons, strict=True):
        column.download_button(
            label, make, name, mime, on_click="ignore", icon=":material/download:", width="stretch", key=f"download {name}"
        )


def _png(
    headline: str, seen: Image.Image, answers: list[Answer], look: Look, settings: dict[str, Any]
) -> bytes:
    panels = [Panel("What the network saw", seen)]
    for _, result, heatmap in answers:
        assert heatmap.values is not None
        picture = colourise(heatmap.values, heatmap.limit, look.scale, seen, look.photo)
        notes = (f"sums to {result.total:.3g} of {result.explained:.3g}", f"strongest colour: {heatmap.limit:.2g} logits")
        panels.append(Panel(heatmap.title, picture, notes))
    lines = [f"{key}: {value}" for key, value in settings.items() if key != "methods"]
    lines += ["; ".join(f"{key} {value}" for key, value in method.items()) for method in settings["methods"]]
    page = sheet(headline.replace("**", ""), panels, lines, settings)
    buffer = BytesIO()
    page.save(buffer, "PNG", pnginfo=png_text(page))
    return buffer.getvalue()


def _npz(seen: Image.Image, answers: list[Answer], settings: dict[str, Any], logits: Any) -> bytes:
    maps: dict[str, Any] = {
        f"relevance_{i}_{question.method.name}": result.relevance for i, (question, result, _) in enumerate(answers, 1)
    }
    buffer = BytesIO()
    np.savez_compressed(buffer, picture=np.asarray(seen), logits=np.asarray(logits), settings=json.dumps(settings), **maps)
    return buffer.getvalue()
