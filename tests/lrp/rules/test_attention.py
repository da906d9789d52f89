"""The rules for attention: worked out by hand, against autograd, and a small transformer restated as dense matrices."""

import math

import pytest
import torch
from torch import Tensor

import lrp
from lrp.network.attention import MatrixProduct, Softmax
from lrp.network.layers import ReLU
from lrp.rules.attention import ConstantAttention, SoftmaxExpansion, UniformProduct
from lrp.rules.kernel import Step
from lrp.rules.rule_base import Rule
from tests.lrp.rules.dense_transformer import DenseTransformer, SmallTransformer


def doubles(*rows: list[float]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def softmax_step(x: Tensor) -> Step:
    layer = Softmax(lambda scores: torch.softmax(scores, -1), -1)
    output, kept = layer.run(x)
    return Step(layer, (x,), output, kept)


def product_step(a: Tensor, b: Tensor, attention: int | None = None) -> Step:
    return Step(MatrixProduct(torch.matmul, attention), (a, b), a @ b)


def test_a_softmax_worked_out_by_hand():
    # s = (1/4, 3/4) for the scores (0, ln 3), and 0 behind a mask. Of R = (1, 2, 0), sum 3:
    # R_0 = 0 (1 - 3/4) = 0, R_1 = ln 3 (2 - 9/4) = -ln 3 / 4, and what is masked takes nothing.
    (found,) = SoftmaxExpansion()(softmax_step(doubles([0.0, math.log(3), -math.inf])), doubles([1.0, 2.0, 0.0]))
    torch.testing.assert_close(found, doubles([0.0, -math.log(3) / 4, 0.0]))


def test_a_product_worked_out_by_hand():
    # (1, 2) (3, 4)^T = 11. Of R = 11, s = 11 / 22: A gets (1 * 3, 2 * 4) / 2, and B as much.
    to_a, to_b = UniformProduct(0.0)(product_step(doubles([1.0, 2.0]), doubles([3.0], [4.0])), doubles([11.0]))
    torch.testing.assert_close(to_a, doubles([1.5, 4.0]))
    torch.testing.assert_close(to_b, doubles([1.5], [4.0]))


def test_values_get_all_where_attention_is_constant_whichever_side_it_is_on():
    a, b, arrived = doubles([1.0, 2.0]), doubles([3.0], [4.0]), doubles([11.0])
    to_a, to_b = ConstantAttention(0.0)(product_step(a, b, attention=0), arrived)
    assert to_a is None
    torch.testing.assert_close(to_b, doubles([3.0], [8.0]))
    to_a, to_b = ConstantAttention(0.0)(product_step(a, b, attention=1), arrived)
    assert to_b is None
    torch.testing.assert_close(to_a, doubles([3.0, 8.0]))
    to_a, to_b = ConstantAttention(0.0)(product_step(a, b), arrived)  # of queries and keys
    torch.testing.assert_close(to_a, doubles([1.5, 4.0]))


@pytest.mark.parametrize("rule", [UniformProduct(0.0), ConstantAttention(0.0)])
def test_products_conserve_every_row_of_relevance(rule: Rule) -> None:
    a, b = torch.rand(1, 3, 4, 5, dtype=torch.float64), torch.rand(1, 3, 5, 2, dtype=torch.float64)
    arrived = torch.randn(6, 3, 4, 2, dtype=torch.float64)  # K = 6 classes of one sample
    shares = [share for share in rule(product_step(a, b, attention=0), arrived) if share is not None]
    assert all(len(share) == 6 for share in shares)
    total = torch.stack([share.flatten(1).sum(1) for share in shares]).sum(0)
    torch.testing.assert_close(total, arrived.flatten(1).sum(1))


def test_signals_are_pulled_back_as_autograd_does_for_each_of_k_rows():
    x, signal = torch.randn(1, 3, 5, dtype=torch.float64), torch.randn(4, 3, 5, dtype=torch.float64)
    step = softmax_step(x)
    a, b = torch.randn(1, 2, 3, 4, dtype=torch.float64), torch.randn(1, 1, 4, 5, dtype=torch.float64)  # one head of b for all
    of_product = torch.randn(4, 2, 3, 5, dtype=torch.float64)
    for layer, inputs, kept, arrived in (
        (step.layer, (x,), step.kept, signal),
        (MatrixProduct(torch.matmul), (a, b), None, of_product),
    ):
        for k, found in enumerate(zip(*layer.pull(arrived, inputs, kept), strict=True)):
            leaves = [value.clone().requires_grad_() for value in inputs]
            expected = torch.autograd.grad(layer.function(*leaves), leaves, arrived[k : k + 1])
            for ours, theirs in zip(found, expected, strict=True):
                torch.testing.assert_close(ours, theirs[0])


@pytest.mark.parametrize("rule", [SoftmaxExpansion(), UniformProduct(), ConstantAttention()])
def test_other_layers_are_refused(rule: Rule) -> None:
    with pytest.raises(TypeError, match=f"{type(rule).__name__} needs a .*, got ReLU"):
        rule.check(ReLU(torch.relu))


@pytest.mark.parametrize("epsilon", [0.0, 1e-6, 0.1])
@pytest.mark.parametrize("position", ["share", "absorb"])
@pytest.mark.parametrize("constant", [False, True])
def test_a_small_transformer_as_dense_matrices(epsilon: float, position: str, constant: bool) -> None:
    model = SmallTransformer().double().eval()
    x = torch.randn(1, 3, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    method = (lrp.CPLRP if constant else lrp.AttnLRP)(epsilon, position=position)
    found = lrp.explain(lrp.canonize(model), x, 2, method).relevance[0]
    expected = torch.from_numpy(DenseTransformer(model, x, epsilon, constant, position == "absorb").relevance(2))
    assert (found - expected).abs().max() <= 1e-9 * expected.abs().max()
