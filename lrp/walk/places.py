"""Where in the picture the values of a node lie: by height and width, or token by token."""

import torch
from torch import Tensor

from lrp.network.attention_blocks import attention_modules, has_attention, innermost
from lrp.network.forward_pass import Trace
from lrp.network.graph import Node
from lrp.network.weighted import Convolution
from lrp.walk.channel_axis import channels_come_last

MOST_PREFIX_TOKENS = 16  # class token, distillation token and registers, which stand for no place


class NodePictures:
    """The values of the nodes of one forward pass as pictures.

    In a transformer the last convolution says how many patches there are. Tokens (N, T, C) are those patches row by row behind
    some that stand for none; what is computed inside of attention has no places.
    """

    def __init__(self, forward: Trace) -> None:
        self._channels_last = channels_come_last(forward.network)
        self._transformer = has_attention(forward.network)
        self._attention = attention_modules(forward.network)
        convolved = [forward.values[node.name] for node in forward.network.nodes if isinstance(node.layer, Convolution)]
        self._grid = tuple(convolved[-1].shape[2:]) if convolved and convolved[-1].dim() == 4 else None

    def sums(self, node: Node, values: Tensor) -> Tensor | None:
        """Returns the sums (N, H, W) over channels of values like the node's output; None where that has no places."""
        picture = self.picture(node, values)
        return None if picture is None else picture.sum(1)

    def picture(self, node: Node, values: Tensor) -> Tensor | None:
        """Returns values like the node's output as (N, C, H, W); None where that has no places."""
        if self._transformer and innermost(node.path, self._attention):
            return None
        if values.dim() == 4 and node.name in self._channels_last:
            return values.movedim(-1, 1)
        if values.dim() == 4 and (not self._transformer or isinstance(node.layer, Convolution)):
            return values
        return self._patches(values) if self._transformer else None

    def _patches(self, values: Tensor) -> Tensor | None:
        """Returns tokens (N, T, C) as (N, C, H, W), without those that stand for no place; None for other values."""
        if self._grid is None or values.dim() != 3:
            return None
        prefix = values.shape[1] - self._grid[0] * self._grid[1]
        if not 0 <= prefix <= MOST_PREFIX_TOKENS:
            return None
        return torch.unflatten(values[:, prefix:].transpose(1, 2), 2, self._grid)
