"""What a measure reads off a network: a probability, a score, a logit, or a predicted value on a scale of its own."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lrp.heads import REGRESSION, head_of

SCORES = ("probability", "logit")


def scores(logits: Tensor, score: str, head: str) -> Tensor:
    """Returns what the head makes of the logits (N, K): probabilities or scores, or the logits themselves."""
    return head_of(head, logits.shape[-1]).predictions(logits) if score == "probability" else logits


def is_relative(score: str, head: str) -> bool:
    """Returns whether scores are told by `relative_values`: predicted values have no scale that all networks share."""
    return score == "probability" and head == REGRESSION.name


def relative_values(values: NDArray[Any], whole: NDArray[Any], replaced: NDArray[Any]) -> NDArray[Any]:
    """Returns predicted values counted from that of the picture replaced as a whole, in units of the distance between the two.

    (y - y_replaced) / |y_whole - y_replaced|: the whole picture has 1, or -1 where replacing it raises the value, which keeps a
    rise a rise, and the replaced one 0. NaN where the two predict the same.
    """
    distance = np.abs(whole - replaced)
    found: NDArray[Any] = (values - replaced) / np.where(distance == 0, np.nan, distance)
    return found
