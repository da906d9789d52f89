"""The scatter of a class: each picture where t-SNE puts its map, framed in the colour of its group."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
from PIL import Image, ImageOps

from lrp.datasets.clusters import ClusterIndices
from lrp.display.colours import colour_limit, colourise
from lrp.display.html_parts import data_uri
from lrp.files.plain_text import plain_name
from pages.parts.dataset.cluster_task import SIDE, ClusteredClass
from pages.parts.frame.charts import BLUE, GREEN, GREY, ORANGE, PURPLE, finish

# Of groups; further ones begin anew, and their number is said under the cursor.
COLOURS = (BLUE, ORANGE, GREEN, PURPLE, "#e69f00", "#56b4e9", "#f0e442", "#000000")
HEIGHT, NARROW_HEIGHT = 640, 460  # pixels
FRAME = 3  # pixels round a thumbnail


def cluster_figure(
    found: ClusteredClass, labels: ClusterIndices, selected: Sequence[int], scale: str, as_maps: bool, narrow: bool
) -> go.Figure:
    """Returns the scatter; a lasso, a box or a press selects. labels: the group of each; selected: indices of those marked."""
    places = found.clusters.places
    spread = np.ptp(places, axis=0)
    x, y = ((places - places.min(0)) / np.where(spread > 0, spread, 1)).T
    words = [
        f"{plain_name(Path(each.file).name)}<br>{each.prediction} {each.confidence:.2f}, {group_name(label)}"
        for each, label in zip(found.pictures, labels, strict=True)
    ]
    figure = go.Figure(go.Scatter(
        x=x, y=y, mode="markers", customdata=[each.position for each in found.pictures], hovertext=words,
        hovertemplate="%{hovertext}<extra></extra>", selectedpoints=list(selected) if len(selected) else None,
        marker={"symbol": "square", "size": 13, "color": [colour_of(label) for label in labels], "opacity": 0.9},
        selected={"marker": {"opacity": 1, "size": 46}}, unselected={"marker": {"opacity": 0.5}},
    ))  # fmt: skip
    size = {"sizex": 0.13, "sizey": 0.11} if narrow else {"sizex": 0.065, "sizey": 0.075}
    for place, image in _thumbnails(found, labels, scale, as_maps):
        figure.add_layout_image(
            source=image, x=x[place], y=y[place], xref="x", yref="y", xanchor="center", yanchor="middle", layer="above", **size
        )
    hidden = {"visible": False, "fixedrange": True, "range": [-0.07, 1.07]}
    figure.update_xaxes(**hidden)
    figure.update_yaxes(**hidden)
    margin = {"l": 0, "r": 0, "t": 8, "b": 0}
    return finish(figure, NARROW_HEIGHT if narrow else HEIGHT, margin=margin, dragmode="lasso", clickmode="event+select")


def cluster_alt(found: ClusteredClass, labels: ClusterIndices, name: str) -> str:
    """Returns the scatter in words: how many pictures each group has."""
    groups = ", ".join(f"{group_name(label)}: {count}" for label, count in group_sizes(labels))
    return f"{len(labels)} pictures explained for {name}, those with {found.alike} close together. {groups}."


def group_sizes(labels: ClusterIndices) -> list[tuple[int, int]]:
    """Returns the label and the number of pictures of each group, the pictures of none last."""
    found, counts = np.unique(labels, return_counts=True)
    sizes = [(int(label), int(count)) for label, count in zip(found, counts, strict=True)]
    return sorted(sizes, key=lambda each: (each[0] < 0, each[0]))


def group_name(label: int) -> str:
    """Returns what people call a group."""
    return f"group {label + 1}" if label >= 0 else "no group"


def colour_of(label: int) -> str:
    """Returns the colour of a group."""
    return COLOURS[label % len(COLOURS)] if label >= 0 else GREY


def _thumbnails(found: ClusteredClass, labels: ClusterIndices, scale: str, as_maps: bool) -> Iterator[tuple[int, str]]:
    """Yields index and framed picture of each thumbnail, as an address that holds it."""
    for place, photo in enumerate(found.thumbnails):
        image = photo
        if as_maps:
            values = found.maps[place]
            image = colourise(values, colour_limit([values]), scale).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        if image is not None:
            yield place, data_uri(ImageOps.expand(image, FRAME, colour_of(labels[place])), "JPEG")
