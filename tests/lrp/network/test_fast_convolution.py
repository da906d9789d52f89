"""The quick ways through a convolution, against torch's own."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lrp.network.fast_convolution import FEW_POSITIONS, ConvolutionSettings, convolve, pull_back

SIDES = st.integers(1, 4)
MARGIN = 1e-12  # relative, in double; the terms of a sum come in another order


def torch_back(signal: Tensor, x: Tensor, weight: Tensor, layout: ConvolutionSettings) -> Tensor:
    leaf = x.expand(len(signal), *x.shape[1:]).clone().requires_grad_()
    return torch.autograd.grad(torch.convolution(leaf, weight, None, *layout), leaf, signal)[0]


def assert_close(found: Tensor, expected: Tensor) -> None:
    assert found.shape == expected.shape
    torch.testing.assert_close(found, expected, rtol=0, atol=MARGIN * max(1.0, float(expected.abs().max())))


def drawn(channels: int, layout: dict[str, Any], kernel: tuple[int, int], size: tuple[int, int], rows: int) -> tuple[Any, ...]:
    seeded = torch.Generator().manual_seed(0)
    places: Any = {"dtype": torch.float64, "generator": seeded}
    last = torch.channels_last
    x = torch.randn(1, channels, *size, **places).contiguous(memory_format=last)
    weight = torch.randn(5, channels, *kernel, **places).contiguous(memory_format=last)
    settings = ConvolutionSettings(**{"dilation": [1, 1], "transposed": False, "output_padding": [0, 0], "groups": 1} | layout)
    out = torch.convolution(x, weight, None, *settings)
    signal = torch.randn(rows, *out.shape[1:], **places).contiguous(memory_format=last)
    return signal, x, weight, settings


@settings(max_examples=150)
@given(
    channels=st.integers(1, 6),
    kernel=st.tuples(SIDES, SIDES),
    stride=st.tuples(SIDES, SIDES),
    padding=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    beyond=st.tuples(st.integers(0, 9), st.integers(0, 9)),
    rows=st.integers(1, 3),
)
def test_every_way_back_is_the_transpose(
    channels: int, kernel: Any, stride: Any, padding: Any, beyond: Any, rows: int
) -> None:
    size = tuple(max(1, k - 2 * p + b) for k, p, b in zip(kernel, padding, beyond, strict=True))
    signal, x, weight, layout = drawn(channels, {"stride": list(stride), "padding": list(padding)}, kernel, size, rows)
    assert_close(pull_back(signal, x, weight, layout), torch_back(signal, x, weight, layout))


@pytest.mark.parametrize("layout", [
    {"dilation": [2, 1]}, {"dilation": [3, 3], "stride": [2, 2]}, {"groups": 5}, {"transposed": True, "output_padding": [1, 1]},
])  # fmt: skip
def test_what_has_no_quick_way_takes_torchs(layout: dict[str, Any]) -> None:
    whole = {"stride": [2, 2], "padding": [1, 1], "dilation": [1, 1], "transposed": False, "output_padding": [0, 0], "groups": 1}
    settings = ConvolutionSettings(**whole | layout)
    x = torch.randn(1, 5, 9, 8, dtype=torch.float64)
    weight = torch.randn(5, 5 // settings.groups, 3, 3, dtype=torch.float64).contiguous(memory_format=torch.channels_last)
    signal = torch.randn_like(torch.convolution(x, weight, None, *settings))
    assert_close(pull_back(signal, x, weight, settings), torch_back(signal, x, weight, settings))


@pytest.mark.parametrize(("channels", "kernel", "side", "stride"), [
    (3, (7, 7), 33, 2),  # the first layer of a ResNet: into the colours
    (64, (1, 1), 20, 1),  # a bottleneck: a product, however many places
    (64, (3, 3), int(FEW_POSITIONS**0.5), 1),  # the last stage: few places
    (64, (3, 3), 16, 1),  # the others: torch's way
])  # fmt: skip
def test_the_layers_of_a_resnet_take_each_way(channels: int, kernel: Any, side: int, stride: int) -> None:
    layout = {"stride": [stride] * 2, "padding": [kernel[0] // 2] * 2}
    signal, x, weight, settings = drawn(channels, layout, kernel, (side, side), 2)
    assert_close(pull_back(signal, x, weight, settings), torch_back(signal, x, weight, settings))


@pytest.mark.parametrize("channels", [1, 3, 5])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_gradient_goes_through_as_through_torchs_convolution(channels: int, stride: int) -> None:
    signal, x, weight, layout = drawn(channels, {"stride": [stride] * 2, "padding": [3, 3]}, (7, 7), (17, 14), 1)
    bias = torch.arange(5.0, dtype=torch.float64)
    leaf = x.clone().requires_grad_()
    out = convolve(leaf, weight, bias, layout)
    assert_close(out, torch.convolution(x, weight, bias, *layout))
    assert_close(torch.autograd.grad(out, leaf, signal)[0], torch_back(signal, x, weight, layout))


def test_a_gradient_of_a_gradient_is_refused_rather_than_wrong() -> None:
    _, x, weight, layout = drawn(3, {"stride": [2, 2], "padding": [1, 1]}, (3, 3), (9, 9), 1)
    leaf = x.clone().requires_grad_()
    first = torch.autograd.grad(convolve(leaf, weight, None, layout).square().sum(), leaf, create_graph=True)[0]
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()
