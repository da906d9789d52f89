"""What the methods beside LRP promise, what they do not, and in which order they come."""

import re

import pytest
import torch
from PIL import Image

import lrp
from lrp.cli.explain_files import map_in_words, promised
from lrp.display.export import map_panel
from lrp.jobs.batch import Explanation
from lrp.methods.baselines import BASELINES
from tests.lrp.methods.kit import CLASSES, OTHERS, Pooled, each_other_method
from tests.networks import HIGH, LOW


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
        assert result.gap.max() <= (0.1 if method is lrp.GuidedIntegratedGradients else 0.05)  # which does not refine its path
        assert result.explained != result.logits[:, 2]


def test_what_is_written_of_a_method_without_a_sum_promises_none(network, x):
    picture = Image.new("RGB", (4, 4))
    for method, line, tile in (
        (lrp.Saliency(), r"saliency sums to \S+ in 0\.50 s", r"sums to \S+; none is promised"),
        (lrp.DeepLIFT(), r"deeplift sums to (\S+) of \1 in 0\.50 s", r"sums to (\S+) of \1"),
    ):
        objective = lrp.Logit(2)
        explanation = Explanation(method, lrp.explain(network, x, 2, method), 0.5)
        assert re.fullmatch(line, map_in_words(explanation, objective))
        assert (promised(explanation, objective) is None) == (method.sums_to is None)
        total = float(explanation.result.total[0])
        assert re.fullmatch(tile, map_panel("", picture, 1.0, total, promised(explanation, objective)).notes[0])


def test_the_methods_come_in_order_lrp_first_then_integrated_gradients():
    families = [method.family for method in lrp.METHODS.values()]
    assert families == sorted(families, key=["LRP", "IG", "Gradient", "Perturbation"].index)
    assert [method.name for method in OTHERS] == [
        "integrated-gradients", "averaged-integrated-gradients", "smoothgrad-ig", "idgi", "guided-integrated-gradients",
        "blur-integrated-gradients", "expected-gradients", "deeplift", "input-x-gradient", "saliency", "smoothgrad",
        "guided-backprop", "deconvolution", "grad-cam", "occlusion",
    ]  # fmt: skip
    assert [method.name for method in lrp.METHODS.values() if not method().quick] == [
        "integrated-gradients", "averaged-integrated-gradients", "smoothgrad-ig", "idgi", "guided-integrated-gradients",
        "blur-integrated-gradients", "expected-gradients", "smoothgrad", "occlusion",
    ]  # fmt: skip


def test_a_method_declares_the_passes_that_its_settings_ask_for():
    assert lrp.EpsilonPlus(shifts=4).passes(160) == lrp.InputXGradient(shifts=4).passes(160) == 16
    assert lrp.SmoothGrad(n_samples=5).passes(160) == 5
    assert lrp.AveragedIntegratedGradients(n_steps=16, n_samples=4).passes(160) == 64
    assert lrp.AveragedIntegratedGradients(baselines="black and white", n_steps=16).passes(160) == 32
    assert lrp.IDGI(n_steps=30).passes(160) == lrp.ExpectedGradients(n_samples=30).passes(160) == 30
    assert lrp.Saliency().passes(160) == lrp.DeepLIFT().passes(160) == 1
