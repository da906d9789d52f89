"""The walk back that relevance and gradients share: what arrives, what is added, what is freed, and what is told."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import lrp
from lrp.network.graph import Network, Node
from lrp.network.layers import Shares
from lrp.walk.explained import explained_node
from lrp.walk.reverse import walk_back


class Branching(nn.Module):
    """Two layers that read the same value, a sum of both, and a branch that the sum does not need."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.left, self.right, self.aside, self.head = (nn.Linear(2, 2) for _ in range(5))

    def forward(self, x: Tensor) -> Tensor:
        h = self.stem(x)
        return self.head(torch.cat([self.left(h) + self.right(h), self.aside(x)], 1)[:, :2])


class Recorder:
    """Hands the signal to every input times a factor a node, and notes what it saw."""

    def __init__(self, factors: dict[str, float]) -> None:
        self.factors, self.seen = factors, list[str]()

    def __call__(self, node: Node, inputs: tuple[Any, ...], output: Tensor, signal: Tensor) -> Shares:
        self.seen.append(node.name)
        return tuple(self.factors.get(node.name, 1.0) * signal for _ in inputs)


@pytest.fixture
def network() -> Network:
    torch.manual_seed(0)
    return lrp.canonize(Branching().eval())


def walk(network: Network, share: Any, place: str | None = None, end: str | None = None, progress: Any = None) -> Tensor | None:
    start = explained_node(network, lrp.Logit(0) if place is None else lrp.Features(place))
    values = dict(lrp.trace(network, torch.ones(1, 2)).values)
    return walk_back(network, start, torch.ones(1, 2), share, values, end or network.input, progress)


def test_signals_that_meet_are_added_and_nodes_that_none_reaches_are_passed_over(network):
    share = Recorder({"left": 3.0, "right": 5.0, "stem": 2.0})
    found = walk(network, share, "add")
    assert found is not None
    assert found.tolist() == [[16.0, 16.0]]  # (3 + 5) * 2
    assert share.seen == ["add", "right", "left", "stem"]


def test_the_walk_ends_where_it_is_told_to(network):
    share = Recorder({"left": 3.0, "right": 5.0})
    found = walk(network, share, "add", end="stem")
    assert found is not None
    assert found.tolist() == [[8.0, 8.0]]
    assert share.seen == ["add", "right", "left"]


def test_nothing_arrives_at_a_value_that_the_start_does_not_depend_on(network):
    assert walk(network, Recorder({}), "add", end="aside") is None


def test_an_input_may_get_nothing(network):
    def nothing(node: Node, inputs: tuple[Any, ...], output: Tensor, signal: Tensor) -> Shares:
        return tuple(None for _ in inputs)

    assert walk(network, nothing, "add") is None


def test_every_value_is_dropped_as_its_node_is_passed(network):
    forward = lrp.trace(network, torch.ones(1, 2))
    values, left = dict(forward.values), list[set[str]]()
    start = explained_node(network, lrp.Features("add"))

    def share(node: Node, inputs: tuple[Any, ...], output: Tensor, signal: Tensor) -> Shares:
        assert output is forward.values[node.name]
        assert all(given is forward.values[name] for given, name in zip(inputs, node.inputs, strict=True))
        left.append(set(values))
        return tuple(signal for _ in inputs)

    walk_back(network, start, torch.ones(1, 2), share, values, network.input)
    names = [node.name for node in network.nodes]
    for name, kept in zip(["add", "right", "left", "stem"], left, strict=True):
        assert kept == {network.input, *names[: names.index(name)]}
    assert set(values) == {network.input}


def test_progress_is_the_share_of_nodes_passed_and_ends_at_1(network):
    told: list[float] = []
    walk(network, Recorder({}), progress=told.append)
    assert told == [done / len(network.nodes) for done in range(1, len(network.nodes) + 1)]


def test_relevance_of_what_does_not_depend_on_the_input_is_refused():
    class Constant(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return torch.zeros_like(x) + self.linear(torch.ones_like(x))

    with pytest.raises(ValueError, match=r"what is explained, Logit.*does not depend on the input of the network"):
        lrp.explain(lrp.canonize(Constant().eval()), torch.ones(1, 2), 0, lrp.UniformEpsilon())
