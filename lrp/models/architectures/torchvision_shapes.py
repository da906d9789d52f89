"""Infers a network of torchvision's other families, with its channels and head, from the shapes of its state dict."""

from functools import cache, partial

from torch import nn

from lrp.models.architectures.head import HeadLayer, build_head, head_keys, widths_in_words
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
    raise ValueError(f"its layers are those of a {family}, but of none of the sizes that torchvision publishes ({sizes})")


def _plan(known: Published, tensors: Shapes, shapes: Sizes, body: set[str], head: Sizes, channels: int) -> Plan:
    """The plan of a network whose body is the published one.

    body: the first parts of the names of its tensors. head: the shapes of the published head.
    """
    from lrp.models.architectures import torchvision_model as torchvision  # here, for it loads torchvision

    last = max((key for key, shape in head.items() if len(shape) == 2), key=list(head).index)
    name = last.partition(".")[0]
    notes, assumed, renamed = [f"{known.title}, as torchvision builds it"], [], dict[str, str]()
    if _is_published_head(shapes, head, last):
        classes = shapes[last][0]
        make = partial(torchvision.empty_model, known.name, classes, channels)
    else:
        features = next(shape[1] for shape in head.values() if len(shape) == 2)
        own_name, layers = find_head(tensors, lambda key: key.partition(".")[0] in body, features)
        if any(len(shape) == 1 and not key.endswith("bias") for key, shape in head.items()):
            raise ValueError(f"its head is not that of a {known.title}, whose normalization it lacks")
        classes = next(layer.width for layer in reversed(layers) if layer.width)
        renamed = {old: f"{name}{new[len(own_name):]}" for old, new in head_keys(layers, own_name).items()}
        make = partial(_with_head, known.name, channels, name, layers)
        if sum(layer.kind == "linear" for layer in layers) > 1:
            notes.append(f"a head of several layers, {widths_in_words(layers)}")
            assumed.append("ReLU between the layers of the head")
    return Plan(
        known.name, 0, known.title, (known.name,), make, torchvision.stage_names(make()), channels, classes, known.side, renamed,
        tuple(notes), tuple(assumed),
    )  # fmt: skip


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
    setattr(model, place, build_head(layers).to("meta").eval())
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

