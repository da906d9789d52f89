"""Whether a map depends on what it should: redrawn weights, other classes, noise, sums; against Quantus where it has the same."""

from itertools import chain
from types import SimpleNamespace

import numpy as np
import pytest
import quantus
import torch
from torch import Tensor, nn

import lrp
from lrp import metrics
from lrp.methods.composites import Composite, by_kind
from lrp.metrics.sanity import stages
from lrp.network.weighted import Weighted
from lrp.rules.weighted import Epsilon
from lrp.walk.objectives import Objective
from tests.networks import HIGH, LOW, pictures, random_resnet, small_vgg

METHOD = lrp.InputXGradient()


@pytest.fixture(scope="module")
def resnet() -> lrp.Network:
    return lrp.canonize(random_resnet(18, dtype=torch.float32), LOW.float(), HIGH.float())


def small_network(classes: int) -> nn.Sequential:
    torch.manual_seed(6)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 10 * 10, classes)).eval()


def small_picture() -> Tensor:
    return pictures(1, 16, torch.float32)[..., :12, :12]


def weights(network: lrp.Network) -> dict[str, Tensor]:
    return {node.name: node.layer.weight for node in network.nodes if isinstance(node.layer, Weighted)}


def by_input_x_gradient(model: nn.Module, inputs: np.ndarray, targets: np.ndarray, **_: object) -> np.ndarray:
    """How Quantus asks for maps: (N, 1, H, W)."""
    x = torch.as_tensor(inputs, dtype=torch.float32).requires_grad_()
    score = model(x)[torch.arange(len(x)), torch.as_tensor(targets).long()].sum()
    return (x * torch.autograd.grad(score, x)[0]).sum(1, keepdim=True).detach().numpy()


def test_weights_are_redrawn_from_the_top_and_the_network_stays_as_it_was(resnet):
    before = {name: weight.clone() for name, weight in weights(resnet).items()}
    logits = resnet(x := pictures(1, 64, torch.float32))
    assert [names[0].split("_")[0] for names in stages(resnet)] == ["fc", "layer4", "layer3", "layer2", "layer1", "conv1"]
    cascade = [*chain(*stages(resnet)[:2])]
    redrawn = metrics.randomised(resnet, cascade, seed=3)
    for name, weight in weights(redrawn).items():
        assert torch.equal(weight, before[name]) == (name not in cascade)
        assert weight.std() == pytest.approx(float(before[name].std()), rel=0.15)
        assert weight.stride() == before[name].stride()
        assert torch.equal(weights(resnet)[name], before[name])
    assert torch.equal(resnet(x), logits)
    assert not torch.allclose(redrawn(x), logits)


def test_a_deeper_stage_keeps_the_draws_of_the_stages_above(resnet):
    names = stages(resnet)
    top, deeper = (weights(metrics.randomised(resnet, [*chain(*names[:count])], 1)) for count in (1, 4))
    assert torch.equal(top["fc"], deeper["fc"])
    assert not torch.equal(top["fc"], weights(metrics.randomised(resnet, names[0], 2))["fc"])


def test_layers_may_be_redrawn_one_by_one():
    network = lrp.canonize(small_vgg(dtype=torch.float32))
    assert len(stages(network, every_layer=True)) == 16
    found = metrics.cascade(network, pictures(1, 32, torch.float32), 1, lrp.UniformEpsilon(), every_layer=True)
    assert len(found) == 16
    with pytest.raises(ValueError, match="names must be nodes with weights, got relu"):
        metrics.randomised(network, ["relu"])


class Edges:
    """A method that looks at the picture alone, as an edge detector does."""

    def explain(self, network: lrp.Network, x: Tensor, objective: Objective, progress: object = None) -> lrp.Attribution:
        x = getattr(x, "x", x)
        return lrp.Attribution((x - x.roll(1, -1)).abs(), network(x).detach(), torch.zeros(len(x)))


