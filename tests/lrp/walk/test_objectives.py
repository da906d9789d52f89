"""What is explained: every objective against numbers worked out by hand, its paper and autograd."""

import math
from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor, nn

import lrp
from lrp.methods.composites import Composite
from lrp.network.weighted import Weighted
from lrp.rules.weighted import ZPlus
from lrp.walk.objectives import Objective
from tests.networks import FULL, HIGH, LOW, pictures, random_resnet

ALL_OVER = Composite(((Weighted, ZPlus(bias=False)),))  # z+ in every layer, as Gu et al. 2018 have it


def double(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


# Logits 1, 2, 4 with class 2 explained; the softmax is e, e^2, e^4 over their sum.
TOTAL = math.e + math.e**2 + math.e**4
P = [math.e / TOTAL, math.e**2 / TOTAL, math.e**4 / TOTAL]


@pytest.mark.parametrize(
    ("objective", "seed", "value"),
    [
        (lrp.Logit(2), [0, 0, 4], 4),
        (lrp.Contrast(2, versus=0), [-1, 0, 4], 3),
        (lrp.CLRP(2), [-2, -2, 4], None),
        (lrp.SGLRP(2), [-P[2] * P[0], -P[2] * P[1], P[2] * (1 - P[2])], P[2]),
    ],
    ids=str,
)
def test_the_seed_and_the_value_worked_out_by_hand(objective, seed, value):
    logits = double(1, 2, 4).unsqueeze(0)
    torch.testing.assert_close(objective.seed(logits), double(*seed).unsqueeze(0))
    if value is not None:
        torch.testing.assert_close(objective.value(logits), double(value))


@pytest.mark.parametrize(
    ("objective", "relevance"),
    [
        # With LRP-0 class k hands x_j w_kj seed_k / z_k to input j; logits 1, 2, 4 for x = (1, 2), class 2 explained. The
        # contributions are (3, -2), (-2, 4) and (2, 2): by z+, which the contrastive questions ask for, class 0 hands all to
        # the first input, class 1 all to the second, and class 2 half to each.
        (lrp.Logit(2), (2, 2)),
        (lrp.Contrast(2, versus=0), (2 - 3, 2 + 2)),
        (lrp.CLRP(2), (4 / 2 - 2, 4 / 2 - 2)),
        (lrp.SGLRP(2), (P[2] * ((1 - P[2]) / 2 - P[0]), P[2] * ((1 - P[2]) / 2 - P[1]))),
    ],
    ids=["logit", "contrast", "CLRP", "SGLRP"],
)
def test_relevance_on_a_linear_model_worked_out_by_hand(objective, relevance):
    model = nn.Sequential(nn.Linear(2, 3, bias=False)).double().eval()
    model[0].weight.data = torch.stack([double(3, -1), double(-2, 2), double(2, 1)])
    x = double(1, 2).unsqueeze(0)
    assert model(x).tolist() == [[1, 2, 4]]
    result = lrp.explain(lrp.canonize(model), x, objective, lrp.UniformEpsilon(0.0))
    torch.testing.assert_close(result.relevance, double(*relevance).unsqueeze(0), rtol=1e-5, atol=1e-5)  # the stabilizer is 1e-6
    torch.testing.assert_close(result.explained, objective.seed(model(x).detach()).sum(1))


@pytest.mark.parametrize("target", range(7))
def test_sglrp_starts_from_the_gradient_of_the_softmax(target):
    logits = 3 * torch.randn(4, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    expected = torch.autograd.grad(logits.softmax(1)[:, target].sum(), logits)[0]
    torch.testing.assert_close(lrp.SGLRP(target).seed(logits.detach()), expected)


@dataclass(frozen=True)
class Start(Objective):
    """Relevance that starts as it is given, (classes,), with the rule that CLRP asks of the last layer."""

    top_rule = lrp.CLRP.top_rule
    relevance: Tensor

    def seed(self, output: Tensor) -> Tensor:
        return self.relevance.expand_as(output)


@pytest.mark.parametrize("method", [ALL_OVER, lrp.EpsilonPlus(), lrp.UniformEpsilon(0.25)], ids=["z+", "plus", "uniform"])
def test_clrp_is_the_map_of_the_class_minus_that_of_its_dual(method):
    # The paper walks twice, once from the score of the class and once from the same score shared out among the others.
    network, x = lrp.canonize(random_resnet()), pictures(1)
    score = network(x)[0, 3]
    own, dual = torch.zeros(7, dtype=torch.float64), (score / 6).repeat(7)
    own[3], dual[3] = score, 0
    r, r_dual = (lrp.explain(network, x, Start(seed), method).relevance for seed in (own, dual))
    ours = lrp.explain(network, x, lrp.CLRP(3), method).relevance
    torch.testing.assert_close(ours, r - r_dual, rtol=1e-9, atol=1e-12 * float(r_dual.abs().max()))


@pytest.mark.parametrize(
    "method", [lrp.EpsilonPlusFlat(), lrp.EpsilonPlus(zero_bias=True), lrp.UniformEpsilon(), lrp.EpsilonGammaBox()], ids=str
)
@pytest.mark.parametrize("objective", [lrp.CLRP(3), lrp.SGLRP(3)])
def test_a_contrastive_objective_names_the_rule_of_the_last_layer_and_no_other(method, objective):
    network = lrp.canonize(random_resnet(), LOW, HIGH)
    usual, asked = method.rules(network), method.rules(network, objective)
    assert {name for name in usual if usual[name] != asked[name]} <= {"fc"}
    assert asked["fc"] == ZPlus(bias=not method.zero_bias)
    assert method.rules(network, lrp.Logit(3)) == usual
    by_hand = replace(method.composite(network), top=ZPlus(bias=not method.zero_bias))
    ours, theirs = (lrp.explain(network, pictures(1), objective, each).relevance for each in (method, by_hand))
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_clrp_sums_to_0_where_relevance_is_conserved():
    # Full widths: in a slim network some units have no positive input at all, and what arrives there ends there.
    network = lrp.canonize(random_resnet(18, FULL, 1000, torch.float32))
    result = lrp.explain(network, pictures(1, dtype=torch.float32), lrp.CLRP(3), ALL_OVER)
    assert result.explained.abs().item() < 1e-5
    assert result.total.abs().item() < 1e-3 * result.relevance.abs().sum().item()


# Features


@pytest.mark.parametrize("stage", ["layer1", "layer2", "layer3"])
@pytest.mark.parametrize("method", [lrp.UniformEpsilon(0.1), lrp.EpsilonPlusFlat(), lrp.EpsilonGammaBox()], ids=str)
def test_features_are_explained_as_the_whole_output_of_the_network_cut_there(method, stage):
    model, x = random_resnet(34), pictures()
    children = dict(model.named_children())
    upto = [module for name, module in children.items() if list(children).index(name) <= list(children).index(stage)]
    cut = nn.Sequential(*upto).eval()

    @dataclass(frozen=True)
    class Everything(Objective):
        def seed(self, output: Tensor) -> Tensor:
            return output.clone()

    ours = lrp.explain(lrp.canonize(model, LOW, HIGH), x, lrp.Features(stage), method)
    expected = lrp.explain(lrp.canonize(cut, LOW, HIGH), x, Everything(), method)
    torch.testing.assert_close(ours.relevance, expected.relevance, rtol=1e-10, atol=1e-14)
    torch.testing.assert_close(ours.explained, cut(x).detach().flatten(1).sum(1))
    assert ours.logits.shape == (2, 7)


def test_features_with_epsilon_0_are_the_input_times_the_gradient_of_their_sum():
    model, x = random_resnet(), pictures().requires_grad_()
    stage = nn.Sequential(*list(model.children())[:7])
    expected = x * torch.autograd.grad(stage(x).sum(), x)[0]
    ours = lrp.explain(lrp.canonize(model), x, lrp.Features("layer3"), lrp.UniformEpsilon(0.0)).relevance
    torch.testing.assert_close(ours, expected, rtol=1e-8, atol=1e-9 * float(expected.detach().abs().max()))


@pytest.mark.parametrize("place", ["layer1.0.conv1", "layer1_0_conv1", "bn1"])
def test_features_of_an_unknown_place_are_refused_and_a_single_layer_is_fine(place):
    model, x = random_resnet(), pictures()
    network = lrp.canonize(model)
    if place == "bn1":  # folded into the convolution before it
        with pytest.raises(ValueError, match="the network has no node or module named 'bn1'; its modules begin with"):
            lrp.explain(network, x, lrp.Features(place), lrp.UniformEpsilon())
        return
    block = model.layer1[0]
    z = block.bn1(block.conv1(model.maxpool(model.relu(model.bn1(model.conv1(x)))))).detach()
    torch.testing.assert_close(
        lrp.explain(network, x, lrp.Features(place), lrp.UniformEpsilon()).explained, z.flatten(1).sum(1), rtol=1e-9, atol=1e-9
    )


# Refusals


@pytest.mark.parametrize(
    ("objective", "error", "message"),
    [
        (lrp.Logit(7), ValueError, r"target must be between 0 and 6, got 7"),
        (lrp.Contrast(0, versus=-1), ValueError, r"target must be between 0 and 6, got -1"),
        (lrp.CLRP(torch.tensor([0, 9])), ValueError, r"target must be between 0 and 6, got tensor\(\[0, 9\]\)"),
        (lrp.SGLRP(1.5), TypeError, r"target must be a class index or a tensor of them, got torch\.float"),
        (lrp.Logit(True), TypeError, r"target must be a class index or a tensor of them, got torch\.bool"),
        (lrp.Logit("cat"), TypeError, r"target must be a class index or a tensor of them, got 'cat'"),
        (lrp.Logit(torch.tensor([1, 2, 3])), ValueError, r"one per sample \(2\), got shape \(3,\)"),
        (lrp.Logit(torch.tensor([[1, 2]])), ValueError, r"one per sample \(2\), got shape \(1, 2\)"),
        (lrp.Features("layer9"), ValueError, r"no node or module named 'layer9'"),
    ],
    ids=str,
)
def test_what_cannot_be_explained_is_refused_by_value_and_constraint(objective, error, message):
    with pytest.raises(error, match=message):
        lrp.explain(lrp.canonize(random_resnet()), pictures(), objective, lrp.UniformEpsilon())


@pytest.mark.parametrize(
    "objective", [lrp.Contrast(torch.tensor([1, 2, 3]), torch.tensor([0, 4])), lrp.Logit(torch.tensor([], dtype=torch.int64))]
)
def test_classes_that_do_not_fit_together_are_refused(objective):
    with pytest.raises(ValueError, match=r"target must be one index or one per sample \(\d\), got shape"):
        lrp.explain(lrp.canonize(random_resnet()), pictures(1), objective, lrp.UniformEpsilon())


def test_clrp_has_no_value_for_gradient_methods():
    with pytest.raises(TypeError, match="CLRP is defined for LRP only; for gradient methods use Contrast or SGLRP"):
        lrp.explain(lrp.canonize(random_resnet(), LOW, HIGH), pictures(1), lrp.CLRP(0), lrp.IntegratedGradients())
