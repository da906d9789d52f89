"""The study of several depths in words, a table and a chart."""

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lrp.metrics.agreement import agreement_matrix
from lrp.models.demo import GREW_FROM
from pages.parts.depths.study import Answers, Found
from pages.parts.frame.charts import finish
from pages.parts.say.words import article, correlation, seconds

Matrix = list[list[float]]


def found_of(answers: Answers) -> dict[int, Found]:
    """The depths that have a result, in ascending order."""
    return {depth: found for depth, found in sorted(answers.items()) if isinstance(found, Found)}


def correlations(answers: Answers) -> tuple[list[str], Matrix]:
    """Returns the depths and, for each pair of them, the rank correlation of their maps; NaN where one is the same everywhere."""
    found = found_of(answers)
    return [f"{depth}" for depth in found], agreement_matrix([answer.map for answer in found.values()]).tolist()


def told(label: str, names: list[str], matrix: Matrix) -> str:
    """How alike the maps of one method are, in a sentence."""
    if len(names) < 2:
        return f"{label}: only one depth has a map, so there is nothing to compare."
    pairs = [(matrix[i][j], names[i], names[j]) for i in range(len(names)) for j in range(i)]
    defined = [pair for pair in pairs if not math.isnan(pair[0])]
    if not defined:
        return f"{label}: between two depths, the rank correlation of the maps is {correlation(math.nan)}."
    mean, most = sum(value for value, *_ in defined) / len(defined), max(defined)
    closest = f"; closest are {most[2]} and {most[1]} with {most[0]:z.2f}" if len(defined) > 1 else ""
    left_out = f", where it is defined: {len(pairs) - len(defined)} of {len(pairs)} pairs have a map that is the same everywhere"
    over = left_out if len(defined) < len(pairs) else ""
    said = f"{label}: between two depths, the rank correlation of the maps is {mean:z.2f} on average{over}"
    return f"{said} (1 would be the same order of pixels, 0 no likeness){closest}."


def kinship(depths: Sequence[int]) -> str:
    """Which of the bundled networks of these depths began with the weights of another."""
    pairs = [f"ResNet-{depth} with those of ResNet-{GREW_FROM[depth]}" for depth in depths if GREW_FROM.get(depth) in depths]
    if not pairs:
        return ""
    began = f"Some demo networks began their training with the weights of another: {', '.join(pairs)}."
    return f"{began} Such relatives agree more than networks that were trained apart."


def sights(found: dict[int, Found]) -> str:
    """Whether the depths see the same thing."""
    seen = {answer.sees for answer in found.values()}
    if len(found) < 2:
        return ""
    if all(answer.classes == 1 for answer in found.values()):
        scores = ", ".join(f"{answer.probability:.2f} from ResNet-{depth}" for depth, answer in found.items())
        return f"**{seen.pop()}** gets a score of {scores}."
    if len(seen) == 1:
        return f"{'Both' if len(found) == 2 else f'All {len(found)}'} networks see **{article(seen.pop())}**."
    by_name = {name: [f"ResNet-{depth}" for depth, answer in found.items() if answer.sees == name] for name in sorted(seen)}
    told = (f"{' and '.join(depths)} {'say' if depths[1:] else 'says'} **{article(name)}**" for name, depths in by_name.items())
    return f"The networks disagree: {'; '.join(told)}."


def table(studies: Sequence[tuple[str, Answers]], target: str) -> list[dict[str, Any]]:
    """A row for each depth: what it sees, how sure it is, and each method's sum and time."""
    rows: dict[int, dict[str, Any]] = {}
    for label, answers in studies:
        for depth, found in found_of(answers).items():
            row = rows.setdefault(depth, {"Network": f"ResNet-{depth}"} | _sureness(found, target))
            row[f"{label}: sum of explained"] = f"{found.total:z.2f} of {found.explained:z.2f}"
            row[f"{label}: time"] = seconds(found.seconds)
    return [rows[depth] for depth in sorted(rows)]


def _sureness(found: Found, target: str) -> dict[str, str]:
    """What a depth sees and how sure it is, by the heads of the table's columns."""
    if found.classes == 1:
        return {f"Score of {target}": f"{found.of_target:.2f}"}
    sure = {"Probability": f"{found.probability:.0%}", f"Probability of {target}": f"{found.of_target:.0%}"}
    return {"Sees": found.sees} | sure


def chart(matrices: Sequence[tuple[str, list[str], Matrix]], narrow: bool) -> go.Figure:
    """The agreement between depths as one heatmap a method, with its numbers written in."""
    rows, columns = (len(matrices), 1) if narrow else (1, len(matrices))
    figure = make_subplots(rows, columns, subplot_titles=[label for label, *_ in matrices], vertical_spacing=0.15)
    for place, (label, names, matrix) in enumerate(matrices, start=1):
        heatmap = go.Heatmap(
            z=matrix, x=names, y=names, zmin=0, zmax=1, colorscale="Blues", texttemplate="%{z:.2f}", showscale=False,
            hovertemplate=f"ResNet-%{{y}} and ResNet-%{{x}}: %{{z:.2f}}<extra>{label}</extra>",
        )  # fmt: skip
        figure.add_trace(heatmap, row=place if narrow else 1, col=1 if narrow else place)
    figure.update_xaxes(type="category", title="depth", fixedrange=True, constrain="domain")
    figure.update_yaxes(type="category", autorange="reversed", fixedrange=True, constrain="domain")
    for axis in figure.select_yaxes():
        axis.scaleanchor = axis.anchor  # the cells are squares
    return finish(figure, 340 * rows)