def test_an_edge_detector_fails_where_a_gradient_passes(resnet):
    x, shares = pictures(1, 64, torch.float32), []
    failed = metrics.cascade(resnet, x, 1, Edges(), progress=shares.append)
    assert [stage.changed for stage in failed] == ["fc", "layer4", "layer3", "layer2", "layer1", "conv1"]
    assert all(stage.ssim == stage.spearman == pytest.approx(1) for stage in failed)
    assert metrics.other_class(resnet, x, 1, Edges()).spearman == pytest.approx(1)
    assert abs(metrics.cascade(resnet, x, 1, METHOD)[-1].spearman) < 0.2
    assert (shares[0], shares[-1]) == (0, 1)
    assert shares == sorted(shares)


def test_the_cascade_is_quantus_mprt_once_both_draw_the_same_weights():
    plain, x = small_network(5), small_picture()
    network = lrp.canonize(plain)
    names = stages(network)
    redrawn = [metrics.randomised(network, [*chain(*names[:count])], seed=4) for count in (1, 2)]

    def drawing(module: nn.Module, name: str) -> nn.Module:
        layer = next(node.layer for node in redrawn[-1].nodes if node.name == name)

        def reset() -> None:
            module.weight.data, module.bias.data = layer.weight.clone(), layer.bias.clone()

        module.reset_parameters = reset
        return module

    # Quantus copies the model before it redraws, and the copies must call these resets on themselves.
    class Drawn(nn.Sequential):
        def __deepcopy__(self, memo: object) -> nn.Module:
            copy = small_network(5)
            return Drawn(drawing(copy[0], "_0"), copy[1], copy[2], drawing(copy[3], "_3"))

    values = by_input_x_gradient(plain, x.numpy(), np.array([2]))
    metric = quantus.MPRT(layer_order="top_down", abs=False, normalise=False, disable_warnings=True)
    theirs = metric(
        Drawn(*plain).eval(), x.numpy(), np.array([2]), values, explain_func=by_input_x_gradient, batch_size=1
    )
    ours = metrics.cascade(network, x, 2, METHOD, seed=4)
    assert [stage.spearman for stage in ours] == pytest.approx([theirs["3"][0], theirs["0"][0]], abs=1e-4)
    assert theirs["original"][0] == pytest.approx(1)


def test_with_two_classes_the_other_one_is_quantus_random_logit():
    model, x = small_network(2), small_picture()
    values = by_input_x_gradient(model, x.numpy(), np.array([0]))
    metric = quantus.RandomLogit(
        similarity_func=quantus.correlation_spearman, num_classes=2, abs=False, normalise=False, disable_warnings=True
    )
    theirs = metric(model, x.numpy(), np.array([0]), values, explain_func=by_input_x_gradient, batch_size=1)[0]
    found = metrics.other_class(lrp.canonize(model), x, 0, METHOD)
    assert found.changed == "1"
    assert found.spearman == pytest.approx(theirs, abs=1e-4)


def test_the_other_class_is_never_the_same_one(resnet):
    x = pictures(1, 64, torch.float32)
    drawn = {int(metrics.other_class(resnet, x, 3, METHOD, seed).changed) for seed in range(30)}
    assert drawn == {0, 1, 2, 4, 5, 6}
    with pytest.raises(ValueError, match="target must be"):
        metrics.other_class(resnet, x, 9, METHOD)


