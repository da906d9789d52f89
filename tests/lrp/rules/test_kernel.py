"""The arithmetic of the kernel: division that stays finite, parts of z, and sums over rows."""

import math

import pytest
import torch
from torch import Tensor, nn

from lrp.network.operations.table import MODULES
from lrp.network.weighted import Weighted
from lrp.rules.kernel import (
    STABILIZER,
    Part,
    Step,
    divide,
    divide_positive,
    pre_activations,
    scaled_epsilon,
    share_among_inputs,
    share_of_bias,
    stack_narrow,
    sum_per_row,
)


def double(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def convolution(channels: int) -> tuple[Weighted, Tensor]:
    torch.manual_seed(0)
    return MODULES[nn.Conv2d](nn.Conv2d(channels, 5, 3).double()), torch.randn(2, channels, 6, 6, dtype=torch.float64)


def test_the_stabilizer_has_the_sign_of_z_and_that_of_0_is_positive():
    assert divide(double(6, 6, 6), double(2, -2, 0), 1.0).tolist() == [2, -2, 6]
    assert divide(double(6, 6, 6), double(2, -2, 0), double(1, 4, 2)).tolist() == [2, -1, 3]


def test_nothing_is_shared_where_z_and_epsilon_are_0():
    assert divide(double(6, 6), double(0, 3), 0.0).tolist() == [0, 2]


def test_an_infinite_epsilon_passes_nothing_on():
    assert scaled_epsilon(0.5, double(4, 0)).tolist() == [2, math.inf]
    assert divide(double(6, 6), double(1, 0), scaled_epsilon(0.5, double(4, 0))).tolist() == [2, 0]


def test_the_division_by_what_is_never_negative_writes_over_it():
    z = double(2, 0)
    found = divide_positive(double(6, 6), z)
    assert found.data_ptr() == z.data_ptr()
    assert found.tolist() == pytest.approx([3, 6 / STABILIZER], rel=1e-6)
    rows = divide_positive(double(6, 6, 3, 3).view(2, 2), double(2, 0).view(1, 2))  # several classes of one sample
    assert rows.flatten().tolist() == pytest.approx([3, 6 / STABILIZER, 1.5, 3 / STABILIZER], rel=1e-6)


@pytest.mark.parametrize("channels", [3, 64])
def test_parts_that_are_stacked_give_the_same_z_and_the_same_shares(channels):
    layer, x = convolution(channels)
    parts = [Part(x.clamp(min=0), layer.positive, layer.bias), Part(x.clamp(max=0), layer.negative)]
    stacked = stack_narrow(layer, parts)
    assert len(stacked) == (1 if channels == 3 else 2)
    z = pre_activations(layer, parts)
    torch.testing.assert_close(pre_activations(layer, stacked), z)
    torch.testing.assert_close(z - pre_activations(layer, parts, bias=False), layer.bias.view(1, -1, 1, 1).expand_as(z))
    step, s = Step(layer, (x,), z), torch.randn_like(z)
    share = share_among_inputs(step, parts, s)
    assert share.shape == x.shape
    torch.testing.assert_close(share_among_inputs(step, stacked, s), share)
    expected = sum((s * layer.apply(part.x, part.weight, None)).sum() for part in parts)
    torch.testing.assert_close(share.sum(), expected)


def test_the_share_of_a_bias_is_summed_over_all_places_in_double_precision():
    layer, _ = convolution(3)
    s = torch.randn(2, 5, 4, 4)
    found = share_of_bias(layer, layer.bias.float(), s)
    assert found.dtype == torch.float64
    torch.testing.assert_close(found, torch.einsum("nkhw,k->n", s.double(), layer.bias), rtol=1e-5, atol=1e-5)
    linear = MODULES[nn.Linear](nn.Linear(3, 5).double())
    s = torch.randn(2, 7, 5, dtype=torch.float64)
    torch.testing.assert_close(share_of_bias(linear, linear.bias, s), torch.einsum("ntk,k->n", s, linear.bias))


def test_rows_without_an_axis_are_their_own_sums_and_not_the_same_memory():
    values = double(1, 2)
    found = sum_per_row(values)
    assert found.tolist() == [1, 2]
    assert found.data_ptr() != values.data_ptr()
    assert sum_per_row(torch.ones(2, 3, 4), torch.float64).tolist() == [12, 12]
    assert sum_per_row(torch.ones(2), torch.float64).dtype == torch.float64
