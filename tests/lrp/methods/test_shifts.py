"""The mean over shifted views, against closed forms and against a restatement that moves whole pictures."""

from dataclasses import fields, replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import lrp
from lrp.methods.shifted_views import ShiftedView, shift_distance
from tests.lrp.methods.kit import assert_same

SHIFTED = [method for method in lrp.METHODS.values() if "shifts" in {setting.name for setting in fields(method)}]
each_shifted_method = pytest.mark.parametrize("method", SHIFTED, ids=lambda method: method.name)


def pooled(stride: int) -> nn.Module:
    """A linear network: the mean over a convolution of 1x1 with that stride, the same weight at every place that it reads."""
    torch.manual_seed(0)
    convolution, top = nn.Conv2d(3, 4, 1, stride, bias=False), nn.Linear(4, 3, bias=False)
    return nn.Sequential(convolution, nn.AdaptiveAvgPool2d(1), nn.Flatten(), top).double().eval()


def moved(x: Tensor, down: int, right: int) -> Tensor:
    """x moved so that its place (i + down, j + right) comes to (i, j), by padding and cutting: another way than by indices."""
    margin = max(abs(down), abs(right))
    wide, (height, width) = F.pad(x, (margin,) * 4, mode="reflect"), x.shape[2:]
    return wide[:, :, margin + down : margin + down + height, margin + right : margin + right + width]


def test_lrp_methods_and_input_x_gradient_have_the_setting():
    assert {method.name for method in SHIFTED} == {
        *(name for name, method in lrp.METHODS.items() if method.family == "LRP"), "input-x-gradient",
    }  # fmt: skip
    with pytest.raises(ValueError, match="shifts must be one of 1, 2, 4, 8, got 3"):
        lrp.EpsilonPlus(shifts=3)
    with pytest.raises(ValueError, match="shifts must be one of 1, 2, 4, 8, got 0"):
        lrp.InputXGradient(shifts=0)
    with pytest.raises(ValueError, match=r"pictures, \(N, C, H, W\), got shifts=2 and \(1, 6\)"):
        lrp.explain(lrp.canonize(nn.Sequential(nn.Linear(6, 2)).eval()), torch.ones(1, 6), 0, lrp.UniformEpsilon(shifts=2))


@pytest.mark.parametrize("method", [lrp.UniformEpsilon(0.0), lrp.InputXGradient()], ids=lambda method: method.name)
def test_a_linear_network_that_weighs_all_places_alike_is_unchanged_inside_the_frame(method):
    network, x = lrp.canonize(pooled(1)), torch.randn(1, 3, 24, 24, dtype=torch.double)
    plain, shifted = (lrp.explain(network, x, 1, each).relevance for each in (method, replace(method, shifts=4)))
    inside = (..., slice(4, -4), slice(4, -4))
    assert_same(shifted[inside], plain[inside], 1e-9)
    assert (shifted - plain).abs().max() > 1e-3 * plain.abs().max()  # mirrored pixels count twice


@pytest.mark.parametrize("shifts", [2, 4, 8])
def test_what_a_stride_skips_gets_its_share(shifts):
    # A 1x1 convolution with stride 8 reads one pixel of 64, and weighs it w: R = w x there and 0 elsewhere. Shifts by odd
    # distances that lie in different places modulo 8 let so many of the 64 be read.
    network, x = lrp.canonize(pooled(8)), torch.ones(1, 3, 64, 64, dtype=torch.double)
    plain = lrp.explain(network, x, 0, lrp.InputXGradient()).relevance.sum(1)
    shifted = lrp.explain(network, x, 0, lrp.InputXGradient(shifts=shifts)).relevance.sum(1)
    assert (plain != 0).sum() == 64
    inside = shifted[0, 8:-8, 8:-8].reshape(6, 8, 6, 8)
    assert (inside != 0).sum() == 36 * shifts**2
    assert_same(shifted.sum(), plain.sum(), 1e-12)


