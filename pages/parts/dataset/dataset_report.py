"""The page of a data set as one HTML file: confusion, mean maps, clusters with their pictures, the table, and the settings."""

import html
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image, ImageOps

from lrp.datasets.clusters import ClusterIndices
from lrp.datasets.confusion import Confusion, confusion, mistakes
from lrp.datasets.dataset import DataSet, ExplainedPicture
from lrp.datasets.mean_map import MeanMap, mean_map
from lrp.datasets.selection_words import selection_sentence
from lrp.display.colours import colour_limit
from lrp.display.sheet import Legend
from lrp.jobs.attributes import StoreError
from pages.parts.dataset.choices import class_title, label_of_method
from pages.parts.dataset.cluster_chart import FRAME, cluster_alt, colour_of, group_name, group_sizes
from pages.parts.dataset.cluster_task import SIDE, ClusteredClass, channel_words
from pages.parts.dataset.confusion_chart import confusion_alt
from pages.parts.dataset.mean_maps_view import class_groups
from pages.parts.dataset.picture_list import picture_rows
from pages.parts.dataset.stores import sentence_of
from pages.parts.frame.html_page import Figure, figure_html, html_page, table_html, versions_html
from pages.parts.frame.maps import draw

WIDTH, HEIGHT = 1200, 800  # pixels of the scatter
ROWS = 2000  # pictures of the table
UNIT = "of a picture’s relevance"


def dataset_report(
    dataset: DataSet, name: str, found: ClusteredClass | None, groups: ClusterIndices | None, scale: str, address: str
) -> bytes:
    """Returns the report, which says so where maps cannot be read.

    found, groups: the class that is on show in clusters, and the group of each picture. address: the link.
    """
    method, network = label_of_method(dataset.method), str(dataset.store.settings.get("network", ""))
    matrix = confusion(dataset.pictures)
    parts = [
        f"<h1>Data set {html.escape(name)}</h1>",
        f"<p>{len(dataset.pictures)} pictures, explained by {html.escape(method)} in {html.escape(network)}; "
        f"{len(dataset.problems)} more have no result.</p>",
        *([] if matrix is None else _confusion_html(matrix, mistakes(dataset.pictures))),
        "<h2>Mean maps</h2><p>Each map is divided by its sum of |relevance| first.</p>",
        _means_html(dataset, scale),
        *([] if found is None or groups is None else _clusters_html(dataset, found, groups, scale)),
        f"<h2>Pictures</h2>{_pictures_html(dataset.pictures)}",
        f"<h2>Settings</h2>{table_html((key, _short(value)) for key, value in dataset.store.settings.items())}",
        f"<h2>Made with</h2>{versions_html()}",
        f'<p>The same page again: <a href="{html.escape(address)}">{html.escape(address)}</a></p>',
    ]  # fmt: skip
    return html_page(f"Data set {name}", parts)


def _confusion_html(matrix: Confusion, wrong: Sequence[tuple[str, str, int]]) -> Iterator[str]:
    yield f"<h2>Labels and predictions</h2><p>{html.escape(confusion_alt(matrix, wrong))}</p>"
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in matrix.names)
    rows = []
    for name, counts in zip(matrix.names, matrix.counts.tolist(), strict=True):
        if any(counts):
            cells = "".join(f"<td>{count or ''}</td>" for count in counts)
            rows.append(f'<tr><th scope="row">{html.escape(name)}</th>{cells}</tr>')
    yield f"<table><tr><th>label, down; prediction, across</th>{head}</tr>{''.join(rows)}</table>"


def _means_html(dataset: DataSet, scale: str) -> str:
    try:
        return f'<div class="maps">{"".join(_mean_html(dataset, *group, scale) for group in class_groups(dataset))}</div>'
    except StoreError as error:
        return f"<p>{html.escape(sentence_of(error))}</p>"


def _mean_html(dataset: DataSet, name: str, pictures: Sequence[ExplainedPicture], scale: str) -> str:
    return _figure_html(name, mean_map(dataset, pictures), scale)


def _figure_html(name: str, found: MeanMap, scale: str, *sentences: str) -> str:
    limit = colour_limit([found.mean])
    title = f"{name}, {found.n} picture{'s' if found.n > 1 else ''}"
    return figure_html(
        Figure(title, draw(found.mean, scale, limit), f"Mean map of {title}", sentences, Legend(scale, limit, UNIT))
    )


def _clusters_html(dataset: DataSet, found: ClusteredClass, groups: ClusterIndices, scale: str) -> Iterator[str]:
    name = class_title(found.pictures[0].explained_class)
    yield f"<h2>Clusters of {html.escape(name)}</h2>"
    title = f"Pictures with {found.alike} close together"
    yield figure_html(Figure(title, _scatter(found, groups), cluster_alt(found, groups, name)))
    each = []
    for label, _ in group_sizes(groups):
        own = groups == label
        pictures = [picture for picture, chosen in zip(found.pictures, own, strict=True) if chosen]
        said = selection_sentence(found.maps[own], found.maps[~own])
        each.append(_figure_html(group_name(label), mean_map(dataset, pictures), scale, said, *channel_words(found, own)))
    yield f'<div class="maps">{"".join(each)}</div>'


def _scatter(found: ClusteredClass, groups: ClusterIndices) -> Image.Image:
    """The scatter as a picture; where a photo cannot be shown there is a square of its group's colour."""
    side = SIDE + 2 * FRAME
    places = found.clusters.places
    spread = np.ptp(places, axis=0)
    at = (places - places.min(0)) / np.where(spread > 0, spread, 1) * (WIDTH - side, HEIGHT - side)
    drawn = Image.new("RGB", (WIDTH, HEIGHT), "white")
    for thumbnail, (x, y), label in zip(found.thumbnails, at, groups, strict=False):
        square = thumbnail or Image.new("RGB", (SIDE, SIDE), colour_of(label))
        drawn.paste(ImageOps.expand(square, FRAME, colour_of(label)), (int(x), int(HEIGHT - side - y)))
    return drawn


def _pictures_html(pictures: Sequence[ExplainedPicture]) -> str:
    rows = picture_rows(pictures[:ROWS])
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in rows[0])
    cells = (f"<tr>{''.join(f'<td>{html.escape(_short(value))}</td>' for value in row.values())}</tr>" for row in rows)
    more = f"<p>The first {ROWS} of {len(pictures)}; the tables have all.</p>" if len(pictures) > ROWS else ""
    return f"<table><tr>{head}</tr>{''.join(cells)}</table>{more}"


def _short(value: object) -> str:
    """A value in a cell of a table."""
    text = "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 300 else f"{text[:299]}…"
