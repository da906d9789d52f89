"""The record of a comparison: all that is needed to repeat it, as plain values that JSON can hold, and the same in words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from torch import Tensor

from lrp.attribution import relative_gap
from lrp.display.colours import end_colours
from lrp.files.plain_text import plain_text
from lrp.heads import REGRESSION, SIGMOID
from lrp.methods import METHODS
from lrp.methods.method import Method, promised_sum
from lrp.models.backbone import Backbone
from lrp.region import Region
from lrp.settings import plain_settings, settings_in_words
from lrp.walk.objectives import Objective

Record = Mapping[str, Any]  # plain values that JSON can hold, of types that differ from key to key
RecordRow = tuple[str, str]  # a heading and its text

WEIGHTS_TEXTS = {"demo": "the bundled demo weights", "imagenet": "ImageNet weights"}
SIGN_TEXTS = {
    "both": "relevance of both signs is drawn", "positive": "only positive relevance is drawn",
    "negative": "only negative relevance is drawn",
}  # fmt: skip
PERCENTILE_TEXT = "the strongest colour stands for percentile {:g} of the strengths"
DISPLAY_TEXTS: dict[str, Callable[[Any], str]] = {  # key of the record's "display" -> its value in words
    "colours": lambda value: value.lower(),
    "scale": lambda value: value.lower(),
    "photo": lambda value: f"the photo shows through by {value:.0%}" if value else "",
    "sign": SIGN_TEXTS.__getitem__,
    "clip": PERCENTILE_TEXT.format,
    "percentile": PERCENTILE_TEXT.format,
    "common": lambda value: "all maps have one scale" if value else "each map has its own scale",
}


def comparison_record(
    backbone: Backbone, picture: tuple[str, str], objective: Objective, logits: Tensor, methods: Iterable[Method],
    display: Record, region: Region | None = None, results: Iterable[Record | None] = (),
    networks: Sequence[Record | None] = (), crop: Record | None = None,
) -> dict[str, object]:
    """Returns everything that is needed to repeat a comparison.

    picture: its name and its key, the SHA-256 of the file's bytes or the sample's name. objective: what is explained; a class
    in it is one index. logits: (K,). methods: those compared, in order, with the settings that were asked for. results: what
    came of each, by `result_record`; None where it is not there. display: how the maps are drawn. region: the marked one.
    networks: of each map, by `network_record`; None for `backbone`. They are recorded if there is another one. crop: what of
    the picture the networks are given: left, top, right and bottom in its pixels, and the colour "bars" of what lies beyond it.
    """  # fmt: skip
    return {
        "picture": plain_text(picture[0]),
        "picture sha256 or sample": picture[1],
        **({"crop": dict(crop)} if crop else {}),
        **network_record(backbone, objective, logits),
        "region": None if region is None else asdict(region),
        "methods": [{"method": method.name, **plain_settings(method)} for method in methods],
        "results": list(results),
        **({"networks": list(networks)} if any(networks) else {}),
        "display": dict(display),
    }


def network_record(backbone: Backbone, objective: Objective, logits: Tensor) -> dict[str, object]:
    """Returns which network is explained, how pictures are prepared if it came from a file, and what of it; logits: (K,)."""
    return {
        "network": backbone.name,
        "weights": plain_text(backbone.weights),
        "weights sha256": backbone.sha256,
        **({} if backbone.published else {"prepared": backbone.preparation}),
        **_output_record(backbone, len(logits)),
        **_objective_record(backbone, objective, logits),
    }


def result_record(
    method: Method, objective: Objective, total: float, explained: float, n_steps: int | None, map_error: float | None = None
) -> dict[str, object]:
    """Returns what a method found: its map's sum, what that should be, the gap between them, the steps taken, the map's error.

    explained and gap are None where no sum is promised, see `promised_sum`. gap, |total - explained| / |explained|, is also None
    where explained is 0, because its size would say nothing.
    map_error: as in `Attribution`; None where the method does not estimate it.
    """
    promised = promised_sum(method, objective) is not None
    return {
        "method": method.name,
        "total": total,
        "explained": explained if promised else None,
        "gap": relative_gap(total - explained, explained) if promised and explained else None,
        "n_steps": n_steps,
        "map_error": map_error,
    }


def question_in_words(objective: Objective, categories: tuple[str, ...], scale: str) -> str:
    """Returns the question that the maps answer, and what the colours of `scale` mean in them."""
    positive_colour, negative_colour = end_colours(scale)
    positive, negative = objective.sides(categories)
    colours = f"{positive_colour.capitalize()} pixels speak {positive}, {negative_colour} pixels {negative}."
    return f"{objective.asked(categories)} {colours}"


def record_rows(record: Record) -> list[RecordRow]:
    """Returns the record in words, a row for each thing that it says."""
    key = record["picture sha256 or sample"]
    is_sample = key.startswith("sample:")
    rows = [
        ("Picture", f"{record['picture']}, a sample" if is_sample else record["picture"]),
        ("SHA-256 of the picture", "" if is_sample else key),
        ("Part of the picture", _crop_in_words(record.get("crop"))),
        ("Network", _network_in_words(record)),
        ("SHA-256 of the weights", record["weights sha256"]),
        ("Output", record.get("output", "")),
        ("Explained value" if REGRESSION.column in record else "Explained class", _class_in_words(record)),
        ("Rather than", record.get("rather than class", "")),
        ("Layer", record.get("place", "")),
        ("Marked region", _region_in_words(record["region"])),
    ]
    none = [None] * len(record["methods"])
    each = zip(record["methods"], record["results"] or none, record.get("networks", none), strict=True)
    for number, (method, result, network) in enumerate(each, start=1):
        rows.append((f"Map {number}", _method_in_words(method, result)))
        rows += [] if network is None else [(f"Network of map {number}", _other_network_in_words(network))]
    display = (DISPLAY_TEXTS[name](value) for name, value in record["display"].items() if name in DISPLAY_TEXTS)
    return [(heading, text) for heading, text in [*rows, ("Colours", "; ".join(filter(None, display)))] if text]


def _network_in_words(record: Record) -> str:
    return f"{record['network']} with {WEIGHTS_TEXTS.get(record['weights'], record['weights'])}"


def _other_network_in_words(record: Record) -> str:
    """The network of a map with what is explained of it, and the hash of its weights."""
    explained = ["explained: " + text for text in (_class_in_words(record), record.get("place", "")) if text]
    versus = [f"rather than {record['rather than class']}"] if "rather than class" in record else []
    return "; ".join([_network_in_words(record), *explained, *versus, f"SHA-256 {record['weights sha256']}"])


def _output_record(backbone: Backbone, outputs: int) -> dict[str, object]:
    """What the outputs mean, where they are no classes that exclude each other."""
    if backbone.kind is SIGMOID:
        return {"output": "one logit, whose sigmoid is a score" if outputs == 1 else "labels, each with a sigmoid of its own"}
    return {"output": REGRESSION.meaning} if backbone.kind is REGRESSION else {}


def _objective_record(backbone: Backbone, objective: Objective, logits: Tensor) -> dict[str, object]:
    """What is explained; for a class also its logit and its probability or score, for a value the value."""
    record: dict[str, object] = {"objective": objective.name}
    for name, value in vars(objective).items():
        if name == "target":
            record |= {"explained class": plain_text(backbone.categories[value]), "explained class index": value}
            record |= {} if backbone.kind is REGRESSION else {"logit": float(logits[value])}
            record |= {backbone.kind.column: float(backbone.kind.predictions(logits)[value])}
        elif name == "versus":
            record |= {"rather than class": plain_text(backbone.categories[value]), "rather than class index": value}
        else:
            record[name] = value
    return record


def _class_in_words(record: Record) -> str:
    """The explained class with its logit and probability, or the value; "" where a layer is explained."""
    if "explained class" not in record:
        return ""
    if REGRESSION.column in record:
        return f"{record['explained class']} (index {record['explained class index']}), {REGRESSION.text(record['value'])}"
    sure = f"score {record['probability']:.3f}" if "output" in record else f"probability {record['probability']:.1%}"
    return f"{record['explained class']} (index {record['explained class index']}), logit {record['logit']:.2f}, {sure}"


def _crop_in_words(crop: Record | None) -> str:
    """The columns and rows that are given to the networks, its ends included; "" for none."""
    if crop is None:
        return ""
    columns, rows = (f"{crop[first]} to {crop[last] - 1}" for first, last in (("left", "right"), ("top", "bottom")))
    red, green, blue = crop["bars"]
    return f"columns {columns}, rows {rows}, counted from 0; beyond the picture it has the colour ({red}, {green}, {blue})"


def _region_in_words(region: Record | None) -> str:
    """The columns and rows of a region, its ends included; "" for none."""
    if region is None:
        return ""
    columns = f"columns {region['left']} to {region['right'] - 1}"
    return f"{columns}, rows {region['top']} to {region['bottom'] - 1}, counted from 0"


def _method_in_words(settings: Record, result: Record | None) -> str:
    """A method with its settings, and the steps that it took if it took any."""
    method = METHODS[settings["method"]]
    text = f"{method.label}: {settings_in_words(method, settings)}".removesuffix(": ")
    if result is None or result["n_steps"] is None:
        return text
    gap = "" if result["gap"] is None else f", which left a gap of {result['gap']:.1%}"
    error = "" if result["map_error"] is None else f"; the map itself is off by about {result['map_error']:.0%}"
    return f"{text}; {result['n_steps']} steps were taken{gap}{error}"