@pytest.mark.parametrize(("metric", "field"), [(quantus.MaxSensitivity, "largest"), (quantus.AvgSensitivity, "average")])
def test_sensitivity_is_that_of_quantus_under_the_same_noise(metric, field):
    model, x = small_network(3), small_picture()
    network, seen = lrp.canonize(model), []

    class Spy:
        """The method, which keeps what it was shown, each colour a value of its own as in Quantus."""

        def explain(self, network: lrp.Network, x: Tensor, objective: Objective, progress: object = None) -> lrp.Attribution:
            seen.append(x)
            return METHOD.explain(network, x, objective)

    ours = metrics.sensitivity(network, x, 1, Spy(), noise=0.05, n_samples=6, seed=2)
    noisy = iter(seen[1].split(1))

    def explain(model: nn.Module, inputs: np.ndarray, targets: np.ndarray, **_: object) -> np.ndarray:
        return lrp.explain(network, torch.as_tensor(inputs).float(), 1, METHOD).relevance.numpy()

    theirs = metric(
        nr_samples=6, perturb_func=lambda arr, **_: next(noisy).numpy().reshape(arr.shape), disable_warnings=True
    )(model, x.numpy(), np.array([1]), explain(model, x.numpy(), np.array([1])), explain_func=explain, batch_size=1)[0]
    assert getattr(ours, field) == pytest.approx(theirs, rel=1e-4)
    assert 0 < ours.average < ours.largest


def test_sensitivity_of_a_linear_network_is_known():
    torch.manual_seed(8)
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 12 * 12, 3, bias=False)).eval()
    network, x = lrp.canonize(model, -torch.ones(1, 3, 1, 1), torch.ones(1, 3, 1, 1)), small_picture()
    # The gradient is the same everywhere; that times the picture moves by w * noise, with |noise| <= 0.1 * 2.
    assert metrics.sensitivity(network, x, 1, lrp.Saliency(), 0.1) == metrics.Sensitivity(0, 0)
    weight = model[1].weight[1].detach().view_as(x)
    found = metrics.sensitivity(network, x, 1, METHOD, 0.1, 40)
    size = float((weight * x).norm())
    assert found.largest < 0.2 * float(weight.norm()) / size
    assert found.average == pytest.approx(0.2 / 3**0.5 * float(weight.norm()) / size, rel=0.05)
    with pytest.raises(ValueError, match="noise must be above 0 and n_samples at least 1, got 0 and 10"):
        metrics.sensitivity(network, x, 1, METHOD, 0)


def test_a_gap_is_known_where_a_sum_is_promised():
    model, x = small_network(3), small_picture()
    network = lrp.canonize(model, -3 * torch.ones(1, 3, 1, 1), 3 * torch.ones(1, 3, 1, 1))
    integrated, saliency = lrp.IntegratedGradients(), lrp.Saliency()
    assert metrics.completeness_gap(lrp.explain(network, x, 1, integrated), integrated) < 0.01
    assert metrics.completeness_gap(lrp.explain(network, x, 1, saliency), saliency) is None
    table = Composite(by_kind(Epsilon(), Epsilon()))
    assert metrics.completeness_gap(lrp.explain(network, x, 1, table), table) is None
    halved = SimpleNamespace(gap=torch.tensor([0.5]))
    assert metrics.completeness_gap(halved, lrp.UniformEpsilon()) == 0.5


def test_quantus_completeness_holds_where_ours_has_no_gap():
    torch.manual_seed(9)
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 4, 2, bias=False)).eval()
    model[1].weight.data = torch.randint(-4, 5, model[1].weight.shape).float()  # whole numbers, whose sums are exact
    x = torch.arange(48.0).view(1, 3, 4, 4)
    integrated = lrp.IntegratedGradients(baseline="grey", n_steps=2, tolerance=None)
    found = lrp.explain(lrp.canonize(model), x, 1, integrated)
    metric = quantus.Completeness(perturb_baseline="black", normalise=False, disable_warnings=True)
    values = found.relevance.numpy().round()  # with a map summed over colours, Quantus would replace the first colour alone
    assert metric(model, x.numpy(), np.array([1]), values, batch_size=1, softmax=False) == [True]
    assert metrics.completeness_gap(found, integrated) == pytest.approx(0, abs=1e-5)
    assert metric(model, x.numpy(), np.array([1]), values + 1, batch_size=1, softmax=False) == [False]
