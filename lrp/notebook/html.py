"""Results as HTML for a notebook: it holds all it shows, and takes the colours of the page that it stands on."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from lrp.attribution import Attribution
from lrp.display.colours import as_int8, colourise, end_colours
from lrp.display.export import prediction_in_words
from lrp.display.html_parts import image_html, legend
from lrp.display.record import question_in_words
from lrp.notebook.shown_map import ShownMap, compared_maps, first_maps

if TYPE_CHECKING:
    from lrp.notebook.compare import MapComparison

# No colour of text or ground is set, so that both are those of a light or a dark notebook.
FONT = "font-family:system-ui,sans-serif;font-size:.85rem;line-height:1.4"
GRID = "display:flex;flex-wrap:wrap;gap:1rem;margin:.5rem 0"
FIGURE = "margin:0;flex:0 1 15rem;min-width:10rem"
PICTURE = "width:100%;height:auto;display:block;image-rendering:pixelated;margin:.3rem 0"
SEEN = "What the network saw"
LEVELS = 127  # of colour on either side of zero


def attribution_html(result: Attribution) -> str:
    """Returns a result: of each explanation the picture as the network saw it, the map, its colours, and whether it adds up."""
    shown, count = first_maps(result), len(result.relevance)
    if not shown:
        return f"<p>Relevance of shape {tuple(result.relevance.shape)}, which is of no picture.</p>"
    parts = [part for each in shown for part in (*picture_figures(each), map_figure(each))]
    questions = list(dict.fromkeys(each.question for each in shown if each.question))
    rest = [f"And {count - len(shown)} more."] if count > len(shown) else []
    return grid_html(questions[0] if len(questions) == 1 else "", parts, [*colours_in_words(shown), *rest])


def comparison_html(comparison: MapComparison) -> str:
    """Returns a comparison: the prediction, the picture as the network saw it, a map of each method, and the question."""
    shown = compared_maps(comparison)
    maps = [
        map_figure(each, f"It took {explanation.seconds:.2g} s.")
        for each, explanation in zip(shown, comparison.explanations, strict=True)
    ]
    head, categories = comparison.head, comparison.categories
    predictions = head.predictions(comparison.logits)
    best = head.foremost(predictions)[0]
    prediction = f"{comparison.network}: {prediction_in_words(categories[best], float(predictions[best]), head)}"
    question = question_in_words(comparison.objective, categories, shown[0].legend.scale)
    return grid_html(prediction, [*picture_figures(shown[0]), *maps], [question])


def grid_html(heading: str, figures: Sequence[str], sentences: Sequence[str] = ()) -> str:
    """Returns figures beside each other, below each other where there is no room. heading, sentences: plain text."""
    head = f"<p><strong>{html.escape(heading)}</strong></p>" if heading else ""
    said = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in sentences)
    return f'<div class="lrp-maps" style="{FONT}">{head}<div style="{GRID}">{"".join(figures)}</div>{said}</div>'


def picture_figures(shown: ShownMap) -> list[str]:
    """Returns the figure of what the network saw, none where that is not known."""
    return [] if shown.seen is None else [_figure(SEEN, image_html(shown.seen, "The picture as the network saw it.", PICTURE))]


def map_figure(shown: ShownMap, caption: str = "") -> str:
    """Returns the figure of a map. caption: a further sentence, plain text."""
    scale = legend(shown.legend.limit, shown.legend.scale, shown.legend.unit) if shown.is_finite else ""
    picture = image_html(coloured(shown), shown.alt, PICTURE) if shown.is_finite else f"<p>{html.escape(shown.alt)}</p>"
    said = "".join(f"<div>{html.escape(sentence)}</div>" for sentence in (shown.trust, caption) if sentence)
    return _figure(shown.title, f"{picture}{scale}{said}")


def coloured(shown: ShownMap) -> Image.Image:
    """Returns a map in its colours, a picture with a palette: a third of the bytes of RGB."""
    levels = np.linspace(-1, 1, 2 * LEVELS + 1, dtype=np.float32)[None]
    picture = Image.fromarray((as_int8(shown.values, shown.legend.limit).astype(np.int16) + LEVELS).astype(np.uint8))
    picture.putpalette(colourise(levels, 1.0, shown.legend.scale).tobytes())
    return picture


def colours_in_words(shown: Sequence[ShownMap]) -> list[str]:
    """Returns what the colours of maps mean, as a sentence."""
    positive, negative = end_colours(shown[0].legend.scale)
    return [f"{positive.capitalize()} pixels speak for it, {negative} pixels against it."]


def _figure(title: str, content: str) -> str:
    return f'<figure style="{FIGURE}"><figcaption><strong>{html.escape(title)}</strong></figcaption>{content}</figure>'
