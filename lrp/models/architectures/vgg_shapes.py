"""Infers a VGG, with its widths, BatchNorm and head, from the shapes of its state dict."""

import math
import re
from dataclasses import dataclass
from itertools import pairwise

from torch import nn

from lrp.models.architectures.head import HeadLayer, assumed_of, classes_of, head_keys, inputs_of, widths_in_words
from lrp.models.architectures.plan import USUAL_NORM, Plan, Shapes, find_head

SIGNATURE = "features.0.weight"  # a name that every VGG has
USUAL_SIDE, SMALL_SIDE = 224, 32  # pixels; the smaller for those whose features end at one place


@dataclass(frozen=True)
class VGGShape:
    """What a VGG is built of.

    stages: channels of each convolution, stage by stage; pooling ends a stage. head: its layers after the features. side: the
    places, side x side, to which features are averaged before the head. norm: whether a BatchNorm follows each convolution.
    """

    stages: tuple[tuple[int, ...], ...]
    head: tuple[HeadLayer, ...]
    side: int = 7
    channels: int = 3
    norm: bool = False


def vgg_plan(tensors: Shapes) -> Plan | None:
    """Returns the VGG with these tensors; None if it is none. Raises ValueError, half a sentence, for another kind."""
    found = {
        int(match[1]): tensor for key, tensor in tensors.items()
        if (match := re.fullmatch(r"features\.(\d+)\.weight", key)) and tensor.dim() == 4
    }  # fmt: skip
    if 0 not in found or any(tensor.shape[2:] != (3, 3) for tensor in found.values()):
        return None
    norm = "features.1.running_mean" in tensors
    step = 3 if norm else 2  # from one convolution to the next
    places = _places(sorted(found), step)
    stages = tuple(tuple(max(1, found[place].shape[0]) for place in stage) for stage in places)
    name, head, side = _head(tensors, stages[-1][-1])
    shape = VGGShape(stages, head, side, max(1, found[0].shape[1]), norm)
    renamed = {old: f"classifier{new[len(name):]}" for old, new in head_keys(head, name).items()}
    return _plan(shape, tuple(f"features.{stage[-1] + step}" for stage in places), renamed)


def _plan(shape: VGGShape, ends: tuple[str, ...], renamed: dict[str, str]) -> Plan:
    """The plan of that shape, whose stages end in these modules."""
    def make() -> nn.Module:
        from lrp.models.architectures.vgg import VGG  # here, for it loads torchvision

        return VGG(shape)

    linear = sum(layer.kind == "linear" for layer in shape.head)
    depth = sum(map(len, shape.stages)) + linear
    title = f"VGG-{depth}{' with BatchNorm' if shape.norm else ''}"
    counts, widths = (", ".join(map(str, numbers)) for numbers in (map(len, shape.stages), (s[-1] for s in shape.stages)))
    notes = (
        f"{title}: stages of {counts} convolutions with {widths} channels",
        f"a head of {widths_in_words(shape.head)} on {shape.side} x {shape.side} places",
    )
    return Plan(
        "vgg", depth, title, (f"vgg{depth}{'_bn' * shape.norm}",), make, ends, shape.channels,
        classes_of(shape.head), SMALL_SIDE if shape.side == 1 else USUAL_SIDE, renamed, notes, assumed_of(shape.head),
        ("ReLU after each convolution", *([USUAL_NORM] if shape.norm else [])),
    )  # fmt: skip


def _places(convolutions: list[int], step: int) -> list[list[int]]:
    """The places of the convolutions of each stage; `step` lies between two, and one more where pooling does too."""
    stages = [[convolutions[0]]]
    for before, place in pairwise(convolutions):
        if place - before == step:
            stages[-1].append(place)
        elif place - before == step + 1:
            stages.append([place])
        else:
            raise ValueError(f"between its convolutions features.{before} and features.{place} is not what a VGG has there")
    if len(stages) < 2:
        raise ValueError("it has one stage alone, and a VGG has more")
    return stages


def _head(tensors: Shapes, width: int) -> tuple[str, tuple[HeadLayer, ...], int]:
    """The name and the layers of the head, and the side of the square of places that it reads."""
    def body(key: str) -> bool:
        return key.startswith("features.")

    for name in dict.fromkeys(key.partition(".")[0] for key in tensors if not body(key)):
        inputs = inputs_of(tensors, name)
        side = math.isqrt(inputs // width)
        if inputs and side**2 * width == inputs:
            return *find_head(tensors, body, inputs), side
    raise ValueError("it ends in features and has no head that makes logits")
