"""The layers that read the picture first, and their rules, whatever is done to the picture before them."""

import pytest
import torch
from torch import Tensor, nn

import lrp
from lrp.methods.composites import Composite
from lrp.rules.first_layer import Flat, WSquare, ZBox
from tests.lrp.network.kit import Net, conv, everything, prepared, signal
from tests.networks import HIGH, LOW


@pytest.mark.parametrize("rule", [ZBox(), Flat(), WSquare()], ids=str)
@pytest.mark.parametrize("scale", [2.0, -0.5])
def test_rules_of_the_first_layer_reach_it_through_what_is_done_to_the_picture(scale, rule):
    def transform(x: Tensor) -> Tensor:
        return torch.cat([(x[:, c] * scale - 0.3).unsqueeze(1) for c in range(3)], 1)

    plain, x, method = prepared(conv(3, 2, padding=1)), signal(3, 6, 6), Composite((), first=rule)
    whole = lrp.canonize(Net(lambda m, x: m.a(transform(x)), a=plain).eval(), LOW, HIGH)
    ends = transform(LOW), transform(HIGH)
    alone = lrp.canonize(plain, torch.minimum(*ends), torch.maximum(*ends))
    ours = lrp.explain(whole, x, everything(whole), method).relevance
    torch.testing.assert_close(ours, lrp.explain(alone, transform(x), everything(alone), method).relevance)


FIRST = {
    "reads the picture": (nn.Sequential(conv(), nn.ReLU(), conv()), ["_0"]),
    "behind a batch norm": (nn.Sequential(nn.BatchNorm2d(4), conv(padding=1), conv()), ["_1"]),
    "behind mirrored padding": (nn.Sequential(conv(padding=1, padding_mode="reflect"), conv()), ["_0"]),
    "behind pooling": (nn.Sequential(nn.AvgPool2d(2), nn.MaxPool2d(2), conv(size=1)), ["_2"]),
    "fully connected": (nn.Sequential(nn.Flatten(), nn.Linear(256, 3), nn.Linear(3, 2)), ["_1"]),
    "two": (Net(lambda m, x: m.a(x) + m.b(x + 1), a=conv(), b=conv()), ["a", "b"]),
    "a sum with features": (Net(lambda m, x: m.b(m.a(x) + x), a=conv(size=1), b=conv()), ["a"]),
}


@pytest.mark.parametrize("case", FIRST)
def test_the_layers_that_read_the_picture_first_are_known(case):
    model, expected = FIRST[case]
    network = lrp.canonize(prepared(model))
    assert [node.name for node in network.nodes if node.first] == expected
