"""What an explanation is: relevance, and the numbers that say how far to trust it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

if TYPE_CHECKING:
    import plotly.graph_objects as go


class Panel(NamedTuple):
    """One interval of integration, from t = begin to end, on a line from a baseline to a picture.

    error: its integral less f(end) - f(begin), which it should equal, in the units of f (logits).
    """

    line: int
    begin: float
    end: float
    error: float


@dataclass(frozen=True, eq=False)
class Attribution:
    """The result of `explain`.

    relevance: (N, 3, H, W), or whatever shape the input has; how much each input value speaks for (above 0) or against
        (below 0) what is explained, in its units (logits).
    logits: (N, K), the network's output.
    explained: (N,), what the relevance should sum to: the explained logit for LRP, f(x) - f(baseline) for Integrated Gradients
        and DeepLIFT; for a method that promises no sum (whose `sums_to` is None) the explained value f(x) itself.
    by_layer: for LRP, node name -> (N,) relevance arriving there, from the output down to the input; empty otherwise.
    n_steps: for the family of Integrated Gradients, (N,), how many steps were taken, on all lines together; None otherwise. Each
        took one gradient, in Guided IG two.
    panels: for Integrated Gradients with a tolerance, of each explanation the parts of the lines that were integrated, with
        the error that each was left with; empty otherwise.
    map_error: where there are panels, (N,), the estimated L1 distance of the map to the exact one, as a share of the map's own
        L1 norm. The gap tells less: errors of panels cancel in a sum, and those of pixels do too.
    explained_input: what was asked, for `_repr_html_` and `plot` (an lrp.methods.explained_input.ExplainedInput); None for a
        result that `explain` has not returned.
    N is the number of explanations: one for each picture, or one for each class where one picture was explained for several.
    """

    relevance: Tensor
    logits: Tensor
    explained: Tensor
    by_layer: Mapping[str, Tensor] = field(default_factory=dict)
    n_steps: Tensor | None = None
    panels: tuple[tuple[Panel, ...], ...] = ()
    map_error: Tensor | None = None
    explained_input: object = field(default=None, repr=False)

    @cached_property
    def total(self) -> Tensor:
        """(N,), what the relevance does sum to, in logits."""
        return self.relevance.flatten(1).sum(1)

    @cached_property
    def gap(self) -> Tensor:
        """(N,), |total - explained| / |explained|; infinite where something was attributed to nothing, 0 where nothing was."""
        return relative_gaps(self.total - self.explained, self.explained)

    @cached_property
    def panel_gap(self) -> Tensor | None:
        """(N,), as `gap`, but with the errors of all panels added up without their signs; None without panels."""
        if not self.panels:
            return None
        sums = [sum(abs(panel.error) for panel in panels) / (1 + panels[-1].line) for panels in self.panels]
        return relative_gaps(self.explained.new_tensor(sums), self.explained)

    def _repr_html_(self) -> str:
        """Returns what a notebook shows of the result, as HTML that holds all it shows, see `lrp.notebook.html`."""
        return str(resolve_name("lrp.notebook.html:attribution_html")(self))  # by name: this file may import no room

    def plot(self) -> "go.Figure":
        """Returns a Plotly figure with the pictures, where they are known, and the maps; needs plotly."""
        return resolve_name("lrp.notebook.plotly_figure:attribution_figure")(self)


def relative_gap(missing: float, explained: float) -> float:
    """Returns |missing| / |explained|; 0 where nothing is missing, infinite where something is of nothing."""
    if not missing:
        return 0.0
    return abs(missing) / abs(explained) if explained else math.inf


def relative_gaps(missing: Tensor, explained: Tensor) -> Tensor:
    """Returns `relative_gap` of each of the values, (N,)."""
    return torch.where(missing == 0, torch.zeros_like(missing), missing.abs() / explained.abs())


def first_value(values: Tensor | None) -> Any:
    """The number that belongs to the first explanation of a result; None where the method has no such numbers."""
    return None if values is None else values[0].item()


def join_attributions(results: Sequence[Attribution]) -> Attribution:
    """Explanations that were made one after another, as one result."""
    relevance, logits, explained = (
        torch.cat([getattr(result, name) for result in results]) for name in ("relevance", "logits", "explained")
    )
    by_layer = {name: torch.cat([result.by_layer[name] for result in results]) for name in results[0].by_layer}
    n_steps, map_error = (
        torch.cat(values) if (values := [value for result in results if (value := getattr(result, name)) is not None]) else None
        for name in ("n_steps", "map_error")
    )
    panels = tuple(panels for result in results for panels in result.panels)
    return Attribution(relevance, logits, explained, by_layer, n_steps, panels, map_error)


Map = NDArray[np.float32]


def sum_channels(relevance: Tensor) -> Map:
    """The map (H, W) of one picture's relevance (1, 3, H, W), in logits: colour channels speak together for a pixel."""
    if relevance.dim() != 4 or len(relevance) != 1:
        raise ValueError(f"relevance must be that of one picture, of shape (1, 3, H, W), got {tuple(relevance.shape)}")
    return relevance[0].sum(0).cpu().numpy().astype(np.float32)
