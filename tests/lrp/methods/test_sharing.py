"""The network is shared by all, and never touched."""

import copy
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import pytest
import torch
from torch import Tensor

import lrp
from lrp.walk.gradient import gradient
from tests.lrp.methods.kit import CLASSES, OTHERS, assert_same, each_other_method, small
from tests.networks import HIGH, LOW


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


def output_and_gradient(model: torch.nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    leaf = x.clone().requires_grad_()
    output = model(leaf)
    return output.detach(), torch.autograd.grad(output.sum(), leaf)[0]


def test_neither_the_model_nor_the_network_is_ever_touched(model, x):
    network, before = lrp.canonize(model, LOW, HIGH), copy.deepcopy(model.state_dict())
    weights, alone = [tensor.clone() for tensor in tensors(network)], output_and_gradient(model, x)

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
    after = output_and_gradient(model, x)
    assert all(torch.equal(old, new) for old, new in zip(alone, after, strict=True))  # no hook was left behind


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
