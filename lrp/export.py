"""What people take away, from the page and the command line alike: the sheet, the raw numbers, the settings."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from lrp.backbones import Backbone
from lrp.heatmap import Panel, png_text, sheet
from lrp.objectives import Objective
from lrp.parameters import in_words
from lrp.probability import probabilities

Settings = Mapping[str, Any]


def settings_of(
    backbone: Backbone, picture: tuple[str, str], objective: Objective, logits: Tensor, methods: Iterable[Any], display: Settings
) -> dict[str, Any]:
    """Returns everything that is needed to make a comparison again, as plain values that JSON can hold.

    picture: its name and its key, the SHA-256 of the file's bytes or the sample's name. objective: what is explained; a class
    in it is one index. logits: (K,). methods: those compared, in order. display: how the maps are drawn.
    """
    return {
        "picture": picture[0],
        "picture sha256 or sample": picture[1],
        "network": backbone.name,
        "weights": backbone.weights,
        "weights sha256": backbone.sha256,
        **({"output": "one logit, whose sigmoid is a score"} if len(logits) == 1 else {}),
        **_explained(backbone, objective, logits),
        "methods": [{"method": method.name, **asdict(method)} for method in methods],
        "display": dict(display),
    }


def _explained(backbone: Backbone, objective: Objective, logits: Tensor) -> dict[str, Any]:
    explained: dict[str, Any] = {"objective": objective.name}
    for name, value in vars(objective).items():
        if name == "target":
            explained |= {"explained class": backbone.categories[value], "explained class index": value}
            explained |= {"logit": float(logits[value]), "probability": float(probabilities(logits)[value])}
        elif name == "versus":
            explained |= {"rather than class": backbone.categories[value], "rather than class index": value}
        else:
            explained[name] = value
    return explained


def prediction(name: str, probability: float, classes: int) -> str:
    """A class and how sure the network is of it: a percentage among several classes, the score of the sigmoid of one logit."""
    return f"{name} {probability:.1%}" if classes > 1 else f"{name}, score {probability:.3f}"


def map_panel(
    title: str, picture: Image.Image, limit: float, total: float, explained: float | None, n_steps: int | None = None,
    unit: str = "logits",
) -> Panel:
    """Returns a map's tile of the sheet: the colourised map, and below it what it sums to against what it should.

    limit: the relevance that the strongest colour stands for; it, `total` and `explained` are in `unit`, that of the objective.
    explained: None for a method that promises no sum. n_steps: of Integrated Gradients, those taken in the end.
    """  # fmt: skip
    steps = "" if n_steps is None else f" with {n_steps} steps"
    of = "; none is promised" if explained is None else f" of {brief(explained)}{steps}"
    return Panel(title, picture, (f"sums to {brief(total)}{of}", f"strongest colour: {limit:.2g} {unit}"))


def brief(value: float) -> str:
    """Logits to three digits; what is left of a sum that cancels is 0."""
    return f"{round(value, 6):.3g}"


def png(headline: str, seen: Image.Image, panels: Sequence[Panel], settings: Settings) -> bytes:
    """Returns the sheet as a PNG file: what the network saw, the maps, and the settings as lines and as a text chunk."""
    plain = [f"{key}: {in_words(value)}" for key, value in settings.items() if not isinstance(value, dict | list)]
    lines = [*plain, f"display: {_spelled(settings['display'])}", *map(_spelled, settings["methods"])]
    page = sheet(headline, [Panel("What the network saw", seen), *panels], lines, settings)
    buffer = BytesIO()
    page.save(buffer, "PNG", pnginfo=png_text(page))
    return buffer.getvalue()


def npz(seen: Image.Image, maps: Iterable[tuple[str, Any]], logits: Tensor, settings: Settings) -> bytes:
    """Returns the numbers as a compressed NPZ file: picture, logits, settings (JSON), relevance_1_NAME and so on.

    maps: the name of each method and its relevance, (3, H, W) in logits, stored as it is. logits: (K,).
    """
    arrays = {f"relevance_{i}_{name}": np.asarray(relevance) for i, (name, relevance) in enumerate(maps, start=1)}
    arrays |= {"picture": np.asarray(seen), "logits": np.asarray(logits), "settings": np.asarray(json.dumps(settings))}
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _spelled(settings: Settings) -> str:
    return "; ".join(f"{key} {in_words(value)}" for key, value in settings.items())
