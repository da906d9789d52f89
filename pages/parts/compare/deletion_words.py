"""The curves of a map as the canvas shows them: outputs, numbers as they are written, and sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from lrp.attribution import Map
from lrp.heads import REGRESSION, SOFTMAX, Head
from lrp.metrics.curves import area
from lrp.metrics.output_curves import OutputCurves
from pages.parts.canvas.curves import MapCurves, Way
from pages.parts.say.words import article
from pages.parts.work.question import Question

Curve = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CurveContext:
    """The outputs and class names that the sentences mention.

    outputs: those with bars, by index. followed: the one with a curve, an index among all.
    """

    head: Head
    categories: Sequence[str]
    outputs: Sequence[int]
    followed: int

    @property
    def name(self) -> str:
        return self.categories[self.followed]

    def text(self, prediction: float) -> str:
        """Returns a prediction as it stands in a sentence."""
        return self.head.text(prediction)


def map_curves(
    key: str, question: Question, values: Map, curves: OutputCurves, chance: Curve, replaced: Image.Image, patch: int
) -> MapCurves:
    """Returns what the canvas gets of one map.

    chance: (n, S + 1), the followed output while squares are covered in n random orders. replaced: what stands where squares are
    covered. patch: the side of a square in pixels.
    """
    network, objective = question.backbone, question.objective
    whole = torch.from_numpy(curves.deletion[0])
    target, versus = objective.target_index, objective.versus_index
    followed = network.kind.best(whole) if target is None else target
    outputs = network.kind.foremost(whole)
    outputs += [output for output in (followed, versus) if output is not None and output not in outputs]
    context = CurveContext(network.kind, network.categories, outputs, followed)
    ways = curve_way(context, curves, chance, only=False), curve_way(context, curves, chance, only=True)
    shown = np.concatenate([way.predictions for way in ways])
    return MapCurves(
        key, values, patch, [network.categories[output] for output in outputs],
        ["explained" if output == followed else "compared" if output == versus else "" for output in outputs],
        outputs.index(followed), replaced, _range(network.kind, ways),
        float(np.abs(shown).max()) or 1.0 if network.kind is REGRESSION else 1.0, *ways,
    )  # fmt: skip


def curve_way(context: CurveContext, curves: OutputCurves, chance: Curve, only: bool) -> Way:
    """Returns one way through the squares: covered, or shown where `only` is set."""
    patches = len(curves.ranks)
    every = curves.insertion if only else curves.deletion
    random = chance[:, ::-1] if only else chance
    counts = patches - curves.counts[::-1] if only else curves.counts
    mean = random.mean(0)
    steps = range(len(counts))
    sentences = [_sentence(context, step / (len(counts) - 1), every[step], every, mean[step], only) for step in steps]
    texts = [[context.head.text(float(row[output]), 1) for output in context.outputs] for row in every]
    return Way(
        np.searchsorted(counts, curves.ranks, side="right"), every[:, context.outputs], texts, mean, random.std(0), sentences,
        _alt(context, every[:, context.followed], mean, only), float(np.std([area(curve) for curve in random])),
    )  # fmt: skip


def _sentence(context: CurveContext, share: float, now: Curve, every: Curve, chance: float, only: bool) -> str:
    """Returns what the network says after one step, beside what it said before and what a random order gives."""
    whole = every[-1 if only else 0]
    without = "With only" if only else "Without"
    most = f"the {share:.0%} that this map marks most"
    said = (
        f"{without} {most}: {context.name} {context.text(now[context.followed])}, "
        f"instead of {context.text(whole[context.followed])}. "
        f"{without} a random {share:.0%}: {context.text(chance)}."
    )
    best = int(now.argmax())
    if context.head is SOFTMAX and best != int(whole.argmax()):
        said += f" It now sees {article(context.categories[best])} ({context.text(now[best])})."
    return said


def _alt(context: CurveContext, curve: Curve, chance: Curve, only: bool) -> str:
    """Returns the chart in words."""
    middle = len(curve) // 2
    points = [(0, "at the start"), (middle, "half way"), (len(curve) - 1, "at the end")]
    said = "; ".join(f"{when} {context.text(curve[at])}, in random orders {context.text(chance[at])}" for at, when in points)
    return f"{context.name} while the most relevant squares are {'shown' if only else 'covered'} first: {said}."


def _range(head: Head, ways: Sequence[Way]) -> tuple[float, float]:
    """Returns the values at the bottom and at the top of the charts: 0 and 1, or those that hold all predicted values."""
    if head is not REGRESSION:
        return 0.0, 1.0
    drawn = [[way.chance - way.spread, way.chance + way.spread, *way.predictions.T] for way in ways]
    return min(0.0, float(np.min(drawn))), max(0.0, float(np.max(drawn)))
