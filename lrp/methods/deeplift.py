"""DeepLIFT: differences from a baseline, carried back by the rescale rule."""

from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import torch
from torch import Tensor

from lrp.attribution import Attribution
from lrp.methods.baselines import BASELINES, Baseline, WithBaseline, as_baseline, baseline_picture
from lrp.methods.gradient_base import attribution_of
from lrp.network.attention import MatrixProduct, Softmax, UnitLength
from lrp.network.forward_pass import Trace, trace
from lrp.network.gated import PairProduct, Product, Statistic
from lrp.network.graph import Network, Node
from lrp.network.layer_norm import LayerNorm
from lrp.network.layers import Activation, Curved, Kept, NodeValue, Routing, Shares
from lrp.progress import Progress
from lrp.settings import parameter
from lrp.walk.explained import explained_value, output_gradient
from lrp.walk.gradient import gradient
from lrp.walk.objectives import Objective
from lrp.walk.rows import one_by_one
from lrp.walk.scalar import input_tensor

# Layers of several inputs, or of a value and its neighbours, that are not linear in them and have no rescale rule.
NOT_LINEAR = (Product, PairProduct, Statistic, LayerNorm, Softmax, MatrixProduct, UnitLength)


@dataclass(frozen=True, eq=False)
class DeepLIFT(WithBaseline):
    """The difference to a baseline x0, layer by layer, by the rescale rule  [Shrikumar et al. 2017].

    R = (x - x0) * m, where the multiplier m is a gradient in which an activation's slope is its difference quotient
    (y - y0) / (z - z0) [Ancona et al. 2018, table 1], and a max pool credits its difference to the winner of the larger
    side. In logits, of the shape of x; sums to f(x) - f(x0) in a network of linear layers, activations and max pools.
    Captum 0.9.0 does not sum in a ResNet: its rule for a max pool is passed over right after a ReLU, whose hook on the same
    tensor comes first, and drops what one pixel wins in a second window. In a baseline of one colour the pixels of a max pool's
    window are equal but for rounding: which of them stands for x0 differs between processors, the sum does not.

    baseline: see IntegratedGradients. Raises ValueError for an unknown one and for one that needs pixel bounds where the
    network has none; TypeError for an objective that is not linear in its outputs, such as SGLRP, for it has no multiplier.
    """

    name: ClassVar[str] = "deeplift"
    label: ClassVar[str] = "DeepLIFT"
    family: ClassVar[str] = "Gradient"
    sums_to: ClassVar[str | None] = "{} less that of the baseline"
    quick: ClassVar[bool] = True
    has_rules: ClassVar[bool] = False
    lattice: ClassVar[bool] = False
    shifts: ClassVar[int] = 1
    summary: ClassVar[str] = (
        "Compares every unit with what it does at a baseline picture and hands the difference down to the pixels. "
        "A quick relative of Integrated Gradients: what equals the baseline gets no relevance."
    )
    baseline: Baseline = parameter(
        "black", "Baseline", "The picture everything is compared with. Pixels that equal it get no relevance.", options=BASELINES
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "baseline", as_baseline(self.baseline))

    def passes(self, size: int) -> int:
        """Returns 1: the baseline has a pass forward, and the picture one forward and back."""
        return 1

    def explain(
        self, network: Network, x: Tensor | Trace, objective: Objective, progress: Progress | None = None
    ) -> Attribution:
        """Returns how much the difference of each pixel of `x` to the baseline adds to `objective`; of a Trace only x counts."""
        check_multipliers(network)
        # No ReLU may write over its input here: the difference quotient needs it.
        network = replace(network, nodes=tuple(replace(node, rectified=False) for node in network.nodes))
        x = input_tensor(x, network)
        forward = trace(network, x)
        if objective.explanation_count(len(x)) > 1 and not forward.row_by_row:
            return one_by_one(partial(self.explain, network), forward, objective, progress)
        x0 = baseline_picture(self.baseline, network, x)
        reference = trace(network, x0)
        if not torch.equal(output_gradient(forward, objective), output_gradient(reference, objective)):
            kind = type(objective).__name__
            raise TypeError(f"DeepLIFT has no multiplier for {kind}, which is not linear in the outputs; use Logit or Contrast")
        multiplier = gradient(forward, objective, _Rescale(forward, reference), progress=progress)
        explained = explained_value(forward, objective) - explained_value(reference, objective)
        if progress:
            progress(1.0)
        return attribution_of((x - x0) * multiplier, forward, explained)


def check_multipliers(network: Network) -> None:
    """Raises TypeError, naming it, for a layer that has no rescale rule."""
    for node in network.nodes:
        if isinstance(node.layer, NOT_LINEAR):
            kind, place = type(node.layer).__name__, node.path or node.name
            raise TypeError(f"DeepLIFT has no multiplier for {kind} at {place}; use Integrated Gradients or an LRP method")


@dataclass(frozen=True)
class _Rescale:
    """Pulls multipliers back through a node by the rescale rule, from the differences between two forward passes."""

    forward: Trace
    reference: Trace

    def __call__(self, node: Node, signal: Tensor, inputs: tuple[NodeValue, ...], kept: Kept) -> Shares:
        slopes = node.layer.pull(signal, inputs, kept)
        if not isinstance(node.layer, Activation | Curved | Routing):
            return slopes
        before = tuple(self.reference.values[name] for name in node.inputs)
        changes = self._changes(node, signal, inputs, before, kept)
        return tuple(
            None if slope is None or change is None else torch.where(z == z0, slope, change / (z - z0))
            for slope, change, z, z0 in zip(slopes, changes, inputs, before, strict=True)
        )

    def _changes(
        self, node: Node, signal: Tensor, inputs: tuple[NodeValue, ...], before: tuple[NodeValue, ...], kept: Kept
    ) -> Shares:
        """Returns multiplier times difference, for each input of a layer that is not linear."""
        y, y0 = self.forward.values[node.name], self.reference.values[node.name]
        if isinstance(node.layer, Activation | Curved):
            return signal * (y - y0), *[None] * (len(inputs) - 1)  # any other input is a size
        # A difference is credited to the input that was moved to the output on the side where it is larger. That this
        # input's own difference is at least as large keeps the quotient finite, whatever else shares the window.
        larger = torch.maximum(y, y0)
        rises = node.layer.pull(signal * (larger - y0), inputs, kept)
        falls = node.layer.pull(signal * (y - larger), before, self.reference.kept.get(node.name))
        pairs = zip(rises, falls, strict=True)
        return tuple(None if rise is None or fall is None else rise + fall for rise, fall in pairs)
