"""torchvision's networks, with random weights and random BatchNorm statistics: the same logits, and where relevance goes."""

import copy
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.composites import EpsilonPlus

import lrp
from lrp._torchvision import torchvision
from lrp.network.forward_pass import trace
from lrp.rules.kernel import STABILIZER, Step
from lrp.rules.rule_base import Rule
from lrp.rules.weighted import Epsilon, ZPlus
from lrp.walk.relevance import propagate
from tests.networks import without_biases

# What each is built with, and the side of its pictures: about as small as it can take.
WITHOUT_HEADS = {"aux_logits": False, "init_weights": False, "transform_input": True}
NETWORKS: dict[str, tuple[dict[str, Any], int]] = {
    "resnet18": ({}, 64),
    "resnext50_32x4d": ({}, 64),
    "wide_resnet50_2": ({}, 32),
    "vgg11": ({"init_weights": False}, 64),
    "vgg16_bn": ({"init_weights": False}, 64),
    "alexnet": ({}, 64),
    "squeezenet1_0": ({}, 64),
    "squeezenet1_1": ({}, 64),
    "densenet121": ({}, 64),
    "googlenet": (WITHOUT_HEADS, 64),
    "inception_v3": (WITHOUT_HEADS, 75),
    "mobilenet_v2": ({}, 64),
    "mnasnet0_5": ({}, 64),
    "shufflenet_v2_x0_5": ({}, 64),
}
# Random weights of usual size would drive units to the 6 of ReLU6, where its gradient is 0, but relevance passes.
GAIN = {"mobilenet_v2": 0.5}


def empty(name: str, classes: int = 10, **settings: Any) -> nn.Module:
    """The network as torchvision builds it, without memory behind it."""
    with torch.device("meta"):
        model = torchvision.models.get_model(name, num_classes=classes, **settings)
        for i, layer in enumerate(model.classifier if name.startswith(("vgg", "alexnet")) else ()):
            if isinstance(layer, nn.Linear):  # a hundred million weights up there would be all alike
                model.classifier[i] = nn.Linear(*({4096: 64}.get(n, n) for n in (layer.in_features, layer.out_features)))
    return model


