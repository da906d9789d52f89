"""Every rule against its textbook matrix form, and what the rules promise: linearity, finite numbers, the README's words."""

import copy
import math
import re
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import captum.attr
import pytest
import torch
from captum.attr._utils import lrp_rules
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import lrp
from lrp import operations
from lrp.composites import Composite, by_kind
from lrp.kernel import STABILIZER, Rule, Step, root_mean_square
from lrp.layers import Sum, Weighted
from lrp.operations import MODULES
from lrp.pixels import Flat, WSquare, ZBox
from lrp.rules import AlphaBeta, Epsilon, Gamma, ZPlus
from lrp.structure import AbsoluteShare, Pass
from tests.networks import HIGH, LOW, pictures, random_resnet, without_biases

LRP_METHODS = [method for method in lrp.METHODS.values() if method.family == "LRP"]
quickly = settings(deadline=None, derandomize=True)


@dataclass
class Dense:
    """A layer as a matrix: z = W a + b for one sample, flattened; `seen` says which inputs each output is connected to."""

    W: Tensor  # (outputs, inputs)
    b: Tensor  # (outputs,)
    seen: Tensor  # (outputs, inputs), 0 or 1

    @classmethod
    def of(cls, module: nn.Module, shape: tuple[int, ...]) -> "Dense":
        """The Jacobian of `module` with its weights and with all weights 1, column by column, and its value at 0."""
        b = module(torch.zeros(1, *shape, dtype=torch.float64)).flatten()
        module = copy.deepcopy(module)
        module.bias = None
        columns = torch.eye(math.prod(shape), dtype=torch.float64).view(-1, *shape)
        W = module(columns).flatten(1).T
        module.weight.data.fill_(1)
        return cls(W, b, module(columns).flatten(1).T)


def positive(t: Tensor) -> Tensor:
    return t.clamp(min=0)


def negative(t: Tensor) -> Tensor:
    return t.clamp(max=0)


def shared(contributions: Tensor, z: Tensor, relevance: Tensor, epsilon: float = STABILIZER) -> Tensor:
    """sum_k contribution_kj / (z_k + eps sign z_k) * R_k, as a matrix product; a neuron without z passes nothing on."""
    denominator = z + epsilon * torch.where(z < 0, -torch.ones_like(z), 1)
    s = torch.where(denominator == 0, 0.0, relevance / denominator)
    return contributions.T @ s


def textbook(rule: Rule, dense: Dense, a: Tensor, low: Tensor, high: Tensor, relevance: Tensor) -> Tensor:
    """The rule for one sample `a` (inputs,) and its relevance (outputs,), as its source writes it."""
    W, b = dense.W, dense.b if getattr(rule, "bias", True) else torch.zeros_like(dense.b)
    aW = W * a  # a_j w_jk, (outputs, inputs)
    z = aW.sum(1) + b
    match rule:
        case Epsilon():
            epsilon = rule.epsilon * (float(z.square().mean().sqrt()) if rule.relative else 1.0)
            return shared(aW, z, relevance, epsilon)
        case ZPlus():
            return shared(positive(aW), positive(aW).sum(1) + positive(b), relevance)
        case AlphaBeta():
            up = shared(positive(aW), positive(aW).sum(1) + positive(b), relevance)
            down = shared(negative(aW), negative(aW).sum(1) + negative(b), relevance)
            return rule.alpha * up - rule.beta * down
        case Gamma():
            up, up_bias = aW + rule.gamma * positive(aW), b + rule.gamma * positive(b)
            down, down_bias = aW + rule.gamma * negative(aW), b + rule.gamma * negative(b)
            above, below = torch.where(z > 0, relevance, 0.0), torch.where(z < 0, relevance, 0.0)
            return shared(up, up.sum(1) + up_bias, above) + shared(down, down.sum(1) + down_bias, below)
        case ZBox():
            inside = aW - low * positive(W) - high * negative(W)
            return shared(inside, inside.sum(1), relevance)
        case WSquare():
            return shared(W**2, (W**2).sum(1), relevance)
        case Flat():
            return shared(dense.seen, dense.seen.sum(1), relevance)
    raise AssertionError(rule)


