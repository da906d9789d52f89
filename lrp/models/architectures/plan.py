"""A network inferred from the shapes of a state dict: what it is called, and how it is built."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from lrp.models.architectures.head import HeadLayer, read_head

USUAL_NORM = "BatchNorm with a stabilizer of 1e-05"
Shapes = Mapping[str, Tensor]  # name -> tensor, of which only the shape is looked at


@dataclass(frozen=True)
class Plan:
    """A network that fits a state dict.

    architecture, depth: as in ARCHITECTURES, where depth may be one that is not published. title: its display name. names: those
    of torchvision and timm for it. make:
    returns it untrained. stages: the modules that end a resolution. channels, classes: of its input and output. size: the usual
    side of its input. renamed: module paths of the state dict that are called otherwise in the network. notes: what was
    inferred, in sentences. assumed: what shapes do not say and was taken as usual; usual: the same where no name says it either.
    """

    architecture: str
    depth: int
    title: str
    names: tuple[str, ...]
    make: Callable[[], nn.Module]
    stages: tuple[str, ...]
    channels: int
    classes: int
    size: int
    renamed: Mapping[str, str]
    notes: tuple[str, ...]
    assumed: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()


def find_head(tensors: Shapes, body: Callable[[str], bool], features: int) -> tuple[str, tuple[HeadLayer, ...]]:
    """Returns the name and the layers of the head in a state dict.

    body: whether a name belongs to the layers before it. Of several modules it is "fc", "classifier", "head" or "linear", or
    the only one that takes `features` values. Raises ValueError with half a sentence if there is none.
    """
    names = dict.fromkeys(key.partition(".")[0] for key in tensors if not body(key))
    fitting, reason = {}, ""
    for name in names:
        try:
            fitting[name] = read_head(tensors, name, features)
        except ValueError as error:
            reason = reason or str(error)
    usual = [name for name in ("fc", "classifier", "head", "linear") if name in fitting]
    if usual or len(fitting) == 1:
        name = usual[0] if usual else next(iter(fitting))
        return name, fitting[name]
    if len(fitting) > 1:
        raise ValueError(f"it has several heads, {', '.join(fitting)}, and only a network with one is explained")
    raise ValueError(f"its head cannot be read: {reason}" if reason else "it ends in features and has no head that makes logits")


def bare_name(name: str) -> str:
    """Returns the name of an architecture without its training, as in "resnet50.a1_in1k"; "" for a class of transformers."""
    return "" if name.endswith("ForImageClassification") else re.sub(r"[^a-z0-9]", "", name.partition(".")[0].lower())
