"""Torchvision's ImageNet weights: their metadata, whether they are downloaded already, and loading them."""

import re
from dataclasses import replace
from typing import Any, Protocol

import torch

from lrp.files.regular_file import is_regular
from lrp.models.architectures import DEPTHS, title
from lrp.models.architectures.families import OTHERS
from lrp.models.architectures.published import PUBLISHED
from lrp.models.backbone import Backbone, backbone_of
from lrp.models.download import cache_folder, load_published
from lrp.models.key_names import usual_names
from lrp.models.tensors import first_difference, load_tensors
from lrp.models.weights import Weights, WeightsError, build
from lrp.progress import BytesProgress

# The sizes of torchvision's files, which are wanted before one of them is; importing torchvision takes longer than torch.
MEBIBYTES = {
    ("resnet", 18): 44.661, ("resnet", 34): 83.275, ("resnet", 50): 97.781, ("resnet", 101): 170.511, ("resnet", 152): 230.434,
    ("vgg", 16): 527.796,
}  # fmt: skip
# The SHA-256 of files of torchvision, of which their names have the first eight digits.
SHA256 = {
    "resnet18-f37072fd.pth": "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
    "resnet34-b627a593.pth": "b627a593bcbe140c234610266fe4f8ae95ea42fc881d091c9b6052e6b1d0590f",
    "resnet50-0676ba61.pth": "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a",
    "resnet101-63fe2227.pth": "63fe2227b86e8f1f2063f43a75c84d195911b6a0eace650907dd3dc62dd49a0a",
    "resnet152-394f9c45.pth": "394f9c45966e3651a89bbb78a48410a6755854ce4a5ab64927cf1c7247f85e58",
    "vgg16-397923af.pth": "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
    # Of the newer families, those that several others publish alike, and those of EfficientNet-B2, B6 and B7 from pytorch/vision
    # issue 7744, which has B3 to B5 as others have; the rest are checked by the digits in their names.
    "vgg16_bn-6c64b313.pth": "6c64b3138f2f4fcb3bcc4cafde11619c4f440eb1631787e93a682fd88305888a",
    "vgg19-dcbb9e9d.pth": "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44",
    "vgg19_bn-c79401a0.pth": "c79401a0cf3cb42714e4182f5868c7a6f4f4534f5df9e956e2bb2098de41cbb6",
    "efficientnet_b0_rwightman-7f5810bc.pth": "7f5810bc96def8f7552d5b7e68d53c4786f81167d28291b21c0d90e1fca14934",
    "efficientnet_b2_rwightman-c35c1473.pth": "c35c147384e385a5bab5a8eabdabbe5a3df0487ee4a554108626ae474a5bf755",
    "efficientnet_b3_rwightman-b3899882.pth": "b3899882250c22946d0229d266049fcd133c169233530b36b9ffa7983988362f",
    "efficientnet_b4_rwightman-23ab8bcd.pth": "23ab8bcd5bdbef61a7a43b91adcad81f622fd7f36fb4935a569828d77888c44e",
    "efficientnet_b5_lukemelas-1a07897c.pth": "1a07897c0d357db7981640f6be44a63420f11deb932344a69768b62ebe272946",
    "efficientnet_b6_lukemelas-24a108a5.pth": "24a108a596a00ad522bdfb9a2d98a9bd31819dfd7e37dd96bad6bb5bc00d6015",
    "efficientnet_b7_lukemelas-c5b4e57e.pth": "c5b4e57e0da1a10bb4f8a5b410dd3b7b6e7461f9b757209be29409707c3d87dd",
    "efficientnet_v2_s-dd5fe13b.pth": "dd5fe13b1d60ec15317ccc8ca158186e134d3366c3dde9cb9a4e301f2dc66c74",
    "mobilenet_v2-b0353104.pth": "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
    "mobilenet_v3_small-047dcff4.pth": "047dcff4addef86ea5bc2eff13c9614dc11f47ab1160d0a71a25e7db994f4e1f",
    "mobilenet_v3_large-8738ca79.pth": "8738ca797c879b547d18bbd15da5736ff2557b2036a9af72225393ca61759a04",
    "convnext_tiny-983f1562.pth": "983f1562536e84ff750a1576fb08e54de751dbf2e17c0d8a4a13704341fdcd3d",
    "convnext_small-0c510722.pth": "0c510722adfd92966a2bd72b92f785ca05966bbac03cafe2f7a90b1f54bfab9a",
    "densenet121-a639ec97.pth": "a639ec97d7c33b07ae66f0b5fb7d0192f95a3b11b7576c66c0126c2a727c4395",
    "swin_t-704ceda3.pth": "704ceda373461b0a224fcdddd75cd2a5e9f8064512ed47adbddef7f343fd147b",
    "vit_b_16-c867db91.pth": "c867db91d3e12c6cbadabb610d73c24a546bf82d8c03a9fea34f43a712ddb0e9",
}


