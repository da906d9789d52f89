"""A network as data: an immutable list of nodes, each with its layer and the nodes that it reads."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from lrp.network.layers import Activation, Average, Layer, NodeValue, Routing, Shift, Size
from lrp.network.pixel_bounds import check_bounds_fit
from lrp.network.verification import FirstUseCheck
from lrp.network.weighted import Diagonal

# Layers whose output is still a picture if their input is: every value depends on one pixel, or is a mean of some.
PICTURE_LAYERS = (Activation, Average, Diagonal, Routing, Shift, Size)


@dataclass(frozen=True, eq=False)
class Node:
    """One step of the network: its name, its layer, the names of the nodes that it reads, and the path of its module.

    nonnegative: its output is never below 0; reads_nonnegative: none of its inputs is ever below 0; rectified: only a ReLU
    reads its output; first: it has weights and reads the picture, which was scaled, shifted or rearranged at most.
    """

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    path: str
    nonnegative: bool
    reads_nonnegative: bool
    rectified: bool
    first: bool


@dataclass(frozen=True, eq=False)
class Network:
    """What `canonize` returns: the nodes in the order of computation. Calling it returns the logits.

    It never changes, so any number of threads may share one. `low` and `high` are the pixel bounds in the units of the input,
    of shape (1, 3, 1, 1), or None if they were not given. `dtype` is the precision in which it computes, `given` that of its
    model, which may be half of it: pictures may come in either. `head` says what its outputs mean, one of lrp.heads.HEADS.
    """

    nodes: tuple[Node, ...]
    input: str
    output: str
    dtype: torch.dtype
    device: torch.device
    low: Tensor | None = None
    high: Tensor | None = None
    given: torch.dtype | None = None
    head: str = "softmax"
    first_use_check: FirstUseCheck | None = field(default=None, init=False, repr=False)  # not handed on to changed copies

    def __call__(self, x: Tensor, place: str | None = None) -> Tensor:
        """Returns the logits (N, K) of `x` (N, ...), or the output of the node or module `place`; differentiable."""
        check_bounds_fit(self.low, x)
        wanted = self.output if place is None else self.find(place).name
        value = self._compute(x, wanted)
        if wanted == self.output:
            self.verify(x, value)
        return value

    def verify(self, x: Tensor, logits: Tensor) -> None:
        """Compares the first logits that the network computes with its model's. Raises ValueError if they differ."""
        if self.first_use_check is not None:
            self.first_use_check.check(lambda again: self._compute(again, self.output), x.to(self.dtype), logits)

    def _compute(self, x: Tensor, wanted: str) -> Tensor:
        last_reader = {name: node.name for node in self.nodes for name in node.inputs}
        values: dict[str, NodeValue] = {self.input: channels_last(x.to(self.dtype) if x.dtype == self.given else x)}
        for node in self.nodes:
            values[node.name] = node.layer.run(*(values[name] for name in node.inputs))[0]
            if node.name == wanted:
                break
            for name in set(node.inputs):
                if last_reader[name] == node.name:
                    del values[name]
        output: Tensor = values[wanted]
        return output

    def find(self, place: str) -> Node:
        """Returns the last node called `place` or inside the module `place`, such as "layer3". Raises ValueError if none is."""
        for node in reversed(self.nodes):
            if node.name == place or node.path == place or node.path.startswith(f"{place}."):
                return node
        raise ValueError(f"the network has no node or module named {place!r}; its modules begin with {self.stages()}")

    def bounds(self, node: Node, shape: tuple[int, ...]) -> tuple[Tensor | None, Tensor | None]:
        """Returns the least and the greatest values that a node marked `first` can read, for pictures of `shape` (N, 3, H, W)."""
        if self.low is None or self.high is None or self.input in node.inputs or not node.first:
            return self.low, self.high
        # Every step is monotonic in each value, so one of the two bounds becomes the least.
        bounds = tuple(bound.expand(1, *shape[1:]) for bound in (self.low, self.high))
        reached: dict[str, tuple[NodeValue, ...]] = {self.input: bounds}
        for step in self.nodes:
            if isinstance(step.layer, PICTURE_LAYERS) and all(name in reached for name in step.inputs):
                ends = [step.layer.run(*values)[0] for values in zip(*(reached[name] for name in step.inputs), strict=True)]
                size = isinstance(step.layer, Size)
                reached[step.name] = tuple(ends) if size else (torch.minimum(*ends), torch.maximum(*ends))
        low, high = reached[node.inputs[0]]
        return low, high

    def stages(self) -> tuple[str, ...]:
        """Returns the top-level modules in order of computation, such as ("conv1", "relu", "maxpool", "layer1", ...)."""
        return tuple(dict.fromkeys(node.path.split(".")[0] for node in self.nodes if node.path))


def channels_last(x: Tensor) -> Tensor:
    """Returns pictures in the memory order in which convolutions are fastest; anything else as it is."""
    return x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x
