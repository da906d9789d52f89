"""What must hold for any network: conservation, the limit of small epsilon, an untouched model, threads."""

import copy
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor, nn

import lrp
from tests.networks import DEPTHS, FULL, HIGH, LOW, Skip, pictures, random_resnet, without_biases

LRP_METHODS = [method for method in lrp.METHODS.values() if method.has_rules]


@pytest.mark.parametrize("depth", DEPTHS)
def test_relevance_is_conserved_without_biases(depth):
    # Full widths: in a slim network some units have no positive input at all, and what arrives there ends there.
    # A residual connection that does not share its relevance would give 2^blocks times the logit.
    model = random_resnet(depth, FULL, 1000, torch.float32)
    x, target = pictures(dtype=torch.float32), torch.tensor([2, 5])
    network = lrp.canonize(model)
    for method in (lrp.EpsilonPlus(zero_bias=True), lrp.EpsilonPlusFlat(zero_bias=True)):
        result = lrp.explain(network, x, target, method)
        torch.testing.assert_close(result.total / result.explained, torch.ones(2), rtol=1e-4, atol=0)
    network = lrp.canonize(without_biases(model))
    for method in (lrp.EpsilonPlus(), lrp.EpsilonPlusFlat()):
        # Such a network is linear in the size of its input, and a large one leaves the stabilizer nothing to absorb.
        result = lrp.explain(network, 1e4 * x, target, method)
        torch.testing.assert_close(result.total / result.explained, torch.ones(2), rtol=1e-4, atol=0)


@pytest.mark.parametrize("depth", [18, 50])
@pytest.mark.parametrize("method", [lrp.UniformEpsilon(0.0), lrp.UniformEpsilon(1e-12)], ids=str)
def test_uniform_epsilon_tends_to_input_times_gradient(depth, method):
    model, x = random_resnet(depth), pictures().requires_grad_()
    expected = x * torch.autograd.grad(model(x)[:, 4].sum(), x)[0]
    relevance = lrp.explain(lrp.canonize(model), x, 4, method).relevance
    assert (relevance - expected).abs().max() < 1e-6 * expected.abs().max()


@pytest.mark.parametrize("method", LRP_METHODS, ids=lambda method: method.name)
def test_a_kept_trace_gives_the_same_bits_and_stays_as_it_was(method):
    network, x = lrp.canonize(random_resnet(), LOW, HIGH), pictures()
    forward = lrp.trace(network, x)
    before = {name: value.clone() for name, value in forward.values.items()}
    whole = lrp.explain(network, x, 3, method())
    for _ in range(2):
        assert torch.equal(lrp.explain(network, forward, 3, method()).relevance, whole.relevance)
    assert all(torch.equal(value, forward.values[name]) for name, value in before.items())


def test_each_picture_of_a_batch_is_explained_as_if_alone():
    network, x = lrp.canonize(random_resnet(), LOW, HIGH), pictures()
    for method in LRP_METHODS:
        together = lrp.explain(network, x, torch.tensor([1, 6]), method()).relevance
        alone = [lrp.explain(network, x[i : i + 1], target, method()).relevance for i, target in enumerate([1, 6])]
        torch.testing.assert_close(together, torch.cat(alone), rtol=1e-7, atol=1e-12)


def test_the_relevance_of_each_layer_is_reported_from_the_output_to_the_input():
    network = lrp.canonize(without_biases(random_resnet()))
    result = lrp.explain(network, pictures(), 2, lrp.EpsilonPlus())
    assert list(result.by_layer) == [network.output, *[node.name for node in reversed(network.nodes)][1:], network.input]
    torch.testing.assert_close(result.by_layer[network.input], result.total)
    torch.testing.assert_close(result.by_layer["layer4_0_relu_1"], result.explained, rtol=1e-4, atol=0)


@pytest.mark.parametrize("epsilon", [0.0, 1e-12, 1e-3, 1.0, 1e3])
@pytest.mark.parametrize("value", [0.0, -2.0, 2.5, None])
def test_relevance_is_finite_for_every_epsilon_and_picture(epsilon, value):
    network = lrp.canonize(random_resnet(dtype=torch.float32), LOW.float(), HIGH.float())
    x = torch.full((1, 3, 64, 64), value) if value is not None else torch.randn(1, 3, 64, 64)
    for method in LRP_METHODS:
        made = method(epsilon=epsilon) if "epsilon" in method.__dataclass_fields__ else method()
        assert torch.isfinite(lrp.explain(network, x, 0, made).relevance).all(), method.name


