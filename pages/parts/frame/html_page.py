"""Pages of HTML that hold all they show: figures, sentences and tables, for paper and phone."""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from urllib.parse import urlencode

import streamlit as st
from PIL import Image

from lrp.display.html_parts import image_html, legend
from lrp.display.sheet import Legend
from lrp.region import Region

PACKAGES = ("torch", "torchvision", "captum", "numpy", "pillow", "streamlit")
STYLE = """
* {box-sizing: border-box; print-color-adjust: exact; -webkit-print-color-adjust: exact}
body {font: 14px/1.45 system-ui, sans-serif; color: #111827; background: #fff; overflow-wrap: anywhere;
  max-width: 62rem; margin: 1.5rem auto; padding: 0 1rem}
h1 {font-size: 1.5rem; margin: 0 0 .3rem} h2 {font-size: 1.05rem; margin: 1.1rem 0 .3rem}
.maps {display: grid; grid-template-columns: repeat(auto-fit, minmax(min(13rem, 100%), 1fr)); gap: 1rem; margin: 1rem 0}
figure {margin: 0; break-inside: avoid} figcaption {font-weight: 600}
.picture {position: relative; margin-bottom: .3rem} img {width: 100%; height: auto; display: block; image-rendering: pixelated}
.region {position: absolute; border: 2px solid #fff; outline: 1px solid #000; box-shadow: inset 0 0 0 1px #000}
p {margin: .3rem 0} table {border-collapse: collapse; font-size: .85rem}
th, td {padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top} th {white-space: nowrap}
@media (min-width: 48rem), print {.tables {display: grid; grid-template-columns: 4fr 1fr; gap: 0 1rem}}
@media (max-width: 34rem) {th, td {display: block; padding: 0} td {padding-bottom: .4rem}}
@media print {@page {size: A4 landscape; margin: 10mm} body {margin: 0; font-size: 11px; max-width: none} a {color: inherit}}
"""


@dataclass(frozen=True)
class Figure:
    """A picture of the report with its title above, and its colour scale and sentences below. alt: the picture in words."""

    title: str
    picture: Image.Image
    alt: str
    sentences: tuple[str, ...] = ()
    legend: Legend | None = None


def permalink(instead: Mapping[str, str | None]) -> str:
    """Returns the page's address with every setting that is not at its default.

    instead: parameters that replace those of the address, where the page shows something else; None leaves a parameter out.
    """
    base = (st.context.url or "").partition("?")[0]
    given = {**st.query_params.to_dict(), **instead}
    query = urlencode({name: value for name, value in given.items() if value is not None}, doseq=True)
    return f"{base}?{query}" if query else base


def versions_html() -> str:
    """Returns the table of the packages that a report was made with."""
    return table_html((name, version(name)) for name in PACKAGES)


def html_page(title: str, parts: Iterable[str]) -> bytes:
    """Returns the bytes of an HTML file with these parts of HTML one below the other. title: plain text."""
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style>"
    )
    body = "\n".join(parts)
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'.encode(errors="replace")


def as_html(text: str) -> str:
    """Returns a Markdown sentence as HTML: bold stays bold, the coloured marks become symbols."""
    text = re.sub(r":(green|orange)\[[^\]]*\]", lambda mark: {"green": "✓", "orange": "△"}[mark[1]], text)
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", html.escape(text))


def figure_html(figure: Figure, region: Region | None = None) -> str:
    """Returns a figure with its title, scale and sentences. region: outlined in it, if there is one."""
    alt = figure.alt + (" The marked region is outlined." if region else "")
    scale = legend(figure.legend.limit, figure.legend.scale, figure.legend.unit) if figure.legend else ""
    said = "".join(f"<p>{as_html(sentence)}</p>" for sentence in figure.sentences)
    image = f"{image_html(figure.picture, alt)}{_outline_html(region, figure.picture.size)}"
    title = html.escape(figure.title)
    return f'<figure><figcaption>{title}</figcaption><div class="picture">{image}</div>{scale}{said}</figure>'


def _outline_html(region: Region | None, size: tuple[int, int]) -> str:
    """Returns the region's rectangle over a picture (width, height), placed in shares of it so that it scales with it."""
    if region is None:
        return ""
    (width, height), across, down = size, region.right - region.left, region.bottom - region.top
    shares = {"left": region.left / width, "top": region.top / height, "width": across / width, "height": down / height}
    return f'<div class="region" style="{";".join(f"{name}:{share:.3%}" for name, share in shares.items())}"></div>'


def table_html(rows: Iterable[tuple[str, str]]) -> str:
    """Returns a table of headings and texts."""
    cells = (f'<tr><th scope="row">{html.escape(name)}</th><td>{html.escape(text)}</td></tr>' for name, text in rows)
    return f"<table>{''.join(cells)}</table>"
