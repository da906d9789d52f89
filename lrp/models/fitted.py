"""A network that was read from a file: what fits its tensors, how its pictures are prepared, and its backbone."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from lrp.heads import Head, head_of
from lrp.models.architectures.plan import Plan, bare_name
from lrp.models.backbone import Backbone, compare_with_model
from lrp.models.class_names import checked_names, placeholders, placeholders_in_words, read_class_names
from lrp.models.fit_report import MAX_REASON, ONE_OUTPUT, SEVERAL_OUTPUTS, FitReport, readable, sentence
from lrp.models.fitting import built, check_cost, fit
from lrp.models.hints import ordered_names
from lrp.models.network_files import NetworkFile, read_network
from lrp.models.preparation import Preparation, head_name, preparation_of, short
from lrp.models.prepare import CHANNELS
from lrp.models.weights import WeightsError
from lrp.network.canonize import canonize
from lrp.progress import BytesProgress

Assumed = tuple[str, str]  # a setting of `lrp.load_network`, and what was taken for it, in words
MAX_ASSUMED = 30
CUTS = {"resize", "crop_pct", "squash"}  # settings that say what of a picture is seen


@dataclass(frozen=True, eq=False)
class Fitted:
    """A network in a file.

    source: the file as it was named. tensors: by the names of the planned network, in the file's precision. sha256: of the
    file. head: one of lrp.heads.HEADS. report: what was inferred, ignored and assumed. library: as in
    lrp.models.state_dicts.StateDict. assumed: what was, with the settings that say otherwise.
    """

    source: str
    plan: Plan
    tensors: dict[str, Tensor]
    preparation: Preparation
    categories: tuple[str, ...]
    head: str
    report: FitReport
    sha256: str
    library: str = ""
    assumed: tuple[Assumed, ...] = ()

    def backbone(self) -> Backbone:
        """Returns the network, ready to be explained, after comparing its logits with the model's.

        Raises WeightsError for values that are not finite, and as `canonize` does.
        """
        plan, how = self.plan, self.preparation
        model = built(plan, self.tensors, Path(self.source).name)
        mean, std = (torch.tensor(values).view(1, -1, 1, 1) for values in (how.mean, how.std))
        network = canonize(model, low=-mean / std, high=(1 - mean) / std, head=self.head)
        logits = compare_with_model(network, (how.height, how.width), mean, std)
        if not logits.isfinite().all():  # such as by a negative running_var, or by weights that overflow
            reason = "of noise it computes logits that are not finite numbers; its weights are damaged, or were never trained"
            raise WeightsError(sentence(Path(self.source).name, reason))
        shape = None if how.height == how.width else (how.height, how.width)
        return Backbone(
            plan.depth, self.source, model, network, self.categories, min(how.height, how.width), how.margin, mean, std,
            self.sha256, plan.architecture, how.interpolation, plan.title, plan.stages, shape, how.squash, self.report,
        )  # fmt: skip

    def metadata(self) -> dict[str, str]:
        """Returns the metadata of a .safetensors file that says all of this; values are JSON."""
        how = self.preparation
        shorter = min(how.height, how.width)
        values = {
            "architecture": self.plan.names[0], "depth": self.plan.depth, "categories": self.categories,
            "channels": self.plan.channels, "size": shorter if how.height == how.width else (how.height, how.width),
            "interpolation": how.interpolation, "mean": how.mean, "std": how.std, "head": self.head,
            **({"squash": True} if how.squash else {"resize_size": shorter + how.margin}),
            **({"library": self.library} if self.library else {}), **({"assumed": self.assumed} if self.assumed else {}),
        }  # fmt: skip
        return {name: json.dumps(value) for name, value in values.items()}


def read_fitted(path: Path, given: Mapping[str, object], progress: BytesProgress | None = None) -> Fitted:
    """Returns the network in a file or folder. given: settings of `lrp.load_network`, which go before what the file says.

    progress: as in `read_network`. Raises WeightsError for a file that cannot be used, ValueError for settings that cannot be.
    """
    part = given.get("part")
    return fitted_network(read_network(path, None if part is None else str(part), progress), os.fspath(path), path.name, given)


def fitted_network(file: NetworkFile, source: str, name: str, given: Mapping[str, object]) -> Fitted:
    """Returns the network in a file that was read. name: what error messages call it. Raises as `read_fitted`."""
    said = _merged(file.said, given)
    library, called = (str(value or "") for value in (file.state.library or said.get("library"), _called(said, file.hints)))
    try:
        plan, tensors, ignored = fit(file.state, library, called)
    except ValueError as error:
        raise WeightsError(sentence(name, str(error))) from None
    try:
        _check_said(said, plan)
        preparation, assumed = preparation_of(said, plan.channels, plan.size)
        stored = _stored(file.said, given)
        categories = _categories(file.said, given, plan)
        head = head_name(said)
        cost = check_cost(plan, (preparation.height, preparation.width), name)
    except ValueError as error:
        if given:
            raise
        raise WeightsError(sentence(name, str(error))) from None
    if categories is None:
        hinted = _hinted(file.hints, plan)
        counted = placeholders(plan.classes, head_of(head, plan.classes))
        categories = hinted or counted
        assumed |= {} if hinted else {"categories": placeholders_in_words(counted)}
    if "head" not in said and plan.classes == 1:
        assumed["head"] = ONE_OUTPUT
    elif "head" not in said and not file.said:  # what says anything would say labels and values too
        assumed["head"] = SEVERAL_OUTPUTS
    of_plan = [*_doubts(file.hints, plan), *plan.assumed, *([] if said.get("architecture") else plan.usual)]
    pairs = tuple(dict.fromkeys((*assumed.items(), *(("architecture", words) for words in of_plan), *stored)))
    inferred = _inferred(file, plan, preparation, head_of(head, plan.classes))
    report = FitReport(inferred, ignored, tuple(words for _, words in pairs), cost)
    return Fitted(source, plan, tensors, preparation, categories, head, report, file.sha256, library, pairs)


def _called(said: Mapping[str, object], hints: Mapping[str, object]) -> object:
    """The name of the architecture that is said, or that the training program stored."""
    return said.get("architecture") or hints.get("architecture")


def _merged(said: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """What the file says and what was given, which goes first: a cut that was given replaces all that the file says of cuts."""
    replaced = _replaced(given)
    return {**{name: value for name, value in said.items() if name not in replaced}, **given}


def _replaced(given: Mapping[str, object]) -> set[str]:
    """The settings of which nothing that the file says holds beside those that were given."""
    return {*given, *(CUTS if CUTS & given.keys() else {"resize"} if "size" in given else ())}


def _stored(said: Mapping[str, object], given: Mapping[str, object]) -> list[Assumed]:
    """What was assumed when the file was written, and is not given now. Raises ValueError for anything but pairs of texts."""
    pairs = said.get("assumed", [])
    if not isinstance(pairs, list) or len(pairs) > MAX_ASSUMED:
        raise ValueError(f"assumed must be a list of at most {MAX_ASSUMED} settings, and is {short(pairs)}")
    if other := [pair for pair in pairs if not isinstance(pair, list) or list(map(type, pair)) != [str, str]]:
        raise ValueError(f"assumed must hold settings with words, and holds {short(other[0])}")
    return [(setting, readable(words, MAX_REASON)) for setting, words in pairs if setting not in _replaced(given)]


def _check_said(said: Mapping[str, object], plan: Plan) -> None:
    """Raises ValueError if the number of channels or the name of the architecture contradicts the shapes."""
    channels, name = said.get("channels", plan.channels), said.get("architecture")
    if plan.channels not in CHANNELS:
        counts = "and networks of 1, 3 or 4 are read here; give the live module to lrp.canonize, which takes any input"
        raise ValueError(f"its first convolution takes {plan.channels} channels, {counts}")
    if (classes := said.get("classes", plan.classes)) != plan.classes:
        raise ValueError(f"it is said to have {short(classes)} classes, and its last layer has {plan.classes} outputs")
    if channels != plan.channels:
        raise ValueError(f"channels is said to be {channels}, and its first convolution takes {plan.channels}")
    if isinstance(name, str) and (named := bare_name(name)) and named not in map(bare_name, plan.names):
        shapes = f"its shapes are those of {' or '.join(plan.names)}"
        remedy = "if that is not what it is, give the live module to lrp.Backbone.of"
        raise ValueError(f"its architecture is said to be {readable(name)}, and {shapes}; {remedy}")


def _categories(said: Mapping[str, object], given: Mapping[str, object], plan: Plan) -> tuple[str, ...] | None:
    """The names of the classes, checked; None if they are not said. Only who gives settings may name a file of them."""
    names = given.get("categories", said.get("categories"))
    if names is None:
        return None
    if "categories" in given and isinstance(names, str | Path):
        names = read_class_names(Path(names), plan.classes)
    if isinstance(names, Mapping):
        try:
            names = ordered_names(names.items())
        except ValueError as error:
            raise ValueError(f"its class names cannot be used: {error}; correct them, or give others") from None
    if not isinstance(names, list | tuple):
        raise ValueError(f"categories must be a list of names, or the path of a file where it is given, got {short(names)}")
    return checked_names(names, plan.classes)


def _hinted(hints: Mapping[str, object], plan: Plan) -> tuple[str, ...] | None:
    """The class names that the training program stored, if they are as many as the classes and can be shown."""
    names = hints.get("categories")
    try:
        return checked_names(names, plan.classes) if isinstance(names, list) else None
    except ValueError:
        return None


def _doubts(hints: Mapping[str, object], plan: Plan) -> list[str]:
    """What the training program stored that does not go with the shapes."""
    name = hints.get("architecture")
    if not isinstance(name, str) or bare_name(name) in map(bare_name, plan.names):
        return []
    return [f"that it computes as a {plan.title}, whose shapes it has (the file calls it {readable(name)})"]


def _inferred(file: NetworkFile, plan: Plan, preparation: Preparation, kind: Head) -> tuple[str, ...]:
    """What the report says of the shapes and of what the file told."""
    found = [f"found under {readable(file.state.name)}"] if file.state.name else []
    others = [readable(name) or "one without a prefix" for name in file.state.parts if name != file.state.name]
    found += [f"there is also {', '.join(others)}; part says which to take"] if others else []
    counts = f"{kind.count_text(plan.classes)}, {plan.channels} channel{'s' * (plan.channels > 1)}"
    return (*plan.notes, counts, *found, preparation.in_words())
