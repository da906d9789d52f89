"""What the four steps of the tour say, and what each shows in the canvas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lrp.metrics.curves import area
from pages.parts.canvas.curves import MapCurves
from pages.parts.canvas.look import OVER_PHOTO
from pages.parts.compare.live_deletion import Explained

CALM, OTHERS = "b", "cad"  # the map that shows where, as the page begins, and those that may stand against it, the best first
HEADLINE = "headline"
NEARLY = 0.8
SPREADS = 2.0  # standard deviations of random orders by which a curve must be below their mean
LEAST = 0.02  # of the chart's height, by which it must be so at least: less is seen by nobody
HALF = 0.5  # of the picture, up to which a place is covered if that says enough
MOVED = "You have moved the slider: what the network says of this share stands under the map, beside what chance does."
MEASURING = "This is being measured now and will stand here in a moment."
ON_REQUEST = "With this network that takes long: press “Measure what covering does” below the maps, and it will stand here."


@dataclass(frozen=True)
class TourStep:
    """One step. target: the key of the panel that it is about, or "headline". look, cover: what it changes in the canvas.

    moved: what stands in place of the text once the visitor has covered another share; the text stays where it is empty.
    """

    title: str
    text: str
    target: str
    look: Mapping[str, object] = field(default_factory=dict)
    cover: Mapping[str, int] = field(default_factory=dict)
    moved: str = ""


def tour_steps(
    headline: str, explained: Explained, curves: Sequence[MapCurves], pending: bool, ends: tuple[str, str]
) -> list[TourStep]:
    """Returns the four steps.

    headline: Markdown. pending: whether curves of more maps will come. ends: the colours in words, that for the class first.
    """  # fmt: skip
    asked = {key: question.backbone for key, question, _ in explained}
    keys = list(asked)
    first = CALM if CALM in keys else keys[0] if keys else ""
    second = next((key for key in OTHERS if key in keys and key != first), "")
    by_key = {each.key: each for each in curves}
    absent = MEASURING if pending else ON_REQUEST
    share = best_step(by_key[first]) if first in by_key else 0
    percent = _percent(by_key[first], share) if first in by_key else 0
    alone = {"view": "side by side"}  # the panels that have sliders
    covered = {key: percent for key in (first, second) if percent and key in by_key}
    return [
        TourStep("What the network says", _says(headline, explained), HEADLINE),
        TourStep("Where the evidence lies", _evidence(first, explained, ends), first or HEADLINE, {**alone, "photo": OVER_PHOTO}),
        TourStep(
            "Cover that place", _covered(by_key, first, share, absent), first or HEADLINE, alone,
            {key: share for key, share in covered.items() if key == first}, MOVED,
        ),
        TourStep(
            f"Ask another {'network' if second and asked[first] is not asked[second] else 'method'}",
            _compared(by_key, first, second, share, explained, absent), second or first or HEADLINE, alone, covered,
        ),
    ]  # fmt: skip


def best_step(curves: MapCurves) -> int:
    """Returns the first step at which covering what the map marks does nearly as much more than covering random squares as ever.

    Of the steps at which it does clearly more, and of those that leave half of the picture where there are any; 0 where it never
    does.
    """
    way = curves.deletion
    ahead = way.chance - way.predictions[:, curves.followed]
    clear = ahead > np.maximum(SPREADS * way.spread, _least(curves))
    early = clear & (np.linspace(0, 1, len(ahead)) <= HALF)
    counted = np.where(early if early.any() else clear, ahead, 0.0)
    return int((counted >= NEARLY * counted.max()).argmax()) if counted.any() else 0


def is_clearly_better(curves: MapCurves) -> bool:
    """Whether the area under the deletion curve is clearly less than under random orders': by SPREADS of theirs and LEAST."""
    gap = chance_area(curves) - deletion_area(curves)
    return gap > max(SPREADS * curves.deletion.area_spread, _least(curves))


def _least(curves: MapCurves) -> float:
    low, high = curves.range
    return LEAST * (high - low)


def _percent(curves: MapCurves, step: int) -> int:
    return round(100 * step / (len(curves.deletion.sentences) - 1))


def _says(headline: str, explained: Explained) -> str:
    said = headline.replace("**", "")
    if not explained:
        return said
    _, question, _ = explained[0]
    count = question.backbone.kind.count_text(len(question.backbone.categories))
    return f"{said} It knows {count} and answers with a number for each; the bars show the first of them. But why this answer?"


def _evidence(key: str, explained: Explained, ends: tuple[str, str]) -> str:
    found = next(((question, result) for each, question, result in explained if each == key), None)
    if found is None:
        return "The heatmaps are being computed."
    question, result = found
    return (
        f"{question.label} shares the answer out among the pixels: {ends[0]} places spoke for it, {ends[1]} ones against it, "
        f"pale ones hardly mattered. Half of the relevance lies in {result.half_share:.0%} of the picture. Is it where you "
        "would look?"
    )


def _covered(curves: Mapping[str, MapCurves], key: str, step: int, absent: str) -> str:
    if key not in curves:
        return f"If the network needs what this map marks, it must lose its certainty without it. {absent}"
    if not step:
        return (
            "Covering what this map marks changes hardly more than covering random squares. That is an answer, too: here the "
            "network does not need these places more than others."
        )
    return (
        f"The squares with the most relevance are out of focus now, and the network was asked again. "
        f"{curves[key].deletion.sentences[step]} Move the slider under the map yourself."
    )


def _compared(
    curves: Mapping[str, MapCurves], first: str, second: str, step: int, explained: Explained, absent: str
) -> str:
    labels = {key: question.label for key, question, _ in explained}
    present = [key for key in (first, second) if key in curves]
    if len(present) < 2:
        if second:
            return f"The map that finds sooner what the network needs is the one to trust. {absent}"
        return "A second map would say how far to trust the first. Press “Add a map” to have one."
    said = [_side_by_side([(labels[key], curves[key]) for key in present], step)] if step else []
    better = [key for key in present if is_clearly_better(curves[key])]
    if not better:
        verdict = "Over the whole curve neither clearly beats chance: trust neither map here."
    elif len(better) == 1:
        verdict = f"Over the whole curve only {labels[better[0]]} clearly beats chance: trust its places more than the other’s."
    else:
        best = min(present, key=lambda key: deletion_area(curves[key]))
        verdict = f"Both clearly beat chance: trust what both mark. {labels[best]} finds what the network needs soonest."
    return " ".join([*said, f"{verdict} “How far to trust” measures more."])


def _side_by_side(named: Sequence[tuple[str, MapCurves]], step: int) -> str:
    """Returns what is left of the followed output after a step of each map."""
    curves = named[0][1]
    percent, name = _percent(curves, step), curves.names[curves.followed]
    left = " and ".join(f"{_after(each, percent)} instead of {_after(each, 0)} ({label})" for label, each in named)
    return f"Without the {percent}% that each map marks most, {name} is at {left}."


def _after(curves: MapCurves, percent: int) -> str:
    """Returns the followed output when so much of what the map marks is covered; maps of small networks have fewer steps."""
    texts = curves.deletion.texts
    return texts[round(percent / 100 * (len(texts) - 1))][curves.followed]


def deletion_area(curves: MapCurves) -> float:
    """Returns the area under the deletion curve of the followed output; less is better."""
    return area(curves.deletion.predictions[:, curves.followed])


def chance_area(curves: MapCurves) -> float:
    """Returns the area under the mean curve of random orders."""
    return area(curves.deletion.chance)
