"""Objectives, inputs and settings of the methods beside LRP."""

from dataclasses import fields, replace

import pytest
import torch
from torch import nn

import lrp
from lrp.methods.baselines import baseline_picture, pixel_range
from tests.lrp.methods.kit import OBJECTIVES, each_other_method, small
from tests.networks import HIGH, LOW


@each_other_method
def test_every_objective_is_explained_or_refused_by_name(method, network, x):
    for objective in OBJECTIVES:
        if method is lrp.DeepLIFT and isinstance(objective, lrp.SGLRP):
            with pytest.raises(TypeError, match="DeepLIFT has no multiplier for SGLRP"):
                lrp.explain(network, x, objective, method())
        else:
            result = lrp.explain(network, x, objective, small(method))
            assert torch.isfinite(result.relevance).all()
            assert result.relevance.abs().max() > 0
            assert (result.relevance.shape, result.logits.shape, result.explained.shape) == (x.shape, (2, 7), (2,))
    with pytest.raises(TypeError, match="CLRP"):
        lrp.explain(network, x, lrp.CLRP(1), small(method))


@each_other_method
def test_inputs_that_are_no_pictures_are_explained_where_it_makes_sense(method):
    torch.manual_seed(0)
    series = nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.MaxPool1d(2, 1), nn.Flatten(), nn.Linear(4 * 17, 3)).eval()
    table = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)).eval()
    grey = {"baseline": "grey"} if "baseline" in {setting.name for setting in fields(method)} else {}
    for model, x in ((series, torch.randn(2, 2, 20)), (table, torch.randn(2, 6))):
        chosen = replace(small(method), **grey)
        needs_a_length = method in (lrp.GradCAM, lrp.BlurIntegratedGradients)
        if method in (lrp.AveragedIntegratedGradients, lrp.ExpectedGradients) or (needs_a_length and x.dim() == 2):
            with pytest.raises(ValueError, match="needs"):
                lrp.explain(lrp.canonize(model), x, 1, chosen)
        else:
            result = lrp.explain(lrp.canonize(model), x, 1, chosen)
            assert result.relevance.shape == x.shape
            assert torch.isfinite(result.relevance).all()


@pytest.mark.parametrize(
    ("method", "settings", "message"),
    [
        (lrp.SmoothGrad, {"n_samples": 0}, "n_samples must be >= 1, got 0"),
        (lrp.SmoothGrad, {"noise": -0.1}, "noise must be >= 0 and finite, got -0.1"),
        (lrp.SmoothGrad, {"noise": float("nan")}, "noise must be >= 0 and finite, got nan"),
        (lrp.SmoothIntegratedGradients, {"noise": float("inf")}, "noise must be >= 0 and finite, got inf"),
        (lrp.SmoothIntegratedGradients, {"baseline": "pink"}, "baseline must be one of black, .*, got 'pink'"),
        (lrp.SmoothIntegratedGradients, {"n_steps": 0}, "n_steps must be between 1 and 1024, got 0"),
        (lrp.AveragedIntegratedGradients, {"n_samples": 0}, "n_samples must be >= 1, got 0"),
        (lrp.AveragedIntegratedGradients, {"baselines": "pink"}, "baselines must be noise or black and white, got 'pink'"),
        (lrp.DeepLIFT, {"baseline": "pink"}, "baseline must be one of black, .*, got 'pink'"),
        (lrp.Occlusion, {"window": 0}, "window must be >= 1, got 0"),
        (lrp.Occlusion, {"stride": 0}, "stride must be >= 1, got 0"),
        (lrp.Occlusion, {"baseline": "pink"}, "baseline must be one of black, .*, got 'pink'"),
    ],
)
def test_settings_outside_their_limits_are_refused(method, settings, message):
    with pytest.raises(ValueError, match=message):
        method(**settings)


def test_noise_needs_pixel_bounds_as_a_baseline_and_takes_the_pictures_own_range_otherwise(model, network, x):
    bare = lrp.canonize(model)
    with pytest.raises(ValueError, match="the noise baseline needs the pixel bounds"):
        baseline_picture("noise", bare, x)
    assert torch.equal(pixel_range(network, x), HIGH - LOW)
    torch.testing.assert_close(pixel_range(bare, x).flatten(), torch.stack([each.max() - each.min() for each in x]))
    drawn = baseline_picture("noise", network, x)
    assert bool(((drawn >= LOW) & (drawn <= HIGH)).all())
    assert drawn.mean((0, 2, 3)) == pytest.approx(((LOW + HIGH) / 2).flatten(), abs=0.1)
