"""The settings of a comparison that the page or an earlier run has written, read back by `explain --settings`."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, cast

from lrp.cli.files import printable
from lrp.cli.method_flags import flag_of, make_recorded, setting_names
from lrp.display.colours import SCALES
from lrp.files.regular_file import os_reason, read_regular
from lrp.files.strict_json import strict_json
from lrp.methods import METHODS, check_suits
from lrp.methods.method import Method
from lrp.models.architectures import ARCHITECTURES, network_names, title
from lrp.models.backbone import PUBLISHED_WEIGHTS, Backbone
from lrp.pictures.samples import sample_name
from lrp.walk.objective_choice import ObjectiveChoice
from lrp.walk.objectives import OBJECTIVES

MAX_BYTES = 10_000_000
SAID = (  # flags that it stands for
    "architecture", "depth", "weights", "method", "objective", "target", "versus", "stage", "percentile", "colours", "photo",
)  # fmt: skip
PREPARED = ("size", "resize", "squash", "interpolation", "mean", "std", "head")  # settings of a network from a file

Values = Mapping[str, object]


@dataclass(frozen=True, eq=False)
class RecordedSettings:
    """What a file of settings says.

    picture: its file, or such as "sample:Cat". sha256: of the weights. prepared: settings of `lrp.load_network`, of a network
    from a file. scale, photo, percentile: as in `ExplainRun`.
    """

    picture: str
    network: str
    weights: str
    sha256: str
    prepared: Values
    choice: ObjectiveChoice
    methods: tuple[Method, ...]
    scale: str
    photo: float
    percentile: float

    def check(self, backbone: Backbone) -> None:
        """Raises ValueError for a network with other weights than those that the settings were made with."""
        if backbone.sha256 != self.sha256:
            raise ValueError(
                f"--settings are those of {self.network} with weights of SHA-256 {self.sha256}, got SHA-256 {backbone.sha256}; "
                "name the file that they were made with by --network"
            )


def read_settings_file(file: str) -> RecordedSettings:
    """Returns the settings in a file. Raises ValueError with a sentence for one that cannot be read or used."""
    try:
        return _recorded(file, _record(file))
    except (KeyError, TypeError, AttributeError):
        _refuse(file, "it holds no settings of a comparison; give the Settings (JSON) of the page, or the .json of a run")


def use_settings_file(args: argparse.Namespace, recorded: RecordedSettings) -> None:
    """Sets the picture and the network, if none is named, to those of the file, and how the network's pictures are prepared.

    Raises ValueError for flags that say what the file says.
    """
    parser = args.parser
    given = [name for name in (*SAID, *setting_names()) if getattr(args, name) != parser.get_default(name)]
    if given:
        flag = flag_of(given[0])
        raise ValueError(f"--settings says what is explained, of which network, by which methods and how drawn; leave out {flag}")
    if not args.files and args.list is None:
        if sample_name(recorded.picture) is None:
            raise ValueError(f"--settings holds no picture; give the file of {recorded.picture!r}")
        args.files = [recorded.picture]
    args.prepared = recorded.prepared
    if args.network is None:
        for name, value in _network_flags(recorded).items():
            setattr(args, name, value)


def _record(file: str) -> Values:
    """The record in a file: all of it, as the page writes it, or the part that a run has written under "settings"."""
    try:
        found = strict_json(read_regular(Path(file), MAX_BYTES, follow_link=True))
    except OSError as error:
        _refuse(file, os_reason(error))
    except ValueError as error:
        _refuse(file, f"it {error}")
    whole = cast(Values, found)
    return cast(Values, whole.get("settings", whole))


def _refuse(file: str, why: str) -> NoReturn:
    raise ValueError(f"--settings must be a file of settings, got {printable(file)} ({why})") from None


def _recorded(file: str, record: Values) -> RecordedSettings:
    if record.get("networks"):
        raise ValueError(f"{printable(file)} compares several networks, and a command explains one; use those of Reproduce this")
    if record.get("crop"):
        raise ValueError(f"{printable(file)} explains a part of a picture; use the commands of Reproduce this")
    objective, methods = str(record["objective"]), record["methods"]
    if objective not in OBJECTIVES:
        raise ValueError(f"objective must be one of {', '.join(OBJECTIVES)}, got {printable(objective)}")
    if not isinstance(methods, list) or not methods:
        raise TypeError
    made = tuple(_method(each) for each in methods)
    for method in made:
        check_suits(OBJECTIVES[objective], method)
    choice = ObjectiveChoice(
        objective, _index(record, "explained class index"), _index(record, "rather than class index"), _text(record, "place")
    )
    key, name = str(record["picture sha256 or sample"]), printable(str(record["picture"]))
    display = record["display"]
    if not isinstance(display, Mapping):
        raise TypeError
    return RecordedSettings(
        key if sample_name(key) else name, printable(str(record["network"])), str(record["weights"]),
        str(record["weights sha256"]), _prepared(record.get("prepared", {})), choice, made, *_display(display),
    )  # fmt: skip


def _prepared(said: object) -> Values:
    if not isinstance(said, Mapping) or not set(said) <= set(PREPARED):
        raise TypeError
    return dict(said)


def _method(record: Values) -> Method:
    given = dict(record)
    name = given.pop("method")
    if name not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {printable(str(name))}")
    return make_recorded(METHODS[str(name)], given)


def _index(record: Values, name: str) -> int | None:
    value = record.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise TypeError
    return value


def _text(record: Values, name: str) -> str | None:
    value = record.get(name)
    return None if value is None else str(value)


def _display(display: Values) -> tuple[str, float, float]:
    """The colour scale, the share of the photo and the percentile, as the page and the command line call them."""
    scale = str(display.get("colours", display.get("scale")))
    photo, percentile = _number(display.get("photo", 0.0)), _number(display.get("clip", display.get("percentile", 99.0)))
    if scale not in SCALES or not (0 <= photo <= 1 and 0 < percentile <= 100):
        raise TypeError
    return scale, photo, percentile


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError
    return float(value)


def _network_flags(recorded: RecordedSettings) -> dict[str, object]:
    """The flags of the command line that load the network of a record."""
    if recorded.weights not in PUBLISHED_WEIGHTS:
        return {"network": recorded.weights}
    known = {title(*each): each for each in network_names().values()}
    if recorded.network not in known:
        raise ValueError(f"network must be one that comes with {recorded.weights} weights, got {recorded.network}")
    architecture, depth = known[recorded.network]
    if architecture not in ARCHITECTURES:
        return {"network": architecture}
    return {"architecture": architecture, "depth": depth, "weights": recorded.weights}
