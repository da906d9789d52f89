"""The Gaussian against scipy's and torchvision's."""

import pytest
import torch
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from lrp._torchvision import torchvision
from lrp.methods.baselines import blur
from lrp.methods.gaussian_blur import gaussian_blur


@pytest.mark.parametrize("sigma", [0.3, 1.0, 7.5, 50.0])
@pytest.mark.parametrize("size", [(1, 20), (17, 32)])
def test_the_blur_is_scipys(sigma: float, size: tuple[int, int]) -> None:
    x = torch.randn(2, 3, *size, dtype=torch.double, generator=torch.Generator().manual_seed(1))
    expected = torch.from_numpy(gaussian_filter(x.numpy(), (0, 0, sigma, sigma), mode="mirror"))
    torch.testing.assert_close(gaussian_blur(x, sigma), expected, rtol=1e-9, atol=1e-12)
    series = x[:, :, 0]
    expected = torch.from_numpy(gaussian_filter1d(series.numpy(), sigma, mode="mirror"))
    torch.testing.assert_close(gaussian_blur(series, sigma), expected, rtol=1e-9, atol=1e-12)
    assert torch.equal(gaussian_blur(x, 0.0), x)


@pytest.mark.parametrize(("size", "reach"), [((160, 160), 48), ((40, 64), 12), ((2, 9), 1)])
def test_the_blurred_baseline_is_torchvisions(size: tuple[int, int], reach: int) -> None:
    x = torch.randn(2, 3, *size, dtype=torch.double, generator=torch.Generator().manual_seed(1))
    expected = torchvision.transforms.functional.gaussian_blur(x, [2 * reach + 1] * 2, [0.1 * min(size)] * 2)
    torch.testing.assert_close(blur(x), expected, rtol=1e-9, atol=1e-9)
