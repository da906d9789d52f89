"""Places in a heatmap that are worth a word, and the figure that marks them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lrp.attribution import Map
from lrp.display.html_parts import data_uri

RADIUS = 0.11  # of a circle, in shares of the shorter side
APART = 2.2  # radii between the centres of two circles
AGAINST = 0.02  # the share of all relevance that speaks against the class, from which a place of it is marked


@dataclass(frozen=True)
class MarkedCircle:
    """A circle in a map, and what is said of it; row, column and radius in pixels."""

    row: int
    column: int
    radius: float
    text: str


def places_of(values: Map, name: str, ends: tuple[str, str]) -> list[MarkedCircle]:
    """Returns the two strongest places for the class `name`, the strongest one against it if there is one, and a pale one.

    ends: the colours in words, that for the class first. The sums of circles say which place is how strong.
    """
    radius = RADIUS * min(values.shape)
    positive = values.clip(min=0).astype(np.float64)
    negative = (-values).clip(min=0).astype(np.float64)
    whole = positive.sum() + negative.sum() or 1.0
    in_favour = circle_sums(positive / (positive.sum() or 1.0), radius)
    strongest = (
        f"<b>The strongest evidence.</b> {{:.0%}} of all that speaks for {name} lies in this circle, which is "
        f"{np.pi * RADIUS**2:.0%} of the picture."
    )
    next_one = "<b>The next strongest place.</b> Another {:.0%}: the network does not go by one point alone."
    pale = f"<b>Pale.</b> It hardly mattered for {name}, or what it said was cancelled. The network saw it all the same."
    wanted = [(in_favour, strongest), (in_favour, next_one)]
    if negative.sum() > AGAINST * whole:
        wanted.append((circle_sums(negative, radius), f"<b>Against.</b> What is {ends[1]} here took points away from {name}."))
    wanted.append((-circle_sums((positive + negative) / whole, radius), pale))
    found: list[MarkedCircle] = []
    for sums, text in wanted:
        row, column = _best(sums, found, radius)
        found.append(MarkedCircle(row, column, radius, text.format(sums[row, column])))
    return found


def _best(sums: NDArray[np.float64], taken: Sequence[MarkedCircle], radius: float) -> tuple[int, int]:
    """Returns the place of the largest sum, away from the borders and from the places that are taken."""
    rows, columns = np.indices(sums.shape)
    height, width = sums.shape
    free = (rows >= radius) & (rows < height - radius) & (columns >= radius) & (columns < width - radius)
    for place in taken:
        free &= np.hypot(rows - place.row, columns - place.column) >= APART * radius
    row, column = np.unravel_index(int(np.where(free, sums, -np.inf).argmax()), sums.shape)
    return int(row), int(column)


@dataclass(frozen=True)
class FigurePicture:
    """A picture of the figure, with its title and its alternative text."""

    picture: Image.Image
    title: str
    alt: str


def circles_html(panels: Sequence[FigurePicture], places: Sequence[MarkedCircle], size: tuple[int, int], below: str) -> str:
    """Returns HTML of the pictures, each with numbered circles, and of what is said of each circle.

    size: (width, height) of the map in its own pixels, in which the places are. below: HTML that stands under the sentences.
    """
    circles = "".join(_circle(number, place, size) for number, place in enumerate(places, start=1))
    figures = "".join(
        f'<figure><figcaption>{panel.title}</figcaption><div class="frame">'
        f'<img src="{data_uri(panel.picture.convert("RGB"))}" alt="{panel.alt}">{circles}</div></figure>'
        for panel in panels
    )
    said = "".join(
        f'<li><span class="number" aria-hidden="true">{number}</span><span>{place.text}</span></li>'
        for number, place in enumerate(places, start=1)
    )
    return f'<div class="annotated">{figures}<div class="said"><ol>{said}</ol>{below}</div></div>'


def _circle(number: int, place: MarkedCircle, size: tuple[int, int]) -> str:
    """Returns HTML of a circle with its number, placed in shares of the picture, for Streamlit takes SVG out of a page's HTML."""
    left, top, width, height = (
        f"{share:.2%}" for share in (
            (place.column - place.radius) / size[0], (place.row - place.radius) / size[1],
            2 * place.radius / size[0], 2 * place.radius / size[1],
        )
    )  # fmt: skip
    return (
        f'<span class="circle" aria-hidden="true" style="left:{left};top:{top};width:{width};height:{height}">'
        f'<span class="number">{number}</span></span>'
    )


def circle_sums(values: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """Returns, for each pixel of (H, W), the sum over the circle of that radius round it; beyond the borders is nothing."""
    reach = int(radius)
    height, width = values.shape
    padded = np.pad(values, ((reach, reach), (reach + 1, reach)))
    until = padded.cumsum(1)  # of each row
    sums = np.zeros_like(values)
    for down in range(-reach, reach + 1):
        half = int(np.sqrt(radius**2 - down**2))
        rows = until[reach + down : reach + down + height]
        sums += rows[:, reach + half + 1 : reach + half + 1 + width] - rows[:, reach - half : reach - half + width]
    return sums
