"""Every composite and every rule against Zennit, in double precision, on residual networks and on a VGG with BatchNorm."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from zennit import rules as zennit
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.composites import (
    EpsilonAlpha2Beta1,
    EpsilonAlpha2Beta1Flat,
    EpsilonGammaBox,
    EpsilonPlus,
    EpsilonPlusFlat,
    LayerMapComposite,
    MixedComposite,
    NameMapComposite,
    SpecialFirstLayerMapComposite,
)
from zennit.core import BasicHook, Stabilizer
from zennit.core import Composite as ZennitComposite
from zennit.layer import Sum
from zennit.torchvision import ResNetCanonizer
from zennit.types import Activation, AvgPool, BatchNorm, Convolution, Linear

import lrp
from lrp.methods.composites import Composite, by_kind
from lrp.rules.first_layer import Flat, WSquare, ZBox
from lrp.rules.kernel import STABILIZER
from lrp.rules.weighted import AlphaBeta, Epsilon, Gamma, ZPlus
from tests.networks import HIGH, LOW, pictures, small_vgg, torchvision_resnet


def by_zennit(model: nn.Module, x: Tensor, target: int, composite: ZennitComposite) -> Tensor:
    """Zennit's relevance, with the logit as the initial relevance."""
    composite.canonizers = [SequentialMergeBatchNorm() if isinstance(model, nn.Sequential) else ResNetCanonizer()]
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


def assert_equal(ours: Tensor, theirs: Tensor) -> None:
    assert (ours - theirs).abs().max() <= 1e-6 * theirs.abs().max()
    assert torch.corrcoef(torch.stack([ours.flatten(), theirs.flatten()]))[0, 1] > 1 - 1e-9


def by_layer(convolution: Any, linear: Any, first: Any = None, residual: Any = None) -> ZennitComposite:
    """One rule for convolutions and one for linear layers; activations, BatchNorm, pooling and sums as all presets have them."""
    layers = [
        (Sum, residual or zennit.Norm()), (Activation, zennit.Pass()), (BatchNorm, zennit.Pass()), (AvgPool, zennit.Norm()),
        (Convolution, convolution), (Linear, linear),
    ]  # fmt: skip
    return LayerMapComposite(layers) if first is None else SpecialFirstLayerMapComposite(layers, [(Convolution, first)])


def uniform(epsilon: float, relative: bool = False, residual: Any = None) -> ZennitComposite:
    rule = zennit.Epsilon(epsilon=Stabilizer(epsilon=epsilon, norm_scale=relative))
    return by_layer(rule, rule, residual=residual)


