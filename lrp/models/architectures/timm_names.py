"""Torchvision's names for the tensors of EfficientNets, MobileNets, RegNets and ConvNeXts in timm's spelling."""

import re
from collections.abc import Callable, Mapping

from torch import Tensor

from lrp.models.architectures.efficientnet_lite import is_lite

GENERATED = "conv_stem.weight"  # a name in the EfficientNets and MobileNets, which timm makes by one generator
REGNET = "s1.b1.conv1.conv.weight"
CONVNEXT = "stages.0.blocks.0.conv_dw.weight"
MOBILENET_V3 = "conv_head.bias"  # a name in those alone: their last convolution comes after pooling, without BatchNorm

Tensors = Mapping[str, Tensor]

_CONVNEXT_PARTS = {"conv_dw": "0", "norm": "2", "mlp.fc1": "3", "mlp.fc2": "5"}
_EXPANSIONS = ("conv", "conv_exp")  # convolutions that stand first in a block, whatever follows


def timm_to_torchvision(tensors: Tensors, form: str) -> dict[str, Tensor]:
    """Returns the tensors by torchvision's names and in its shapes. form: one of TIMM_FORMS, a name among them."""
    return TIMM_FORMS[form](tensors)


def _generated(tensors: Tensors) -> dict[str, Tensor]:
    """The tensors of an EfficientNet or MobileNet; those of an EfficientNet-Lite keep their names, which are ours too."""
    if is_lite(tensors):
        return dict(tensors)
    is_v3 = MOBILENET_V3 in tensors
    is_v2 = not is_v3 and not any(".se." in key for key in tensors)
    blocks = _blocks(tensors)
    outside = {"conv_stem": "features.0.0", "bn1": "features.0.1"}
    last = 1 + (len(blocks) if is_v2 else len({stage for stage, _ in blocks}))
    outside |= (
        {"conv_head": "classifier.0", "classifier": "classifier.3"} if is_v3
        else {"conv_head": f"features.{last}.0", "bn2": f"features.{last}.1", "classifier": "classifier.1"}
    )  # fmt: skip
    renamed = dict(outside)
    for number, ((stage, block), kinds) in enumerate(blocks.items(), start=1):
        place = f"features.{number}" if is_v2 or is_v3 else f"features.{stage + 1}.{block}"
        if is_v3 and kinds == {"conv", "bn1"}:  # the last convolution before pooling
            parts = {"conv": "0", "bn1": "1"}
        else:
            parts = _v2_parts(kinds) if is_v2 else {kind: f"block.{part}" for kind, part in _parts(kinds).items()}
        renamed |= {f"blocks.{stage}.{block}.{kind}": f"{place}.{part}" for kind, part in parts.items()}
    found = {_renamed(key, renamed): value for key, value in tensors.items()}
    if is_v3 and found["classifier.0.weight"].dim() == 4:
        found["classifier.0.weight"] = found["classifier.0.weight"].flatten(1)
    return found


def _blocks(tensors: Tensors) -> dict[tuple[int, int], set[str]]:
    """Stage and place of every block, in order -> the modules in it."""
    found: dict[tuple[int, int], set[str]] = {}
    for key in tensors:
        if match := re.match(r"blocks\.(\d{1,3})\.(\d{1,3})\.(.+)\.[a-z_]+$", key):
            found.setdefault((int(match[1]), int(match[2])), set()).add(match[3])
    return dict(sorted(found.items()))


def _convolutions(kinds: set[str]) -> list[str]:
    """The convolutions of a block in order, with "se" where its gate stands."""
    first = [kind for kind in (*_EXPANSIONS, *(["conv_pw"] if "conv_pwl" in kinds else [])) if kind in kinds]
    last = [kind for kind in ("conv_pwl", *(["conv_pw"] if "conv_pwl" not in kinds else [])) if kind in kinds]
    gate = ["se"] if any(kind.startswith("se.") for kind in kinds) else []
    return [*first, *(["conv_dw"] if "conv_dw" in kinds else []), *gate, *last]


def _parts(kinds: set[str]) -> dict[str, str]:
    """The modules of a block -> where torchvision has them in the block's Sequential."""
    found: dict[str, str] = {}
    norm = 0
    for place, kind in enumerate(_convolutions(kinds)):
        if kind == "se":
            found |= {"se.conv_reduce": f"{place}.fc1", "se.conv_expand": f"{place}.fc2"}
        else:
            norm += 1
            found |= {kind: f"{place}.0", f"bn{norm}": f"{place}.1"}
    return found


def _v2_parts(kinds: set[str]) -> dict[str, str]:
    """The same for a MobileNet v2, whose last convolution and BatchNorm of a block are not in a Sequential of their own."""
    last = len(_convolutions(kinds)) - 1
    places = {f"{last}.0": f"{last}", f"{last}.1": f"{last + 1}"}
    return {kind: f"conv.{places.get(part, part)}" for kind, part in _parts(kinds).items()}


def _regnet(tensors: Tensors) -> dict[str, Tensor]:
    def renamed(key: str) -> str:
        key = re.sub(r"^stem\.conv\.", "stem.0.", re.sub(r"^stem\.bn\.", "stem.1.", key))
        if not (match := re.match(r"s(\d)\.b(\d{1,3})\.(.+)$", key)):
            return re.sub(r"^head\.fc\.", "fc.", key)
        rest = re.sub(r"^conv([123])\.", lambda found: f"f.{'abc'[int(found[1]) - 1]}.", match[3])
        rest = re.sub(r"^downsample\.", "proj.", re.sub(r"^se\.", "f.se.", rest))
        rest = re.sub(r"\.bn\.", ".1.", re.sub(r"\.conv\.", ".0.", rest))
        return f"trunk_output.block{match[1]}.block{match[1]}-{int(match[2]) - 1}.{rest}"

    return {renamed(key): value for key, value in tensors.items()}


def _convnext(tensors: Tensors) -> dict[str, Tensor]:
    renamed = {"stem.0": "features.0.0", "stem.1": "features.0.1", "head.norm": "classifier.0", "head.fc": "classifier.2"}
    found = {}
    for key, value in tensors.items():
        if match := re.match(r"stages\.(\d)\.blocks\.(\d{1,3})\.(.+)\.([a-z_]+)$", key):
            part = _CONVNEXT_PARTS.get(match[3], match[3])
            found[f"features.{2 * int(match[1]) + 1}.{match[2]}.block.{part}.{match[4]}"] = value
        elif match := re.match(r"stages\.(\d)\.blocks\.(\d{1,3})\.gamma$", key):
            found[f"features.{2 * int(match[1]) + 1}.{match[2]}.layer_scale"] = value.reshape(*value.shape, 1, 1)
        elif match := re.match(r"stages\.(\d)\.downsample\.(\d.*)$", key):
            found[f"features.{2 * int(match[1])}.{match[2]}"] = value
        else:
            found[_renamed(key, renamed)] = value
    return found


def _renamed(key: str, modules: Mapping[str, str]) -> str:
    """The key with the longest of these modules that it begins with under its new name."""
    path = key
    while "." in path:
        path = path.rpartition(".")[0]
        if path in modules:
            return f"{modules[path]}{key[len(path) :]}"
    return key


TIMM_FORMS: dict[str, Callable[[Tensors], dict[str, Tensor]]] = {
    GENERATED: _generated, REGNET: _regnet, CONVNEXT: _convnext,
}  # fmt: skip
