"""The chart and the table of a search: every candidate on the search pictures, and the compared ones on the held-out pictures."""

from collections.abc import Sequence

import plotly.graph_objects as go

from lrp.metrics.search_criteria import CRITERIA, Scores
from lrp.metrics.search_result import Candidate, SearchResult
from pages.parts.frame.charts import BLUE, GREEN, GREY, ORANGE, finish

HEIGHT = 420  # pixels
FEW = 0.45  # opacity of a candidate that saw only some of the search pictures

Point = tuple[float, float]


def candidate_label(result: SearchResult, candidate: Candidate) -> str:
    """Returns what a candidate is called, and whether it is the default."""
    return f"{candidate.label}, the default" if candidate.method == result.default.method else candidate.label


def search_figure(result: SearchResult) -> go.Figure:
    """Returns all candidates, by both criteria, or by one against their place; an arrow leads to the held-out pictures."""
    full = max(len(candidate.search) for candidate in result.candidates)
    placed = list(enumerate(result.candidates, start=1))
    points = [_point(result, candidate.search, place) for place, candidate in placed]
    figure = go.Figure()
    seen = f"on the {full} search pictures"
    for group, name, opacity in ((True, seen, 0.9), (False, f"{seen}, only some of them", FEW)):
        shown = [(place, candidate) for place, candidate in placed if (len(candidate.search) == full) == group]
        if shown:
            figure.add_trace(_circles(result, [points[place - 1] for place, _ in shown], shown, name, opacity))
    _add_held_out(figure, result, points)
    both = len(result.criteria) > 1
    first, second = CRITERIA[result.criteria[0]].label, CRITERIA[result.criteria[-1]].label
    figure.update_xaxes(title=f"{first} (right is better)", fixedrange=True)
    if both:
        figure.update_yaxes(title=f"{second} (up is better)", fixedrange=True)
    else:
        figure.update_yaxes(title="place", fixedrange=True, range=[len(placed) + 0.7, 0.3], dtick=max(1, len(placed) // 8))
    legend = {"orientation": "h", "yanchor": "top", "y": -0.18, "x": 0}
    return finish(figure, HEIGHT, legend=legend, margin={"l": 8, "r": 16, "t": 16, "b": 8})


def _point(result: SearchResult, scores: Scores, place: int) -> Point:
    means = scores.mean(0)
    return float(means[0]), float(means[1]) if len(result.criteria) > 1 else float(place)


def _circles(
    result: SearchResult, points: Sequence[Point], placed: Sequence[tuple[int, Candidate]], name: str, opacity: float
) -> go.Scatter:
    labels = [f"{place}. {candidate_label(result, candidate)}" for place, candidate in placed]
    colours = [_colour(result, candidate) for _, candidate in placed]
    return go.Scatter(
        x=[x for x, _ in points], y=[y for _, y in points], mode="markers", name=name, hovertext=labels, opacity=opacity,
        marker={"size": 11, "color": colours}, hovertemplate="%{hovertext}<br>%{x:.3f}<extra></extra>"
        if len(result.criteria) == 1 else "%{hovertext}<br>%{x:.3f}, %{y:.3f}<extra></extra>",
    )  # fmt: skip


def _add_held_out(figure: go.Figure, result: SearchResult, points: Sequence[Point]) -> None:
    names = {result.best.label: "best", result.default.label: "default", result.runner_up.label: "runner-up"}
    for i, candidate in enumerate(result.candidates):
        if candidate.held_out is None:
            continue
        (x, y), role = _point(result, candidate.held_out, i + 1), names[candidate.label]
        colour = _colour(result, candidate)
        figure.add_trace(go.Scatter(
            x=[points[i][0], x], y=[points[i][1], y], mode="lines+markers", name=f"{role}, on the held-out pictures",
            line={"color": colour, "width": 1.5, "dash": "dot"}, hovertext=[candidate.label] * 2,
            marker={"size": [0, 13], "symbol": "diamond", "color": colour}, hovertemplate="%{hovertext}<extra>held out</extra>",
        ))  # fmt: skip


def _colour(result: SearchResult, candidate: Candidate) -> str:
    if candidate.method == result.default.method:
        return ORANGE
    return BLUE if candidate is result.best else GREEN if candidate is result.runner_up else GREY


def search_figure_alt(result: SearchResult) -> str:
    """Returns the alternative text of the chart: the compared candidates in numbers."""
    said = []
    for place, candidate in enumerate(result.candidates, start=1):
        if candidate.held_out is not None:
            parts = ((candidate.search, "in the search"), (candidate.held_out, "held out"))
            means = [f"{_means(result, scores)} {where}" for scores, where in parts if scores is not None]
            said.append(f"{place}. {candidate_label(result, candidate)}: {', '.join(means)}.")
    ranges = []
    for i, name in enumerate(result.criteria):
        found = [float(candidate.search[:, i].mean()) for candidate in result.candidates]
        ranges.append(f"{CRITERIA[name].label} from {min(found):z.2f} to {max(found):z.2f}")
    return f"{len(result.candidates)} settings in the search: {'; '.join(ranges)}. {' '.join(said)}"


def _means(result: SearchResult, scores: Scores) -> str:
    return " and ".join(f"{CRITERIA[name].label.lower()} {scores[:, i].mean():z.2f}" for i, name in enumerate(result.criteria))


def search_table(result: SearchResult) -> list[dict[str, str]]:
    """Returns a row for each candidate, best first."""
    return [
        {
            "Place": f"{place}", "Settings": candidate_label(result, candidate), **_columns(result, candidate),
            "Pictures": f"{len(candidate.search)}",
        }
        for place, candidate in enumerate(result.candidates, start=1)
    ]  # fmt: skip


def _columns(result: SearchResult, candidate: Candidate) -> dict[str, str]:
    parts = ((candidate.search, "search"), (candidate.held_out, "held out"))
    return {
        f"{CRITERIA[name].label}, {part}": "" if scores is None else f"{scores[:, i].mean():z.3f}"
        for i, name in enumerate(result.criteria)
        for scores, part in parts
    }
