"""The measures of a network on an accelerator: nothing is left on the processor, and the numbers are the processor's."""

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import lrp
from lrp import metrics
from lrp.metrics.regions import when_blurred
from lrp.metrics.settings_search import SettingsSearch, search_settings
from lrp.region import Region
from tests.fake_device import MACHINES, machine

LOW = torch.full((1, 3, 1, 1), -2.0)
X = torch.randn(1, 3, 24, 24, generator=torch.Generator().manual_seed(2)).clamp(-2, 2)
METHODS = (lrp.EpsilonPlus(), lrp.IntegratedGradients(n_steps=4, tolerance=None))


@pytest.fixture(params=MACHINES)
def place(request: pytest.FixtureRequest) -> Iterator[torch.device]:
    with machine(request.param) as found:
        yield found


def networks(place: torch.device, head: str = "softmax") -> tuple[lrp.Network, lrp.Network]:
    """The same network here and there."""
    torch.manual_seed(1)
    model = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 5)).eval()
    here = lrp.canonize(model, LOW, -LOW, head=head)
    return here, lrp.canonize(copy.deepcopy(model).to(place), LOW, -LOW, head=head)


@pytest.mark.filterwarnings("ignore:at..frobenius_norm is deprecated")  # which torch calls for subclasses of tensors alone
@pytest.mark.parametrize("head", ["softmax", "sigmoid", "regression"])
@pytest.mark.parametrize("replacement", ["blur", "mean", "noise"])
def test_report_cards(head: str, replacement: str, place: torch.device) -> None:
    perturbation = metrics.Perturbation(patch=4, steps=5, replacement=replacement)
    reports = [metrics.report(network, X, 2, METHODS, perturbation, 2, n_samples=2) for network in networks(place, head)]
    for here, there in zip(*(each.cards for each in reports), strict=True):
        expected, found = here.numbers(), there.numbers()
        for name in set(expected) - {"seconds"}:
            assert found[name] == pytest.approx(expected[name], rel=2e-3, abs=1e-4), name


MEASURES: dict[str, Any] = {
    "half precision": lambda network: metrics.deletion(
        network, X, 1, [np.zeros((24, 24), np.float32)], metrics.Perturbation(patch=8, steps=5, precision="half")
    ),
    "a replacement of one's own": lambda network: metrics.deletion(
        network, X, 1, [np.zeros((24, 24), np.float32)], metrics.Perturbation(patch=8, steps=5, replacement=torch.zeros(3, 1, 1))
    ),
    "cascade": lambda network: [part.ssim for part in metrics.cascade(network, X, 1, METHODS[0])],
    "another class": lambda network: [metrics.other_class(network, X, 1, METHODS[0]).spearman],
    "region": lambda network: [float(value) for value in when_blurred(network, X, 1, Region(2, 2, 20, 20))],
    "search": lambda network: [
        score
        for each in search_settings(
            network, X.repeat(12, 1, 1, 1), SettingsSearch("faithfulness", shifts=(1,)), [lrp.EpsilonPlus(), lrp.UniformEpsilon()]
        ).candidates
        for score in each.search.ravel()
    ],
}


@pytest.mark.parametrize("name", MEASURES)
def test_other_measures(name: str, place: torch.device) -> None:
    expected, found = (MEASURES[name](network) for network in networks(place))
    tolerance = 0.02 if name == "half precision" else 2e-3
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def test_mosaics_are_drawn_from_logits_there(place: torch.device) -> None:
    logits, labels = torch.cat([torch.eye(4) * 9] * 2), torch.arange(4).repeat(2)
    expected = [list(drawn) for drawn in metrics.choose_mosaics(logits, labels, 2, 3)]
    assert [list(drawn) for drawn in metrics.choose_mosaics(logits.to(place), labels.to(place), 2, 3)] == expected
