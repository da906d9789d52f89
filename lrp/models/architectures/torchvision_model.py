"""Networks of torchvision without weights, built on the meta device, where they take no memory."""

from collections.abc import Callable

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from lrp._torchvision import torchvision

HEADS = ("classifier", "fc", "heads", "head")  # what torchvision calls the last layers
BODIES = ("features", "trunk_output")  # and the module whose children are the stages
BLOCKS = "encoder.layers"  # and in a ViT the module whose children are its blocks, all of one resolution
EXAMPLE_SIDE = 64  # pixels


class _EmptyOnMeta(TorchFunctionMode):
    """Makes new weights on the meta device, and nothing else: some constructors compute with small tensors."""

    def __torch_function__(
        self, func: Callable[..., object], types: object, args: tuple[object, ...] = (), kwargs: dict[str, object] | None = None
    ) -> object:
        given = kwargs or {}
        return func(*args, **({"device": "meta", **given} if func is torch.empty else given))


def empty_model(name: str, classes: int = 1000, channels: int = 3) -> nn.Module:
    """Returns torchvision's network of that name on the meta device, in eval mode. channels: of its pictures."""
    with torch.device("cpu"), _EmptyOnMeta():
        model: nn.Module = torchvision.models.get_model(name, weights=None, num_classes=classes)
        if channels != 3:
            _take_channels(model, channels)
    return model.to("meta").eval()


def head_module(model: nn.Module) -> str:
    """Returns the name of the module that ends in the logits."""
    return next(name for name in HEADS if hasattr(model, name))


def stage_names(model: nn.Module) -> tuple[str, ...]:
    """Returns the modules that end a resolution, in order, or the blocks of a ViT. model: on the meta device."""
    if hasattr(model, "encoder"):
        return tuple(f"{BLOCKS}.{name}" for name, _ in model.get_submodule(BLOCKS).named_children())
    body = next(name for name in BODIES if hasattr(model, name))
    ends: dict[tuple[int, ...], str] = {}
    hooks = []
    for child, module in model.get_submodule(body).named_children():
        def note(_: nn.Module, __: object, output: torch.Tensor, name: str = f"{body}.{child}") -> None:
            ends[tuple(output.shape[2:])] = name

        hooks.append(module.register_forward_hook(note))
    first = next(module for module in model.modules() if isinstance(module, nn.Conv2d))
    with torch.no_grad():
        model(torch.empty(1, first.in_channels, EXAMPLE_SIDE, EXAMPLE_SIDE, device="meta"))
    for hook in hooks:
        hook.remove()
    return tuple(ends.values())


def _take_channels(model: nn.Module, channels: int) -> None:
    """Gives the network another first convolution, for pictures of so many channels."""
    path, first = next((path, module) for path, module in model.named_modules() if isinstance(module, nn.Conv2d))
    other = nn.Conv2d(
        channels, first.out_channels, first.kernel_size, first.stride, first.padding, first.dilation,  # type: ignore[arg-type]
        bias=first.bias is not None,
    )  # fmt: skip
    parent, _, name = path.rpartition(".")
    setattr(model.get_submodule(parent), name, other)
