"""What an explanation is: relevance, and the numbers that say how far to trust it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Attribution:
    """The result of `explain`.

    relevance: (N, 3, H, W), or whatever shape the input has; how much each input value speaks for (above 0) or against
        (below 0) what is explained, in its units (logits).
    logits: (N, K), the network's output.
    explained: (N,), what the relevance should sum to: the explained logit for LRP, f(x) - f(baseline) for Integrated Gradients
        and DeepLIFT; for a method that promises no sum (whose `sums_to` is None) the explained value f(x) itself.
    by_layer: for LRP, node name -> (N,) relevance arriving there, from the output down to the input; empty otherwise.
    n_steps: for Integrated Gradients, the number of steps in the end; None otherwise.
    N is the number of explanations: one for each picture, or one for each class where one picture was explained for several.
    """

    relevance: Tensor
    logits: Tensor
    explained: Tensor
    by_layer: Mapping[str, Tensor] = field(default_factory=dict)
    n_steps: int | None = None

    @cached_property
    def total(self) -> Tensor:
        """(N,), what the relevance does sum to, in logits."""
        return self.relevance.flatten(1).sum(1)

    @cached_property
    def gap(self) -> Tensor:
        """(N,), |total - explained| / |explained|; infinite where something was attributed to nothing, 0 where nothing was."""
        missing = (self.total - self.explained).abs()
        return torch.where(missing == 0, torch.zeros_like(missing), missing / self.explained.abs())


def joined(results: Sequence[Attribution]) -> Attribution:
    """Explanations that were made one after another, as one result."""
    relevance, logits, explained = (
        torch.cat([getattr(result, name) for result in results]) for name in ("relevance", "logits", "explained")
    )
    by_layer = {name: torch.cat([result.by_layer[name] for result in results]) for name in results[0].by_layer}
    return Attribution(relevance, logits, explained, by_layer, results[0].n_steps)


Map = NDArray[np.float32]



def sum_channels(relevance: Tensor) -> Map:
    """The map (H, W) of one picture's relevance (1, 3, H, W), in logits: colour channels speak together for a pixel."""
    if relevance.dim() != 4 or len(relevance) != 1:
        raise ValueError(f"relevance must be that of one picture, of shape (1, 3, H, W), got {tuple(relevance.shape)}")
    return relevance[0].sum(0).cpu().numpy().astype(np.float32)

