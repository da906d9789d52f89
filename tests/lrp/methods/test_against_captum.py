"""The methods beside LRP against Captum on the stock model."""

from dataclasses import replace
from functools import partial

import captum.attr
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import lrp
from lrp.methods.baselines import BASELINES, baseline_picture, draws, noise_pictures
from lrp.network.layers import Layer, MaxPool2d, ReLU
from tests.lrp.methods.kit import CLASSES, OBJECTIVES, Pooled, assert_same, captum_warns, value_of
from tests.networks import HIGH, LOW, random_resnet


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda objective: type(objective).__name__)
@captum_warns
def test_the_gradient_methods_equal_captum_for_every_objective(model, network, x, objective):
    value = value_of(objective, model)
    for method, theirs in (
        (lrp.Saliency(), captum.attr.Saliency(value).attribute(x.clone())),
        (lrp.Saliency(absolute=False), captum.attr.Saliency(value).attribute(x.clone(), abs=False)),
        (lrp.InputXGradient(), captum.attr.InputXGradient(value).attribute(x.clone())),
    ):
        result = lrp.explain(network, x, objective, method)
        assert_same(result.relevance, theirs.detach())
        torch.testing.assert_close(result.explained, value(x).detach())
        torch.testing.assert_close(result.logits, model(x).detach())


@pytest.mark.parametrize("name", ["GuidedBackprop", "Deconvolution"])
@captum_warns
def test_guided_backprop_and_deconvolution_equal_captum(model, network, x, name):
    theirs = getattr(captum.attr, name)(model).attribute(x.clone(), target=CLASSES)
    assert_same(lrp.explain(network, x, CLASSES, getattr(lrp, name)()).relevance, theirs)
    assert (theirs - lrp.explain(network, x, CLASSES, lrp.Saliency(absolute=False)).relevance).abs().max() > 1e-6


@pytest.mark.parametrize("layer", ["last", "layer2", "layer3.0"])
@pytest.mark.parametrize("relu", [True, False])
def test_grad_cam_equals_captum_enlarged(model, network, x, layer, relu):
    module = model.get_submodule("layer4" if layer == "last" else layer)
    cam = captum.attr.LayerGradCam(model, module).attribute(x, CLASSES, relu_attributions=relu)
    theirs = F.interpolate(cam, x.shape[2:], mode="bilinear") * cam[0].numel() / x[0, 0].numel()
    ours = lrp.explain(network, x, CLASSES, lrp.GradCAM(layer, relu)).relevance
    assert_same(ours.sum(1, keepdim=True), theirs.detach())
    assert torch.equal(ours[:, 0], ours[:, 2])


@pytest.mark.parametrize(("window", "stride"), [(32, 16), (24, 20), (64, 8)])
def test_occlusion_equals_captum(model, network, x, window, stride):
    ours = lrp.explain(network, x, CLASSES, lrp.Occlusion(window, stride, "black"))
    theirs = captum.attr.Occlusion(model).attribute(x, (3, window, window), (3, stride, stride), LOW.expand_as(x), CLASSES)
    assert_same(3 * ours.relevance, theirs.double(), 1e-5)  # Captum divides in float
    assert ours.relevance.dtype == torch.float64


@captum_warns
def test_smoothgrad_is_captums_gradient_averaged_over_its_noise(model, network, x):
    method = lrp.SmoothGrad(n_samples=3, noise=0.2, absolute=False, seed=7)
    noisy = [x + 0.2 * (HIGH - LOW) * noise for noise in draws(torch.randn, x, 3, 7)]
    theirs = sum(captum.attr.Saliency(model).attribute(each, target=CLASSES, abs=False) for each in noisy) / 3
    assert_same(lrp.explain(network, x, CLASSES, method).relevance, theirs)
    assert_same(lrp.explain(network, x, CLASSES, replace(method, absolute=True)).relevance, theirs.abs())
    assert (noisy[0] - x).std() == pytest.approx(0.2 * float((HIGH - LOW).mean()), rel=0.05)