def zero_epsilon_gamma_box(model: nn.Module, epsilon: float, gamma: float, last_epsilon: float) -> ZennitComposite:
    """LRP-0, epsilon in the upper half, gamma below, z-box at the pixels, each placed by the module's name."""
    convolutions = [name for name, module in model.named_modules() if isinstance(module, nn.Conv2d)]
    stages = ("layer3", "layer4")
    upper = [name for name in convolutions if name.startswith(stages)] or convolutions[len(convolutions) // 2 :]
    last = [name for name in upper if name.startswith("layer4")] or upper[-1:]
    named = NameMapComposite([
        ([convolutions[0]], zennit.ZBox(LOW, HIGH)), (last, zennit.Epsilon(epsilon=last_epsilon)),
        (upper, zennit.Epsilon(epsilon=epsilon)),
    ])  # fmt: skip
    return MixedComposite([named, by_layer(zennit.Gamma(gamma), zennit.Epsilon(epsilon=0.0))])


def absolute_share() -> BasicHook:
    """The rule of Otsuki et al. 2024 in Zennit's terms, which has none of its own: Norm over absolute values."""
    return BasicHook(
        input_modifiers=[torch.abs],
        param_modifiers=[zennit.NoMod(param_keys=[])],
        output_modifiers=[lambda output: output],
        gradient_mapper=lambda out_grad, outputs: out_grad / Stabilizer(STABILIZER)(outputs[0]),
        reducer=lambda inputs, gradients: inputs[0] * gradients[0],
    )


def preset(kind: type[ZennitComposite], **settings: Any) -> Callable[[nn.Module], ZennitComposite]:
    return lambda model: kind(**settings)


PRESETS: dict[str, tuple[Any, Callable[[nn.Module], ZennitComposite]]] = {
    "uniform epsilon": (lrp.UniformEpsilon(0.25), lambda model: uniform(0.25)),
    "uniform epsilon, tiny": (lrp.UniformEpsilon(1e-6), lambda model: uniform(1e-6)),
    "uniform epsilon, relative": (lrp.UniformEpsilon(0.5, relative=True), lambda model: uniform(0.5, relative=True)),
    "epsilon plus": (lrp.EpsilonPlus(0.1), preset(EpsilonPlus, epsilon=0.1)),
    "epsilon plus flat": (lrp.EpsilonPlusFlat(), preset(EpsilonPlusFlat)),
    "epsilon plus flat, zero bias": (lrp.EpsilonPlusFlat(zero_bias=True), preset(EpsilonPlusFlat, zero_params="bias")),
    "epsilon gamma box": (lrp.EpsilonGammaBox(1e-6, 0.5), preset(EpsilonGammaBox, low=LOW, high=HIGH, gamma=0.5)),
    "epsilon alpha2 beta1": (lrp.EpsilonAlpha2Beta1(), preset(EpsilonAlpha2Beta1)),
    "epsilon alpha2 beta1 flat": (lrp.EpsilonAlpha2Beta1Flat(), preset(EpsilonAlpha2Beta1Flat)),
    "zero epsilon gamma box": (lrp.ZeroEpsilonGammaBox(0.25, 0.5), lambda model: zero_epsilon_gamma_box(model, 0.25, 0.5, 0.25)),
    "an epsilon for each stage": (
        lrp.ZeroEpsilonGammaBox(0.25, 0.5, last_epsilon=2.0), lambda model: zero_epsilon_gamma_box(model, 0.25, 0.5, 2.0)
    ),
}
RESIDUALS = {
    "uniform epsilon": (lrp.UniformEpsilon(0.25, residual="absolute"), uniform(0.25, residual=absolute_share())),
    "epsilon plus": (
        lrp.EpsilonPlus(residual="absolute"), by_layer(zennit.ZPlus(), zennit.Epsilon(), residual=absolute_share())
    ),
}
RULES = {
    "epsilon": (Epsilon(0.1), zennit.Epsilon(0.1)),
    "epsilon, no bias": (Epsilon(0.1, bias=False), zennit.Epsilon(0.1, zero_params="bias")),
    "z+": (ZPlus(), zennit.ZPlus()),
    "alpha1 beta0": (AlphaBeta(1, 0), zennit.AlphaBeta(1, 0)),
    "alpha3 beta2": (AlphaBeta(3, 2), zennit.AlphaBeta(3, 2)),
    "alpha1.5 beta0.5, no bias": (AlphaBeta(1.5, 0.5, bias=False), zennit.AlphaBeta(1.5, 0.5, zero_params="bias")),
    "gamma": (Gamma(1.0), zennit.Gamma(1.0)),
}
FIRST = {
    "z-box": (ZBox(), zennit.ZBox(LOW, HIGH)),
    "w-square": (WSquare(), zennit.WSquare(zero_params="bias")),
    "flat": (Flat(), zennit.Flat()),
}


@pytest.mark.parametrize("depth", [18, 50])
@pytest.mark.parametrize("case", PRESETS, ids=str)
def test_every_preset_on_a_residual_network(case, depth):
    method, reference = PRESETS[case]
    model, x = torchvision_resnet(depth), pictures()
    ours = lrp.explain(lrp.canonize(model, LOW, HIGH), x, 3, method).relevance
    assert_equal(ours, by_zennit(model, x, 3, reference(model)))


@pytest.mark.parametrize("case", PRESETS, ids=str)
def test_every_preset_on_a_vgg(case):
    method, reference = PRESETS[case]
    model, x = small_vgg(), pictures(size=32)
    ours = lrp.explain(lrp.canonize(model, LOW, HIGH), x, 3, method).relevance
    assert_equal(ours, by_zennit(model, x, 3, reference(model)))


@pytest.mark.parametrize("depth", [18, 50])
@pytest.mark.parametrize("case", RESIDUALS, ids=str)
def test_the_absolute_split_of_residual_connections(case, depth):
    method, reference = RESIDUALS[case]
    model, x = torchvision_resnet(depth), pictures()
    assert_equal(lrp.explain(lrp.canonize(model), x, 3, method).relevance, by_zennit(model, x, 3, reference))


@pytest.mark.parametrize("case", RULES, ids=str)
@pytest.mark.parametrize("build", [small_vgg, torchvision_resnet], ids=lambda build: build.__name__)
def test_every_rule_in_all_convolutions_and_linear_layers(build, case):
    rule, reference = RULES[case]
    model, x = build(), pictures(size=32)
    ours = lrp.explain(lrp.canonize(model), x, 3, Composite(by_kind(rule, rule))).relevance
    assert_equal(ours, by_zennit(model, x, 3, by_layer(reference, reference)))


@pytest.mark.parametrize("case", FIRST, ids=str)
def test_every_rule_of_the_first_layer(case):
    rule, reference = FIRST[case]
    model, x = small_vgg(), pictures(size=32)
    ours = lrp.explain(lrp.canonize(model, LOW, HIGH), x, 3, Composite(by_kind(Epsilon(0.1), Epsilon(0.1)), rule)).relevance
    epsilon = zennit.Epsilon(0.1)
    assert_equal(ours, by_zennit(model, x, 3, by_layer(epsilon, epsilon, reference)))


def test_zennit_lets_the_bias_keep_part_of_the_relevance_of_w_square_and_we_do_not():
    # Both statements of the docstring of WSquare, with w = (1, -2, 3) and b = 2: w² / 14 here, w² / (14 + 4) there.
    model = nn.Sequential(nn.Linear(3, 1)).double().eval()
    model[0].weight.data, model[0].bias.data = torch.tensor([[1.0, -2.0, 3.0]]).double(), torch.tensor([2.0]).double()
    x, squares = torch.tensor([[4.0, 1.0, 2.0]]).double(), torch.tensor([[1.0, 4.0, 9.0]]).double()
    ours = lrp.explain(lrp.canonize(model), x, 0, Composite(by_kind(WSquare(), WSquare())))
    theirs = by_zennit(model, x, 0, by_layer(zennit.WSquare(), zennit.WSquare()))
    assert ours.explained.item() == 10  # 4 - 2 + 6 + 2
    torch.testing.assert_close(ours.relevance, squares / 14 * 10, rtol=1e-6, atol=0)
    torch.testing.assert_close(theirs, squares / 18 * 10, rtol=1e-6, atol=0)
