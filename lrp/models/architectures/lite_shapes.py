"""Infers an EfficientNet-Lite0, with its head, from the shapes of its state dict."""

from functools import partial

from torch import nn

from lrp.models.architectures import STAGES, title
from lrp.models.architectures.efficientnet_lite import HEAD, STEM, EfficientNetLite, is_lite
from lrp.models.architectures.head import HeadLayer, assumed_of, build_head, classes_of, head_keys
from lrp.models.architectures.plan import Plan, Shapes, find_head

BODY = ("conv_stem.", "bn1.", "blocks.", "conv_head.", "bn2.")
SIDE = 224  # pixels


def lite_plan(tensors: Shapes) -> Plan | None:
    """Returns the EfficientNet-Lite0 with these tensors; None if it is none. Raises ValueError, half a sentence, for others."""
    if not is_lite(tensors) or "conv_stem.weight" not in tensors:
        return None
    if tensors["conv_stem.weight"].shape[:2] != (STEM, 3):
        raise ValueError("its layers are those of an EfficientNet-Lite, of which Lite0 alone is known, with three channels")
    name, layers = find_head(tensors, lambda key: key.startswith(BODY), HEAD)
    renamed = {old: f"classifier{new[len(name):]}" for old, new in head_keys(layers, name).items()}
    shown = title("efficientnet_lite", 0)
    return Plan(
        "efficientnet_lite", 0, shown, ("efficientnet_lite0",), partial(_with_head, layers), STAGES["efficientnet_lite"], 3,
        classes_of(layers), SIDE, renamed, (shown,), assumed_of(layers),
    )  # fmt: skip


def _with_head(layers: tuple[HeadLayer, ...]) -> nn.Module:
    model = EfficientNetLite(1)
    model.add_module("classifier", build_head(layers))
    return model