def test_averaged_integrated_gradients_are_captums_averaged(model, network, x):
    attribute = partial(captum.attr.IntegratedGradients(model).attribute, target=CLASSES, n_steps=8, method="gausslegendre")
    noise = [picture.expand_as(x) for picture in noise_pictures(network, x, 2, seed=3)]
    noisy = [x + 0.1 * (HIGH - LOW) * noise for noise in draws(torch.randn, x, 2, 3)]
    ends = [LOW.expand_as(x), HIGH.expand_as(x)]
    for method, theirs, explained in (
        (lrp.AveragedIntegratedGradients("noise", 8, None, 2, 3), [attribute(x, start) for start in noise],
         [model(x) - model(start) for start in noise]),
        (lrp.AveragedIntegratedGradients("black and white", 8, None), [attribute(x, start) for start in ends],
         [model(x) - model(start) for start in ends]),
        (lrp.SmoothIntegratedGradients("black", 8, None, 2, 0.1, 3), [attribute(end, ends[0]) for end in noisy],
         [model(end) - model(ends[0]) for end in noisy]),
    ):  # fmt: skip
        result = lrp.explain(network, x, CLASSES, method)
        assert_same(result.relevance, (sum(theirs) / 2).detach())
        torch.testing.assert_close(result.explained, (sum(explained) / 2)[range(2), CLASSES].detach())


class Disposable(nn.Module):
    """A throw-away module for Captum's hooks: a ReLU and a MaxPool2d of its own for each node, weights shared."""

    def __init__(self, network: lrp.Network, objective: lrp.Logit) -> None:
        super().__init__()
        self.objective, self.hooked = objective, nn.ModuleDict()
        for node in network.nodes:
            if isinstance(node.layer, ReLU):
                self.hooked[node.name] = nn.ReLU()
            elif isinstance(node.layer, MaxPool2d):
                *sizes, ceil_mode = node.layer.settings
                self.hooked[node.name] = nn.MaxPool2d(*sizes, ceil_mode=ceil_mode)
        layers = {node.name: Layer(self.hooked[node.name]) if node.name in self.hooked else node.layer for node in network.nodes}
        self.network = replace(network, nodes=tuple(replace(node, layer=layers[node.name]) for node in network.nodes))

    def forward(self, x: Tensor) -> Tensor:
        return self.objective.value(self.network(x, self.objective.place))


@pytest.mark.parametrize("baseline", BASELINES)
@captum_warns
def test_deeplift_equals_captum_where_captum_is_right(x, baseline):
    # On the stock ResNet Captum refuses: its ReLUs are used twice. So each node gets a ReLU of its own, and average pooling.
    averaging = random_resnet()
    averaging.maxpool = nn.AvgPool2d(2)
    network = lrp.canonize(averaging, LOW, HIGH)
    start = baseline_picture(baseline, network, x)
    theirs = captum.attr.DeepLift(Disposable(network, lrp.Logit(4))).attribute(x.clone(), start)
    assert_same(lrp.explain(network, x, 4, lrp.DeepLIFT(baseline)).relevance, theirs.detach())
    # Max pools that do not overlap and do not follow a ReLU directly. In one colour all pixels of a window are equal but for
    # rounding, which would choose the winner, on another processor another one: so no pixel equals its neighbour.
    pooled = Pooled(stride=2).double().eval()
    network, part = lrp.canonize(pooled, LOW, HIGH), x[:, :, :20, :20].clone()
    noise = torch.randn(part.shape, dtype=part.dtype, generator=torch.Generator().manual_seed(0))
    start = baseline_picture(baseline, network, part) + 0.1 * noise
    theirs = captum.attr.DeepLift(pooled).attribute(part.clone(), start, target=1)
    assert_same(lrp.explain(network, part, 1, lrp.DeepLIFT(start)).relevance, theirs.detach())


@captum_warns
def test_captums_deeplift_still_does_not_sum_on_a_resnet(network, x):
    """Why ours is not Captum's; if this fails, Captum was mended and the docstring of DeepLIFT should say so."""
    objective, start = lrp.Logit(4), LOW.expand_as(x)
    theirs = captum.attr.DeepLift(Disposable(network, objective)).attribute(x.clone(), start)
    ours = lrp.explain(network, x, objective, lrp.DeepLIFT("black"))
    assert ours.gap.max() < 1e-10
    assert ((theirs.flatten(1).sum(1) - ours.explained) / ours.explained).abs().min() > 0.1
