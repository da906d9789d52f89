"""The sweep of a setting in sentences and charts."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lrp.settings import value_in_words
from pages.parts.frame.charts import BLUE, GREEN, GREY, ORANGE, finish
from pages.parts.say.number_words import correlation
from pages.parts.sweep.sweep import STILL_THE_SAME, Sweep
from pages.parts.sweep.swept import Swept

CHARTS = ("Agreement of ranks", "Sum / explained value", "Spread, in bits")


def introduction(swept: Swept, sides: str) -> tuple[str, str]:
    """Returns the text at the top of the page, and its rest. sides: what the colours mean, in a sentence."""
    return f"{sides} **{swept.decides}**", (
        f"{swept.meaning} Drag, and look for what stays: a finding that holds over a wide "
        f"range of {swept.name} deserves more trust than one that a single value shows."
    )


def turning_point_sentence(sweep: Sweep) -> str:
    """Returns where the map stops being like that it begins with, such as Input x Gradient, and by which criterion."""
    swept = sweep.swept
    criterion = f"(the first whose rank correlation with it is below {STILL_THE_SAME})"
    if sweep.mark is None:
        return f"**Within this range the map never {swept.stops}**: no {swept.name} is {criterion[1:-1]}."
    if math.isnan(sweep.spearman[sweep.mark]):
        criterion = "(the first with a map that is the same everywhere, which has no order of pixels to compare)"
    if sweep.mark == 0 and math.isnan(sweep.spearman[0]):
        why = f"at {swept.symbol} = 0, one of the two is the same everywhere"
        return f"**This map cannot be compared with {swept.start}**: {why}."
    if sweep.mark == 0:
        why = "residual connections, products or curves are shared in another way than by the gradient"
        return f"**This map is not {swept.start} even at {swept.symbol} = 0**: {why}."
    where = f"{swept.symbol} = {value_in_words(swept.values[sweep.mark])}"
    return f"**The map {swept.stops} at {where}** {criterion}, marked by a dashed line. Below it, {swept.beside}."


def value_sentences(sweep: Sweep, with_other: list[float] | None, other: str, unit: str) -> list[str]:
    """Returns a sentence for each value. with_other: the map's agreement with that of the method `other`."""
    pixels = sweep.maps[0].size
    return [
        f"Agreement with {sweep.swept.start} {correlation(sweep.spearman[i])}"
        + (f", with {other} {correlation(with_other[i])}" if with_other else "")
        + f" (1 is the same order of pixels, 0 none). Sums to {sweep.totals[i]:z.2f} of {sweep.explained:z.2f} {unit}. "
        + f"It spreads as if {2 ** sweep.entropies[i] / pixels:.0%} of the pixels were equally strong and all others blank."
        for i in range(len(sweep.swept.values))
    ]


def sweep_figure(sweep: Sweep, with_other: list[float] | None, other: str, at: int, narrow: bool) -> go.Figure:
    """Returns charts of agreement, sum and entropy over the values of the setting.

    A dotted line stands at the value of the slider, values[at], a dashed one where the map stops being like that at 0.
    """
    swept = sweep.swept
    places = _places(swept, swept.values)
    rows, columns = (3, 1) if narrow else (1, 3)
    shares = [total / sweep.explained if sweep.explained else 0.0 for total in sweep.totals]
    figure = make_subplots(rows, columns, subplot_titles=CHARTS, vertical_spacing=0.12, horizontal_spacing=0.06)
    lines = [
        (1, f"with {swept.start} (Spearman)", sweep.spearman, BLUE, "solid"),
        (1, f"with {swept.start} (Pearson)", sweep.pearson, BLUE, "dot"),
        (1, f"with {other} (Spearman)", with_other, ORANGE, "solid"),
        (2, "sum / explained value", shares, GREEN, "solid"),
        (3, "entropy of |relevance|", sweep.entropies, GREY, "solid"),
    ]
    for place, name, values, colour, dash in lines:
        if values:
            where = {"row": place, "col": 1} if narrow else {"row": 1, "col": place}
            line = go.Scatter(
                x=places, y=values, name=name, line={"color": colour, "dash": dash}, mode="lines+markers", showlegend=place == 1,
                text=[value_in_words(value) for value in swept.values],
                hovertemplate=f"{swept.symbol} = " "%{text}: %{y:.3g}<extra>%{fullData.name}</extra>",
            )  # fmt: skip
            figure.add_trace(line, **where)
    for i, dash in ((sweep.mark, "dash"), (at, "dot")):
        if i is not None:
            figure.add_vline(places[i], line={"dash": dash, "color": GREY})
    ticktext = [f"{tick:g}".replace("e-0", "e-") for tick in swept.ticks]
    figure.update_xaxes(tickvals=_places(swept, swept.ticks), ticktext=ticktext, fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    legend = {"orientation": "h", "x": 0, "yanchor": "bottom", "y": 1.06 if narrow else 1.16}
    return finish(figure, 760 if narrow else 320, margin={"l": 8, "r": 8, "t": 90, "b": 8}, legend=legend)


def _places(swept: Swept, values: Sequence[float]) -> list[float]:
    """Where values stand on a logarithmic axis: 0 a decade below the first value above it."""
    return [math.log10(value) if value else math.log10(swept.values[1]) - 1 for value in values]


def sweep_figure_alt(sweep: Sweep, unit: str) -> str:
    """Returns the alternative text of the charts."""
    swept = sweep.swept
    first, last = value_in_words(swept.values[0]), value_in_words(swept.values[-1])
    turning_point = turning_point_sentence(sweep).replace("*", "")
    return (
        f"Three charts over {swept.name} from {first} to {last}. Agreement with {swept.start} goes from "
        f"{correlation(sweep.spearman[0])} to {correlation(sweep.spearman[-1])}, "
        f"the sum from {sweep.totals[0]:z.2f} to {sweep.totals[-1]:z.2f} of {sweep.explained:z.2f} {unit}, "
        f"the spread from {sweep.entropies[0]:.1f} to {sweep.entropies[-1]:.1f} bits. {turning_point}"
    )
