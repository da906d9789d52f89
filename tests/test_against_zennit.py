"""Every composite against Zennit, in double precision, on residual networks."""

import pytest
import torch
from torch import nn
from zennit.composites import (
    EpsilonAlpha2Beta1,
    EpsilonAlpha2Beta1Flat,
    EpsilonGammaBox,
    EpsilonPlus,
    EpsilonPlusFlat,
    LayerMapComposite,
    MixedComposite,
    NameMapComposite,
)
from zennit.core import Composite as ZennitComposite
from zennit.core import Stabilizer
from zennit.rules import Epsilon, Gamma, Norm, Pass, ZBox
from zennit.torchvision import ResNetCanonizer
from zennit.types import Activation, AvgPool, BatchNorm, Convolution, Linear

import lrp
from tests.networks import HIGH, LOW, pictures, random_resnet

COMMON = [(Activation, Pass()), (BatchNorm, Pass()), (AvgPool, Norm())]


def by_zennit(model: nn.Module, x: torch.Tensor, target: int, composite: ZennitComposite) -> torch.Tensor:
    """Zennit's relevance, with the logit as the initial relevance."""
    x = x.clone().requires_grad_()
    with composite.context(model) as modified:
        # Zennit 0.5.1 merges BatchNorm but keeps its eps, which then divides a second time.
        for module in modified.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eps = 1e-30
        output = modified(x)
        seed = torch.zeros_like(output)
        seed[:, target] = output[:, target].detach()
        return torch.autograd.grad(output, x, seed)[0]


def uniform(epsilon: float, relative: bool = False) -> ZennitComposite:
    from zennit.layer import Sum

    rule = Epsilon(epsilon=Stabilizer(epsilon=epsilon, norm_scale=relative))
    return LayerMapComposite([(Sum, Norm()), *COMMON, (Convolution, rule), (Linear, rule)], canonizers=[ResNetCanonizer()])


def zero_epsilon_gamma_box(epsilon: float, gamma: float, upper: list[str]) -> ZennitComposite:
    from zennit.layer import Sum

    named = [(["conv1"], ZBox(LOW, HIGH)), (upper, Epsilon(epsilon=epsilon))]
    layers = [(Sum, Norm()), *COMMON, (Convolution, Gamma(gamma)), (Linear, Epsilon(epsilon=0.0))]
    return MixedComposite([NameMapComposite(named), LayerMapComposite(layers)], canonizers=[ResNetCanonizer()])


def upper_convolutions(model: nn.Module) -> list[str]:
    return [
        name for name, module in model.named_modules() if isinstance(module, nn.Conv2d) and name.startswith(("layer3", "layer4"))
    ]


CASES = {
    "uniform epsilon": (lrp.UniformEpsilon(0.25), lambda model: uniform(0.25)),
    "uniform epsilon, tiny": (lrp.UniformEpsilon(1e-6), lambda model: uniform(1e-6)),
    "uniform epsilon, relative": (lrp.UniformEpsilon(0.5, relative=True), lambda model: uniform(0.5, relative=True)),
    "epsilon plus": (lrp.EpsilonPlus(0.1), lambda model: EpsilonPlus(epsilon=0.1, canonizers=[ResNetCanonizer()])),
    "epsilon plus flat": (lrp.EpsilonPlusFlat(), lambda model: EpsilonPlusFlat(canonizers=[ResNetCanonizer()])),
    "epsilon plus flat, zero bias": (
        lrp.EpsilonPlusFlat(zero_bias=True),
        lambda model: EpsilonPlusFlat(zero_params="bias", canonizers=[ResNetCanonizer()]),
    ),
    "epsilon gamma box": (
        lrp.EpsilonGammaBox(1e-6, 0.5),
        lambda model: EpsilonGammaBox(LOW, HIGH, gamma=0.5, canonizers=[ResNetCanonizer()]),
    ),
    "epsilon alpha2 beta1": (lrp.EpsilonAlpha2Beta1(), lambda model: EpsilonAlpha2Beta1(canonizers=[ResNetCanonizer()])),
    "epsilon alpha2 beta1 flat": (
        lrp.EpsilonAlpha2Beta1Flat(), lambda model: EpsilonAlpha2Beta1Flat(canonizers=[ResNetCanonizer()])
    ),
    "zero epsilon gamma box": (
        lrp.ZeroEpsilonGammaBox(0.25, 0.5), lambda model: zero_epsilon_gamma_box(0.25, 0.5, upper_convolutions(model))
    ),
}


@pytest.mark.parametrize("depth", [18, 50])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_relevance_equals_zennits(case, depth):
    method, reference = CASES[case]
    model, x = random_resnet(depth), pictures()
    ours = lrp.explain(lrp.canonize(model, LOW, HIGH), x, 3, method).relevance
    theirs = by_zennit(model, x, 3, reference(model))
    assert (ours - theirs).abs().max() <= 1e-6 * theirs.abs().max()
    assert torch.corrcoef(torch.stack([ours.flatten(), theirs.flatten()]))[0, 1] > 1 - 1e-9
