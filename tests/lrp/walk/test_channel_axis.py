"""Where the channels of a value are: behind the places between the permutations of a ConvNeXt block, else second."""

import torch
from torch import Tensor, nn

import lrp
from lrp.network.forward_pass import trace
from lrp.walk.channel_axis import channels_come_last


class Block(nn.Module):
    """A block as torchvision's ConvNeXt has it, with other numbers of channels (4 and 6), rows (5) and columns (7)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.wide, self.act, self.narrow = (
            nn.Conv2d(3, 4, 1), nn.LayerNorm(4), nn.Linear(4, 6), nn.GELU(), nn.Linear(6, 4)
        )  # fmt: skip
        self.top = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv(x)
        h = h + self.narrow(self.act(self.wide(self.norm(h.permute(0, 2, 3, 1))))).permute(0, 3, 1, 2)
        logits: Tensor = self.top(h.mean((2, 3)))
        return logits


def test_the_account_of_every_place_is_summed_over_channels_wherever_they_are():
    network = lrp.canonize(Block().eval())
    assert channels_come_last(network) == {"permute", "norm", "wide", "act", "narrow", "mean", "top"}
    account = lrp.EpsilonPlus().account(trace(network, torch.rand(2, 3, 5, 7)), lrp.Logit(1))
    mapped = [entry for entry in account.entries if entry.places is not None]
    assert {entry.node.name for entry in mapped} >= {"conv", "norm", "wide", "act", "narrow"}
    for entry in mapped:
        assert entry.places is not None
        assert entry.places.shape == (2, 5, 7), entry.node.name
