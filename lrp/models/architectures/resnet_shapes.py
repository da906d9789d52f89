"""Infers a ResNet, with its width, stem, shortcuts, groups and head, from the shapes of its state dict."""

import re

from lrp.models.architectures import RESNET_LAYERS
from lrp.models.architectures.head import assumed_of, classes_of, head_keys, widths_in_words
from lrp.models.architectures.plan import USUAL_NORM, Plan, Shapes, find_head
from lrp.models.architectures.resnet import ResNet, ResNetShape

SIGNATURE = "layer1.0.conv1.weight"  # a name that every ResNet has
BODY = re.compile(r"(conv1|bn1|layer\d+)\.")
PUBLISHED = {*RESNET_LAYERS.values(), (1, 1, 1, 1), (3, 24, 36, 3)}  # blocks; of ResNet-10, 14 and 200 too
MOST_STAGES = 8
SMALL_SIDE, USUAL_SIDE = 32, 224  # pixels
USUAL = ("ReLU between the layers of its body", USUAL_NORM, "no dilation")
UNREAD = {  # parts of a block's name -> what they are
    "se": "a squeeze-and-excitation gate", "attn": "an attention gate", "eca": "an attention gate", "fc": "a gate",
    "ls": "LayerScale", "aa": "anti-aliasing",
}  # fmt: skip


