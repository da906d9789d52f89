"""Writes a network in any form as one .safetensors file that says all that is needed to explain it."""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from lrp.cli.files import printable
from lrp.display.export import prediction_in_words
from lrp.files.regular_file import OutputError, os_reason, whole_file
from lrp.heads import head_of
from lrp.models.backbone import Backbone
from lrp.models.fit_report import sentence
from lrp.models.fitted import Fitted, read_fitted
from lrp.models.network_folder import added_name
from lrp.models.safetensors_file import write_tensors
from lrp.models.weights import WeightsError
from lrp.network.inputs import logits_of
from lrp.pictures.decode import InputError
from lrp.pictures.picture_files import read
from lrp.pictures.sandbox import decode_image


def add_network(
    file: Path, given: Mapping[str, object], target: Path, depth: int | None = None, picture: str | None = None
) -> list[str]:
    """Writes the network in `file` to `target`, and returns the sentences of its report and how to use it.

    given: settings of `lrp.load_network`. depth: one that it must have. picture: a file of which is told what the network sees
    in it. Raises WeightsError for what cannot be used or explained,
    OutputError if there is no place for the result, and ValueError for settings that cannot be.
    """
    if os.path.lexists(target):
        raise OutputError(f"{target} exists already and would be overwritten; move it, or choose another name by --out.")
    found = read_fitted(file, given)
    if depth not in (None, found.plan.depth):
        raise WeightsError(sentence(file.name, f"it holds a {found.plan.title}, not one of depth {depth}"))
    try:
        backbone = found.backbone()  # a network that cannot be explained is refused now
    except (TypeError, ValueError) as error:
        raise WeightsError(sentence(file.name, str(error))) from None
    seen = [] if picture is None else [f"In {printable(picture)} it sees: {_prediction(backbone, picture)}."]
    _write(target, found)
    command = f"python -m lrp explain PICTURE --network {shlex.quote(printable(str(target)))}"
    lines = [f"{printable(str(target))}: {_in_words(found)}.", *found.report.sentences()]
    if found.report.missing:
        flags = "--classes, --size, --resize, --interpolation, --mean, --std, --head and --architecture"
        lines.append(f"What was assumed can be said by {flags}.")
    return [*lines, *seen, f"Explain a picture by: {command}"]


def default_target(file: Path, folder: Path) -> Path:
    """Returns the path in `folder` for what is made of `file`, never `file` itself."""
    target = folder / (added_name(file) or f"{file.stem}.safetensors")
    return target.with_name(f"{file.stem}-described.safetensors") if target.resolve() == file.resolve() else target


def _prediction(backbone: Backbone, picture: str) -> str:
    """What the network says of the picture in a file, the likeliest first. Raises WeightsError if that is no picture."""
    try:
        image = decode_image(read(picture))
    except InputError as error:
        raise WeightsError(f"{printable(picture)}: {error}") from None
    predictions = backbone.kind.predictions(logits_of(backbone.network, backbone.preprocess(image))[0])
    foremost = [(backbone.categories[index], float(predictions[index])) for index in backbone.kind.foremost(predictions)]
    return ", ".join(prediction_in_words(name, value, backbone.kind) for name, value in foremost)


def _in_words(found: Fitted) -> str:
    """The network and its classes."""
    count, shown = len(found.categories), ", ".join(found.categories[:5])
    kind = head_of(found.head, count)
    return f"a {found.plan.title} with {kind.count_text(count)}, {shown}{', ...' * (count > 5)}"


def _write(target: Path, found: Fitted) -> None:
    try:
        with whole_file(target, replace=False) as file:
            write_tensors(file, found.tensors, found.metadata())
    except OSError as error:
        raise OutputError(f"{target} cannot be written ({os_reason(error)}); choose another place by --out.") from None
