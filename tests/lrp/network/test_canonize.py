"""What canonize promises: the same logits, no memory shared with the model, and several threads at a time."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

import lrp
from tests.lrp.network.kit import ARITHMETIC, PICTURE, conv, model_of_every_layer, odd_padding, prepared, signal
from tests.networks import DEPTHS, HIGH, LOW, pictures, random_resnet


@odd_padding
def test_a_network_shares_no_memory_with_its_model():
    model, x = model_of_every_layer(), signal(3, 7, 7)
    network = lrp.canonize(model, LOW, HIGH)
    before = network(x).detach()
    for tensor in (*model.parameters(), *model.buffers()):
        tensor.data.fill_(0.5)
    model.lrn.size, model.pool.output_size = 1, 1
    model.train()
    assert torch.equal(network(x), before)


def test_a_model_gets_nothing_added_and_its_weights_go_when_it_goes_and_was_compared_with():
    model, x = prepared(ARITHMETIC["a constant made on the way"][0]), signal(*PICTURE)
    before, weight = set(vars(model)), weakref.ref(model.a.weight)
    collecting = gc.isenabled()
    gc.disable()  # only what nobody refers to goes now
    try:
        network = lrp.canonize(model)
        assert set(vars(model)) == before
        del model
        network(x)
        assert weight() is None
        assert network.nodes
    finally:
        if collecting:
            gc.enable()


def test_eight_threads_may_canonize_at_a_time():
    # torch.fx patches nn.Module while it traces; unguarded, threads see each other's patches and leave them behind.
    whole = nn.Module.__call__, nn.Module.__getattr__
    models = [random_resnet(50, (2, 2, 2, 2), 3) for _ in range(4)]
    with ThreadPoolExecutor(8) as threads:
        networks = list(threads.map(lambda i: lrp.canonize(models[i % 4]), range(16)))
    assert {len(network.nodes) for network in networks} == {122}
    assert (nn.Module.__call__, nn.Module.__getattr__) == whole


def test_a_model_of_which_a_part_is_in_training_mode_is_refused():
    model = nn.Sequential(conv(), nn.BatchNorm2d(4)).eval()
    model[1].train()
    with pytest.raises(ValueError, match="must be in eval mode"):
        lrp.canonize(model)


@pytest.mark.parametrize("depth", DEPTHS)
def test_canonizing_keeps_the_logits(depth):
    model, x = random_resnet(depth), pictures()
    torch.testing.assert_close(lrp.canonize(model)(x), model(x).detach(), rtol=1e-10, atol=1e-10)


def test_a_model_in_training_mode_is_refused():
    with pytest.raises(ValueError, match="must be in eval mode"):
        lrp.canonize(nn.Linear(2, 2))
