"""The explained scalar as a function: its values, its gradient, and the progress it tells."""

import pytest
import torch
from torch import nn

import lrp
from lrp.walk.gradient_batch import CHUNK
from lrp.walk.scalar import ExplainedScalar, input_tensor
from tests.networks import pictures, random_resnet


@pytest.fixture(scope="module")
def model() -> nn.Module:
    return random_resnet()


def test_it_takes_variants_of_a_batch_one_after_another(model):
    network, x = lrp.canonize(model), pictures(2)
    scalar = ExplainedScalar(network, lrp.Logit(torch.tensor([1, 4])), 2, None)
    variants = torch.cat([x, 2 * x, 3 * x])
    expected = torch.stack([model(part)[[0, 1], [1, 4]] for part in variants.split(2)]).flatten()
    torch.testing.assert_close(scalar(variants), expected, rtol=1e-9, atol=1e-9)


def test_it_is_differentiable(model):
    scalar = ExplainedScalar(lrp.canonize(model), lrp.SGLRP(3), 1, None)
    ours, theirs = pictures(1).requires_grad_(), pictures(1).requires_grad_()
    (found,) = torch.autograd.grad(scalar(ours).sum(), ours)
    (expected,) = torch.autograd.grad(model(theirs).softmax(1)[:, 3].sum(), theirs)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("size", "chunk"), [(1, CHUNK), (5, CHUNK // 5), (CHUNK + 1, 1)])
def test_a_chunk_is_as_many_variants_as_fit_and_at_least_one(model, size, chunk):
    assert ExplainedScalar(lrp.canonize(model), lrp.Logit(0), size, None).chunk == chunk


def test_progress_goes_from_one_end_of_what_was_announced_to_the_other(model):
    told: list[float] = []
    scalar = ExplainedScalar(lrp.canonize(model), lrp.Logit(0), 1, told.append)
    scalar(pictures(1))
    assert not told  # nothing was announced
    scalar.plan(4, 0.5, 0.9)
    for _ in range(4):
        scalar(pictures(1))
    assert told == pytest.approx([0.5, 0.6, 0.7, 0.8])


def test_the_picture_of_a_kept_forward_pass_is_taken_as_it_is_and_any_other_is_judged(model):
    network = lrp.canonize(model)
    forward = lrp.trace(network, pictures())
    assert input_tensor(forward, network) is forward.x
    assert torch.equal(input_tensor(pictures(), network), pictures())
    with pytest.raises(TypeError, match=r"x must be a tensor of torch\.float64"):
        input_tensor(pictures().float(), network)
