"""The methods beside LRP: against Captum on the stock model, against closed forms, and by what they promise."""

import copy
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from functools import partial

import captum.attr
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

import lrp
from lrp.backward import gradient
from lrp.baselines import BASELINES, baseline_picture, draws, noise_pictures, pixel_range
from lrp.batch import Answer
from lrp.export import map_panel
from lrp.layers import Layer, MaxPool2d, ReLU
from tests.networks import HIGH, LOW, pictures, random_resnet

OTHERS = [method for method in lrp.METHODS.values() if method.family != "LRP"]
OBJECTIVES = [lrp.Logit(torch.tensor([1, 6])), lrp.Contrast(1, versus=2), lrp.SGLRP(1), lrp.Features("layer3")]
CLASSES = torch.tensor([1, 6])

each_other_method = pytest.mark.parametrize("method", OTHERS, ids=lambda method: method.name)
captum_warns = pytest.mark.filterwarnings("ignore:Setting (backward|forward):UserWarning", "ignore:Input Tensor 0:UserWarning")


def small(method):
    """The method with settings that take little time."""
    quick = {"n_steps": 8, "tolerance": None, "n_samples": 2, "window": 32, "stride": 32, "relu": False}
    return method(**{setting.name: quick[setting.name] for setting in fields(method) if setting.name in quick})


@pytest.fixture(scope="module")
def model() -> nn.Module:
    return random_resnet()


@pytest.fixture(scope="module")
def network(model: nn.Module) -> lrp.Network:
    return lrp.canonize(model, LOW, HIGH)


@pytest.fixture(scope="module")
def x() -> Tensor:
    return pictures()


def assert_same(ours: Tensor, theirs: Tensor, tolerance: float = 1e-9) -> None:
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() <= tolerance * theirs.abs().max()


def value_of(objective: lrp.Logit, model: nn.Module) -> Callable[[Tensor], Tensor]:
    """The explained scalar computed by the stock model."""
    stage = nn.Sequential(*list(model.children())[:7])  # up to layer3
    return {
        lrp.Logit: lambda x: model(x)[:, objective.target].diagonal() if len(x) > 1 else model(x)[:, 1],
        lrp.Contrast: lambda x: model(x)[:, 1] - model(x)[:, 2],
        lrp.SGLRP: lambda x: model(x).softmax(1)[:, 1],
        lrp.Features: lambda x: stage(x).flatten(1).sum(1),
    }[type(objective)]


# Against Captum on the stock model


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


class Pooled(nn.Module):
    """Convolutions, max pools that do or do not overlap, a concatenation and a LeakyReLU."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.first, self.second, self.third = nn.Conv2d(3, 6, 3), nn.Conv2d(3, 6, 3), nn.Conv2d(12, 5, 3)
        self.relu, self.leaky, self.pool = nn.ReLU(), nn.LeakyReLU(0.2), nn.MaxPool2d(2, stride)
        self.top, self.last = nn.ReLU(), nn.Linear(5, 4)

    def forward(self, x: Tensor) -> Tensor:
        branches = torch.cat([self.relu(self.first(x)), self.leaky(self.second(x))], 1)
        return self.last(self.top(self.third(self.pool(branches))).mean((2, 3)))


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
    # Max pools that do not overlap and do not follow a ReLU directly.
    pooled = Pooled(stride=2).double().eval()
    network, part = lrp.canonize(pooled, LOW, HIGH), x[:, :, :20, :20].clone()
    start = baseline_picture(baseline, network, part)
    theirs = captum.attr.DeepLift(pooled).attribute(part.clone(), start, target=1)
    assert_same(lrp.explain(network, part, 1, lrp.DeepLIFT(baseline)).relevance, theirs.detach())


@captum_warns
def test_captums_deeplift_still_does_not_sum_on_a_resnet(network, x):
    """Why ours is not Captum's; if this fails, Captum was mended and the docstring of DeepLIFT should say so."""
    objective, start = lrp.Logit(4), LOW.expand_as(x)
    theirs = captum.attr.DeepLift(Disposable(network, objective)).attribute(x.clone(), start)
    ours = lrp.explain(network, x, objective, lrp.DeepLIFT("black"))
    assert ours.gap.max() < 1e-10
    assert ((theirs.flatten(1).sum(1) - ours.explained) / ours.explained).abs().min() > 0.1


# Closed forms


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


