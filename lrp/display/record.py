"""The record of a comparison: all that is needed to make it again, as plain values, and the same in words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from torch import Tensor

from lrp.display.colours import ends
from lrp.methods import METHODS
from lrp.models.backbone import Backbone
from lrp.probability import probabilities
from lrp.region import Region
from lrp.settings import settings_in_words
from lrp.walk.objectives import Objective

Settings = Mapping[str, Any]
Row = tuple[str, str]  # what is told of, and what is told

WEIGHTS = {"demo": "the bundled demo weights", "imagenet": "ImageNet weights"}
SIGNS = {
    "both": "relevance of both signs is drawn", "positive": "only positive relevance is drawn",
    "negative": "only negative relevance is drawn",
}  # fmt: skip
CLIPPED = "the strongest colour stands for percentile {:g} of the strengths"
DISPLAY: dict[str, Callable[[Any], str]] = {
    "colours": lambda value: value.lower(),
    "scale": lambda value: value.lower(),
    "photo": lambda value: f"the photo shows through by {value:.0%}" if value else "",
    "sign": SIGNS.__getitem__,
    "clip": CLIPPED.format,
    "percentile": CLIPPED.format,
    "common": lambda value: "all maps have one scale" if value else "each map has its own scale",
}


def settings_of(
    backbone: Backbone, picture: tuple[str, str], objective: Objective, logits: Tensor, methods: Iterable[Any],
    display: Settings, region: Region | None = None, results: Iterable[Settings | None] = (),
) -> dict[str, Any]:
    """Returns everything that is needed to make a comparison again, as plain values that JSON can hold.

    picture: its name and its key, the SHA-256 of the file's bytes or the sample's name. objective: what is explained; a class
    in it is one index. logits: (K,). methods: those compared, in order, with the settings that were asked for. results: what
    came of each, by `result_of`; None where it is not there. display: how the maps are drawn. region: the marked one.
    """  # fmt: skip
    return {
        "picture": picture[0],
        "picture sha256 or sample": picture[1],
        "network": backbone.name,
        "weights": backbone.weights,
        "weights sha256": backbone.sha256,
        **({"output": "one logit, whose sigmoid is a score"} if len(logits) == 1 else {}),
        **_explained(backbone, objective, logits),
        "region": None if region is None else asdict(region),
        "methods": [{"method": method.name, **asdict(method)} for method in methods],
        "results": list(results),
        "display": dict(display),
    }


def result_of(
    method: Any, objective: Objective, total: float, explained: float, n_steps: int | None, map_error: float | None = None
) -> dict[str, Any]:
    """Returns what came of a method: its sum, what it should be, the gap between them, the steps taken, and the map's own error.

    explained and gap are None for a method that promises no sum; gap also where its size would say nothing, for nothing was to
    be explained or the objective starts from relevance that sums to 0.
    """
    promised = method.sums_to is not None
    judged = promised and bool(explained) and not (objective.balanced and method.has_rules)
    return {
        "method": method.name,
        "total": total,
        "explained": explained if promised else None,
        "gap": abs(total - explained) / abs(explained) if judged else None,
        "n_steps": n_steps,
        "map_error": map_error,
    }


def question_of(objective: Objective, categories: tuple[str, ...], scale: str) -> str:
    """Returns what the maps answer, and what the colours of `scale` mean in them."""
    (speaking, against), (positive, negative) = ends(scale), objective.sides(categories)
    return f"{objective.asked(categories)} {speaking.capitalize()} pixels speak {positive}, {against} pixels {negative}."


def in_rows(settings: Settings) -> list[Row]:
    """Returns the settings as people read them, a row for each thing."""
    digest = settings["picture sha256 or sample"]
    sample = digest.startswith("sample:")
    rows = [
        ("Picture", f"{settings['picture']}, a sample" if sample else settings["picture"]),
        ("SHA-256 of the picture", "" if sample else digest),
        ("Network", f"{settings['network']} with {WEIGHTS.get(settings['weights'], settings['weights'])}"),
        ("SHA-256 of the weights", settings["weights sha256"]),
        ("Output", settings.get("output", "")),
        ("Explained class", _class_in_words(settings)),
        ("Rather than", settings.get("rather than class", "")),
        ("Layer", settings.get("place", "")),
        ("Marked region", _region_in_words(settings["region"])),
    ]
    results = settings["results"] or [None] * len(settings["methods"])
    for place, (asked, found) in enumerate(zip(settings["methods"], results, strict=True), start=1):
        rows.append((f"Map {place}", _method_in_words(asked, found)))
    told = (DISPLAY[name](value) for name, value in settings["display"].items() if name in DISPLAY)
    return [(name, text) for name, text in [*rows, ("Colours", "; ".join(filter(None, told)))] if text]


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


def _class_in_words(settings: Settings) -> str:
    if "explained class" not in settings:
        return ""
    sure = f"score {settings['probability']:.3f}" if "output" in settings else f"probability {settings['probability']:.1%}"
    known = f"logit {settings['logit']:.2f}, {sure}"
    return f"{settings['explained class']} (index {settings['explained class index']}), {known}"


def _region_in_words(region: Settings | None) -> str:
    if region is None:
        return ""
    columns, rows = ((region[first], region[end] - 1) for first, end in (("left", "right"), ("top", "bottom")))
    return f"columns {columns[0]} to {columns[1]}, rows {rows[0]} to {rows[1]}, counted from 0"


def _method_in_words(asked: Settings, found: Settings | None) -> str:
    method = METHODS[asked["method"]]
    said = f"{method.label}: {settings_in_words(method, asked)}".removesuffix(": ")
    if found is None or found["n_steps"] is None:
        return said
    left = "" if found["gap"] is None else f", which left a gap of {found['gap']:.1%}"
    off = "" if found["map_error"] is None else f"; the map itself is off by about {found['map_error']:.0%}"
    return f"{said}; {found['n_steps']} steps were taken{left}{off}"
