"""Which rows of a batch belong to which explanation: one of each sample, or K classes of one sample."""

from collections.abc import Callable

import torch
from torch import Tensor

from lrp.attribution import Attribution, join_attributions
from lrp.network.forward_pass import Trace, trace
from lrp.progress import Progress, equal_parts
from lrp.rules.kernel import sum_per_row
from lrp.walk.objectives import Objective

Explain = Callable[[Trace, Objective, Progress | None], Attribution]


def row_per_explanation(x: Tensor, objective: Objective) -> Tensor:
    """Returns `x` with a row for each explanation: itself, or its only row K times where K classes of it are explained."""
    return x.expand(objective.explanation_count(len(x)), *x.shape[1:])


def sum_per_sample(values: Tensor, count: int, dtype: torch.dtype | None = None) -> Tensor:
    """Returns the sum (count,) over each sample: over its row, or over all rows where its network gave one sample several."""
    if count == 1 != len(values):
        return values.sum(dtype=dtype).unsqueeze(0)
    return sum_per_row(values, dtype)


def one_by_one(explain: Explain, forward: Trace, objective: Objective, progress: Progress | None) -> Attribution:
    """Explains each sample of `forward`, or each class of its only one, by itself, and joins the results."""
    count, found = objective.explanation_count(len(forward.x)), []
    for i, part in enumerate(equal_parts(progress, count)):
        one = forward if len(forward.x) == 1 else trace(forward.network, forward.x[i : i + 1])
        found.append(explain(one, objective.alone(i), part))
    if progress:
        progress(1.0)
    return join_attributions(found)
