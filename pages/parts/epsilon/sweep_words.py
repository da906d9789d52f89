"""The sweep over epsilon in sentences and charts."""

import math

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lrp.settings import value_in_words
from pages.parts.epsilon.sweep import EPSILONS, STILL_THE_SAME, Sweep
from pages.parts.frame.charts import BLUE, GREEN, GREY, ORANGE, finish
from pages.parts.say.number_words import correlation

ZERO = -10.0  # where epsilon = 0 stands on the logarithmic axis
PLACES = [ZERO if epsilon == 0 else math.log10(epsilon) for epsilon in EPSILONS]
CHARTS = ("Agreement of ranks", "Sum / explained value", "Spread, in bits")


def introduction(sides: str) -> str:
    """Returns the text at the top of the page. sides: what the colours mean, in a sentence."""
    return (
        f"{sides} **Epsilon decides how much weak and "
        "contradictory evidence each layer drops.** At 0 nothing is dropped: the map is Input × Gradient, with all its noise. "
        "As epsilon grows, evidence for and against that nearly cancels goes first, and fewer, "
        "calmer regions stay; in the end hardly anything does. Drag, and look for what stays: a finding that holds over a wide "
        "range of epsilon deserves more trust than one that a single value shows."
    )


def turning_point_sentence(sweep: Sweep) -> str:
    """Returns where the map stops being Input x Gradient, and by which criterion."""
    criterion = f"(the first whose rank correlation with it is below {STILL_THE_SAME})"
    if sweep.mark is None:
        return f"**Within this range the map never stops being Input × Gradient**: no epsilon is {criterion[1:-1]}."
    if math.isnan(sweep.spearman[sweep.mark]):
        criterion = "(the first with a map that is the same everywhere, which has no order of pixels to compare)"
    if sweep.mark == 0 and math.isnan(sweep.spearman[0]):
        return "**This map cannot be compared with Input × Gradient**: at ε = 0, one of the two is the same everywhere."
    if sweep.mark == 0:
        return "**This map is not Input × Gradient even at ε = 0**: the residual connections are split in another way."
    return (
        f"**The map stops being Input × Gradient at ε = {value_in_words(EPSILONS[sweep.mark])}** {criterion}, marked by a dashed "
        "line. Below it, LRP-ε and Input × Gradient tell the same story, noise included."
    )


def epsilon_sentences(sweep: Sweep, with_other: list[float] | None, other: str, unit: str) -> list[str]:
    """Returns a sentence for each epsilon. with_other: the map's agreement with that of the method `other`."""
    pixels = sweep.maps[0].size
    return [
        f"Agreement with Input × Gradient {correlation(sweep.spearman[i])}"
        + (f", with {other} {correlation(with_other[i])}" if with_other else "")
        + f" (1 is the same order of pixels, 0 none). Sums to {sweep.totals[i]:z.2f} of {sweep.explained:z.2f} {unit}. "
        + f"It spreads as if {2 ** sweep.entropies[i] / pixels:.0%} of the pixels were equally strong and all others blank."
        for i in range(len(EPSILONS))
    ]


def sweep_figure(sweep: Sweep, with_other: list[float] | None, other: str, at: int, narrow: bool) -> go.Figure:
    """Returns charts of agreement, sum and entropy over epsilon.

    A dotted line stands at the epsilon of the slider, EPSILONS[at], a dashed one where the map stops being Input x Gradient.
    """
    rows, columns = (3, 1) if narrow else (1, 3)
    shares = [total / sweep.explained if sweep.explained else 0.0 for total in sweep.totals]
    figure = make_subplots(rows, columns, subplot_titles=CHARTS, vertical_spacing=0.12, horizontal_spacing=0.06)
    lines = [
        (1, "with Input × Gradient (Spearman)", sweep.spearman, BLUE, "solid"),
        (1, "with Input × Gradient (Pearson)", sweep.pearson, BLUE, "dot"),
        (1, f"with {other} (Spearman)", with_other, ORANGE, "solid"),
        (2, "sum / explained value", shares, GREEN, "solid"),
        (3, "entropy of |relevance|", sweep.entropies, GREY, "solid"),
    ]
    for place, name, values, colour, dash in lines:
        if values:
            where = {"row": place, "col": 1} if narrow else {"row": 1, "col": place}
            line = go.Scatter(
                x=PLACES, y=values, name=name, line={"color": colour, "dash": dash}, mode="lines+markers", showlegend=place == 1,
                text=[value_in_words(epsilon) for epsilon in EPSILONS],
                hovertemplate="ε = %{text}: %{y:.3g}<extra>%{fullData.name}</extra>",
            )  # fmt: skip
            figure.add_trace(line, **where)
    for i, dash in ((sweep.mark, "dash"), (at, "dot")):
        if i is not None:
            figure.add_vline(PLACES[i], line={"dash": dash, "color": GREY})
    ticks = [ZERO, -8, -6, -4, -2, 0, 1]
    figure.update_xaxes(tickvals=ticks, ticktext=["0", "1e-8", "1e-6", "1e-4", "0.01", "1", "10"], fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    legend = {"orientation": "h", "x": 0, "yanchor": "bottom", "y": 1.06 if narrow else 1.16}
    return finish(figure, 760 if narrow else 320, margin={"l": 8, "r": 8, "t": 90, "b": 8}, legend=legend)


def sweep_figure_alt(sweep: Sweep, unit: str) -> str:
    """Returns the alternative text of the charts."""
    first, last = value_in_words(EPSILONS[0]), value_in_words(EPSILONS[-1])
    turning_point = turning_point_sentence(sweep).replace("*", "")
    return (
        f"Three charts over epsilon from {first} to {last}. Agreement with Input × Gradient goes from "
        f"{correlation(sweep.spearman[0])} to {correlation(sweep.spearman[-1])}, "
        f"the sum from {sweep.totals[0]:z.2f} to {sweep.totals[-1]:z.2f} of {sweep.explained:z.2f} {unit}, "
        f"the spread from {sweep.entropies[0]:.1f} to {sweep.entropies[-1]:.1f} bits. {turning_point}"
    )
