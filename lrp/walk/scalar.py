"""The explained scalar as a function of the picture, for methods that evaluate it many times."""

import torch
from torch import Tensor

from lrp.network.forward_pass import Trace
from lrp.network.graph import Network
from lrp.network.inputs import as_input, output_of
from lrp.progress import Progress, part_of
from lrp.walk.gradient_batch import CHUNK, pictures_at_once
from lrp.walk.objectives import Objective


def input_tensor(x: Tensor | Trace, network: Network) -> Tensor:
    """Returns the picture that `x` is or holds, on the network's device and in its precision.

    Raises as `lrp.network.inputs.as_input` does.
    """
    return x.x if isinstance(x, Trace) else as_input(network, x)


class ExplainedScalar:
    """The explained scalar f as a differentiable function that reports progress each time it is called.

    `size` is the number N of samples that the objective explains. A call takes k * N pictures, k variants of the batch one after
    another, and returns (k * N,). What `progress` raises ends the work.
    """

    def __init__(self, network: Network, objective: Objective, size: int, progress: Progress | None) -> None:
        self.network, self.objective, self.size, self.progress = network, objective, size, progress
        self.part: Progress | None = None
        self.done = self.planned = 0

    @property
    def chunk(self) -> int:
        """How many variants of the batch to pass in one call."""
        return max(CHUNK // self.size, 1)

    def plan(self, pictures: int, floor: float = 0.0, ceiling: float = 1.0) -> None:
        """Announces how many pictures follow, during which the share done goes from `floor` to `ceiling`."""
        self.done, self.planned, self.part = 0, pictures, part_of(self.progress, floor, ceiling)

    def __call__(self, x: Tensor) -> Tensor:
        if self.part:
            self.part(self.done / self.planned)
        self.done += len(x)
        output = output_of(self.network, x, self.objective.place)
        return torch.cat([self.objective.value(variant) for variant in torch.split(output, self.size)])


class SampleScalar:
    """The explained scalar f of one sample, as a function of k pictures like it; the objective is that of a single sample."""

    def __init__(self, network: Network, objective: Objective) -> None:
        self.network, self.objective = network, objective

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Returns f of each picture, (k,), and its gradients, of the shape of `x`; as many at a time as fit into memory."""
        parts = [self._gradients(part) for part in torch.split(x.detach(), pictures_at_once(self.network, x))]
        values, gradients = zip(*parts, strict=True)
        return torch.cat(values), torch.cat(gradients)

    def values(self, x: Tensor) -> Tensor:
        """Returns f of each picture, (k,), without gradients, in batches of CHUNK pictures."""
        with torch.no_grad():
            return torch.cat([self._of(part) for part in torch.split(x, CHUNK)])

    def _gradients(self, x: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            value = self._of(x)
            (gradient,) = torch.autograd.grad(value.sum(), x)
        return value.detach(), gradient

    def _of(self, x: Tensor) -> Tensor:
        return self.objective.value(output_of(self.network, x, self.objective.place))
