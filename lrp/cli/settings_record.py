"""The record of a comparison (lrp/display/record.py) read back, whoever wrote it: all that is used of it is checked first."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import cast

from lrp.cli.method_flags import make_recorded
from lrp.display.colours import SCALES
from lrp.files.plain_text import plain_text
from lrp.files.strict_json import strict_json
from lrp.methods import METHODS
from lrp.methods.method import Method
from lrp.region import Region
from lrp.settings import value_in_words
from lrp.walk.objective_choice import ObjectiveChoice
from lrp.walk.objectives import OBJECTIVES

PREPARED = ("size", "resize", "squash", "interpolation", "mean", "std", "head")  # settings of a network from a file
SIDES = ("left", "top", "right", "bottom")
FARTHEST = 1_000_000  # pixels of a crop's sides from the picture's corner

Values = Mapping[str, object]
Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels, the last two outside


class NoRecordError(ValueError):
    """What is no record of a comparison, or one with a value of a type that no record has."""


@dataclass(frozen=True)
class RecordedNetwork:
    """A network as a record names it: by its display name, its kind of weights or their file, and their SHA-256."""

    network: str
    weights: str
    sha256: str


@dataclass(frozen=True)
class RecordedMethod:
    """A method with its settings. pictures: the set that it compared with, in words, where none of its choices was; else ""."""

    method: Method
    pictures: str = ""


@dataclass(frozen=True, eq=False)
class ComparisonSettings:
    """What a record says. All text in it may be a stranger's.

    picture, key: the name of its file, and the SHA-256 or such as "sample:Cat". prepared: settings of `lrp.load_network`, of a
    network from a file. choice: the question, with class_name and versus_name for its indices, "" where it has none. networks:
    of each method, None for `network`. scale, photo, percentile: as in `ExplainRun`; display: these and what else it says of
    how the maps are drawn. crop: of the picture, in its pixels; None for the centre.
    """

    picture: str
    key: str
    network: RecordedNetwork
    prepared: Values
    choice: ObjectiveChoice
    class_name: str
    versus_name: str
    methods: tuple[RecordedMethod, ...]
    networks: tuple[RecordedNetwork | None, ...]
    scale: str
    photo: float
    percentile: float
    display: Values
    region: Region | None
    crop: Box | None


def record_in(data: bytes) -> Values:
    """Returns the record in a file: all of it, as the page writes it, or the part that a run has written under "settings".

    Raises ValueError such as "is not JSON", and NoRecordError for JSON of something else.
    """
    whole = strict_json(data)
    record = whole.get("settings", whole) if isinstance(whole, Mapping) else None
    if not isinstance(record, Mapping):
        raise NoRecordError
    return record


def read_record(record: Values, folders: bool) -> ComparisonSettings:
    """Returns what a record says. folders: whether the pictures that a method compares with may be read from a folder.

    Raises NoRecordError for what is no record, and ValueError with a sentence for a value that cannot be.
    """
    try:
        return _read(record, folders)
    except (KeyError, TypeError, OverflowError, RecursionError) as error:  # the last for nested lists, which no text can hold
        raise NoRecordError from error


def _read(record: Values, folders: bool) -> ComparisonSettings:
    objective, methods, display = _text(record["objective"]), record["methods"], record["display"]
    if objective not in OBJECTIVES:
        raise ValueError(f"objective must be one of {', '.join(OBJECTIVES)}, got {plain_text(objective)}")
    if not isinstance(methods, list) or not methods or not isinstance(display, Mapping):
        raise TypeError
    made = tuple(_method(each, folders) for each in methods)
    target, versus = (record.get(f"{which} class index") for which in ("explained", "rather than"))
    place = record.get("place")
    choice = ObjectiveChoice(
        objective, None if target is None else _whole(target), None if versus is None else _whole(versus),
        None if place is None else _text(place),
    )  # fmt: skip
    return ComparisonSettings(
        plain_text(_text(record["picture"])), _text(record["picture sha256 or sample"]), _network(record),
        _prepared(record.get("prepared", {})), choice, _text(record.get("explained class", "")),
        _text(record.get("rather than class", "")), made, _networks(record.get("networks"), len(made)), *_drawn(display),
        dict(display), _region(record.get("region")), _crop(record.get("crop")),
    )  # fmt: skip


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    try:
        return float(value)
    except OverflowError:
        raise TypeError from None


def _network(record: Values) -> RecordedNetwork:
    return RecordedNetwork(plain_text(_text(record["network"])), _text(record["weights"]), _text(record["weights sha256"]))


def _networks(said: object, count: int) -> tuple[RecordedNetwork | None, ...]:
    if said is None:
        return (None,) * count
    if not isinstance(said, list) or len(said) != count:
        raise TypeError
    return tuple(None if each is None else _network(each) for each in said)


def _prepared(said: object) -> Values:
    if not isinstance(said, Mapping) or not set(said) <= set(PREPARED):
        raise TypeError
    return dict(said)


def _method(record: object, folders: bool) -> RecordedMethod:
    if not isinstance(record, Mapping):
        raise TypeError
    given = dict(record)
    name = given.pop("method")
    if not isinstance(name, str) or name not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {plain_text(str(name))}")
    pictures = ""
    if not folders:
        for setting in fields(METHODS[name]):
            words = map(value_in_words, setting.metadata["options"] or ())
            if setting.metadata["pictures"] and setting.name in given and given[setting.name] not in words:
                pictures = _text(given.pop(setting.name))
    return RecordedMethod(make_recorded(METHODS[name], given), pictures)


def _drawn(display: Values) -> tuple[str, float, float]:
    """The colour scale, the share of the photo and the percentile, as the page and the command line call them."""
    scale = _text(display.get("colours", display.get("scale")))
    photo, percentile = _number(display.get("photo", 0.0)), _number(display.get("clip", display.get("percentile", 99.0)))
    if scale not in SCALES or not (0 <= photo <= 1 and 0 < percentile <= 100):
        raise TypeError
    return scale, photo, percentile


def _box(said: object) -> Box:
    if not isinstance(said, Mapping):
        raise TypeError
    return cast(Box, tuple(_whole(said[side]) for side in SIDES))


def _region(said: object) -> Region | None:
    if said is None:
        return None
    left, top, right, bottom = _box(said)
    if not (0 <= left < right <= FARTHEST and 0 <= top < bottom <= FARTHEST):
        raise TypeError
    return Region(left, top, right, bottom)


def _crop(said: object) -> Box | None:
    if said is None:
        return None
    left, top, right, bottom = box = _box(said)
    if not (-FARTHEST <= left < right <= FARTHEST and -FARTHEST <= top < bottom <= FARTHEST):
        raise TypeError
    return box
