"""The methods beside LRP against closed forms and numbers worked out by hand."""


import torch
import torch.nn.functional as F
from torch import Tensor, nn

import lrp
from lrp.methods.baselines import draws
from tests.lrp.methods.kit import Hand, assert_same
from tests.networks import HIGH, LOW, pictures


def test_on_a_linear_model_every_method_is_known():
    linear = nn.Sequential(nn.Flatten(), nn.Linear(48, 3)).double().eval()
    network, x = lrp.canonize(linear, LOW, HIGH), pictures(2, 8)[:, :, ::2, ::2]
    w = linear[1].weight[1].detach().view(1, 3, 4, 4).expand_as(x)
    white = HIGH.expand_as(x)
    in_windows = (w * (x - white)).sum(1, keepdim=True).unfold(2, 2, 2).unfold(3, 2, 2).sum((-1, -2))
    occlusion = in_windows.repeat_interleave(2, 2).repeat_interleave(2, 3).expand_as(x) / 3
    noise = next(draws(torch.randn, x, 1, 1))
    expected = {
        lrp.Saliency(): w.abs(),
        lrp.Saliency(absolute=False): w,
        lrp.SmoothGrad(n_samples=2): w.abs(),
        lrp.GuidedBackprop(): w,
        lrp.Deconvolution(): w,
        lrp.InputXGradient(): w * x,
        lrp.DeepLIFT("white"): w * (x - white),
        lrp.AveragedIntegratedGradients("black and white", 1, None): w * (x - (LOW + HIGH) / 2),
        lrp.SmoothIntegratedGradients("white", 1, None, 1, 0.1): w * (x + 0.1 * (HIGH - LOW) * noise - white),
        lrp.Occlusion(2, 2, "white"): occlusion,
    }
    for method, relevance in expected.items():
        assert_same(lrp.explain(network, x, 1, method).relevance, relevance, 1e-12)


def test_occlusion_averages_over_the_windows_that_hold_a_value_and_cuts_the_last_one_off():
    linear = nn.Sequential(nn.Flatten(), nn.Linear(5, 2, bias=False)).eval()
    linear[1].weight.data = torch.tensor([[1.0, 10, 100, 1000, 10000], [0, 0, 0, 0, 0]])
    # Windows of 3 in steps of 2 over 5 values: 111 for the first, 11100 for the second; the middle is in both.
    found = lrp.explain(lrp.canonize(linear), torch.ones(1, 1, 5), 0, lrp.Occlusion(3, 2))
    torch.testing.assert_close(found.relevance, torch.tensor([[[111.0, 111, 5605.5, 11100, 11100]]]))
    # In steps of 3 the second window, 11000, is cut off at the edge; longer steps would leave gaps and are not taken.
    for stride in (3, 4):
        found = lrp.explain(lrp.canonize(linear), torch.ones(1, 1, 5), 0, lrp.Occlusion(3, stride))
        torch.testing.assert_close(found.relevance, torch.tensor([[[111.0, 111, 111, 11000, 11000]]]))


def test_the_ways_back_through_a_relu_worked_out_by_hand():
    # At x = (3, 1): z = (2, 1, -3). The signals at the ReLUs are (2, -3, 5): the gradient lets (2, -3, 0) pass, Guided Backprop
    # (2, 0, 0), Deconvolution (2, 0, 5). DeepLIFT from (0, 0): slopes (1, 1, 0), so it is the gradient.
    network, x = lrp.canonize(Hand().eval()), torch.tensor([[3.0, 1.0]])
    for method, expected in (
        (lrp.Saliency(absolute=False), [2.0, -5.0]),
        (lrp.Saliency(), [2.0, 5.0]),
        (lrp.InputXGradient(), [6.0, -5.0]),
        (lrp.GuidedBackprop(), [2.0, -2.0]),
        (lrp.Deconvolution(), [-3.0, -2.0]),
        (lrp.DeepLIFT("grey"), [6.0, -5.0]),
        # From (-1, 1): z0 = (-2, 1, 1), slopes (2 / 4, 1, -1 / -4): m = (2 / 2 - 5 / 4, -2 / 2 - 3), where only x1 differs.
        (lrp.DeepLIFT(torch.tensor([[-1.0, 1.0]])), [-1.0, 0.0]),
        # Each value covered alone by 0: f(3, 1) = 1, f(0, 1) = -3, f(3, 0) = 6.
        (lrp.Occlusion(), [4.0, -5.0]),
    ):
        result = lrp.explain(network, x, 0, method)
        torch.testing.assert_close(result.relevance, torch.tensor([expected]), msg=str(method))


class Maps(nn.Module):
    """Two feature maps, x and its negative, rectified and then averaged: logit 3 mean(relu(x)) - 2 mean(relu(-x))."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.relu = nn.Conv2d(1, 2, 1, bias=False), nn.ReLU()
        self.pool, self.fc = nn.MaxPool2d(1, 2), nn.Linear(2, 1, bias=False)
        self.conv.weight.data = torch.tensor([1.0, -1.0]).view(2, 1, 1, 1)
        self.fc.weight.data = torch.tensor([[3.0, -2.0]])

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.pool(self.relu(self.conv(x))).mean((2, 3)))


def test_grad_cam_worked_out_by_hand():
    # The pool takes one value in four of each map, so alpha = (3, -2) / 4 over the 4 x 4 map before it; the map, as large as
    # the picture, need not be enlarged.
    network, x = lrp.canonize(Maps().eval()), torch.arange(-8.0, 8.0).view(1, 1, 4, 4)
    alpha = torch.tensor([3.0, -2.0]) / 16
    signed = alpha[0] * x.clamp(min=0) + alpha[1] * (-x).clamp(min=0)
    torch.testing.assert_close(lrp.explain(network, x, 0, lrp.GradCAM(relu=False)).relevance, signed)
    torch.testing.assert_close(lrp.explain(network, x, 0, lrp.GradCAM()).relevance, signed.clamp(min=0))
    # At the pool: one value of each 2 x 2, alpha = (3, -2) / 4, enlarged so that each value is shared among four pixels.
    pooled = x[:, :, ::2, ::2]
    cam = (3 * pooled.clamp(min=0) - 2 * (-pooled).clamp(min=0)) / 4
    expected = F.interpolate(cam, (4, 4), mode="bilinear") / 4
    result = lrp.explain(network, x, 0, lrp.GradCAM("pool", relu=False))
    torch.testing.assert_close(result.relevance, expected)
    torch.testing.assert_close(result.total, result.explained)
