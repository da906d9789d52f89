"""Integrated Gradients of networks, by panels and with a fixed number of steps."""


import pytest
import torch
from captum.attr import IntegratedGradients as Captum
from torch import Tensor

import lrp
from tests.networks import HIGH, LOW, pictures, random_resnet

LIMIT = 1024


@pytest.fixture(scope="module")
def network():
    return lrp.canonize(random_resnet(), LOW, HIGH)


def test_a_network_stops_at_its_tolerance_and_tells_what_it_took(network):
    x = pictures()
    result = lrp.explain(network, x, 3, lrp.IntegratedGradients(n_steps=8, tolerance=0.01))
    assert result.n_steps.shape == result.gap.shape == result.map_error.shape == result.panel_gap.shape == (2,)
    assert float(result.gap.max()) <= 0.01
    assert (result.panel_gap >= result.gap - 1e-5).all()
    assert [int(n) for n in result.n_steps] == [1 + len(panels) for panels in result.panels]
    truth = Captum(random_resnet()).attribute(x, LOW.expand_as(x), target=3, n_steps=256, method="gausslegendre")
    distance = (result.relevance - truth).abs().flatten(1).sum(1) / truth.abs().flatten(1).sum(1)
    assert (distance < 0.2).all()
    by_panels = [sum(panel.error for panel in panels) for panels in result.panels]
    torch.testing.assert_close(result.total - result.explained, result.total.new_tensor(by_panels), rtol=0, atol=1e-9)


def test_a_sample_gets_the_map_that_it_gets_alone(network):
    x, classes = torch.cat([pictures(), 0.2 * pictures(1)]), torch.tensor([3, 1, 2])
    method = lrp.IntegratedGradients("grey", n_steps=6, tolerance=0.02)
    together = lrp.explain(network, x, classes, method)
    for index in range(3):
        alone = lrp.explain(network, x[index : index + 1], int(classes[index]), method)
        assert torch.equal(together.relevance[index], alone.relevance[0])
        assert torch.equal(together.n_steps[index], alone.n_steps[0])
        assert together.panels[index] == alone.panels[0]
    several = lrp.explain(network, x[:1], classes, method)
    assert torch.equal(several.relevance[0], together.relevance[0])
    assert several.logits.shape == (3, 7)
    assert len(set(together.n_steps.tolist())) > 1


def test_of_a_trace_the_map_is_the_same(network):
    x, method = pictures(1), lrp.IntegratedGradients(n_steps=6)
    given, kept = lrp.explain(network, x, 1, method), lrp.explain(network, lrp.trace(network, x), 1, method)
    assert torch.equal(given.relevance, kept.relevance)
    torch.testing.assert_close(given.logits, kept.logits)


def test_without_a_tolerance_it_is_exactly_captums_with_so_many_nodes(network):
    x = pictures()
    result = lrp.explain(network, x, 3, lrp.IntegratedGradients(n_steps=13, tolerance=None))
    assert result.n_steps.tolist() == [13, 13]
    assert result.panels == ()
    assert result.map_error is result.panel_gap is None
    theirs = Captum(network).attribute(x, LOW.expand_as(x), target=3, n_steps=13, method="gausslegendre", internal_batch_size=16)
    assert torch.equal(result.relevance, theirs)


def doubled(network, x: Tensor, n_steps: int, tolerance: float) -> int:
    """Gradients taken where the steps are doubled until the gap is closed, and all before thrown away."""
    taken = 0
    while n_steps <= LIMIT:
        taken += n_steps
        if float(lrp.explain(network, x, 3, lrp.IntegratedGradients(n_steps=n_steps, tolerance=None)).gap) <= tolerance:
            break
        n_steps *= 2
    return taken


def test_it_takes_fewer_gradients_than_doubling(network):
    x = pictures(1)
    found = lrp.explain(network, x, 3, lrp.IntegratedGradients(n_steps=8, tolerance=0.01))
    assert int(found.n_steps) < 0.5 * doubled(network, x, 8, 0.01)


@pytest.mark.parametrize("method", [
    lrp.AveragedIntegratedGradients(n_steps=6, tolerance=0.02, n_samples=3),
    lrp.AveragedIntegratedGradients(["grey", "black"], n_steps=6, tolerance=0.02),
    lrp.SmoothIntegratedGradients(n_steps=6, tolerance=0.02, n_samples=3),
], ids=lambda method: method.label)  # fmt: skip
def test_averages_have_panels_on_each_line(method, network):
    x = pictures()
    result = lrp.explain(network, x, 3, method)
    assert float(result.gap.max()) <= 0.02
    for index, panels in enumerate(result.panels):
        assert {panel.line for panel in panels} == set(range(method.line_count))
        assert int(result.n_steps[index]) == len(panels) + method.line_count
        assert torch.equal(lrp.explain(network, x[index : index + 1], 3, method).relevance[0], result.relevance[index])
    fixed = method.with_steps(int(result.n_steps[0]))
    assert (fixed.tolerance, fixed.n_steps) == (None, int(result.n_steps[0]) // method.line_count)
    assert lrp.explain(network, x[:1], 3, fixed).n_steps.tolist() == [fixed.n_steps * method.line_count]


def test_classes_that_do_not_fit_are_refused(network):
    with pytest.raises(ValueError, match="9"):
        lrp.explain(network, pictures(1), 9, lrp.IntegratedGradients())
    with pytest.raises(ValueError, match="3"):
        lrp.explain(network, pictures(2), torch.tensor([1, 2, 3]), lrp.IntegratedGradients())
