"""Networks whose rows are not their samples: several samples, or classes of one, are explained as if each were alone."""

from dataclasses import fields
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import lrp
from lrp.walk.ledger import keep_account
from tests.lrp.network.kit import Net

TIMES, CLASSES = 5, 4


def random(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def frames(net: Any, x: Tensor) -> Tensor:
    """Frames folded into the batch, with what needs the place of a value: a residual, a max pool, a mean."""
    n, t = x.shape[:2]
    h = F.relu(net.a(x.reshape(n * t, 3, 8, 8)))
    h = F.max_pool2d(F.relu(net.b(h) + h), 2).mean((2, 3))
    return net.c(h).view(n, t, -1).mean(1)


def frames_first(net: Any, x: Tensor) -> Tensor:
    """The other order: all first frames, all second ones, and so on."""
    n, t = x.shape[:2]
    h = F.relu(net.a(x.transpose(0, 1).reshape(t * n, 3, 8, 8))).mean((2, 3))
    return net.d(h).view(t, n, -1).mean(0)


def moved(net: Any, x: Tensor) -> Tensor:
    """The batch axis behind the axis of time, and a sum of what has both with what has one."""
    h = F.relu(net.e(x.permute(1, 0, 2)))
    return net.d((h + h.mean(0, keepdim=True)).mean(0))


def sides(net: Any, x: Tensor) -> Tensor:
    """A picture and a darker one side by side in the batch."""
    h = F.relu(net.a(torch.cat((x, x - 0.3), 0))).mean((2, 3))
    return net.d(h).reshape(2, x.shape[0], -1).sum(0)


def one_only(net: Any, x: Tensor) -> Tensor:
    """A batch of one, written into the forward."""
    return net.f(F.max_pool2d(F.relu(net.a(x)), 4).view(1, -1))


NETWORKS = {
    "frames": (frames, (TIMES, 3, 8, 8)),
    "frames first": (frames_first, (TIMES, 3, 8, 8)),
    "moved": (moved, (TIMES, 6)),
    "sides": (sides, (3, 8, 8)),
}


def network(name: str) -> tuple[lrp.Network, tuple[int, ...]]:
    forward, shape = (NETWORKS | {"one only": (one_only, (3, 8, 8))})[name]
    torch.manual_seed(3)
    model = Net(
        forward, a=nn.Conv2d(3, 6, 3, padding=1), b=nn.Conv2d(6, 6, 3, padding=1), c=nn.Linear(6, CLASSES),
        d=nn.Linear(6, CLASSES), e=nn.Linear(6, 6), f=nn.Linear(24, CLASSES),
    )  # fmt: skip
    low = torch.full((1, 3, 1, 1) if len(shape) > 2 else (1, 1, 6), -4.0, dtype=torch.float64)
    return lrp.canonize(model.double().eval(), low, -low), shape


def small(method: Any) -> Any:
    quick = {"n_steps": 4, "tolerance": None, "n_samples": 2, "window": 4, "stride": 4, "references": 0.5}
    return method(**{setting.name: quick[setting.name] for setting in fields(method) if setting.name in quick})


METHODS = [small(method) for name, method in lrp.METHODS.items() if name != "grad-cam"]
METHODS += [lrp.UniformEpsilon(0.3, relative=True), lrp.EpsilonPlus(residual="absolute")]
OBJECTIVES = [lrp.Logit, lambda target: lrp.Contrast(target, versus=3), lrp.CLRP, lrp.SGLRP]
ASKED = [
    pytest.param(method, objective, id=f"{method}-{name}")
    for method in METHODS
    for name, objective in zip(("Logit", "Contrast", "CLRP", "SGLRP"), OBJECTIVES, strict=True)
    if method.has_rules or (name != "CLRP" and (method.name, name) != ("deeplift", "SGLRP"))  # which they do not define
]


def check(together: lrp.Attribution, alone: list[lrp.Attribution]) -> None:
    for name in ("relevance", "logits", "explained"):
        expected = torch.cat([getattr(result, name) for result in alone])
        torch.testing.assert_close(getattr(together, name), expected, rtol=1e-9, atol=1e-12)
    assert together.by_layer.keys() == alone[0].by_layer.keys()
    assert all(sums.shape == (len(alone),) for sums in together.by_layer.values())


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("method", "objective"), ASKED)
def test_several_classes_and_several_samples_are_explained_as_if_each_were_alone(name, method, objective):
    if (not method.has_rules and objective is lrp.CLRP) or (method.name == "deeplift" and objective is lrp.SGLRP):
        pytest.skip("not defined")
    net, shape = network(name)
    x, targets = random(3, *shape), [2, 0, 1]
    of_one = [lrp.explain(net, x[:1], objective(target), method) for target in targets]
    check(lrp.explain(net, x[:1], objective(torch.tensor(targets)), method), of_one)
    check(lrp.explain(net, lrp.trace(net, x[:1]), objective(torch.tensor(targets)), method), of_one)
    alone = [lrp.explain(net, x[i : i + 1], objective(target), method) for i, target in enumerate(targets)]
    check(lrp.explain(net, x, objective(torch.tensor(targets)), method), alone)


@pytest.mark.parametrize("name", [*NETWORKS, "one only"])
def test_the_gradient_is_autograds_for_every_class(name):
    net, shape = network(name)
    x = random(1, *shape)
    found = lrp.explain(net, x, torch.arange(CLASSES), lrp.Saliency(absolute=False)).relevance
    expected = torch.autograd.functional.jacobian(lambda x: net(x)[0], x)[:, 0]
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("name", [*NETWORKS, "one only"])
def test_every_layer_is_told_what_arrives_there_in_all(name):
    net, shape = network(name)
    result = lrp.explain(net, random(1, *shape), 1, lrp.UniformEpsilon(0.1))
    assert all(sums.shape == (1,) for sums in result.by_layer.values())
    account = keep_account(lrp.trace(net, random(1, *shape)), 1, lrp.UniformEpsilon(0.1).rules(net))
    torch.testing.assert_close(account.explained, account.pixels + account.bias + account.rest)
    assert all(entry.arrived.shape == (1,) == entry.bias.shape for entry in account.entries)


def test_an_account_of_several_explanations_needs_rows_that_are_samples():
    net, shape = network("frames")
    with pytest.raises(ValueError, match="one account at a time, got 2"):
        keep_account(lrp.trace(net, random(1, *shape)), torch.tensor([0, 1]), lrp.UniformEpsilon().rules(net))


def test_progress_rises_to_one_over_all_walks():
    net, shape = network("frames")
    told: list[float] = []
    lrp.explain(net, random(1, *shape), torch.tensor([0, 1, 2]), lrp.EpsilonPlus(), told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)


@pytest.mark.parametrize("method", [lrp.IntegratedGradients(n_steps=4), lrp.Occlusion(4, 4)], ids=lambda method: method.name)
def test_a_batch_of_one_that_is_written_into_the_forward_is_named(method):
    net, shape = network("one only")
    with pytest.raises(ValueError, match=r"fixes the size of the batch, as view\(1, -1\) does, takes one picture at a time only"):
        lrp.explain(net, random(1, *shape), 0, method)


def test_a_network_in_which_rows_are_samples_is_walked_once():
    net = lrp.canonize(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3)).double().eval())
    assert lrp.trace(net, random(2, 3, 8, 8)).row_by_row
    assert not lrp.trace(network("frames")[0], random(1, *NETWORKS["frames"][1])).row_by_row
