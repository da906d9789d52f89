"""The printable report: one HTML file with pictures, words, numbers, settings, versions and the link that makes it again."""

import base64
import html
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from PIL import Image

from lrp.heatmap import SCALES
from lrp.objectives import OBJECTIVES
from lrp.parameters import in_words
from pages.parts.pictures import png

PACKAGES = ("torch", "torchvision", "captum", "numpy", "pillow", "streamlit")
STYLE = """
body {font: 14px/1.45 system-ui, sans-serif; color: #111827; background: #fff;
  max-width: 62rem; margin: 1.5rem auto; padding: 0 1rem}
h1 {font-size: 1.5rem; margin: 0 0 .3rem} h2 {font-size: 1.05rem; margin: 1.1rem 0 .3rem}
.maps {display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem}
figure {margin: 0; break-inside: avoid} figcaption {font-weight: 600} img {width: 100%; image-rendering: pixelated}
.scale {height: .5rem; border-radius: .25rem} .ends {display: flex; justify-content: space-between; font-size: .8rem}
p {margin: .3rem 0} table {border-collapse: collapse; font-size: .85rem} td, th {padding: .1rem .8rem .1rem 0; text-align: left}
td {overflow-wrap: anywhere} .columns {columns: 2; column-gap: 2rem} .columns > * {break-inside: avoid}
@media print {@page {size: A4 landscape; margin: 10mm} body {margin: 0; font-size: 11px; max-width: none} a {color: inherit}}
"""


def link(instead: Mapping[str, str | None]) -> str:
    """The address that makes the comparison again: that of the page, with every setting that is not at its default.

    instead: parameters of what is shown, where that is not what the page's own address asks for; None for one to leave out.
    """
    base = (st.context.url or "").partition("?")[0]
    given = {**st.query_params.to_dict(), **instead}
    query = urlencode({name: value for name, value in given.items() if value is not None}, doseq=True)
    return f"{base}?{query}" if query else base


def report(
    headline: str, seen: Image.Image, panels: Iterable[tuple[str, Image.Image, float, list[str]]], colours: str,
    notes: Iterable[str], settings: Mapping[str, Any], address: str,
) -> bytes:
    """The file.

    panels: title, picture, the relevance that the strongest colour stands for, and sentences. notes: what else is to be said.
    """  # fmt: skip
    unit = OBJECTIVES[settings["objective"]].unit
    figures = [_figure("What the network saw", seen, "")]
    for title, picture, limit, sentences in panels:
        said = "".join(f"<p>{_plain(sentence)}</p>" for sentence in sentences)
        figures.append(_figure(title, picture, _scale(colours, limit, unit) + said))
    displayed = "; ".join(f"{name} {in_words(value)}" for name, value in settings["display"].items())
    rows = {key: value for key, value in settings.items() if key not in ("methods", "display")}
    methods = [("; ".join(f"{name} {in_words(value)}" for name, value in method.items())) for method in settings["methods"]]
    table = [*rows.items(), *((f"map {i}", method) for i, method in enumerate(methods, 1)), ("display", displayed)]
    parts = [
        f"<h1>{_plain(headline)}</h1>", *(f"<p>{_plain(note)}</p>" for note in notes),
        f'<div class="maps">{"".join(figures)}</div>', '<div class="columns">', "<div><h2>Settings</h2>", _table(table), "</div>",
        "<div><h2>Made with</h2>", _table((name, version(name)) for name in PACKAGES), "</div>", "</div>",
        f'<p>The same comparison again: <a href="{html.escape(address)}">'
        f"{html.escape(address)}</a> (an uploaded picture is not part of a link).</p>",
    ]  # fmt: skip
    title = html.escape(headline.replace("**", ""))
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style><body>'
    return (page + "\n".join(parts) + "</body></html>").encode()


def _plain(text: str) -> str:
    """A sentence of the page as HTML: bold stays bold, the page's marks become words."""
    text = re.sub(r":(green|orange)\[[^\]]*\]", lambda mark: {"green": "✓", "orange": "△"}[mark[1]], text)
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", html.escape(text))


def _figure(title: str, picture: Image.Image, below: str) -> str:
    source = base64.b64encode(png(picture)).decode()
    alt = html.escape(title)
    return f'<figure><figcaption>{alt}</figcaption><img alt="{alt}" src="data:image/png;base64,{source}">{below}</figure>'


def _scale(colours: str, limit: float, unit: str) -> str:
    stops = ", ".join(f"#{code}" for code in SCALES[colours])
    ends = "".join(f"<span>{text}</span>" for text in (f"−{limit:.2g}", "0", f"+{limit:.2g} {unit}"))
    return f'<div class="scale" style="background: linear-gradient(to right, {stops})"></div><div class="ends">{ends}</div>'


def _table(rows: Iterable[tuple[str, Any]]) -> str:
    cells = (f"<tr><th>{html.escape(str(key))}</th><td>{html.escape(in_words(value))}</td></tr>" for key, value in rows)
    return f"<table>{''.join(cells)}</table>"
