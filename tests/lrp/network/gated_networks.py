"""Modern convolutional networks of torchvision and timm, with random weights, each BatchNorm calibrated on random pictures."""

import torch
from torch import Tensor, nn

from lrp._torchvision import torchvision

SIDE = 64
# By library; other sizes of each family have the same parts.
NETWORKS = (
    "torchvision efficientnet_b0",
    "torchvision efficientnet_v2_s",
    "torchvision mobilenet_v3_small",
    "torchvision regnet_x_400mf",
    "torchvision regnet_y_400mf",
    "torchvision convnext_tiny",
    "timm efficientnet_b0",
    "timm efficientnetv2_s",
    "timm tf_efficientnet_b0",
    "timm tf_mobilenetv3_small_075",
    "timm mobilenetv3_small_100",
    "timm legacy_seresnet18",
    "timm seresnet18",
    "timm ecaresnet26t",
    "timm regnetx_002",
    "timm regnety_002",
    "timm convnext_atto",
    "timm convnextv2_atto",
)
# Of these, two in a row are enough, the first of which changes the shape.
BLOCKS = ("MBConv", "FusedMBConv", "CNBlock", "InvertedResidual", "EdgeResidual", "ConvNeXtBlock")


def built(name: str) -> nn.Module:
    """The network as its library builds it."""
    import timm  # after torchvision, which it imports, was made to work with a torch without CUDA

    library, _, kind = name.partition(" ")
    make = timm.create_model if library == "timm" else torchvision.models.get_model
    model: nn.Module = make(kind, num_classes=10)
    return model.eval().requires_grad_(False)


def shorten(model: nn.Module) -> None:
    """Leaves at most two blocks in each stage."""
    for stage in model.modules():
        if isinstance(stage, nn.Sequential) and len(stage) > 2 and all(type(block).__name__ in BLOCKS for block in stage):
            del stage[2:]


def pictures() -> Tensor:
    return torch.randn(8, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(6), dtype=torch.float64)


def calibrated(name: str) -> nn.Module:
    """The network in double and eval mode, in which every kind of parameter does something."""
    torch.manual_seed(0)
    model = built(name).double()
    shorten(model)
    for key, parameter in model.named_parameters():
        if parameter.dim() == 1 or "layer_scale" in key or ".grn." in key:
            parameter += 0.1 * torch.rand_like(parameter)
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
        norm.train()
    with torch.no_grad():
        model(pictures())
    return model.eval()