RULES = [
    Epsilon(), Epsilon(0.0), Epsilon(0.5), Epsilon(0.5, relative=True), Epsilon(0.5, bias=False),
    ZPlus(), ZPlus(bias=False), AlphaBeta(2, 1), AlphaBeta(1, 0), AlphaBeta(1.5, 0.5, bias=False), AlphaBeta(3, 2),
    Gamma(0.25), Gamma(0.0), Gamma(4.0), ZBox(), WSquare(), Flat(),
]  # fmt: skip

TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
CONVOLUTIONS = dict(enumerate(zip((nn.Conv1d, nn.Conv2d, nn.Conv3d), TRANSPOSED, strict=True), start=1))


@st.composite
def layers(draw: st.DrawFn) -> tuple[nn.Module, tuple[int, ...]]:
    """A layer with weights, and the shape of the input of one sample."""
    bias = draw(st.booleans())
    dimensions = draw(st.integers(0, 3))
    if dimensions == 0:
        inputs = draw(st.integers(1, 6))
        return nn.Linear(inputs, draw(st.integers(1, 5)), bias=bias), (inputs,)
    groups, per_group = draw(st.sampled_from([(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]))
    largest = 3 if dimensions < 3 else 2
    sizes, padding = (st.tuples(*[st.integers(least, largest + least - 1)] * dimensions) for least in (1, 0))
    kind = CONVOLUTIONS[dimensions][draw(st.booleans())]
    module = kind(
        groups * per_group, groups * draw(st.integers(1, 2)), draw(sizes), stride=draw(st.integers(1, 2)), groups=groups,
        bias=bias, dilation=draw(st.integers(1, 2)), padding=0 if kind in TRANSPOSED else draw(padding),
    )  # fmt: skip
    return module, (groups * per_group, *draw(st.tuples(*[st.integers(2 * largest - 1, 2 * largest)] * dimensions)))


# What the numbers of a tensor may look like: any sign, one sign only, or many exact zeros, as after a ReLU.
SIGNS = {
    "any": lambda t: t, "positive": Tensor.abs, "negative": lambda t: -t.abs(), "rectified": positive, "zero": torch.zeros_like
}  # fmt: skip
signs = st.sampled_from(list(SIGNS))


def numbers(shape: Any, sign: str, generator: torch.Generator) -> Tensor:
    return SIGNS[sign](torch.randn(shape, generator=generator, dtype=torch.float64))


@pytest.mark.parametrize("rule", RULES, ids=str)
@settings(quickly, max_examples=100)
@given(
    made=layers(), seed=st.integers(0, 9999), a=signs, w=signs, b=signs, r=signs, rows=st.integers(1, 3), rectified=st.booleans()
)  # fmt: skip
def test_a_rule_equals_its_matrix_form(rule, made, seed, a, w, b, r, rows, rectified):
    generator = torch.Generator().manual_seed(seed)
    module, shape = made
    module = module.double().requires_grad_(False)
    module.weight.data = numbers(module.weight.shape, w, generator)
    if module.bias is not None:
        module.bias.data = numbers(module.bias.shape, b, generator)
    x = numbers((1, *shape), a, generator)
    low, high = (torch.full((1, *shape), bound, dtype=torch.float64) for bound in (-4.0, 5.0))
    z = module(x)
    relevance = numbers((rows, *z.shape[1:]), r, generator)
    if rectified:  # as where only a ReLU reads z: max(z, 0) is kept, and no relevance arrives where it is 0
        relevance = relevance * (z > 0)
    layer = MODULES[type(module)](module)
    before = x.clone(), z.clone(), relevance.clone()
    step = Step(layer, (x,), positive(z) if rectified else z, root_mean_square(z), bool((x >= 0).all()), rectified, low, high)
    (share,) = rule(step, relevance)

    dense = Dense.of(module, shape)
    bounds = low.flatten(), high.flatten()
    expected = [textbook(rule, dense, x.flatten(), *bounds, row.flatten()).view(shape) for row in relevance]
    torch.testing.assert_close(share, torch.stack(expected), rtol=1e-9, atol=1e-9 * float(torch.stack(expected).abs().max()))
    assert all(torch.equal(*pair) for pair in zip(before, (x, z, relevance), strict=True)), "a rule wrote over what it was given"


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_rule_is_linear_in_the_relevance(rule):
    generator = torch.Generator().manual_seed(0)
    x, bound = numbers((1, 3, 6, 6), "any", generator), torch.full((1, 3, 1, 1), 9.0, dtype=torch.float64)
    layer = MODULES[nn.Conv2d](nn.Conv2d(3, 4, 3).double())
    step = Step(layer, (x,), layer.run(x)[0], low=-bound, high=bound)
    one, two = numbers((1, 4, 4, 4), "any", generator), numbers((1, 4, 4, 4), "any", generator)
    together, first, second = (rule(step, relevance)[0] for relevance in (3 * one - two, one, two))
    torch.testing.assert_close(together, 3 * first - second, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("alpha", "beta"), [(1, 0), (2, 1), (1.5, 0.5), (3, 2), (1 + 1e-12, 0)])
def test_alpha_beta_takes_any_valid_pair_and_sums_to_alpha_minus_beta(alpha, beta):
    layer = MODULES[nn.Linear](nn.Linear(3, 1, bias=False).double())
    layer.weight.copy_(torch.tensor([[2.0, -3.0, 4.0]]))
    x = torch.tensor([[1.0, 2.0, 0.5]], dtype=torch.float64)  # contributions 2, -6, 2
    (share,) = AlphaBeta(alpha, beta)(Step(layer, (x,), layer.run(x)[0]), torch.tensor([[7.0]], dtype=torch.float64))
    expected = torch.tensor([[3.5 * alpha, -7.0 * beta, 3.5 * alpha]], dtype=torch.float64)
    torch.testing.assert_close(share, expected, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize(("alpha", "beta"), [(1, 1), (0.5, -0.5), (2, 0), (math.nan, math.nan), (math.inf, math.inf)])
def test_alpha_beta_refuses_any_other_pair(alpha, beta):
    with pytest.raises(ValueError, match=r"alpha and beta must be >= 0 with alpha - beta = 1, got alpha="):
        AlphaBeta(alpha, beta)


def test_alpha_beta_passes_alpha_times_the_relevance_on_where_nothing_is_negative():
    # The form that its docstring states; conserving it would make the rule depend on which neurons lack a kind.
    layer = MODULES[nn.Linear](nn.Linear(2, 1, bias=False).double())
    layer.weight.copy_(torch.tensor([[1.0, 3.0]]))
    x = torch.ones(1, 2, dtype=torch.float64)
    (share,) = AlphaBeta(2, 1)(Step(layer, (x,), layer.run(x)[0]), torch.ones(1, 1, dtype=torch.float64))
    torch.testing.assert_close(share, torch.tensor([[0.5, 1.5]], dtype=torch.float64), rtol=1e-5, atol=0)


# Layers without weights


@pytest.mark.parametrize("rows", [1, 3])
def test_the_absolute_share_of_a_sum_in_matrix_form(rows):
    generator = torch.Generator().manual_seed(1)
    # The second branch has one value a channel, which is used at every place.
    inputs = tuple(numbers(shape, "any", generator) for shape in ((1, 2, 3, 3), (1, 2, 1, 1), (1, 2, 3, 3)))
    relevance = numbers((rows, 2, 3, 3), "any", generator)
    output = inputs[0] + inputs[1] + inputs[2]
    shares = AbsoluteShare()(Step(Sum(lambda *branches: sum(branches)), inputs, output), relevance)
    sizes = torch.stack([branch.expand(1, 2, 3, 3).abs() for branch in inputs])
    expected = sizes / sizes.sum(0) * relevance
    torch.testing.assert_close(shares[0], expected[0], rtol=1e-4, atol=1e-9)
    torch.testing.assert_close(shares[1], expected[1].sum((2, 3), keepdim=True), rtol=1e-4, atol=1e-9)
    assert (shares[2].abs() <= relevance.abs()).all()
    torch.testing.assert_close(sum(share.sum() for share in shares), relevance.sum(), rtol=1e-4, atol=1e-9)


class Cancelling(nn.Module):
    """Two branches of which the second undoes most of the first."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
        self.first.weight.data, self.second.weight.data = torch.tensor([[100.0]]), torch.tensor([[-99.0]])

    def forward(self, x: Tensor) -> Tensor:
        return self.first(x) + self.second(x)


@pytest.mark.parametrize("method", LRP_METHODS, ids=lambda method: method.name)
def test_the_split_of_residual_connections_is_a_setting_of_every_lrp_method(method):
    network = lrp.canonize(random_resnet(), LOW, HIGH)
    sums = [node.name for node in network.nodes if isinstance(node.layer, Sum)]
    assert len(sums) == 8
    signed, absolute = method().rules(network), method(residual="absolute").rules(network)
    assert {type(signed[name]) for name in sums} == {Epsilon}
    assert {absolute[name] for name in sums} == {AbsoluteShare()}
    assert {name for name in signed if signed[name] != absolute[name]} == set(sums)
    with pytest.raises(ValueError, match="residual must be one of signed, absolute, got 'half'"):
        method(residual="half")


def test_the_absolute_split_keeps_relevance_bounded_where_branches_cancel():
    network, x = lrp.canonize(Cancelling().double().eval()), torch.ones(1, 1, dtype=torch.float64)
    flow = {residual: lrp.explain(network, x, 0, lrp.UniformEpsilon(0.0, residual=residual)).by_layer
            for residual in ("signed", "absolute")}  # fmt: skip
    assert flow["signed"]["first"].item() == pytest.approx(100)
    assert flow["signed"]["second"].item() == pytest.approx(-99)
    assert flow["absolute"]["first"].item() == pytest.approx(100 / 199)
    assert flow["absolute"]["second"].item() == pytest.approx(99 / 199)


# Captum's own fixtures that are not in test_hand_worked.py, and Captum itself where it is right: on plain networks


def captum_simple() -> nn.Sequential:
    """Captum's 3-3-1 network with one negative weight, worked through at x = (1, 2, 3): units (8, 12, 12), output 96."""
    model = nn.Sequential(nn.Linear(3, 3, bias=False), nn.ReLU(), nn.Linear(3, 1, bias=False)).double().eval()
    nn.init.constant_(model[0].weight, 2)
    nn.init.constant_(model[2].weight, 3)
    model[0].weight.data[0, 0] = -2
    return model


@pytest.mark.parametrize(
    ("first", "expected"), [(Gamma(1.0), [28 / 3, 104 / 3, 52.0]), (Pass(), [24.0, 36.0, 36.0])], ids=["gamma", "identity"]
)
def test_captums_fixtures(first, expected):
    network = lrp.canonize(captum_simple())
    x = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)
    composite = Composite(((Weighted, Gamma(0.25)),), stages=(("0", first),))
    torch.testing.assert_close(
        lrp.explain(network, x, 0, composite).relevance, torch.tensor([expected], dtype=torch.float64), rtol=1e-6, atol=0
    )


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (lambda: lrp_rules.EpsilonRule(0.25), Epsilon(0.25)),
        (lambda: lrp_rules.GammaRule(0.5), Gamma(0.5)),
        (lambda: lrp_rules.Alpha1_Beta0_Rule(), AlphaBeta(1, 0)),
    ],
    ids=["epsilon", "gamma", "alpha1 beta0"],
)
def test_captum_agrees_on_a_plain_network_without_biases(theirs, ours):
    # With biases Captum's gamma and alpha1-beta0 keep them as they are, whatever the rule does to the weights.
    torch.manual_seed(0)
    model = without_biases(nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 8, 3, stride=2), nn.ReLU(), nn.Flatten(),
        nn.Linear(72, 10), nn.ReLU(), nn.Linear(10, 4),
    ).double().eval())  # fmt: skip
    x = 1e3 * torch.rand(2, 3, 16, 16, dtype=torch.float64)  # so large that the stabilizers, which differ, do not count
    target = int(model(x).min(0).values.argmax())  # Captum's gamma is the plain form, wrong where the logit is below 0
    relevance = lrp.explain(lrp.canonize(model), x, target, Composite(((Weighted, ours),))).relevance
    for layer in model:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.rule = theirs()
    model[5].rule = lrp_rules.EpsilonRule()
    expected = captum.attr.LRP(model).attribute(x.clone().requires_grad_(), target=target).detach()
    assert (relevance - expected).abs().max() <= 1e-6 * expected.abs().max()


