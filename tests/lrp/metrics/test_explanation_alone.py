"""What is left of a picture where a map marks all of it, or nothing, and the scores by hand."""

import numpy as np
import pytest

import lrp
from lrp import metrics
from lrp.metrics.perturbation import Perturbation


def test_drop_and_increase_by_hand():
    assert metrics.average_drop([0.8, 0.5, 0.4], [0.2, 0.5, 0.9]) == pytest.approx(0.25)
    assert metrics.increase_in_confidence([0.8, 0.5, 0.4], [0.2, 0.5, 0.9]) == pytest.approx(1 / 3)


def test_a_map_that_marks_everything_keeps_the_picture_and_one_that_marks_nothing_only_the_replacement(batch):
    model, x, target, _ = batch
    network, how = lrp.canonize(model), Perturbation(4, 4, "mean")
    scores = [network(picture).softmax(1)[range(3), target].numpy() for picture in (x, how.replaced(network, x))]
    for value, expected in zip((1.0, -1.0), scores, strict=True):
        assert np.allclose(metrics.kept_scores(network, x, target, [np.full((12, 12), value)] * 3, how), expected, rtol=1e-5)
