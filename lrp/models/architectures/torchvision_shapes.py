"""Infers a network of torchvision's other families, with its channels and head, from the shapes of its state dict."""

from functools import cache, partial

from torch import nn

from lrp.models.architectures.head import HeadLayer, assumed_of, build_head, classes_of, head_keys, read_head, widths_in_words
from lrp.models.architectures.plan import Plan, Shapes, find_head
from lrp.models.architectures.published import PUBLISHED, Published

# A name in the state dict of each family -> another name that only some members have -> the names of torchvision that it can be.
SIGNATURES: dict[str, dict[str, str]] = {
    "features.0.0.weight": {
        "features.1.0.layer_scale": "convnext_", "features.1.conv.0.0.weight": "mobilenet_v2",
        "features.1.0.block.0.0.weight": "efficientnet_", "features.1.block.0.0.weight": "mobilenet_v3_",
        "features.1.0.attn.relative_position_index": "swin_",
    },
    "stem.0.weight": {
        "trunk_output.block1.block1-0.f.se.fc1.weight": "regnet_y_", "trunk_output.block1.block1-0.f.a.0.weight": "regnet_x_",
    },
    "features.conv0.weight": {"features.denseblock1.denselayer1.conv1.weight": "densenet"},
    "conv_proj.weight": {"class_token": "vit_"},
}  # fmt: skip
UNUSED = "num_batches_tracked"  # only training uses it, and not all files have it

Sizes = dict[str, tuple[int, ...]]  # name of a tensor -> its shape


def torchvision_plan(tensors: Shapes) -> Plan | None:
    """Returns the network of torchvision with these tensors; None if it is of none of its families.

    Raises ValueError, half a sentence, for a network of a family that is none of its published sizes, or with another head than
    can be built.
    """
    members = next((members for signature, members in SIGNATURES.items() if signature in tensors), {})
    start = next((start for name, start in members.items() if name in tensors), None)
    if start is None:
        return None
    candidates = [known for name, known in PUBLISHED.items() if name.startswith(start)]
    family = candidates[0].family
    shapes = {key: tuple(tensor.shape) for key, tensor in tensors.items()}
    for known in candidates:
        body, head, first = _expected(known.name)
        parts = {key.partition(".")[0] for key in body}
        own = {key: shape for key, shape in shapes.items() if key.partition(".")[0] in parts}
        channels = own.get(first, (0, 1))[1]
        if own == {**body, first: (body[first][0], channels, *body[first][2:])}:
            return _plan(known, tensors, shapes, parts, head, max(1, channels))
    sizes = ", ".join(known.size for known in candidates)
    article = "an" if family[0] in "AEIOU" else "a"
    reason = f"its layers are those of {article} {family}, but of none of the sizes that torchvision publishes ({sizes})"
    raise ValueError(f"{reason}; give the live module to lrp.Backbone.of")


def _plan(known: Published, tensors: Shapes, shapes: Sizes, body: set[str], head: Sizes, channels: int) -> Plan:
    """The plan of a network whose body is the published one.

    body: the first parts of the names of its tensors. head: the shapes of the published head.
    """
    from lrp.models.architectures import torchvision_model as torchvision  # here, for it loads torchvision

    last = max((key for key, shape in head.items() if len(shape) == 2), key=list(head).index)
    notes = [f"{known.title}, as torchvision builds it"]
    assumed = tuple[str, ...]()
    renamed = dict[str, str]()
    if _is_published_head(shapes, head, last):
        classes = shapes[last][0]
        make = partial(torchvision.empty_model, known.name, classes, channels)
    else:
        own_name, place, layers = _other_head(tensors, shapes, body, head, last)
        classes, assumed = classes_of(layers), assumed_of(layers)
        renamed = {old: f"{place}{new[len(own_name):]}" for old, new in head_keys(layers, own_name).items()}
        make = partial(_with_head, known.name, channels, place, layers)
        if len([layer for layer in layers if layer.kind == "linear"]) > 1:
            notes.append(f"a head of several layers, {widths_in_words(layers)}")
    return Plan(
        known.name, 0, known.title, (known.name,), make, torchvision.stage_names(make()), channels, classes, known.side, renamed,
        tuple(notes), assumed, ("activations, padding and stabilizers as torchvision's",),
    )  # fmt: skip


def _other_head(
    tensors: Shapes, shapes: Sizes, body: set[str], head: Sizes, last: str
) -> tuple[str, str, tuple[HeadLayer, ...]]:
    """The layers in place of the published head, or of its last one alone: their name, that in torchvision, and what they are.

    last: the weight of the last layer of the published head.
    """
    place = last.removesuffix(".weight")
    name = last.partition(".")[0]

    def kept(sizes: Sizes) -> Sizes:
        return {key: shape for key, shape in sizes.items() if key.startswith(f"{name}.") and not key.startswith(f"{place}.")}

    if place != name and kept(shapes) == kept(head) and any(key.startswith(f"{place}.") for key in shapes):
        return place, place, read_head(tensors, place, head[last][1])
    features = next(shape[1] for shape in head.values() if len(shape) == 2)
    own_name, layers = find_head(tensors, lambda key: key.partition(".")[0] in body, features)
    if any(len(shape) == 1 and key.endswith("weight") for key, shape in head.items()):  # ConvNeXt, which flattens in its head
        layers = (HeadLayer("flatten", ""), *layers)
    return own_name, name, layers


def _is_published_head(shapes: Sizes, head: Sizes, last: str) -> bool:
    """Whether the head is the published one with any number of classes. last: the weight of its last linear layer."""
    bias = f"{last.removesuffix('weight')}bias"
    own = shapes.get(last, ())
    changed = {last: (*own[:1], *head[last][1:]), bias: own[:1]}
    name = last.partition(".")[0]
    there = {key: shape for key, shape in shapes.items() if key.partition(".")[0] == name}
    return bool(own) and there == {**head, **changed}


def _with_head(name: str, channels: int, place: str, layers: tuple[HeadLayer, ...]) -> nn.Module:
    """The published network with another head."""
    from lrp.models.architectures.torchvision_model import empty_model  # here, for it loads torchvision

    model = empty_model(name, channels=channels)
    parent, _, own = place.rpartition(".")
    setattr(model.get_submodule(parent), own, build_head(layers).to("meta").eval())
    return model


@cache
def _expected(name: str) -> tuple[Sizes, Sizes, str]:
    """The shapes of the published network's body and head by name, and the name of its first convolution's weight."""
    from lrp.models.architectures.torchvision_model import empty_model, head_module  # here, for it loads torchvision

    model = empty_model(name)
    own = head_module(model)
    shapes = {key: tuple(tensor.shape) for key, tensor in model.state_dict().items() if not key.endswith(UNUSED)}
    body, head = ({k: shape for k, shape in shapes.items() if (k.partition(".")[0] == own) is part} for part in (False, True))
    first = next(key for key, shape in body.items() if len(shape) == 4)
    return body, head, first

