"""The confusion matrix of a data set: how often the network says what of pictures with which label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrp.datasets.dataset import ExplainedPicture


@dataclass(frozen=True)
class Confusion:
    """How many pictures with label names[i] (row) are predicted to show names[j] (column): counts[i, j]."""

    names: tuple[str, ...]
    counts: NDArray[np.int64]

    @property
    def accuracy(self) -> float:
        """The share of pictures that the network says the label of."""
        return float(self.counts.trace() / self.counts.sum())


def confusion(pictures: Sequence[ExplainedPicture]) -> Confusion | None:
    """Returns the confusion matrix of the pictures that have a label; None where none has.

    Its names are the labels and what is predicted of their pictures, in alphabetical order.
    """
    from sklearn.metrics import confusion_matrix

    labelled = [picture for picture in pictures if picture.label]
    if not labelled:
        return None
    labels = [picture.label for picture in labelled]
    predictions = [picture.prediction for picture in labelled]
    names = sorted({*labels, *predictions})
    return Confusion(tuple(names), confusion_matrix(labels, predictions, labels=names))


def in_cell(pictures: Sequence[ExplainedPicture], label: str, prediction: str) -> list[ExplainedPicture]:
    """Returns the pictures with this label and this prediction, the surest first."""
    found = [picture for picture in pictures if (picture.label, picture.prediction) == (label, prediction)]
    return sorted(found, key=lambda picture: -picture.confidence)


def mistakes(pictures: Sequence[ExplainedPicture]) -> list[tuple[str, str, int]]:
    """Returns the label, the prediction and the number of pictures of each kind of mistake, the most frequent first."""
    counts: dict[tuple[str, str], int] = {}
    for picture in pictures:
        if picture.is_mistake:
            key = (picture.label, picture.prediction)
            counts[key] = counts.get(key, 0) + 1
    return [(*key, counts[key]) for key in sorted(counts, key=lambda key: (-counts[key], key))]
