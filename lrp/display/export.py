"""What people take away, from the page and the command line alike: the sheet, the raw numbers, the names of the files."""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from lrp.display.record import Settings, in_rows
from lrp.display.sheet import Legend, Panel, png_text, sheet
from lrp.region import Region
from lrp.walk.objectives import Contrast, Features, Logit, Objective

LONGEST = 60  # characters of each part of a file's name


def file_stem(picture: str, network: str, objective: Objective, categories: Sequence[str]) -> str:
    """Returns a name for files about a comparison, such as "cat_resnet-18_cat": picture, network and what is explained.

    The same comparison has the same name. It has lower-case Latin letters, digits, - and _ only, whatever the picture is called.
    """
    name = re.sub(r"\.\w{2,5}$", "", picture)
    return "_".join((_safe(name) or "picture", _safe(network), _safe(_about(objective, categories)) or "class"))


def _about(objective: Objective, categories: Sequence[str]) -> str:
    given = vars(objective)
    if isinstance(objective, Features):
        return objective.place
    name = categories[int(given["target"])]
    if isinstance(objective, Contrast):
        return f"{name} rather than {categories[int(given['versus'])]}"
    return name if isinstance(objective, Logit) else f"{name} {objective.name}"


def _safe(text: str) -> str:
    """The text in letters that every file system takes, words joined by -, accents left out."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower())[:LONGEST].strip("-")


def prediction(name: str, probability: float, classes: int) -> str:
    """A class and how sure the network is of it: a percentage among several classes, the score of the sigmoid of one logit."""
    return f"{name} {probability:.1%}" if classes > 1 else f"{name}, score {probability:.3f}"


def map_panel(
    title: str, picture: Image.Image, legend: Legend, total: float, explained: float | None, n_steps: int | None = None,
    region: Region | None = None,
) -> Panel:
    """Returns a map's tile of the sheet: the colourised map, its colours, and what it sums to against what it should.

    `total` and `explained` are in the unit of the legend. explained: None for a method that promises no sum. n_steps: of
    Integrated Gradients, those taken in the end. region: outlined in the map.
    """  # fmt: skip
    steps = "" if n_steps is None else f" with {n_steps} steps"
    of = "; none is promised" if explained is None else f" of {brief(explained)}{steps}"
    return Panel(title, picture, (f"sums to {brief(total)}{of}",), legend, region)


def brief(value: float) -> str:
    """Logits to three digits; what is left of a sum that cancels is 0."""
    return f"{round(value, 6):.3g}"


def png(
    headline: str, question: str, seen: Image.Image, panels: Sequence[Panel], settings: Settings, region: Region | None = None
) -> bytes:
    """Returns the sheet as a PNG file: what the network saw, the maps, and the settings as lines and as a text chunk.

    question: what the maps answer, and what their colours mean. region: outlined in what the network saw.
    """
    lines = [f"{name}: {text}" for name, text in in_rows(settings)]
    page = sheet(headline, [Panel("What the network saw", seen, region=region), *panels], lines, settings, question)
    buffer = BytesIO()
    page.save(buffer, "PNG", pnginfo=png_text(page))
    return buffer.getvalue()


def npz(
    seen: Image.Image, maps: Iterable[tuple[str, Any]], logits: Tensor, categories: Sequence[str], settings: Settings
) -> bytes:
    """Returns the numbers as a compressed NPZ file: picture, logits, classes, settings (JSON), relevance_1_NAME and so on.

    maps: the name of each method and its relevance, (3, H, W) in logits, stored as it is. logits: (K,); categories: the names
    of these K classes.
    """
    arrays = {f"relevance_{i}_{name}": np.asarray(relevance) for i, (name, relevance) in enumerate(maps, start=1)}
    arrays |= {"picture": np.asarray(seen), "logits": np.asarray(logits), "classes": np.asarray(categories, dtype=str)}
    arrays["settings"] = np.asarray(json.dumps(settings))
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
