"""How many pictures fit into one gradient, for all that the network computes of them is kept until the way back is done."""

from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from lrp.network.forward_pass import trace
from lrp.network.graph import Network

CHUNK = 16  # pictures a forward pass: larger batches are slower on a CPU and take more memory
MAX_BYTES = 130_000_000  # of activations; ResNet-152 at 160 pixels would keep three times as much of 16 pictures

_activation_bytes: WeakKeyDictionary[Network, dict[tuple[int, ...], int]] = WeakKeyDictionary()


def pictures_at_once(network: Network, x: Tensor) -> int:
    """Returns how many pictures like those of `x` (N, ...) to take the gradient of together, from 1 to CHUNK.

    On a CPU, whose memory other work shares, their activations may take MAX_BYTES bytes. The activations of one picture are
    measured by a forward pass, once for each network and shape.
    """
    if x.device.type != "cpu":
        return CHUNK
    known = _activation_bytes.setdefault(network, {})
    if x.shape[1:] not in known:
        known[x.shape[1:]] = max(trace(network, torch.zeros_like(x[:1])).nbytes, 1)
    return min(max(MAX_BYTES // known[x.shape[1:]], 1), CHUNK)
