"""Packed weights give the bits of torch.convolution, and are used where they may be."""

from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor

import lrp
from lrp.network.fast_convolution import ConvolutionSettings
from lrp.network.packed_weights import convolve_packed, fits_packing, pack_weights
from tests.networks import pictures, random_resnet

LAST = torch.channels_last


def convolution(channels: int, kernel: tuple[int, int], **given: Any) -> tuple[Tensor, Tensor, ConvolutionSettings]:
    """Weights (48, channels, kernel), a bias, and settings: a stride and a dilation of 1 and a padding of 1 unless given."""
    seeded = torch.Generator().manual_seed(channels)
    weight = torch.randn(48, channels, *kernel, generator=seeded).contiguous(memory_format=LAST)
    usual = {"stride": [1, 1], "padding": [1, 1], "dilation": [1, 1], "transposed": False, "output_padding": [0, 0], "groups": 1}
    return weight, torch.randn(48, generator=seeded), ConvolutionSettings(**usual | given)


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(7)).contiguous(memory_format=LAST)


def test_the_bits_are_those_of_torch_whatever_the_input_that_they_were_packed_for() -> None:
    seen = 0
    for channels, kernel, stride, dilation in product((16, 100, 512), ((3, 3), (1, 3), (5, 5), (2, 2)), (1, 2), (1, 2)):
        weight, bias, settings = convolution(channels, kernel, stride=[stride] * 2, dilation=[dilation] * 2)
        packed = None
        for rows, high, wide in ((1, 7, 7), (2, 5, 6), (4, 4, 4), (1, 14, 14)):
            x = drawn(rows, channels, high, wide)
            if high + 2 <= dilation * (kernel[0] - 1) or wide + 2 <= dilation * (kernel[1] - 1):
                continue
            if fits_packing(x, weight, settings):
                packed = pack_weights(x, weight, settings) if packed is None else packed
                for given in (bias, None):
                    expected = torch.convolution(x, weight, given, *settings)
                    found = convolve_packed(x, packed, given, settings)
                    assert torch.equal(found, expected)
                    assert found.stride() == expected.stride()
                    seen += 1
    assert seen > 50  # of 384, those that torch computes by oneDNN at few positions


@pytest.mark.parametrize("what", ["few positions", "many", "double", "one pixel", "groups", "gradient", "another memory order"])
def test_weights_are_packed_where_it_pays_and_changes_no_bit(what: str) -> None:
    channels = 512
    weight, _, settings = convolution(channels, (1, 1) if what == "one pixel" else (3, 3), groups=2 if what == "groups" else 1)
    x = drawn(1, channels * settings.groups, *((14, 14) if what == "many" else (7, 7)))
    if what == "double":
        x, weight = x.double(), weight.double()
    if what == "gradient":
        x.requires_grad_()
    if what == "another memory order":
        x = x.contiguous(memory_format=torch.contiguous_format)
    assert fits_packing(x, weight, settings) == (what == "few positions")


def test_a_network_computes_the_same_with_and_without(monkeypatch: pytest.MonkeyPatch) -> None:
    network = lrp.canonize(random_resnet(dtype=torch.float32))
    x, used = pictures(2, 64, torch.float32), list[Tensor]()  # one small picture alone is none for oneDNN

    def counted(given: Tensor, packed: Tensor, *rest: Any) -> Tensor:
        used.append(packed)
        return convolve_packed(given, packed, *rest)

    monkeypatch.setattr("lrp.network.weighted.convolve_packed", counted)
    quick = [lrp.explain(network, x, 2, lrp.EpsilonPlus()).relevance for _ in range(2)]
    times = len(used)
    assert times == 2 * len({id(packed) for packed in used}) > 0  # packed once, used twice
    monkeypatch.setattr("lrp.network.weighted.fits_packing", lambda *given: False)
    plain = lrp.explain(network, x, 2, lrp.EpsilonPlus()).relevance
    assert all(torch.equal(found, plain) for found in quick)
    assert len(used) == times  # not by the packed weights, which are there
