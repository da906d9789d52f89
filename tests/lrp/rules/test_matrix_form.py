"""Every rule against its textbook matrix form, and what the rules promise."""

import copy
import math
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from lrp.network.forward_pass import root_mean_square
from lrp.network.operations.table import MODULES
from lrp.rules.first_layer import Flat, WSquare, ZBox
from lrp.rules.kernel import STABILIZER, Step
from lrp.rules.rule_base import Rule
from lrp.rules.weighted import AlphaBeta, Epsilon, Gamma, ZPlus
from tests.lrp.rules.kit import SIGNS, negative, numbers, positive, quickly


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


signs = st.sampled_from(list(SIGNS))


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
