"""The results of several depths in sentences, a table and a chart."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lrp.heads import SOFTMAX
from lrp.metrics.agreement import agreement_matrix
from lrp.models.demo import GREW_FROM
from pages.parts.depths.study import DepthResult, DepthResults, StudyPlace, place_name
from pages.parts.frame.charts import finish
from pages.parts.say.number_words import correlation, duration
from pages.parts.say.words import article

Matrix = list[list[float]]


def successes(results: DepthResults) -> dict[StudyPlace, DepthResult]:
    """Returns the results that are there: depths in ascending order, named networks in that of the study."""
    order = {place: place if isinstance(place, int) else at for at, place in enumerate(results)}
    return {place: result for place in sorted(order, key=order.__getitem__) if isinstance(result := results[place], DepthResult)}


def rank_correlations(results: DepthResults) -> tuple[list[str], Matrix]:
    """Returns the depths or names, and the rank correlation of the maps of each pair; NaN where one is the same everywhere."""
    maps = {depth: result.map for depth, result in successes(results).items()}
    return [f"{depth}" for depth in maps], agreement_matrix(list(maps.values())).tolist()


def correlations_sentence(label: str, names: list[str], matrix: Matrix, what: str = "depth") -> str:
    """Returns a sentence on how far the depths agree by one method. what: what they are called."""
    if len(names) < 2:
        return f"{label}: only one {what} has a map, so there is nothing to compare."
    pairs = [(matrix[i][j], names[i], names[j]) for i in range(len(names)) for j in range(i)]
    defined = [pair for pair in pairs if not math.isnan(pair[0])]
    if not defined:
        return f"{label}: between two {what}s, the rank correlation of the maps is {correlation(math.nan)}."
    mean, most = sum(value for value, *_ in defined) / len(defined), max(defined)
    closest = f"; closest are {most[2]} and {most[1]} with {most[0]:z.2f}" if len(defined) > 1 else ""
    left_out = f", where it is defined: {len(pairs) - len(defined)} of {len(pairs)} pairs have a map that is the same everywhere"
    over = left_out if len(defined) < len(pairs) else ""
    said = f"{label}: between two {what}s, the rank correlation of the maps is {mean:z.2f} on average{over}"
    return f"{said} (1 would be the same order of pixels, 0 no likeness){closest}."


def shared_training_note(depths: Sequence[int]) -> str:
    """Returns which of the bundled networks of these depths began with the weights of another."""
    pairs = [f"ResNet-{depth} with those of ResNet-{GREW_FROM[depth]}" for depth in depths if GREW_FROM.get(depth) in depths]
    if not pairs:
        return ""
    began = f"Some demo networks began their training with the weights of another: {', '.join(pairs)}."
    return f"{began} Such relatives agree more than networks that were trained apart."


def predictions_sentence(results: dict[StudyPlace, DepthResult]) -> str:
    """Returns whether the depths see the same class, or what each says of the same output; empty for fewer than two."""
    seen = {result.sees for result in results.values()}
    if len(results) < 2:
        return ""
    kinds = {result.head for result in results.values()}
    if len(seen) == len(kinds) == 1 and SOFTMAX not in kinds:
        (head,) = kinds
        told = ", ".join(f"{head.text(result.prediction)} from {place_name(place)}" for place, result in results.items())
        return f"**{seen.pop()}** gets {told}."
    if len(seen) == 1:
        return f"{'Both' if len(results) == 2 else f'All {len(results)}'} networks see **{article(seen.pop())}**."
    by_name = {name: [place_name(depth) for depth, result in results.items() if result.sees == name] for name in sorted(seen)}
    clauses = [f"{' and '.join(who)} {'say' if who[1:] else 'says'} **{article(name)}**" for name, who in by_name.items()]
    return f"The networks disagree: {'; '.join(clauses)}."


def results_table(studies: Sequence[tuple[str, DepthResults]], target: str) -> list[dict[str, str]]:
    """Returns a row for each depth: its likeliest class and probability, and each method's sum and time."""
    rows: dict[StudyPlace, dict[str, str]] = {}
    for label, results in studies:
        for depth, result in successes(results).items():
            row = rows.setdefault(depth, {"Network": place_name(depth)} | _prediction_columns(result, target))
            row[f"{label}: sum of explained"] = f"{result.total:z.2f} of {result.explained:z.2f}"
            row[f"{label}: time"] = duration(result.seconds)
    return [rows[depth] for depth in (sorted(rows) if all(isinstance(place, int) for place in rows) else rows)]


def _prediction_columns(result: DepthResult, target: str) -> dict[str, str]:
    if result.head is not SOFTMAX:
        return {f"{result.head.noun.capitalize()} of {target}": result.head.text(result.target_prediction).removeprefix("score ")}
    return {
        "Sees": result.sees,
        "Probability": f"{result.prediction:.0%}",
        f"Probability of {target}": f"{result.target_prediction:.0%}",
    }


def correlations_figure(
    matrices: Sequence[tuple[str, list[str], Matrix]], narrow: bool, prefix: str = "ResNet-", what: str = "depth"
) -> go.Figure:
    """Returns the rank correlations between depths as a heatmap for each method, with the numbers written in.

    prefix: what stands before a name where the mouse is. what: what the names are of.
    """
    rows, columns = (len(matrices), 1) if narrow else (1, len(matrices))
    figure = make_subplots(rows, columns, subplot_titles=[label for label, *_ in matrices], vertical_spacing=0.15)
    for place, (label, names, matrix) in enumerate(matrices, start=1):
        heatmap = go.Heatmap(
            z=matrix, x=names, y=names, zmin=0, zmax=1, colorscale="Blues", texttemplate="%{z:.2f}", showscale=False,
            hovertemplate=f"{prefix}%{{y}} and {prefix}%{{x}}: %{{z:.2f}}<extra>{label}</extra>",
        )  # fmt: skip
        figure.add_trace(heatmap, row=place if narrow else 1, col=1 if narrow else place)
    figure.update_xaxes(type="category", title=what, fixedrange=True, constrain="domain")
    figure.update_yaxes(type="category", autorange="reversed", fixedrange=True, constrain="domain")
    for axis in figure.select_yaxes():
        axis.scaleanchor = axis.anchor  # the cells are squares
    return finish(figure, 340 * rows)
