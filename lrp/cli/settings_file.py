"""The settings of a comparison that the page or an earlier run has written, read back by `explain --settings`."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from lrp.cli.files import printable
from lrp.cli.method_flags import flag_of, setting_names
from lrp.cli.settings_record import ComparisonSettings, NoRecordError, Values, read_record, record_in
from lrp.files.regular_file import os_reason, read_regular
from lrp.methods import check_suits
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
        record = _record(file)
        if record.get("networks"):
            raise ValueError(
                f"{printable(file)} compares several networks, and a command explains one; use those of Reproduce this"
            )
        if record.get("crop"):
            raise ValueError(f"{printable(file)} explains a part of a picture; use the commands of Reproduce this")
        return _of_one_network(read_record(record, folders=True))
    except NoRecordError:
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
    try:
        data = read_regular(Path(file), MAX_BYTES, follow_link=True)
    except OSError as error:
        _refuse(file, os_reason(error))
    except ValueError as error:
        _refuse(file, f"it {error}")
    try:
        return record_in(data)
    except NoRecordError:
        raise
    except ValueError as error:
        _refuse(file, f"it {error}")


def _refuse(file: str, why: str) -> NoReturn:
    raise ValueError(f"--settings must be a file of settings, got {printable(file)} ({why})") from None


def _of_one_network(said: ComparisonSettings) -> RecordedSettings:
    methods = tuple(each.method for each in said.methods)
    for method in methods:
        check_suits(OBJECTIVES[said.choice.name], method)
    return RecordedSettings(
        said.key if sample_name(said.key) else said.picture, said.network.network, said.network.weights, said.network.sha256,
        said.prepared, said.choice, methods, said.scale, said.photo, said.percentile,
    )  # fmt: skip


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