# Finite numbers

PICTURES = {
    "black": lambda size: LOW.float().expand(1, 3, size, size),
    "white": lambda size: HIGH.float().expand(1, 3, size, size),
    "zero": lambda size: torch.zeros(1, 3, size, size),
    "constant": lambda size: torch.full((1, 3, size, size), 0.7),
    "noise": lambda size: torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0)),
    "faint noise": lambda size: 1e-6 * torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0)),
}
NETWORKS = {
    "with biases": lrp.canonize(random_resnet(dtype=torch.float32), LOW.float(), HIGH.float()),
    "without biases": lrp.canonize(without_biases(random_resnet(dtype=torch.float32)), LOW.float(), HIGH.float()),
}
OBJECTIVES = {"logit": lrp.Logit(0), "contrast": lrp.Contrast(0, 1), "CLRP": lrp.CLRP(0), "SGLRP": lrp.SGLRP(0),
              "features": lrp.Features("layer3")}  # fmt: skip
EPSILONS = st.one_of(st.sampled_from([0.0, 1e-300, 1e-12, 1e3]), st.floats(1e-12, 1e3))


@settings(quickly, max_examples=400)
@given(
    method=st.sampled_from(LRP_METHODS), epsilon=EPSILONS, relative=st.booleans(), zero_bias=st.booleans(),
    residual=st.sampled_from(["signed", "absolute"]), picture=st.sampled_from(list(PICTURES)),
    network=st.sampled_from(list(NETWORKS)), objective=st.sampled_from(list(OBJECTIVES)),
)  # fmt: skip
def test_relevance_is_finite_whatever_the_method_the_picture_and_the_objective(
    method, epsilon, relative, zero_bias, residual, picture, network, objective
):
    wanted = {"epsilon": epsilon, "relative": relative, "zero_bias": zero_bias, "residual": residual}
    settings_of_method = {name: value for name, value in wanted.items() if name in method.__dataclass_fields__}
    result = lrp.explain(NETWORKS[network], PICTURES[picture](32), OBJECTIVES[objective], method(**settings_of_method))
    assert result.relevance.isfinite().all()
    assert all(arriving.isfinite().all() for arriving in result.by_layer.values())


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("epsilon", [0.0, 1e-300, 0.5])
def test_a_layer_whose_outputs_are_all_0_passes_nothing_on(epsilon, relative):
    # Nothing can be shared out there: relevance that still arrives, as SGLRP's does, ends.
    network = NETWORKS["without biases"]
    result = lrp.explain(network, torch.zeros(1, 3, 32, 32), lrp.SGLRP(0), lrp.UniformEpsilon(epsilon, relative))
    assert result.by_layer[network.output].item() == pytest.approx(0, abs=1e-6)
    assert not result.relevance.any()


