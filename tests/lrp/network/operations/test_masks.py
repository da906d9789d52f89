"""Masks that fill with a number: what is behind them takes nothing, however a model writes it."""

import pytest
import torch
from torch import Tensor, nn

import lrp
from lrp.methods.method import Method

TOKENS, WIDTH = 16, 8
METHODS = (lrp.AttnLRP(epsilon=0.0), lrp.CPLRP(epsilon=0.0), lrp.InputXGradient())  # an added mask would be stabilized otherwise


class MaskedAttention(nn.Module):
    """Places of a picture that attend to those before them."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.patches, self.how = nn.Conv2d(3, WIDTH, 4, 4), how
        self.query, self.key, self.value, self.head = (nn.Linear(WIDTH, size) for size in (WIDTH, WIDTH, WIDTH, 3))
        self.register_buffer("hidden", torch.ones(TOKENS, TOKENS).triu(1).bool())

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        scores = self.query(tokens) @ self.key(tokens).transpose(1, 2)
        if self.how == "added":
            scores = scores + torch.zeros(TOKENS, TOKENS).double().masked_fill(self.hidden, -torch.inf)
        elif self.how == "where":
            scores = torch.where(self.hidden, -1e9, scores)
        else:
            scores = scores.masked_fill(self.hidden, float(self.how))
        return self.head((scores.softmax(-1) @ self.value(tokens)).mean(1))


def network(how: str) -> tuple[nn.Module, lrp.Network]:
    torch.manual_seed(0)
    model = MaskedAttention(how).double().eval()
    return model, lrp.canonize(model)


@pytest.mark.parametrize("how", ["-inf", "-1e9", "where"])
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_scores_that_are_filled_are_explained_as_those_that_a_mask_is_added_to(how: str, method: Method) -> None:
    x = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(1)).double()
    model, filled = network(how)
    torch.testing.assert_close(filled(x), model(x), rtol=1e-10, atol=1e-12)
    expected, found = (lrp.explain(each, x, 1, method).relevance for each in (network("added")[1], filled))
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-14)


class Filled(nn.Module):
    """A feature map of which a part is a constant, by masked_fill or by torch.where."""

    def __init__(self, by_where: bool) -> None:
        super().__init__()
        self.first, self.last, self.by_where = nn.Conv2d(3, 4, 3), nn.Linear(4 * 6 * 6, 3), by_where
        self.register_buffer("part", torch.eye(6).bool())

    def forward(self, x: Tensor) -> Tensor:
        h = self.first(x)
        filled = torch.where(self.part, 2.0, h) if self.by_where else h.masked_fill(self.part, value=2.0)
        return self.last(filled.relu().flatten(1))


@pytest.mark.parametrize("method", [lrp.UniformEpsilon(), lrp.EpsilonPlusFlat(), lrp.InputXGradient(), lrp.DeepLIFT("grey")])
def test_a_part_that_is_filled_with_a_number_is_a_constant_as_by_where(method: Method) -> None:
    x, maps = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(1)).double(), []
    for by_where in (False, True):
        torch.manual_seed(0)
        model = Filled(by_where).double().eval()
        network = lrp.canonize(model)
        torch.testing.assert_close(network(x), model(x))
        maps.append(lrp.explain(network, x, torch.tensor([2, 0]), method).relevance)
    assert maps[0].abs().sum() > 0
    torch.testing.assert_close(maps[0], maps[1], rtol=1e-12, atol=1e-14)