def random_network(name: str, **settings: Any) -> nn.Module:
    """The network in double and eval mode, its BatchNorm layers doing something."""
    generator = torch.Generator().manual_seed(0)
    numbers = torch.randn(99_991, generator=generator, dtype=torch.float64)  # a prime, so that no two rows are alike
    model = empty(name, **NETWORKS[name][0] | settings).to_empty(device="cpu").double()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0, 0.1, generator)
            nn.init.uniform_(module.running_var, 0.5, 1.5, generator)
            nn.init.uniform_(module.weight, 0.5, 1.0, generator)
            nn.init.normal_(module.bias, 0, 0.1, generator)
        elif isinstance(module, nn.Conv2d | nn.Linear):
            size = GAIN.get(name, 1.0) * (2 / module.weight[0].numel()) ** 0.5
            count = module.weight.numel()
            module.weight.data = size * numbers.repeat(count // len(numbers) + 1)[:count].view(module.weight.shape)
            if module.bias is not None:
                nn.init.normal_(module.bias, 0, 0.1, generator)
    return model.eval().requires_grad_(False)


def pictures(side: int) -> Tensor:
    """Two smooth ones, about as large as normalized photos."""
    coarse = torch.randn(2, 3, side // 8 + 1, side // 8 + 1, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    return nn.functional.interpolate(coarse, size=(side, side), mode="bicubic")


class Case:
    """A network, its canonized copy, pictures and the classes that it sees in them."""

    def __init__(self, name: str, **settings: Any) -> None:
        self.name, self.model = name, random_network(name, **settings)
        self.network = lrp.canonize(self.model)
        self.x = pictures(NETWORKS[name][1])
        self.logits = self.model(self.x)
        self.target = self.logits.argmax(1)


@pytest.fixture(scope="module", params=NETWORKS)
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param)


def test_canonizing_keeps_the_logits(case):
    assert (case.network(case.x) - case.logits).abs().max() <= 1e-10 * case.logits.abs().max()
    single = copy.deepcopy(case.model).float()
    x = case.x.float()
    assert (lrp.canonize(single)(x) - single(x)).abs().max() <= 1e-5 * case.logits.abs().max()


def test_lrp_0_is_input_times_gradient(case):
    x = case.x.clone().requires_grad_()
    expected = case.x * torch.autograd.grad(case.model(x).gather(1, case.target[:, None]).sum(), x)[0]
    found = lrp.explain(case.network, case.x, case.target, lrp.UniformEpsilon(0.0)).relevance
    assert (found - expected).abs().max() <= 1e-9 * expected.abs().max()


# Where relevance can be lost. What is shared by contribution keeps R eps / (z + eps sign z) of what arrives, the stabilizer's
# part. That is next to nothing, but in two places. A unit without any positive input has z+ = 0 and keeps all: it can be above
# 0 only by its bias, the shift of its BatchNorm. Ordinary convolutions have too many inputs for that to happen; grouped ones
# (ResNeXt: 36) and depthwise ones (MobileNet, MNASNet, ShuffleNet: 9) have few, and with random weights it happens all the time.
# And a mean of values of either sign may be 0 or nearly so, as in DenseNet, which alone averages what no ReLU has rectified.
# There z+ without bias cannot conserve 1.000; the true claim is that nothing is lost anywhere else.
LOSING = ("resnext50_32x4d", "densenet121", "mobilenet_v2", "mnasnet0_5", "shufflenet_v2_x0_5")
ZERO_BIAS = lrp.EpsilonPlus(0.0, zero_bias=True)
FLAT = lrp.EpsilonPlusFlat(0.0, zero_bias=True)


@dataclass
class Watched(Rule):
    """A rule, and in `kept`, per sample, what must stay behind by its formula."""

    rule: Rule
    kept: list[Tensor]

    def __call__(self, step: Step, relevance: Tensor) -> Any:
        self.kept.append((relevance * self._stabilizers(step)).flatten(1).sum(1))
        return self.rule(step, relevance)

    def _stabilizers(self, step: Step) -> Tensor:
        """The stabilizer's part of each output."""
        layer, (a, *_) = step.layer, step.inputs
        if isinstance(self.rule, ZPlus):
            up, down = layer.weight.clamp(min=0), layer.weight.clamp(max=0)
            z = layer.apply(a.clamp(min=0), up, None) + layer.apply(a.clamp(max=0), down, None)
            return STABILIZER / (z + STABILIZER)
        if isinstance(self.rule, Epsilon) and self.rule.epsilon:
            return self.rule.epsilon / (layer.run(*step.inputs)[0].abs() + self.rule.epsilon)
        return torch.zeros(())


def test_nothing_is_lost_but_what_stabilizers_and_units_without_a_positive_input_keep(case):
    kept: list[Tensor] = []
    rules = {name: Watched(rule, kept) for name, rule in ZERO_BIAS.rules(case.network).items()}
    result = propagate(trace(case.network, case.x), lrp.Logit(case.target), rules)
    torch.testing.assert_close(result.total + torch.stack(kept).sum(0), result.explained, rtol=1e-9, atol=0)
    assert bool((result.total / result.explained > 0.9999).all()) == (case.name not in LOSING)


def test_relevance_is_conserved(case):
    network, x, target = case.network, case.x, case.target
    if case.name in LOSING:
        # With positive weights, no bias and a positive picture every unit has positive inputs, and none cancel.
        model, x = without_biases(copy.deepcopy(case.model)), x.abs()
        for module in model.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                module.weight.data.abs_()
        network, target = lrp.canonize(model), model(x).argmax(1)
    for method in (ZERO_BIAS, FLAT):
        result = lrp.explain(network, x, target, method)
        torch.testing.assert_close(result.total / result.explained, torch.ones(2, dtype=torch.float64), rtol=1e-4, atol=0)


# What these networks have beyond residual connections, by an independent engine


@pytest.mark.parametrize("name", ["alexnet", "squeezenet1_1", "googlenet"])
def test_relevance_equals_zennits(name):
    # Zennit sees modules only, so the arithmetic of transform_input would pass it by.
    case = Case(name, transform_input=False) if name == "googlenet" else Case(name)
    ours = lrp.explain(case.network, case.x, case.target, lrp.EpsilonPlus(1e-6)).relevance
    x = case.x.clone().requires_grad_()
    with EpsilonPlus(canonizers=[SequentialMergeBatchNorm()]).context(case.model) as modified:
        for module in modified.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eps = 1e-30  # Zennit 0.5.1 merges BatchNorm but keeps its eps, which then divides a second time
        seed = nn.functional.one_hot(case.target, case.logits.shape[1]) * case.logits
        (theirs,) = torch.autograd.grad(modified(x), x, seed)
    assert (ours - theirs).abs().max() <= 1e-6 * theirs.abs().max()


# What cannot be right

REFUSED = {
    "maxvit_t": r"no LRP rule for einsum at blocks\.0\.layers\.0\.layers\.window_attention\.attn_layer\.1; no rule splits",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_network_that_no_rule_fits_is_refused_by_one_sentence_before_any_computation(name):
    model = empty(name)  # on "meta" there are no values to compute with
    remedy = r".* row to the table of its family in lrp/network/operations/"
    with pytest.raises(TypeError, match=REFUSED[name] + remedy):
        lrp.canonize(model.eval())