@pytest.mark.parametrize("relative", [False, True])
def test_an_epsilon_too_small_for_the_precision_acts_like_0(relative):
    network, x = NETWORKS["with biases"], PICTURES["noise"](32)
    tiny, none = (lrp.explain(network, x, 0, lrp.UniformEpsilon(epsilon, relative)).relevance for epsilon in (1e-300, 0.0))
    assert none.any()
    torch.testing.assert_close(tiny, none, rtol=1e-3, atol=1e-6 * float(none.abs().max()))


# The account in lrp/README.md: its code is run as it stands there


def code_blocks() -> list[str]:
    """The Python of lrp/README.md, block by block."""
    account = (Path(lrp.__file__).parent / "README.md").read_text()
    return re.findall(r"```python\n(.*?)```", account, re.DOTALL)


def test_the_readmes_new_rule_takes_five_lines_and_its_composites_one_each_and_they_work():
    code = code_blocks()[0]
    rule = code[code.index("@dataclass") : code.index("\n\n\nabsolute")].splitlines()
    assert len(rule) == 5
    network, x = lrp.canonize(random_resnet(), LOW, HIGH), pictures(1)
    namespace = {"network": network, "x": x, "target": 3}
    exec(code, namespace)
    absolute, alpha_beta = namespace["maps"]
    by_zplus = Composite(by_kind(ZPlus(), Epsilon()), first=Flat())
    plain = lrp.explain(network, x, 3, by_zplus).relevance
    assert absolute.isfinite().all()
    assert not torch.allclose(absolute, plain)
    assert torch.equal(alpha_beta, lrp.explain(network, x, 3, Composite(by_kind(AlphaBeta(3, 2), Epsilon()))).relevance)
    # By hand: -2 is shared 1 : 3 by the size of 1 * 1 and 1 * -3.
    layer = MODULES[nn.Linear](nn.Linear(2, 1, bias=False).double())
    layer.weight.copy_(torch.tensor([[1.0, -3.0]]))
    ones = torch.ones(1, 2, dtype=torch.float64)
    (share,) = namespace["Absolute"]()(Step(layer, (ones,), layer.run(ones)[0]), torch.tensor([[-2.0]], dtype=torch.float64))
    torch.testing.assert_close(share, torch.tensor([[-0.5, -1.5]], dtype=torch.float64), rtol=1e-5, atol=0)


