"""How many pictures a gradient is taken of at once."""

import pytest
import torch

import lrp
from lrp.walk import gradient_batch
from lrp.walk.gradient_batch import CHUNK, pictures_at_once
from lrp.walk.scalar import SampleScalar
from tests.networks import pictures, random_resnet


@pytest.fixture(scope="module")
def network() -> lrp.Network:
    return lrp.canonize(random_resnet())


@pytest.mark.parametrize(("most", "count"), [(1, 1), (2.5, 2), (1000, CHUNK)])
def test_as_many_as_fit_and_at_least_one(network: lrp.Network, monkeypatch: pytest.MonkeyPatch, most: float, count: int) -> None:
    one = lrp.trace(network, pictures(1)).nbytes
    monkeypatch.setattr(gradient_batch, "MAX_BYTES", int(most * one))
    assert pictures_at_once(network, pictures(3)) == count


def test_the_networks_own_size_and_that_of_the_pictures_count() -> None:
    wide, narrow = (lrp.load_backbone(depth).network for depth in (152, 18))
    large, small = torch.zeros(1, 3, 160, 160), torch.zeros(1, 3, 80, 80)
    assert pictures_at_once(wide, large) < pictures_at_once(wide, small)
    assert pictures_at_once(narrow, large) == CHUNK


@pytest.mark.parametrize("tolerance", [None, 0.01])
def test_fewer_at_a_time_give_the_same_map(
    network: lrp.Network, monkeypatch: pytest.MonkeyPatch, tolerance: float | None
) -> None:
    method = lrp.IntegratedGradients(n_steps=20, tolerance=tolerance, baseline="grey")
    whole = lrp.explain(network, pictures(2), 1, method)
    sizes: list[int] = []
    real = SampleScalar._of
    monkeypatch.setattr(SampleScalar, "_of", lambda self, x: sizes.append(len(x)) or real(self, x))  # type: ignore[func-returns-value]
    monkeypatch.setattr(gradient_batch, "MAX_BYTES", 3 * lrp.trace(network, pictures(1)).nbytes)
    parts = lrp.explain(network, pictures(2), 1, method)
    torch.testing.assert_close(parts.relevance, whole.relevance, rtol=1e-9, atol=1e-12)
    assert torch.equal(parts.n_steps, whole.n_steps)
    assert tolerance is None or max(sizes) == 3
