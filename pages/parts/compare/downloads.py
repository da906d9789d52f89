"""The files of a comparison for download: one picture, a printable report, the raw numbers, the settings."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike

from lrp.display import export
from lrp.display.colours import clipped_share, colourise
from lrp.display.sheet import Legend, SheetPanel
from lrp.display.whole_picture import WholePicture
from lrp.methods.method import promised_sum
from pages.parts.compare.comparison_export import ComparisonExport
from pages.parts.compare.html_report import html_report
from pages.parts.frame.download_retention import retain_download
from pages.parts.frame.html_page import Figure, permalink
from pages.parts.say import map_words, number_words
from pages.parts.work import compute

# Of the sheet of whole pictures: pixels of the longer side of a picture, and how much of the photo shows through at least.
WHOLE_SIDE, WHOLE_PHOTO = 800, 0.5


def offer_downloads(comparison: ComparisonExport, instead: Mapping[str, str | None]) -> None:
    """Draws a download button for each file; a file is made when its button is pressed. instead: see `permalink`."""
    numbers = [(panel.question.method.name, result.relevance) for panel, result in comparison.answers.values()]
    address = permalink(instead)
    buttons: list[tuple[str, str, str, Callable[[], bytes]]] = [
        ("Picture (PNG)", "png", "image/png", lambda: _png(comparison)),
        ("Report (HTML)", "html", "text/html", lambda: _html(comparison, address)),
        ("Numbers (NPZ)", "npz", "application/octet-stream",
         lambda: export.numbers_npz(
             comparison.seen, numbers, comparison.logits, comparison.categories, comparison.settings, _other_networks(comparison)
         )),
        ("Settings (JSON)", "json", "application/json", lambda: json.dumps(comparison.settings, indent=2).encode()),
        ("Whole photo (PNG)", "whole.png", "image/png", lambda: _whole_png(comparison)),
    ]  # fmt: skip
    for column, (label, suffix, mime, make) in zip(st.columns(len(buttons)), buttons, strict=True):
        name = f"{comparison.name}.{suffix}"
        column.download_button(
            label, retain_download(make, name, mime), name, mime, on_click="ignore", icon=":material/download:", width="stretch",
            key=f"download {suffix}",
        )


def _other_networks(comparison: ComparisonExport) -> dict[str, ArrayLike]:
    """What maps of other networks saw, their logits and the names of their classes, by the numbers of the maps."""
    arrays: dict[str, ArrayLike] = {}
    for number, (panel, _) in enumerate(comparison.answers.values(), start=1):
        if panel.sees:
            network = panel.question.backbone
            seen = compute.seen(panel.question.picture, network)
            arrays |= {f"picture_{number}": np.asarray(seen), f"logits_{number}": panel.logits.cpu().numpy()}
            arrays[f"classes_{number}"] = np.asarray(network.categories, dtype=str)
    return arrays


def _png(comparison: ComparisonExport) -> bytes:
    look, panels = comparison.look, []
    for panel, result, values, limit in comparison.maps:
        question = panel.question
        picture = colourise(values, limit, look.colours, comparison.seen, look.photo)
        explained = None if promised_sum(question.method, question.objective) is None else result.explained
        legend = Legend(look.colours, limit, question.objective.unit)
        made = export.map_panel(question.label, picture, legend, result.total, explained, result.n_steps, comparison.region)
        panels.append(replace(made, notes=(*made.notes, *_plain(panel.sees))))
    panels += _difference_panel(comparison)
    headline = comparison.headline.replace("**", "")
    return export.sheet_png(headline, comparison.question, comparison.seen, panels, comparison.settings, comparison.region)


def _whole_png(comparison: ComparisonExport) -> bytes:
    """The maps in their place on the whole picture, of which the network saw a part."""
    look, saw = comparison.look, "What the network saw of it"
    whole = WholePicture(comparison.picture.uncropped.image, comparison.part, WHOLE_SIDE)
    panels = []
    for panel, _, values, limit in comparison.maps:
        drawn_map = whole.with_map(values, limit, look.colours, max(look.photo, WHOLE_PHOTO))
        legend = Legend(look.colours, limit, panel.question.objective.unit)
        panels.append(SheetPanel(panel.question.label, drawn_map, _plain(panel.sees), legend, whole.region))
    headline, settings = comparison.headline.replace("**", ""), comparison.settings
    return export.sheet_png(headline, comparison.question, whole.pale, panels, settings, whole.region, saw, whole.pale.size)


def _plain(sentences: str) -> tuple[str, ...]:
    """Markdown sentences without their marks, as one note; none for no sentences."""
    return (sentences.replace("**", ""),) if sentences else ()


def _difference_panel(comparison: ComparisonExport) -> list[SheetPanel]:
    """Returns the difference of the two chosen maps as a panel, none where the page does not show it."""
    look = comparison.look
    maps = {key: each for key, each in zip(comparison.answers, comparison.maps, strict=True) if key in look.pair}
    if look.view != "difference" or not set(look.pair) <= maps.keys():
        return []
    (first, _, a, limit), (second, _, b, other) = (maps[key] for key in look.pair)
    picture = colourise(a / limit - b / other, 1.0, look.colours, comparison.seen, look.photo)
    title = f"{first.question.label} − {second.question.label}"
    note = "Each map was divided by its own range first. The colours say where the two differ, not what speaks for a class."
    return [SheetPanel(title, picture, (note,), Legend(look.colours, 1.0, "of the range"), comparison.region)]


def _html(comparison: ComparisonExport, address: str) -> bytes:
    look, settings = comparison.look, comparison.settings
    figures = [Figure("What the network saw", comparison.seen, f"The picture {settings['picture']} as the network saw it.")]
    for panel, result, values, limit in comparison.maps:
        question = panel.question
        label = question.label
        picture = colourise(values, limit, look.colours, comparison.seen, look.photo)
        clipped = f"{clipped_share(values, limit):.1%} of the pixels are stronger than the scale."
        summary = map_words.map_summary(label, result.map)
        took = f"It took {number_words.duration(result.seconds)}."
        trust = map_words.trust_note(result, question.method, question.objective, question.backbone.network)
        sentences = tuple(filter(None, (panel.sees, trust, summary, clipped, took)))
        legend = Legend(look.colours, limit, question.objective.unit)
        figures.append(Figure(label, picture, f"Heatmap. {summary}", sentences, legend))
    for difference in _difference_panel(comparison):
        alt = f"Difference of two heatmaps: {difference.title}."
        figures.append(Figure(difference.title, difference.picture, alt, difference.notes, difference.legend))
    return html_report(
        comparison.headline, comparison.question, figures, comparison.notes, settings, comparison.region, address
    )