class Stop(Exception):
    """Raised by a progress callback to cancel."""


@pytest.mark.parametrize("method", [lrp.UniformEpsilon(), lrp.IntegratedGradients(n_steps=32, tolerance=None)], ids=str)
def test_progress_rises_to_1_and_raising_from_it_cancels(method):
    network, x, seen = lrp.canonize(random_resnet(), LOW, HIGH), pictures(), []
    lrp.explain(network, x, 0, method, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) > 3

    def cancel(share: float) -> None:
        if share > 0.3:
            raise Stop

    with pytest.raises(Stop):
        lrp.explain(network, x, 0, method, progress=cancel)


def answer(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """The logits and their gradient, which a hook that was left behind could change."""
    leaf = x.clone().requires_grad_()
    logits = model(leaf)
    return logits.detach(), torch.autograd.grad(logits.sum(), leaf)[0]


def test_the_model_is_never_touched():
    model, x = random_resnet(), pictures()
    before = copy.deepcopy(model.state_dict())
    logits, slope = answer(model, x)
    network = lrp.canonize(model, LOW, HIGH)
    weights = [node.layer.weight.clone() for node in network.nodes if hasattr(node.layer, "weight")]
    for method in [*(method() for method in LRP_METHODS), lrp.IntegratedGradients(n_steps=8, tolerance=None)]:
        lrp.explain(network, x, 0, method)
        with pytest.raises(ValueError, match="target must be between 0 and 6, got 7"):
            lrp.explain(network, x, 7, method)

        def cancel(share: float) -> None:
            raise Stop

        with pytest.raises(Stop):
            lrp.explain(network, x, 0, method, progress=cancel)
    after = model.state_dict()
    assert list(before) == list(after)
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(p.requires_grad and p.grad is None for p in model.parameters())
    assert torch.equal(answer(model, x)[0], logits)
    assert torch.equal(answer(model, x)[1], slope)
    kept = [node.layer.weight for node in network.nodes if hasattr(node.layer, "weight")]
    assert all(torch.equal(old, new) for old, new in zip(weights, kept, strict=True))


def test_eight_threads_on_one_network_give_exactly_the_results_of_one():
    network, x = lrp.canonize(random_resnet(dtype=torch.float32), LOW.float(), HIGH.float()), pictures(dtype=torch.float32)
    methods = [
        lrp.UniformEpsilon(0.0), lrp.UniformEpsilon(0.25), lrp.UniformEpsilon(1.0, relative=True), lrp.EpsilonPlus(),
        lrp.EpsilonPlusFlat(), lrp.EpsilonGammaBox(), lrp.EpsilonAlpha2Beta1(),
        lrp.IntegratedGradients(n_steps=16, tolerance=None),
    ]  # fmt: skip
    work = [(method, target) for target in range(3) for method in methods]

    def relevance(item):
        return lrp.explain(network, x, item[1], item[0]).relevance

    alone = [relevance(item) for item in work]
    # In a fresh network no weight has been rewritten yet, so the threads race for it.
    fresh = lrp.canonize(random_resnet(dtype=torch.float32), LOW.float(), HIGH.float())
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda item: lrp.explain(fresh, x, item[1], item[0]).relevance, work))
    assert all(torch.equal(one, many) for one, many in zip(alone, together, strict=True))


def test_a_network_without_convolutions_is_explained_too():
    result = lrp.explain(lrp.canonize(Skip().eval()), torch.tensor([[2.0, 3.0]]), 1, lrp.UniformEpsilon(0.0))
    torch.testing.assert_close(result.relevance, torch.tensor([[10.0, 18.0]]))


def test_a_picture_of_the_wrong_precision_is_refused():
    with pytest.raises(TypeError, match=r"x must be a tensor of torch\.float64.*got torch\.float32"):
        lrp.explain(lrp.canonize(random_resnet()), pictures().float(), 0, lrp.UniformEpsilon())
