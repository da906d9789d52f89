"""Finds the tensors of a network in what a training program saved: nested dictionaries, prefixes, and more than one network."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lrp.models.architectures.families import IN_WORDS
from lrp.models.architectures.timm_names import TIMM_FORMS
from lrp.models.architectures.timm_plan import TIMM
from lrp.models.key_names import FORMS, usual_names
from lrp.models.safetensors_file import DTYPES

# Of several networks the one under the first of these is taken; averaged weights come first, as in timm.
ORDER = ("state_dict_ema", "model_ema", "ema_state_dict", "ema", "state_dict", "model_state_dict", "model")
PROFILING_SUFFIXES = ("total_ops", "total_params")  # entries that thop adds to a model when it counts operations
REGNET_STEM = "stem.0.weight"  # which other families have too
UNUSED_SUFFIXES = (*PROFILING_SUFFIXES, "num_batches_tracked")  # only training uses these
REPARAMETRIZED = {  # ends of the names of tensors of which a weight is computed -> what that means, and what undoes it
    re.compile(r"\.(weight|bias)_(mask|orig)$"): ("is pruned", "torch.nn.utils.prune.remove(layer, 'weight')"),
    re.compile(r"\.weight_[gv]$"): ("has weights that are normalized anew", "torch.nn.utils.remove_weight_norm(layer)"),
    re.compile(r"\.parametrizations\.\w+\."): (
        "has weights that are computed from others", "torch.nn.utils.parametrize.remove_parametrizations(layer, 'weight')"
    ),
}  # fmt: skip
MAX_NESTING = 4  # of dictionaries within dictionaries
MAX_BESIDE = 100  # tensors beside a network that are kept because its head may be among them


@dataclass(frozen=True, eq=False)
class StateDict:
    """The tensors of one network in a file.

    name: where they were found, such as "state_dict.module". tensors: by torchvision's names. beside: the smaller tensors that
    stood beside them under other prefixes, among which its head may be. ignored: names of what else is in the file. parts:
    names of all networks in the file. said: what the file says of the network, see `lrp.models.hints`. library: whose spelling
    its names had, "timm" where its networks compute otherwise than torchvision's; else "".
    """

    name: str
    tensors: dict[str, Tensor]
    beside: dict[str, Tensor]
    ignored: tuple[str, ...]
    parts: tuple[str, ...]
    said: Mapping[str, object]
    library: str = ""


@dataclass(frozen=True, eq=False)
class _Place:
    """Where a network stands: in which dictionary, whose keys on the way there are `path`, and under which prefix."""

    path: tuple[str, ...]
    prefix: str
    form: str
    tensors: dict[str, Tensor]

    @property
    def name(self) -> str:
        return ".".join(filter(None, (*self.path, self.prefix.rstrip("."))))


def find_network(content: object, wanted: str | None = None, said: Mapping[str, object] | None = None) -> StateDict:
    """Returns a network in the content of a file.

    Of several it is the one named `wanted`, else the first by ORDER. Raises ValueError with half a sentence if there is none,
    or if the choice is ambiguous.
    """
    places = {place.name: place for place in _places(content)}
    if not places:
        _refuse_reparametrized(content)
        names = _first_names(content)
        raise ValueError(f"no {IN_WORDS} is in it{f', which begins with {names}' if names else ', nor any other network'}")
    chosen = _choice(places, wanted)
    inside = {key.removeprefix(chosen.prefix): value for key, value in chosen.tensors.items() if key.startswith(chosen.prefix)}
    _refuse_reparametrized(inside)
    tensors = usual_names({key: value for key, value in inside.items() if not key.endswith(UNUSED_SUFFIXES)}, chosen.form)
    rest = {key: value for key, value in chosen.tensors.items() if not key.startswith(chosen.prefix)}
    beside = {key: value for key, value in rest.items() if value.dim() <= 2 and not key.endswith(UNUSED_SUFFIXES)}
    beside = beside if len(beside) <= MAX_BESIDE else {}
    ignored = [*(key for key in inside if key.endswith(PROFILING_SUFFIXES)), *(key for key in rest if key not in beside)]
    top = list(content) if isinstance(content, Mapping) and chosen.path else []
    ignored += [str(key) for key in top if not any(f"{name}.".startswith(f"{key}.") for name in places)]
    library = TIMM if chosen.form in TIMM_FORMS else ""
    return StateDict(chosen.name, tensors, beside, tuple(ignored), tuple(places), said or {}, library)


def _refuse_reparametrized(content: object, depth: int = 0) -> None:
    """Raises ValueError, with the remedy, for weights that are not there themselves but are computed from others."""
    if not isinstance(content, Mapping) or depth > MAX_NESTING:
        return
    for key, value in content.items():
        for ending, (what, remedy) in REPARAMETRIZED.items():
            if isinstance(key, str) and ending.search(key):
                way = f"call {remedy} for every such layer, and save its state dict again"
                raise ValueError(f"{key[:60]} says that it {what}; {way}")
        _refuse_reparametrized(value, depth + 1)


def is_usable(value: object) -> bool:
    """Whether this is a tensor of a kind that weights have; one on the meta device is only declared."""
    if not isinstance(value, Tensor) or value.layout != torch.strided or value.is_quantized:
        return False
    return value.dtype in DTYPES.values() and value.device.type in ("cpu", "meta")


def _places(content: object, path: tuple[str, ...] = ()) -> Iterator[_Place]:
    """Each network in nested dictionaries."""
    if not isinstance(content, Mapping) or len(path) > MAX_NESTING:
        return
    tensors = {key: value for key, value in content.items() if isinstance(key, str) and is_usable(value)}
    for form in FORMS:
        for key in [key for key in tensors if key == form or key.endswith(f".{form}")]:
            prefix = key.removesuffix(form)
            if _is_network(tensors, prefix, form):
                yield _Place(path, prefix, form, tensors)
    for key, value in content.items():
        yield from _places(value, (*path, str(key)))


def _is_network(tensors: Mapping[str, Tensor], prefix: str, form: str) -> bool:
    """Whether a name under a prefix is of a network, and not of another one in whose names it ends."""
    weight = tensors[prefix + form]
    if form == REGNET_STEM:
        return weight.dim() == 4 and any(key.startswith(f"{prefix}trunk_output.") for key in tensors)
    if form == "features.0.weight":
        return weight.dim() == 4 and weight.shape[2:] == (3, 3) and f"{prefix}features.4.0.conv1.weight" not in tensors
    return weight.dim() == 4


def _choice(places: Mapping[str, _Place], wanted: str | None) -> _Place:
    """The network to take. Raises ValueError if it is not clear which."""
    if wanted is not None and wanted in places:
        return places[wanted]
    ranks = sorted((_rank(place), name) for name, place in places.items())
    if wanted is None and (len(ranks) == 1 or ranks[0][0] < ranks[1][0]):
        return places[ranks[0][1]]
    shown = ", ".join(name or "one without a prefix" for name in places)
    asked = "" if wanted is None else f", and none is called {wanted!r}"
    if len(places) == 1:
        raise ValueError(f"it holds one network, {shown}{asked}; leave out part")
    raise ValueError(f"it holds {len(places)} networks, {shown}{asked}; choose one by --part")


def _rank(place: _Place) -> int:
    """The place of a network in ORDER; averaged weights under another name come after those named there."""
    if place.path and place.path[0] in ORDER:
        return ORDER.index(place.path[0])
    return ORDER.index("ema") if "ema" in place.name.lower() else len(ORDER)


def _first_names(content: object) -> str:
    """The first names in a dictionary, or in the one dictionary within it that has tensors, in words; "" if it is none."""
    if not isinstance(content, Mapping):
        return ""
    inner = [value for value in content.values() if isinstance(value, Mapping) and any(map(is_usable, value.values()))]
    names: Sequence[object] = list(inner[0] if len(inner) == 1 else content)[:3]
    return ", ".join(str(name)[:60] for name in names)
