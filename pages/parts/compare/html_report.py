"""The printable report: one HTML file with pictures, words, numbers, settings, versions and the permalink."""

import html
from collections.abc import Iterable, Mapping

from lrp.display.record import record_rows
from lrp.region import Region
from pages.parts.frame.html_page import Figure, as_html, figure_html, html_page, table_html, versions_html


def html_report(
    headline: str, question: str, figures: Iterable[Figure], notes: Iterable[str], settings: Mapping[str, object],
    region: Region | None, address: str,
) -> bytes:
    """Returns the report as the bytes of an HTML file.

    question: what the maps answer, and what their colours mean. notes: further sentences. region: outlined in each picture.
    address: the permalink.
    """  # fmt: skip
    parts = [
        f"<h1>{as_html(headline)}</h1>", *(f"<p>{as_html(note)}</p>" for note in (f"**Question:** {question}", *notes)),
        f'<div class="maps">{"".join(figure_html(figure, region) for figure in figures)}</div>',
        f'<div class="tables"><div><h2>Settings</h2>{table_html(record_rows(settings))}</div>',
        f"<div><h2>Made with</h2>{versions_html()}</div></div>",
        f'<p>The same comparison again: <a href="{html.escape(address)}">'
        f"{html.escape(address)}</a> (an uploaded picture or network is not part of a link).</p>",
    ]  # fmt: skip
    return html_page(headline.replace("**", ""), parts)
