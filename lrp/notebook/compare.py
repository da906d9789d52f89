"""Several methods beside each other, on one picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image
from torch import Tensor

from lrp.attribution import Attribution
from lrp.heads import Head
from lrp.jobs.batch import Explanation, explain_batch
from lrp.methods.method import Method
from lrp.models.backbone import Backbone
from lrp.progress import Progress
from lrp.walk.class_index import Classes
from lrp.walk.objectives import Objective

if TYPE_CHECKING:
    import plotly.graph_objects as go


@dataclass(frozen=True, eq=False)
class MapComparison:
    """What several methods found in one picture; a notebook shows it as a grid.

    explanations: the method, the Attribution and the seconds of each, in order; `comparison[0]` is the first Attribution.
    network: its name. head: what its outputs mean; categories: their names. logits: (K,), what it says of the picture.
    objective: what was explained, whose class is one index.
    """

    explanations: tuple[Explanation, ...]
    network: str
    head: Head
    categories: tuple[str, ...]
    logits: Tensor
    objective: Objective

    def __len__(self) -> int:
        return len(self.explanations)

    def __getitem__(self, index: int) -> Attribution:
        return self.explanations[index].result

    def __iter__(self) -> Iterator[Attribution]:
        return (explanation.result for explanation in self.explanations)

    def _repr_html_(self) -> str:
        """Returns the grid as HTML that holds all it shows: the picture, the maps, their colours, and whether they add up."""
        from lrp.notebook.html import comparison_html  # here, for what draws pictures is not needed to compute

        return comparison_html(self)

    def plot(self) -> go.Figure:
        """Returns a Plotly figure with the picture and the maps side by side; needs plotly."""
        from lrp.notebook.plotly_figure import comparison_figure  # as above

        return comparison_figure(self)


def compare(
    backbone: Backbone, picture: Image.Image | Tensor, target: Classes | Objective | None, methods: Sequence[Method],
    progress: Progress | None = None,
) -> MapComparison:
    """Returns what each method finds in a picture, for a notebook to show side by side.

    picture: an RGB picture, or (1, C, H, W) as `Backbone.preprocess` makes it. target: a class index or an objective; None for
    the class that the network sees. progress: called with the share of the work done, 0 to 1; raising from it stops the work.
    Raises as `lrp.explain` does, and ValueError for no method and for more than one picture or class.
    """  # fmt: skip
    if not methods:
        raise ValueError("methods must hold at least one, got none")
    given = picture if isinstance(picture, Tensor) else [picture]
    if len(given) != 1:
        raise ValueError(f"picture must be one, got {len(given)}")
    found = explain_batch(backbone, given, target, methods, progress)
    if found.objective.explanation_count(1) != 1:
        raise ValueError("target must be one class, got several; compare them one by one")
    objective = found.objective.alone(0)
    return MapComparison(found.explanations, backbone.name, backbone.kind, backbone.categories, found.logits[0].cpu(), objective)
