"""Small vision transformers of torchvision and timm, with random weights in which every kind of parameter does something."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from lrp._torchvision import torchvision

SMALL = {"img_size": 64, "depth": 2, "embed_dim": 48, "num_heads": 3}
WINDOWS = {"img_size": 64, "window_size": 4, "depths": (2, 2), "num_heads": (2, 4), "embed_dim": 32}
OF_TIMM = {
    "timm vit_tiny_patch16_224": SMALL,
    "timm deit_tiny_patch16_224": SMALL,
    "timm deit_tiny_distilled_patch16_224": SMALL,
    "timm deit3_small_patch16_224": SMALL,  # position embedding without the class token, LayerScale
    "timm vit_small_patch14_reg4_dinov2": {**SMALL, "img_size": 56},  # registers
    "timm vit_base_patch16_siglip_gap_224": SMALL,  # no class token, mean of all tokens
    "timm swin_tiny_patch4_window7_224": WINDOWS,
    "timm swinv2_tiny_window8_256": WINDOWS,
}
ROWS_ARE_WINDOWS = ("timm swin_tiny_patch4_window7_224", "timm swinv2_tiny_window8_256")


def vit() -> nn.Module:
    made: nn.Module = torchvision.models.VisionTransformer(64, 16, 2, 4, 64, 128, num_classes=10, representation_size=24)
    return made


def swin(version: int) -> nn.Module:
    """Windows of 4 x 4 of 15 x 15 places, which do not fill the last ones."""
    of = torchvision.models.swin_transformer
    parts = {} if version == 1 else {"block": of.SwinTransformerBlockV2, "downsample_layer": of.PatchMergingV2}
    made: nn.Module = torchvision.models.SwinTransformer([4, 4], 32, [2, 2], [2, 4], [4, 4], num_classes=10, **parts)
    return made


OF_TORCHVISION: dict[str, Callable[[], nn.Module]] = {
    "torchvision vit": vit, "torchvision swin": lambda: swin(1), "torchvision swin v2": lambda: swin(2)
}  # fmt: skip
TRANSFORMERS = (*OF_TORCHVISION, *OF_TIMM)
TORCHVISION_SIDES = {"torchvision vit": 64, "torchvision swin": 60, "torchvision swin v2": 60}


def transformer(name: str) -> nn.Module:
    """The network in double and eval mode."""
    import timm  # after torchvision, which it imports, was made to work with a torch without CUDA

    torch.manual_seed(0)
    if name in OF_TORCHVISION:
        model = OF_TORCHVISION[name]()
    else:
        model = timm.create_model(name.removeprefix("timm "), num_classes=10, **OF_TIMM[name])
    model = model.double().eval().requires_grad_(False)
    for parameter in model.parameters():
        parameter += 0.1 * torch.randn_like(parameter)
    return model


def pictures(name: str, count: int = 2) -> Tensor:
    side = TORCHVISION_SIDES.get(name) or OF_TIMM[name]["img_size"]
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(6), dtype=torch.float64)  # type: ignore
