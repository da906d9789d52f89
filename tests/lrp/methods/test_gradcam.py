"""Where Grad-CAM looks."""


import captum.attr
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import lrp
from tests.lrp.methods.kit import Hand, Pooled, assert_same


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