@each_shifted_method
@pytest.mark.parametrize("shifts", [2, 4])
def test_it_is_the_mean_of_the_maps_of_moved_pictures_each_moved_back(method, shifts, network, x):
    x, target = x[:1], 2
    step = shift_distance(lrp.trace(network, x), shifts)
    moves = [(i - shifts // 2) * step for i in range(shifts)]
    expected, explained = torch.zeros_like(x), 0.0
    for down in moves:
        for right in moves:
            leaf = x.clone().requires_grad_()
            view = moved(leaf, down, right)
            one = lrp.explain(network, view.detach(), target, method())
            expected += torch.autograd.grad(view, leaf, one.relevance)[0] / shifts**2  # the transpose, by autograd
            explained += float(one.explained) / shifts**2
    found = lrp.explain(network, x, target, method(shifts=shifts))
    assert_same(found.relevance, expected, 1e-9)
    assert float(found.explained) == pytest.approx(explained)
    assert torch.equal(found.logits, lrp.trace(network, x).logits)


@each_shifted_method
def test_batches_classes_and_traces_are_explained_as_if_alone_and_nothing_is_written(method, network, x):
    shifted, classes = method(shifts=2), torch.tensor([4, 0])
    forward = lrp.trace(network, x)
    kept = {name: value.clone() for name, value in forward.values.items()}
    together = lrp.explain(network, forward, classes, shifted)
    assert all(torch.equal(value, forward.values[name]) for name, value in kept.items())
    of_one = lrp.explain(network, x[:1], classes, shifted)
    for i, target in enumerate((4, 0)):
        alone = lrp.explain(network, x[i : i + 1], target, shifted)
        assert_same(together.relevance[i : i + 1], alone.relevance)
        torch.testing.assert_close(together.explained[i : i + 1], alone.explained)
        assert_same(of_one.relevance[i : i + 1], lrp.explain(network, x[:1], target, shifted).relevance)
        assert {name: values.shape for name, values in alone.by_layer.items()} == dict.fromkeys(alone.by_layer, (1,))
    assert torch.equal(lrp.explain(network, x, classes, shifted).relevance, together.relevance)


@pytest.mark.parametrize("shifts", [1, 2, 4])
def test_the_account_of_the_layers_is_the_mean_of_the_views_and_adds_up(shifts, network, x):
    method, forward, target = lrp.EpsilonPlusFlat(shifts=shifts), lrp.trace(network, x[:1]), lrp.Logit(1)
    account, found = method.account(forward, target), lrp.explain(network, forward, target, method)
    assert_same(account.result.relevance, found.relevance, 1e-12)
    assert float(account.explained) == pytest.approx(float(account.pixels + account.bias + account.rest), rel=1e-6)
    for entry in account.entries:
        torch.testing.assert_close(entry.arrived, found.by_layer[entry.node.name])
        if entry.places is not None:
            torch.testing.assert_close(entry.places.sum((1, 2)), entry.arrived)
    with pytest.raises(ValueError, match="one explanation can be kept, got 2"):
        lrp.EpsilonPlusFlat(shifts=2).account(forward, lrp.Logit(torch.tensor([1, 2])))


def test_a_coarse_map_moves_back_by_whole_places():
    places = torch.zeros(1, 1, 4)
    places[0, 0, 1] = 1.0
    for move, at in ((0, 1), (4, 1), (7, 2), (8, 2), (-8, 0), (-16, 1)):  # places of 8 pixels: half a place rounds to even
        (row,) = ShiftedView(0, move).back(places, (8, 32)).nonzero().tolist()
        assert row == [0, 0, at], move


def test_the_distance_is_odd_and_spreads_the_shifts_over_one_stride():
    for stride, distances in ((32, (15, 7, 3)), (16, (7, 3, 1)), (8, (3, 1, 1)), (1, (1, 1, 1))):
        network = lrp.canonize(nn.Sequential(nn.Conv2d(1, 1, 1, stride), nn.ReLU()).eval())
        forward = lrp.trace(network, torch.rand(1, 1, 64, 64))
        assert tuple(shift_distance(forward, shifts) for shifts in (2, 4, 8)) == distances


class Stop(Exception):
    """Raised by a progress callback to cancel."""


@each_shifted_method
def test_progress_rises_to_1_and_raising_from_it_cancels(method, network, x):
    seen: list[float] = []
    lrp.explain(network, x, torch.tensor([1, 6]), method(shifts=4), seen.append)
    assert seen == sorted(seen)
    assert len(seen) > 8
    assert seen[-1] == 1.0

    def stop(share: float) -> None:
        if share > 0.5:
            raise Stop

    with pytest.raises(Stop):
        lrp.explain(network, x, 1, method(shifts=4), stop)


def test_a_picture_smaller_than_the_shifts_is_mirrored_again_and_again(network):
    tiny = lrp.canonize(nn.Sequential(nn.Conv2d(1, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(6, 2)).double().eval())
    x = torch.rand(1, 1, 1, 3, dtype=torch.double)
    found = lrp.explain(tiny, x, 0, replace(lrp.UniformEpsilon(0.0), shifts=8))
    assert found.relevance.isfinite().all()
    assert found.by_layer
