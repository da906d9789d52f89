"""Regions: shares worked out by hand, and the change of the logit on a network whose answer is a plain sum."""

import numpy as np
import pytest
import torch
from torch import nn

import lrp
from lrp.methods.baselines import blur
from lrp.metrics.regions import blur_inside, share_inside, when_blurred
from lrp.region import Region

REGION = Region(2, 1, 5, 4)


def test_shares_of_both_signs_are_those_of_the_pixels_inside():
    values = np.zeros((6, 7), np.float32)
    values[1, 2], values[3, 4], values[0, 0] = 3, 1, 4  # the first two lie inside
    values[2, 3], values[4, 4], values[1, 5] = -1, -2, -2  # the last two lie one pixel outside
    assert share_inside(values, REGION) == pytest.approx((4 / 8, 1 / 5))
    assert share_inside(np.zeros((6, 7), np.float32), REGION) == (0, 0)
    assert share_inside(values, Region(0, 0, 7, 6)) == (1, 1)


def test_the_picture_is_blurred_inside_and_untouched_outside():
    x = torch.randn(2, 3, 6, 7, generator=torch.Generator().manual_seed(1))
    changed = blur_inside(x, REGION)
    inside = torch.zeros(6, 7, dtype=torch.bool)
    inside[1:4, 2:5] = True
    torch.testing.assert_close(changed[..., inside], blur(x)[..., inside])
    torch.testing.assert_close(changed[..., ~inside], x[..., ~inside])
    assert (changed[..., inside] != x[..., inside]).any()


def test_the_change_of_a_linear_network_is_its_weights_times_what_was_lost():
    torch.manual_seed(2)
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 6 * 7, 4)).double().eval()
    network, x = lrp.canonize(model), torch.randn(2, 3, 6, 7, dtype=torch.double)
    lost = (blur_inside(x, REGION) - x).flatten(1)
    weights = model[1].weight.detach()
    before, after = when_blurred(network, x, 3, REGION)
    torch.testing.assert_close(before, model(x).detach()[:, 3])
    torch.testing.assert_close(after - before, lost @ weights[3])
    before, after = when_blurred(network, x, lrp.Contrast(3, 1), REGION)
    torch.testing.assert_close(after - before, lost @ (weights[3] - weights[1]))


@pytest.mark.parametrize("corners", [(2, 1, 2, 4), (2, 4, 5, 4), (-1, 0, 3, 3), (5, 1, 2, 4)])
def test_a_region_without_pixels_is_refused_with_its_corners(corners):
    with pytest.raises(ValueError, match=rf"left={corners[0]}"):
        Region(*corners)


def test_a_region_beyond_the_picture_is_refused_with_its_size():
    with pytest.raises(ValueError, match="7 x 6"):
        share_inside(np.ones((6, 7), np.float32), Region(2, 1, 8, 4))
    with pytest.raises(ValueError, match="7 x 6"):
        blur_inside(torch.zeros(1, 3, 6, 7), Region(2, 1, 5, 7))