class Hand(nn.Module):
    """x -> relu(x1 - x2), relu(x2), relu(-x1) -> 2 h1 - 3 h2 + 5 h3, and its negative."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.relu, self.last = nn.Linear(2, 3, bias=False), nn.ReLU(), nn.Linear(3, 2, bias=False)
        self.first.weight.data = torch.tensor([[1.0, -1], [0, 1], [-1, 0]])
        self.last.weight.data = torch.tensor([[2.0, -3, 5], [-2, 3, -5]])

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.relu(self.first(x)))


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


# What they promise, and what they do not


@pytest.mark.parametrize("baseline", [*BASELINES, torch.randn(1, 3, 20, 20, generator=torch.Generator().manual_seed(1))], ids=str)
def test_deeplift_sums_to_the_difference_whatever_the_pools_and_the_baseline(baseline, network, x):
    overlapping = lrp.canonize(Pooled(stride=1).double().eval(), LOW, HIGH)
    result = lrp.explain(overlapping, x[:, :, :20, :20], CLASSES % 4, lrp.DeepLIFT(baseline))
    assert result.gap.max() < 1e-9
    if isinstance(baseline, str):
        result = lrp.explain(network, x, lrp.Contrast(1, versus=CLASSES - 1), lrp.DeepLIFT(baseline))
        assert result.gap.max() < 1e-9


def test_grad_cam_sums_to_the_logit_less_the_bias_before_global_pooling(model, network, x):
    result = lrp.explain(network, x, CLASSES, lrp.GradCAM(relu=False))
    torch.testing.assert_close(result.total, result.explained - model.fc.bias[CLASSES].detach())


@each_other_method
def test_a_method_says_whether_it_promises_a_sum(method, network, x):
    settings = {"tolerance": 0.05} if hasattr(method, "tolerance") else {}
    result = lrp.explain(network, x[:1], lrp.Logit(2), method(**settings))
    assert torch.isfinite(result.explained).all()
    if method.sums_to is None:
        assert torch.equal(result.explained, result.logits[:, 2])
        assert result.gap.min() > 0.05
    else:
        assert result.gap.max() <= 0.05
        assert result.explained != result.logits[:, 2]


def test_what_is_written_of_a_method_without_a_sum_promises_none(network, x):
    picture = Image.new("RGB", (4, 4))
    for method, line, tile in (
        (lrp.Saliency(), r"saliency sums to \S+ in 0\.50 s", r"sums to \S+; none is promised"),
        (lrp.DeepLIFT(), r"deeplift sums to (\S+) of \1 in 0\.50 s", r"sums to (\S+) of \1"),
    ):
        answer = Answer(method, lrp.explain(network, x, 2, method), 0.5)
        assert re.fullmatch(line, str(answer))
        assert (answer.explained is None) == (method.sums_to is None)
        assert re.fullmatch(tile, map_panel("", picture, 1.0, answer.total, answer.explained).notes[0])


# Where Grad-CAM looks


def place(model: nn.Module, x: Tensor, objective: lrp.Logit, layer: str = "last") -> str:
    return lrp.GradCAM(layer).node(lrp.trace(lrp.canonize(model.eval()), x), objective).name


def test_grad_cam_finds_the_last_feature_maps_of_any_network(model, x):
    vgg = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.AdaptiveAvgPool2d(5), nn.Flatten(), nn.Linear(100, 7),
    ).double()  # fmt: skip
    assert place(model, x, lrp.Logit(0)) == "layer4_1_relu_1"
    assert place(model, x, lrp.Features("layer2")) == "layer2_1_relu_1"
    assert place(vgg, x, lrp.Logit(0)) == "_4"
    assert place(Pooled(stride=2).double(), x, lrp.Logit(0)) == "top"
    assert place(vgg, x, lrp.Logit(0), layer="2") == "_2"


def test_grad_cam_refuses_a_layer_that_it_cannot_use(network, x):
    for layer, objective, message in (
        ("layer5", lrp.Logit(0), r"no node or module named 'layer5'"),
        ("fc", lrp.Logit(0), r"Grad-CAM needs feature maps of a picture, got \(2, 7\) at fc"),
        ("layer4", lrp.Features("layer3"), r"Features\(place='layer3'\), must come after layer4_1_relu_1"),
    ):
        with pytest.raises(ValueError, match=message):
            lrp.explain(network, x, objective, lrp.GradCAM(layer))
    with pytest.raises(ValueError, match="Grad-CAM needs a network with convolutions"):
        lrp.explain(lrp.canonize(Hand().eval()), torch.ones(1, 2), 0, lrp.GradCAM())


def test_grad_cam_sees_a_layer_as_it_is_although_a_relu_writes_over_it(model, network, x):
    cam = captum.attr.LayerGradCam(model.eval(), model.bn1).attribute(x, 3)  # canonizing folds bn1 into conv1
    theirs = F.interpolate(cam, x.shape[2:], mode="bilinear") * cam[0].numel() / x[0, 0].numel()
    assert_same(lrp.explain(network, x, 3, lrp.GradCAM("conv1", relu=False)).relevance.sum(1, keepdim=True), theirs.detach())


# Objectives, inputs and settings


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
        if method is lrp.AveragedIntegratedGradients or (method is lrp.GradCAM and x.dim() == 2):
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


# The network is shared, and never touched


@each_other_method
def test_each_picture_of_a_batch_is_explained_as_if_alone(method, network, x):
    together = lrp.explain(network, x, CLASSES, small(method)).relevance
    alone = [lrp.explain(network, x[i : i + 1], int(target), small(method)).relevance for i, target in enumerate(CLASSES)]
    assert_same(together, torch.cat(alone), 1e-7)


@each_other_method
def test_one_picture_explained_for_several_classes_is_as_if_each_were_asked_alone(method, network, x):
    together = lrp.explain(network, x[:1], lrp.Contrast(torch.tensor([4, 0, 5]), versus=1), small(method))
    assert (len(together.relevance), len(together.logits), len(together.explained)) == (3, 3, 3)
    for row, target in enumerate([4, 0, 5]):
        alone = lrp.explain(network, x[:1], lrp.Contrast(target, versus=1), small(method))
        assert_same(together.relevance[row : row + 1], alone.relevance, 1e-7)
        torch.testing.assert_close(together.explained[row : row + 1], alone.explained)


@each_other_method
def test_the_same_arguments_give_the_same_bits_and_a_seed_others(method, network, x):
    state = torch.get_rng_state()
    once = lrp.explain(network, x, CLASSES, small(method)).relevance
    torch.manual_seed(99)
    forward = lrp.trace(network, x)
    kept = {name: value.clone() for name, value in forward.values.items()}
    again = lrp.explain(network, forward, CLASSES, small(method)).relevance
    assert torch.equal(once, again)
    assert all(torch.equal(value, forward.values[name]) for name, value in kept.items())
    torch.set_rng_state(state)
    lrp.explain(network, x, CLASSES, small(method))
    assert torch.equal(torch.get_rng_state(), state)
    if hasattr(method, "seed"):
        other = lrp.explain(network, x, CLASSES, replace(small(method), seed=2)).relevance
        assert (other - once).abs().max() > 1e-3 * once.abs().max()


class Stop(Exception):
    """Raised by a progress callback to cancel."""


@each_other_method
def test_progress_rises_to_1_and_raising_from_it_cancels(method, network, x):
    seen: list[float] = []
    finer = {"n_steps": 32, "window": 8, "stride": 8, "layer": "layer1"}
    whole = replace(small(method), **{setting.name: finer[setting.name] for setting in fields(method) if setting.name in finer})
    lrp.explain(network, x, 0, whole, seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert any(0.2 < share < 0.8 for share in seen)

    def cancel(share: float) -> None:
        if 0.2 < share < 0.8:
            raise Stop

    with pytest.raises(Stop):
        lrp.explain(network, x, 0, whole, cancel)


def tensors(network: lrp.Network) -> list[Tensor]:
    return [value for node in network.nodes for value in vars(node.layer).values() if isinstance(value, Tensor)]


def test_neither_the_model_nor_the_network_is_ever_touched(model, x):
    network, before = lrp.canonize(model, LOW, HIGH), copy.deepcopy(model.state_dict())
    weights = [tensor.clone() for tensor in tensors(network)]

    def cancel(share: float) -> None:
        raise Stop

    for method in map(small, OTHERS):
        lrp.explain(network, x, 0, method)
        with pytest.raises(ValueError, match="target must be between 0 and 6, got 7"):
            lrp.explain(network, x, 7, method)
        with pytest.raises(Stop):
            lrp.explain(network, x, 0, method, cancel)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(torch.equal(old, new) for old, new in zip(weights, tensors(network), strict=True))
    assert not any(tensor.requires_grad for tensor in tensors(network))
    assert not any(module._forward_hooks or module._forward_pre_hooks or module._backward_hooks for module in model.modules())


def test_threads_that_share_a_network_give_exactly_the_results_of_one(model, x):
    network = lrp.canonize(model, LOW, HIGH)
    forward = lrp.trace(network, x)
    work = [(small(method), target) for target in range(2) for method in OTHERS]

    def relevance(item):
        return lrp.explain(network, forward, item[1], item[0]).relevance

    alone = [relevance(item) for item in work]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(relevance, work))
    assert all(torch.equal(one, many) for one, many in zip(alone, together, strict=True))


def test_the_walk_is_autograds_gradient(model, network, x):
    leaf = x.clone().requires_grad_()
    expected = torch.autograd.grad(model(leaf)[:, 5].sum(), leaf)[0]
    assert_same(gradient(lrp.trace(network, x), lrp.Logit(5)), expected)


# The list of methods


def test_the_methods_come_in_order_lrp_first_then_integrated_gradients():
    families = [method.family for method in lrp.METHODS.values()]
    assert families == sorted(families, key=["LRP", "IG", "Gradient", "Perturbation"].index)
    assert [method.name for method in OTHERS] == [
        "integrated-gradients", "averaged-integrated-gradients", "smoothgrad-ig", "deeplift", "input-x-gradient", "saliency",
        "smoothgrad", "guided-backprop", "deconvolution", "grad-cam", "occlusion",
    ]  # fmt: skip
    assert [method.name for method in lrp.METHODS.values() if not method.quick] == [
        "integrated-gradients", "averaged-integrated-gradients", "smoothgrad-ig", "smoothgrad", "occlusion",
    ]  # fmt: skip