class WeightsEntry(Protocol):
    """What is used of a member of torchvision's weights enums."""

    url: str
    meta: dict[str, Any]
    transforms: Any


def downloaded_depths() -> tuple[int, ...]:
    """Returns the ResNet depths whose ImageNet weights are in the cache; their hash is checked only when they are loaded."""
    names = {depth: imagenet_entry(depth).url.rpartition("/")[2] for depth in DEPTHS}
    return tuple(depth for depth, name in names.items() if is_regular(cache_folder() / name))


def imagenet_size(depth: int, architecture: str = "resnet") -> int:
    """Returns roughly how many bytes the ImageNet weights of that network take, as torchvision states it."""
    mebibytes = PUBLISHED[architecture].mebibytes if architecture in PUBLISHED else MEBIBYTES[architecture, depth]
    return round(mebibytes * 2**20)


def imagenet_entry(depth: int, architecture: str = "resnet") -> WeightsEntry:
    """Returns torchvision's entry for the ImageNet weights of that network."""
    from lrp._torchvision import torchvision

    name = architecture if architecture in PUBLISHED else f"{architecture}{depth}"
    entry: WeightsEntry = torchvision.models.get_model_weights(name)["IMAGENET1K_V1"]
    return entry


def load_imagenet(depth: int, architecture: str, progress: BytesProgress | None) -> Backbone:
    """Returns the backbone with torchvision's weights, downloaded at first use. Raises WeightsError if that fails."""
    entry = imagenet_entry(depth, architecture)
    size = imagenet_size(depth, architecture)
    what = f"the ImageNet weights of {title(architecture, depth)} ({size / 1e6:.0f} MB)"
    name = entry.url.rpartition("/")[2]
    digest = _known_digest(name, architecture)
    tensors = load_published(name, digest, size, what, progress)
    view = entry.transforms()
    (side,), (shorter,) = view.crop_size, view.resize_size
    numbers = tuple(view.mean), tuple(view.std)
    found = Weights(
        depth, tensors, tuple(entry.meta["categories"]), side, *numbers, digest, architecture, shorter - side,
        view.interpolation.value,
    )  # fmt: skip
    if architecture not in PUBLISHED:
        return backbone_of(found, "imagenet", build(found, name))
    return _of_torchvision(found, name)


def _known_digest(file: str, architecture: str) -> str:
    """The SHA-256 of a file of torchvision, or its first eight digits, which its name has. Raises WeightsError if unknown."""
    if file in SHA256:
        return SHA256[file]
    if architecture in PUBLISHED and (digits := re.search(r"-([0-9a-f]{8})\.pth$", file)):
        return digits[1]
    raise WeightsError(f"This version of torchvision has {file}, whose SHA-256 is not known here; choose the demo weights.")


def _of_torchvision(weights: Weights, file: str) -> Backbone:
    """The backbone of torchvision's own network with these weights."""
    from lrp.models.architectures.torchvision_model import empty_model, stage_names  # here, for it loads torchvision

    model = empty_model(weights.architecture, len(weights.categories))
    tensors = usual_names(weights.tensors, next(iter(OTHERS)))
    tensors |= {key: torch.tensor(0) for key in model.state_dict() if key.endswith("num_batches_tracked")}
    if difference := first_difference(model.state_dict(), tensors):
        raise WeightsError(f"The weights in {file} are not those of a {weights.network}: {difference}.")
    stages = stage_names(model)
    try:
        return replace(backbone_of(weights, "imagenet", load_tensors(model, tensors)), stage_names=stages)
    except ValueError as error:
        raise WeightsError(f"The weights in {file} cannot be used: {error}.") from None