def resnet_plan(tensors: Shapes) -> Plan | None:
    """Returns the ResNet with these tensors; None if it is none. Raises ValueError, half a sentence, for another kind."""
    if SIGNATURE not in tensors:
        return None
    _refuse_unread(tensors)
    stages = sorted({int(found[1]) for key in tensors if (found := re.match(r"layer(\d+)\.", key))})
    if stages != list(range(1, MOST_STAGES + 1))[: len(stages)] or len(stages) < 2:
        raise ValueError(f"its stages are layer{', layer'.join(map(str, stages[:9]))}, and must be layer1, layer2 and so on")
    layers = tuple(len({key.split(".")[1] for key in tensors if key.startswith(f"layer{stage}.")}) for stage in stages)
    deep = "layer1.0.conv3.weight" in tensors
    last = "conv3" if deep else "conv2"
    widths = tuple(_size(tensors, f"layer{stage}.0.{last}.weight", 0) for stage in stages)
    inner = tuple(_size(tensors, f"layer{stage}.0.conv{2 if deep else 1}.weight", 0) for stage in stages)
    groups = max(1, inner[0] // _size(tensors, "layer1.0.conv2.weight", 1)) if deep else 1
    stem, kernel = _stem(tensors)
    first = "conv1.weight" if len(stem) == 1 else "conv1.0.weight"
    name, head = find_head(tensors, lambda key: BODY.match(key) is not None, widths[-1])
    pooled = any(re.fullmatch(r"layer\d+\.0\.downsample\.2\.running_mean", key) for key in tensors)
    channels = _size(tensors, first, 1)
    shape = ResNetShape(layers, widths, inner, deep, head, groups, channels, stem, kernel, pooled)
    small = len(stem) == 1 and kernel == 3
    renamed = {old: f"fc{new[len(name):]}" for old, new in head_keys(head, name).items()}
    return Plan(
        "resnet", _depth(shape), _title(shape), _names(shape), lambda: ResNet(shape),
        tuple(f"layer{stage}" for stage in stages), channels,
        classes_of(head), SMALL_SIDE if small else USUAL_SIDE, renamed,
        tuple(_notes(shape)), tuple(_assumed(shape)), USUAL,
    )  # fmt: skip


def _refuse_unread(tensors: Shapes) -> None:
    """Raises ValueError for blocks with parts that this ResNet does not have, and for other normalizations than BatchNorm."""
    for key in tensors:
        found = re.match(r"layer\d+\.\d+\.([a-z]+)", key)
        if found and found[1] in UNREAD:
            way = "give the live module to lrp.Backbone.of"
            raise ValueError(f"{key} is of {UNREAD[found[1]]}, which is not read from files; {way}")
    if "bn1.running_mean" not in tensors:
        raise ValueError(f"{_of_norm(tensors)}; give the live module to lrp.Backbone.of")


def _of_norm(tensors: Shapes) -> str:
    """What may be the case where the first BatchNorm keeps no mean, in words."""
    if not any(key.startswith("bn1.") for key in tensors):
        kinds = "it normalizes before its convolutions (pre-activation), by InstanceNorm without weights, or not at all"
        return f"it has no BatchNorm bn1 after its first convolution: {kinds}, which is not read from files"
    kinds = "it is a GroupNorm or an InstanceNorm, or a BatchNorm that keeps no statistics"
    return f"its first normalization, bn1, has no running mean: {kinds}, which are not read from files"


def _size(tensors: Shapes, key: str, axis: int) -> int:
    """The size of a tensor of four axes along one, at least 1. Raises ValueError if there is no such tensor."""
    tensor = tensors.get(key)
    if tensor is None or tensor.dim() != 4:
        raise ValueError(f"{key} must have four axes, and is {'absent' if tensor is None else tuple(tensor.shape)}")
    return max(1, tensor.shape[axis])


def _stem(tensors: Shapes) -> tuple[tuple[int, ...], int]:
    """The channels of the stem's convolutions, and the kernel of a single one."""
    if "conv1.weight" in tensors:
        kernel = _size(tensors, "conv1.weight", 2)
        if kernel not in (3, 7):
            raise ValueError(f"its first convolution, conv1, is of {kernel} x {kernel}, and those of 3 x 3 and 7 x 7 are known")
        return (_size(tensors, "conv1.weight", 0),), kernel
    return tuple(_size(tensors, f"conv1.{place}.weight", 0) for place in (0, 3, 6)), 3


def _depth(shape: ResNetShape) -> int:
    """The number of layers with weights on the longest way, as the names of ResNets count them."""
    return 2 + (3 if shape.bottleneck else 2) * sum(shape.layers)


def _title(shape: ResNetShape) -> str:
    depth = _depth(shape)
    wide = 4 * shape.inner[0] // shape.widths[0] if shape.bottleneck else 1
    if shape.groups > 1:
        return f"ResNeXt-{depth} {shape.groups}x{shape.inner[0] // shape.groups}d"
    name = f"Wide ResNet-{depth}-{wide}" if wide > 1 else f"ResNet-{depth}"
    variant = ("-D" if shape.pooled else "-C") if len(shape.stem) == 3 else " with pooled shortcuts" if shape.pooled else ""
    return f"{name}{variant}"


def _names(shape: ResNetShape) -> tuple[str, ...]:
    """What torchvision and timm call it; those with a changed stem or head are called alike."""
    depth = _depth(shape)
    wide = 4 * shape.inner[0] // shape.widths[0] if shape.bottleneck else 1
    name = f"resnet{depth}"
    if shape.groups > 1:
        name = f"resnext{depth}_{shape.groups}x{shape.inner[0] // shape.groups}d"
    elif wide > 1:
        name = f"wide_resnet{depth}_{wide}"
    endings = ("d", "t") if shape.pooled and len(shape.stem) == 3 else ("c", "s") if len(shape.stem) == 3 else ("",)
    return tuple(f"{name}{ending}" for ending in endings)


def _notes(shape: ResNetShape) -> list[str]:
    blocks = f"{', '.join(map(str, shape.layers))} {'bottleneck' if shape.bottleneck else 'basic'} blocks"
    notes = [f"{_title(shape)}: {blocks} of {', '.join(map(str, shape.widths))} channels"]
    if len(shape.stem) == 3:
        notes.append(f"a stem of three 3x3 convolutions with {', '.join(map(str, shape.stem))} channels")
    elif shape.kernel == 3:
        notes.append("a stem for small pictures, one 3x3 convolution")
    if len([layer for layer in shape.head if layer.kind == "linear"]) > 1:
        notes.append(f"a head of several layers, {widths_in_words(shape.head)}")
    return notes


def _assumed(shape: ResNetShape) -> list[str]:
    assumed = []
    if shape.layers not in PUBLISHED:
        assumed.append(f"that {', '.join(map(str, shape.layers))} blocks are all of it, though no such depth is published")
    if len(shape.stem) == 1 and shape.kernel == 3:
        assumed.append("a 3x3 stem without stride and pooling, as for CIFAR")
    return [*assumed, *assumed_of(shape.head)]


