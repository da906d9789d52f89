"""Names that other programs give to the tensors of a network, and torchvision's names for the same."""

import re
from collections.abc import Mapping

from torch import Tensor

from lrp.models.architectures.families import OTHERS, SIGNATURES
from lrp.models.architectures.timm_names import TIMM_FORMS, timm_to_torchvision

Renaming = tuple[tuple[str, str], ...]  # patterns, and what each becomes; the first that matches holds

TRANSFORMERS: Renaming = (
    (r"resnet\.embedder\.embedder\.convolution\.", "conv1."),
    (r"resnet\.embedder\.embedder\.normalization\.", "bn1."),
    (r"resnet\.encoder\.stages\.0\.layers\.", "layer1."),
    (r"resnet\.encoder\.stages\.1\.layers\.", "layer2."),
    (r"resnet\.encoder\.stages\.2\.layers\.", "layer3."),
    (r"resnet\.encoder\.stages\.3\.layers\.", "layer4."),
    (r"classifier\.1\.", "fc."),
)
TRANSFORMERS_BLOCKS: Renaming = (
    (r"\.layer\.0\.convolution\.", ".conv1."), (r"\.layer\.0\.normalization\.", ".bn1."),
    (r"\.layer\.1\.convolution\.", ".conv2."), (r"\.layer\.1\.normalization\.", ".bn2."),
    (r"\.layer\.2\.convolution\.", ".conv3."), (r"\.layer\.2\.normalization\.", ".bn3."),
    (r"\.shortcut\.convolution\.", ".downsample.0."), (r"\.shortcut\.normalization\.", ".downsample.1."),
)  # fmt: skip
CHILDREN: Renaming = (  # Sequential(*list(resnet.children())[:-1])
    (r"0\.", "conv1."), (r"1\.", "bn1."), (r"4\.", "layer1."), (r"5\.", "layer2."), (r"6\.", "layer3."), (r"7\.", "layer4."),
)  # fmt: skip
SHORTCUT: Renaming = ((r"(layer\d+\.\d+\.)shortcut\.", r"\1downsample."),)
TIMM_VGG: Renaming = (
    (r"pre_logits\.fc1\.", "classifier.0."), (r"pre_logits\.fc2\.", "classifier.3."), (r"head\.fc\.", "classifier.6."),
)  # fmt: skip
DENSENET: Renaming = ((r"(.*denselayer\d+\.)(norm|conv)\.(\d)\.", r"\1\2\3."),)  # of its published files

# A name that tells a network from others -> how its names become torchvision's.
FORMS: dict[str, tuple[Renaming, ...]] = {
    "resnet.embedder.embedder.convolution.weight": (TRANSFORMERS, TRANSFORMERS_BLOCKS),
    "4.0.conv1.weight": (CHILDREN, SHORTCUT),
    **dict.fromkeys(SIGNATURES, (SHORTCUT, TIMM_VGG)),
    **dict.fromkeys(OTHERS, (DENSENET,)),
    **dict.fromkeys(TIMM_FORMS, ()),
}


def usual_names(tensors: Mapping[str, Tensor], form: str) -> dict[str, Tensor]:
    """Returns the tensors of a network of that form, a key of FORMS, under the names that torchvision gives them."""
    if form in TIMM_FORMS:
        return timm_to_torchvision(tensors, form)
    for renaming in FORMS[form]:
        tensors = {_renamed(key, renaming): value for key, value in tensors.items()}
    return {key: _as_linear(key, value) for key, value in tensors.items()}


def _renamed(key: str, renaming: Renaming) -> str:
    for pattern, name in renaming:
        start = re.search(pattern, key) if pattern.startswith(r"\.") else re.match(pattern, key)
        if start:
            return key[: start.start()] + start.expand(name) + key[start.end() :]
    return key


def _as_linear(key: str, tensor: Tensor) -> Tensor:
    """A convolution over all places in the head of a VGG, as timm writes it, as the weight of the linear layer that it is."""
    return tensor.flatten(1) if key in ("classifier.0.weight", "classifier.3.weight") and tensor.dim() == 4 else tensor
