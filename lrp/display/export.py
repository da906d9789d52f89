"""The files of a comparison, for the page and the command line alike: sheet (PNG), numbers (NPZ), and their names."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from torch import Tensor

from lrp.display.record import Record, record_rows
from lrp.display.sheet import SIDE, Legend, SheetPanel, draw_sheet, png_text
from lrp.heads import SIGMOID, Head
from lrp.region import Region
from lrp.walk.objectives import Features, Logit, Objective, Value

MAX_PART_LENGTH = 60  # characters of each part of a file's name


def comparison_stem(picture: str, network: str, objective: Objective, categories: Sequence[str]) -> str:
    """Returns a name for files about a comparison, such as "cat_resnet-18_cat": picture, network and what is explained.

    The same comparison has the same name. It has lower-case Latin letters, digits, - and _ only, whatever the picture is called.
    """
    name = re.sub(r"\.\w{2,5}$", "", picture)
    return "_".join((_slug(name) or "picture", _slug(network), _slug(_objective_name(objective, categories)) or "class"))


def prediction_in_words(name: str, prediction: float, head: Head) -> str:
    """Returns an output with what the network says of it: "cat 87.1%", "cat, score 0.871", or "age 34.21"."""
    return f"{name}{', ' if head is SIGMOID else ' '}{head.text(prediction, 1, 3)}"


def map_panel(
    title: str, picture: Image.Image, legend: Legend, total: float, explained: float | None, n_steps: int | None = None,
    region: Region | None = None,
) -> SheetPanel:
    """Returns the panel of a map: the coloured map, its legend, and what it sums to against what it should sum to.

    total, explained: in the unit of the legend; explained is None for a method that promises no sum. n_steps: the number of
    steps that Integrated Gradients took; None for other methods. region: outlined in the map.
    """  # fmt: skip
    steps = "" if n_steps is None else f" with {n_steps} steps"
    of = "; none is promised" if explained is None else f" of {three_digits(explained)}{steps}"
    return SheetPanel(title, picture, (f"sums to {three_digits(total)}{of}",), legend, region)


def three_digits(value: float) -> str:
    """Returns a number with three significant digits, after rounding off floating-point residue below 1e-6."""
    return f"{round(value, 6):.3g}"


def sheet_png(
    headline: str, question: str, seen: Image.Image, panels: Sequence[SheetPanel], record: Record, region: Region | None = None,
    title: str = "What the network saw", size: tuple[int, int] = (SIDE, SIDE),
) -> bytes:
    """Returns the sheet as a PNG file: what the network saw, the maps, and the record as lines and as a text chunk.

    question: what the maps answer, and what their colours mean. region: outlined in what the network saw. title: of that
    picture. size: width and height of each picture.
    """  # fmt: skip
    lines = [f"{name}: {text}" for name, text in record_rows(record)]
    page = draw_sheet(headline, [SheetPanel(title, seen, region=region), *panels], lines, record, question, size)
    buffer = BytesIO()
    page.save(buffer, "PNG", pnginfo=png_text(page))
    return buffer.getvalue()


def numbers_npz(
    seen: Image.Image, maps: Iterable[tuple[str, ArrayLike]], logits: Tensor, categories: Sequence[str], record: Record,
    further: Mapping[str, ArrayLike] = {},
) -> bytes:
    """Returns the numbers as a compressed NPZ file: picture, logits, classes, settings (the record in JSON), relevance_1_NAME ...

    maps: the name of each method and its relevance, (3, H, W) in logits, stored as it is. logits: (K,); categories: the names
    of these K classes. further: more arrays by name, of networks other than the one that the picture, logits and classes are of.
    """  # fmt: skip
    arrays: dict[str, NDArray[np.generic]] = {
        f"relevance_{i}_{name}": _array(relevance) for i, (name, relevance) in enumerate(maps, start=1)
    }
    arrays |= {"picture": np.asarray(seen), "logits": _array(logits), "classes": np.asarray(categories, dtype=str)}
    arrays |= {name: _array(values) for name, values in further.items()}
    arrays["settings"] = np.asarray(json.dumps(record))
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _array(values: ArrayLike | Tensor) -> NDArray[np.generic]:
    """The values as an array, from whatever device."""
    found: NDArray[np.generic] = np.asarray(values.cpu() if isinstance(values, Tensor) else values)
    return found


def _objective_name(objective: Objective, categories: Sequence[str]) -> str:
    """What is explained, in the words of a file's name."""
    if isinstance(objective, Features):
        return objective.place
    assert objective.target_index is not None  # features alone are of no class
    target = categories[objective.target_index]
    if objective.versus_index is not None:
        return f"{target} rather than {categories[objective.versus_index]}"
    return target if isinstance(objective, Logit | Value) else f"{target} {objective.name}"


def _slug(text: str) -> str:
    """The text in letters that every file system takes, words joined by -, accents left out."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower())[:MAX_PART_LENGTH].strip("-")
