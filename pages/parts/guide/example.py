"""The guide's worked example: two inputs, two hidden units, one output, explained by the same engine as the pictures."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

import lrp
from lrp.methods.method import Method


@dataclass(frozen=True)
class Example:
    """The engine's results: pre-activations z, activations a, output f, and the relevance of both inputs by LRP and by IG."""

    z: Tensor  # (2,)
    a: Tensor  # (2,)
    f: float
    lrp: Tensor  # (2,)
    ig: Tensor  # (2,)


def small_network(hidden: list[list[float]], output: list[float]) -> nn.Sequential:
    """Returns f(x) = output . ReLU(hidden x), without biases, in double precision; hidden: one row for each unit."""
    below, above = nn.Linear(2, 2, bias=False), nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        below.weight.copy_(torch.tensor(hidden))
        above.weight.copy_(torch.tensor([output]))
    return nn.Sequential(below, nn.ReLU(), above).double().eval()


def work_out(x: list[float], hidden: list[list[float]], output: list[float], epsilon: float) -> Example:
    """Returns the example explained by LRP-epsilon, and by Integrated Gradients from the baseline 0."""
    network = lrp.canonize(small_network(hidden, output))
    inputs = torch.tensor([x], dtype=torch.double)
    z = torch.tensor(hidden, dtype=torch.double) @ inputs[0]
    methods: tuple[Method, ...] = lrp.UniformEpsilon(epsilon), lrp.IntegratedGradients("grey", 256, tolerance=None)
    by_lrp, by_ig = (lrp.explain(network, inputs, 0, method) for method in methods)
    return Example(z, z.clamp(min=0), float(by_lrp.logits[0, 0]), by_lrp.relevance[0], by_ig.relevance[0])
