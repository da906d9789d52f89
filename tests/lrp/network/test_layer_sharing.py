"""What holds for networks of every kind of layer: classes at a time, threads at a time, and whose memory it is."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lrp
from tests.lrp.network.kit import ARITHMETIC, PICTURE, Net, conv, odd_padding, prepared, signal
from tests.networks import HIGH, LOW, random_resnet


def zoo_in_small() -> nn.Module:
    """A network with one of each kind of layer that keeps something of its own."""
    return prepared(
        Net(
            lambda m, x: m.out(torch.flatten(m.pool(m.lrn(F.relu6(m.norm(m.halves(m.act(m.a(m.pad(x - 0.1)))))))), 1)),
            halves=Net(lambda m, x: (lambda c: torch.cat((c[1] * m.w, c[0]), 1))(x.chunk(2, 1)), w=torch.ones(1)),
            pad=nn.ReflectionPad2d(1), a=conv(3, 4, 4, padding="same"), act=nn.PReLU(), norm=nn.BatchNorm2d(4),
            lrn=nn.LocalResponseNorm(3), pool=nn.AdaptiveAvgPool2d(2), out=nn.Linear(16, 3),
        )
    )  # fmt: skip


LRP_METHODS = [method for method in lrp.METHODS.values() if method.has_rules]


@odd_padding
@pytest.mark.parametrize("method", LRP_METHODS, ids=lambda method: method.name)
def test_several_classes_of_one_picture_are_explained_as_if_one_by_one(method):
    network, x = lrp.canonize(zoo_in_small(), LOW, HIGH), signal(3, 7, 7, rows=1)
    together = lrp.explain(network, x, torch.tensor([2, 0, 1]), method()).relevance
    alone = [lrp.explain(network, x, target, method()).relevance for target in (2, 0, 1)]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-9, atol=1e-12)


@odd_padding
def test_a_network_shares_no_memory_with_its_model():
    model, x = zoo_in_small(), signal(3, 7, 7)
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
