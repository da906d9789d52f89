"""What is measured: one forward pass and input gradient of the stock model, our methods, and their peers."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from captum.attr import IntegratedGradients as CaptumIntegratedGradients
from torch import Tensor, nn
from zennit.canonizers import Canonizer
from zennit.composites import EpsilonAlpha2Beta1, EpsilonAlpha2Beta1Flat, EpsilonGammaBox, EpsilonPlus, EpsilonPlusFlat
from zennit.core import Composite as ZennitComposite
from zennit.torchvision import ResNetCanonizer

import lrp
from lrp._torchvision import torchvision
from lrp.models.architectures.vgg import build_vgg
from tests.lrp.rules.test_against_zennit import uniform
from tests.networks import FULL, HIGH, LOW, random_resnet

Contender = Callable[[], object]
TRANSFORMERS = ("vit_b_16", "vit_b_32", "swin_t", "swin_v2_t")
# Of these, Zennit has no gates, norms or attention.
MODERN = ("efficientnet_b0", "mobilenet_v3_large", "regnet_y_400mf", "convnext_tiny", *TRANSFORMERS)
EPSILONS = [10.0 ** (k / 4) for k in range(-12, 4)]
CLASSES = 10
OTHER = ", another class"  # ends the name of an explanation from a pass that keeps what others computed from it
ENOUGH = 2_000_000_000  # bytes


def model_of(name: str) -> tuple[nn.Module, int, int]:
    """The model in eval mode, the side of its pictures in pixels, and its number of classes."""
    if name.startswith("demo"):
        backbone = lrp.load_backbone(int(name.removeprefix("demo")))
        return backbone.model, backbone.size, len(backbone.categories)
    if name == "vgg16":
        torch.manual_seed(16)
        return build_vgg().eval().requires_grad_(False), 224, 1000
    if name in MODERN:
        torch.manual_seed(16)
        return _with_a_head(torchvision.models.get_model(name).eval().requires_grad_(False)), 224, 1000
    model = random_resnet(int(name.removeprefix("resnet")), FULL, 1000, torch.float32)
    return model.requires_grad_(False), 224, 1000


def _with_a_head(model: nn.Module) -> nn.Module:
    """The model with random weights where it has zeros, as untrained transformers have at their end."""
    for module in model.modules():
        if isinstance(module, nn.Linear) and not module.weight.any():
            nn.init.normal_(module.weight, std=0.02)
    return model


def of(name: str, batch: int, device: torch.device) -> dict[str, Contender]:
    """Contenders by name, those of peers with the peer's name behind a comma."""
    model, size, classes = model_of(name)
    model = model.to(device)
    low, high = LOW.float().to(device), HIGH.float().to(device)
    network = lrp.canonize(model, low, high)
    x = torch.randn(batch, 3, size, size, generator=torch.Generator().manual_seed(0)).to(device)
    targets = (torch.arange(batch) % classes).to(device)

    def stock() -> object:
        leaf = x.clone().requires_grad_()
        return torch.autograd.grad(model(leaf).gather(1, targets[:, None]).sum(), leaf)

    def zennit(composite: ZennitComposite) -> Contender:
        canonizers: list[Canonizer] = [] if name == "vgg16" else [ResNetCanonizer()]

        def run() -> object:
            composite.canonizers = canonizers
            leaf = x.clone().requires_grad_()
            with composite.context(model) as modified:
                output = modified(leaf)
                return torch.autograd.grad(output, leaf, torch.eye(classes, device=device)[targets] * output.detach())

        return run

    def ours(method: Any) -> Contender:
        return lambda: lrp.explain(network, x, targets, method)

    pairs: dict[str, tuple[Any, ZennitComposite]] = {
        "uniform epsilon": (lrp.UniformEpsilon(), uniform(0.25)),
        "epsilon plus": (lrp.EpsilonPlus(), EpsilonPlus()),
        "epsilon plus flat": (lrp.EpsilonPlusFlat(), EpsilonPlusFlat()),
        "epsilon gamma box": (lrp.EpsilonGammaBox(), EpsilonGammaBox(low, high)),
        "epsilon alpha2 beta1": (lrp.EpsilonAlpha2Beta1(), EpsilonAlpha2Beta1()),
        "epsilon alpha2 beta1 flat": (lrp.EpsilonAlpha2Beta1Flat(), EpsilonAlpha2Beta1Flat()),
    }
    found = {"stock": stock}
    if name in TRANSFORMERS:
        found |= {"attn-lrp": ours(lrp.AttnLRP()), "cp-lrp": ours(lrp.CPLRP()), "attn-lrp gamma": ours(lrp.AttnLRPGamma())}
    for what, (method, composite) in pairs.items():
        found[what] = ours(method)
        if name not in MODERN:
            found[f"{what}, Zennit"] = zennit(composite)
    return found


def several(name: str, device: torch.device) -> dict[str, Contender]:
    """What a kept trace saves, several classes or epsilons of one picture at once, and Integrated Gradients."""
    model, size, _ = model_of(name)
    model = model.to(device)
    network = lrp.canonize(model, LOW.float(), HIGH.float())
    x = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0)).to(device)
    kept, black = lrp.trace(network, x), LOW.float().to(device).expand_as(x)
    reused, shifted = lrp.trace(network, x, reuse_bytes=ENOUGH), lrp.EpsilonPlusFlat(shifts=4)
    integrated = lrp.IntegratedGradients(n_steps=50, tolerance=None)

    def epsilons() -> list[Tensor]:
        forward = lrp.trace(network, x)
        return [lrp.explain(network, forward, 3, lrp.UniformEpsilon(epsilon)).relevance for epsilon in EPSILONS]

    others = {
        "epsilon plus flat": lrp.EpsilonPlusFlat(), "epsilon alpha2 beta1": lrp.EpsilonAlpha2Beta1(),
        "epsilon gamma box": lrp.EpsilonGammaBox(),
    }  # fmt: skip
    found: dict[str, Contender] = {}
    if name.removeprefix("demo").removeprefix("resnet") in ("18", "34"):  # where the page shows such a mean
        others["4 x 4 shifts"] = shifted
        found["4 x 4 shifts"] = lambda: lrp.explain(network, x, 3, shifted)
    for what, method in others.items():
        found[what + OTHER] = partial(lrp.explain, network, reused, 4, method)
    return found | {
        "uniform epsilon, kept trace": lambda: lrp.explain(network, kept, 3, lrp.UniformEpsilon()),
        "10 classes": lambda: lrp.explain(network, x, torch.arange(CLASSES), lrp.EpsilonPlusFlat()),
        "16 epsilons": epsilons,
        "IG, 50 steps": lambda: lrp.explain(network, x, 3, integrated),
        "IG, 50 steps, Captum": lambda: CaptumIntegratedGradients(model).attribute(x, black, target=3, n_steps=50),
    }