def test_the_readmes_new_layer_is_explained(monkeypatch):
    model = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Softsign(), nn.Flatten(), nn.Linear(72, 2)).double().eval()
    with pytest.raises(TypeError, match="no LRP rule for Softsign at 1"):
        lrp.canonize(model)
    monkeypatch.setattr("lrp.operations.MODULES", dict(MODULES))
    monkeypatch.setattr("lrp.tracing.MODULES", operations.MODULES)
    exec(code_blocks()[1], {})
    result = lrp.explain(lrp.canonize(model), pictures(1, 8), 1, lrp.UniformEpsilon(1e-9))
    torch.testing.assert_close(result.by_layer["_1"], result.by_layer["_0"])


def test_the_readmes_three_lines_explain_the_features_of_layer3(monkeypatch):
    model, x = random_resnet(34), pictures(1)
    backbone = SimpleNamespace(network=lrp.canonize(model), preprocess=lambda picture: x)
    asked = {}
    monkeypatch.setattr(lrp, "load_backbone", lambda **settings: asked.update(settings) or backbone)
    code = code_blocks()[2]
    assert len(code.splitlines()) == 3
    namespace = {"lrp": lrp, "picture": None}
    exec(code, namespace)
    assert asked == {"depth": 34, "weights": "imagenet"}
    features = nn.Sequential(*list(model.children())[:7])(x).detach()
    torch.testing.assert_close(namespace["result"].explained, features.sum().view(1))
    assert namespace["result"].relevance.shape == x.shape
