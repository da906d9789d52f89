"""The layers at the end of a network, from features to logits: read off the shapes of their weights, and built."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn

MOST_PLACES = 100  # in a Sequential
WEIGHTED = ("linear", "norm", "layernorm")  # the kinds of layers with weights
LAYER_NORM_EPS = 1e-6  # as in ConvNeXt


@dataclass(frozen=True)
class HeadLayer:
    """A layer of a head.

    kind: "linear", "norm" (BatchNorm), "layernorm", "relu", "flatten" or "nothing" (dropout). path: where its weights are below
    the head, such as "3"; "" for the head itself. width: of what it returns.
    """

    kind: str
    path: str
    inputs: int = 0
    width: int = 0
    bias: bool = True


def build_head(layers: tuple[HeadLayer, ...]) -> nn.Module:
    """Returns the untrained head: one linear layer, or several in a Sequential."""
    modules = [_module(layer) for layer in layers]
    return modules[0] if len(modules) == 1 else nn.Sequential(*modules)


def _module(layer: HeadLayer) -> nn.Module:
    if layer.kind == "linear":
        return nn.Linear(layer.inputs, layer.width, layer.bias)
    if layer.kind == "norm":
        return nn.BatchNorm1d(layer.width)
    if layer.kind == "layernorm":
        return nn.LayerNorm(layer.width, LAYER_NORM_EPS, bias=layer.bias)
    if layer.kind == "flatten":
        return nn.Flatten()
    return nn.ReLU(inplace=True) if layer.kind == "relu" else nn.Dropout()


def read_head(tensors: Mapping[str, Tensor], name: str, features: int) -> tuple[HeadLayer, ...]:
    """Returns the layers of the head called `name` in a state dict, which begins with `features` inputs.

    Between two linear layers stands one ReLU, at the first place that no weights take, since shapes do not tell. Raises
    ValueError with half a sentence for layers of another kind or that do not follow each other.
    """
    layers: list[HeadLayer] = []
    width = features
    for path in _paths(tensors, name):
        layer = _weighted(tensors, path, path[len(name) + 1 :])
        if layer.inputs != width:
            raise ValueError(f"{path} takes {layer.inputs} values, and what comes before it gives {width}")
        if layer.kind == "linear" and any(other.kind == "linear" for other in layers):
            layers = _with_relu(layers, layer)
        layers.append(layer)
        width = layer.width
    if not any(layer.kind == "linear" for layer in layers):
        raise ValueError(f"{name} has no linear layer")
    return tuple(_filled(layers))


def inputs_of(tensors: Mapping[str, Tensor], name: str) -> int:
    """Returns how many values the first linear layer of the head called `name` takes; 0 if it has none."""
    weights = [tensors[f"{path}.weight"] for path in _paths(tensors, name) if f"{path}.weight" in tensors]
    return next((weight.shape[1] for weight in weights if weight.dim() == 2), 0)


def head_keys(layers: tuple[HeadLayer, ...], name: str) -> dict[str, str]:
    """Returns the module path of every layer with weights in the state dict that was read -> its path in the built head."""
    def joined(place: str) -> str:
        return f"{name}.{place}" if place else name

    single = len(layers) == 1
    return {
        joined(layer.path): name if single else joined(str(index))
        for index, layer in enumerate(layers) if layer.kind in WEIGHTED
    }  # fmt: skip


def assumed_of(layers: tuple[HeadLayer, ...]) -> tuple[str, ...]:
    """Returns what of a head its shapes do not tell and was taken as usual, in words."""
    kinds = [layer.kind for layer in layers]
    several = ("ReLU between the layers of the head",) if "relu" in kinds else ()
    return (*several, *((f"LayerNorm in the head with a stabilizer of {LAYER_NORM_EPS:g}",) if "layernorm" in kinds else ()))


def classes_of(layers: tuple[HeadLayer, ...]) -> int:
    """Returns how many outputs a head has."""
    return next(layer.width for layer in reversed(layers) if layer.width)


def widths_in_words(layers: tuple[HeadLayer, ...]) -> str:
    """Returns the widths of a head in words, such as "2048 -> 256 -> ReLU -> 3"."""
    shown = {"linear": "{0.width}", "norm": "BatchNorm", "layernorm": "LayerNorm", "relu": "ReLU"}
    steps = [shown[layer.kind].format(layer) for layer in layers if layer.kind in shown]
    return " -> ".join([str(next(layer.inputs for layer in layers if layer.inputs)), *steps])


def _paths(tensors: Mapping[str, Tensor], name: str) -> list[str]:
    """The module paths with tensors in the head called `name`, in order."""
    return sorted({key.rpartition(".")[0] for key in tensors if key.startswith(f"{name}.")}, key=_natural)


def _weighted(tensors: Mapping[str, Tensor], path: str, place: str) -> HeadLayer:
    """The layer with weights at `path`."""
    weight = tensors.get(f"{path}.weight")
    bias = f"{path}.bias" in tensors
    if weight is not None and weight.dim() == 2:
        return HeadLayer("linear", place, weight.shape[1], weight.shape[0], bias)
    if weight is not None and weight.dim() == 1 and f"{path}.running_mean" in tensors:
        return HeadLayer("norm", place, len(weight), len(weight), bias)
    if weight is not None and weight.dim() == 1:
        return HeadLayer("layernorm", place, len(weight), len(weight), bias)
    raise ValueError(f"{path} in its head is neither a linear layer nor a normalization")


def _with_relu(layers: list[HeadLayer], following: HeadLayer) -> list[HeadLayer]:
    """The layers with a ReLU after the last linear one, at the first place without weights; as they are if there is none."""
    last = max(index for index, layer in enumerate(layers) if layer.kind == "linear")
    tail = [*layers[last:], following]
    for offset, (layer, after) in enumerate(pairwise(tail), start=last + 1):
        if not (layer.path.isdigit() and after.path.isdigit()) or int(after.path) - int(layer.path) > 1:
            place = str(int(layer.path) + 1) if layer.path.isdigit() else ""
            return [*layers[:offset], HeadLayer("relu", place), *layers[offset:]]
    return layers


def _filled(layers: list[HeadLayer]) -> list[HeadLayer]:
    """The layers at the places that their names say, where all are numbers and it is more than one linear layer."""
    if sum(layer.kind in WEIGHTED for layer in layers) == 1:
        return layers
    if not all(layer.path.isdigit() for layer in layers):
        return layers
    by_place = {int(layer.path): layer for layer in layers}
    if max(by_place) > MOST_PLACES:
        raise ValueError(f"the places of its layers must be below {MOST_PLACES}, and one is {max(by_place)}")
    return [by_place.get(place, HeadLayer("nothing", str(place))) for place in range(max(by_place) + 1)]


def _natural(path: str) -> list[tuple[int, str]]:
    """A sort key by which "fc.10" comes after "fc.9"."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"[._]|(?<=\D)(?=\d)", path)]
